//! Source text: anything compiles or is refused, as the real compiler does it.

use ferrous::bytecode::dump::{SIGNATURE, dump, undump};
use ferrous::compiler::compile;

use super::choices::Choices;
use super::reference::Reference;

/// A text is accepted or refused with the message of the real `lua5.1`, and what was compiled survives being dumped.
pub fn check_source(source: &[u8], reference: Option<&mut Reference>) {
    if source.first() == Some(&SIGNATURE[0]) {
        return;
    }
    let compiled = compile(source, b"=p");
    let found = match &compiled {
        Ok(proto) => {
            let mut bytes = Vec::new();
            dump(proto, false, &mut bytes);
            assert_eq!(undump(&bytes).as_ref(), Ok(proto), "what the compiler makes, the verifier takes");
            b"ok".to_vec()
        }
        Err(error) => error.to_string().into_bytes(),
    };
    if let Some(expected) = reference.and_then(|reference| reference.load(source)) {
        // Error's Display is text; the messages may hold any bytes.
        let expected = String::from_utf8_lossy(&expected);
        assert_eq!(String::from_utf8_lossy(&found), expected, "source {}", source.escape_ascii());
    }
}

/// Words that mean something in Lua, and some that do not.
const WORDS: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "#",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "a",
    "b",
    "f",
    "x",
    "goto",
    "self",
    "arg",
    "1",
    "0x1F",
    "3.5e-2",
    "1e",
    "0x",
    "1..2",
    "'s'",
    "\"t\"",
    "'\\n\\065\\z'",
    "'\\300'",
    "'open",
    "[[long]]",
    "[==[x]]",
    "--c\n",
    "--[[c]]",
    "--[[",
    "\n",
    "\r\n",
    "\0",
    "\u{e4}",
    "~",
    "!",
    "$",
];

/// Words in a row, in which whole statements are frequent.
pub fn random_source(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut source = Vec::new();
    for _ in 0..choices.below(40) {
        let word = match choices.below(6) {
            0 => "local a, b = f(x) ",
            1 => choices.one(&[
                "if a then ",
                "while x do ",
                "for a = 1, b do ",
                "function f(a, ...) ",
                "repeat ",
                "return ",
                "end ",
            ]),
            _ => choices.one(WORDS),
        };
        source.extend_from_slice(word.as_bytes());
        if !choices.chance(4) {
            source.push(b' ');
        }
    }
    source
}
