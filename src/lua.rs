//! The old import paths, `ferrous::lua::…`, which `compat` implements.

#![forbid(unsafe_code)]
#![allow(deprecated, reason = "what is deprecated for callers is named here")]

pub use crate::compat::{
    arena, ast, codegen, compiler, error, handle, heap, lexer, metamethod, parser, register_management,
    register_window, stdlib, transaction, value, vm,
};

pub use crate::compat::codegen::OpCode;
pub use crate::compat::compiler::{CompiledModule, compile};
pub use crate::compat::error::{LuaError, LuaResult};
pub use crate::compat::handle::{ClosureHandle, StringHandle, TableHandle, ThreadHandle};
pub use crate::compat::register_management::RegisterManagementSystem;
pub use crate::compat::register_window::RegisterWindowSystem;
pub use crate::compat::script::{LuaGIL, ScriptContext, handle_lua_command};
pub use crate::compat::value::Value;
pub use crate::compat::vm::LuaVM;
