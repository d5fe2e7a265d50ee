//! The program's standard output: one buffer that `print`, `io.write` and files on `io.stdout` share.
//!
//! C programs see one `stdout`, whoever writes to it; so does a process with several machines. The
//! buffer is larger than std's and, unlike it, is not flushed at each newline unless a terminal is
//! at the other end.
//!
//! Invariants:
//! - What was written first comes out first. A machine that has written calls [`flush`] before its host gets control, and
//!   so does the program's end. Before a child process runs, it is called where C's stdio would: by `io.popen`, not
//!   by `os.execute`.
//! - Nothing here panics, also with a closed pipe: what cannot be written is dropped, as C's stdio
//!   would, and the caller is told.
#![forbid(unsafe_code)]

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::buffer::{Buffering, WriteBuffer};
use super::wait;
use crate::kernel::meter::Watch;

/// Bytes gathered before they are handed to the system.
const CAPACITY: usize = 64 * 1024;

static OUTPUT: LazyLock<Mutex<WriteBuffer>> = LazyLock::new(|| {
    let terminal = io::stdout().is_terminal();
    let buffering = if terminal { Buffering::Line } else { Buffering::Full(CAPACITY) };
    Mutex::new(WriteBuffer::new(buffering, CAPACITY))
});

fn lock() -> MutexGuard<'static, WriteBuffer> {
    // A panic of another thread leaves bytes behind, not a broken buffer.
    OUTPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the process ends when no one reads its output any more.
static ENDS_WITH_ITS_READER: AtomicBool = AtomicBool::new(false);

/// Lets the process end quietly once no one reads its output any more: by SIGPIPE, which ends a C program then and which
/// Rust's runtime ignores. For programs, not for hosts.
#[cfg(feature = "cli")]
pub(crate) fn end_with_reader() {
    ENDS_WITH_ITS_READER.store(true, Ordering::Relaxed);
}

fn send(bytes: &[u8], watch: &Watch) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let result = if watch.is_limited() {
        wait::write(&mut stdout, bytes, watch)
    } else {
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    };
    if let Err(error) = &result
        && error.kind() == io::ErrorKind::BrokenPipe
        && ENDS_WITH_ITS_READER.load(Ordering::Relaxed)
    {
        #[cfg(all(unix, feature = "cli"))]
        let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
        std::process::exit(0);
    }
    result
}

/// Writes bytes, or keeps them to be written later.
#[cfg(any(feature = "cli", feature = "legacy"))]
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    write_within(bytes, Watch::default)
}

/// Likewise, for a program whose limits say how long it may wait for its reader. What is given up then is lost.
pub(crate) fn write_within(bytes: &[u8], watch: impl Fn() -> Watch) -> io::Result<()> {
    lock().write(bytes, |bytes| send(bytes, &watch()))
}

/// Hands over what is kept.
pub(crate) fn flush() -> io::Result<()> {
    flush_within(&Watch::default())
}

/// Likewise, for a program with limits.
pub(crate) fn flush_within(watch: &Watch) -> io::Result<()> {
    lock().flush(|bytes| send(bytes, watch))
}

/// Sets when bytes leave the buffer (`setvbuf` of `io.stdout`).
pub(crate) fn set_buffering(buffering: Buffering, watch: &Watch) -> io::Result<()> {
    lock().set_buffering(buffering, |bytes| send(bytes, watch))
}
