//! The arena: every heap object of the core, and the collector.
//!
//! One of the two places with unsafe code. It knows nothing above itself: not the machine, not the libraries. Objects
//! of one kind and size live in pages that never move ([`page`]); each slot begins with a header that carries a generation,
//! so a [`handle::Handle`] is checked at the boundary, while the core itself goes by address ([`Gc`]).

#![warn(clippy::undocumented_unsafe_blocks)]

#[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
mod check;
pub(crate) mod closure;
pub(crate) mod gc;
pub(crate) mod handle;
pub(crate) mod header;
pub(crate) mod heap;
pub(crate) mod held;
mod large;
pub(crate) mod page;
pub(crate) mod proto;
pub(crate) mod string;
pub(crate) mod table;
pub(crate) mod thread;
pub(crate) mod userdata;
pub(crate) mod value;

pub(crate) use closure::{Closure, LuaFunction, NativeFunction, Upvalue};
pub(crate) use header::Gc;
pub(crate) use heap::{AllocError, Heap};
pub(crate) use held::Held;
pub(crate) use proto::{FunctionProto, Lowered, ProtoDetail};
pub(crate) use string::Str;
pub(crate) use table::{Table, TableError};
pub(crate) use thread::{Frame, Thread, ThreadStatus};
pub(crate) use userdata::UserData;
pub(crate) use value::{TValue, Unpacked};
