//! The basic functions (§5.1): bindings of `lbaselib.c`, but for coroutines, and for chunks, which are in
//! `base_load`.
#![forbid(unsafe_code)]

use super::io::c_string;
use super::{base_load, charge_level, output, register, reserve_names};
use crate::kernel::meter::PIECE;
use crate::kernel::number::{parse_with_base_paying, write_number};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type, fast, protect};

const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("assert", assert),
    ("collectgarbage", collectgarbage),
    ("error", error),
    ("gcinfo", gcinfo),
    ("getfenv", getfenv),
    ("getmetatable", getmetatable),
    ("next", next),
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
];

/// All names of the library, in PUC's order.
const NAMES: [&str; 28] = [
    "assert",
    "collectgarbage",
    "dofile",
    "error",
    "gcinfo",
    "getfenv",
    "getmetatable",
    "loadfile",
    "load",
    "loadstring",
    "next",
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
    "_VERSION",
    "ipairs",
    "pairs",
    "newproxy",
];

/// Units of a collection or a step that a program asks for, whatever there is to collect.
const UNITS_PER_COLLECTION: u64 = 1000;

/// Opens the library.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    ctx.push_globals()?;
    let globals = ctx.top();
    // `register` finds the library's table under this name.
    ctx.push_value(globals)?;
    ctx.raw_set_field(globals, "_G")?;
    reserve_names(ctx, globals, &NAMES)?;
    register(ctx, Some("_G"), FUNCTIONS)?;
    register(ctx, None, base_load::FUNCTIONS)?;
    ctx.push_bytes(b"Lua 5.1")?;
    ctx.raw_set_field(globals, "_VERSION")?;
    protect::push_pcall(ctx)?;
    ctx.raw_set_field(globals, "pcall")?;
    protect::push_xpcall(ctx)?;
    ctx.raw_set_field(globals, "xpcall")?;
    ctx.raw_get_field(globals, "next")?;
    fast::mark_next(ctx);
    ctx.drop_top(1);
    // These have what they need as an upvalue, so that a program that changes its globals does not break them. The
    // `next` of `pairs` is, as in PUC, not the global function.
    ctx.push_function(next, 0)?;
    fast::mark_next(ctx);
    ctx.push_function(pairs, 1)?;
    ctx.raw_set_field(globals, "pairs")?;
    ctx.push_function(ipairs_next, 0)?;
    fast::mark_inext(ctx);
    ctx.push_function(ipairs, 1)?;
    ctx.raw_set_field(globals, "ipairs")?;
    ctx.push_function(print, 0)?;
    ctx.raw_set_field(globals, "print")?;
    push_proxies(ctx)?;
    ctx.push_function(newproxy, 1)?;
    ctx.raw_set_field(globals, "newproxy")
}

/// Pushes the weak table of the metatables that `newproxy` made; it is its own metatable.
fn push_proxies(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    ctx.new_table(0, 1)?;
    let proxies = ctx.top();
    ctx.push_bytes(b"kv")?;
    ctx.raw_set_field(proxies, "__mode")?;
    ctx.push_value(proxies)?;
    ctx.set_metatable(proxies);
    Ok(())
}

/// §5.1 `print (···)`.
///
/// As long as the global `tostring` is this library's own, plain values need no call.
fn print(ctx: &mut Ctx<'_>) -> NativeResult {
    let count = ctx.top();
    ctx.push_globals()?;
    ctx.field(count + 1, "tostring")?;
    let convert = count + 2;
    let standard = ctx.is_function(convert, tostring) && !ctx.calls_are_hooked();
    let mut line = ctx.take_buffer();
    for index in 1..=count {
        if standard && is_plain(ctx, index)? {
            separate(&mut line, index);
            append_plain(ctx, &mut line, index)?;
            write_long(ctx, &mut line);
            continue;
        }
        // What is called may print too.
        write(ctx, &line);
        line.clear();
        ctx.push_value(convert)?;
        ctx.push_value(index)?;
        ctx.call(1, Some(1))?;
        let text = ctx.top();
        if !ctx.convert_to_string(text)? {
            return Err(ctx.error("'tostring' must return a string to 'print'"));
        }
        separate(&mut line, index);
        append_text(ctx, &mut line, text)?;
        write_long(ctx, &mut line);
        ctx.drop_top(1);
    }
    line.push(b'\n');
    write(ctx, &line);
    ctx.give_buffer(line);
    Ok(0)
}

/// Appends what stands before the text of argument `index`.
#[inline]
fn separate(line: &mut Vec<u8>, index: usize) {
    if index > 1 {
        line.push(b'\t');
    }
}

/// Whether `tostring` needs no call and no address for the value at `index`.
#[inline]
fn is_plain(ctx: &mut Ctx<'_>, index: usize) -> Result<bool, Throw> {
    match ctx.type_of(index) {
        Type::Nil | Type::Boolean | Type::Number | Type::String => Ok(!has_display(ctx, index)?),
        _ => Ok(false),
    }
}

/// Appends a plain value as `tostring` shows it.
#[inline]
fn append_plain(ctx: &mut Ctx<'_>, line: &mut Vec<u8>, index: usize) -> Result<(), Throw> {
    match ctx.type_of(index) {
        Type::Number => write_number(line, ctx.check_number(index)?),
        Type::String => append_text(ctx, line, index)?,
        Type::Boolean if ctx.to_boolean(index) => line.extend_from_slice(b"true"),
        Type::Boolean => line.extend_from_slice(b"false"),
        _ => line.extend_from_slice(b"nil"),
    }
    Ok(())
}

/// Appends a string up to its first NUL, since C prints it. A long one is written at once, with what comes before it.
#[inline]
fn append_text(ctx: &mut Ctx<'_>, line: &mut Vec<u8>, index: usize) -> Result<(), Throw> {
    if ctx.bytes(index).len() > PIECE {
        write(ctx, line);
        line.clear();
        let ([text], meter) = ctx.bytes_and_meter([index]);
        let mut result = Ok(());
        for piece in c_string(text).chunks(PIECE) {
            meter.charge_bytes(piece.len())?;
            result = result.and_then(|()| output::write_within(piece, || meter.watch()));
        }
        ctx.gathered(result, output::flush_within);
        return Ok(());
    }
    let ([text], meter) = ctx.bytes_and_meter([index]);
    Ok(meter.append(line, c_string(text))?)
}

/// Writes a line that has become long, as far as it is.
#[inline]
fn write_long(ctx: &mut Ctx<'_>, line: &mut Vec<u8>) {
    if line.len() > PIECE {
        write(ctx, line);
        line.clear();
    }
}

/// Whether the value at `index` has a `__tostring`.
#[inline]
fn has_display(ctx: &mut Ctx<'_>, index: usize) -> Result<bool, Throw> {
    let has = ctx.metafield(index, "__tostring")?;
    if has {
        ctx.drop_top(1);
    }
    Ok(has)
}

/// Writes to standard output. Like C's `print`, which asks `fputs` for no result, it does not tell the program of an error.
fn write(ctx: &mut Ctx<'_>, bytes: &[u8]) {
    let meter = ctx.meter();
    let result = output::write_within(bytes, || meter.watch());
    ctx.gathered(result, output::flush_within);
}

/// §5.1 `tostring (e)`.
fn tostring(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    // All strings and all numbers may have been given a metatable.
    if matches!(ctx.type_of(1), Type::String | Type::Number | Type::Boolean | Type::Nil)
        && ctx.metafield(1, "__tostring")?
    {
        ctx.push_value(1)?;
        ctx.call(1, Some(1))?;
    } else {
        ctx.push_display(1)?;
    }
    Ok(1)
}

/// §5.1 `tonumber (e [, base])`.
fn tonumber(ctx: &mut Ctx<'_>) -> NativeResult {
    let base = ctx.opt_int(2, 10)?;
    let number = if base == 10 {
        ctx.check_any(1)?;
        ctx.coerce_number(1)?
    } else {
        ctx.check_string(1)?;
        if !(2..=36).contains(&base) {
            return Err(ctx.arg_error(2, "base out of range"));
        }
        let ([text], meter) = ctx.bytes_and_meter([1]);
        parse_with_base_paying(text, base.unsigned_abs(), meter)?
    };
    match number {
        Some(number) => ctx.push_number(number)?,
        None => ctx.push_nil()?,
    }
    Ok(1)
}

/// §5.1 `type (v)`.
fn type_(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    let name = ctx.type_name(1);
    ctx.push_bytes(name.as_bytes())?;
    Ok(1)
}

/// §5.1 `assert (v [, message])`.
fn assert(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    if ctx.to_boolean(1) {
        return Ok(ctx.top());
    }
    if !ctx.opt_string(2)? {
        return Err(ctx.error("assertion failed!"));
    }
    let len = c_string(ctx.bytes(2)).len();
    Err(ctx.throw_text(1, 2, len))
}

/// §5.1 `error (message [, level])`.
fn error(ctx: &mut Ctx<'_>) -> NativeResult {
    let level = ctx.opt_int(2, 1)?;
    charge_level(ctx, level)?;
    ctx.set_top(1)?;
    if level > 0 && ctx.convert_to_string(1)? {
        return Err(ctx.throw_text(level.into(), 1, usize::MAX));
    }
    Err(ctx.throw())
}

/// §5.1 `rawequal (v1, v2)`.
fn rawequal(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    ctx.check_any(2)?;
    let equal = ctx.raw_equal(1, 2)?;
    ctx.push_boolean(equal)?;
    Ok(1)
}

/// §5.1 `rawget (table, index)`.
fn rawget(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    ctx.check_any(2)?;
    ctx.set_top(2)?;
    ctx.raw_get(1)?;
    Ok(1)
}

/// §5.1 `rawset (table, index, value)`.
fn rawset(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    ctx.check_any(2)?;
    ctx.check_any(3)?;
    ctx.set_top(3)?;
    ctx.raw_set(1)?;
    Ok(1)
}

/// §5.1 `getmetatable (object)`.
fn getmetatable(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_any(1)?;
    if !ctx.metafield(1, "__metatable")? && !ctx.get_metatable(1)? {
        ctx.push_nil()?;
    }
    Ok(1)
}

/// §5.1 `setmetatable (table, metatable)`.
fn setmetatable(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    if !matches!(ctx.type_of(2), Type::Nil | Type::Table) {
        return Err(ctx.arg_error(2, "nil or table expected"));
    }
    if ctx.metafield(1, "__metatable")? {
        return Err(ctx.error("cannot change a protected metatable"));
    }
    ctx.set_top(2)?;
    ctx.set_metatable(1);
    Ok(1)
}

/// Pushes the function that `getfenv` and `setfenv` mean: the argument, or the one active at a level.
fn push_environment_owner(ctx: &mut Ctx<'_>, level: Option<i32>) -> Result<(), Throw> {
    if ctx.type_of(1) == Type::Function {
        return ctx.push_value(1);
    }
    let level = match level {
        Some(default) => ctx.opt_int(1, default)?,
        None => ctx.check_int(1)?,
    };
    charge_level(ctx, level)?;
    if level < 0 {
        return Err(ctx.arg_error(1, "level must be non-negative"));
    }
    if !ctx.push_level(level.into())? {
        return Err(ctx.arg_error(1, "invalid level"));
    }
    if ctx.is_none_or_nil(ctx.top()) {
        let message = format!("no function environment for tail call at level {level}");
        return Err(ctx.error(message));
    }
    Ok(())
}

/// §5.1 `getfenv ([f])`.
fn getfenv(ctx: &mut Ctx<'_>) -> NativeResult {
    push_environment_owner(ctx, Some(1))?;
    let owner = ctx.top();
    if ctx.is_native(owner) {
        ctx.push_globals()?;
    } else {
        ctx.get_fenv(owner)?;
    }
    Ok(1)
}

/// §5.1 `setfenv (f, table)`.
fn setfenv(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(2)?;
    push_environment_owner(ctx, None)?;
    let owner = ctx.top();
    if ctx.coerce_number(1)? == Some(0.0) {
        ctx.push_thread()?;
        ctx.push_value(2)?;
        ctx.set_fenv(owner + 1);
        return Ok(0);
    }
    ctx.push_value(2)?;
    if ctx.is_native(owner) || !ctx.set_fenv(owner) {
        return Err(ctx.error("'setfenv' cannot change environment of given object"));
    }
    Ok(1)
}

/// §5.1 `next (table [, index])`.
fn next(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    ctx.set_top(2)?;
    if ctx.next(1)? {
        return Ok(2);
    }
    ctx.push_nil()?;
    Ok(1)
}

/// §5.1 `pairs (t)`. Its upvalue is `next`.
fn pairs(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    ctx.push_upvalue(1)?;
    ctx.push_value(1)?;
    ctx.push_nil()?;
    Ok(3)
}

/// §5.1 `ipairs (t)`. Its upvalue is the iterator.
fn ipairs(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    ctx.push_upvalue(1)?;
    ctx.push_value(1)?;
    ctx.push_number(0.0)?;
    Ok(3)
}

/// The iterator of `ipairs`.
fn ipairs_next(ctx: &mut Ctx<'_>) -> NativeResult {
    let index = ctx.check_int(2)?.wrapping_add(1);
    ctx.check_table(1)?;
    ctx.push_number(index.into())?;
    super::table::push_element(ctx, 1, index.into())?;
    if ctx.is_none_or_nil(ctx.top()) { Ok(0) } else { Ok(2) }
}

/// §5.1 `select (index, ···)`.
fn select(ctx: &mut Ctx<'_>) -> NativeResult {
    let count = ctx.top();
    if ctx.bytes(1).first() == Some(&b'#') {
        ctx.push_number((count - 1) as f64)?;
        return Ok(1);
    }
    let index = i64::from(ctx.check_int(1)?);
    let index = if index < 0 { count as i64 + index } else { index.min(count as i64) };
    if index < 1 {
        return Err(ctx.arg_error(1, "index out of range"));
    }
    Ok(count - index as usize)
}

/// §5.1 `unpack (list [, i [, j]])`.
fn unpack(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    let first = i64::from(ctx.opt_int(2, 1)?);
    let last = if ctx.is_none_or_nil(3) { ctx.raw_len(1) as i64 } else { ctx.check_int(3)?.into() };
    if first > last {
        return Ok(0);
    }
    let count = (last - first) as usize + 1;
    if !ctx.can_push(count) {
        return Err(ctx.error("too many results to unpack"));
    }
    for index in first..=last {
        ctx.meter().charge(1)?;
        super::table::push_element(ctx, 1, index)?;
    }
    Ok(count)
}

/// §5.1 `collectgarbage ([opt [, arg]])`.
fn collectgarbage(ctx: &mut Ctx<'_>) -> NativeResult {
    const OPTIONS: &[&str] = &["collect", "stop", "restart", "count", "step", "setpause", "setstepmul"];
    let option = ctx.check_option(1, Some("collect"), OPTIONS)?;
    let argument = ctx.opt_int(2, 0)?;
    let result = match OPTIONS[option] {
        "collect" => {
            ctx.meter().charge(UNITS_PER_COLLECTION)?;
            ctx.collect_garbage()?;
            0.0
        }
        "count" => ctx.memory_used() as f64 / 1024.0,
        "step" => {
            ctx.meter().charge(UNITS_PER_COLLECTION)?;
            // As in C, a negative number is a huge one.
            let done = ctx.step_garbage(usize::try_from(argument).unwrap_or(usize::MAX))?;
            ctx.push_boolean(done)?;
            return Ok(1);
        }
        "setpause" => ctx.set_gc_pause(argument).into(),
        "setstepmul" => ctx.set_gc_step_multiplier(argument).into(),
        change => {
            ctx.set_collecting(change == "restart");
            0.0
        }
    };
    ctx.push_number(result)?;
    Ok(1)
}

/// `gcinfo ()`: of Lua 5.0 (§7.2); the kilobytes in use.
fn gcinfo(ctx: &mut Ctx<'_>) -> NativeResult {
    let kilobytes = ctx.memory_used() / 1024;
    ctx.push_number(kilobytes as f64)?;
    Ok(1)
}

/// `newproxy ([proxy])`: not in the manual; an empty userdata with a metatable of its own (`true`) or that of another
/// proxy. Its upvalue is the table of the metatables that may be shared so.
fn newproxy(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.set_top(1)?;
    ctx.new_userdata(None)?;
    if !ctx.to_boolean(1) {
        return Ok(1);
    }
    ctx.push_upvalue(1)?;
    if ctx.type_of(1) == Type::Boolean {
        ctx.new_table(0, 0)?;
        ctx.push_value(4)?;
        ctx.push_boolean(true)?;
        ctx.raw_set(3)?;
    } else {
        let valid = ctx.get_metatable(1)? && {
            ctx.push_value(4)?;
            ctx.raw_get(3)?;
            let valid = ctx.to_boolean(5);
            ctx.drop_top(1);
            valid
        };
        if !valid {
            return Err(ctx.arg_error(1, "boolean or proxy expected"));
        }
    }
    ctx.set_metatable(2);
    ctx.set_top(2)?;
    Ok(1)
}
