//! The string functions (§5.4). Those that match patterns are in `string_pattern`.

use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn, is_native};
use super::super::value::Value;
use super::string_pattern::{self, find, gsub, match_};
use super::{MAX_RESULTS, new_library, reserve};
use crate::bytecode;
use crate::kernel::format::{copy_literal, parse_spec};
use crate::kernel::text::{fill_repeated, relative};

const FUNCTIONS: &[(&str, CFunction)] = &[
    ("byte", byte),
    ("char", char),
    ("dump", dump),
    ("find", find),
    ("format", format),
    ("gsub", gsub),
    ("len", len),
    ("lower", lower),
    ("match", match_),
    ("rep", rep),
    ("reverse", reverse),
    ("sub", sub),
    ("upper", upper),
];

/// Largest width of a conversion, and more.
const MAX_WIDTH: usize = 100;

/// Opens the library and makes it the `__index` of all strings.
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    let library = new_library(ctx, "string", FUNCTIONS)?;
    let gmatch = string_pattern::gmatch_closure(ctx)?;
    ctx.raw_set_field(library, "gmatch", gmatch)?;
    // The name of `gmatch` in Lua 5.0, as in the default build.
    ctx.raw_set_field(library, "gfind", gmatch)?;
    let metatable = ctx.transaction().create_table()?;
    ctx.raw_set_field(metatable, "__index", Value::Table(library))?;
    Ok(ctx.heap().set_string_metatable(Some(metatable))?)
}

/// The bytes from `first` to `last`, counted from 1 and from the end, as a range.
fn slice(len: usize, first: i64, last: i64) -> std::ops::Range<usize> {
    let first = relative(first, len).max(1) as usize;
    let last = (relative(last, len) as usize).min(len);
    if first <= last { first - 1..last } else { 0..0 }
}

/// §5.4 `string.byte (s [, i [, j]])`.
fn byte(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let text = ctx.check_string(1)?;
    let first = relative(ctx.opt_integer(2, 1)?, text.len());
    let last = ctx.opt_integer(3, first)?;
    let range = slice(text.len(), first, last);
    if range.len() >= MAX_RESULTS {
        return Err(ctx.error("stack overflow (string slice too long)"));
    }
    ctx.extend(text[range].iter().map(|&byte| Value::Number(byte.into())));
    Ok(NativeReturn::Results)
}

/// §5.4 `string.char (···)`.
fn char(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let mut out = Vec::new();
    for index in 1..=ctx.arg_count() {
        let Ok(byte) = u8::try_from(ctx.check_int(index)?) else {
            return Err(ctx.arg_error(index, "invalid value"));
        };
        out.push(byte);
    }
    ctx.push_bytes(&out)?;
    Ok(NativeReturn::Results)
}

/// §5.4 `string.dump (function)`.
fn dump(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    match ctx.check_function(1)? {
        Value::Closure(function) if !is_native(ctx, function)? => {
            let mut tx = ctx.transaction();
            let proto = tx.get_closure(function)?.proto;
            let mut chunk = Vec::new();
            bytecode::dump::dump(&tx.get_function_proto(proto)?.proto, false, &mut chunk);
            ctx.push_bytes(&chunk)?;
            Ok(NativeReturn::Results)
        }
        _ => Err(ctx.error("unable to dump given function")),
    }
}

/// §5.4 `string.len (s)`.
fn len(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let text = ctx.check_string(1)?;
    ctx.push_number(text.len() as f64);
    Ok(NativeReturn::Results)
}

/// Pushes the string argument, changed.
fn transform(ctx: &mut ExecutionContext<'_>, change: impl FnOnce(&mut [u8])) -> NativeResult {
    let text = ctx.check_string(1)?;
    let mut out = Vec::new();
    reserve(ctx, &mut out, text.len())?;
    ctx.vm.pay(|meter| meter.append(&mut out, &text))?;
    change(&mut out);
    ctx.push_bytes(&out)?;
    Ok(NativeReturn::Results)
}

/// §5.4 `string.lower (s)`.
fn lower(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    transform(ctx, <[u8]>::make_ascii_lowercase)
}

/// §5.4 `string.upper (s)`.
fn upper(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    transform(ctx, <[u8]>::make_ascii_uppercase)
}

/// §5.4 `string.reverse (s)`.
fn reverse(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    transform(ctx, <[u8]>::reverse)
}

/// §5.4 `string.rep (s, n)`.
fn rep(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let text = ctx.check_string(1)?;
    let count = usize::try_from(ctx.check_int(2)?).unwrap_or(0);
    let total = text.len().saturating_mul(count);
    let mut out = Vec::new();
    reserve(ctx, &mut out, total)?;
    ctx.vm.pay(|meter| fill_repeated(meter, &mut out, &text, total))?;
    ctx.push_bytes(&out)?;
    Ok(NativeReturn::Results)
}

/// §5.4 `string.sub (s, i [, j])`.
fn sub(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let text = ctx.check_string(1)?;
    let first = ctx.check_integer(2)?;
    let last = ctx.opt_integer(3, -1)?;
    ctx.push_bytes(&text[slice(text.len(), first, last)])?;
    Ok(NativeReturn::Results)
}

/// §5.4 `string.format (formatstring, ···)`.
fn format(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let format = ctx.check_string(1)?;
    let mut out = Vec::new();
    let mut at = 0;
    let mut argument = 1;
    while let Some(start) = ctx.vm.pay(|meter| copy_literal(meter, &mut out, &format, at))? {
        // PUC's order: the argument is there, the conversion exists, the argument is of its type.
        argument += 1;
        if argument > ctx.arg_count() {
            return Err(ctx.arg_error(argument, "no value"));
        }
        let (spec, used) = match parse_spec(format.get(start..).unwrap_or_default()) {
            Ok(parsed) => parsed,
            Err(error) => {
                let mut message = Vec::new();
                error.write_message(&mut message);
                return Err(ctx.error(message));
            }
        };
        at = start + used;
        if spec.is_numeric() {
            spec.write_number(&mut out, ctx.check_number(argument)?);
        } else {
            let text = ctx.check_string(argument)?;
            // Only strings can make the result large; quoted, a byte becomes four at most.
            let growth = if spec.conversion() == b'q' { 4 } else { 1 };
            reserve(ctx, &mut out, text.len().saturating_mul(growth).saturating_add(MAX_WIDTH))?;
            ctx.vm.pay(|meter| spec.write_string(meter, &mut out, &text))?;
        }
    }
    ctx.push_bytes(&out)?;
    Ok(NativeReturn::Results)
}
