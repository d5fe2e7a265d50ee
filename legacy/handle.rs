//! Handles: an index and a generation that name an object of a heap.
//!
//! A handle is a `Copy` of eight bytes. It says nothing about which heap it belongs to; whoever uses it has it validated. The
//! bridge gives out the same types for objects of the core.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// A handle of an object of type `T`.
pub struct Handle<T> {
    index: u32,
    generation: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    pub(crate) fn from_parts(index: u32, generation: u32) -> Self {
        Handle { index, generation, of: PhantomData }
    }

    pub(crate) fn index(self) -> u32 {
        self.index
    }

    pub(crate) fn generation(self) -> u32 {
        self.generation
    }

    /// The same place, as a handle of another type.
    #[cfg(feature = "compat")]
    pub(crate) fn cast<U>(self) -> Handle<U> {
        Handle::from_parts(self.index, self.generation)
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

impl<T> Hash for Handle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.index, self.generation).hash(state);
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("index", &self.index).field("generation", &self.generation).finish()
    }
}

/// What a typed handle names, when it does not matter which heap it is in.
pub(crate) enum Object {}

/// The kinds of objects a heap holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum HandleKind {
    String,
    Table,
    Closure,
    Thread,
    Upvalue,
    UserData,
    FunctionProto,
}

macro_rules! typed_handles {
    ($($(#[$doc:meta])* $name:ident: $kind:ident, $what:literal;)*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub(crate) Handle<Object>);

        impl $name {
            pub(crate) const KIND: HandleKind = HandleKind::$kind;
        })*

        impl HandleKind {
            /// The kind's name in messages.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(HandleKind::$kind => $what,)*
                }
            }
        }
    };
}

typed_handles! {
    /// A handle of a string.
    StringHandle: String, "string";
    /// A handle of a table.
    TableHandle: Table, "table";
    /// A handle of a closure.
    ClosureHandle: Closure, "closure";
    /// A handle of a thread.
    ThreadHandle: Thread, "thread";
    /// A handle of an upvalue.
    UpvalueHandle: Upvalue, "upvalue";
    /// A handle of a userdata.
    UserDataHandle: UserData, "userdata";
    /// A handle of a function prototype.
    FunctionProtoHandle: FunctionProto, "function prototype";
}

const _: () = assert!(size_of::<TableHandle>() == 8);
