//! The error of the front end.
//!
//! Its message is complete: chunk name, line, text and the token it was found near, exactly as PUC-Rio Lua words it.

use std::fmt;

use crate::kernel::chunk_id::{SYNTAX_ID_SIZE, write_chunk_id};

/// A source text that is no Lua program, or one that exceeds a limit of the compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The complete message, e.g. `file.lua:3: '=' expected near 'x'`.
    pub message: Vec<u8>,
    /// The line named in the message.
    pub line: u32,
    /// The column (1-based, in bytes) of the token the error was found at.
    pub column: u32,
    /// Whether the source ended where more was expected (the message ends with `near '<eof>'`).
    pub at_eof: bool,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for SyntaxError {}

/// A chunk's name as syntax errors show it.
pub(crate) fn chunk_label(name: &[u8]) -> Vec<u8> {
    let mut label = Vec::new();
    write_chunk_id(&mut label, until_nul(name), SYNTAX_ID_SIZE);
    label
}

/// The bytes before the first NUL: what C's string functions would see.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn labels() {
        assert_eq!(chunk_label(b"=stdin"), b"stdin");
        assert_eq!(chunk_label(b"@a.lua"), b"a.lua");
        assert_eq!(chunk_label(b"return 1"), b"[string \"return 1\"]");
        assert_eq!(chunk_label(b"x\ny"), b"[string \"x...\"]");
        assert_eq!(chunk_label(b"x\0y"), b"[string \"x\"]");
        assert_eq!(chunk_label(b""), b"[string \"\"]");
        assert_eq!(chunk_label(&[b"@", &[b'a'; 100][..]].concat()).len(), 75);
        assert_eq!(chunk_label(&[b'a'; 100]).len(), 77);
    }
}
