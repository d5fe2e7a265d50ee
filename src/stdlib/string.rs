//! The string functions (§5.4): bindings of `lstrlib.c`. Those that match patterns are in `string_pattern`,
//! `string.format` is in `string_format`.
//!
//! Bytes are read where they lie, on the machine's stack; results are built in its recycled buffers.
#![forbid(unsafe_code)]

use super::string_format::format;
use super::string_pattern::{find, gmatch, gsub, match_};
use super::{Room, register};
use crate::kernel::meter::PIECE;
use crate::kernel::text::{fill_repeated, relative};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type};

const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("byte", byte),
    ("char", char),
    ("dump", dump),
    ("find", find),
    ("format", format),
    ("gfind", gmatch),
    ("gmatch", gmatch),
    ("gsub", gsub),
    ("len", len),
    ("lower", lower),
    ("match", match_),
    ("rep", rep),
    ("reverse", reverse),
    ("sub", sub),
    ("upper", upper),
];

/// Opens the library and makes it the `__index` of all strings.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    register(ctx, Some("string"), FUNCTIONS)?;
    let library = ctx.top();
    // The name of `gmatch` in Lua 5.0, as in the default build.
    ctx.raw_get_field(library, "gmatch")?;
    ctx.raw_set_field(library, "gfind")?;
    ctx.push_bytes(b"")?;
    ctx.new_table(0, 1)?;
    ctx.push_value(library)?;
    ctx.raw_set_field(library + 2, "__index")?;
    ctx.set_metatable(library + 1);
    ctx.set_top(library)
}

/// §5.4 `string.byte (s [, i [, j]])`.
fn byte(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    let len = ctx.bytes(1).len();
    let first = relative(ctx.opt_integer(2, 1)?, len);
    let last = relative(ctx.opt_integer(3, first)?, len);
    let first = first.max(1) as usize;
    let last = (last as usize).min(len);
    if first > last {
        return Ok(0);
    }
    let count = last - first + 1;
    ctx.meter().charge_values(count)?;
    ctx.reserve(count, "string slice too long")?;
    ctx.push_byte_values(1, first - 1..last)?;
    Ok(count)
}

/// §5.4 `string.char (···)`.
fn char(ctx: &mut Ctx<'_>) -> NativeResult {
    let mut out = ctx.take_buffer();
    let count = ctx.top();
    ctx.meter().charge_values(count)?;
    for index in 1..=count {
        let Ok(byte) = u8::try_from(ctx.check_int(index)?) else {
            return Err(ctx.arg_error(index, "invalid value"));
        };
        out.push(byte);
    }
    ctx.push_buffer(out)?;
    Ok(1)
}

/// §5.4 `string.dump (function)`.
fn dump(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_type(1, Type::Function)?;
    match ctx.dump(1, false)? {
        Some(chunk) => {
            ctx.meter().charge_bytes(chunk.len())?;
            ctx.push_bytes(&chunk)?;
            Ok(1)
        }
        None => Err(ctx.error("unable to dump given function")),
    }
}

/// §5.4 `string.len (s)`.
fn len(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    ctx.push_number(ctx.bytes(1).len() as f64)?;
    Ok(1)
}

/// Pushes the string argument, changed in a buffer byte by byte.
#[inline]
fn transform(ctx: &mut Ctx<'_>, change: impl Fn(&mut [u8])) -> NativeResult {
    ctx.check_string(1)?;
    let mut out = ctx.take_buffer();
    let len = ctx.bytes(1).len();
    let mut room = Room::of(&out);
    room.fit(ctx, &mut out, len)?;
    let ([bytes], meter) = ctx.bytes_and_meter([1]);
    for piece in bytes.chunks(PIECE) {
        let start = out.len();
        meter.append(&mut out, piece)?;
        change(&mut out[start..]);
    }
    ctx.push_buffer(out)?;
    Ok(1)
}

/// §5.4 `string.lower (s)`.
fn lower(ctx: &mut Ctx<'_>) -> NativeResult {
    transform(ctx, <[u8]>::make_ascii_lowercase)
}

/// §5.4 `string.upper (s)`.
fn upper(ctx: &mut Ctx<'_>) -> NativeResult {
    transform(ctx, <[u8]>::make_ascii_uppercase)
}

/// §5.4 `string.reverse (s)`.
fn reverse(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    let mut out = ctx.take_buffer();
    let len = ctx.bytes(1).len();
    let mut room = Room::of(&out);
    room.fit(ctx, &mut out, len)?;
    let ([bytes], meter) = ctx.bytes_and_meter([1]);
    for piece in bytes.rchunks(PIECE) {
        let start = out.len();
        meter.append(&mut out, piece)?;
        out[start..].reverse();
    }
    ctx.push_buffer(out)?;
    Ok(1)
}

/// §5.4 `string.rep (s, n)`.
fn rep(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    let count = usize::try_from(ctx.check_int(2)?).unwrap_or(0);
    let len = ctx.bytes(1).len();
    let total = len.saturating_mul(count);
    if count == 1 {
        ctx.push_value(1)?;
        return Ok(1);
    }
    let mut out = ctx.take_buffer();
    let mut room = Room::of(&out);
    room.fit(ctx, &mut out, total)?;
    let ([unit], meter) = ctx.bytes_and_meter([1]);
    fill_repeated(meter, &mut out, unit, total)?;
    ctx.push_buffer(out)?;
    Ok(1)
}

/// §5.4 `string.sub (s, i [, j])`.
fn sub(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    let len = ctx.bytes(1).len();
    let first = relative(ctx.check_integer(2)?, len);
    let last = relative(ctx.opt_integer(3, -1)?, len);
    let first = first.max(1) as usize;
    let last = (last as usize).min(len);
    let range = if first <= last { first - 1..last } else { 0..0 };
    ctx.push_part(1, range)?;
    Ok(1)
}
