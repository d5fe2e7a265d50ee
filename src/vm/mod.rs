//! The machine: the loop, calls, metamethods, coroutines, errors, limits.
//!
//! One of the two places with unsafe code. It knows the arena, the bytecode and the compiler; libraries and the
//! embedder's interface sit on top of it, and reach it through [`Ctx`] alone.

#![warn(clippy::undocumented_unsafe_blocks)]

mod access;
mod arguments;
mod boundary;
mod call;
#[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
mod check;
mod context;
pub(crate) mod coroutine;
pub(crate) mod debug;
mod error;
mod event;
mod exec;
pub(crate) mod fast;
mod fault;
pub(crate) mod foreign;
mod frame;
mod gathered;
mod lease;
mod limits;
mod load;
mod lower;
mod lower_routed;
mod machine;
mod metamethod;
pub(crate) mod native;
mod op;
mod operations;
mod price;
pub mod profile;
pub(crate) mod protect;
mod relower;
mod reroute;
mod results;
mod safepoint;
mod shadow;
mod stack;
mod state;
mod stop_trace;
mod unusual;

pub(crate) use crate::arena::Held;
pub(crate) use crate::arena::heap::RootKey;
pub use crate::arena::thread::ThreadStatus;
pub(crate) use boundary::{Fail, HostFunction, Unrooted, View};
pub use machine::{KillHandle, LuaVM};
pub(crate) use native::{Ctx, NativeFn, NativeResult, Throw, Type};
#[cfg(feature = "cli")]
pub(crate) use stop_trace::StoppedAt;
