//! The lexer: bytes to tokens.
//!
//! It follows `llex.c` closely, down to what an error message quotes: PUC quotes its token buffer, which holds a
//! string as far as it was read, escapes already replaced, and ends at the first NUL. Line numbers are PUC's: any of
//! `\n`, `\r`, `\r\n` and `\n\r` is one line end.

use super::ast::Pos;
use super::error::until_nul;
use super::source::{PAID_AT_ONCE, Source, UNITS_PER_BYTE, Whole};
use super::{Result, Symbol, Symbols, SyntaxError, Token, chunk_label};
use crate::kernel::number::parse_number;

/// Splits a source text into tokens.
///
/// The text comes in pieces. The next one is asked for as soon as the byte after a token is not there, as in PUC.
#[derive(Debug)]
pub struct Lexer<'s> {
    source: Box<dyn Source + 's>,
    chunk_name: &'s [u8],
    /// What is in memory of the source text. Only between tokens its beginning is dropped.
    text: Vec<u8>,
    /// How much of the source text was dropped.
    dropped: usize,
    has_ended: bool,
    /// The source does not pay any more.
    is_refused: bool,
    /// How much of the source text is paid for.
    paid: usize,
    /// How much of it there was when the parser last counted what it holds.
    counted: usize,
    /// Bytes that the parser and the compiler hold.
    held: usize,
    /// Where the lexer is in `text`; likewise `token_start`.
    offset: usize,
    line: u32,
    token_start: usize,
    /// Offsets in the source text: of the current line, of the last token and of that token's line.
    line_start: usize,
    token_offset: usize,
    token_line_start: usize,
    /// What follows is not dropped.
    kept: Pos,
    symbols: Symbols,
    /// Contents of a string literal with escapes, kept to reuse the allocation.
    buffer: Vec<u8>,
}

/// So much of the text before a token is dropped at a time.
const DROPPED_AT_ONCE: usize = 1 << 15;

const NAME_START: u8 = 1;
const NAME: u8 = 2;
const DIGIT: u8 = 4;
/// Bytes that a short string literal cannot simply contain.
const STRING_STOP: u8 = 8;

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => NAME_START | NAME,
            b'0'..=b'9' => NAME | DIGIT,
            b'"' | b'\'' | b'\\' | b'\n' | b'\r' => STRING_STOP,
            _ => 0,
        };
        byte += 1;
    }
    table
};

fn is(byte: Option<u8>, class: u8) -> bool {
    byte.is_some_and(|byte| CLASS[byte as usize] & class != 0)
}

impl<'s> Lexer<'s> {
    /// A lexer at the first byte of `source`.
    pub fn new(source: &'s [u8], chunk_name: &'s [u8]) -> Self {
        Lexer::reading(Box::new(Whole(source)), chunk_name)
    }

    /// A lexer at the first byte of what `source` gives.
    pub(crate) fn reading(source: Box<dyn Source + 's>, chunk_name: &'s [u8]) -> Self {
        Lexer {
            source,
            chunk_name,
            text: Vec::new(),
            dropped: 0,
            has_ended: false,
            is_refused: false,
            paid: 0,
            counted: 0,
            held: 0,
            offset: 0,
            line: 1,
            token_start: 0,
            line_start: 0,
            token_offset: 0,
            token_line_start: 0,
            kept: Pos::START,
            symbols: Symbols::default(),
            buffer: Vec::new(),
        }
    }

    /// From here on, the text is needed for [`Lexer::again_from`].
    pub(super) fn keep_from(&mut self, pos: Pos) {
        self.kept = pos;
    }

    /// A lexer that reads once more what follows `pos`, which must be between two tokens.
    pub(super) fn again_from(&self, pos: Pos) -> Lexer<'_> {
        let kept = self.kept.offset as usize - self.dropped;
        let mut lexer = Lexer::new(&self.text[kept..], self.chunk_name);
        lexer.line = self.kept.line;
        let end = (pos.offset - self.kept.offset) as usize;
        while lexer.offset < end {
            match lexer.current() {
                Some(b'\n' | b'\r') => lexer.end_line(),
                Some(_) => lexer.offset += 1,
                None => break,
            }
        }
        lexer
    }

    /// Whether there is much to be paid for.
    #[inline]
    pub(super) fn is_in_debt(&self) -> bool {
        self.offset() - self.counted >= PAID_AT_ONCE
    }

    /// Pays for the text up to here, for other work, and for what is held, here and elsewhere in the front end. If that is refused,
    /// the text ends here.
    pub(crate) fn pay(&mut self, units: u64, held: usize) -> bool {
        self.held = held;
        self.counted = self.offset();
        self.pay_for_text(units)
    }

    /// Likewise, if nothing else was counted anew.
    fn pay_for_text(&mut self, units: u64) -> bool {
        let bytes = self.offset() - self.paid;
        self.paid += bytes;
        // The name is held twice: by whoever gave it, and by the functions.
        let own = self.text.capacity() + self.buffer.capacity() + self.symbols.size() + 2 * self.chunk_name.len();
        if !self.source.pay(units + bytes as u64 * UNITS_PER_BYTE, own + self.held) {
            self.is_refused = true;
            self.has_ended = true;
        }
        !self.is_refused
    }

    /// The line the lexer has reached: that of the last byte of the last token.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The offset just after the last token.
    pub fn offset(&self) -> usize {
        self.dropped + self.offset
    }

    /// The interned strings so far.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Likewise, for the parser to lend them.
    pub(super) fn symbols_mut(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// The symbol of a name that is not in the source.
    pub(crate) fn intern(&mut self, name: &[u8]) -> Symbol {
        self.symbols.intern(name)
    }

    /// The next byte; `None` at the end.
    #[inline]
    fn current(&mut self) -> Option<u8> {
        match self.text.get(self.offset) {
            Some(&byte) => Some(byte),
            None => self.read_on(),
        }
    }

    #[cold]
    fn read_on(&mut self) -> Option<u8> {
        if !self.has_ended && self.pay_for_text(0) {
            self.source.read(&mut self.text);
            self.has_ended = self.text.len() == self.offset;
        }
        self.text.get(self.offset).copied()
    }

    /// Begins a token, or goes on in what belongs to none: what comes before may go.
    #[inline]
    fn begin_token(&mut self) {
        if self.offset >= DROPPED_AT_ONCE {
            self.drop_text();
        }
        self.token_start = self.offset;
    }

    #[cold]
    fn drop_text(&mut self) {
        let unused = self.offset.min(self.kept.offset as usize - self.dropped);
        // What stays has to be moved.
        if unused >= DROPPED_AT_ONCE && unused >= self.text.len() / 2 {
            self.text.drain(..unused);
            self.dropped += unused;
            self.offset -= unused;
        }
    }

    fn end_line(&mut self) {
        let first = self.text[self.offset];
        self.offset += 1;
        if let Some(second @ (b'\n' | b'\r')) = self.current()
            && second != first
        {
            self.offset += 1;
        }
        self.line += 1;
        self.line_start = self.dropped + self.offset;
    }

    /// Moves past the next byte if it is one of `set`, or a NUL: PUC finds the terminator of its C string, too.
    fn accept(&mut self, set: &[u8]) -> bool {
        let found = self.current().is_some_and(|byte| byte == 0 || set.contains(&byte));
        self.offset += usize::from(found);
        found
    }

    /// Reads the next token.
    pub(crate) fn next(&mut self) -> Result<Token> {
        let token = self.token();
        self.current();
        if self.is_refused {
            return Err(self.error_without_token("not enough memory"));
        }
        let token = token?;
        if self.offset() >= u32::MAX as usize {
            return Err(self.error_without_token("chunk is too large"));
        }
        Ok(token)
    }

    fn token(&mut self) -> Result<Token> {
        loop {
            self.begin_token();
            self.token_offset = self.offset();
            self.token_line_start = self.line_start;
            let Some(byte) = self.current() else { return Ok(Token::Eof) };
            match byte {
                b'\n' | b'\r' => self.end_line(),
                b' ' | b'\t' | 0x0b | 0x0c => self.offset += 1,
                b'-' => {
                    self.offset += 1;
                    if self.current() != Some(b'-') {
                        return Ok(Token::Char(b'-'));
                    }
                    self.offset += 1;
                    self.skip_comment()?;
                }
                b'[' => match self.long_bracket(b'[') {
                    Ok(level) => return self.long_string(level, true).map(Token::String),
                    Err(0) => return Ok(Token::Char(b'[')),
                    Err(_) => {
                        let near = self.text[self.token_start..self.offset].to_vec();
                        return Err(self.error_near("invalid long string delimiter", &near));
                    }
                },
                b'=' => return Ok(self.maybe_equals(Token::Char(b'='), Token::Eq)),
                b'<' => return Ok(self.maybe_equals(Token::Char(b'<'), Token::Le)),
                b'>' => return Ok(self.maybe_equals(Token::Char(b'>'), Token::Ge)),
                b'~' => return Ok(self.maybe_equals(Token::Char(b'~'), Token::Ne)),
                b'"' | b'\'' => return self.string(byte).map(Token::String),
                b'.' => {
                    self.offset += 1;
                    if self.accept(b".") {
                        return Ok(if self.accept(b".") { Token::Dots } else { Token::Concat });
                    }
                    if !is(self.current(), DIGIT) {
                        return Ok(Token::Char(b'.'));
                    }
                    return self.number();
                }
                _ if CLASS[byte as usize] & NAME_START != 0 => {
                    self.skip_class(NAME);
                    let word = &self.text[self.token_start..self.offset];
                    // The longest reserved word has eight letters, and all are lower case.
                    if word.len() <= 8
                        && byte >= b'a'
                        && let Some(keyword) = Token::keyword(word)
                    {
                        return Ok(keyword);
                    }
                    return Ok(Token::Name(self.symbols.intern(word)));
                }
                b'0'..=b'9' => return self.number(),
                _ => {
                    self.offset += 1;
                    return Ok(Token::Char(byte));
                }
            }
        }
    }

    fn skip_class(&mut self, class: u8) {
        while is(self.current(), class) {
            self.offset += 1;
        }
    }

    fn maybe_equals(&mut self, alone: Token, with: Token) -> Token {
        self.offset += 1;
        if self.current() == Some(b'=') {
            self.offset += 1;
            return with;
        }
        alone
    }

    fn skip_comment(&mut self) -> Result<()> {
        if self.current() == Some(b'[')
            && let Ok(level) = self.long_bracket(b'[')
        {
            return self.long_string(level, false).map(|_| ());
        }
        while self.current().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
            self.begin_token();
            let rest = &self.text[self.offset..];
            self.offset += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        }
        Ok(())
    }

    /// Reads `[==` or `]==`; `Ok` is the level if the same bracket follows (which is not read), `Err` the number of
    /// `=` otherwise.
    fn long_bracket(&mut self, bracket: u8) -> std::result::Result<usize, usize> {
        self.offset += 1;
        let start = self.offset;
        while self.current() == Some(b'=') {
            self.offset += 1;
        }
        let level = self.offset - start;
        if self.current() == Some(bracket) { Ok(level) } else { Err(level) }
    }

    /// Reads the rest of a long string or comment, from its second bracket.
    fn long_string(&mut self, level: usize, is_string: bool) -> Result<Symbol> {
        self.offset += 1;
        if matches!(self.current(), Some(b'\n' | b'\r')) {
            self.end_line();
        }
        self.buffer.clear();
        let mut piece = self.offset;
        loop {
            if !is_string {
                self.begin_token();
            }
            let Some(byte) = self.current() else {
                let what = if is_string { "unfinished long string" } else { "unfinished long comment" };
                return Err(self.error_at_eof(what));
            };
            match byte {
                b'[' => {
                    // LUA_COMPAT_LSTR is 1: what 5.0 would have nested is an error.
                    if self.long_bracket(b'[') == Ok(level) {
                        self.offset += 1;
                        if level == 0 {
                            return Err(self.error_near("nesting of [[...]] is deprecated", b"["));
                        }
                    }
                }
                b']' => {
                    let end = self.offset;
                    if self.long_bracket(b']') == Ok(level) {
                        self.offset += 1;
                        if self.buffer.is_empty() {
                            return Ok(self.symbols.intern(if is_string { &self.text[piece..end] } else { b"" }));
                        }
                        self.buffer.extend_from_slice(&self.text[piece..end]);
                        return Ok(self.symbols.intern(&self.buffer));
                    }
                }
                b'\n' | b'\r' => {
                    let before = self.offset;
                    self.end_line();
                    // Every line end becomes `\n`: only then the contents differ from the source.
                    if is_string && (byte != b'\n' || self.offset - before != 1) {
                        self.buffer.extend_from_slice(&self.text[piece..before]);
                        self.buffer.push(b'\n');
                        piece = self.offset;
                    }
                }
                _ => {
                    let rest = &self.text[self.offset..];
                    let skip = rest.iter().position(|byte| matches!(byte, b'[' | b']' | b'\n' | b'\r'));
                    self.offset += skip.unwrap_or(rest.len());
                }
            }
        }
    }

    fn string(&mut self, delimiter: u8) -> Result<Symbol> {
        self.offset += 1;
        let mut piece = self.offset;
        self.buffer.clear();
        let mut escaped = false;
        loop {
            while let Some(byte) = self.current()
                && CLASS[byte as usize] & STRING_STOP == 0
            {
                self.offset += 1;
            }
            let end = self.offset;
            match self.current() {
                None => return Err(self.error_at_eof("unfinished string")),
                Some(b'\n' | b'\r') => {
                    return Err(self.error_in_string("unfinished string", delimiter, piece));
                }
                Some(b'\\') => {
                    self.buffer.extend_from_slice(&self.text[piece..end]);
                    escaped = true;
                    self.offset += 1;
                    self.escape(delimiter)?;
                    piece = self.offset;
                }
                Some(byte) if byte == delimiter => {
                    self.offset += 1;
                    if !escaped {
                        return Ok(self.symbols.intern(&self.text[piece..end]));
                    }
                    self.buffer.extend_from_slice(&self.text[piece..end]);
                    return Ok(self.symbols.intern(&self.buffer));
                }
                Some(_) => self.offset += 1,
            }
        }
    }

    /// Reads what follows a backslash and appends its meaning to the buffer.
    fn escape(&mut self, delimiter: u8) -> Result<()> {
        let Some(byte) = self.current() else { return Ok(()) };
        let meaning = match byte {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\n' | b'\r' => {
                self.buffer.push(b'\n');
                self.end_line();
                return Ok(());
            }
            b'0'..=b'9' => {
                let mut code = 0u32;
                for _ in 0..3 {
                    let Some(digit @ b'0'..=b'9') = self.current() else { break };
                    code = code * 10 + u32::from(digit - b'0');
                    self.offset += 1;
                }
                self.current();
                let Ok(code) = u8::try_from(code) else {
                    let here = self.offset;
                    return Err(self.error_in_string("escape sequence too large", delimiter, here));
                };
                self.buffer.push(code);
                return Ok(());
            }
            other => other,
        };
        self.buffer.push(meaning);
        self.offset += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<Token> {
        while self.current() == Some(b'.') || is(self.current(), DIGIT) {
            self.offset += 1;
        }
        if self.accept(b"Ee") {
            self.accept(b"+-");
        }
        self.skip_class(NAME);
        let text = until_nul(&self.text[self.token_start..self.offset]);
        // Plain short integers are most of all numerals.
        if text.len() <= 15 && text.iter().all(u8::is_ascii_digit) {
            let n = text.iter().fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'));
            return Ok(Token::Number(n as f64));
        }
        match parse_number(text) {
            Some(n) => Ok(Token::Number(n)),
            None => {
                let near = text.to_vec();
                Err(self.error_near("malformed number", &near))
            }
        }
    }

    /// The text of the last token, as PUC's token buffer would hold it.
    fn token_text(&self, token: Token) -> Vec<u8> {
        let text = &self.text[self.token_start..self.offset];
        match token {
            Token::Name(_) | Token::Number(_) => until_nul(text).to_vec(),
            Token::String(symbol) => {
                let level = match text {
                    [b'[', rest @ ..] => rest.iter().take_while(|&&byte| byte == b'=').count() + 2,
                    _ => 1,
                };
                let contents = self.symbols.bytes(symbol);
                let whole = [&text[..level], contents, &text[text.len() - level..]].concat();
                until_nul(&whole).to_vec()
            }
            other => other.describe(),
        }
    }

    /// An error at the last token, which is quoted.
    pub(crate) fn error_at_token(&self, message: &str, token: Token) -> Box<SyntaxError> {
        // PUC takes a NUL for "no token".
        let near = (token != Token::Char(0)).then(|| self.token_text(token));
        let mut error = self.error(message.as_bytes(), near.as_deref());
        error.at_eof = token == Token::Eof;
        error
    }

    /// An error that quotes nothing.
    pub(crate) fn error_without_token(&self, message: &str) -> Box<SyntaxError> {
        self.error(message.as_bytes(), None)
    }

    fn error_at_eof(&self, message: &str) -> Box<SyntaxError> {
        let mut error = self.error(message.as_bytes(), Some(b"<eof>"));
        error.at_eof = true;
        error
    }

    fn error_near(&self, message: &str, near: &[u8]) -> Box<SyntaxError> {
        self.error(message.as_bytes(), Some(near))
    }

    /// An error inside a short string, whose last piece began at `piece`.
    fn error_in_string(&self, message: &str, delimiter: u8, piece: usize) -> Box<SyntaxError> {
        let near = [&[delimiter], &self.buffer[..], &self.text[piece..self.offset]].concat();
        self.error(message.as_bytes(), Some(until_nul(&near)))
    }

    fn error(&self, message: &[u8], near: Option<&[u8]>) -> Box<SyntaxError> {
        let mut text = chunk_label(self.chunk_name);
        text.extend_from_slice(format!(":{}: ", self.line).as_bytes());
        text.extend_from_slice(message);
        if let Some(near) = near {
            text.extend_from_slice(b" near '");
            text.extend_from_slice(near);
            text.push(b'\'');
        }
        let column = (self.token_offset - self.token_line_start + 1) as u32;
        Box::new(SyntaxError { message: text, line: self.line, column, at_eof: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn tokens(source: &[u8]) -> Vec<Vec<u8>> {
        let mut lexer = Lexer::new(source, b"=t");
        let mut texts = Vec::new();
        loop {
            match lexer.next().unwrap() {
                Token::Eof => return texts,
                Token::String(symbol) => texts.push(lexer.symbols.bytes(symbol).to_vec()),
                Token::Number(n) => texts.push(n.to_string().into_bytes()),
                token => texts.push(lexer.token_text(token)),
            }
        }
    }

    fn error(source: &[u8]) -> String {
        let mut lexer = Lexer::new(source, b"=t");
        loop {
            match lexer.next() {
                Ok(Token::Eof) => return String::new(),
                Ok(_) => {}
                Err(error) => return error.to_string(),
            }
        }
    }

    #[test]
    fn strings() {
        assert_eq!(tokens(b"'a\\n\\65\\0652\\q\\\n'"), [b"a\nAA2q\n".to_vec()]);
        assert_eq!(tokens(b"[[\r\na\r\nb\n\rc]]"), [b"a\nb\nc".to_vec()]);
        assert_eq!(tokens(b"[==[]]]=]]==]"), [b"]]]=]".to_vec()]);
        assert_eq!(tokens(b"--[==[ ]] \n ]==] x --y\n--[=z"), [b"x".to_vec()]);
    }

    #[test]
    fn operators_and_numbers() {
        assert_eq!(tokens(b"a.b..c...").len(), 6);
        assert_eq!(tokens(b".5 5. 0x10 1e2 3"), [&b"0.5"[..], b"5", b"16", b"100", b"3"]);
        assert_eq!(tokens(b"~= ~ <= == >=").len(), 5);
    }

    #[test]
    fn errors_quote_the_buffer() {
        assert_eq!(error(b"'a\\65\n"), "t:1: unfinished string near ''aA'");
        assert_eq!(error(b"'\\300'"), "t:1: escape sequence too large near '''");
        assert_eq!(error(b"\n[==[ "), "t:2: unfinished long string near '<eof>'");
        assert_eq!(error(b"--[[ "), "t:1: unfinished long comment near '<eof>'");
        assert_eq!(error(b"[[ [[ ]] ]]"), "t:1: nesting of [[...]] is deprecated near '['");
        assert_eq!(error(b"[=x"), "t:1: invalid long string delimiter near '[='");
        assert_eq!(error(b"3x4.5"), "t:1: malformed number near '3x4'");
    }
}
