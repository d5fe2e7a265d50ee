//! `--vm legacy`: the program on the old VM, with the exit codes and messages it has on the core.
//!
//! An option that the old VM has nothing for is refused by its name before anything is run.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use super::options::{Action, Options};
use super::{PROGRAM, banner, end_output, interrupt, listing, report};
use crate::KeyOrder;
use crate::kernel::meter::Watch;
use crate::legacy::{Failure, LuaError, LuaVM, Value};
use crate::system::chunk_file::ChunkFile;

/// Does what the options ask for.
pub(super) fn run(args: &[OsString], options: &Options) -> ExitCode {
    if let Some(refusal) = refusal(options) {
        report(Some(PROGRAM), refusal.as_bytes());
        return ExitCode::FAILURE;
    }
    let mut vm = match LuaVM::with_stdlib() {
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
    let handle = vm.kill_handle();
    interrupt::watch(move || handle.kill());
    let success = run_all(&mut vm, args, options);
    let code = end_output(success);
    // The system frees the memory faster than the machine can. Where mistakes are looked for, what is not freed is one.
    if !cfg!(debug_assertions) {
        std::mem::forget(vm);
    }
    code
}

/// What is asked for that the old VM does not have.
fn refusal(options: &Options) -> Option<String> {
    let refuse = |option: &str, what: &str| Some(format!("'{option}' needs {what}, which '--vm legacy' does not have"));
    if options.interactive {
        return refuse("-i", "the interactive mode");
    }
    if options.profile {
        return refuse("--profile", "the profiler");
    }
    match options.key_order {
        KeyOrder::Random => {}
        KeyOrder::Seeded(_) => return refuse("--hash-seed", "an order of keys"),
        KeyOrder::Puc => return refuse("--puc-order", "an order of keys"),
    }
    #[cfg(feature = "compat")]
    if let Some(option) = options.routes.first_given() {
        return refuse(option, "the router");
    }
    options.actions.iter().find_map(|action| match action {
        Action::Require(name) => refuse(&format!("-l {}", String::from_utf8_lossy(name)), "the library 'package'"),
        _ => None,
    })
}

/// Runs one thing after the other, until one fails.
fn run_all(vm: &mut LuaVM, args: &[OsString], options: &Options) -> bool {
    if !run_init(vm) {
        return false;
    }
    if options.banner {
        report(None, banner().as_bytes());
    }
    for action in &options.actions {
        let success = match action {
            Action::Execute(code) => run_chunk(vm, code, b"=(command line)", &[]),
            Action::List(path) => listing::list(path, options.allow_bytecode),
            Action::Require(_) => false,
        };
        if !success {
            return false;
        }
    }
    if let Some(script) = options.script {
        return run_script(vm, args, script, options.dash_is_file);
    }
    if options.has_done_something() || options.banner {
        return true;
    }
    if std::io::stdin().is_terminal() {
        report(Some(PROGRAM), b"the interactive mode is not there with '--vm legacy': name a script, or '-'");
        return false;
    }
    run_file(vm, None, &[])
}

/// Runs what `LUA_INIT` holds.
fn run_init(vm: &mut LuaVM) -> bool {
    let Some(init) = std::env::var_os("LUA_INIT") else { return true };
    match init.as_encoded_bytes() {
        [b'@', file @ ..] => run_file(vm, Some(file), &[]),
        code => run_chunk(vm, code, b"=LUA_INIT", &[]),
    }
}

fn run_script(vm: &mut LuaVM, args: &[OsString], script: usize, dash_is_file: bool) -> bool {
    if let Err(failure) = set_arg_table(vm, args, script) {
        return reported(vm, Err(failure));
    }
    let path = args[script].as_encoded_bytes();
    let path = (path != b"-" || dash_is_file).then_some(path);
    run_file(vm, path, &args[script + 1..])
}

fn set_arg_table(vm: &mut LuaVM, args: &[OsString], script: usize) -> Result<(), Failure> {
    let globals = vm.globals();
    let mut tx = vm.transaction();
    let table = tx.create_table()?;
    for (index, arg) in args.iter().enumerate() {
        let arg = Value::String(tx.create_string_bytes(arg.as_encoded_bytes())?);
        tx.set_table_field(table, Value::Number(index as f64 - script as f64), arg)?;
    }
    let name = Value::String(tx.create_string_bytes(b"arg")?);
    tx.set_table_field(globals, name, Value::Table(table))?;
    tx.commit()?;
    Ok(())
}

fn run_file(vm: &mut LuaVM, path: Option<&[u8]>, args: &[OsString]) -> bool {
    let read = ChunkFile::open(path, &Watch::default()).and_then(|file| Ok((file.name.clone(), file.read_all()?)));
    match read {
        Ok((name, code)) => run_chunk(vm, &code, &name, args),
        Err(message) => {
            report(Some(PROGRAM), &message);
            false
        }
    }
}

fn run_chunk(vm: &mut LuaVM, code: &[u8], name: &[u8], args: &[OsString]) -> bool {
    let result = call_chunk(vm, code, name, args);
    reported(vm, result)
}

fn call_chunk(vm: &mut LuaVM, code: &[u8], name: &[u8], args: &[OsString]) -> Result<(), Failure> {
    let function = match vm.load(code, name)? {
        Ok(function) => function,
        Err(message) => return Err(Failure::Thrown(vm.create_string(&message)?)),
    };
    let mut values = Vec::with_capacity(args.len());
    for arg in args {
        values.push(vm.create_string(arg.as_encoded_bytes())?);
    }
    let (result, _) = interrupt::during(|| vm.call_traced(function, values));
    result.map(|_| ())
}

/// Says what went wrong, if something did.
fn reported(vm: &mut LuaVM, result: Result<(), Failure>) -> bool {
    let message = match result {
        Ok(()) => return true,
        // As `lua.c`: an error that is nil ends the program without a word.
        Err(Failure::Thrown(Value::Nil)) => return false,
        Err(Failure::Stop(LuaError::InstructionLimitExceeded)) => b"instruction limit exceeded (--fuel)".to_vec(),
        // No one else kills it.
        Err(Failure::Stop(LuaError::ScriptKilled)) => b"interrupted!".to_vec(),
        Err(Failure::Stop(LuaError::Timeout)) => b"time limit exceeded (--timeout)".to_vec(),
        Err(failure) => vm.failure_text(&failure).unwrap_or_else(|| b"(error object is not a string)".to_vec()),
    };
    report(Some(PROGRAM), &message);
    false
}
