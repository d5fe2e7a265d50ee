//! Handles: how the world outside names heap objects.
//!
//! A handle is an index and a generation. It is `Copy`, 8 bytes, and does not keep its object alive. Resolving one
//! checks that the slot exists, holds an object of the handle's kind, that the generation is still the same, and that the collector has
//! not already found the object dead; so a stale handle is an error, never another object.

use std::marker::PhantomData;

use super::Gc;
use super::closure::Closure;
use super::header::{Header, Kind};
use super::heap::Heap;
use super::page::index_of;
use super::string::Str;
use super::table::Table;
use super::thread::Thread;
use super::userdata::UserData;

/// Names an object of type `T` of one heap.
pub struct Handle<T> {
    index: u32,
    generation: u32,
    object: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    /// The handle with these numbers. Whoever uses it has it checked.
    #[cfg(feature = "compat")]
    pub(crate) fn from_parts(index: u32, generation: u32) -> Self {
        Handle { index, generation, object: PhantomData }
    }

    /// The slot's index.
    pub fn index(self) -> u32 {
        self.index
    }

    /// The slot's generation when the handle was made.
    pub fn generation(self) -> u32 {
        self.generation
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.index, self.generation) == (other.index, other.generation)
    }
}

impl<T> Eq for Handle<T> {}

impl<T> std::hash::Hash for Handle<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.index, self.generation).hash(state);
    }
}

impl<T> std::fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("index", &self.index).field("generation", &self.generation).finish()
    }
}

/// Marks the type of object a handle names.
pub mod object {
    /// A string.
    pub enum String {}
    /// A table.
    pub enum Table {}
    /// A function: of Lua or of Rust.
    pub enum Function {}
    /// A userdata.
    pub enum UserData {}
    /// A thread (coroutine).
    pub enum Thread {}
}

/// Names a string.
pub type StringHandle = Handle<object::String>;
/// Names a table.
pub type TableHandle = Handle<object::Table>;
/// Names a function.
pub type FunctionHandle = Handle<object::Function>;
/// Names a userdata.
pub type UserDataHandle = Handle<object::UserData>;
/// Names a thread.
pub type ThreadHandle = Handle<object::Thread>;

/// Why a handle was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandleError {
    /// No object of that kind has ever had the index, or the heap is another one.
    Invalid,
    /// The object the handle named is gone.
    Stale,
}

/// The connection between a handle's marker and the object in the arena.
pub(crate) trait Resolve {
    type Object;
    fn accepts(kind: Kind) -> bool;
}

macro_rules! resolve {
    ($($marker:ident => $object:ty: $($kind:ident)|+),*) => {
        $(impl Resolve for object::$marker {
            type Object = $object;
            fn accepts(kind: Kind) -> bool {
                matches!(kind, $(Kind::$kind)|+)
            }
        })*
    };
}
resolve! {
    String => Str: String,
    Table => Table: Table,
    Function => Closure: LuaFunction | NativeFunction,
    UserData => UserData: UserData,
    Thread => Thread: Thread
}

impl Heap {
    /// The handle of a live object.
    pub(crate) fn handle<T: Resolve>(&self, object: Gc<T::Object>) -> Handle<T> {
        let header = object.header();
        // SAFETY: a `Gc` is the address of a live slot.
        let index = unsafe { index_of(header.as_ptr().cast()) };
        Handle { index, generation: header.generation(), object: PhantomData }
    }

    /// The object a handle names.
    pub(crate) fn resolve<T: Resolve>(&self, handle: Handle<T>) -> Result<Gc<T::Object>, HandleError> {
        let (slot, kind) = self.pages.slot(handle.index).ok_or(HandleError::Invalid)?;
        if !T::accepts(kind) {
            return Err(HandleError::Invalid);
        }
        let header = slot.cast::<Header>();
        // SAFETY: a page's slot begins with a header if the page holds objects, as `accepts` has made sure.
        let alive = unsafe { (*header).kind() != Kind::Free && (*header).generation() == handle.generation };
        if !alive {
            return Err(HandleError::Stale);
        }
        // SAFETY: the slot is not free.
        let object: Gc<Header> = unsafe { Gc::from_ptr(header) };
        if self.is_dead(object) {
            return Err(HandleError::Stale);
        }
        // SAFETY: the page's kind is one that `T` accepts.
        Ok(unsafe { object.cast() })
    }
}
