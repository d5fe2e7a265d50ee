//! The old VM: every heap access in a transaction, every call in a register window.
//!
//! It executes a [`Proto`](crate::bytecode::Proto) as it is. It knows the front end, the bytecode and the pure kernels, but never
//! the core's arenas or machine. It is here to be measured and compared with: faithful to its design, not slowed by hand, and not sped up by
//! leaving the design.

#![forbid(unsafe_code)]

pub(crate) mod error;
pub(crate) mod handle;
pub(crate) mod memory;

pub use error::{CallInfo, LuaError, LuaResult, LuaTraceback};
