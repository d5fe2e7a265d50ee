//! Waiting for children, pipes and terminals: as long as it takes, or until a limit ends it.
//!
//! Under a limit the direct child is ended, and only then; its own children are not.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use crate::kernel::meter::Watch;

/// How long one waits without looking at the limits.
const PATIENCE: Duration = Duration::from_millis(2);

/// What an operation fails with that a limit ended. The meter knows which.
pub(crate) fn over() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

/// Whether an operation failed so.
pub(crate) fn is_over(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none()
}

/// Waits for a child's end. When there is no more time, it is ended.
pub(crate) fn child(child: &mut Child, watch: &Watch) -> io::Result<ExitStatus> {
    let mut exit = Exit::of(child);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if watch.is_over() {
            // One that has ended by itself meanwhile is no error.
            let _ = child.kill();
            return child.wait();
        }
        exit.wait_a_little();
    }
}

/// What tells of a child's end at once, where there is such a thing.
struct Exit {
    #[cfg(target_os = "linux")]
    descriptor: Option<std::os::fd::OwnedFd>,
}

impl Exit {
    #[cfg(target_os = "linux")]
    fn of(child: &Child) -> Self {
        use rustix::process::{Pid, PidfdFlags, pidfd_open};
        Exit { descriptor: pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok() }
    }

    #[cfg(not(target_os = "linux"))]
    fn of(_: &Child) -> Self {
        Exit {}
    }

    fn wait_a_little(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(descriptor) = &self.descriptor {
            use std::os::fd::AsFd as _;
            if poll(descriptor.as_fd(), rustix::event::PollFlags::IN).is_ok() {
                return;
            }
        }
        std::thread::sleep(PATIENCE);
    }
}

/// Whether a descriptor is ready before patience ends.
#[cfg(unix)]
fn poll(descriptor: std::os::fd::BorrowedFd<'_>, flags: rustix::event::PollFlags) -> io::Result<bool> {
    let mut descriptors = [rustix::event::PollFd::new(&descriptor, flags)];
    let patience = rustix::event::Timespec { tv_sec: 0, tv_nsec: PATIENCE.subsec_nanos().into() };
    match rustix::event::poll(&mut descriptors, Some(&patience)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
fn until(descriptor: std::os::fd::BorrowedFd<'_>, flags: rustix::event::PollFlags, watch: &Watch) -> io::Result<()> {
    while !poll(descriptor, flags)? {
        if watch.is_over() {
            return Err(over());
        }
    }
    Ok(())
}

/// Waits until there is something to read, or the other side has gone.
#[cfg(unix)]
pub(crate) fn readable(descriptor: &impl std::os::fd::AsFd, watch: &Watch) -> io::Result<()> {
    until(descriptor.as_fd(), rustix::event::PollFlags::IN, watch)
}

/// Waits until [`PIPE_PIECE`] bytes can be written, or nobody will read them.
#[cfg(unix)]
pub(crate) fn writable(descriptor: &impl std::os::fd::AsFd, watch: &Watch) -> io::Result<()> {
    until(descriptor.as_fd(), rustix::event::PollFlags::OUT, watch)
}

/// Writes to what its reader may have to be waited for.
#[cfg(unix)]
pub(crate) fn write(out: &mut (impl io::Write + std::os::fd::AsFd), bytes: &[u8], watch: &Watch) -> io::Result<()> {
    for piece in bytes.chunks(PIPE_PIECE) {
        writable(out, watch)?;
        out.write_all(piece)?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn write(out: &mut impl io::Write, bytes: &[u8], _: &Watch) -> io::Result<()> {
    out.write_all(bytes)?;
    out.flush()
}

/// Opens a file. A pipe with a name makes who opens it wait for whoever is to open its other end: under a limit one that is to be
/// written to is tried again and again, and one that is read from is waited for when it is.
#[cfg(unix)]
pub(crate) fn open(options: &OpenOptions, path: &Path, watch: &Watch) -> io::Result<File> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
    if !watch.is_limited() || !std::fs::metadata(path).is_ok_and(|data| data.file_type().is_fifo()) {
        return options.open(path);
    }
    let mut options = options.clone();
    options.custom_flags(OFlags::NONBLOCK.bits() as i32);
    loop {
        match options.open(path) {
            Ok(file) => {
                fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
                return Ok(file);
            }
            Err(error) if error.raw_os_error() != Some(rustix::io::Errno::NXIO.raw_os_error()) => return Err(error),
            Err(_) if watch.is_over() => return Err(over()),
            Err(_) => std::thread::sleep(PATIENCE),
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn open(options: &OpenOptions, path: &Path, _: &Watch) -> io::Result<File> {
    options.open(path)
}

/// Elsewhere reads and writes wait by themselves.
#[cfg(not(unix))]
pub(crate) fn readable<T>(_: &T, _: &Watch) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn writable<T>(_: &T, _: &Watch) -> io::Result<()> {
    Ok(())
}

/// What a pipe that is ready takes without waiting (POSIX's `PIPE_BUF` is at least 512, Linux's 4096).
const PIPE_PIECE: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };
