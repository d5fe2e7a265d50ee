//! Reading and writing keys, as the loop does it: by the node that an inline cache in the instruction remembers, or by
//! a look-up that fills the cache.
//!
//! A cache is only a guess where in the hash part a key is: the node's key is compared before its value is used, so a
//! cache can be stale, or shared by tables of any shape, and never wrong.

use super::call::Flow;
use super::event::Event;
use super::native::Throw;
use super::op::{c, hint};
use super::state::State;
use crate::arena::heap::STRING_TYPE;
use crate::arena::table::{MAX_INDEX, Node};
use crate::arena::{Gc, LuaFunction, Str, TValue, Table};

/// Records where a look-up found its node, for the next time.
///
/// # Safety
/// `word` is the address of the instruction's first word, in live code; `node` is one of the table's.
#[inline(always)]
unsafe fn remember(word: *const u64, table: Gc<Table>, node: *const Node) {
    // SAFETY: code words are cells; the caller's promise.
    unsafe {
        let index = node.offset_from(table.node.get()) as u64;
        *word.cast_mut() = *word & 0xffff_ffff | index << 32;
    }
}

/// The value at a short string, by the node cached in the instruction or by a look-up that is then cached. Nil is returned
/// for an absent key.
///
/// # Safety
/// As for [`remember`].
#[inline(always)]
pub(super) unsafe fn get_cached(table: Gc<Table>, key: TValue, word: *const u64) -> TValue {
    // SAFETY: `node_at` brings the cached index into bounds.
    unsafe {
        let node = table.node_at(hint(*word));
        if (*node).key == key {
            return (*node).value;
        }
        get_uncached(table, key, word)
    }
}

/// The look-up that [`get_cached`] falls back on.
///
/// # Safety
/// As for [`remember`].
#[inline(never)]
unsafe fn get_uncached(table: Gc<Table>, key: TValue, word: *const u64) -> TValue {
    let Some(node) = key.as_string().and_then(|key: Gc<Str>| table.find_str(key)) else { return TValue::NIL };
    // SAFETY: as for `get_cached`.
    unsafe {
        remember(word, table, node);
        (*node).value
    }
}

/// Compares a fast read with the checked look-up.
#[inline(always)]
pub(super) fn verify(st: &State, table: Gc<Table>, key: TValue, value: TValue) {
    if cfg!(any(debug_assertions, feature = "verify")) {
        let checked = table.get(&st.heap, key);
        assert!(
            checked.bits() == value.bits() || checked.is_nil() && value.is_nil(),
            "the fast path read {value:?} at {key:?}, the checked one {checked:?}"
        );
    }
}

/// `object[key] := value`, by a short string; remembers the node.
///
/// # Safety
/// As for [`remember`].
#[inline(never)]
pub(super) unsafe fn set_field(
    st: &mut State,
    object: TValue,
    key: TValue,
    value: TValue,
    word: *const u64,
) -> Result<Flow, Throw> {
    if let (Some(table), Some(name)) = (object.as_table(), key.as_string())
        && !name.is_long()
    {
        // SAFETY: `word` is the instruction's; a found node is the table's.
        unsafe {
            if let Some(node) = table.find_str(name) {
                if !(*node).value.is_nil() || table.metatable.get().is_none() {
                    remember(word, table, node);
                    (*node).value = value;
                    st.heap.barrier(table.header(), value);
                    return Ok(Flow::Run);
                }
            } else if table.metatable.get().is_none() {
                st.allocate(|st| table.insert_absent(&mut st.heap, key, value))?;
                if let Some(node) = table.find_str(name) {
                    remember(word, table, node);
                }
                return Ok(Flow::Run);
            }
        }
    }
    st.begin_set_index(object, key, value)
}

/// A field that a table lacks, read from the table that is its metatable's `__index`; nil if it is not that simple.
///
/// # Safety
/// As for [`remember`].
#[inline(always)]
pub(super) unsafe fn inherited_field(st: &State, table: Gc<Table>, key: TValue, word: *const u64) -> TValue {
    let Some(metatable) = table.metatable.get() else { return TValue::NIL };
    let handler = st.table_metamethod(metatable, Event::Index);
    match handler.as_table() {
        // SAFETY: `word` is the instruction's.
        Some(next) => unsafe { inherit(st, next, key, word) },
        None => TValue::NIL,
    }
}

/// A field of `table`, or of what that inherits from in turn; nil if it is not that simple.
///
/// # Safety
/// As for [`remember`].
#[inline(always)]
unsafe fn inherit(st: &State, table: Gc<Table>, key: TValue, word: *const u64) -> TValue {
    // SAFETY: the caller's promise.
    let value = unsafe { get_cached(table, key, word) };
    if value.is_nil() && table.metatable.get().is_some() {
        return inherit_further(st, table, key);
    }
    value
}

#[inline(never)]
fn inherit_further(st: &State, mut table: Gc<Table>, key: TValue) -> TValue {
    const LEVELS: usize = 10;
    let Some(name) = key.as_string() else { return TValue::NIL };
    for _ in 0..LEVELS {
        let Some(metatable) = table.metatable.get() else { break };
        let Some(next) = st.table_metamethod(metatable, Event::Index).as_table() else { break };
        let value = next.get_str(name);
        if !value.is_nil() {
            return value;
        }
        table = next;
    }
    TValue::NIL
}

/// The method an object calls: its own field, or that of its metatable's `__index`; nil if it is not that simple.
///
/// # Safety
/// As for [`remember`]; `key` is a short string.
#[inline(always)]
pub(super) unsafe fn find_method(st: &State, object: TValue, key: TValue, word: *const u64) -> TValue {
    // SAFETY: `word` is the instruction's; found nodes are the table's.
    unsafe {
        let metatable = if let Some(table) = object.as_table() {
            let node = table.node_at(hint(*word));
            if (*node).key == key && !(*node).value.is_nil() {
                return (*node).value;
            }
            if table.has_nodes() {
                let name = key.as_string().unwrap_unchecked();
                if let Some(node) = table.find_str(name)
                    && !(*node).value.is_nil()
                {
                    remember(word, table, node);
                    return (*node).value;
                }
            }
            table.metatable.get()
        } else if object.is_string() {
            st.heap.type_metatables[STRING_TYPE]
        } else {
            return TValue::NIL;
        };
        let Some(metatable) = metatable else { return TValue::NIL };
        // `C` caches the node of `__index`.
        let index_name = TValue::from(st.name(Event::Index));
        let node = metatable.node_at(c(*word) as u32);
        let handler = if (*node).key == index_name {
            (*node).value
        } else {
            let Some(node) = metatable.find_str(st.name(Event::Index)) else { return TValue::NIL };
            let index = node.offset_from(metatable.node.get()) as u64 & 0xff;
            *word.cast_mut() = *word & !0xff00_0000 | index << 24;
            (*node).value
        };
        match handler.as_table() {
            Some(methods) => inherit(st, methods, key, word),
            None => TValue::NIL,
        }
    }
}

/// `table[key] := value` where that needs neither a metamethod nor memory that is not there, nor is to be paid for; says
/// whether it was done.
#[inline(never)]
pub(super) fn set_index(st: &mut State, table: Gc<Table>, index: u32, key: TValue, value: TValue) -> bool {
    if table.metatable.get().is_some() {
        return false;
    }
    if index < MAX_INDEX {
        return table.set_index(&mut st.heap, index, value).is_ok();
    }
    match key.as_string() {
        Some(name) => !name.is_long() && table.set_str(&mut st.heap, name, value).is_ok(),
        None => table.set(&mut st.heap, key, value).is_ok(),
    }
}

/// The value at a key that is neither an element of the array part nor a string.
#[inline(never)]
pub(super) fn get_other(st: &State, table: Gc<Table>, key: TValue) -> TValue {
    table.get(&st.heap, key)
}

/// Compares an unchecked read of a register with the checked one.
#[inline(always)]
pub(super) fn verify_register(st: &State, index: usize, value: TValue) {
    if cfg!(any(debug_assertions, feature = "verify")) {
        let checked = st.checked_register(index);
        assert!(
            checked.is_some_and(|checked| checked.bits() == value.bits()),
            "register {index} reads as {value:?}, the checked one as {checked:?}"
        );
    }
}

/// Compares an unchecked read of an upvalue with the checked one.
#[inline(always)]
pub(super) fn verify_upvalue(function: Gc<LuaFunction>, index: usize, value: TValue) {
    if cfg!(any(debug_assertions, feature = "verify")) {
        let within = index < function.closure().upvalue_count();
        let checked = within.then(|| function.upvalue(index)).flatten().map(|upvalue| upvalue.get());
        assert!(
            checked.is_some_and(|checked| checked.bits() == value.bits()),
            "upvalue {index} reads as {value:?}, the checked one as {checked:?}"
        );
    }
}

impl State {
    /// Register `index` of the running Lua frame, if it has that many. One above them is the lowering's own.
    fn checked_register(&self, index: usize) -> Option<TValue> {
        let frame = self.current();
        let size = Self::frame_proto(frame)?.max_stack as usize + 1;
        let number = self.slot_number(frame.base) + index;
        // SAFETY: within the frame and within the stack.
        (index < size && number < self.thread.stack_size.get() as usize).then(|| unsafe { *frame.base.add(index) })
    }
}
