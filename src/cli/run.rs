//! What the program does, in the order of `lua.c`'s `pmain`.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use super::options::{Action, Options};
use super::{PROGRAM, banner, end_output, interrupt, listing, repl, report};
use crate::error::Error;
use crate::kernel::text::c_string;
use crate::stdlib::load_file;
use crate::vm::{Ctx, LuaVM, NativeResult, StoppedAt, Throw, Type};

/// A call that did not come to its end: what to say of it, if anything.
pub(super) struct Failure(pub(super) Option<Vec<u8>>);

/// Does what the options ask for.
pub(super) fn run(args: &[OsString], options: &Options) -> ExitCode {
    let vm = LuaVM::with_key_order(options.key_order).and_then(|mut vm| vm.open_stdlib().map(|()| vm));
    let mut vm = match vm {
        Ok(vm) => vm,
        Err(error) => {
            report(Some(PROGRAM), format!("cannot create state: {error}").as_bytes());
            return ExitCode::FAILURE;
        }
    };
    vm.set_allow_bytecode(options.allow_bytecode);
    vm.set_memory_limit(options.memory_limit);
    vm.set_fuel(options.fuel);
    vm.set_time_limit(options.timeout);
    #[cfg(feature = "compat")]
    if let Err(problem) = options.routes.apply(&mut vm) {
        report(Some(PROGRAM), problem.as_bytes());
        return ExitCode::from(2);
    }
    if options.profile {
        vm.start_profile();
        vm.report_profile_at_exit(report_profile);
    }
    vm.trace_stops();
    let handle = vm.kill_handle();
    interrupt::watch(move || handle.kill());
    let (mut success, mut vm) = run_all(vm, args, options);
    if options.profile {
        report_profile(&vm.profile_report());
    }
    if let Err(error) = vm.try_close()
        && success
    {
        let message = describe(&mut vm, error);
        report(Some(PROGRAM), c_string(&message));
        success = false;
    }
    #[cfg(all(feature = "gc_stress", debug_assertions))]
    if let Err(problem) = vm.heap_check() {
        report(Some(PROGRAM), problem.as_bytes());
        return ExitCode::from(3);
    }
    #[cfg(feature = "compat")]
    if let Some(mismatches) = super::routes::mismatch_report(&vm) {
        report(None, mismatches.as_bytes());
    }
    let code = end_output(success);
    // The system frees the memory faster than the machine can. Where mistakes are looked for, what is not freed is one.
    if !cfg!(debug_assertions) {
        std::mem::forget(vm);
    }
    code
}

fn report_profile(text: &str) {
    report(None, text.trim_end().as_bytes());
}

/// Runs one thing after the other, until one fails.
fn run_all(mut vm: LuaVM, args: &[OsString], options: &Options) -> (bool, LuaVM) {
    if !run_init(&mut vm) {
        return (false, vm);
    }
    if options.banner {
        report(None, banner().as_bytes());
    }
    for action in &options.actions {
        let success = match action {
            Action::Execute(code) => run_text(&mut vm, code, b"=(command line)"),
            Action::Require(name) => run_require(&mut vm, name),
            Action::List(path) => listing::list(path, options.allow_bytecode),
        };
        if !success {
            return (false, vm);
        }
    }
    if let Some(script) = options.script
        && !run_script(&mut vm, args, script, options.dash_is_file)
    {
        return (false, vm);
    }
    if options.interactive {
        return (true, repl::run(vm));
    }
    let mut success = true;
    if options.script.is_none() && !options.has_done_something() && !options.banner {
        if std::io::stdin().is_terminal() {
            report(None, banner().as_bytes());
            return (true, repl::run(vm));
        }
        success = run_file(&mut vm, None);
    }
    (success, vm)
}

/// Runs what `LUA_INIT` holds.
fn run_init(vm: &mut LuaVM) -> bool {
    let Some(init) = std::env::var_os("LUA_INIT") else { return true };
    match init.as_encoded_bytes() {
        [b'@', file @ ..] => run_file(vm, Some(file)),
        code => run_text(vm, code, b"=LUA_INIT"),
    }
}

fn run_text(vm: &mut LuaVM, code: &[u8], name: &[u8]) -> bool {
    run_call(vm, |ctx| Ok(ctx.load(code, name)?.then_some(0)))
}

fn run_file(vm: &mut LuaVM, path: Option<&[u8]>) -> bool {
    run_call(vm, |ctx| Ok(load_file(ctx, path)?.then_some(0)))
}

fn run_require(vm: &mut LuaVM, name: &[u8]) -> bool {
    run_call(vm, |ctx| {
        ctx.push_globals()?;
        ctx.field(ctx.top(), "require")?;
        ctx.push_bytes(name)?;
        Ok(Some(1))
    })
}

pub(super) fn run_script(vm: &mut LuaVM, args: &[OsString], script: usize, dash_is_file: bool) -> bool {
    run_call(vm, |ctx| {
        ctx.push_globals()?;
        ctx.new_table(args.len() - script - 1, script + 1)?;
        let table = ctx.top();
        for (index, arg) in args.iter().enumerate() {
            ctx.push_number(index as f64 - script as f64)?;
            ctx.push_bytes(arg.as_encoded_bytes())?;
            ctx.raw_set(table)?;
        }
        ctx.raw_set_field(table - 1, "arg")?;
        let path = args[script].as_encoded_bytes();
        let path = (path != b"-" || dash_is_file).then_some(path);
        if !load_file(ctx, path)? {
            return Ok(None);
        }
        let rest = &args[script + 1..];
        ctx.reserve(rest.len(), "too many arguments to script")?;
        for arg in rest {
            ctx.push_bytes(arg.as_encoded_bytes())?;
        }
        Ok(Some(rest.len()))
    })
}

/// Calls what a function pushes, with as many arguments as it says, and reports what goes wrong. The function says `None`
/// if it pushed a message instead.
fn run_call(vm: &mut LuaVM, push: impl FnOnce(&mut Ctx<'_>) -> Result<Option<usize>, Throw>) -> bool {
    match try_call(vm, push, |_| Ok(())) {
        Ok(()) => true,
        Err(Failure(message)) => {
            if let Some(message) = message {
                // As C's `printf` does.
                report(Some(PROGRAM), c_string(&message));
            }
            false
        }
    }
}

/// Calls what a function pushes; another one sees the results, which then are all there is on the stack.
pub(super) fn try_call(
    vm: &mut LuaVM,
    push: impl FnOnce(&mut Ctx<'_>) -> Result<Option<usize>, Throw>,
    done: impl FnOnce(&mut Ctx<'_>) -> Result<(), Throw>,
) -> Result<(), Failure> {
    let result = vm.enter(|ctx| {
        if let Some(args) = ctx.paid_for(push)? {
            let function = ctx.top() - args;
            for _ in 1..function {
                ctx.remove(1);
            }
            ctx.push_function(add_traceback, 0)?;
            ctx.insert(1);
            let (called, interrupted) = interrupt::during(|| ctx.handled_call(args, None));
            if interrupted && called.is_ok() {
                // It came too late.
                ctx.forget_kill();
            }
            if called? {
                ctx.remove(1);
                return done(ctx).map(Ok);
            }
            // As `lua.c` does: what the failed call left behind may hold much.
            ctx.collect_garbage()?;
        }
        let top = ctx.top();
        Ok(Err(Failure(match ctx.type_of(top) {
            Type::Nil | Type::None => None,
            Type::String => Some(ctx.bytes(top).to_vec()),
            Type::Number => {
                ctx.convert_to_string(top)?;
                Some(ctx.bytes(top).to_vec())
            }
            _ => Some(b"(error object is not a string)".to_vec()),
        })))
    });
    result.unwrap_or_else(|error| Err(Failure(Some(describe(vm, error)))))
}

/// `lua.c`'s message handler: what the global `debug.traceback` makes of a message, if there is such a function.
fn add_traceback(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.set_top(1)?;
    if !matches!(ctx.type_of(1), Type::String | Type::Number) {
        return Ok(1);
    }
    ctx.push_globals()?;
    ctx.field(2, "debug")?;
    if ctx.type_of(3) == Type::Table {
        ctx.field(3, "traceback")?;
        if ctx.type_of(4) == Type::Function {
            ctx.push_value(1)?;
            // Neither this function nor the traceback's own is shown.
            ctx.push_number(2.0)?;
            ctx.call(2, Some(1))?;
            return Ok(1);
        }
    }
    ctx.set_top(1)?;
    Ok(1)
}

/// An error that did not come from a call, or that no call catches.
fn describe(vm: &mut LuaVM, error: Error) -> Vec<u8> {
    let stopped_at = vm.stopped_at();
    match error {
        // No one else kills it.
        Error::Killed => match stopped_at {
            Some(StoppedAt { position, traceback }) => [&position, &b"interrupted!\n"[..], &traceback].concat(),
            None => b"interrupted!".to_vec(),
        },
        Error::Runtime(error) => error.message,
        Error::FuelExhausted => b"instruction limit exceeded (--fuel)".to_vec(),
        Error::Timeout => b"time limit exceeded (--timeout)".to_vec(),
        error => error.to_string().into_bytes(),
    }
}
