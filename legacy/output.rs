//! Where `print` and `io.write` write to.
//!
//! It is the process's standard output, through the buffer that everybody in the process shares, unless the host gives the
//! machine a writer of its own. What the machine has written is sent before its host gets control.

use std::io::{self, Write};

use crate::system::output as process;

/// A machine's output.
#[derive(Default)]
pub struct Output {
    /// What replaces standard output.
    writer: Option<Box<dyn Write + Send + Sync>>,
    /// Something was written and may not have been sent.
    unsent: bool,
    /// Why something could not be sent that the program was not told of.
    failed: Option<io::Error>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("redirected", &self.writer.is_some()).finish_non_exhaustive()
    }
}

impl Output {
    /// Output that goes to a writer.
    pub fn to(writer: impl Write + Send + Sync + 'static) -> Self {
        Output { writer: Some(Box::new(writer)), ..Output::default() }
    }

    /// Writes bytes, or keeps them to be written later.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unsent = true;
        match &mut self.writer {
            Some(writer) => writer.write_all(bytes),
            None => process::write(bytes),
        }
    }

    /// The same for `print`, which does not tell the program of an error.
    pub(crate) fn print(&mut self, bytes: &[u8]) {
        if let Err(error) = self.write(bytes) {
            self.failed = Some(error);
        }
    }

    /// Whether the host must not get control yet.
    pub(crate) fn is_unsent(&self) -> bool {
        self.unsent
    }

    /// Sends what is kept: before the host gets control, and at the program's end.
    pub(crate) fn send(&mut self) {
        if !std::mem::take(&mut self.unsent) {
            return;
        }
        let sent = match &mut self.writer {
            Some(writer) => writer.flush(),
            None => process::flush(),
        };
        if let Err(error) = sent {
            self.failed = Some(error);
        }
    }

    /// Sends what is kept, and says whether anything was lost that the program was not told of.
    pub(crate) fn send_at_end(&mut self) -> io::Result<()> {
        self.send();
        self.failed.take().map_or(Ok(()), Err)
    }
}
