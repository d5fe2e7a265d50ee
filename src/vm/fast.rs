//! Frameless versions of library functions that programs call all the time.
//!
//! The loop calls one with the arguments where they lie and takes the one result, without pushing a frame. A fast
//! version deals with the usual arguments only; for anything else, and above all for errors, it answers
//! [`TValue::EMPTY`], and the library's own function is called in full. It must not touch the stack, on which its arguments
//! are, nor call anything that could.

use super::context::to_integer;
use super::event::Event;
use super::exec::FastFn;
use super::frame::NativeKind;
use super::metamethod::floor;
use super::native::{Ctx, Throw};
use super::state::State;
use crate::arena::{Gc, TValue, Table, Unpacked};
use crate::kernel::meter::{ELEMENTS, Meter, Stop};
use crate::kernel::number::{COMMON, parse_number};
use crate::kernel::sort::sort_in_pieces;

/// The argument at an index, if it is a number.
#[inline(always)]
fn number(args: &[TValue], index: usize) -> Option<f64> {
    args.get(index)?.as_number()
}

macro_rules! math {
    ($($name:ident: $function:expr;)*) => {
        $(fn $name(_: &mut State, args: &[TValue], _: i16) -> TValue {
            number(args, 0).map_or(TValue::EMPTY, |n| TValue::number($function(n)))
        })*
    };
}

math! {
    math_floor: floor;
    math_ceil: |n: f64| -floor(-n);
    math_abs: f64::abs;
    math_sqrt: f64::sqrt;
    math_sin: f64::sin;
    math_cos: f64::cos;
    math_exp: f64::exp;
}

/// The argument that `better` prefers to all before it.
#[inline(always)]
fn extreme(args: &[TValue], better: impl Fn(f64, f64) -> bool) -> TValue {
    let Some(mut best) = number(args, 0) else { return TValue::EMPTY };
    for value in &args[1..] {
        let Some(n) = value.as_number() else { return TValue::EMPTY };
        if better(n, best) {
            best = n;
        }
    }
    TValue::number(best)
}

fn math_max(_: &mut State, args: &[TValue], _: i16) -> TValue {
    extreme(args, |n, best| n > best)
}

fn math_min(_: &mut State, args: &[TValue], _: i16) -> TValue {
    extreme(args, |n, best| n < best)
}

/// Whether a number is one that C's `int` holds.
fn is_int(n: f64) -> bool {
    f64::from(n as i32) == n
}

fn math_random(st: &mut State, args: &[TValue], _: i16) -> TValue {
    match (args.len(), number(args, 0), number(args, 1)) {
        (0, ..) => TValue::number(st.random.next()),
        (1, Some(high), _) if high >= 1.0 && is_int(high) => TValue::number(floor(st.random.next() * high) + 1.0),
        (2, Some(low), Some(high)) if low <= high && is_int(low) && is_int(high) => {
            TValue::number(floor(st.random.next() * (high - low + 1.0)) + low)
        }
        _ => TValue::EMPTY,
    }
}

fn base_type(st: &mut State, args: &[TValue], _: i16) -> TValue {
    args.first().map_or(TValue::EMPTY, |&value| st.type_names[crate::arena::heap::type_index(value)])
}

fn base_rawget(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let &[table, key] = args else { return TValue::EMPTY };
    let Some(table) = table.as_table() else { return TValue::EMPTY };
    if st.pay_key(key).is_err() { TValue::EMPTY } else { table.get(&st.heap, key) }
}

fn base_rawequal(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let &[a, b] = args else { return TValue::EMPTY };
    st.same_value(a, b).map_or(TValue::EMPTY, TValue::boolean)
}

fn base_getmetatable(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let Some(&value) = args.first() else { return TValue::EMPTY };
    let Some(metatable) = st.metatable_of(value) else { return TValue::NIL };
    let protected = metatable.get_str(st.name(Event::Metatable));
    if protected.is_nil() { metatable.into() } else { protected }
}

fn base_setmetatable(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let &[value, metatable] = args else { return TValue::EMPTY };
    let (Some(table), Some(metatable)) = (value.as_table(), metatable.as_table()) else { return TValue::EMPTY };
    if table.metatable.get().is_some() {
        // It may be protected.
        return TValue::EMPTY;
    }
    table.metatable.set(Some(metatable));
    st.heap.barrier(table.header(), metatable.into());
    value
}

fn base_tonumber(_: &mut State, args: &[TValue], _: i16) -> TValue {
    let &[value] = args else { return TValue::EMPTY };
    match value.unpack() {
        Unpacked::Number(_) => value,
        Unpacked::String(string) if string.len() <= COMMON => {
            parse_number(string.bytes()).map_or(TValue::NIL, TValue::number)
        }
        _ => TValue::EMPTY,
    }
}

fn base_tostring(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let Some(&value) = args.first() else { return TValue::EMPTY };
    if st.wants_safepoint() || !st.metamethod(value, Event::ToString).is_nil() {
        return TValue::EMPTY;
    }
    match value.unpack() {
        Unpacked::String(_) => value,
        Unpacked::Number(n) => {
            let mut text = st.take_buffer();
            crate::kernel::number::write_number(&mut text, n);
            let string = st.heap.string(&text);
            st.give_buffer(text);
            string.map_or(TValue::EMPTY, TValue::from)
        }
        _ => TValue::EMPTY,
    }
}

/// The largest number that C's `int` holds.
const MAX_INT: f64 = i32::MAX as f64;

fn base_select(_: &mut State, args: &[TValue], wanted: i16) -> TValue {
    let Some(which) = args.first() else { return TValue::EMPTY };
    match which.unpack() {
        Unpacked::String(string) if string.bytes() == b"#" => TValue::number((args.len() - 1) as f64),
        // One result is wanted, or there is only one.
        Unpacked::Number(n) if (1.0..=MAX_INT).contains(&n) && (wanted == 1 || n == (args.len() - 1) as f64) => {
            args.get(n as usize).copied().unwrap_or(TValue::NIL)
        }
        _ => TValue::EMPTY,
    }
}

/// A position in a string as `string.sub` and `string.byte` take it.
#[inline(always)]
fn position(n: f64, len: usize) -> i64 {
    let n = to_integer(n);
    if n >= 0 { n } else { (n + len as i64 + 1).max(0) }
}

fn string_byte(_: &mut State, args: &[TValue], _: i16) -> TValue {
    let Some(string) = args.first().and_then(|value| value.as_string()) else { return TValue::EMPTY };
    let at = match (args.len(), number(args, 1)) {
        (1, _) => 1,
        (2, Some(n)) => position(n, string.len()),
        _ => return TValue::EMPTY,
    };
    match string.bytes().get((at as usize).wrapping_sub(1)) {
        Some(&byte) => TValue::number(f64::from(byte)),
        None => TValue::NOTHING,
    }
}

fn string_len(_: &mut State, args: &[TValue], _: i16) -> TValue {
    let string = args.first().and_then(|value| value.as_string());
    string.map_or(TValue::EMPTY, |string| TValue::number(string.len() as f64))
}

fn string_sub(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let (Some(string), Some(start)) = (args.first().and_then(|value| value.as_string()), number(args, 1)) else {
        return TValue::EMPTY;
    };
    let end = match (args.len(), number(args, 2)) {
        (2, _) => -1.0,
        (_, Some(end)) => end,
        _ => return TValue::EMPTY,
    };
    if st.wants_safepoint() {
        return TValue::EMPTY;
    }
    let len = string.len();
    let start = position(start, len).max(1) as usize;
    let end = position(end, len).min(len as i64) as usize;
    let part = if start <= end { &string.bytes()[start - 1..end] } else { &[] };
    if part.len() == len {
        return string.into();
    }
    st.string_behind_safepoint(part).map_or(TValue::EMPTY, TValue::from)
}

fn string_char(st: &mut State, args: &[TValue], _: i16) -> TValue {
    match (args.len(), number(args, 0)) {
        (1, Some(n)) if (0.0..256.0).contains(&n) && !st.wants_safepoint() => {
            st.heap.string(&[n as u8]).map_or(TValue::EMPTY, TValue::from)
        }
        _ => TValue::EMPTY,
    }
}

/// The number of elements, if the table is nothing but an array without holes.
#[inline(always)]
fn plain_length(table: Gc<Table>) -> Option<usize> {
    (!table.is_holey() && !table.has_nodes()).then(|| table.len.get() as usize)
}

/// A positive integer; 0 for any other number.
fn whole(n: f64) -> usize {
    if n >= 1.0 && n.fract() == 0.0 { n as usize } else { 0 }
}

fn table_insert(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let (place, value) = match *args {
        [_, value] => (None, value),
        [_, place, value] => (Some(place), value),
        _ => return TValue::EMPTY,
    };
    let Some(table) = args[0].as_table() else { return TValue::EMPTY };
    let Some(len) = plain_length(table) else { return TValue::EMPTY };
    let at = place.map_or(len + 1, |place| place.as_number().map_or(0, whole));
    if value.is_nil() || at == 0 || at > len + 1 || table.set_index(&mut st.heap, len as u32, value).is_err() {
        return TValue::EMPTY;
    }
    if at <= len {
        let slots = table.array_slots();
        let mut end = len + 1;
        while end > at {
            let from = end.saturating_sub(ELEMENTS).max(at);
            if st.heap.meter.charge((end - from) as u64).is_err() {
                return TValue::EMPTY;
            }
            // SAFETY: the table has `len + 1` elements now, and `end` is not beyond them.
            unsafe { std::ptr::copy(slots.add(from - 1), slots.add(from), end - from) };
            end = from;
        }
        // SAFETY: as above.
        unsafe { *slots.add(at - 1) = value };
        st.heap.table_moved(table);
    }
    TValue::NOTHING
}

fn table_remove(st: &mut State, args: &[TValue], _: i16) -> TValue {
    let Some(table) = args.first().and_then(|value| value.as_table()) else { return TValue::EMPTY };
    let Some(len) = plain_length(table) else { return TValue::EMPTY };
    let at = match args.len() {
        1 => len,
        2 => number(args, 1).map_or(0, whole),
        _ => 0,
    };
    if at == 0 || at > len {
        return TValue::EMPTY;
    }
    let slots = table.array_slots();
    // SAFETY: the table has `len` elements, and `at` is one of them.
    let removed = unsafe { *slots.add(at - 1) };
    let mut from = at;
    while from < len {
        let count = ELEMENTS.min(len - from);
        if st.heap.meter.charge(count as u64).is_err() {
            return TValue::EMPTY;
        }
        // SAFETY: as above.
        unsafe { std::ptr::copy(slots.add(from), slots.add(from - 1), count) };
        from += count;
    }
    table.len.set(len as u32 - 1);
    st.heap.table_moved(table);
    removed
}

/// Whether all of some values are of a kind.
fn all(meter: &mut Meter, values: &[TValue], kind: impl Fn(&TValue) -> bool) -> Result<bool, Stop> {
    for piece in values.chunks(ELEMENTS) {
        let Some(odd) = piece.iter().position(|value| !kind(value)) else {
            meter.charge_values(piece.len())?;
            continue;
        };
        meter.charge_values(odd)?;
        return Ok(false);
    }
    Ok(true)
}

impl Ctx<'_> {
    /// Sorts the first `count` elements of the table at a position if they are all numbers or all strings, in an array
    /// without holes; says whether it did. No order function can tell the result from that of any other algorithm.
    pub(crate) fn sort_plain(&mut self, index: usize, count: usize) -> Result<bool, Throw> {
        let Some(table) = self.get(index).as_table().filter(|table| !table.is_holey()) else { return Ok(false) };
        if count == 0 || count > table.len.get() as usize {
            // Without elements there may be no storage to look at.
            return Ok(count == 0);
        }
        let meter = &mut self.st.heap.meter;
        // SAFETY: `array[..len]` is initialised, and nothing else runs while it is borrowed.
        let slots = unsafe { std::slice::from_raw_parts_mut(table.array_slots(), count) };
        // Comparing long strings is work to be looked after one by one.
        let is_short = |v: &TValue| v.as_string().is_some_and(|string| string.len() <= COMMON);
        if all(meter, slots, |v| v.as_number().is_some_and(|n| !n.is_nan()))? {
            sort_in_pieces(meter, slots, |a, b| a.as_double().total_cmp(&b.as_double()))?;
        } else if all(meter, slots, is_short)? {
            let bytes = |v: &TValue| v.as_string().map_or(&[][..], |string| string.bytes());
            sort_in_pieces(meter, slots, |a, b| bytes(a).cmp(bytes(b)))?;
        } else {
            return Ok(false);
        }
        self.st.heap.table_moved(table);
        Ok(true)
    }
}

const FUNCTIONS: &[(&str, &str, FastFn)] = &[
    ("table", "insert", table_insert),
    ("table", "remove", table_remove),
    ("math", "floor", math_floor),
    ("math", "ceil", math_ceil),
    ("math", "abs", math_abs),
    ("math", "sqrt", math_sqrt),
    ("math", "sin", math_sin),
    ("math", "cos", math_cos),
    ("math", "exp", math_exp),
    ("math", "max", math_max),
    ("math", "min", math_min),
    ("math", "random", math_random),
    ("_G", "type", base_type),
    ("_G", "rawget", base_rawget),
    ("_G", "rawequal", base_rawequal),
    ("_G", "getmetatable", base_getmetatable),
    ("_G", "setmetatable", base_setmetatable),
    ("_G", "tonumber", base_tonumber),
    ("_G", "tostring", base_tostring),
    ("_G", "select", base_select),
    ("string", "byte", string_byte),
    ("string", "len", string_len),
    ("string", "sub", string_sub),
    ("string", "char", string_char),
];

/// Gives the library functions in the global tables their fast versions, and makes `next` and the iterator of `ipairs`
/// known to the loop.
pub(crate) fn attach(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    for &(library, name, fast) in FUNCTIONS {
        ctx.push_globals()?;
        let globals = ctx.top();
        ctx.raw_get_field(globals, library)?;
        let table = ctx.top();
        ctx.raw_get_field(table, name)?;
        if let Some(native) = ctx.get(ctx.top()).as_function().and_then(|function| function.as_native()) {
            native.fast.set(fast as *const ());
            native.closure().header.flags.set(NativeKind::Fast as u8);
        }
        ctx.drop_top(3);
    }
    Ok(())
}

/// Marks the function on the top as `next`.
pub(crate) fn mark_next(ctx: &mut Ctx<'_>) {
    mark(ctx, NativeKind::Next);
}

/// Marks the function on the top as the iterator of `ipairs`.
pub(crate) fn mark_inext(ctx: &mut Ctx<'_>) {
    mark(ctx, NativeKind::InextAux);
}

fn mark(ctx: &mut Ctx<'_>, kind: NativeKind) {
    if let Some(function) = ctx.get(ctx.top()).as_function().filter(|function| !function.is_lua()) {
        function.header.flags.set(kind as u8);
    }
}
