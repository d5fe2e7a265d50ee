//! The `string` library (manual §5.4) under its old names.

use super::{install, library};
use crate::compat::deprecation::{self, Api};
use crate::compat::error::LuaResult;
use crate::compat::value::CFunction;
use crate::compat::vm::LuaVM;

library! {
    FUNCTIONS:
    string_byte => "string.byte" as "byte",
    string_char => "string.char" as "char",
    string_dump => "string.dump" as "dump",
    string_find => "string.find" as "find",
    string_format => "string.format" as "format",
    string_gmatch => "string.gmatch" as "gmatch",
    string_gsub => "string.gsub" as "gsub",
    string_len => "string.len" as "len",
    string_lower => "string.lower" as "lower",
    string_match => "string.match" as "match",
    string_rep => "string.rep" as "rep",
    string_reverse => "string.reverse" as "reverse",
    string_sub => "string.sub" as "sub",
    string_upper => "string.upper" as "upper",
}

/// The functions by name.
pub fn create_string_lib() -> Vec<(&'static str, CFunction)> {
    FUNCTIONS.to_vec()
}

/// Sets the global `string`, and what methods of strings are looked up in, to a new table.
///
/// # Errors
/// [`LuaError::OutOfMemory`](crate::compat::error::LuaError::OutOfMemory).
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-stdlib")
)]
#[track_caller]
pub fn init_string_lib(vm: &mut LuaVM) -> LuaResult<()> {
    deprecation::used(Api::StdlibStringInitStringLib);
    let table = install(&mut vm.heap, "string")?;
    let core = &mut vm.heap.core;
    let (metatable, index, any) = (core.create_table(0, 1)?, core.create_string("__index")?, core.create_string("")?);
    core.set_table_field(metatable, index, table)?;
    Ok(core.set_metatable(any, Some(metatable))?)
}
