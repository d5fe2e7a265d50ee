//! Ferrous: a Lua 5.1 virtual machine.

pub mod bytecode;
pub mod compiler;
pub mod error;
pub mod kernel;
pub mod syntax;

mod arena;
mod stdlib;
mod vm;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use error::Error;
pub use vm::LuaVM;
