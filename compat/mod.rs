//! The bridge: the old public API over the new core, and the old opcodes over it.
//!
//! It sits on top of the machine and the old VM; nothing in the core knows of it. Old callers import it by the old paths, which
//! [`crate::lua`] has.

#![forbid(unsafe_code)]

mod opcodes;
pub mod script;

pub use opcodes::ReportSink;
