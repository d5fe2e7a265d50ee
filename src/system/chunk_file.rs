//! Reading the source of a chunk from a file or from standard input.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};

use super::{input, output, strerror, to_path, wait};
use crate::kernel::meter::Watch;

/// The first byte of a precompiled chunk.
const SIGNATURE: u8 = 0x1b;
/// So many bytes are read at a time.
pub(crate) const PIECE: usize = 1 << 13;

/// What a chunk is read from, and how long it may be waited for.
enum Input {
    File(File, Watch),
    Standard(Watch),
    #[cfg(test)]
    Test(Box<dyn Read>),
}

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::File(file, watch) => {
                if watch.is_limited() {
                    wait::readable(file, watch)?;
                }
                file.read(bytes)
            }
            Input::Standard(watch) => input::Standard::new(watch).read(bytes),
            #[cfg(test)]
            Input::Test(input) => input.read(bytes),
        }
    }
}

/// A chunk that is read piece by piece.
pub(crate) struct ChunkFile {
    input: Input,
    /// In Lua's convention: `@file` or `=stdin`.
    pub(crate) name: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
    failure: Option<io::Error>,
}

impl ChunkFile {
    /// Opens a file, or standard input; fails with the message of C's `luaL_loadfile`.
    pub(crate) fn open(path: Option<&[u8]>, watch: &Watch) -> Result<ChunkFile, Vec<u8>> {
        let (name, input) = match path {
            Some(path) => {
                let name = [b"@", path].concat();
                let file = wait::open(OpenOptions::new().read(true), &to_path(path), watch);
                let file = file.map_err(|error| message("open", &name, &error))?;
                (name, Input::File(file, watch.clone()))
            }
            None => {
                // A prompt must be seen before the answer; that it cannot be written is no error of reading.
                let _ = output::flush_within(watch);
                (b"=stdin".to_vec(), Input::Standard(watch.clone()))
            }
        };
        Ok(ChunkFile { input, name, has_begun: false, has_ended: false, failure: None })
    }

    /// Appends the next piece of what is to be compiled; nothing at the end. A first line that begins with `#` is skipped.
    pub(crate) fn read(&mut self, text: &mut Vec<u8>) {
        let start = text.len();
        self.read_raw(text);
        if !std::mem::replace(&mut self.has_begun, true) && text.get(start) == Some(&b'#') {
            self.skip_line(text, start);
        }
    }

    /// All of it, for the old VM; fails with the message of C's `luaL_loadfile`.
    #[cfg(any(test, feature = "legacy"))]
    pub(crate) fn read_all(mut self) -> Result<Vec<u8>, Vec<u8>> {
        let mut text = Vec::new();
        while !self.has_ended {
            self.read(&mut text);
        }
        self.take_failure().map_or(Ok(text), Err)
    }

    /// The message of C's `luaL_loadfile`, if the file could not be read to where it was.
    pub(crate) fn take_failure(&mut self) -> Option<Vec<u8>> {
        self.failure.take().map(|error| message("read", &self.name, &error))
    }

    fn read_raw(&mut self, text: &mut Vec<u8>) {
        let start = text.len();
        text.resize(start + PIECE, 0);
        let mut count = 0;
        while !self.has_ended {
            match self.input.read(&mut text[start..]) {
                Ok(size) => {
                    count = size;
                    self.has_ended = size == 0;
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    self.has_ended = true;
                }
            }
        }
        text.truncate(start + count);
    }

    /// Removes the line that begins at `start`. Its end stays, for the numbers of the lines after it; but a precompiled chunk
    /// begins with its signature.
    fn skip_line(&mut self, text: &mut Vec<u8>, start: usize) {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &text[start..]) {
                text.drain(start..start + end);
                break;
            }
            text.truncate(start);
            self.read_raw(text);
            if text.len() == start {
                return;
            }
        }
        if text.len() == start + 1 {
            self.read_raw(text);
        }
        if text.get(start + 1) == Some(&SIGNATURE) {
            text.remove(start);
        }
    }
}

fn message(what: &str, name: &[u8], error: &io::Error) -> Vec<u8> {
    let shown = name.get(1..).unwrap_or_default();
    [b"cannot ", what.as_bytes(), b" ", shown, b": ", strerror(error).as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow(&'static [u8]);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    fn code(text: &'static [u8]) -> Vec<u8> {
        let read = |input: Box<dyn Read>| {
            let name = b"=test".to_vec();
            ChunkFile { input: Input::Test(input), name, has_begun: false, has_ended: false, failure: None }
                .read_all()
                .unwrap()
        };
        let code = read(Box::new(text));
        assert_eq!(read(Box::new(Slow(text))), code);
        code
    }

    #[test]
    fn the_first_line_may_be_for_the_system() {
        assert_eq!(code(b"return 1"), b"return 1");
        assert_eq!(code(b"#!lua\nreturn 1"), b"\nreturn 1");
        assert_eq!(code(b"#!lua\n\x1bLua"), b"\x1bLua");
        assert_eq!(code(b"#!lua\n"), b"\n");
        assert_eq!(code(b"#!lua"), b"");
        assert_eq!(code(b""), b"");
    }
}
