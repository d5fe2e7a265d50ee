//! The library `redis`: what scripts know of the world.
//!
//! Its functions share a [`Context`], which says for whom the script runs. While none runs there is none, and they refuse.

use std::sync::Arc;

use parking_lot::Mutex;

use super::convert::{number_text, single, to_value};
use super::engine::Invocation;
use super::random::Random48;
use super::running::State;
use super::storage::{Session, Storage};
use crate::protocol::RespFrame;
use crate::protocol::resp::one_line;
use crate::{Call, CallError, Error, LuaVM, TableHandle, Value};

/// The version of Redis that scripts are told, and that the library follows.
const VERSION: (u32, u32, u32) = (7, 0, 15);

/// Commands that a server has, but not for scripts.
const NOT_FOR_SCRIPTS: &[&str] = &[
    "asking",
    "auth",
    "bgrewriteaof",
    "bgsave",
    "client",
    "cluster",
    "config",
    "debug",
    "discard",
    "eval",
    "eval_ro",
    "evalsha",
    "evalsha_ro",
    "exec",
    "failover",
    "fcall",
    "fcall_ro",
    "function",
    "hello",
    "latency",
    "module",
    "monitor",
    "multi",
    "psubscribe",
    "psync",
    "punsubscribe",
    "quit",
    "replicaof",
    "reset",
    "save",
    "script",
    "shutdown",
    "slaveof",
    "slowlog",
    "subscribe",
    "ssubscribe",
    "sync",
    "sunsubscribe",
    "unsubscribe",
    "unwatch",
    "watch",
];

/// For whom a script runs.
pub(super) struct Context {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) session: Session,
    pub(super) read_only: bool,
    pub(super) state: Arc<State>,
    pub(super) random: Random48,
}

impl Context {
    pub(super) fn new(invocation: &Invocation, state: Arc<State>) -> Context {
        Context {
            storage: Arc::clone(&invocation.storage),
            session: invocation.session.for_script(),
            read_only: invocation.read_only,
            state,
            random: Random48::new(0),
        }
    }
}

/// Where the functions of a machine find their context.
pub(super) type Shared = Arc<Mutex<Option<Context>>>;

/// Gives a machine the globals of a script: `KEYS`, `ARGV`, and the library `redis` for this invocation. The machine's other
/// globals and its limits stay as they are; nothing is protected, and nobody can kill what runs but through the machine.
///
/// # Errors
/// [`Error::Memory`].
pub fn install(vm: &mut LuaVM, invocation: &Invocation) -> Result<(), Error> {
    let shared: Shared = Arc::new(Mutex::new(Some(Context::new(invocation, Arc::default()))));
    let (keys, args) = (list(vm, &invocation.keys)?, list(vm, &invocation.args)?);
    let redis = library(vm, &shared)?;
    let globals = vm.globals();
    for (name, table) in [("KEYS", keys), ("ARGV", args), ("redis", redis)] {
        let name = vm.create_string(name)?;
        vm.set_table_field(globals, name, table)?;
    }
    Ok(())
}

/// An array of strings.
pub(super) fn list(vm: &mut LuaVM, strings: &[Vec<u8>]) -> Result<TableHandle, Error> {
    let table = vm.create_table(strings.len(), 0)?;
    for (index, string) in strings.iter().enumerate() {
        let string = vm.create_string(string)?;
        vm.set_table_field(table, (index + 1) as f64, string)?;
    }
    Ok(table)
}

type Function = fn(&mut Call<'_>, &Shared) -> Result<usize, CallError>;

/// Adds host functions to a table.
pub(super) fn add_functions(
    vm: &mut LuaVM,
    table: TableHandle,
    shared: &Shared,
    functions: &[(&str, Function)],
) -> Result<(), Error> {
    for &(name, function) in functions {
        let shared = Arc::clone(shared);
        let function = vm.create_function(move |call| function(call, &shared))?;
        let name = vm.create_string(name)?;
        vm.set_table_field(table, name, function)?;
    }
    Ok(())
}

/// The table of the library.
pub(super) fn library(vm: &mut LuaVM, shared: &Shared) -> Result<TableHandle, Error> {
    let table = vm.create_table(0, 32)?;
    let functions: &[(&str, Function)] = &[
        ("call", |call, shared| command(call, shared, true)),
        ("pcall", |call, shared| command(call, shared, false)),
        ("error_reply", |call, _| field_reply(call, "err")),
        ("status_reply", |call, _| field_reply(call, "ok")),
        ("sha1hex", sha1hex),
        ("log", log),
        ("setresp", setresp),
        ("set_repl", set_repl),
        ("replicate_commands", |call, _| {
            call.push(true)?;
            Ok(1)
        }),
        ("breakpoint", |call, _| {
            call.push(false)?;
            Ok(1)
        }),
        ("debug", |_, _| Ok(0)),
    ];
    add_functions(vm, table, shared, functions)?;
    let constants = [
        ("LOG_DEBUG", 0),
        ("LOG_VERBOSE", 1),
        ("LOG_NOTICE", 2),
        ("LOG_WARNING", 3),
        ("REPL_NONE", 0),
        ("REPL_AOF", 1),
        ("REPL_SLAVE", 2),
        ("REPL_REPLICA", 2),
        ("REPL_ALL", 3),
        ("REDIS_VERSION_NUM", VERSION.0 << 16 | VERSION.1 << 8 | VERSION.2),
    ];
    for (name, value) in constants {
        let name = vm.create_string(name)?;
        vm.set_table_field(table, name, value)?;
    }
    let name = vm.create_string("REDIS_VERSION")?;
    let version = vm.create_string(format!("{}.{}.{}", VERSION.0, VERSION.1, VERSION.2))?;
    vm.set_table_field(table, name, version)?;
    Ok(table)
}

/// An error as the library throws it: a table whose `err` is the message.
fn raise(call: &mut Call<'_>, message: &[u8]) -> CallError {
    match single(call, "err", message) {
        Ok(table) => call.throw(table),
        Err(error) => error,
    }
}

/// The bytes of a string, or of a number as Lua writes it.
fn text(call: &mut Call<'_>, index: usize) -> Option<Vec<u8>> {
    match call.arg(index) {
        Value::String(_) | Value::Number(_) => call.check_string(index).ok().map(<[u8]>::to_vec),
        _ => None,
    }
}

/// `redis.call` and `redis.pcall`.
fn command(call: &mut Call<'_>, shared: &Shared, throws: bool) -> Result<usize, CallError> {
    let reply = match arguments(call) {
        Ok(command) => {
            let mut context = shared.lock();
            match context.as_mut() {
                Some(context) => carry_out(context, &command),
                None => RespFrame::error("ERR no script is running"),
            }
        }
        Err(message) => RespFrame::error(message),
    };
    if let RespFrame::Error(message) = &reply
        && throws
    {
        return Err(raise(call, message));
    }
    let value = to_value(call, &reply)?;
    call.push(value)?;
    Ok(1)
}

fn arguments(call: &Call<'_>) -> Result<Vec<Vec<u8>>, &'static str> {
    if call.arg_count() == 0 {
        return Err("ERR Please specify at least one argument for this redis lib call");
    }
    let argument = |index| match call.arg(index) {
        Value::String(_) => Ok(call.bytes(index).to_vec()),
        Value::Number(n) => Ok(number_text(n)),
        _ => Err("ERR Lua redis lib command arguments must be strings or integers"),
    };
    (1..=call.arg_count()).map(argument).collect()
}

fn carry_out(context: &mut Context, command: &[Vec<u8>]) -> RespFrame {
    let name = command[0].to_ascii_lowercase();
    let refused = NOT_FOR_SCRIPTS.iter().any(|refused| refused.as_bytes() == name);
    let info = context.storage.command_info(&command[0]);
    if refused || info.is_some_and(|info| !info.in_scripts) {
        return RespFrame::error("ERR This Redis command is not allowed from script");
    }
    let Some(info) = info else { return RespFrame::error("ERR Unknown Redis command called from script") };
    if !info.accepts(command.len()) {
        return RespFrame::error("ERR Wrong number of args calling Redis command from script");
    }
    if info.writes {
        if context.read_only {
            return RespFrame::error("ERR Write commands are not allowed from read-only scripts.");
        }
        if !context.state.may_write() {
            return RespFrame::error("ERR Script killed by user");
        }
    }
    let storage = Arc::clone(&context.storage);
    storage.call(&mut context.session, command)
}

/// `redis.error_reply` and `redis.status_reply`: a table with one field.
fn field_reply(call: &mut Call<'_>, name: &str) -> Result<usize, CallError> {
    let is_string = call.arg_count() == 1 && matches!(call.arg(1), Value::String(_));
    let reply = if !is_string {
        single(call, "err", b"ERR wrong number or type of arguments")?
    } else if name == "err" {
        let message = error_text(call.bytes(1));
        single(call, name, &message)?
    } else {
        let text = call.bytes(1).to_vec();
        single(call, name, &text)?
    };
    call.push(reply)?;
    Ok(1)
}

/// An error's text: with a code, which is `ERR` if it has none, and without the sign that the protocol puts before it.
fn error_text(text: &[u8]) -> Vec<u8> {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    let text = &text[..end];
    let code: &[u8] = if text.contains(&b' ') { b"" } else { b"ERR " };
    one_line([code, text].concat())
}

fn sha1hex(call: &mut Call<'_>, _: &Shared) -> Result<usize, CallError> {
    if call.arg_count() != 1 {
        return Err(raise(call, b"ERR wrong number of arguments"));
    }
    let text = text(call, 1).unwrap_or_default();
    call.push_bytes(super::cache::hex(&super::cache::digest_of(&text)))?;
    Ok(1)
}

fn log(call: &mut Call<'_>, _: &Shared) -> Result<usize, CallError> {
    if call.arg_count() < 2 {
        return Err(raise(call, b"ERR redis.log() requires two arguments or more."));
    }
    let Value::Number(level) = call.arg(1) else {
        return Err(raise(call, b"ERR First argument must be a number (log level)."));
    };
    let mut message = Vec::new();
    for index in 2..=call.arg_count() {
        let Some(text) = text(call, index) else { continue };
        if !message.is_empty() {
            message.push(b' ');
        }
        message.extend_from_slice(&text);
    }
    let message = String::from_utf8_lossy(&message);
    match level as i64 {
        0 => tracing::trace!(target: "ferrous::script", "{message}"),
        1 => tracing::debug!(target: "ferrous::script", "{message}"),
        2 => tracing::info!(target: "ferrous::script", "{message}"),
        3 => tracing::warn!(target: "ferrous::script", "{message}"),
        _ => return Err(raise(call, b"ERR Invalid debug level.")),
    }
    Ok(0)
}

fn setresp(call: &mut Call<'_>, shared: &Shared) -> Result<usize, CallError> {
    if call.arg_count() != 1 {
        return Err(raise(call, b"ERR redis.setresp() requires one argument."));
    }
    let version = match call.arg(1) {
        Value::Number(n) if n as i64 == 2 => 2,
        Value::Number(n) if n as i64 == 3 => 3,
        _ => return Err(raise(call, b"ERR RESP version must be 2 or 3.")),
    };
    if let Some(context) = shared.lock().as_mut() {
        context.session.protocol = version;
    }
    Ok(0)
}

fn set_repl(call: &mut Call<'_>, _: &Shared) -> Result<usize, CallError> {
    if call.arg_count() != 1 {
        return Err(raise(call, b"ERR redis.set_repl() requires two arguments."));
    }
    match call.arg(1) {
        Value::Number(n) if (0..=3).contains(&(n as i64)) => Ok(0),
        _ => {
            let message = b"ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.";
            Err(raise(call, message))
        }
    }
}
