//! Memory outside the heap that a program is to answer for: buffers of library functions, the names of chunks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::heap::{AllocError, Heap};

/// Bytes of the account that lie outside the heap, for as long as this exists. Who drops it needs no heap for that.
pub(crate) struct Held {
    size: usize,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.dropped.fetch_add(self.size, Relaxed);
    }
}

/// What is held, and what has been dropped and is still counted.
#[derive(Default)]
pub(super) struct Outside {
    size: usize,
    dropped: Arc<AtomicUsize>,
}

impl Outside {
    /// Bytes that are counted and not in use any more.
    pub(super) fn dropped(&self) -> usize {
        self.dropped.load(Relaxed)
    }

    /// Bytes in use.
    #[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
    pub(super) fn in_use(&self) -> usize {
        self.size - self.dropped()
    }
}

impl Heap {
    /// Counts bytes that are held outside the heap on the program's behalf.
    pub(crate) fn hold(&mut self, size: usize) -> Result<(), AllocError> {
        crate::kernel::memory::refusal::request()?;
        self.forget_dropped();
        self.check_room(size)?;
        self.outside.size += size;
        self.debt += size as isize;
        Ok(())
    }

    /// Such bytes have been given back.
    pub(crate) fn release(&mut self, size: usize) {
        self.outside.size -= size;
        self.debt -= size as isize;
    }

    /// Counts bytes for as long as the result exists.
    pub(crate) fn hold_while(&mut self, size: usize) -> Result<Held, AllocError> {
        self.hold(size)?;
        Ok(Held { size, dropped: Arc::clone(&self.outside.dropped) })
    }

    /// Makes what is counted so at least so many bytes.
    pub(crate) fn hold_at_least(&mut self, held: &mut Option<Held>, size: usize) -> Result<(), AllocError> {
        match held {
            None => *held = Some(self.hold_while(size)?),
            Some(held) if held.size < size => {
                self.hold(size - held.size)?;
                held.size = size;
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Takes what has been dropped out of the account.
    pub(super) fn forget_dropped(&mut self) {
        let size = self.outside.dropped.swap(0, Relaxed);
        self.release(size);
    }
}
