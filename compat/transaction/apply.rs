//! Applying what a transaction has queued.
//!
//! Only what is done to tables can fail (at a memory limit), so it is done first: in order, as is the rest, which has nothing to do with
//! tables. If it fails it is undone: a key that was there needs no memory to get its old value again, one that was not is removed.

use super::HeapChange;
use crate::compat::error::{InOldWords, LuaResult};
use crate::compat::handle::{TableHandle, ThreadHandle, UpvalueHandle};
use crate::compat::heap::LuaHeap;
use crate::compat::value::{Thread, Value};

/// What a table had before.
enum Before {
    Field(crate::TableHandle, crate::Value, crate::Value),
    Metatable(TableHandle, Option<TableHandle>),
}

fn roll_back(heap: &mut LuaHeap, done: Vec<Before>) {
    for before in done.into_iter().rev() {
        match before {
            Before::Field(table, key, value) => {
                // Past the memory limit, which may be what has failed. The place is there, so nothing else can.
                let _ = heap.core.enter(|ctx| {
                    let base = ctx.top();
                    let pushed = [table.into(), key, value].into_iter().try_for_each(|value| ctx.import(value));
                    if pushed.is_ok() { ctx.raw_set(base + 1) } else { Ok(()) }
                });
            }
            Before::Metatable(table, metatable) => {
                // It was its metatable a moment ago.
                let _ = set_metatable(heap, table, metatable);
            }
        }
    }
}

/// Applies changes, all or none.
pub(super) fn apply_all(heap: &mut LuaHeap, changes: Vec<HeapChange>) -> LuaResult<()> {
    let (of_tables, others): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .partition(|change| matches!(change, HeapChange::SetTableField { .. } | HeapChange::SetTableMetatable { .. }));
    let mut done = Vec::with_capacity(of_tables.len());
    let mut changes = of_tables.into_iter().chain(others);
    let result = changes.try_for_each(|change| apply(heap, change, &mut done));
    if result.is_err() {
        roll_back(heap, done);
    }
    result
}

fn set_metatable(heap: &mut LuaHeap, table: TableHandle, metatable: Option<TableHandle>) -> LuaResult<()> {
    heap.core.set_metatable(crate::Value::Table(table.into()), metatable.map(Into::into)).in_old_words()
}

fn apply(heap: &mut LuaHeap, change: HeapChange, done: &mut Vec<Before>) -> LuaResult<()> {
    match change {
        HeapChange::SetTableField { table, key, value } => {
            let (table, key, value) = (table.into(), heap.import(&key)?, heap.import(&value)?);
            let before = heap.core.get_table_field(table, key).unwrap_or_default();
            heap.core.set_table_field(table, key, value).in_old_words()?;
            done.push(Before::Field(table, key, before));
        }
        HeapChange::SetTableMetatable { table, metatable } => {
            let before = heap.metatable(crate::Value::Table(table.into()));
            set_metatable(heap, table, metatable)?;
            done.push(Before::Metatable(table, before));
        }
        HeapChange::SetRegister { thread, index, value } => set_register(heap, thread, index, value),
        HeapChange::PushStack { thread, value } => heap.thread(thread).stack.push(value),
        HeapChange::PopStack { thread, count } => {
            let stack = &mut heap.thread(thread).stack;
            stack.truncate(stack.len().saturating_sub(count));
        }
        HeapChange::PushCallFrame { thread, frame } => heap.thread(thread).call_frames.push(frame),
        HeapChange::PopCallFrame { thread } => {
            heap.thread(thread).call_frames.pop();
        }
        HeapChange::SetPC { thread, pc } => {
            if let Some(frame) = heap.thread(thread).call_frames.last_mut() {
                frame.pc = pc;
            }
        }
        HeapChange::SetUpvalue { upvalue, value, thread } => set_upvalue(heap, upvalue, value, thread)?,
        HeapChange::CloseUpvalue { upvalue, value } => close_upvalue(heap, upvalue, value)?,
    }
    Ok(())
}

fn set_register(heap: &mut LuaHeap, thread: ThreadHandle, index: usize, value: Value) {
    put(heap.thread(thread), index, value);
    let side = heap.side_mut();
    if side.main_thread == Some(thread) && side.depth > 0 {
        side.registers_set.insert(index);
    }
}

fn put(thread: &mut Thread, index: usize, value: Value) {
    if index >= thread.stack.len() {
        thread.stack.resize(index + 1, Value::Nil);
    }
    thread.stack[index] = value;
}

fn set_upvalue(heap: &mut LuaHeap, upvalue: UpvalueHandle, value: Value, thread: ThreadHandle) -> LuaResult<()> {
    let captured = heap.captured(upvalue)?;
    match captured.upvalue.stack_index {
        Some(index) => set_register(heap, thread, index, value.clone()),
        None => captured.upvalue.value = Some(value.clone()),
    }
    heap.store_in_links(upvalue, &value)
}

pub(super) fn close_upvalue(heap: &mut LuaHeap, upvalue: UpvalueHandle, value: Value) -> LuaResult<()> {
    let captured = heap.captured(upvalue)?;
    captured.upvalue.stack_index = None;
    captured.upvalue.value = Some(value.clone());
    heap.store_in_links(upvalue, &value)
}
