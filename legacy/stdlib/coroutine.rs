//! §5.2: coroutines. Switching is the driver's; `resume` and `yield` only ask for it.

use super::super::handle::ThreadHandle;
use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn, is_native};
use super::super::value::Value;
use super::new_library;

const FUNCTIONS: &[(&str, CFunction)] =
    &[("create", create), ("resume", resume), ("running", running), ("status", status), ("yield", yield_)];

/// Opens the library.
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    let library = new_library(ctx, "coroutine", FUNCTIONS)?;
    let resumer = ctx.native_proto(resume_wrapped)?;
    let proto = ctx.native_proto(wrap)?;
    let wrap = ctx.native_closure(proto, &[Value::FunctionProto(resumer)])?;
    ctx.raw_set_field(library, "wrap", wrap)
}

fn new_thread(ctx: &mut ExecutionContext<'_>) -> Result<ThreadHandle, Failure> {
    if let Value::Closure(function) = ctx.arg(1)
        && !is_native(ctx, function)?
    {
        return ctx.vm.create_coroutine(function);
    }
    Err(ctx.arg_error(1, "Lua function expected"))
}

fn check_thread(ctx: &mut ExecutionContext<'_>) -> Result<ThreadHandle, Failure> {
    match ctx.arg(1) {
        Value::Thread(thread) => Ok(thread),
        _ => Err(ctx.arg_error(1, "coroutine expected")),
    }
}

/// §5.2 `coroutine.create (f)`.
fn create(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let thread = new_thread(ctx)?;
    ctx.push(Value::Thread(thread));
    Ok(NativeReturn::Results)
}

/// §5.2 `coroutine.wrap (f)`. It carries the prototype of what it makes.
fn wrap(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let thread = new_thread(ctx)?;
    if let Value::FunctionProto(resumer) = ctx.upvalue(0)? {
        let wrapped = ctx.native_closure(resumer, &[Value::Thread(thread)])?;
        ctx.push(wrapped);
    }
    Ok(NativeReturn::Results)
}

/// What `wrap` makes. It carries its thread.
fn resume_wrapped(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    match ctx.upvalue(0)? {
        Value::Thread(thread) => Ok(NativeReturn::Resume { thread, args: ctx.args_from(1), wrap: true }),
        _ => Err(ctx.arg_error(1, "coroutine expected")),
    }
}

/// §5.2 `coroutine.resume (co [, val1, ···])`.
fn resume(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let thread = check_thread(ctx)?;
    Ok(NativeReturn::Resume { thread, args: ctx.args_from(2), wrap: false })
}

/// §5.2 `coroutine.yield (···)`.
fn yield_(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    Ok(NativeReturn::Yield(ctx.args_from(1)))
}

/// §5.2 `coroutine.status (co)`.
fn status(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let thread = check_thread(ctx)?;
    let status = ctx.vm.coroutine_status(thread)?;
    ctx.push_bytes(status.as_bytes())?;
    Ok(NativeReturn::Results)
}

/// §5.2 `coroutine.running ()`.
fn running(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let thread = ctx.vm.current_thread();
    ctx.push(if ctx.vm.is_main_thread() { Value::Nil } else { Value::Thread(thread) });
    Ok(NativeReturn::Results)
}
