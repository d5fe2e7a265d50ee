//! Instructions that are too long, or too rare, to be in the loop itself.

use std::sync::atomic::Ordering;

use super::call::{Continuation, FEW, Flow, frame_room, needs_arg_table, place_arguments};
use super::exec::FastFn;
use super::frame::{FrameKind, NativeKind};
use super::native::Throw;
use super::op::{a, b, c, hint};
use super::results::move_down;
use super::state::State;
use crate::arena::table::{Walk, array_index};
use crate::arena::{AllocError, Gc, LuaFunction, TValue, Table};

/// A table with the keys of a template, and room for `array` elements.
#[inline(never)]
pub(super) fn new_table_like(st: &mut State, template: Gc<Table>, array: u32) -> Result<Gc<Table>, AllocError> {
    let table = st.heap.table()?;
    table.grow_array(&mut st.heap, array)?;
    table.copy_nodes(&mut st.heap, template)?;
    Ok(table)
}

/// `R(A) := R(B) .. … .. R(C)`.
///
/// # Safety
/// The running frame is a Lua function's, and `word` one of its `Concat` instructions.
#[inline(never)]
pub(super) unsafe fn concat(st: &mut State, word: u64) -> Result<Flow, Throw> {
    let count = c(word) - b(word) + 1;
    // SAFETY: the operands are registers of the running frame.
    unsafe {
        let first = (*st.frame).base.add(b(word));
        st.top = first.add(count);
        // Without metamethods, the usual case, the operands need not be copied out of their registers.
        let plain = (0..count).all(|index| (*first.add(index)).is_string() || (*first.add(index)).is_number());
        if plain {
            let string = st.join(count)?;
            st.set_register(a(word) as u8, string);
            return Ok(Flow::Run);
        }
        let proto = State::frame_proto(st.current()).unwrap_unchecked();
        let top = (*st.frame).base.add(proto.max_stack as usize);
        let operands = first.offset_from((*st.frame).base) as usize;
        st.top = top;
        st.grow_stack_for(count)?;
        let first = (*st.frame).base.add(operands);
        std::ptr::copy_nonoverlapping(first, st.top, count);
        st.top = st.top.add(count);
        let next = st.concat(count, a(word) as u8)?;
        st.proceed(next)
    }
}

/// `return f(...)`: the frame is replaced by the callee's.
///
/// # Safety
/// The function is in that register of the running Lua frame, its arguments behind it, up to `top`.
#[inline(never)]
pub(super) unsafe fn tail_call(st: &mut State, register: usize) -> Result<Flow, Throw> {
    // SAFETY: the function and its arguments are registers of the running frame, up to `top`.
    unsafe {
        let func = (*st.frame).base.add(register);
        let Some(callee) = (*func).as_function().and_then(|function| function.as_lua()) else {
            return tail_call_native(st, func);
        };
        let args = st.top.offset_from(func) as usize - 1;
        let base = (*st.frame).func().add(1);
        let proto = callee.proto;
        // Of a function with variable arguments this is beyond the limit, too.
        let end = base.wrapping_add(proto.plain_size as usize);
        if cfg!(feature = "stack_stress") || end >= st.stack_limit || args >= FEW || st.watched {
            return tail_call_unusual(st, callee, register);
        }
        st.close_upvalues((*st.frame).base);
        let params = proto.num_params as usize;
        let mut index = 0;
        while index < params {
            *base.add(index) = if index < args { *func.add(1 + index) } else { TValue::NIL };
            index += 1;
        }
        become_callee(st, callee, base, (*st.frame).tail_calls() + 1.0)
    }
}

/// The running frame becomes that of another function: what waits for its results stays the same.
///
/// # Safety
/// There is room for the function's registers from `base` on, above the slot of the function that the frame was pushed for.
#[inline(always)]
unsafe fn become_callee(
    st: &mut State,
    callee: Gc<LuaFunction>,
    base: *mut TValue,
    tail_calls: f64,
) -> Result<Flow, Throw> {
    // SAFETY: the caller's promise.
    unsafe {
        let frame = st.frame;
        let func = (*frame).func();
        (*frame).pc = callee.proto.entry.get();
        (*frame).function = callee.as_ptr().cast();
        (*frame).base = base;
        (*frame).func_delta = base.offset_from(func) as u32;
        (*frame).set_tail_calls(tail_calls);
        st.top = base.add(callee.proto.max_stack as usize);
    }
    poll_tail(st)?;
    Ok(Flow::Run)
}

/// `return f(...)` of what is no Lua function. A native one returns at once, or is the machine's business. The frame must stay for
/// its error messages: this is a call for all results, which the `RETURN` behind every tail call returns.
///
/// # Safety
/// The value is in a register of the running Lua frame, its arguments behind it, up to `top`.
#[inline(never)]
unsafe fn tail_call_native(st: &mut State, func: *mut TValue) -> Result<Flow, Throw> {
    // SAFETY: the caller's promise.
    unsafe {
        let base = (*st.frame).base;
        let Some(function) = (*func).as_function() else {
            return tail_call_in_full(st, func.offset_from(base) as usize);
        };
        st.close_upvalues(base);
        if function.header.flags.get() == NativeKind::Fast as u8 && !st.watched {
            let args = st.top.offset_from(func) as usize - 1;
            let native = function.as_native().unwrap_unchecked();
            let fast: FastFn = std::mem::transmute(native.fast.get());
            let result = fast(st, std::slice::from_raw_parts(func.add(1), args), -1);
            if !result.is_empty() {
                let nothing = result.bits() == TValue::NOTHING.bits();
                *func = if nothing { TValue::NIL } else { result };
                st.top = func.add(usize::from(!nothing));
                return Ok(Flow::Run);
            }
        }
        st.precall(func, Continuation::call(-1))
    }
}

/// `return f(...)` of a function with variable arguments, above all.
///
/// # Safety
/// As for [`tail_call`].
#[inline(never)]
unsafe fn tail_call_unusual(st: &mut State, callee: Gc<LuaFunction>, register: usize) -> Result<Flow, Throw> {
    // SAFETY: as above.
    unsafe {
        let proto = callee.proto;
        let func = (*st.frame).base.add(register);
        let args = st.top.offset_from(func) as usize - 1;
        let target = (*st.frame).func();
        if cfg!(feature = "stack_stress")
            || st.watched
            || args >= FEW
            || target.add(1 + args).wrapping_add(frame_room(proto)) >= st.stack_limit
            || needs_arg_table(proto)
        {
            return tail_call_in_full(st, register);
        }
        st.close_upvalues((*st.frame).base);
        let tail_calls = (*st.frame).tail_calls() + 1.0;
        let mut index = 0;
        while index <= args {
            *target.add(index) = *func.add(index);
            index += 1;
        }
        let base = place_arguments(proto, target, args);
        become_callee(st, callee, base, tail_calls)
    }
}

/// `return f(...)`, whatever is called.
///
/// # Safety
/// As above.
#[inline(never)]
unsafe fn tail_call_in_full(st: &mut State, register: usize) -> Result<Flow, Throw> {
    // SAFETY: as above.
    unsafe {
        let mut func = (*st.frame).base.add(register);
        if !(*func).is_function() {
            func = st.call_metamethod(func)?;
        }
        let base = (*st.frame).base;
        st.close_upvalues(base);
        if !(*func).as_function().is_some_and(|callee| callee.is_lua()) {
            return st.precall(func, Continuation::call(-1));
        }
        let hooked = st.watched && st.hook_tail_call(func)?;
        func = (*st.frame).base.add(register);
        let frame = *st.frame;
        let tail_calls = frame.tail_calls() + 1.0;
        let target = frame.func();
        let count = st.top.offset_from(func) as usize;
        if count > FEW {
            st.heap.meter.charge_values(count)?;
        }
        std::ptr::copy(func, target, count);
        st.top = target.add(count);
        st.frame = st.frame.sub(1);
        let kind = FrameKind::of(frame.kind);
        st.forget_machine_call(kind);
        let flow = st.precall(target, Continuation { kind, extra: frame.extra, wanted: frame.wanted });
        if flow.is_err() && kind == FrameKind::Handler {
            // The handler is gone, and nothing has come in its place.
            st.set_handlers(st.thread.handlers.get() - 1);
        }
        let flow = flow?;
        (*st.frame).set_tail_calls(tail_calls);
        poll_tail(st)?;
        st.thread.call_hooked.set(hooked);
        Ok(flow)
    }
}

fn poll_tail(st: &mut State) -> Result<(), Throw> {
    if st.interrupt.load(Ordering::Relaxed) != 0 { st.interrupted() } else { Ok(()) }
}

/// Returns values from `first` to an instruction that wants them all, from `target` on.
///
/// # Safety
/// There are `count` values, and `target` is the slot of the function that returns them, below them.
#[inline(never)]
pub(super) unsafe fn return_all(
    st: &mut State,
    target: *mut TValue,
    first: *mut TValue,
    count: usize,
) -> Result<(), Throw> {
    if count > FEW {
        st.heap.meter.charge_values(count)?;
    }
    // SAFETY: the caller's promise.
    unsafe {
        move_down(first, target, count);
        st.top = target.add(count);
    }
    Ok(())
}

/// The control values of a numeric loop that are not all numbers: strings are converted.
///
/// # Safety
/// `slots` are three registers of the running frame.
#[cold]
pub(super) unsafe fn prepare_loop(st: &mut State, slots: *mut TValue) -> Result<(), Throw> {
    for (index, what) in ["initial", "limit", "step"].into_iter().enumerate() {
        // SAFETY: the loop's registers.
        let slot = unsafe { &mut *slots.add(index) };
        match st.coerce(*slot)? {
            Some(n) => *slot = TValue::number(n),
            None if index == 0 => return Err(st.run_error(&format!("'for' {what} value must be a number"))),
            None => return Err(st.run_error(&format!("'for' {what} must be a number"))),
        }
    }
    Ok(())
}

/// Stores the values behind a table's register as its elements from `first` on.
///
/// # Safety
/// `slots` is a register of the running frame, with `count` values behind it.
#[inline(never)]
pub(super) unsafe fn set_list(st: &mut State, slots: *mut TValue, count: usize, first: u32) -> Result<(), AllocError> {
    // SAFETY: the table and the values are registers of the running frame, or open results.
    unsafe {
        let Some(table) = (*slots).as_table() else { return Ok(()) };
        st.heap.meter.charge_values(count)?;
        reserve_list(st, table, first as usize + count)?;
        let values = std::slice::from_raw_parts(slots.add(1), count);
        let stored = if table.len.get() == first { table.append(&mut st.heap, values) } else { 0 };
        for (index, &value) in values.iter().enumerate().skip(stored) {
            table.set_index(&mut st.heap, first + index as u32, value)?;
        }
        Ok(())
    }
}

/// Makes an array part for so many elements before a list is stored, as PUC does: `#` depends on it if there are holes.
pub(super) fn reserve_list(st: &mut State, table: Gc<Table>, last: usize) -> Result<(), AllocError> {
    if last <= table.asize.get() as usize {
        return Ok(());
    }
    let last = u32::try_from(last).map_err(|_| AllocError)?;
    if table.has_nodes() {
        table.resize(&mut st.heap, last, table.node_count() as u32)
    } else {
        table.grow_array(&mut st.heap, last)
    }
}

/// Loads variable arguments: `count`, or all of them up to a new top if it is negative.
///
/// # Safety
/// The running frame is a Lua function's with that many registers from `register` on.
#[inline(never)]
pub(super) unsafe fn load_varargs(st: &mut State, register: usize, count: isize) -> Result<(), Throw> {
    // SAFETY: the arguments lie below the frame, and the frame's size, or `load_many_varargs`, made room.
    unsafe {
        let (first, available) = st.varargs(st.frame);
        let target = (*st.frame).base.add(register);
        let wanted = usize::try_from(count).unwrap_or(available);
        if count < 0 {
            if wanted > FEW || target.wrapping_add(wanted) >= st.stack_limit {
                return load_many_varargs(st, register);
            }
            st.top = target.add(wanted);
        }
        copy_varargs(target, wanted, first, available);
    }
    Ok(())
}

/// Loads all variable arguments, which are many or have no room yet.
///
/// # Safety
/// As above.
#[cold]
#[inline(never)]
unsafe fn load_many_varargs(st: &mut State, register: usize) -> Result<(), Throw> {
    let (_, available) = st.varargs(st.frame);
    if available > FEW {
        st.heap.meter.charge_values(available)?;
    }
    // SAFETY: as above.
    unsafe {
        st.top = (*st.frame).base.add(register);
        st.grow_stack_for(available)?;
        let target = (*st.frame).base.add(register);
        st.top = target.add(available);
        copy_varargs(target, available, st.varargs(st.frame).0, available);
    }
    Ok(())
}

/// # Safety
/// There are `available` values, and room for the `wanted` ones.
#[inline(always)]
unsafe fn copy_varargs(target: *mut TValue, wanted: usize, first: *const TValue, available: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for index in 0..wanted.min(available) {
            *target.add(index) = *first.add(index);
        }
        for index in available..wanted {
            *target.add(index) = TValue::NIL;
        }
    }
}

/// A closure of the nested function at a constant index.
///
/// # Safety
/// `parent` runs in the frame that begins at `base`, and the constant is a function.
#[inline(never)]
pub(super) unsafe fn new_closure(
    st: &mut State,
    parent: Gc<LuaFunction>,
    base: *mut TValue,
    constant: usize,
) -> Result<TValue, AllocError> {
    // SAFETY: the compiler and the verifier see to it that the constant is a function, and that captures are in bounds.
    unsafe {
        let proto = parent.proto.detail.children.get_unchecked(constant).unwrap_unchecked();
        let captures = &proto.detail.proto.upvalues;
        let closure = st.heap.lua_function(proto, parent.closure.env.get(), captures.len())?;
        for (index, capture) in captures.iter().enumerate() {
            let upvalue = if capture.in_stack {
                st.find_upvalue(base.add(capture.index as usize))?
            } else {
                parent.upvalue(capture.index as usize).unwrap_unchecked()
            };
            *closure.upvalue_slot(index) = Some(upvalue);
        }
        Ok(closure.closure().into())
    }
}

/// How a loop goes on.
pub(super) enum Stepped {
    /// The values are in place.
    More,
    End,
    /// The iterator is none of those that are known here.
    Call,
}

/// A step of `next` or of `ipairs`' iterator, without a call.
///
/// # Safety
/// `slots` are the registers of a generic loop of the running frame, with room for `count` values from the fourth on;
/// `word` is the address of the loop's instruction.
#[inline(always)]
pub(super) unsafe fn builtin_iterator(st: &mut State, slots: *mut TValue, count: usize, word: *const u64) -> Stepped {
    // SAFETY: the loop's registers; `word` is the instruction's.
    unsafe {
        let Some(iterator) = (*slots).as_function().filter(|f| !f.is_lua()) else { return Stepped::Call };
        let Some(table) = (*slots.add(1)).as_table() else { return Stepped::Call };
        let kind = iterator.header.flags.get();
        if kind == NativeKind::InextAux as u8 {
            let Some(n) = (*slots.add(2)).as_number() else { return Stepped::Call };
            let index = (n + 1.0) as usize;
            let value = table.get_int(&st.heap, index);
            if value.is_nil() {
                return Stepped::End;
            }
            let key = TValue::number(index as f64);
            return deliver_pair(slots, count, key, value);
        }
        if kind != NativeKind::Next as u8 {
            return Stepped::Call;
        }
        let control = *slots.add(2);
        let asize = table.asize.get() as usize;
        let cached = hint(*word);
        let start = if control.is_nil() {
            0
        } else if let Some(index) = control.as_number().map(array_index)
            && (index as usize) < asize
        {
            index as usize + 1
        } else if (cached as usize) < table.node_count() && (*table.node_at(cached)).key == control {
            asize + cached as usize + 1
        } else {
            match table.position_after(&st.heap, control) {
                Ok(position) => position,
                Err(_) => return Stepped::Call,
            }
        };
        match table.entry_from(start) {
            Walk::Entry(position, key, value) => {
                if position >= asize {
                    *word.cast_mut() = *word & 0xffff_ffff | ((position - asize) as u64) << 32;
                }
                deliver_pair(slots, count, key, value)
            }
            // The function itself looks at the limits on its way.
            Walk::Gap(_) => Stepped::Call,
            Walk::End => Stepped::End,
        }
    }
}

/// Puts a key and its value into a loop's registers.
///
/// # Safety
/// `slots` are the registers of a generic loop of the running frame, with room for `count` values from the fourth on.
#[inline(always)]
unsafe fn deliver_pair(slots: *mut TValue, count: usize, key: TValue, value: TValue) -> Stepped {
    // SAFETY: the loop's registers: `count` values from the fourth on.
    unsafe {
        *slots.add(2) = key;
        *slots.add(3) = key;
        if count >= 2 {
            *slots.add(4) = value;
            for index in 2..count {
                *slots.add(3 + index) = TValue::NIL;
            }
        }
    }
    Stepped::More
}
