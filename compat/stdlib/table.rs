//! The `table` library (manual §5.5) under its old names.

use super::{by_name, install, library};
use crate::compat::context::ExecutionContext;
use crate::compat::deprecation::{self, Api};
use crate::compat::error::LuaResult;
use crate::compat::value::CFunction;
use crate::compat::vm::LuaVM;

library! {
    table_concat => "table.concat",
    table_insert => "table.insert",
    table_maxn => "table.maxn",
    table_remove => "table.remove",
    table_sort => "table.sort",
}

/// The functions by name.
pub fn create_table_lib() -> Vec<(&'static str, CFunction)> {
    by_name(FUNCTIONS).collect()
}

/// Sets the global `table` to a new table.
///
/// # Errors
/// [`LuaError::OutOfMemory`](crate::compat::error::LuaError::OutOfMemory).
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-stdlib")
)]
#[track_caller]
pub fn init_table_lib(vm: &mut LuaVM) -> LuaResult<()> {
    deprecation::used(Api::StdlibTableInitTableLib);
    install(&mut vm.heap, "table").map(|_| ())
}

/// `pairs` as a host function.
///
/// # Errors
/// Those of the library's function.
pub fn pairs(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
    super::base::lua_pairs(ctx)
}

/// `ipairs` as a host function.
///
/// # Errors
/// Those of the library's function.
pub fn ipairs(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
    super::base::lua_ipairs(ctx)
}

/// The iterator of `ipairs` as a host function.
///
/// # Errors
/// As [`super::base::ipairs_iter`].
pub fn ipairs_iter(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
    super::base::ipairs_iter(ctx)
}
