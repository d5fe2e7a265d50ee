//! The program's standard input, which may have to be waited for: one buffer, std's, that files on `io.stdin` and chunks that are
//! read from standard input share.
#![forbid(unsafe_code)]

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::wait;
use crate::kernel::meter::Watch;

/// Standard input, for who waits no longer than this.
pub(crate) struct Standard<'a> {
    lock: io::StdinLock<'static>,
    watch: &'a Watch,
}

/// Bytes that std has read ahead: those need not be waited for.
static AHEAD: AtomicUsize = AtomicUsize::new(0);

/// What was read ahead has been dropped.
pub(crate) fn forget() {
    AHEAD.store(0, Relaxed);
}

impl<'a> Standard<'a> {
    pub(crate) fn new(watch: &'a Watch) -> Self {
        Standard { lock: io::stdin().lock(), watch }
    }
}

impl Read for Standard<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, bytes)
    }
}

impl BufRead for Standard<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if AHEAD.load(Relaxed) == 0 {
            wait::readable(&self.lock, self.watch)?;
        }
        let bytes = self.lock.fill_buf()?;
        AHEAD.store(bytes.len(), Relaxed);
        Ok(bytes)
    }

    fn consume(&mut self, count: usize) {
        self.lock.consume(count);
        AHEAD.store(AHEAD.load(Relaxed).saturating_sub(count), Relaxed);
    }
}

/// Takes what a buffer holds, and fills it once if that is nothing.
pub(crate) fn read_buffered(source: &mut impl BufRead, bytes: &mut [u8]) -> io::Result<usize> {
    let kept = source.fill_buf()?;
    let count = kept.len().min(bytes.len());
    bytes[..count].copy_from_slice(&kept[..count]);
    source.consume(count);
    Ok(count)
}
