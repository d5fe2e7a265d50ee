//! The bridge: the old public API over the new core, and the old opcodes over it.
//!
//! It sits on top of the machine and the old VM; nothing in the core knows of it. Old callers import it by the old paths, which
//! [`crate::lua`] has. Where to begin: `heap` (how a value crosses between the two APIs), `side` (what is remembered for the old
//! one), `transaction`, `vm`, `native` (host functions); `opcodes` for the other half.

#![forbid(unsafe_code)]
#![allow(deprecated, reason = "what is deprecated for callers is implemented here")]

pub mod arena;
pub mod ast;
mod ast_source;
pub mod codegen;
pub mod compiler;
pub mod context;
pub mod deprecation;
pub mod error;
mod functions;
pub mod handle;
pub mod heap;
mod instruction;
pub mod lexer;
pub mod metamethod;
mod native;
mod old_opcodes;
mod opcodes;
pub mod parser;
mod pending;
mod register_guard;
pub mod register_management;
pub mod register_window;
pub mod script;
mod side;
pub mod stdlib;
mod table;
pub mod transaction;
pub mod value;
pub mod vm;

pub use opcodes::ReportSink;
