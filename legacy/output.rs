//! Where `print` and `io.write` write to.
//!
//! It is the process's standard output, through the buffer that everybody in the process shares, unless the host gives the
//! machine a writer of its own.

use std::io::{self, Write};

use crate::system::output as process;

/// A machine's output.
#[derive(Default)]
pub struct Output {
    /// What replaces standard output.
    writer: Option<Box<dyn Write + Send + Sync>>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("redirected", &self.writer.is_some()).finish()
    }
}

impl Output {
    /// Output that goes to a writer.
    pub fn to(writer: impl Write + Send + Sync + 'static) -> Self {
        Output { writer: Some(Box::new(writer)) }
    }

    /// Writes bytes, or keeps them to be written later.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.writer {
            Some(writer) => writer.write_all(bytes),
            None => process::write(bytes),
        }
    }

    /// Hands over what is kept: at the program's end, and before something else writes to the same place.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Some(writer) => writer.flush(),
            None => process::flush(),
        }
    }
}
