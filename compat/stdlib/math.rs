//! The `math` library (manual §5.6) under its old names.

use super::{by_name, install, library};
use crate::compat::deprecation::{self, Api};
use crate::compat::error::{InOldWords, LuaResult};
use crate::compat::value::CFunction;
use crate::compat::vm::LuaVM;

library! {
    math_abs => "math.abs",
    math_acos => "math.acos",
    math_asin => "math.asin",
    math_atan => "math.atan",
    math_atan2 => "math.atan2",
    math_ceil => "math.ceil",
    math_cos => "math.cos",
    math_cosh => "math.cosh",
    math_deg => "math.deg",
    math_exp => "math.exp",
    math_floor => "math.floor",
    math_fmod => "math.fmod",
    math_frexp => "math.frexp",
    math_ldexp => "math.ldexp",
    math_log => "math.log",
    math_log10 => "math.log10",
    math_max => "math.max",
    math_min => "math.min",
    math_modf => "math.modf",
    math_pow => "math.pow",
    math_rad => "math.rad",
    math_random => "math.random",
    math_randomseed => "math.randomseed",
    math_sin => "math.sin",
    math_sinh => "math.sinh",
    math_sqrt => "math.sqrt",
    math_tan => "math.tan",
    math_tanh => "math.tanh",
}

/// The functions by name.
pub fn create_math_lib() -> Vec<(&'static str, CFunction)> {
    by_name(FUNCTIONS).collect()
}

/// Sets the global `math` to a new table.
///
/// # Errors
/// [`LuaError::OutOfMemory`](crate::compat::error::LuaError::OutOfMemory).
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-stdlib")
)]
#[track_caller]
pub fn init_math_lib(vm: &mut LuaVM) -> LuaResult<()> {
    deprecation::used(Api::StdlibMathInitMathLib);
    let table = install(&mut vm.heap, "math")?;
    for (name, value) in [("pi", std::f64::consts::PI), ("huge", f64::INFINITY)] {
        let name = vm.heap.core.create_string(name).in_old_words()?;
        vm.heap.core.set_table_field(table, name, value).in_old_words()?;
    }
    Ok(())
}
