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
//! 9. A closure that goes to a function which is not inlined takes its variables by value: a variable with an address is
//!    not kept in a register anywhere.

use std::hint::cold_path;
use std::sync::atomic::Ordering;

use super::access::{
    find_method, get_cached, get_other, inherited_field, set_field, set_index, verify, verify_register, verify_upvalue,
};
use super::call::{Continuation, Flow};
use super::frame::{FrameKind, NativeKind};
use super::limits::MAX_MACHINE_CALLS;
use super::metamethod::{Arith, Compared};
use super::native::Throw;
use super::op::{Op, a, b, c, d, hint};
use super::operations::{
    Stepped, builtin_iterator, concat, load_varargs, new_closure, new_table_like, prepare_loop, return_all, set_list,
    tail_call,
};
use super::state::State;
use super::unusual::execute_unusual;
use crate::arena::table::array_index;
use crate::arena::{Frame, Gc, LuaFunction, TValue};

/// A frameless version of a native function. It is given the arguments and how many results are wanted (-1: all); it
/// returns its one result, [`TValue::NOTHING`] for none, or [`TValue::EMPTY`] to be called in full.
pub(crate) type FastFn = fn(&mut State, &[TValue], i16) -> TValue;

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
                        let value = *base.add(index);
                        verify_register(&*st, index, value);
                        value
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
                macro_rules! fail {
                    ($throw:expr) => {{
                        cold_path();
                        break 'run $throw;
                    }};
                }
                macro_rules! flow {
                    ($result:expr) => {
                        match $result {
                            Ok(Flow::Run) => continue 'frame,
                            Ok(Flow::Done) => return Ok(()),
                            Err(throw) => fail!(throw),
                        }
                    };
                }
                // An instruction that is done elsewhere: `pc` is `$ahead` words before the next one.
                macro_rules! elsewhere {
                    ($ahead:expr, $call:expr) => {{
                        (*(*st).frame).pc = pc.add($ahead);
                        flow!($call)
                    }};
                }
                // The slow path of one that is not. The compiler would keep registers free for it if it did not know.
                macro_rules! slow {
                    ($ahead:expr, $call:expr) => {{
                        cold_path();
                        elsewhere!($ahead, $call)
                    }};
                }
                macro_rules! allocate {
                    ($ahead:expr, $attempt:expr) => {{
                        (*(*st).frame).pc = pc.add($ahead);
                        match (*st).allocate($attempt) {
                            Ok(value) => value,
                            Err(throw) => fail!(throw),
                        }
                    }};
                }
                macro_rules! safepoint {
                    () => {
                        if (*st).wants_safepoint() {
                            cold_path();
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
                macro_rules! pay {
                    ($instructions:expr) => {
                        if let Err(stop) = (*st).heap.meter.charge(u64::from($instructions)) {
                            cold_path();
                            (*(*st).frame).pc = pc;
                            break 'run stop.into();
                        }
                    };
                }
                // After a jump back or into a function.
                macro_rules! poll {
                    () => {
                        if (*(*st).interrupt_word).load(Ordering::Relaxed) != 0 {
                            cold_path();
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
                        let (x, y): (f64, f64) = ($x, $y);
                        let result: f64 = $op.apply(x, y);
                        // A power can be a number although an operand is none: 1 to whatever, and whatever to 0.
                        let numbers = !matches!($op, Arith::Pow) || x == x && y == y;
                        if result == result && numbers {
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
                        cold_path();
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
                        } else if left.tag() != right.tag() || left.as_string().is_some_and(|left| !left.is_long()) {
                            // Only what is of one kind, and no short string, can be equal and not the same.
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
                // Constants have no metamethods.
                macro_rules! equal_k {
                    ($word:expr, $jump_if:expr) => {{
                        let (left, right) = (reg!(a($word)), constant!());
                        let equal = if left.bits() == right.bits() {
                            true
                        } else if b($word) == 0 {
                            false
                        } else {
                            cold_path();
                            (*(*st).frame).pc = pc;
                            match (*st).same_value(left, right) {
                                Ok(equal) => equal,
                                Err(throw) => break 'run throw,
                            }
                        };
                        if equal == $jump_if {
                            jump!($word);
                        } else {
                            pc = pc.add(1);
                        }
                    }};
                }
                macro_rules! equal_n {
                    ($word:expr, $jump_if:expr) => {{
                        if (double!(a($word)) == *pc.cast::<f64>()) == $jump_if {
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
                        // Of a function with variable arguments this is beyond the limit, too.
                        if cfg!(feature = "stack_stress")
                            || new_base.wrapping_add(proto.plain_size as usize) >= (*st).stack_limit
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
                                let result = fast(&mut *st, std::slice::from_raw_parts(func.add(1), args), wanted);
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
                                cold_path();
                                flow!((*st).finish_unusual(first, count))
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
                            if count == 1 {
                                *target = *first;
                                (*st).top = target.add(1);
                            } else if let Err(throw) = return_all(&mut *st, target, first, count) {
                                fail!(throw)
                            }
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
                        Op::JumpBackPaid => {
                            pay!(word as u32 >> 8);
                            jump!(word);
                            poll!();
                        }
                        Op::GetUpval => {
                            let upvalue = function.upvalue(b(word)).unwrap_unchecked();
                            let value = upvalue.get();
                            verify_upvalue(function, b(word), value);
                            *base.add(a(word)) = value;
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
                                let value = match key.as_string() {
                                    None => get_other(&*st, table, key),
                                    Some(name) if !name.is_long() => table.get_str(name),
                                    // It is to be paid for.
                                    Some(_) => slow!(0, (*st).begin_index(object, key, a(word) as u8)),
                                };
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
                            if let Some(table) = object.as_table() {
                                let value = table.array_get(index).unwrap_or(TValue::NIL);
                                if !value.is_nil() || !table.has_nodes() && table.metatable.get().is_none() {
                                    *base.add(a(word)) = value;
                                    continue;
                                }
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
                            let table = allocate!(0, move |st| st.heap.table());
                            *base.add(a(word)) = table.into();
                        }
                        Op::NewTableSized => {
                            safepoint!();
                            let (array, nodes) = (hint(word) as usize, *pc as usize);
                            let table = allocate!(1, move |st| st.heap.table_sized(array, nodes));
                            *base.add(a(word)) = table.into();
                            pc = pc.add(1);
                        }
                        Op::NewTableLike => {
                            safepoint!();
                            let template = function.proto.detail.templates.borrow()[*pc as usize];
                            let table = allocate!(1, move |st| new_table_like(st, template, hint(word)));
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
                                *base.add(a(word)).cast::<f64>() = table.length(&(*st).heap) as f64;
                            } else if let Some(string) = value.as_string() {
                                *base.add(a(word)).cast::<f64>() = string.len() as f64;
                            } else {
                                slow!(0, (*st).begin_len(value, a(word) as u8))
                            }
                        }
                        Op::Concat => {
                            safepoint!();
                            elsewhere!(0, concat(&mut *st, word))
                        }
                        Op::JumpEq => equal!(word, reg!(a(word)), reg!(b(word)), 0, true),
                        Op::JumpNe => equal!(word, reg!(a(word)), reg!(b(word)), 0, false),
                        Op::JumpEqK => equal_k!(word, true),
                        Op::JumpNeK => equal_k!(word, false),
                        Op::JumpEqN => equal_n!(word, true),
                        Op::JumpNeN => equal_n!(word, false),
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
                            elsewhere!(0, tail_call(&mut *st, a(word)))
                        }
                        Op::TailCallOpen => elsewhere!(0, tail_call(&mut *st, a(word))),
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
                            if (*st).watched {
                                cold_path();
                                flow!((*st).finish_unusual(first, count))
                            }
                            leave!(first, count, (*(*st).frame).distance())
                        }
                        Op::ForPrep => {
                            let slots = base.add(a(word));
                            let (start, limit, step) = (*slots, *slots.add(1), *slots.add(2));
                            if !(start.is_number() && limit.is_number() && step.is_number()) {
                                cold_path();
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
                        Op::ForLoopPaid => {
                            pay!(word as u32 >> 16);
                            for_loop!(word, false)
                        }
                        Op::ForLoopUpPaid => {
                            pay!(word as u32 >> 16);
                            for_loop!(word, true)
                        }
                        Op::ForIn => {
                            let slots = base.add(a(word));
                            match builtin_iterator(&mut *st, slots, c(word), at) {
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
                            allocate!(0, move |st| set_list(st, slots, count, hint(word)));
                        }
                        Op::VarArg => {
                            (*(*st).frame).pc = pc;
                            match load_varargs(&mut *st, a(word), d(word)) {
                                Ok(()) => base = (*(*st).frame).base,
                                Err(throw) => fail!(throw),
                            }
                        }
                        Op::Closure => {
                            safepoint!();
                            let closure = allocate!(0, move |st| new_closure(st, function, base, hint(word) as usize));
                            *base.add(a(word)) = closure;
                        }
                        Op::Close => (*st).close_upvalues(base.add(a(word))),
                        Op::Fuel => pay!(hint(word)),
                        Op::Lower
                        | Op::CallFull
                        | Op::ForStart
                        | Op::ForInCall
                        | Op::Hook
                        | Op::HookCall
                        | Op::Profile
                        | Op::Foreign
                        | Op::Skip
                        | Op::Shadow
                        | Op::ShadowEnd
                        | Op::ShadowEntry
                        | Op::Corrupt => slow!(0, execute_unusual(&mut *st, word)),
                    }
                }
            };
            let stands = if (*st).routing.is_some() { (*st).shadow_throw(throw) } else { None };
            let result = match stands {
                None => (*st).unwind(throw),
                Some(Err(throw)) => (*st).unwind(throw),
                Some(flow) => flow,
            };
            match result {
                Ok(Flow::Run) => {}
                Ok(Flow::Done) => return Ok(()),
                Err(throw) => return Err(throw),
            }
        }
    }
}
