//! The standard library under its old names.
//!
//! The functions are the core's: each old name calls the library's function as it was when the machine was made, whatever a
//! program has done to its globals since. A machine of the old API begins with everything that does not reach the system: the
//! old one had no files, processes or modules, and an upgrade must not give them to scripts.

pub mod base;
pub mod math;
mod rest;
pub mod string;
pub mod table;

pub use base::init_base_lib;
pub use math::init_math_lib;
pub use string::init_string_lib;
pub use table::init_table_lib;

use super::context::ExecutionContext;
use super::error::{InOldWords, LuaResult};
use super::handle::{ClosureHandle, Numbers};
use super::heap::LuaHeap;
use super::value::CFunction;
use super::vm::LuaVM;
use crate::compat::deprecation::{self, Api};
use crate::vm::{Ctx, Throw};

/// Defines the functions of a library, and the list of them by their paths from the globals.
macro_rules! library {
    ($($function:ident => $path:literal,)*) => {
        $(
            #[doc = concat!("`", $path, "` as a host function.")]
            ///
            /// # Errors
            /// Those of the library's function.
            // Its address is what it is known by.
            #[inline(never)]
            pub fn $function(ctx: &mut crate::compat::context::ExecutionContext<'_>) -> crate::compat::error::LuaResult<i32> {
                crate::compat::stdlib::delegate(ctx, $path)
            }
        )*

        pub(super) const FUNCTIONS: &[(&str, crate::compat::value::CFunction)] = &[$(($path, $function),)*];
    };
}
use library;

/// The functions of a library by their names.
fn by_name(functions: &[(&'static str, CFunction)]) -> impl Iterator<Item = (&'static str, CFunction)> {
    functions.iter().map(|&(path, function)| (path.rsplit('.').next().unwrap_or(path), function))
}

/// The libraries there are, and the globals of the base library that [`init_all`] installs.
const LIBRARIES: &[&str] = &["string", "table", "math", "coroutine", "io", "os", "debug", "package"];
const BASE: &[&str] = &[
    "assert",
    "collectgarbage",
    "error",
    "gcinfo",
    "getfenv",
    "getmetatable",
    "ipairs",
    "load",
    "loadstring",
    "newproxy",
    "next",
    "pairs",
    "pcall",
    "print",
    "rawequal",
    "rawget",
    "rawset",
    "select",
    "setfenv",
    "setmetatable",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "xpcall",
];

/// What reaches the system, as global variables and as fields of `os`.
const SYSTEM: &[&str] = &["io", "debug", "package", "require", "module", "dofile", "loadfile"];
const SYSTEM_OS: &[&str] = &["execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname"];

/// Installs the standard library, again: base, `string`, `table` and `math`, the last three as new tables.
///
/// # Errors
/// [`LuaError::OutOfMemory`](super::error::LuaError::OutOfMemory).
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-stdlib")
)]
#[track_caller]
pub fn init_all(vm: &mut LuaVM) -> LuaResult<()> {
    deprecation::used(Api::StdlibInitAll);
    deprecation::own(|| {
        init_base_lib(vm)?;
        init_math_lib(vm)?;
        init_string_lib(vm)?;
        init_table_lib(vm)
    })
}

/// The same as [`init_all`].
///
/// # Errors
/// As [`init_all`].
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM::with_stdlib; see MIGRATION.md#old-stdlib")
)]
#[track_caller]
pub fn init_stdlib(vm: &mut LuaVM) -> LuaResult<()> {
    deprecation::used(Api::StdlibInitStdlib);
    deprecation::own(|| init_all(vm))
}

/// Calls the library's function with the arguments in the context.
fn delegate(ctx: &mut ExecutionContext<'_>, path: &str) -> LuaResult<i32> {
    let mut args = Vec::with_capacity(ctx.arg_count());
    for index in 0..ctx.arg_count() {
        let arg = ctx.get_arg(index)?;
        args.push(ctx.get_heap().import(&arg)?);
    }
    let results = ctx.get_heap().call_library(path, &args)?;
    for &result in &results {
        let result = ctx.get_heap().export(result);
        ctx.push_result(result)?;
    }
    // No call has more results than a stack has places.
    Ok(results.len() as i32)
}

/// Sets a global variable.
fn set_global(heap: &mut LuaHeap, name: &str, value: impl Into<crate::Value>) -> LuaResult<()> {
    let (globals, name) = (heap.core.globals(), heap.core.create_string(name).in_old_words()?);
    heap.core.set_table_field(globals, name, value).in_old_words()
}

/// Sets a global variable to a new table with all functions of a library.
fn install(heap: &mut LuaHeap, library: &str) -> LuaResult<crate::TableHandle> {
    let prefix = format!("{library}.");
    let functions = &heap.side_mut().library;
    let functions: Vec<_> = functions
        .iter()
        .filter_map(|(path, &function)| Some((path.strip_prefix(&prefix)?.to_owned(), function)))
        .collect();
    let table = heap.core.create_table(0, functions.len()).in_old_words()?;
    set_global(heap, library, table)?;
    for (name, function) in functions {
        let name = heap.core.create_string(name).in_old_words()?;
        heap.core.set_table_field(table, name, function).in_old_words()?;
    }
    Ok(table)
}

/// Sets the global functions of the base library.
fn install_base(heap: &mut LuaHeap, names: &[&str]) -> LuaResult<()> {
    for &name in names {
        if let Some(&function) = heap.side_mut().library.get(name) {
            set_global(heap, name, function)?;
        }
    }
    Ok(())
}

/// Notes the library's functions, whatever the machine's globals are.
pub(super) fn remember_library(heap: &mut LuaHeap, fresh: bool) -> LuaResult<()> {
    if fresh {
        let globals = heap.core.globals();
        return remember(heap, globals);
    }
    // The library is opened once more, with other globals, and without the tables of the libraries that are there.
    match heap.core.enter(open_aside).in_old_words()? {
        crate::Value::Table(globals) => remember(heap, globals),
        _ => Ok(()),
    }
}

/// Opens the libraries in other globals; the machine is as before afterwards.
fn open_aside(ctx: &mut Ctx<'_>) -> Result<crate::Value, Throw> {
    ctx.push_thread()?;
    let thread = ctx.top();
    ctx.push_globals()?;
    ctx.push_registry()?;
    let registry = ctx.top();
    ctx.raw_get_field(registry, "_LOADED")?;
    ctx.push_bytes(b"")?;
    let string = ctx.top();
    if !ctx.get_metatable(string)? {
        ctx.push_nil()?;
    }
    ctx.push_nil()?;
    ctx.raw_set_field(registry, "_LOADED")?;
    ctx.new_table(0, 0)?;
    let globals = ctx.top();
    ctx.push_value(globals)?;
    ctx.set_fenv(thread);
    let opened = crate::stdlib::open_libs(ctx);
    ctx.set_top(globals)?;
    ctx.push_value(thread + 1)?;
    ctx.set_fenv(thread);
    ctx.push_value(registry + 1)?;
    ctx.raw_set_field(registry, "_LOADED")?;
    ctx.push_value(string + 1)?;
    ctx.set_metatable(string);
    opened?;
    Ok(ctx.export(globals))
}

/// Takes what reaches the system out of the globals, and adds `eval`.
pub(super) fn withdraw_system_access(heap: &mut LuaHeap) -> LuaResult<()> {
    for name in SYSTEM {
        set_global(heap, name, crate::Value::Nil)?;
    }
    let (globals, os) = (heap.core.globals(), heap.core.create_string("os").in_old_words()?);
    if let Some(crate::Value::Table(os)) = heap.core.get_table_field(globals, os) {
        for name in SYSTEM_OS {
            let name = heap.core.create_string(name).in_old_words()?;
            heap.core.set_table_field(os, name, crate::Value::Nil).in_old_words()?;
        }
    }
    install_eval(heap)
}

fn install_eval(heap: &mut LuaHeap) -> LuaResult<()> {
    let eval: CFunction = base::lua_eval;
    let eval = super::native::object_of(heap, eval)?;
    set_global(heap, "eval", eval)
}

fn remember(heap: &mut LuaHeap, globals: crate::TableHandle) -> LuaResult<()> {
    let mut found = Vec::new();
    collect(heap, globals, "", &mut found)?;
    for library in LIBRARIES {
        let name = heap.core.create_string(library).in_old_words()?;
        if let Some(crate::Value::Table(table)) = heap.core.get_table_field(globals, name) {
            collect(heap, table, &format!("{library}."), &mut found)?;
        }
    }
    for (path, function) in found {
        heap.pin_core(function.into());
        heap.side_mut().library.insert(path, function);
    }
    // A function of the library is a host function to the old API.
    let side = heap.side_mut();
    let all = [base::FUNCTIONS, string::FUNCTIONS, table::FUNCTIONS, math::FUNCTIONS, rest::FUNCTIONS];
    for &(path, native) in all.into_iter().flatten() {
        if let Some(&function) = side.library.get(path) {
            side.natives.insert(native as usize, function);
            side.native_of.entry(ClosureHandle::from(function).key()).or_insert(native);
        }
    }
    Ok(())
}

/// The functions in a table.
fn collect(
    heap: &LuaHeap,
    table: crate::TableHandle,
    prefix: &str,
    found: &mut Vec<(String, crate::FunctionHandle)>,
) -> LuaResult<()> {
    let mut key = crate::Value::Nil;
    while let Some((next, value)) = heap.core.table_next(table, key).in_old_words()? {
        key = next;
        let name = next.as_string().and_then(|name| heap.core.string_bytes(name));
        if let (Some(name), Some(function)) = (name, value.as_function()) {
            found.push((format!("{prefix}{}", String::from_utf8_lossy(name)), function));
        }
    }
    Ok(())
}
