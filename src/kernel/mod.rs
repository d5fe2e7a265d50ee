//! The pure kernels: what the libraries of a Lua 5.1 need and no VM is needed for.
//!
//! Each module takes bytes and numbers and gives bytes and numbers. None knows a value, a
//! heap or a stack, so that the core's library and the old VM's bind the same code and
//! cannot drift apart. Invariants of them all:
//!
//! - Results equal those of PUC-Rio Lua 5.1.5 on x86-64 Linux in the C locale, byte for byte.
//! - No function panics, for any input, and none recurses without a bound.
//! - Text is appended to a buffer of the caller's; nothing allocates on a hot path.
#![forbid(unsafe_code)]

pub mod chunk_id;
pub mod class;
pub mod date;
pub mod decimal;
pub(crate) mod float;
pub mod format;
pub(crate) mod key_order;
pub mod memory;
pub mod meter;
pub mod number;
pub mod pattern;
pub(crate) mod random;
pub mod replace;
pub mod sort;
pub(crate) mod text;
