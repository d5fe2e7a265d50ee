//! [`Sandbox`]: a machine for scripts.
//!
//! The prelude, in Lua, makes it one; what has to know which tables are protected is in Rust, below. Invariant, which
//! [`Sandbox::is_clean`] checks: the tables that scripts see instead of globals and libraries are empty.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::cache::{Digest, Script};
use super::convert::{Names, to_frame};
use super::engine::Invocation;
use super::failure::Failure;
use super::random::Random48;
use super::redis::{Context, Shared, add_functions, library, list};
use super::running::{Running, State};
use crate::protocol::RespFrame;
use crate::{Call, CallError, Error, FunctionHandle, LuaVM, Root, TableHandle, Value};

const PRELUDE: &str = include_str!("prelude.lua");
/// What messages call a script.
const CHUNK: &str = "@user_script";
/// As many compiled scripts are kept; then all are dropped.
const MOST_COMPILED: usize = 1000;
/// What scripts without a limit get: code is then the same as with one.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// A machine that uses more bytes is not used again.
const MOST_MEMORY: usize = 8 * 1024 * 1024;

/// A protected table, and what is read through it.
type Guarded = Arc<Mutex<Vec<(TableHandle, TableHandle)>>>;

/// A machine for scripts.
pub(super) struct Sandbox {
    vm: LuaVM,
    shared: Shared,
    names: Names,
    run: FunctionHandle,
    globals: TableHandle,
    guarded: Guarded,
    compiled: HashMap<Digest, (FunctionHandle, Root)>,
    /// How often the cache had been flushed when the machine was made.
    pub(super) epoch: u64,
    _alive: Vec<Root>,
}

impl Sandbox {
    pub(super) fn new(memory: Option<usize>, epoch: u64) -> Result<Sandbox, Error> {
        let mut vm = LuaVM::with_stdlib()?;
        let shared = Shared::default();
        let guarded = Guarded::default();
        let host = host_functions(&mut vm, &shared, &guarded)?;
        let prelude = vm.load(PRELUDE, "=prelude")?;
        let made = vm.call(prelude, &[host.into()])?;
        let alive = made.iter().map(|&value| vm.root(value)).collect::<Result<Vec<_>, _>>()?;
        let [Value::Function(run), Value::Table(globals), Value::Table(seen), Value::Table(behind)] = made[..] else {
            return Err(Error::Memory);
        };
        {
            let mut guarded = guarded.lock();
            for index in 1..=vm.table_len(seen).unwrap_or_default() {
                let index = index as f64;
                let pair = (vm.get_table_field(seen, index), vm.get_table_field(behind, index));
                if let (Some(Value::Table(proxy)), Some(Value::Table(content))) = pair {
                    guarded.push((proxy, content));
                }
            }
        }
        let names = Names::new(&mut vm)?;
        vm.set_memory_limit(memory);
        vm.set_time_limit(Some(FOREVER));
        Ok(Sandbox { vm, shared, names, run, globals, guarded, compiled: HashMap::new(), epoch, _alive: alive })
    }

    /// Whether a script compiles; if so, it is kept.
    pub(super) fn compile(&mut self, script: &Script) -> Result<FunctionHandle, Failure> {
        if let Some((function, _)) = self.compiled.get(&script.digest) {
            return Ok(*function);
        }
        if self.compiled.len() >= MOST_COMPILED {
            self.compiled.clear();
        }
        let compiled = self.vm.load(&script.source, CHUNK).or_else(|error| {
            // There may be garbage; what it is for is what the script compiles to.
            if error != Error::Memory {
                return Err(error);
            }
            self.vm.collect_garbage()?;
            self.vm.load(&script.source, CHUNK)
        });
        let function = compiled.map_err(compile_failure)?;
        let root = self.vm.root(function).map_err(compile_failure)?;
        self.compiled.insert(script.digest, (function, root));
        Ok(function)
    }

    /// Runs a script.
    pub(super) fn run(
        &mut self,
        script: &Script,
        invocation: &Invocation,
        running: &Running,
    ) -> Result<RespFrame, Failure> {
        let function = self.compile(script)?;
        let state = Arc::new(State::default());
        *self.shared.lock() = Some(Context::new(invocation, Arc::clone(&state)));
        let entered = running.enter(Arc::clone(&state), self.vm.kill_handle());
        let mut outcome = Err(Failure::Internal("the storage did not run the script".to_owned()));
        let mut calls = 0;
        invocation.storage.exclusively(&mut || {
            calls += 1;
            if calls == 1 {
                outcome = self.call(function, script, invocation);
            }
        });
        drop(entered);
        *self.shared.lock() = None;
        // A kill that came when the script was at its end has been promised, too.
        if state.is_killed() { Err(Failure::Killed) } else { outcome }
    }

    fn call(
        &mut self,
        function: FunctionHandle,
        script: &Script,
        invocation: &Invocation,
    ) -> Result<RespFrame, Failure> {
        let stopped = |error: Error| match error {
            Error::Timeout => Failure::Timeout,
            Error::Killed => Failure::Killed,
            Error::Memory => Failure::Memory,
            other => Failure::Internal(other.to_string()),
        };
        if self.set_arguments(invocation).is_err() {
            // Nothing that is made outside of a program collects what earlier ones have left.
            self.vm.collect_garbage().map_err(stopped)?;
            self.set_arguments(invocation).map_err(stopped)?;
        }
        self.vm.set_time_limit(Some(invocation.timeout.unwrap_or(FOREVER)));
        let results = self.vm.call(self.run, &[function.into()]).map_err(stopped)?;
        match results[..] {
            [Value::Boolean(true), ..] => {
                let result = results.get(1).copied().unwrap_or_default();
                to_frame(&self.vm, &self.names, result, invocation.session.protocol)
            }
            _ => Err(self.failure(results.get(1).copied().unwrap_or_default(), script)),
        }
    }

    fn set_arguments(&mut self, invocation: &Invocation) -> Result<(), Error> {
        for (name, strings) in [("KEYS", &invocation.keys), ("ARGV", &invocation.args)] {
            let table = list(&mut self.vm, strings)?;
            let name = self.vm.create_string(name)?;
            self.vm.set_table_field(self.globals, name, table)?;
        }
        Ok(())
    }

    /// What the prelude made of an error.
    fn failure(&mut self, error: Value, script: &Script) -> Failure {
        let field = |vm: &mut LuaVM, name: &str| {
            let table = error.as_table()?;
            let name = vm.create_string(name).ok()?;
            vm.get_table_field(table, name)
        };
        // The prelude's handler makes a table of every error but this one, which no handler sees.
        let bare = error.as_string().and_then(|string| self.vm.string_bytes(string));
        if bare == Some(b"not enough memory") {
            return Failure::Memory;
        }
        let message = match field(&mut self.vm, "err") {
            Some(message @ (Value::String(_) | Value::Number(_))) => self.vm.to_text(message).ok(),
            // An error in the handler.
            None => self.vm.to_text(error).ok().map(|message| [b"ERR ", &message[..]].concat()),
            _ => None,
        };
        let source = field(&mut self.vm, "source").and_then(Value::as_string);
        let source = source.and_then(|source| self.vm.string_bytes(source)).map(<[u8]>::to_vec);
        let line = field(&mut self.vm, "line").and_then(Value::as_number);
        Failure::Runtime {
            message: message.unwrap_or_else(|| b"ERR unknown error".to_vec()),
            digest: script.digest_text(),
            position: source.zip(line.map(|line| line as i64)),
        }
    }

    /// Whether nothing that a script has done can be seen by another.
    pub(super) fn is_clean(&mut self) -> bool {
        let guarded = self.guarded.lock();
        let untouched = guarded.iter().all(|&(proxy, _)| matches!(self.vm.table_next(proxy, Value::Nil), Ok(None)));
        drop(guarded);
        untouched && self.vm.memory_used() <= MOST_MEMORY
    }
}

fn compile_failure(error: Error) -> Failure {
    match error {
        Error::Syntax(error) => Failure::Compile { message: error.to_string().into_bytes() },
        Error::Runtime(error) => Failure::Compile { message: error.message },
        Error::Memory => Failure::Memory,
        other => Failure::Internal(other.to_string()),
    }
}

/// What the prelude is given.
fn host_functions(vm: &mut LuaVM, shared: &Shared, guarded: &Guarded) -> Result<TableHandle, Error> {
    let host = vm.create_table(0, 8)?;
    let library = library(vm, shared)?;
    let name = vm.create_string("redis")?;
    vm.set_table_field(host, name, library)?;
    add_functions(vm, host, shared, &[("random", random), ("randomseed", randomseed)])?;
    let next = vm.get_global("next")?;
    let pairs = {
        let guarded = Arc::clone(guarded);
        vm.create_function(move |call| pairs(call, &guarded, next))?
    };
    let rawget = {
        let guarded = Arc::clone(guarded);
        vm.create_function(move |call| rawget(call, &guarded))?
    };
    let rawset = {
        let guarded = Arc::clone(guarded);
        vm.create_function(move |call| rawset(call, &guarded))?
    };
    for (name, function) in [("pairs", pairs), ("rawget", rawget), ("rawset", rawset)] {
        let name = vm.create_string(name)?;
        vm.set_table_field(host, name, function)?;
    }
    Ok(host)
}

/// What is behind a table, if it is a protected one.
fn content_of(guarded: &Guarded, table: TableHandle) -> Option<TableHandle> {
    guarded.lock().iter().find(|(proxy, _)| *proxy == table).map(|&(_, content)| content)
}

/// `pairs`, which goes through a copy of what is behind a protected table.
fn pairs(call: &mut Call<'_>, guarded: &Guarded, next: Value) -> Result<usize, CallError> {
    let mut table = call.check_table(1)?;
    if let Some(content) = content_of(guarded, table) {
        table = call.create_table(0, 0)?;
        let mut last = Value::Nil;
        while let Some((key, value)) = call.table_next(content, last)? {
            call.set_table_field(table, key, value)?;
            last = key;
        }
    }
    call.push(next)?;
    call.push(table)?;
    call.push(Value::Nil)?;
    Ok(3)
}

fn check_any(call: &mut Call<'_>, index: usize) -> Result<Value, CallError> {
    if call.arg_count() < index {
        return Err(call.arg_error(index, "value expected"));
    }
    Ok(call.arg(index))
}

fn rawget(call: &mut Call<'_>, guarded: &Guarded) -> Result<usize, CallError> {
    let table = call.check_table(1)?;
    let key = check_any(call, 2)?;
    let table = content_of(guarded, table).unwrap_or(table);
    let value = call.get_table_field(table, key).unwrap_or_default();
    call.push(value)?;
    Ok(1)
}

fn rawset(call: &mut Call<'_>, guarded: &Guarded) -> Result<usize, CallError> {
    let table = call.check_table(1)?;
    let (key, value) = (check_any(call, 2)?, check_any(call, 3)?);
    if content_of(guarded, table).is_some() {
        let message = call.create_string("Attempt to modify a readonly table")?;
        return Err(call.throw(message));
    }
    call.set_table_field(table, key, value)?;
    call.push(table)?;
    Ok(1)
}

/// `math.random`, whose numbers begin anew with each script.
fn random(call: &mut Call<'_>, shared: &Shared) -> Result<usize, CallError> {
    let fraction = shared.lock().as_mut().map_or(0.0, |context| context.random.next());
    let number = match call.arg_count() {
        0 => fraction,
        1 => {
            let high = call.check_integer(1)?;
            if high < 1 {
                return Err(call.arg_error(1, "interval is empty"));
            }
            (fraction * high as f64).floor() + 1.0
        }
        2 => {
            let (low, high) = (call.check_integer(1)?, call.check_integer(2)?);
            if low > high {
                return Err(call.arg_error(2, "interval is empty"));
            }
            (fraction * (high as f64 - low as f64 + 1.0)).floor() + low as f64
        }
        _ => return Err(call.error("wrong number of arguments")),
    };
    call.push(number)?;
    Ok(1)
}

fn randomseed(call: &mut Call<'_>, shared: &Shared) -> Result<usize, CallError> {
    let seed = call.check_integer(1)? as i32;
    if let Some(context) = shared.lock().as_mut() {
        context.random = Random48::new(seed);
    }
    Ok(0)
}
