//! Completion in the interactive mode: the names of globals, and of fields of what a line names.
//!
//! Tables are looked into as they are, without metamethods: to press a key must not run the user's code.
#![forbid(unsafe_code)]

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper, Result};

use super::repl::SharedVm;
use crate::vm::{Ctx, Throw, Type};

/// Tables that `__index` is followed through.
const MAX_CHAIN: usize = 10;

const KEYWORDS: [&str; 21] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
];

/// What rustyline asks.
pub(super) struct LuaHelper {
    vm: SharedVm,
}

impl LuaHelper {
    pub(super) fn new(vm: SharedVm) -> Self {
        LuaHelper { vm }
    }
}

impl Helper for LuaHelper {}
impl Highlighter for LuaHelper {}
impl Validator for LuaHelper {}

impl Hinter for LuaHelper {
    type Hint = String;
}

impl Completer for LuaHelper {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        let Some(place) = Place::find(&line[..pos]) else { return Ok((pos, Vec::new())) };
        let start = pos - place.prefix.len();
        let names = self.vm.borrow_mut().enter(|ctx| place.candidates(ctx));
        // Nothing to propose is the answer to any trouble.
        Ok((start, names.unwrap_or_default()))
    }
}

/// What stands before the cursor: `owner.owner.prefix`, or a string literal and `:prefix`.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    /// The first owner is a string.
    of_string: bool,
    /// Names, each of a field of what is before it; the first one of a global, unless that is a string.
    owners: Vec<&'a str>,
    /// The last separator is a colon.
    method: bool,
    prefix: &'a str,
}

impl<'a> Place<'a> {
    fn find(text: &'a str) -> Option<Place<'a>> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
        let start = text.char_indices().rev().take_while(|&(_, c)| part(c)).last();
        let (before, path) = text.split_at(start.map_or(text.len(), |(start, _)| start));
        // After `..` another expression begins.
        let path = path.rfind("..").map_or(path, |at| &path[at + 2..]);
        let (mut owners, prefix): (Vec<&str>, &str) = match path.rfind(['.', ':']) {
            Some(at) => (path[..at].split(['.', ':']).collect(), &path[at + 1..]),
            None => (Vec::new(), path),
        };
        let method = path[..path.len() - prefix.len()].ends_with(':');
        let of_string = path.starts_with(['.', ':']) && ends_with_string(before);
        if of_string {
            owners.remove(0);
        }
        // The value of an expression other than a name or a string is not known.
        let named = owners.iter().all(|owner| is_name(owner));
        named.then_some(Place { of_string, owners, method, prefix })
    }

    fn candidates(&self, ctx: &mut Ctx<'_>) -> std::result::Result<Vec<String>, Throw> {
        let mut names = Vec::new();
        if self.of_string {
            ctx.push_bytes(b"")?;
        } else {
            ctx.push_globals()?;
        }
        for owner in &self.owners {
            if !push_raw_field(ctx, owner)? {
                return Ok(names);
            }
        }
        if self.owners.is_empty() && !self.of_string {
            let keywords = KEYWORDS.iter().filter(|keyword| keyword.starts_with(self.prefix));
            names.extend(keywords.map(|&keyword| keyword.to_owned()));
        }
        for _ in 0..MAX_CHAIN {
            if ctx.type_of(ctx.top()) == Type::Table {
                self.collect(ctx, &mut names)?;
            }
            if !push_index_table(ctx)? {
                break;
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// Adds the names in the table on the top.
    fn collect(&self, ctx: &mut Ctx<'_>, names: &mut Vec<String>) -> std::result::Result<(), Throw> {
        let table = ctx.top();
        ctx.push_nil()?;
        while ctx.next(table)? {
            let fits = !self.method || ctx.type_of(table + 2) == Type::Function;
            let key = std::str::from_utf8(ctx.bytes(table + 1)).unwrap_or_default();
            if fits && key.starts_with(self.prefix) && is_name(key) {
                names.push(key.to_owned());
            }
            ctx.drop_top(1);
        }
        Ok(())
    }
}

/// Whether code ends with a string literal, also without the parentheses around it that Lua wants before a colon. What is
/// the argument of a call is not meant.
fn ends_with_string(code: &str) -> bool {
    let code = code.trim_end();
    let literal = code.strip_suffix(')').map(str::trim_end);
    let Some(before) = before_string(literal.unwrap_or(code)) else { return false };
    let before = match literal {
        Some(_) => match before.trim_end().strip_suffix('(') {
            Some(before) => before,
            None => return false,
        },
        None => before,
    };
    let before = before.trim_end();
    let word = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(before, |at| &before[at + 1..]);
    !before.ends_with([')', ']', '"', '\'']) && (word.is_empty() || KEYWORDS.contains(&word))
}

/// What stands before the string literal that code ends with, if it does.
fn before_string(code: &str) -> Option<&str> {
    if let Some(code) = code.strip_suffix("]]") {
        return code.rfind("[[").map(|at| &code[..at]);
    }
    let quote = code.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
    let mut code = &code[..code.len() - 1];
    loop {
        code = &code[..code.rfind(quote)?];
        let escapes = code.bytes().rev().take_while(|&byte| byte == b'\\').count();
        if escapes % 2 == 0 {
            return Some(code);
        }
    }
}

fn is_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// Pushes a field of the value on the top, also one that is in an `__index` table; says whether there is one.
fn push_raw_field(ctx: &mut Ctx<'_>, name: &str) -> std::result::Result<bool, Throw> {
    for _ in 0..MAX_CHAIN {
        let owner = ctx.top();
        if ctx.type_of(owner) == Type::Table {
            ctx.raw_get_field(owner, name)?;
            if !ctx.is_none_or_nil(owner + 1) {
                return Ok(true);
            }
            ctx.drop_top(1);
        }
        if !push_index_table(ctx)? {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Pushes the table that `__index` of the value on the top is; says whether there is one.
fn push_index_table(ctx: &mut Ctx<'_>) -> std::result::Result<bool, Throw> {
    let value = ctx.top();
    if !ctx.metafield(value, "__index")? {
        return Ok(false);
    }
    Ok(ctx.type_of(value + 1) == Type::Table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_what_stands_before_the_cursor() {
        let place = |owners: &[&'static str], method, prefix| {
            Some(Place { of_string: false, owners: owners.to_vec(), method, prefix })
        };
        assert_eq!(Place::find("print(str"), place(&[], false, "str"));
        assert_eq!(Place::find("x = string.fo"), place(&["string"], false, "fo"));
        assert_eq!(Place::find("a.b:c"), place(&["a", "b"], true, "c"));
        assert_eq!(Place::find("'x'..ma"), place(&[], false, "ma"));
        assert_eq!(Place::find(""), place(&[], false, ""));
        assert_eq!(Place::find("f().x"), None);
        assert_eq!(Place::find("é.x"), None);
    }

    #[test]
    fn a_string_literal_has_the_methods_of_strings() {
        let methods = |prefix| Some(Place { of_string: true, owners: Vec::new(), method: true, prefix });
        for code in ["('x'):", "x = (\"it's\") :", "return ('a\\'b'):", "#( [[x]] ):", "f(g, (''):", "'x':"] {
            let code = code.replace(" :", ":");
            assert_eq!(Place::find(&format!("{code}up")), methods("up"), "{code}");
        }
        for code in ["f('x'):", "f'x':", "t['x']:", "(s):", "('x' .. s):", "f()('x'):", "(x'):", "):"] {
            assert_eq!(Place::find(&format!("{code}up")), None, "{code}");
        }
    }
}
