//! The `string` library (manual §5.4) under its old names.

use super::{by_name, install, library};
use crate::compat::deprecation::{self, Api};
use crate::compat::error::{InOldWords, LuaResult};
use crate::compat::value::CFunction;
use crate::compat::vm::LuaVM;

library! {
    string_byte => "string.byte",
    string_char => "string.char",
    string_dump => "string.dump",
    string_find => "string.find",
    string_format => "string.format",
    string_gmatch => "string.gmatch",
    string_gsub => "string.gsub",
    string_len => "string.len",
    string_lower => "string.lower",
    string_match => "string.match",
    string_rep => "string.rep",
    string_reverse => "string.reverse",
    string_sub => "string.sub",
    string_upper => "string.upper",
}

/// The functions by name.
pub fn create_string_lib() -> Vec<(&'static str, CFunction)> {
    by_name(FUNCTIONS).collect()
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
    let (metatable, index, any) = (
        core.create_table(0, 1).in_old_words()?,
        core.create_string("__index").in_old_words()?,
        core.create_string("").in_old_words()?,
    );
    core.set_table_field(metatable, index, table).in_old_words()?;
    core.set_metatable(any, Some(metatable)).in_old_words()
}
