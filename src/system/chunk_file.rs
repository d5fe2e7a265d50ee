//! Reading the source of a chunk from a file or from standard input.

use std::fs::File;
use std::io::{self, Read as _};

use super::{output, strerror, to_path};

/// The first byte of a precompiled chunk.
const SIGNATURE: u8 = 0x1b;

/// A chunk, and the name it gets.
#[derive(Debug)]
pub(crate) struct ChunkFile {
    text: Vec<u8>,
    /// In Lua's convention: `@file` or `=stdin`.
    pub(crate) name: Vec<u8>,
}

impl ChunkFile {
    /// Reads a file, or standard input; fails with the message of C's `luaL_loadfile`.
    pub(crate) fn read(path: Option<&[u8]>) -> Result<ChunkFile, Vec<u8>> {
        let (name, shown) = match path {
            Some(path) => ([b"@", path].concat(), path),
            None => (b"=stdin".to_vec(), b"stdin".as_slice()),
        };
        match read(path) {
            Ok(text) => Ok(ChunkFile { text, name }),
            Err((what, error)) => {
                let mut message = format!("cannot {what} ").into_bytes();
                message.extend_from_slice(shown);
                message.extend_from_slice(b": ");
                message.extend_from_slice(strerror(&error).as_bytes());
                Err(message)
            }
        }
    }

    /// What is to be compiled. A first line that begins with `#` is skipped.
    pub(crate) fn code(&self) -> &[u8] {
        code(&self.text)
    }
}

/// All of a file, or of standard input; or what could not be done.
fn read(path: Option<&[u8]>) -> Result<Vec<u8>, (&'static str, io::Error)> {
    let mut text = Vec::new();
    let result = match path {
        Some(path) => File::open(to_path(path)).map_err(|error| ("open", error))?.read_to_end(&mut text),
        None => {
            // A prompt must be seen before the answer; that it cannot be written is no error of reading.
            let _ = output::flush();
            io::stdin().lock().read_to_end(&mut text)
        }
    };
    match result {
        Ok(_) => Ok(text),
        Err(error) => Err(("read", error)),
    }
}

/// A file's text without a first line that begins with `#`. The line's end stays, for the numbers of the lines after
/// it; but a precompiled chunk begins with its signature.
fn code(text: &[u8]) -> &[u8] {
    if text.first() != Some(&b'#') {
        return text;
    }
    let Some(end) = memchr::memchr(b'\n', text) else {
        return &[];
    };
    let rest = &text[end + 1..];
    if rest.first() == Some(&SIGNATURE) { rest } else { &text[end..] }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn the_first_line_may_be_for_the_system() {
        assert_eq!(code(b"return 1"), b"return 1");
        assert_eq!(code(b"#!lua\nreturn 1"), b"\nreturn 1");
        assert_eq!(code(b"#!lua\n\x1bLua"), b"\x1bLua");
        assert_eq!(code(b"#!lua"), b"");
        assert_eq!(code(b""), b"");
    }
}
