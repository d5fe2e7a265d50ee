//! The typed handles of the old API, and what they are handles of.
//!
//! They are the old VM's own types. A handle of a string, table, closure, thread or userdata names an object of the core and has the
//! same two numbers as the core's handle; a handle of an upvalue or a function prototype names an entry of the side structures
//! that the bridge keeps, because the core has no such object a host could hold.

pub use crate::legacy::handle::{
    ClosureHandle, FunctionProtoHandle, Handle, StringHandle, TableHandle, ThreadHandle, UpvalueHandle, UserDataHandle,
};

use super::value::{Closure, FunctionProto, LuaString, Table, Thread, Upvalue, UserData};
use crate::arena::handle as core;

/// What can be named by a handle.
pub trait Resource: Sized {
    /// The handle's type.
    type Handle: From<Handle<Self>> + Copy;
}

macro_rules! resources {
    ($($resource:ident: $handle:ident),* $(,)?) => {
        $(
            impl Resource for $resource {
                type Handle = $handle;
            }

            impl From<Handle<$resource>> for $handle {
                fn from(handle: Handle<$resource>) -> Self {
                    $handle(handle.cast())
                }
            }

            impl From<$handle> for Handle<$resource> {
                fn from(handle: $handle) -> Self {
                    handle.0.cast()
                }
            }

            impl Numbers for $handle {
                fn numbers(self) -> (u32, u32) {
                    (self.0.index(), self.0.generation())
                }
            }
        )*
    };
}
resources! {
    LuaString: StringHandle,
    Table: TableHandle,
    Closure: ClosureHandle,
    Thread: ThreadHandle,
    Upvalue: UpvalueHandle,
    UserData: UserDataHandle,
    FunctionProto: FunctionProtoHandle,
}

mod sealed {
    /// The index and the generation of a typed handle. The name cannot be reached from outside.
    pub trait Numbers: Copy {
        /// The two.
        fn numbers(self) -> (u32, u32);

        /// The two as one number: no two objects of a core that are alive at the same time share it, whatever their types.
        fn key(self) -> u64 {
            let (index, generation) = self.numbers();
            u64::from(generation) << 32 | u64::from(index)
        }
    }
}
pub(super) use sealed::Numbers;

macro_rules! core_handles {
    ($($old:ident <=> $new:ident),* $(,)?) => {
        $(
            /// Stepping out: the core's name of the same object.
            impl From<$old> for core::$new {
                fn from(handle: $old) -> Self {
                    core::Handle::from_parts(handle.0.index(), handle.0.generation())
                }
            }

            /// Stepping in. The object is not pinned by this: see `LuaHeap::pin`.
            impl From<core::$new> for $old {
                fn from(handle: core::$new) -> Self {
                    $old(Handle::from_parts(handle.index(), handle.generation()))
                }
            }
        )*
    };
}
core_handles! {
    StringHandle <=> StringHandle,
    TableHandle <=> TableHandle,
    ClosureHandle <=> FunctionHandle,
    ThreadHandle <=> ThreadHandle,
    UserDataHandle <=> UserDataHandle,
}
