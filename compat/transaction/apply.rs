//! Applying what a transaction has queued.
//!
//! Only stores in tables can fail (at a memory limit). They are undone then: a key that was there needs no memory to get its
//! old value again, and one that was not is removed.

use super::HeapChange;
use crate::compat::error::LuaResult;
use crate::compat::handle::{ThreadHandle, UpvalueHandle};
use crate::compat::heap::LuaHeap;
use crate::compat::value::{Thread, Value};

/// What was in the tables before.
#[derive(Default)]
pub(super) struct Undo(Vec<(crate::TableHandle, crate::Value, crate::Value)>);

impl Undo {
    pub(super) fn roll_back(self, heap: &mut LuaHeap) {
        for (table, key, value) in self.0.into_iter().rev() {
            // Past the memory limit, which may be what has failed. The place is there, so nothing else can.
            let _ = heap.core.enter(|ctx| {
                let base = ctx.top();
                let pushed = [table.into(), key, value].into_iter().try_for_each(|value| ctx.import(value));
                if pushed.is_ok() { ctx.raw_set(base + 1) } else { Ok(()) }
            });
        }
    }
}

pub(super) fn apply(heap: &mut LuaHeap, change: HeapChange, undo: &mut Undo) -> LuaResult<()> {
    match change {
        HeapChange::SetTableField { table, key, value } => {
            let (table, key, value) = (table.into(), heap.import(&key)?, heap.import(&value)?);
            let before = heap.core.get_table_field(table, key).unwrap_or_default();
            heap.core.set_table_field(table, key, value)?;
            undo.0.push((table, key, before));
        }
        HeapChange::SetTableMetatable { table, metatable } => {
            heap.core.set_metatable(crate::Value::Table(table.into()), metatable.map(Into::into))?;
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
