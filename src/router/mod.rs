//! The router's policy: which implementation of each opcode a function is lowered to.
//!
//! `route` has the routes, and [`Routes`], what one function is lowered by; `policy` says where each opcode's route comes
//! from, `spec` reads and writes it as text, `sample` takes the share of scripts that a percentage asks for; `counts` keeps
//! what shadow runs found, `switch` takes everything back at once, `table` shows all that.
//!
//! This room knows the opcode table and nothing else: it decides, and the machine carries out. A decision depends on the
//! policy and the chunk's name alone, so a script takes the same path in each run, on each machine.
//!
//! ```
//! use ferrous::bytecode::OpCode;
//! use ferrous::router::{OpPolicy, Route};
//!
//! let policy = OpPolicy::parse("core,CALL=legacy,arith=shadow")?;
//! let routes = policy.routes_for(b"@script.lua");
//! assert_eq!(routes.of(OpCode::Call), Route::Legacy);
//! assert_eq!(routes.of(OpCode::Add), Route::Shadow);
//! assert_eq!(routes.of(OpCode::Move), Route::Core);
//! # Ok::<(), ferrous::router::PolicyError>(())
//! ```
#![forbid(unsafe_code)]

mod counts;
mod names;
mod policy;
mod report;
mod route;
mod sample;
mod spec;
mod switch;
mod table;

pub use counts::{Breaker, Counts, OpCounts};
pub use names::{group_name, groups, opcode_named, pin_feature, pinned, routable};
pub use policy::{DEFAULT_BREAKER, DEFAULT_SEED, OpPolicy, Rule, Source};
pub use report::Mismatch;
pub use route::{ParseRouteError, Route, Routes};
pub use spec::PolicyError;
pub use switch::KillSwitch;
pub use table::{effect_name, markdown_table, render_table};
