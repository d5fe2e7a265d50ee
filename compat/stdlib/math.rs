//! The `math` library (manual §5.6) under its old names.

use super::{install, library};
use crate::compat::deprecation::{self, Api};
use crate::compat::error::LuaResult;
use crate::compat::value::CFunction;
use crate::compat::vm::LuaVM;

library! {
    FUNCTIONS:
    math_abs => "math.abs" as "abs",
    math_acos => "math.acos" as "acos",
    math_asin => "math.asin" as "asin",
    math_atan => "math.atan" as "atan",
    math_atan2 => "math.atan2" as "atan2",
    math_ceil => "math.ceil" as "ceil",
    math_cos => "math.cos" as "cos",
    math_cosh => "math.cosh" as "cosh",
    math_deg => "math.deg" as "deg",
    math_exp => "math.exp" as "exp",
    math_floor => "math.floor" as "floor",
    math_fmod => "math.fmod" as "fmod",
    math_frexp => "math.frexp" as "frexp",
    math_ldexp => "math.ldexp" as "ldexp",
    math_log => "math.log" as "log",
    math_log10 => "math.log10" as "log10",
    math_max => "math.max" as "max",
    math_min => "math.min" as "min",
    math_modf => "math.modf" as "modf",
    math_pow => "math.pow" as "pow",
    math_rad => "math.rad" as "rad",
    math_random => "math.random" as "random",
    math_randomseed => "math.randomseed" as "randomseed",
    math_sin => "math.sin" as "sin",
    math_sinh => "math.sinh" as "sinh",
    math_sqrt => "math.sqrt" as "sqrt",
    math_tan => "math.tan" as "tan",
    math_tanh => "math.tanh" as "tanh",
}

/// The functions by name.
pub fn create_math_lib() -> Vec<(&'static str, CFunction)> {
    FUNCTIONS.to_vec()
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
        let name = vm.heap.core.create_string(name)?;
        vm.heap.core.set_table_field(table, name, value)?;
    }
    Ok(())
}
