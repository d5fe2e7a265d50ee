//! The loop.
//!
//! Rules for whoever edits it:
//!
//! 1. `pc`, `base` and `function` are copies of the innermost frame's. Whatever can fail, call, or collect gets the
//!    frame's `pc` saved first, and the copies are loaded anew afterwards (`continue 'frame`).
//! 2. The saved `pc` is behind the instruction, constants included, so that execution goes on there; only comparisons
//!    save it right behind their first word, which [`resume_test`] reads.
//! 3. The stack may move whenever something is called or pushed; no address into it lives across that.
//! 4. The collector runs only at `safepoint!`, which comes before an instruction has done anything: the instruction is
//!    then executed from its beginning.
//! 5. Every store into an object that is not a stack is followed by a barrier, or is [`Table::set`]'s business.
//! 6. A fast path must do exactly what the slow path would; in debug builds, and with the feature `verify`, cached and
//!    indexed reads are compared with the checked look-up.
//! 7. Arithmetic is done first and checked afterwards: the result is a NaN if an operand was not a number, see
//!    [`crate::arena::value`].
//! 8. Nothing here is called recursively by Lua code: calls push a frame and go on.

use std::sync::atomic::Ordering;

use super::call::{Continuation, Flow};
use super::event::Event;
use super::frame::{FrameKind, NativeKind};
use super::limits::MAX_MACHINE_CALLS;
use super::metamethod::{Arith, Compared};
use super::native::Throw;
use super::op::Op;
use super::state::State;
use crate::arena::table::{MAX_INDEX, Node, array_index};
use crate::arena::thread::TAIL_CALLED;
use crate::arena::{Frame, Gc, LuaFunction, Str, TValue, Table};

/// A frameless version of a native function. It is given the arguments, how many they are, and how many results are wanted
/// (-1: all); it returns its one result, [`TValue::NOTHING`] for none, or [`TValue::EMPTY`] to be called in full.
pub(crate) type FastFn = unsafe fn(&mut State, *const TValue, usize, i16) -> TValue;

#[inline(always)]
fn a(word: u64) -> usize {
    (word >> 8) as u8 as usize
}

#[inline(always)]
fn b(word: u64) -> usize {
    (word >> 16) as u8 as usize
}

#[inline(always)]
fn c(word: u64) -> usize {
    (word >> 24) as u8 as usize
}

#[inline(always)]
fn d(word: u64) -> isize {
    (word as i64 >> 32) as isize
}

#[inline(always)]
fn hint(word: u64) -> u32 {
    (word >> 32) as u32
}

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
unsafe fn get_cached(table: Gc<Table>, key: TValue, word: *const u64) -> TValue {
    // SAFETY: `node_at` brings the cached index into bounds.
    unsafe {
        let node = table.node_at(hint(*word));
        if (*node).key == key {
            return (*node).value;
        }
        get_uncached(table, key, word)
    }
}

#[inline(never)]
unsafe fn get_uncached(table: Gc<Table>, key: TValue, word: *const u64) -> TValue {
    let Some(node) = key.as_string().and_then(|key: Gc<Str>| table.find_str(key)) else { return TValue::NIL };
    // SAFETY: as for `get_cached`.
    unsafe {
        remember(word, table, node);
        (*node).value
    }
}

/// A comparison's metamethod has returned: the frame goes on as `outcome` says.
///
/// # Safety
/// The frame's `pc` is right behind the first word of a comparison.
pub(crate) unsafe fn resume_test(frame: &mut Frame, outcome: bool) {
    // SAFETY: the caller's promise.
    let word = unsafe { *frame.pc.sub(1) };
    let op = Op::of(word);
    frame.pc = if outcome { frame.pc.wrapping_offset(d(word)) } else { frame.pc.wrapping_add(op.constants()) };
}

/// An iterator has returned and its values are in place: the frame goes on with the loop's jump back, or past it.
///
/// # Safety
/// The frame is a Lua function's, its `pc` is behind a `ForIn`, and `register` is that instruction's `A`.
pub(crate) unsafe fn resume_iterator(frame: &mut Frame, register: u8) {
    // SAFETY: the loop's registers belong to the frame.
    unsafe {
        let slots = frame.base.add(register as usize);
        let first = *slots.add(3);
        if first.is_nil() {
            frame.pc = frame.pc.add(1);
        } else {
            *slots.add(2) = first;
        }
    }
}

/// Compares a fast read with the checked look-up.
#[inline(always)]
fn verify(st: &State, table: Gc<Table>, key: TValue, value: TValue) {
    if cfg!(any(debug_assertions, feature = "verify")) {
        let checked = table.get(&st.heap, key);
        assert!(
            checked.bits() == value.bits() || checked.is_nil() && value.is_nil(),
            "the fast path read {value:?} at {key:?}, the checked one {checked:?}"
        );
    }
}

/// Runs the innermost frame until the entry frame below it returns.
pub(crate) fn run(state: &mut State) -> Result<(), Throw> {
    // The loop works through a raw pointer: library functions get the state as `&mut` in between.
    let st: *mut State = state;
    // SAFETY: this is the interpreter. `st` is valid for the whole call. `pc` stays in the lowered code of the innermost frame's function, which the frame keeps alive
    // and whose last word never falls through; registers named by that code are within the frame, for which the call
    // that pushed it made room; constants lie behind their instruction. Objects named by registers and constants are
    // alive because the stack and the prototype are roots, and nothing collects between safepoints.
    unsafe {
        'frame: loop {
            let throw: Throw = 'run: {
                let frame = (*st).frame;
                let mut pc = (*frame).pc;
                let mut base = (*frame).base;
                let mut function: Gc<LuaFunction> = Gc::from_ptr((*frame).function.cast());

                macro_rules! reg {
                    ($index:expr) => {{
                        let index: usize = $index;
                        debug_assert!(index <= function.proto.max_stack as usize + 1, "register {index} out of bounds");
                        *base.add(index)
                    }};
                }
                // A double that is loaded as one: going through an integer register would cost a transfer.
                macro_rules! double {
                    ($index:expr) => {
                        *base.add($index).cast::<f64>()
                    };
                }
                macro_rules! constant {
                    () => {
                        TValue::from_bits(*pc)
                    };
                }
                macro_rules! flow {
                    ($result:expr) => {
                        match $result {
                            Ok(Flow::Run) => continue 'frame,
                            Ok(Flow::Done) => return Ok(()),
                            Err(throw) => break 'run throw,
                        }
                    };
                }
                // Slow path: `pc` is `$ahead` words before the next instruction.
                macro_rules! slow {
                    ($ahead:expr, $call:expr) => {{
                        (*(*st).frame).pc = pc.add($ahead);
                        flow!($call)
                    }};
                }
                macro_rules! check {
                    ($ahead:expr, $call:expr) => {{
                        (*(*st).frame).pc = pc.add($ahead);
                        match $call {
                            Ok(value) => value,
                            Err(error) => break 'run (*st).memory_error(error),
                        }
                    }};
                }
                macro_rules! safepoint {
                    () => {
                        if (*st).wants_safepoint() {
                            (*(*st).frame).pc = pc.sub(1);
                            match (*st).safepoint() {
                                Ok(()) => continue 'frame,
                                Err(throw) => break 'run throw,
                            }
                        }
                    };
                }
                macro_rules! jump {
                    ($word:expr) => {
                        pc = pc.offset(d($word))
                    };
                }
                // After a jump back or into a function.
                macro_rules! poll {
                    () => {
                        if (*(*st).interrupt_word).load(Ordering::Relaxed) != 0 {
                            (*(*st).frame).pc = pc;
                            match (*st).interrupted() {
                                Ok(()) => continue 'frame,
                                Err(throw) => break 'run throw,
                            }
                        }
                    };
                }
                macro_rules! arith {
                    ($op:expr, $word:expr, $x:expr, $y:expr, $left:expr, $right:expr, $ahead:expr) => {{
                        let result: f64 = $op.apply($x, $y);
                        if result == result {
                            *base.add(a($word)).cast::<f64>() = result;
                            pc = pc.add($ahead);
                        } else {
                            let (left, right) = ($left, $right);
                            slow!($ahead, (*st).begin_arith($op, left, right, a($word) as u8))
                        }
                    }};
                }
                macro_rules! arith_rr {
                    ($op:expr, $word:expr) => {
                        arith!($op, $word, double!(b($word)), double!(c($word)), reg!(b($word)), reg!(c($word)), 0)
                    };
                }
                macro_rules! arith_rk {
                    ($op:expr, $word:expr) => {
                        arith!($op, $word, double!(b($word)), *pc.cast::<f64>(), reg!(b($word)), constant!(), 1)
                    };
                }
                macro_rules! arith_kr {
                    ($op:expr, $word:expr) => {
                        arith!($op, $word, *pc.cast::<f64>(), double!(c($word)), constant!(), reg!(c($word)), 1)
                    };
                }
                macro_rules! compared {
                    ($word:expr, $ahead:expr, $jump_if:expr, $begin:expr) => {{
                        (*(*st).frame).pc = pc;
                        match $begin {
                            Ok(Compared::Known(outcome)) => {
                                if outcome == $jump_if {
                                    jump!($word);
                                } else {
                                    pc = pc.add($ahead);
                                }
                            }
                            Ok(Compared::Later(Flow::Run)) => continue 'frame,
                            Ok(Compared::Later(Flow::Done)) => return Ok(()),
                            Err(throw) => break 'run throw,
                        }
                    }};
                }
                macro_rules! order {
                    ($word:expr, $operator:tt, $begin:ident, $x:expr, $y:expr, $left:expr, $right:expr, $ahead:expr, $jump_if:expr) => {{
                        let (x, y): (f64, f64) = ($x, $y);
                        if x $operator y {
                            if $jump_if { jump!($word); } else { pc = pc.add($ahead); }
                        } else if x == x && y == y {
                            if $jump_if { pc = pc.add($ahead); } else { jump!($word); }
                        } else {
                            let (left, right) = ($left, $right);
                            compared!($word, $ahead, $jump_if, (*st).$begin(left, right, !$jump_if))
                        }
                    }};
                }
                macro_rules! order_rr {
                    ($word:expr, $operator:tt, $begin:ident, $jump_if:expr) => {
                        order!(
                            $word,
                            $operator,
                            $begin,
                            double!(a($word)),
                            double!(b($word)),
                            reg!(a($word)),
                            reg!(b($word)),
                            0,
                            $jump_if
                        )
                    };
                }
                macro_rules! order_rk {
                    ($word:expr, $operator:tt, $begin:ident, $jump_if:expr) => {
                        order!(
                            $word,
                            $operator,
                            $begin,
                            double!(a($word)),
                            *pc.cast::<f64>(),
                            reg!(a($word)),
                            constant!(),
                            1,
                            $jump_if
                        )
                    };
                }
                macro_rules! order_kr {
                    ($word:expr, $operator:tt, $begin:ident, $jump_if:expr) => {
                        order!(
                            $word,
                            $operator,
                            $begin,
                            *pc.cast::<f64>(),
                            double!(b($word)),
                            constant!(),
                            reg!(b($word)),
                            1,
                            $jump_if
                        )
                    };
                }
                macro_rules! equal {
                    ($word:expr, $left:expr, $right:expr, $ahead:expr, $jump_if:expr) => {{
                        let (left, right): (TValue, TValue) = ($left, $right);
                        if left.bits() == right.bits() && !(left.is_number() && left.as_double().is_nan()) {
                            if $jump_if {
                                jump!($word);
                            } else {
                                pc = pc.add($ahead);
                            }
                        } else if left.is_number() && right.is_number() {
                            if (left.as_double() == right.as_double()) == $jump_if {
                                jump!($word);
                            } else {
                                pc = pc.add($ahead);
                            }
                        } else if left.tag() != right.tag() {
                            if $jump_if {
                                pc = pc.add($ahead);
                            } else {
                                jump!($word);
                            }
                        } else {
                            compared!($word, $ahead, $jump_if, (*st).begin_equal(left, right, !$jump_if))
                        }
                    }};
                }
                macro_rules! equal_k {
                    ($word:expr, $jump_if:expr) => {{
                        // Constants have no metamethods; only long strings and the zeros are equal and not the same.
                        let (left, right) = (reg!(a($word)), constant!());
                        let equal = if right.is_number() {
                            double!(a($word)) == right.as_double()
                        } else {
                            left.bits() == right.bits() || right.is_string() && left.raw_equals(right)
                        };
                        if equal == $jump_if {
                            jump!($word);
                        } else {
                            pc = pc.add(1);
                        }
                    }};
                }
                // Pushes the frame of a Lua function whose arguments are in place.
                macro_rules! enter {
                    ($callee:expr, $func:expr, $args:expr, $wanted:expr, $kind:expr, $extra:expr) => {{
                        let callee: Gc<LuaFunction> = $callee;
                        let func: *mut TValue = $func;
                        let args: usize = $args;
                        let proto = callee.proto;
                        let new_base = func.add(1);
                        let caller = (*st).frame;
                        if cfg!(feature = "stack_stress")
                            || proto.is_vararg
                            || new_base.add(proto.max_stack as usize) >= (*st).stack_limit
                            || caller >= (*st).frame_limit
                        {
                            (*st).top = new_base.add(args);
                            slow!(0, (*st).precall(func, Continuation { kind: $kind, extra: $extra, wanted: $wanted }))
                        }
                        let params = proto.num_params as usize;
                        let mut index = args;
                        while index < params {
                            *new_base.add(index) = TValue::NIL;
                            index += 1;
                        }
                        (*caller).pc = pc;
                        pc = proto.entry.get();
                        base = new_base;
                        function = callee;
                        let pushed = caller.add(1);
                        pushed.write(Frame {
                            pc,
                            function: callee.as_ptr().cast(),
                            base,
                            func_delta: 1,
                            wanted: $wanted,
                            kind: $kind as u8,
                            extra: $extra,
                        });
                        (*st).frame = pushed;
                    }};
                }
                macro_rules! call {
                    ($word:expr, $args:expr, $open:expr) => {{
                        let func = base.add(a($word));
                        let args: usize = $args;
                        let wanted = c($word) as u8 as i8 as i16;
                        let value = *func;
                        if let Some(callee) = value.as_function() {
                            if let Some(callee) = callee.as_lua() {
                                enter!(callee, func, args, wanted, FrameKind::Call, 0);
                                poll!();
                                continue;
                            }
                            let native = callee.as_native().unwrap_unchecked();
                            if callee.header.flags.get() == NativeKind::Fast as u8 {
                                let fast: FastFn = std::mem::transmute(native.fast.get());
                                let result = fast(&mut *st, func.add(1), args, wanted);
                                if !result.is_empty() {
                                    let nothing = result.bits() == TValue::NOTHING.bits();
                                    *func = if nothing { TValue::NIL } else { result };
                                    if wanted != 1 {
                                        (*st).top = func.add(usize::from(!nothing));
                                        for index in 1..wanted.max(1) as usize {
                                            *func.add(index) = TValue::NIL;
                                        }
                                    }
                                    continue;
                                }
                            }
                            (*(*st).frame).pc = pc;
                            (*st).top = func.add(1 + args);
                            if callee.header.flags.get() <= NativeKind::Fast as u8 {
                                flow!((*st).call_native(native, func, Continuation::call(wanted)))
                            }
                            flow!((*st).precall(func, Continuation::call(wanted)))
                        }
                        (*st).top = func.add(1 + args);
                        slow!(0, (*st).precall(func, Continuation::call(wanted)))
                    }};
                }
                // Returns `$count` values from `$first` to a caller in this loop.
                macro_rules! leave {
                    ($first:expr, $count:expr, $distance:expr) => {{
                        let frame = (*st).frame;
                        let first: *mut TValue = $first;
                        let count: usize = $count;
                        let caller = frame.sub(1);
                        if (*frame).kind != FrameKind::Call as u8 {
                            let value = if count > 0 { *first } else { TValue::NIL };
                            if (*frame).kind == FrameKind::Store as u8 {
                                *(*caller).base.add((*frame).extra as usize) = value;
                            } else if (*frame).kind == FrameKind::Iterator as u8 {
                                let target = (*caller).base.add((*frame).extra as usize + 3);
                                for index in 0..(*frame).wanted as usize {
                                    *target.add(index) = if index < count { *first.add(index) } else { TValue::NIL };
                                }
                                resume_iterator(&mut *caller, (*frame).extra);
                            } else {
                                flow!((*st).finish(first, count))
                            }
                            (*st).forget_machine_call(FrameKind::Store);
                            (*st).frame = caller;
                            pc = (*caller).pc;
                            base = (*caller).base;
                            function = Gc::from_ptr((*caller).function.cast());
                            continue;
                        }
                        let target = base.sub($distance);
                        let wanted = (*frame).wanted;
                        if wanted == 1 {
                            *target = if count > 0 { *first } else { TValue::NIL };
                        } else if wanted < 0 {
                            for index in 0..count {
                                *target.add(index) = *first.add(index);
                            }
                            (*st).top = target.add(count);
                        } else {
                            for index in 0..wanted as usize {
                                *target.add(index) = if index < count { *first.add(index) } else { TValue::NIL };
                            }
                        }
                        (*st).frame = caller;
                        pc = (*caller).pc;
                        base = (*caller).base;
                        function = Gc::from_ptr((*caller).function.cast());
                    }};
                }
                macro_rules! for_loop {
                    ($word:expr, $up:expr) => {{
                        let slots = base.add(a($word));
                        let step = *slots.add(2).cast::<f64>();
                        let index = *slots.cast::<f64>() + step;
                        let limit = *slots.add(1).cast::<f64>();
                        let more = if $up || step > 0.0 { index <= limit } else { limit <= index };
                        if more {
                            *slots.cast::<f64>() = index;
                            *slots.add(3).cast::<f64>() = index;
                            jump!($word);
                            poll!();
                        }
                    }};
                }

                loop {
                    let word = *pc;
                    let at = pc;
                    pc = pc.add(1);
                    match Op::of(word) {
                        Op::Move => *base.add(a(word)) = reg!(b(word)),
                        Op::Move2 => {
                            *base.add(a(word)) = reg!(b(word));
                            *base.add(c(word)) = reg!(hint(word) as usize);
                        }
                        Op::LoadK => {
                            *base.add(a(word)) = constant!();
                            pc = pc.add(1);
                        }
                        Op::LoadNil => *base.add(a(word)) = TValue::NIL,
                        Op::LoadNils => {
                            for index in a(word)..=b(word) {
                                *base.add(index) = TValue::NIL;
                            }
                        }
                        Op::LoadTrue => *base.add(a(word)) = TValue::TRUE,
                        Op::LoadFalse => *base.add(a(word)) = TValue::FALSE,
                        Op::Jump => jump!(word),
                        Op::JumpBack => {
                            jump!(word);
                            poll!();
                        }
                        Op::GetUpval => {
                            let upvalue = function.upvalue(b(word)).unwrap_unchecked();
                            *base.add(a(word)) = upvalue.get();
                        }
                        Op::SetUpval => {
                            let upvalue = function.upvalue(b(word)).unwrap_unchecked();
                            let value = reg!(a(word));
                            *upvalue.value.get() = value;
                            (*st).heap.barrier(upvalue.header(), value);
                        }
                        Op::GetGlobal => {
                            let (env, key) = (function.closure.env.get(), constant!());
                            if c(word) == 0 {
                                let value = get_cached(env, key, at);
                                if !value.is_nil() {
                                    verify(&*st, env, key, value);
                                    *base.add(a(word)) = value;
                                    pc = pc.add(1);
                                    continue;
                                }
                            }
                            slow!(1, (*st).begin_index(env.into(), key, a(word) as u8))
                        }
                        Op::SetGlobal => {
                            let (env, key) = (function.closure.env.get(), constant!());
                            let value = reg!(a(word));
                            if c(word) == 0 {
                                let node = env.node_at(hint(word));
                                if (*node).key == key && !(*node).value.is_nil() {
                                    (*node).value = value;
                                    (*st).heap.barrier(env.header(), value);
                                    pc = pc.add(1);
                                    continue;
                                }
                            }
                            slow!(1, set_field(&mut *st, env.into(), key, value, at))
                        }
                        Op::GetField => {
                            let (object, key) = (reg!(b(word)), constant!());
                            if let Some(table) = object.as_table() {
                                let value = get_cached(table, key, at);
                                if !value.is_nil() || table.metatable.get().is_none() {
                                    verify(&*st, table, key, value);
                                    *base.add(a(word)) = value;
                                    pc = pc.add(1);
                                    continue;
                                }
                                // The common way on: a metatable whose `__index` is a table.
                                let inherited = inherited_field(&*st, table, key, at);
                                if !inherited.is_nil() {
                                    *base.add(a(word)) = inherited;
                                    pc = pc.add(1);
                                    continue;
                                }
                            }
                            slow!(1, (*st).begin_index(object, key, a(word) as u8))
                        }
                        Op::GetIndex => {
                            let (object, key) = (reg!(b(word)), reg!(c(word)));
                            if let Some(table) = object.as_table() {
                                // Of a value that is no number this is no index.
                                let index = array_index(double!(c(word)));
                                if let Some(value) = table.array_get(index)
                                    && !value.is_nil()
                                {
                                    verify(&*st, table, key, value);
                                    *base.add(a(word)) = value;
                                    continue;
                                }
                                let value = get_index(&*st, table, key);
                                if !value.is_nil() || table.metatable.get().is_none() {
                                    *base.add(a(word)) = value;
                                    continue;
                                }
                            }
                            slow!(0, (*st).begin_index(object, key, a(word) as u8))
                        }
                        Op::GetInt => {
                            let object = reg!(b(word));
                            let index = hint(word);
                            if let Some(table) = object.as_table()
                                && let Some(value) = table.array_get(index)
                                && !value.is_nil()
                            {
                                *base.add(a(word)) = value;
                                continue;
                            }
                            let key = TValue::number(f64::from(index) + 1.0);
                            slow!(0, (*st).begin_index(object, key, a(word) as u8))
                        }
                        Op::GetKey => {
                            let key = constant!();
                            slow!(1, (*st).begin_index(reg!(b(word)), key, a(word) as u8))
                        }
                        Op::SetField | Op::SetFieldK => {
                            let (object, key) = (reg!(a(word)), constant!());
                            let by_constant = Op::of(word) as u8 == Op::SetFieldK as u8;
                            let ahead = 1 + usize::from(by_constant);
                            let value = if by_constant { TValue::from_bits(*pc.add(1)) } else { reg!(c(word)) };
                            if let Some(table) = object.as_table() {
                                let node = table.node_at(hint(word));
                                if (*node).key == key && (!(*node).value.is_nil() || table.metatable.get().is_none()) {
                                    (*node).value = value;
                                    (*st).heap.barrier(table.header(), value);
                                    pc = pc.add(ahead);
                                    continue;
                                }
                            }
                            slow!(ahead, set_field(&mut *st, object, key, value, at))
                        }
                        Op::SetIndex | Op::SetIndexK => {
                            let (object, key) = (reg!(a(word)), reg!(b(word)));
                            let by_constant = Op::of(word) as u8 == Op::SetIndexK as u8;
                            let ahead = usize::from(by_constant);
                            let value = if by_constant { constant!() } else { reg!(c(word)) };
                            if let Some(table) = object.as_table() {
                                let index = array_index(double!(b(word)));
                                if index < table.len.get() && !value.is_nil() {
                                    let slot = table.array.get().add(index as usize);
                                    if !(*slot).is_nil() || table.metatable.get().is_none() {
                                        *slot = value;
                                        (*st).heap.barrier(table.header(), value);
                                        pc = pc.add(ahead);
                                        continue;
                                    }
                                } else if set_index(&mut *st, table, index, key, value) {
                                    pc = pc.add(ahead);
                                    continue;
                                }
                            }
                            slow!(ahead, (*st).begin_set_index(object, key, value))
                        }
                        Op::SetInt | Op::SetIntK => {
                            let object = reg!(a(word));
                            let by_constant = Op::of(word) as u8 == Op::SetIntK as u8;
                            let ahead = usize::from(by_constant);
                            let value = if by_constant { constant!() } else { reg!(c(word)) };
                            let index = hint(word);
                            if let Some(table) = object.as_table()
                                && index < table.len.get()
                                && !value.is_nil()
                            {
                                let slot = table.array.get().add(index as usize);
                                if !(*slot).is_nil() {
                                    *slot = value;
                                    (*st).heap.barrier(table.header(), value);
                                    pc = pc.add(ahead);
                                    continue;
                                }
                            }
                            let key = TValue::number(f64::from(index) + 1.0);
                            slow!(ahead, (*st).begin_set_index(object, key, value))
                        }
                        Op::SetKey => {
                            let key = constant!();
                            slow!(1, (*st).begin_set_index(reg!(a(word)), key, reg!(c(word))))
                        }
                        Op::SetKeyK => {
                            let (key, value) = (constant!(), TValue::from_bits(*pc.add(1)));
                            slow!(2, (*st).begin_set_index(reg!(a(word)), key, value))
                        }
                        Op::NewTable => {
                            safepoint!();
                            let table = check!(0, (*st).heap.table());
                            *base.add(a(word)) = table.into();
                        }
                        Op::NewTableSized => {
                            safepoint!();
                            let (array, nodes) = (hint(word) as usize, *pc as usize);
                            let table = check!(1, (*st).with_room(|st| st.heap.table_sized(array, nodes)));
                            *base.add(a(word)) = table.into();
                            pc = pc.add(1);
                        }
                        Op::NewTableLike => {
                            safepoint!();
                            let template = function.proto.detail.templates.borrow()[*pc as usize];
                            let table = check!(1, new_table_like(&mut *st, template, hint(word)));
                            *base.add(a(word)) = table.into();
                            pc = pc.add(1);
                        }
                        Op::SelfField => {
                            let (object, key) = (reg!(b(word)), constant!());
                            *base.add(a(word) + 1) = object;
                            let value = find_method(&*st, object, key, at);
                            if !value.is_nil() {
                                *base.add(a(word)) = value;
                                pc = pc.add(1);
                                continue;
                            }
                            slow!(1, (*st).begin_index(object, key, a(word) as u8))
                        }
                        Op::SelfIndex => {
                            let (object, key) = (reg!(b(word)), reg!(c(word)));
                            *base.add(a(word) + 1) = object;
                            slow!(0, (*st).begin_index(object, key, a(word) as u8))
                        }
                        Op::SelfKey => {
                            let (object, key) = (reg!(b(word)), constant!());
                            *base.add(a(word) + 1) = object;
                            slow!(1, (*st).begin_index(object, key, a(word) as u8))
                        }
                        Op::Add => arith_rr!(Arith::Add, word),
                        Op::Sub => arith_rr!(Arith::Sub, word),
                        Op::Mul => arith_rr!(Arith::Mul, word),
                        Op::Div => arith_rr!(Arith::Div, word),
                        Op::Mod => arith_rr!(Arith::Mod, word),
                        Op::Pow => arith_rr!(Arith::Pow, word),
                        Op::AddK => arith_rk!(Arith::Add, word),
                        Op::SubK => arith_rk!(Arith::Sub, word),
                        Op::MulK => arith_rk!(Arith::Mul, word),
                        Op::DivK => arith_rk!(Arith::Div, word),
                        Op::ModK => arith_rk!(Arith::Mod, word),
                        Op::PowK => arith_rk!(Arith::Pow, word),
                        Op::KAdd => arith_kr!(Arith::Add, word),
                        Op::KSub => arith_kr!(Arith::Sub, word),
                        Op::KMul => arith_kr!(Arith::Mul, word),
                        Op::KDiv => arith_kr!(Arith::Div, word),
                        Op::KMod => arith_kr!(Arith::Mod, word),
                        Op::KPow => arith_kr!(Arith::Pow, word),
                        Op::Unm => {
                            let x = double!(b(word));
                            if !x.is_nan() {
                                *base.add(a(word)).cast::<f64>() = -x;
                            } else {
                                let value = reg!(b(word));
                                slow!(0, (*st).begin_arith(Arith::Unm, value, value, a(word) as u8))
                            }
                        }
                        Op::Not => *base.add(a(word)) = TValue::boolean(reg!(b(word)).is_falsy()),
                        Op::Len => {
                            let value = reg!(b(word));
                            if let Some(table) = value.as_table() {
                                *base.add(a(word)).cast::<f64>() = table.length() as f64;
                            } else if let Some(string) = value.as_string() {
                                *base.add(a(word)).cast::<f64>() = string.len() as f64;
                            } else {
                                slow!(0, (*st).begin_len(value, a(word) as u8))
                            }
                        }
                        Op::Concat => {
                            safepoint!();
                            slow!(0, concat(&mut *st, word))
                        }
                        Op::JumpEq => equal!(word, reg!(a(word)), reg!(b(word)), 0, true),
                        Op::JumpNe => equal!(word, reg!(a(word)), reg!(b(word)), 0, false),
                        Op::JumpEqK => equal_k!(word, true),
                        Op::JumpNeK => equal_k!(word, false),
                        Op::JumpLt => order_rr!(word, <, begin_less, true),
                        Op::JumpNlt => order_rr!(word, <, begin_less, false),
                        Op::JumpLtK => order_rk!(word, <, begin_less, true),
                        Op::JumpNltK => order_rk!(word, <, begin_less, false),
                        Op::JumpKLt => order_kr!(word, <, begin_less, true),
                        Op::JumpNkLt => order_kr!(word, <, begin_less, false),
                        Op::JumpLe => order_rr!(word, <=, begin_less_equal, true),
                        Op::JumpNle => order_rr!(word, <=, begin_less_equal, false),
                        Op::JumpLeK => order_rk!(word, <=, begin_less_equal, true),
                        Op::JumpNleK => order_rk!(word, <=, begin_less_equal, false),
                        Op::JumpKLe => order_kr!(word, <=, begin_less_equal, true),
                        Op::JumpNkLe => order_kr!(word, <=, begin_less_equal, false),
                        Op::JumpIf => {
                            if !reg!(a(word)).is_falsy() {
                                jump!(word);
                            }
                        }
                        Op::JumpIfNot => {
                            if reg!(a(word)).is_falsy() {
                                jump!(word);
                            }
                        }
                        Op::JumpIfSet => {
                            let value = reg!(b(word));
                            if !value.is_falsy() {
                                *base.add(a(word)) = value;
                                jump!(word);
                            }
                        }
                        Op::JumpIfNotSet => {
                            let value = reg!(b(word));
                            if value.is_falsy() {
                                *base.add(a(word)) = value;
                                jump!(word);
                            }
                        }
                        Op::Call => call!(word, b(word), false),
                        Op::CallOpen => {
                            let args = (*st).top.offset_from(base.add(a(word))) as usize - 1;
                            call!(word, args, true)
                        }
                        Op::TailCall => {
                            (*st).top = base.add(a(word) + 1 + b(word));
                            slow!(0, tail_call(&mut *st, a(word)))
                        }
                        Op::TailCallOpen => slow!(0, tail_call(&mut *st, a(word))),
                        Op::Return0 => leave!(base, 0, 1),
                        Op::Return1 => leave!(base.add(a(word)), 1, 1),
                        Op::Return => leave!(base.add(a(word)), hint(word) as usize, 1),
                        Op::ReturnOpen => {
                            let first = base.add(a(word));
                            leave!(first, (*st).top.offset_from(first) as usize, 1)
                        }
                        Op::ReturnSlow => {
                            let first = base.add(a(word));
                            let count = match d(word) {
                                -1 => (*st).top.offset_from(first) as usize,
                                count => count as usize,
                            };
                            let thread = (*st).thread;
                            if let Some(open) = thread.open_upvalues.get()
                                && open.value.get() >= base
                            {
                                (*st).close_upvalues(base);
                            }
                            leave!(first, count, (*(*st).frame).distance())
                        }
                        Op::ForPrep => {
                            let slots = base.add(a(word));
                            let (start, limit, step) = (*slots, *slots.add(1), *slots.add(2));
                            if !(start.is_number() && limit.is_number() && step.is_number()) {
                                (*(*st).frame).pc = pc;
                                if let Err(throw) = prepare_loop(&mut *st, slots) {
                                    break 'run throw;
                                }
                            }
                            let step = *slots.add(2).cast::<f64>();
                            let limit = *slots.add(1).cast::<f64>();
                            // As PUC computes it: one step back, one step on.
                            let index = (*slots.cast::<f64>() - step) + step;
                            let more = if step > 0.0 { index <= limit } else { limit <= index };
                            if more {
                                *slots = TValue::number(index);
                                *slots.add(3) = TValue::number(index);
                            } else {
                                jump!(word);
                            }
                        }
                        Op::ForLoop => for_loop!(word, false),
                        Op::ForLoopUp => for_loop!(word, true),
                        Op::ForIn => {
                            let slots = base.add(a(word));
                            match builtin_iterator(&*st, slots, c(word), at) {
                                Stepped::More => {
                                    let back = *pc;
                                    pc = pc.add(1);
                                    jump!(back);
                                    poll!();
                                }
                                Stepped::End => pc = pc.add(1),
                                Stepped::Call => {
                                    let func = slots.add(3);
                                    for index in 0..3 {
                                        *func.add(index) = *slots.add(index);
                                    }
                                    if let Some(callee) = (*func).as_function().and_then(|callee| callee.as_lua()) {
                                        let thread = (*st).thread;
                                        let calls = thread.machine_calls.get();
                                        if calls < MAX_MACHINE_CALLS {
                                            enter!(callee, func, 2, c(word) as i16, FrameKind::Iterator, a(word) as u8);
                                            thread.machine_calls.set(calls + 1);
                                            poll!();
                                            continue;
                                        }
                                    }
                                    (*st).top = func.add(3);
                                    slow!(
                                        0,
                                        (*st).precall(
                                            func,
                                            Continuation {
                                                kind: FrameKind::Iterator,
                                                extra: a(word) as u8,
                                                wanted: c(word) as i16,
                                            }
                                        )
                                    )
                                }
                            }
                        }
                        Op::SetList | Op::SetListOpen => {
                            let slots = base.add(a(word));
                            let count = match Op::of(word) {
                                Op::SetList => b(word),
                                _ => (*st).top.offset_from(slots) as usize - 1,
                            };
                            check!(0, (*st).with_room(|st| set_list(st, slots, count, hint(word))));
                        }
                        Op::VarArg => {
                            (*(*st).frame).pc = pc;
                            match load_varargs(&mut *st, a(word), d(word)) {
                                Ok(()) => base = (*(*st).frame).base,
                                Err(throw) => break 'run throw,
                            }
                        }
                        Op::Closure => {
                            safepoint!();
                            let closure = check!(0, new_closure(&mut *st, function, base, hint(word) as usize));
                            *base.add(a(word)) = closure;
                        }
                        Op::Close => (*st).close_upvalues(base.add(a(word))),
                        Op::Lower => {
                            // The stub: no constant follows, and the frame's code begins elsewhere now.
                            match (*st).lower(function.proto) {
                                Ok(()) => pc = function.proto.entry.get(),
                                Err(error) => break 'run (*st).memory_error(error),
                            }
                            (*(*st).frame).pc = pc;
                        }
                        Op::Fuel => {
                            (*(*st).frame).pc = pc;
                            if let Err(throw) = (*st).check_limits(u64::from(hint(word))) {
                                break 'run throw;
                            }
                        }
                        Op::Hook => {
                            (*(*st).frame).pc = pc;
                            match (*st).instruction_hook(hint(word)) {
                                Ok(()) => continue 'frame,
                                Err(throw) => break 'run throw,
                            }
                        }
                        Op::HookCall => {
                            (*(*st).frame).pc = pc;
                            let event = ["call", "return"][a(word)];
                            match (*st).function_hook(event) {
                                Ok(()) => continue 'frame,
                                Err(throw) => break 'run throw,
                            }
                        }
                        Op::Profile => (*st).count_in_profile(a(word) as u32, hint(word)),
                    }
                }
            };
            match (*st).unwind(throw) {
                Ok(Flow::Run) => {}
                Ok(Flow::Done) => return Ok(()),
                Err(throw) => return Err(throw),
            }
        }
    }
}

/// `object[key] := value`, by a short string; remembers the node.
#[inline(never)]
unsafe fn set_field(
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
                return match table.insert_field(&mut st.heap, key, value) {
                    Ok(()) => {
                        if let Some(node) = table.find_str(name) {
                            remember(word, table, node);
                        }
                        Ok(Flow::Run)
                    }
                    Err(error) => Err(st.memory_error(error)),
                };
            }
        }
    }
    st.begin_set_index(object, key, value)
}

/// A field that a table lacks, read from the table that is its metatable's `__index`; nil if it is not that simple.
#[inline(always)]
unsafe fn inherited_field(st: &State, table: Gc<Table>, key: TValue, word: *const u64) -> TValue {
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
#[inline(always)]
unsafe fn find_method(st: &State, object: TValue, key: TValue, word: *const u64) -> TValue {
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
            st.heap.type_metatables[4]
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

/// `table[key] := value` where that needs neither a metamethod nor memory that is not there; says whether it was done.
#[inline(never)]
fn set_index(st: &mut State, table: Gc<Table>, index: u32, key: TValue, value: TValue) -> bool {
    if table.metatable.get().is_some() {
        return false;
    }
    if index < MAX_INDEX {
        return table.set_index(&mut st.heap, index, value).is_ok();
    }
    match key.as_string() {
        Some(name) => table.set_str(&mut st.heap, name, value).is_ok(),
        None => table.set(&mut st.heap, key, value).is_ok(),
    }
}

/// A key that is not an element of the array part.
#[inline(always)]
fn get_index(st: &State, table: Gc<Table>, key: TValue) -> TValue {
    if let Some(name) = key.as_string()
        && !name.is_long()
    {
        return table.get_str(name);
    }
    get_other(st, table, key)
}

#[inline(never)]
fn get_other(st: &State, table: Gc<Table>, key: TValue) -> TValue {
    table.get(&st.heap, key)
}

#[inline(never)]
fn new_table_like(st: &mut State, template: Gc<Table>, array: u32) -> Result<Gc<Table>, crate::arena::AllocError> {
    let table = st.heap.table()?;
    if array != 0 {
        table.resize_array(&mut st.heap, array)?;
    }
    table.copy_nodes(&mut st.heap, template)?;
    Ok(table)
}

#[inline(never)]
unsafe fn concat(st: &mut State, word: u64) -> Result<Flow, Throw> {
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
        st.concat(count, a(word) as u8)
    }
}

/// `return f(...)`: the frame is replaced by the callee's.
#[inline(never)]
unsafe fn tail_call(st: &mut State, register: usize) -> Result<Flow, Throw> {
    // SAFETY: the function and its arguments are registers of the running frame, up to `top`.
    unsafe {
        let mut func = (*st.frame).base.add(register);
        if !(*func).is_function() {
            func = st.call_metamethod(func)?;
        }
        let frame = *st.frame;
        st.close_upvalues(frame.base);
        let is_lua = (*func).as_function().is_some_and(|callee| callee.is_lua());
        if !is_lua {
            // It returns at once, or is the machine's business: a call whose results this frame returns. The frame must stay
            // for the error messages of the callee, so the return is left to an instruction of its own.
            return tail_call_native(st, func);
        }
        let target = frame.func();
        let count = st.top.offset_from(func) as usize;
        std::ptr::copy(func, target, count);
        st.top = target.add(count);
        st.frame = st.frame.sub(1);
        let kind = FrameKind::of(frame.kind);
        st.forget_machine_call(kind);
        let flow = st.precall(target, Continuation { kind, extra: frame.extra, wanted: frame.wanted })?;
        (*st.frame).func_delta |= TAIL_CALLED;
        poll_tail(st)?;
        Ok(flow)
    }
}

fn poll_tail(st: &mut State) -> Result<(), Throw> {
    if st.interrupt.load(Ordering::Relaxed) != 0 { st.interrupted() } else { Ok(()) }
}

/// Calls a function that is not Lua's for all its results; the `RETURN` behind every tail call returns them.
unsafe fn tail_call_native(st: &mut State, func: *mut TValue) -> Result<Flow, Throw> {
    st.precall(func, Continuation::call(-1))
}

/// The control values of a numeric loop that are not all numbers: strings are converted.
#[cold]
unsafe fn prepare_loop(st: &mut State, slots: *mut TValue) -> Result<(), Throw> {
    for (index, what) in ["initial", "limit", "step"].into_iter().enumerate() {
        // SAFETY: the loop's registers.
        let slot = unsafe { &mut *slots.add(index) };
        match super::context::coerce_number(*slot) {
            Some(n) => *slot = TValue::number(n),
            None if index == 0 => return Err(st.run_error(&format!("'for' {what} value must be a number"))),
            None => return Err(st.run_error(&format!("'for' {what} must be a number"))),
        }
    }
    Ok(())
}

enum Stepped {
    /// The values are in place.
    More,
    End,
    /// The iterator is none of those that are known here.
    Call,
}

/// A step of `next` or of `ipairs`' iterator, without a call.
#[inline(always)]
unsafe fn builtin_iterator(st: &State, slots: *mut TValue, count: usize, word: *const u64) -> Stepped {
    // SAFETY: the loop's registers; `word` is the instruction's.
    unsafe {
        let Some(iterator) = (*slots).as_function().filter(|f| !f.is_lua()) else { return Stepped::Call };
        let Some(table) = (*slots.add(1)).as_table() else { return Stepped::Call };
        let kind = iterator.header.flags.get();
        if kind == NativeKind::InextAux as u8 {
            let Some(n) = (*slots.add(2)).as_number() else { return Stepped::Call };
            let index = (n + 1.0) as usize;
            let value = table.get_int(index);
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
            Some((position, key, value)) => {
                if position >= asize {
                    *word.cast_mut() = *word & 0xffff_ffff | ((position - asize) as u64) << 32;
                }
                deliver_pair(slots, count, key, value)
            }
            None => Stepped::End,
        }
    }
}

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

/// Stores the values behind a table's register as its elements from `first` on.
#[inline(never)]
unsafe fn set_list(
    st: &mut State,
    slots: *mut TValue,
    count: usize,
    first: u32,
) -> Result<(), crate::arena::AllocError> {
    // SAFETY: the table and the values are registers of the running frame, or open results.
    unsafe {
        let Some(table) = (*slots).as_table() else { return Ok(()) };
        let last = first as usize + count;
        if last > table.asize.get() as usize {
            let last = u32::try_from(last).map_err(|_| crate::arena::AllocError)?;
            if table.has_nodes() {
                table.resize(&mut st.heap, last, table.node_count() as u32)?;
            } else {
                table.resize_array(&mut st.heap, last)?;
            }
        }
        for index in 0..count {
            table.set_index(&mut st.heap, first + index as u32, *slots.add(1 + index))?;
        }
        Ok(())
    }
}

/// Loads variable arguments: `count`, or all of them up to a new top if it is negative.
#[inline(never)]
unsafe fn load_varargs(st: &mut State, register: usize, count: isize) -> Result<(), Throw> {
    let (_, available) = st.varargs(st.frame);
    let wanted = usize::try_from(count).unwrap_or(available);
    if count < 0 {
        // SAFETY: within the frame's registers, or just behind them.
        st.top = unsafe { (*st.frame).base.add(register) };
        st.grow_stack_for(wanted)?;
    }
    let (first, _) = st.varargs(st.frame);
    // SAFETY: `grow_stack_for`, or the frame's size, made room; the arguments lie below the frame.
    unsafe {
        let target = (*st.frame).base.add(register);
        for index in 0..wanted {
            *target.add(index) = if index < available { *first.add(index) } else { TValue::NIL };
        }
        if count < 0 {
            st.top = target.add(wanted);
        }
    }
    Ok(())
}

/// A closure of the nested function at a constant index.
#[inline(never)]
unsafe fn new_closure(
    st: &mut State,
    parent: Gc<LuaFunction>,
    base: *mut TValue,
    constant: usize,
) -> Result<TValue, crate::arena::AllocError> {
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
