//! [`Arena`]: the objects of one kind, by handle.
//!
//! A handle's generation is the version of its slot, counted from a number that each heap has for itself. As nothing is ever
//! taken out of an arena, a handle of another heap is always found out: by its index or by its generation.

use slotmap::{DefaultKey, Key, KeyData, SlotMap};

use super::error::{LuaError, LuaResult};
use super::handle::{Handle, HandleKind, Object};

/// An index of the slot map has 32 bits, of which it keeps one number for itself.
const MAX_OBJECTS: usize = u32::MAX as usize - 1;

/// The objects of one kind.
#[derive(Debug)]
pub(crate) struct Arena<T> {
    kind: HandleKind,
    slots: SlotMap<DefaultKey, T>,
    /// What this heap adds to the versions of the slot map.
    first_generation: u32,
}

impl<T> Arena<T> {
    pub(crate) fn new(kind: HandleKind, first_generation: u32) -> Self {
        Arena { kind, slots: SlotMap::new(), first_generation }
    }

    pub(crate) fn insert(&mut self, object: T) -> LuaResult<Handle<Object>> {
        if self.slots.len() >= MAX_OBJECTS {
            return Err(LuaError::OutOfMemory);
        }
        let key = self.slots.insert(object).data().as_ffi();
        // The slot map counts places from 1; a handle counts them from 0.
        Ok(Handle::from_parts(key as u32 - 1, ((key >> 32) as u32).wrapping_add(self.first_generation)))
    }

    #[inline]
    fn key(&self, handle: Handle<Object>) -> DefaultKey {
        let version = handle.generation().wrapping_sub(self.first_generation);
        // An index beyond all others becomes the slot map's own place 0, where there is nothing.
        KeyData::from_ffi(u64::from(version) << 32 | u64::from(handle.index().wrapping_add(1))).into()
    }

    #[inline]
    pub(crate) fn get(&self, handle: Handle<Object>) -> LuaResult<&T> {
        match self.slots.get(self.key(handle)) {
            Some(object) => Ok(object),
            None => Err(self.refusal(handle)),
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, handle: Handle<Object>) -> LuaResult<&mut T> {
        let key = self.key(handle);
        if !self.slots.contains_key(key) {
            return Err(self.refusal(handle));
        }
        Ok(&mut self.slots[key])
    }

    pub(crate) fn validate(&self, handle: Handle<Object>) -> LuaResult<()> {
        self.get(handle).map(|_| ())
    }

    #[cold]
    fn refusal(&self, handle: Handle<Object>) -> LuaError {
        let what = self.kind.name();
        let bound = self.slots.len() as u32;
        if handle.index() >= bound {
            LuaError::HandleOutOfRange { what, index: handle.index(), bound }
        } else {
            LuaError::HandleStale { what, index: handle.index(), generation: handle.generation() }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }
}
