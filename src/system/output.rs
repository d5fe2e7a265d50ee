//! The program's standard output: one buffer that `print`, `io.write` and files on `io.stdout` share.
//!
//! C programs see one `stdout`, whoever writes to it; so does a process with several machines. The
//! buffer is larger than std's and, unlike it, is not flushed at each newline unless a terminal is
//! at the other end.
//!
//! Invariants:
//! - What was written first comes out first. Whoever writes to the terminal by another way (an error
//!   message, a child process) or waits for input calls [`flush`] first, and so does the program's end.
//! - Nothing here panics, also with a closed pipe: what cannot be written is dropped, as C's stdio
//!   would, and the caller is told.
#![forbid(unsafe_code)]

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// Bytes gathered before they are handed to the system.
const CAPACITY: usize = 64 * 1024;

/// When written bytes leave the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buffering {
    /// After each write.
    None,
    /// After each write that has a newline.
    Line,
    /// Once there are so many.
    Full(usize),
}

struct Output {
    bytes: Vec<u8>,
    buffering: Buffering,
}

static OUTPUT: LazyLock<Mutex<Output>> = LazyLock::new(|| {
    let terminal = io::stdout().is_terminal();
    Mutex::new(Output {
        bytes: Vec::with_capacity(CAPACITY),
        buffering: if terminal { Buffering::Line } else { Buffering::Full(CAPACITY) },
    })
});

fn lock() -> MutexGuard<'static, Output> {
    // A panic of another thread leaves bytes behind, not a broken buffer.
    OUTPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Output {
    fn flush(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let result = send(&self.bytes);
        self.bytes.clear();
        result
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let capacity = match self.buffering {
            Buffering::Full(capacity) => capacity,
            Buffering::None | Buffering::Line => CAPACITY,
        };
        if self.bytes.len() + bytes.len() > capacity {
            self.flush()?;
            if bytes.len() >= capacity {
                return send(bytes);
            }
        }
        self.bytes.extend_from_slice(bytes);
        match self.buffering {
            Buffering::None => self.flush(),
            Buffering::Line if memchr::memchr(b'\n', bytes).is_some() => self.flush(),
            _ => Ok(()),
        }
    }
}

/// Whether the process ends when no one reads its output any more.
static ENDS_WITH_ITS_READER: AtomicBool = AtomicBool::new(false);

/// Lets the process end quietly, with code 0, once no one reads its output any more. For programs, not for hosts: a C
/// program is ended by SIGPIPE then, which Rust's runtime ignores, and `print` tells no one of an error.
#[cfg(feature = "cli")]
pub(crate) fn end_with_reader() {
    ENDS_WITH_ITS_READER.store(true, Ordering::Relaxed);
}

fn send(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let result = stdout.write_all(bytes).and_then(|()| stdout.flush());
    if let Err(error) = &result
        && error.kind() == io::ErrorKind::BrokenPipe
        && ENDS_WITH_ITS_READER.load(Ordering::Relaxed)
    {
        std::process::exit(0);
    }
    result
}

/// Writes bytes, or keeps them to be written later.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    lock().write(bytes)
}

/// Hands over what is kept.
pub(crate) fn flush() -> io::Result<()> {
    lock().flush()
}

/// Sets when bytes leave the buffer (`setvbuf` of `io.stdout`).
pub(crate) fn set_buffering(buffering: Buffering) -> io::Result<()> {
    let mut output = lock();
    output.buffering = buffering;
    output.flush()
}
