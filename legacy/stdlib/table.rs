//! The table functions (§5.5).
//!
//! Elements are read and written without metamethods. Indices are C `int`s, as PUC's are; one below 1 is an ordinary
//! key of the table.

use super::super::handle::TableHandle;
use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn};
use super::super::value::Value;
use super::{new_library, reserve};
use crate::kernel::number::write_number;
use crate::kernel::sort::{self, SLOTS, Slot, SortTarget};

const FUNCTIONS: &[(&str, CFunction)] = &[
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

/// A transaction queues what it writes, so that one for any number of elements could need any amount of memory.
const MOVES_PER_TRANSACTION: usize = 4096;

/// More than the text of any number takes.
const MAX_NUMBER: usize = 32;

/// Opens the library.
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    new_library(ctx, "table", FUNCTIONS).map(|_| ())
}

/// The table in argument 1, which must be one, and its length.
fn measured(ctx: &mut ExecutionContext<'_>) -> Result<(TableHandle, i32), Failure> {
    let table = ctx.check_table(1)?;
    // PUC's lengths are ints too.
    Ok((table, ctx.raw_len(table)? as i32))
}

/// Element `index` of a table.
pub(super) fn element(ctx: &mut ExecutionContext<'_>, table: TableHandle, index: i64) -> Result<Value, Failure> {
    ctx.raw_get(table, Value::Number(index as f64))
}

/// §5.5 `table.concat (table [, sep [, i [, j]]])`.
fn concat(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let separator = ctx.opt_string(2)?;
    let separator = separator.as_deref().unwrap_or_default();
    let table = ctx.check_table(1)?;
    let first = ctx.opt_int(3, 1)?;
    let last = if ctx.is_none_or_nil(4) { ctx.raw_len(table)? as i32 } else { ctx.check_int(4)? };
    let mut out = Vec::new();
    for index in first..=last {
        match element(ctx, table, index.into())? {
            Value::String(string) => {
                let bytes = ctx.bytes(string)?;
                reserve(ctx, &mut out, bytes.len())?;
                ctx.vm.pay(|meter| meter.append(&mut out, &bytes))?;
            }
            Value::Number(number) => {
                reserve(ctx, &mut out, MAX_NUMBER)?;
                write_number(&mut out, number);
            }
            other => {
                let message = format!("invalid value ({}) at index {index} in table for 'concat'", other.type_name());
                return Err(ctx.error(message));
            }
        }
        if index < last {
            reserve(ctx, &mut out, separator.len())?;
            out.extend_from_slice(separator);
        }
        ctx.vm.check_limits(1)?;
    }
    ctx.push_bytes(&out)?;
    Ok(NativeReturn::Results)
}

/// `table.foreach (table, f)`: of Lua 5.0 (§7.2), as in the default build.
fn foreach(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let function = ctx.check_function(2)?;
    let mut key = Value::Nil;
    while let Some((next, value)) = ctx.next(table, key)? {
        let result = ctx.call_one(function, vec![next, value])?;
        if !result.is_nil() {
            ctx.push(result);
            break;
        }
        key = next;
    }
    Ok(NativeReturn::Results)
}

/// `table.foreachi (table, f)`: of Lua 5.0 (§7.2), as in the default build.
fn foreachi(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (table, n) = measured(ctx)?;
    let function = ctx.check_function(2)?;
    for index in 1..=n {
        let value = element(ctx, table, index.into())?;
        let result = ctx.call_one(function, vec![Value::Number(index.into()), value])?;
        if !result.is_nil() {
            ctx.push(result);
            break;
        }
    }
    Ok(NativeReturn::Results)
}

/// `table.getn (table)`: of Lua 5.0 (§7.2), as in the default build.
fn getn(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (_, n) = measured(ctx)?;
    ctx.push_number(n.into());
    Ok(NativeReturn::Results)
}

/// `table.setn (table, n)`: of Lua 5.0 (§7.2); it is but an error.
fn setn(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    ctx.check_table(1)?;
    Err(ctx.error("'setn' is obsolete"))
}

/// Moves elements, given by pairs of where from and where to, and then sets the one at `at`. The moves are in an order in which none
/// reads what one before it wrote.
fn shift(
    ctx: &mut ExecutionContext<'_>,
    table: TableHandle,
    mut moves: impl Iterator<Item = (i32, i32)>,
    (at, value): (i32, Value),
) -> Result<(), Failure> {
    loop {
        let moved = ctx.change(|tx| {
            let mut moved = 0;
            for (from, to) in moves.by_ref().take(MOVES_PER_TRANSACTION) {
                let value = tx.read_table_field(table, &Value::Number(from.into()))?;
                tx.set_table_field(table, Value::Number(to.into()), value)?;
                moved += 1;
            }
            Ok(moved)
        })?;
        if moved < MOVES_PER_TRANSACTION {
            break;
        }
        ctx.vm.check_limits(moved as u64)?;
    }
    ctx.change(|tx| tx.set_table_field(table, Value::Number(at.into()), value))
}

/// §5.5 `table.insert (table, [pos,] value)`.
fn insert(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (table, n) = measured(ctx)?;
    let free = n.wrapping_add(1);
    let position = match ctx.arg_count() {
        2 => free,
        3 => ctx.check_int(2)?,
        _ => return Err(ctx.error("wrong number of arguments to 'insert'")),
    };
    let value = ctx.arg(ctx.arg_count());
    let last = free.max(position);
    // `position + 1 ..= last`, from the last on; the difference may be more than an `i32` holds.
    let moves = (0..last.abs_diff(position)).map(|done| last.wrapping_sub_unsigned(done)).map(|to| (to - 1, to));
    shift(ctx, table, moves, (position, value))?;
    Ok(NativeReturn::Results)
}

/// §5.5 `table.maxn (table)`.
fn maxn(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let table = ctx.check_table(1)?;
    let mut max = 0.0;
    let mut key = Value::Nil;
    while let Some((next, _)) = ctx.next(table, key)? {
        if let Value::Number(number) = next
            && number > max
        {
            max = number;
        }
        key = next;
        ctx.vm.check_limits(1)?;
    }
    ctx.push_number(max);
    Ok(NativeReturn::Results)
}

/// §5.5 `table.remove (table [, pos])`.
fn remove(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (table, last) = measured(ctx)?;
    let position = ctx.opt_int(2, last)?;
    if !(1 <= position && position <= last) {
        return Ok(NativeReturn::Results);
    }
    let removed = element(ctx, table, position.into())?;
    shift(ctx, table, (position..last).map(|to| (to + 1, to)), (last, Value::Nil))?;
    ctx.push(removed);
    Ok(NativeReturn::Results)
}

/// §5.5 `table.sort (table [, comp])`.
fn sort(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (table, n) = measured(ctx)?;
    let order = if ctx.is_none_or_nil(2) { None } else { Some(ctx.check_function(2)?) };
    let mut work = Sort { ctx, table, order, slots: [Value::Nil; SLOTS] };
    sort::sort(&mut work, n.into())?;
    Ok(NativeReturn::Results)
}

/// A table under an order function, or under `<`.
struct Sort<'c, 'vm> {
    ctx: &'c mut ExecutionContext<'vm>,
    table: TableHandle,
    order: Option<Value>,
    slots: [Value; SLOTS],
}

impl SortTarget for Sort<'_, '_> {
    type Error = Failure;

    fn load(&mut self, slot: Slot, index: i64) -> Result<(), Failure> {
        self.slots[slot as usize] = element(self.ctx, self.table, index)?;
        Ok(())
    }

    fn store(&mut self, index: i64, slot: Slot) -> Result<(), Failure> {
        let (table, value) = (self.table, self.slots[slot as usize]);
        self.ctx.change(|tx| tx.set_table_field(table, Value::Number(index as f64), value))
    }

    fn less(&mut self, a: Slot, b: Slot) -> Result<bool, Failure> {
        let (a, b) = (self.slots[a as usize], self.slots[b as usize]);
        match self.order {
            Some(order) => Ok(self.ctx.call_one(order, vec![a, b])?.to_boolean()),
            None => {
                self.ctx.vm.check_limits(1)?;
                self.ctx.vm.less_than(a, b)
            }
        }
    }

    fn invalid_order(&mut self) -> Failure {
        self.ctx.error(sort::INVALID_ORDER)
    }
}
