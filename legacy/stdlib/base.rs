//! The basic functions (§5.1), but for those that compile chunks, which are in `base_load`.

use std::any::TypeId;

use super::super::handle::TableHandle;
use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn, is_native};
use super::super::value::{UserData, Value};
use super::table::element;
use super::{MAX_RESULTS, base_load, register};
use crate::kernel::number::{parse_with_base, write_number};
use crate::kernel::text::c_string;

const FUNCTIONS: &[(&str, CFunction)] = &[
    ("assert", assert),
    ("error", error),
    ("gcinfo", gcinfo),
    ("getfenv", getfenv),
    ("getmetatable", getmetatable),
    ("ipairs", ipairs),
    ("next", next),
    ("pcall", pcall),
    ("print", print),
    ("rawequal", rawequal),
    ("rawget", rawget),
    ("rawset", rawset),
    ("select", select),
    ("setfenv", setfenv),
    ("setmetatable", setmetatable),
    ("tonumber", tonumber),
    ("tostring", tostring),
    ("type", type_),
    ("unpack", unpack),
    ("xpcall", xpcall),
];

/// Opens the library.
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    let globals = ctx.vm.globals();
    register(ctx, globals, FUNCTIONS)?;
    ctx.vm.add_library_functions([ipairs_next as CFunction]);
    register(ctx, globals, base_load::FUNCTIONS)?;
    ctx.raw_set_field(globals, "_G", Value::Table(globals))?;
    let version = ctx.string(b"Lua 5.1")?;
    ctx.raw_set_field(globals, "_VERSION", version)?;
    // The `next` of `pairs` is, as in PUC, not the global function.
    let proto = ctx.native_proto(next)?;
    let next = ctx.native_closure(proto, &[])?;
    let proto = ctx.native_proto(pairs)?;
    let pairs = ctx.native_closure(proto, &[next])?;
    ctx.raw_set_field(globals, "pairs", pairs)?;
    let proxies = ctx.transaction().create_table()?;
    let proto = ctx.native_proto(newproxy)?;
    let newproxy = ctx.native_closure(proto, &[Value::Table(proxies)])?;
    ctx.raw_set_field(globals, "newproxy", newproxy)?;
    let proto = ctx.native_proto(collectgarbage)?;
    let settings = [Value::Number(DEFAULT_PERCENT), Value::Number(DEFAULT_PERCENT), Value::Number(0.0)];
    let collect = ctx.native_closure(proto, &settings)?;
    ctx.raw_set_field(globals, "collectgarbage", collect)
}

/// §5.1 `print (···)`.
///
/// As long as the global `tostring` is this library's own, plain values need no call.
fn print(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let globals = Value::Table(ctx.vm.globals());
    let name = ctx.string(b"tostring")?;
    let convert = ctx.vm.index(globals, name)?;
    let standard = convert == Value::CFunction(tostring);
    let mut line = Vec::new();
    for index in 1..=ctx.arg_count() {
        let value = ctx.arg(index);
        let text = if standard && ctx.metafield(value, "__tostring")?.is_nil() {
            display(ctx, value)?
        } else {
            // What is called may print too.
            ctx.vm.output().print(&line);
            line.clear();
            ctx.call_one(convert, vec![value])?
        };
        let Some(text) = ctx.to_text(text)? else {
            return Err(ctx.error("'tostring' must return a string to 'print'"));
        };
        let text = c_string(&text);
        line.try_reserve(text.len() + 2).map_err(|_| Failure::Memory)?;
        if index > 1 {
            line.push(b'\t');
        }
        line.extend_from_slice(text);
    }
    line.push(b'\n');
    ctx.vm.output().print(&line);
    Ok(NativeReturn::Results)
}

/// §5.1 `tostring (e)`.
fn tostring(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let value = ctx.check_any(1)?;
    let text = display(ctx, value)?;
    ctx.push(text);
    Ok(NativeReturn::Results)
}

/// A value as text.
fn display(ctx: &mut ExecutionContext<'_>, value: Value) -> Result<Value, Failure> {
    let convert = ctx.metafield(value, "__tostring")?;
    if !convert.is_nil() {
        return ctx.call_one(convert, vec![value]);
    }
    let address = match value {
        Value::Nil => return ctx.string(b"nil"),
        Value::Boolean(true) => return ctx.string(b"true"),
        Value::Boolean(false) => return ctx.string(b"false"),
        Value::String(_) => return Ok(value),
        Value::Number(number) => {
            let mut text = Vec::new();
            write_number(&mut text, number);
            return ctx.string(&text);
        }
        Value::CFunction(function) => function as usize as u64,
        Value::Table(handle) => address(handle.0),
        Value::Closure(handle) => address(handle.0),
        Value::Thread(handle) => address(handle.0),
        Value::UserData(handle) => address(handle.0),
        Value::FunctionProto(handle) => address(handle.0),
    };
    ctx.string(format!("{}: {address:#014x}", value.type_name()).as_bytes())
}

/// What stands for an object's address: no two of a kind have the same.
fn address(handle: super::super::handle::Handle<super::super::handle::Object>) -> u64 {
    u64::from(handle.generation()) << 32 | u64::from(handle.index())
}

/// §5.1 `tonumber (e [, base])`.
fn tonumber(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let base = ctx.opt_int(2, 10)?;
    let number = if base == 10 {
        let value = ctx.check_any(1)?;
        ctx.to_number(value)?
    } else {
        let text = ctx.check_string(1)?;
        if !(2..=36).contains(&base) {
            return Err(ctx.arg_error(2, "base out of range"));
        }
        parse_with_base(&text, base.unsigned_abs())
    };
    ctx.push(number.map_or(Value::Nil, Value::Number));
    Ok(NativeReturn::Results)
}

/// §5.1 `type (v)`.
fn type_(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let name = ctx.check_any(1)?.type_name();
    ctx.push_bytes(name.as_bytes())?;
    Ok(NativeReturn::Results)
}

/// §5.1 `assert (v [, message])`.
fn assert(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    if ctx.check_any(1)?.to_boolean() {
        let all = ctx.args_from(1);
        ctx.extend(all);
        return Ok(NativeReturn::Results);
    }
    let message = ctx.opt_string(2)?;
    Err(ctx.error(message.as_deref().map_or(&b"assertion failed!"[..], c_string)))
}

/// §5.1 `error (message [, level])`.
fn error(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let level = ctx.opt_int(2, 1)?;
    let value = ctx.arg(1);
    if let Ok(level @ 1..) = usize::try_from(level)
        && let Some(text) = ctx.to_text(value)?
    {
        let mut message = ctx.vm.position(level);
        message.extend_from_slice(&text);
        return Err(ctx.plain_error(&message));
    }
    Err(Failure::Thrown(value))
}

/// §5.1 `pcall (f, arg1, ···)`.
fn pcall(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let function = ctx.check_any(1)?;
    Ok(NativeReturn::Protected { function, args: ctx.args_from(2), handler: None })
}

/// §5.1 `xpcall (f, err)`.
fn xpcall(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let handler = Some(ctx.check_any(2)?);
    Ok(NativeReturn::Protected { function: ctx.arg(1), args: Vec::new(), handler })
}

/// §5.1 `rawequal (v1, v2)`.
fn rawequal(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let equal = ctx.check_any(1)? == ctx.check_any(2)?;
    ctx.push(Value::Boolean(equal));
    Ok(NativeReturn::Results)
}

/// §5.1 `rawget (table, index)`.
fn rawget(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let key = ctx.check_any(2)?;
    let value = ctx.raw_get(table, key)?;
    ctx.push(value);
    Ok(NativeReturn::Results)
}

/// §5.1 `rawset (table, index, value)`.
fn rawset(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let key = ctx.check_any(2)?;
    let value = ctx.check_any(3)?;
    ctx.raw_set(table, key, value)?;
    ctx.push(Value::Table(table));
    Ok(NativeReturn::Results)
}

/// §5.1 `getmetatable (object)`.
fn getmetatable(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let value = ctx.check_any(1)?;
    let mut result = ctx.metafield(value, "__metatable")?;
    if result.is_nil()
        && let Some(metatable) = ctx.metatable(value)?
    {
        result = Value::Table(metatable);
    }
    ctx.push(result);
    Ok(NativeReturn::Results)
}

/// §5.1 `setmetatable (table, metatable)`.
fn setmetatable(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let metatable = match (ctx.arg_count(), ctx.arg(2)) {
        (2.., Value::Nil) => None,
        (_, Value::Table(metatable)) => Some(metatable),
        _ => return Err(ctx.arg_error(2, "nil or table expected")),
    };
    if !ctx.metafield(Value::Table(table), "__metatable")?.is_nil() {
        return Err(ctx.error("cannot change a protected metatable"));
    }
    ctx.change(|tx| tx.set_table_metatable(table, metatable))?;
    ctx.push(Value::Table(table));
    Ok(NativeReturn::Results)
}

/// The function that `getfenv` and `setfenv` mean: the argument, or the one active at a level.
fn environment_owner(ctx: &mut ExecutionContext<'_>, default: Option<i32>) -> Result<Value, Failure> {
    let function = ctx.arg(1);
    if function.is_function() {
        return Ok(function);
    }
    let level = match default {
        Some(default) => ctx.opt_int(1, default)?,
        None => ctx.check_int(1)?,
    };
    let Ok(number) = usize::try_from(level) else {
        return Err(ctx.arg_error(1, "level must be non-negative"));
    };
    match ctx.vm.function_at(number) {
        None => Err(ctx.arg_error(1, "invalid level")),
        Some(Value::Nil) => Err(ctx.error(format!("no function environment for tail call at level {level}"))),
        Some(function) => Ok(function),
    }
}

/// §5.1 `getfenv ([f])`.
fn getfenv(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let environment = match environment_owner(ctx, Some(1))? {
        Value::Closure(function) if !is_native(ctx, function)? => ctx.transaction().get_closure(function)?.environment,
        _ => ctx.vm.globals(),
    };
    ctx.push(Value::Table(environment));
    Ok(NativeReturn::Results)
}

/// §5.1 `setfenv (f, table)`.
fn setfenv(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let environment = ctx.check_table(2)?;
    let owner = environment_owner(ctx, None)?;
    if ctx.to_number(ctx.arg(1))? == Some(0.0) {
        ctx.vm.set_globals(environment);
        return Ok(NativeReturn::Results);
    }
    match owner {
        Value::Closure(function) if !is_native(ctx, function)? => {
            ctx.change(|tx| tx.set_closure_environment(function, environment))?;
            ctx.push(owner);
            Ok(NativeReturn::Results)
        }
        _ => Err(ctx.error("'setfenv' cannot change environment of given object")),
    }
}

/// §5.1 `next (table [, index])`.
fn next(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let key = ctx.arg(2);
    match ctx.next(table, key)? {
        Some((key, value)) => ctx.extend([key, value]),
        None => ctx.push(Value::Nil),
    }
    Ok(NativeReturn::Results)
}

/// §5.1 `pairs (t)`. It carries its `next`.
fn pairs(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let next = ctx.upvalue(0)?;
    ctx.extend([next, Value::Table(table), Value::Nil]);
    Ok(NativeReturn::Results)
}

/// §5.1 `ipairs (t)`.
fn ipairs(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    ctx.extend([Value::CFunction(ipairs_next), Value::Table(table), Value::Number(0.0)]);
    Ok(NativeReturn::Results)
}

/// The iterator of `ipairs`.
fn ipairs_next(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let index = ctx.check_int(2)?.wrapping_add(1);
    let table = ctx.check_table(1)?;
    let value = element(ctx, table, index.into())?;
    if !value.is_nil() {
        ctx.extend([Value::Number(index.into()), value]);
    }
    Ok(NativeReturn::Results)
}

/// §5.1 `select (index, ···)`.
fn select(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let count = ctx.arg_count();
    if let Value::String(text) = ctx.arg(1)
        && ctx.bytes(text)?.first() == Some(&b'#')
    {
        ctx.push_number((count - 1) as f64);
        return Ok(NativeReturn::Results);
    }
    let index = i64::from(ctx.check_int(1)?);
    let index = if index < 0 { count as i64 + index } else { index.min(count as i64) };
    if index < 1 {
        return Err(ctx.arg_error(1, "index out of range"));
    }
    let selected = ctx.args_from(index as usize + 1);
    ctx.extend(selected);
    Ok(NativeReturn::Results)
}

/// §5.1 `unpack (list [, i [, j]])`.
fn unpack(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let first = i64::from(ctx.opt_int(2, 1)?);
    let last = if ctx.is_none_or_nil(3) { ctx.raw_len(table)? as i64 } else { ctx.check_int(3)?.into() };
    if last - first >= MAX_RESULTS as i64 - 1 {
        return Err(ctx.error("too many results to unpack"));
    }
    let mut values = Vec::new();
    {
        let mut tx = ctx.transaction();
        for index in first..=last {
            values.push(tx.read_table_field(table, &Value::Number(index as f64))?);
        }
    }
    ctx.extend(values);
    Ok(NativeReturn::Results)
}

/// What `setpause` and `setstepmul` are at first.
const DEFAULT_PERCENT: f64 = 200.0;

/// Kilobytes that a step goes through at least.
const LEAST_STEP: i32 = 2;
/// The upvalue of `collectgarbage` that counts the kilobytes of the cycle.
const CYCLE: usize = 2;

/// §5.1 `collectgarbage ([opt [, arg]])`. Nothing is ever collected: a cycle has no effect. But it is over only when its steps
/// have gone through as much as is in use, because programs wait for that. The function carries that count and the two settings,
/// of which programs may ask for the last value.
fn collectgarbage(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    const OPTIONS: &[&str] = &["collect", "stop", "restart", "count", "step", "setpause", "setstepmul"];
    let option = ctx.check_option(1, "collect", OPTIONS)?;
    let argument = ctx.opt_int(2, 0)?;
    let result = match OPTIONS[option] {
        "count" => Value::Number(ctx.heap().memory_used() as f64 / 1024.0),
        "step" => {
            let before = ctx.upvalue(CYCLE)?;
            let gone = ctx.to_number(before)?.unwrap_or_default() + f64::from(argument.max(LEAST_STEP));
            let over = gone >= ctx.heap().memory_used() as f64 / 1024.0;
            ctx.set_upvalue(CYCLE, Value::Number(if over { 0.0 } else { gone }))?;
            Value::Boolean(over)
        }
        setting @ ("setpause" | "setstepmul") => {
            let index = usize::from(setting == "setstepmul");
            let old = ctx.upvalue(index)?;
            ctx.set_upvalue(index, Value::Number(argument.into()))?;
            old
        }
        _ => Value::Number(0.0),
    };
    ctx.push(result);
    Ok(NativeReturn::Results)
}

/// `gcinfo ()`: of Lua 5.0 (§7.2); the kilobytes in use.
fn gcinfo(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let kilobytes = ctx.heap().memory_used() / 1024;
    ctx.push_number(kilobytes as f64);
    Ok(NativeReturn::Results)
}

/// `newproxy ([proxy])`: not in the manual; an empty userdata with a metatable of its own (`true`) or that of another
/// proxy. It carries the table of the metatables that may be shared so.
fn newproxy(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let metatable = proxy_metatable(ctx)?;
    let proxy = UserData { type_id: TypeId::of::<()>(), data: Vec::new(), metatable };
    let proxy = ctx.transaction().create_userdata(proxy)?;
    ctx.push(Value::UserData(proxy));
    Ok(NativeReturn::Results)
}

fn proxy_metatable(ctx: &mut ExecutionContext<'_>) -> Result<Option<TableHandle>, Failure> {
    let Value::Table(proxies) = ctx.upvalue(0)? else { return Ok(None) };
    match ctx.arg(1) {
        Value::Nil | Value::Boolean(false) => return Ok(None),
        Value::Boolean(true) => {
            let metatable = ctx.transaction().create_table()?;
            ctx.raw_set(proxies, Value::Table(metatable), Value::Boolean(true))?;
            return Ok(Some(metatable));
        }
        other => {
            if let Some(metatable) = ctx.metatable(other)?
                && ctx.raw_get(proxies, Value::Table(metatable))?.to_boolean()
            {
                return Ok(Some(metatable));
            }
        }
    }
    Err(ctx.arg_error(1, "boolean or proxy expected"))
}
