//! Large buffers: storage of a mebibyte and more, each a mapping of its own.
//!
//! The system's allocator keeps much of what is freed; a mapping goes back to the system at once, whatever else is still in use, and
//! where the system can move mappings, growing one copies nothing.
//!
//! Invariant: the key of a block is the address its mapping has.

use std::collections::HashMap;

use memmap2::MmapMut;

/// Smallest buffer that is a mapping of its own.
pub(super) const MIN_LARGE: usize = 1024 * 1024;

/// The large buffers of a heap.
#[derive(Default)]
pub(super) struct LargeBuffers(HashMap<usize, MmapMut, foldhash::fast::FixedState>);

impl LargeBuffers {
    /// A buffer of `size` bytes, all zero; `None` if the system refuses.
    pub(super) fn allocate(&mut self, size: usize) -> Option<*mut u8> {
        Some(self.keep(MmapMut::map_anon(size).ok()?))
    }

    #[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    fn keep(&mut self, mut mapping: MmapMut) -> *mut u8 {
        let address = mapping.as_mut_ptr();
        self.0.insert(address as usize, mapping);
        address
    }

    /// Gives a buffer back. Nothing may use it any more.
    pub(super) fn free(&mut self, buffer: *mut u8) {
        self.0.remove(&(buffer as usize));
    }

    /// The buffer with another size, at another address; `None`, and the buffer as it was, if the system refuses.
    pub(super) fn resize(&mut self, buffer: *mut u8, size: usize) -> Option<*mut u8> {
        #[cfg(target_os = "linux")]
        {
            let mut mapping = self.0.remove(&(buffer as usize))?;
            // SAFETY: the mapping is anonymous, and the caller gives the old address up.
            let moved = unsafe { mapping.remap(size, memmap2::RemapOptions::new().may_move(true)) };
            let address = self.keep(mapping);
            moved.ok().map(|()| address)
        }
        #[cfg(not(target_os = "linux"))]
        {
            let len = self.0.get(&(buffer as usize))?.len();
            let new = self.allocate(size)?;
            // SAFETY: both mappings are at least that large, and distinct.
            unsafe { std::ptr::copy_nonoverlapping(buffer, new, len.min(size)) };
            self.free(buffer);
            Some(new)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resized_buffer_keeps_its_bytes() {
        let mut buffers = LargeBuffers::default();
        let buffer = buffers.allocate(MIN_LARGE).expect("the system has a mebibyte");
        // SAFETY: within the buffer.
        unsafe { *buffer.add(MIN_LARGE - 1) = 7 };
        let buffer = buffers.resize(buffer, 4 * MIN_LARGE).expect("and four");
        // SAFETY: within the buffer.
        unsafe { assert!(*buffer.add(MIN_LARGE - 1) == 7 && *buffer.add(4 * MIN_LARGE - 1) == 0) };
        buffers.free(buffer);
    }
}
