//! The libraries of the old VM: bindings of the pure kernels, which the core's libraries bind too.
//!
//! It has all of base, string, table, math, coroutine and os, and `io.write`. What it does not have is there to be used by
//! mistake: it raises an error that names it (`absent`).
//!
//! Functions check their arguments in PUC's order, so that the first wrong one is reported. What one of them reads
//! and writes is in transactions; none stays open while Lua code runs.

mod absent;
mod base;
mod base_load;
mod coroutine;
mod io;
mod math;
mod os;
mod string;
mod string_pattern;
mod table;

use super::handle::TableHandle;
use super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn};
use super::value::Value;
use super::vm::LuaVM;
use crate::kernel::text::c_string;
use crate::system::strerror;

/// Opens all libraries, in the order of PUC's `linit.c`. Done again, it installs them anew.
pub(crate) fn init_all(vm: &mut LuaVM) -> Result<(), Failure> {
    let mut ctx = ExecutionContext::new(vm, Value::Nil, Vec::new());
    let libraries =
        [base::open, coroutine::open, table::open, io::open, os::open, string::open, math::open, absent::open];
    libraries.iter().try_for_each(|open| open(&mut ctx))
}

/// Adds functions to a table.
fn register(
    ctx: &mut ExecutionContext<'_>,
    table: TableHandle,
    functions: &[(&str, CFunction)],
) -> Result<(), Failure> {
    ctx.vm.add_library_functions(functions.iter().map(|&(_, function)| function));
    ctx.change(|tx| {
        for &(name, function) in functions {
            let name = Value::String(tx.create_string_bytes(name.as_bytes())?);
            tx.set_table_field(table, name, Value::CFunction(function))?;
        }
        Ok(())
    })
}

/// Makes a library: a new table in a global.
fn new_library(
    ctx: &mut ExecutionContext<'_>,
    name: &str,
    functions: &[(&str, CFunction)],
) -> Result<TableHandle, Failure> {
    let library = ctx.transaction().create_table()?;
    register(ctx, library, functions)?;
    let globals = ctx.vm.globals();
    ctx.raw_set_field(globals, name, Value::Table(library))?;
    Ok(library)
}

/// The results of a function that does something to files: true; or nil, the message, and the error's number.
fn push_result(ctx: &mut ExecutionContext<'_>, result: std::io::Result<()>, name: Option<&[u8]>) -> NativeResult {
    let Err(error) = result else {
        ctx.push(Value::Boolean(true));
        return Ok(NativeReturn::Results);
    };
    let mut message = Vec::new();
    if let Some(name) = name {
        message.extend_from_slice(c_string(name));
        message.extend_from_slice(b": ");
    }
    message.extend_from_slice(strerror(&error).as_bytes());
    ctx.push(Value::Nil);
    ctx.push_bytes(&message)?;
    ctx.push_number(error.raw_os_error().unwrap_or_default().into());
    Ok(NativeReturn::Results)
}

/// The longest string, as in the core.
const MAX_STRING: usize = i32::MAX as usize - 64;

/// How many values a function may return.
const MAX_RESULTS: usize = 1_000_000;

/// Makes room for `more` bytes in a buffer that becomes a string; fails with "not enough memory".
fn reserve(ctx: &mut ExecutionContext<'_>, out: &mut Vec<u8>, more: usize) -> Result<(), Failure> {
    let size = out.len().saturating_add(more);
    if size <= out.capacity() {
        return Ok(());
    }
    if size > MAX_STRING {
        return Err(Failure::Memory);
    }
    ctx.heap().check_memory(size)?;
    out.try_reserve(more).map_err(|_| Failure::Memory)
}
