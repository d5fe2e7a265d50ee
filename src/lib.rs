//! Ferrous: a Lua 5.1 virtual machine.
//!
//! ```
//! use ferrous::{LuaVM, Value};
//!
//! let mut vm = LuaVM::with_stdlib()?;
//! vm.register("double", |call| {
//!     let n = call.check_number(1)?;
//!     call.push(n * 2.0)?;
//!     Ok(1)
//! })?;
//! let results = vm.eval("return double(21), ('x'):rep(3)")?;
//! assert_eq!(results[0], Value::Number(42.0));
//! let text = results[1].as_string().and_then(|handle| vm.string_bytes(handle));
//! assert_eq!(text, Some(&b"xxx"[..]));
//! # Ok::<(), ferrous::Error>(())
//! ```
//!
//! # Values and handles
//!
//! A [`Value`] is a copy of a number or boolean, or a handle: an index and a generation. The machine checks a handle each
//! time it gets it; one whose object is gone is [`Error::InvalidHandle`], never another object. A handle does not keep
//! its object alive; a [`Root`] does.
//!
//! # When garbage is collected
//!
//! Only while Lua code runs, and when the host asks for it: in `call`, `protected_call`, `eval` and `resume`, in
//! `collect_garbage`, `collect_garbage_step` and `close`, and in `get`, `set`, `to_text` and what is built on them if they run
//! a metamethod. Until the next of those, every handle the host has got stays valid. Results of a call are handles like any other.
//!
//! # Limits
//!
//! [`LuaVM::set_memory_limit`], [`LuaVM::set_fuel`], [`LuaVM::set_time_limit`], and [`LuaVM::kill_handle`]. What the host
//! makes counts, too; as making something does not collect, it fails with [`Error::Memory`] at the limit even if there is
//! garbage, which [`LuaVM::collect_garbage`] removes. Calls between
//! Lua and Rust may nest 200 deep, and use one mebibyte of the thread's stack, which should have twice that.
//!
//! # Panics
//!
//! A host function that panics unwinds through the machine to the host, which may catch the panic and go on using the machine.

pub mod bytecode;
pub mod compiler;
pub mod error;
pub mod kernel;
#[cfg(feature = "script")]
pub mod protocol;
pub mod router;
#[cfg(feature = "script")]
pub mod script;
#[cfg(feature = "script")]
pub mod storage;
pub mod syntax;

mod api;
mod arena;
mod host_stack;
mod stdlib;
mod system;
mod value;
mod vm;

#[cfg(feature = "cli")]
mod ab;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use api::{Call, CallError, Machine, Root, ThreadStatus};
pub use arena::handle::{FunctionHandle, Handle, StringHandle, TableHandle, ThreadHandle, UserDataHandle, object};
#[cfg(feature = "script")]
pub use error::FerrousError;
pub use error::{Error, RuntimeError};
pub use kernel::key_order::KeyOrder;
#[cfg(feature = "script")]
pub use protocol::RespFrame;
#[cfg(feature = "script")]
pub use storage::StorageEngine;
pub use value::Value;
pub use vm::{KillHandle, LuaVM, profile};

#[cfg(feature = "legacy")]
#[path = "../legacy/mod.rs"]
pub mod legacy;

#[cfg(feature = "compat")]
#[path = "../compat/mod.rs"]
pub mod compat;

#[cfg(feature = "compat")]
pub mod lua;
#[cfg(feature = "compat")]
#[allow(deprecated, reason = "an old name of the crate's root")]
pub use compat::script::LuaGIL;

/// The examples of the README, which have to compile and run.
#[cfg(all(doctest, feature = "script"))]
#[doc = include_str!("../README.md")]
mod readme {}
