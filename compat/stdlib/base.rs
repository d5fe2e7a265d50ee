//! The base library (manual §5.1) under its old names.

use std::collections::HashMap;

use super::{BASE, by_name, install_base, install_eval, library, set_global};
use crate::compat::context::ExecutionContext;
use crate::compat::deprecation::{self, Api};
use crate::compat::error::{LuaError, LuaResult};
use crate::compat::value::{CFunction, Value};
use crate::compat::vm::LuaVM;

library! {
    lua_print => "print",
    lua_type => "type",
    lua_tostring => "tostring",
    lua_tonumber => "tonumber",
    lua_assert => "assert",
    lua_error => "error",
    lua_select => "select",
    lua_next => "next",
    lua_pairs => "pairs",
    lua_ipairs => "ipairs",
    lua_setmetatable => "setmetatable",
    lua_getmetatable => "getmetatable",
    lua_rawget => "rawget",
    lua_rawset => "rawset",
    lua_rawequal => "rawequal",
    lua_unpack => "unpack",
    lua_load => "load",
    lua_pcall => "pcall",
}

/// Runs its argument, a source text: its first result. It is no function of Lua's; errors go on to the caller.
///
/// # Errors
/// If it does not compile; whatever it throws.
pub fn lua_eval(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
    let source = match ctx.get_arg(0)? {
        Value::String(source) => ctx.get_string_from_handle(source)?,
        other => {
            let (expected, got) = ("string".to_owned(), other.type_name().to_owned());
            return Err(LuaError::TypeError { expected, got });
        }
    };
    let result = ctx.vm_access.eval(&source)?;
    ctx.push_result(result)?;
    Ok(1)
}

/// The iterator of `ipairs` as a host function: the next index of a table and its value, or nil.
///
/// # Errors
/// [`LuaError::TypeError`] if the arguments are not a table and a number.
pub fn ipairs_iter(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
    let (table, index) = (ctx.get_table_arg(0)?, ctx.get_number_arg(1)? + 1.0);
    let value = ctx.table_raw_get(table, Value::Number(index))?;
    if value.is_nil() {
        ctx.push_result(Value::Nil)?;
        return Ok(1);
    }
    ctx.push_result(Value::Number(index))?;
    ctx.push_result(value)?;
    Ok(2)
}

/// The functions by name.
pub fn create_base_lib() -> HashMap<&'static str, CFunction> {
    let eval: (&str, CFunction) = ("eval", lua_eval);
    by_name(FUNCTIONS).chain([eval]).collect()
}

/// Sets the global functions of the base library.
///
/// # Errors
/// [`LuaError::OutOfMemory`].
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-stdlib")
)]
#[track_caller]
pub fn init_base_lib(vm: &mut LuaVM) -> LuaResult<()> {
    deprecation::used(Api::StdlibBaseInitBaseLib);
    install_base(&mut vm.heap, BASE)?;
    install_eval(&mut vm.heap)
}

/// The same, and `_G`.
///
/// # Errors
/// [`LuaError::OutOfMemory`].
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-stdlib")
)]
#[track_caller]
pub fn init(vm: &mut LuaVM) -> LuaResult<()> {
    deprecation::used(Api::StdlibBaseInit);
    deprecation::own(|| init_base_lib(vm))?;
    let globals = vm.heap.core.globals();
    set_global(&mut vm.heap, "_G", globals)
}
