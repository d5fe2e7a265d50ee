//! Redis-style scripting: Lua programs that call the commands of a store.
//!
//! A [`ScriptEngine`] compiles scripts, keeps them by their digest and runs them, each in a clean environment, with limits on time
//! and memory, on as many threads as the host likes. What a script's `redis.call` does is up to a [`Storage`].
//!
//! ```
//! use std::sync::Arc;
//! use ferrous::script::{Invocation, ScriptEngine};
//! use ferrous::{RespFrame, StorageEngine};
//!
//! let engine = ScriptEngine::default();
//! let invocation = Invocation::new(StorageEngine::new()).keys(["visits"]).args(["5"]);
//! let source = "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('INCR', KEYS[1])";
//! assert_eq!(engine.eval(source, &invocation)?, RespFrame::Integer(6));
//! # Ok::<(), ferrous::script::Failure>(())
//! ```
//!
//! # What one script can leave behind for the next
//!
//! Nothing but what it stored. Machines are reused, because making one costs far more than most scripts, so everything in them
//! that outlives a script is out of its reach: globals and libraries are read through empty tables whose metatables are hidden,
//! the metatable of strings likewise, and functions whose state would remain (`math.random`, `collectgarbage`) are ours. A
//! machine whose empty tables are not empty after a script, that was stopped, or that uses much memory, is thrown away.
//!
//! The price is that `next` and the functions of `table` take a protected table for empty, where Redis lets them read it
//! and refuses to write; `pairs`, `rawget` and `rawset` do as Redis does.
//!
//! # Threads
//!
//! Any number of threads may use an engine. Whether their scripts run side by side is up to the storage:
//! [`Storage::exclusively`] runs each as a whole, as Redis does.

#![forbid(unsafe_code)]

mod cache;
mod commands;
mod convert;
mod engine;
mod failure;
mod pool;
mod random;
mod redis;
mod running;
mod sandbox;
mod storage;

pub use engine::{Config, Invocation, ScriptEngine};
pub use failure::Failure;
pub use redis::install;
pub use storage::{CommandInfo, Session, Storage};
