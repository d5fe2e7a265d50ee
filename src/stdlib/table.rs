//! The table functions (§5.5): bindings of `ltablib.c`.
//!
//! Elements are read and written without metamethods. Indices are C `int`s, as PUC's are; one below 1 is an
//! ordinary key of the table.
#![forbid(unsafe_code)]

use super::{Room, register};
use crate::kernel::number::{MAX_NUMBER, write_number};
use crate::kernel::sort::{self, SLOTS, Slot, SortTarget};
use crate::vm::{Ctx, NativeFn, NativeResult, Throw, Type};

const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("concat", concat),
    ("foreach", foreach),
    ("foreachi", foreachi),
    ("getn", getn),
    ("insert", insert),
    ("maxn", maxn),
    ("remove", remove),
    ("setn", setn),
    ("sort", sort),
];

/// Units of a comparison of `table.sort`, and of the moves that come with it.
const UNITS_PER_COMPARISON: u64 = 4;

/// Opens the library.
pub(crate) fn open(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    register(ctx, Some("table"), FUNCTIONS)
}

/// The length of the table at `index`, which must be one.
#[inline]
fn length(ctx: &mut Ctx<'_>, index: usize) -> Result<i32, Throw> {
    ctx.check_table(index)?;
    // PUC's lengths are ints too.
    Ok(ctx.raw_len(index) as i32)
}

/// Pushes element `key` of the table at `index`.
#[inline]
pub(super) fn push_element(ctx: &mut Ctx<'_>, index: usize, key: i64) -> Result<(), Throw> {
    if key >= 1 {
        return ctx.raw_get_int(index, key as usize);
    }
    ctx.push_number(key as f64)?;
    ctx.raw_get(index)
}

/// Pops a value and makes it element `key` of the table at `index`.
#[inline]
fn set_element(ctx: &mut Ctx<'_>, index: usize, key: i64) -> Result<(), Throw> {
    if key >= 1 {
        return ctx.raw_set_int(index, key as usize);
    }
    ctx.push_number(key as f64)?;
    ctx.insert(ctx.top() - 1);
    ctx.raw_set(index)
}

/// Moves element `from` of the table at position 1 to `to`.
#[inline]
fn move_element(ctx: &mut Ctx<'_>, from: i32, to: i32) -> Result<(), Throw> {
    push_element(ctx, 1, from.into())?;
    set_element(ctx, 1, to.into())
}

/// §5.5 `table.concat (table [, sep [, i [, j]]])`.
fn concat(ctx: &mut Ctx<'_>) -> NativeResult {
    let separated = ctx.opt_string(2)?;
    ctx.check_table(1)?;
    let first = ctx.opt_int(3, 1)?;
    let last = if ctx.is_none_or_nil(4) { ctx.raw_len(1) as i32 } else { ctx.check_int(4)? };
    let separated = separated && !ctx.bytes(2).is_empty();
    let mut out = ctx.take_buffer();
    let mut room = Room::of(&out);
    for index in first..=last {
        // There is room for most elements.
        let most = room.left(&out).saturating_sub(ctx.bytes(2).len());
        if index < 1 || !ctx.append_element(&mut out, 1, index as usize, most)? {
            concat_element(ctx, &mut out, &mut room, index)?;
        }
        if separated && index < last {
            ctx.append(&mut out, 2)?;
        }
        ctx.meter().charge(1)?;
    }
    ctx.push_buffer(out)?;
    Ok(1)
}

/// Appends any element, and makes room for a separator behind it.
#[inline(never)]
fn concat_element(ctx: &mut Ctx<'_>, out: &mut Vec<u8>, room: &mut Room, index: i32) -> Result<(), Throw> {
    push_element(ctx, 1, index.into())?;
    let element = ctx.top();
    let more = ctx.raw_len(element) + ctx.bytes(2).len() + MAX_NUMBER;
    room.fit(ctx, out, more)?;
    match ctx.type_of(element) {
        Type::String => ctx.append(out, element)?,
        Type::Number => write_number(out, ctx.check_number(element)?),
        _ => {
            let ty = ctx.type_name(element);
            let message = format!("invalid value ({ty}) at index {index} in table for 'concat'");
            return Err(ctx.error(message));
        }
    }
    ctx.drop_top(1);
    Ok(())
}

/// `table.foreach (table, f)`: of Lua 5.0 (§7.2), as in the default build.
fn foreach(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    ctx.check_type(2, Type::Function)?;
    ctx.push_nil()?;
    while ctx.next(1)? {
        ctx.meter().charge(1)?;
        let key = ctx.top() - 1;
        ctx.push_value(2)?;
        ctx.push_value(key)?;
        ctx.push_value(key + 1)?;
        ctx.call(2, Some(1))?;
        if !ctx.is_none_or_nil(ctx.top()) {
            return Ok(1);
        }
        ctx.drop_top(2);
    }
    Ok(0)
}

/// `table.foreachi (table, f)`: of Lua 5.0 (§7.2), as in the default build.
fn foreachi(ctx: &mut Ctx<'_>) -> NativeResult {
    let n = length(ctx, 1)?;
    ctx.check_type(2, Type::Function)?;
    for index in 1..=n {
        ctx.meter().charge(1)?;
        ctx.push_value(2)?;
        ctx.push_number(index.into())?;
        push_element(ctx, 1, index.into())?;
        ctx.call(2, Some(1))?;
        if !ctx.is_none_or_nil(ctx.top()) {
            return Ok(1);
        }
        ctx.drop_top(1);
    }
    Ok(0)
}

/// `table.getn (table)`: of Lua 5.0 (§7.2), as in the default build.
fn getn(ctx: &mut Ctx<'_>) -> NativeResult {
    let n = length(ctx, 1)?;
    ctx.push_number(n.into())?;
    Ok(1)
}

/// `table.setn (table, n)`: of Lua 5.0 (§7.2); it is but an error.
fn setn(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    Err(ctx.error("'setn' is obsolete"))
}

/// §5.5 `table.insert (table, [pos,] value)`.
fn insert(ctx: &mut Ctx<'_>) -> NativeResult {
    let free = length(ctx, 1)?.wrapping_add(1);
    let position = match ctx.top() {
        2 => free,
        3 => {
            let position = ctx.check_int(2)?;
            let mut to = free.max(position);
            while to > position {
                move_element(ctx, to - 1, to)?;
                to -= 1;
                ctx.meter().charge(1)?;
            }
            position
        }
        _ => return Err(ctx.error("wrong number of arguments to 'insert'")),
    };
    set_element(ctx, 1, position.into())?;
    Ok(0)
}

/// §5.5 `table.maxn (table)`.
fn maxn(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_table(1)?;
    let mut max = 0.0;
    ctx.push_nil()?;
    while ctx.next(1)? {
        ctx.drop_top(1);
        let key = ctx.top();
        if ctx.type_of(key) == Type::Number {
            let n = ctx.check_number(key)?;
            if n > max {
                max = n;
            }
        }
        ctx.meter().charge(1)?;
    }
    ctx.push_number(max)?;
    Ok(1)
}

/// §5.5 `table.remove (table [, pos])`.
fn remove(ctx: &mut Ctx<'_>) -> NativeResult {
    let last = length(ctx, 1)?;
    let position = ctx.opt_int(2, last)?;
    if !(1 <= position && position <= last) {
        return Ok(0);
    }
    push_element(ctx, 1, position.into())?;
    for to in position..last {
        move_element(ctx, to + 1, to)?;
        ctx.meter().charge(1)?;
    }
    ctx.push_nil()?;
    set_element(ctx, 1, last.into())?;
    Ok(1)
}

/// §5.5 `table.sort (table [, comp])`.
fn sort(ctx: &mut Ctx<'_>) -> NativeResult {
    let n = length(ctx, 1)?;
    let custom = !ctx.is_none_or_nil(2);
    if custom {
        ctx.check_type(2, Type::Function)?;
    }
    if !custom
        && let Ok(n) = usize::try_from(n)
        && ctx.sort_plain(1, n)?
    {
        return Ok(0);
    }
    ctx.set_top(SLOT_BASE - 1 + SLOTS)?;
    sort::sort(&mut Sort { ctx, custom }, n.into())?;
    Ok(0)
}

/// Where the sort's slots are: behind the table and the order function.
const SLOT_BASE: usize = 3;

/// The table at position 1, under the order of the function at position 2, if `custom`.
struct Sort<'c, 'vm> {
    ctx: &'c mut Ctx<'vm>,
    custom: bool,
}

#[inline]
fn position(slot: Slot) -> usize {
    SLOT_BASE + slot as usize
}

impl SortTarget for Sort<'_, '_> {
    type Error = Throw;

    #[inline]
    fn load(&mut self, slot: Slot, index: i64) -> Result<(), Throw> {
        push_element(self.ctx, 1, index)?;
        self.ctx.replace(position(slot));
        Ok(())
    }

    #[inline]
    fn store(&mut self, index: i64, slot: Slot) -> Result<(), Throw> {
        self.ctx.push_value(position(slot))?;
        set_element(self.ctx, 1, index)
    }

    #[inline]
    fn less(&mut self, a: Slot, b: Slot) -> Result<bool, Throw> {
        let ctx = &mut *self.ctx;
        ctx.meter().charge(UNITS_PER_COMPARISON)?;
        if !self.custom {
            return ctx.less_than(position(a), position(b));
        }
        ctx.push_value(2)?;
        ctx.push_value(position(a))?;
        ctx.push_value(position(b))?;
        ctx.call(2, Some(1))?;
        let less = ctx.to_boolean(ctx.top());
        ctx.drop_top(1);
        Ok(less)
    }

    #[cold]
    fn invalid_order(&mut self) -> Throw {
        self.ctx.error(sort::INVALID_ORDER)
    }
}
