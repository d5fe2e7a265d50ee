//! What the old VM does not have: whole libraries, and functions of those it has in part.
//!
//! Each is there, so that its use is an error that says what is missing and what to do, instead of one about a nil value.

use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult};
use super::super::value::Value;
use super::new_library;

/// What to do about it.
const ADVICE: &str = "run the script on the core with --vm core";

macro_rules! absent_libraries {
    ($($library:ident: $name:literal;)*) => {
        $(/// The `__index` and `__newindex` of the library's table.
        fn $library(ctx: &mut ExecutionContext<'_>) -> NativeResult {
            Err(refuse_library(ctx, $name))
        })*

        const LIBRARIES: &[(&str, CFunction)] = &[$(($name, $library)),*];
    };
}

absent_libraries! {
    debug: "debug";
    package: "package";
}

/// Opens what is not there.
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    for &(name, refuse) in LIBRARIES {
        let library = new_library(ctx, name, &[])?;
        refuse_fields(ctx, Value::Table(library), refuse)?;
    }
    let globals = ctx.vm.globals();
    super::register(ctx, globals, &[("module", module), ("require", require)])
}

/// Makes every access to a field that a table does not have raise an error.
pub(super) fn refuse_fields(ctx: &mut ExecutionContext<'_>, library: Value, refuse: CFunction) -> Result<(), Failure> {
    let Value::Table(library) = library else { return Ok(()) };
    let metatable = ctx.transaction().create_table()?;
    ctx.raw_set_field(metatable, "__index", Value::CFunction(refuse))?;
    ctx.raw_set_field(metatable, "__newindex", Value::CFunction(refuse))?;
    ctx.change(|tx| tx.set_table_metatable(library, Some(metatable)))
}

/// The error for a use of field `arg(2)` of a library.
fn refuse_library(ctx: &mut ExecutionContext<'_>, library: &str) -> Failure {
    let field = match ctx.to_text(ctx.arg(2)) {
        Ok(Some(field)) => field,
        Ok(None) => return refuse(ctx, &format!("library '{library}'")),
        Err(failure) => return failure,
    };
    let field = String::from_utf8_lossy(&field);
    refuse(ctx, &format!("library '{library}' ({library}.{field})"))
}

/// The error for a use of something that is missing.
pub(super) fn refuse(ctx: &mut ExecutionContext<'_>, what: &str) -> Failure {
    ctx.error(format!("the old VM has no {what}: {ADVICE}"))
}

fn module(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    Err(refuse(ctx, "library 'package' (module)"))
}

fn require(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    Err(refuse(ctx, "library 'package' (require)"))
}

/// Defines functions that are missing in a library, and a table of them.
macro_rules! absent_functions {
    ($table:ident, $library:literal: $($name:ident: $text:literal),* $(,)?) => {
        $(fn $name(ctx: &mut ExecutionContext<'_>) -> NativeResult {
            Err($crate::legacy::stdlib::absent::refuse(ctx, concat!("function '", $library, ".", $text, "'")))
        })*

        const $table: &[(&str, CFunction)] = &[$(($text, $name)),*];
    };
}

pub(super) use absent_functions;
