//! [`Arena`]: a growing list of places that are reused, each use under a generation of its own.
//!
//! The bridge keeps upvalues and function prototypes in one. A handle of an object that was removed is refused, even if
//! its place has been taken again.

pub use super::handle::Handle;

use super::error::{LuaError, LuaResult};

/// Objects of one type, named by handles.
pub struct Arena<T> {
    places: Vec<Place<T>>,
    /// Places that were used, the one to be used next last.
    free: Vec<u32>,
    /// That of the object inserted last.
    generation: u32,
}

struct Place<T> {
    generation: u32,
    object: Option<T>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena::new()
    }
}

impl<T> Arena<T> {
    /// An empty arena.
    pub fn new() -> Self {
        Arena { places: Vec::new(), free: Vec::new(), generation: 0 }
    }

    /// An empty arena with room, as far as there is memory for it.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut arena = Arena::new();
        arena.reserve(capacity);
        arena
    }

    /// Adds an object.
    ///
    /// # Panics
    /// If there are 2³² objects.
    pub fn insert(&mut self, object: T) -> Handle<T> {
        self.generation = self.generation.wrapping_add(1);
        let place = Place { generation: self.generation, object: Some(object) };
        let index = match self.free.pop() {
            Some(index) => {
                self.places[index as usize] = place;
                index
            }
            None => {
                self.places.push(place);
                u32::try_from(self.places.len() - 1).expect("fewer objects than handles")
            }
        };
        Handle::from_parts(index, self.generation)
    }

    fn place(&self, handle: Handle<T>) -> Option<&Place<T>> {
        self.places.get(handle.index() as usize).filter(|place| place.generation == handle.generation())
    }

    /// The object.
    pub fn get(&self, handle: Handle<T>) -> Option<&T> {
        self.place(handle)?.object.as_ref()
    }

    /// The object, to be changed.
    pub fn get_mut(&mut self, handle: Handle<T>) -> Option<&mut T> {
        let place = self.places.get_mut(handle.index() as usize)?;
        if place.generation == handle.generation() { place.object.as_mut() } else { None }
    }

    /// Takes an object out.
    pub fn remove(&mut self, handle: Handle<T>) -> Option<T> {
        let place = self.places.get_mut(handle.index() as usize)?;
        if place.generation != handle.generation() {
            return None;
        }
        let object = place.object.take()?;
        self.free.push(handle.index());
        Some(object)
    }

    /// Whether the object is there.
    pub fn contains(&self, handle: Handle<T>) -> bool {
        self.get(handle).is_some()
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all objects. Their handles stay invalid for good.
    pub fn clear(&mut self) {
        self.places.clear();
        self.free.clear();
    }

    /// How many places there is room for.
    pub fn capacity(&self) -> usize {
        self.places.capacity()
    }

    /// Makes room for more, as far as there is memory for it.
    pub fn reserve(&mut self, additional: usize) {
        // Without room an insertion is slower, and nothing else.
        let _ = self.places.try_reserve(additional);
    }

    /// Whether the next insertion needs more memory.
    pub fn might_reallocate_on_insert(&self) -> bool {
        self.free.is_empty() && self.places.len() == self.places.capacity()
    }

    /// Checks a handle.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`] if nothing is at its place, [`LuaError::StaleHandle`] if something else is.
    pub fn validate_handle(&self, handle: &Handle<T>) -> LuaResult<()> {
        match self.places.get(handle.index() as usize) {
            Some(Place { object: None, .. }) | None => Err(LuaError::InvalidHandle),
            Some(place) if place.generation != handle.generation() => Err(LuaError::StaleHandle),
            Some(_) => Ok(()),
        }
    }

    /// The generation at a place, if there is an object.
    pub(super) fn generation_at(&self, index: u32) -> Option<u32> {
        self.places.get(index as usize).filter(|place| place.object.is_some()).map(|place| place.generation)
    }
}
