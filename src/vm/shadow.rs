//! Shadow runs: an instruction is executed by the core, and compared with the step an old handler makes of it.
//!
//! Lowering puts a word before the instruction's words and one wherever they can be left. The first has the handler make its
//! [`Step`], which changes nothing, and *arms* the comparison with it. Then the core executes the instruction. Whatever it does
//! first is compared with the step and disarms:
//!
//! - it arrives at a word behind the instruction: registers, upvalues, tables and the way it took are compared;
//! - it calls something, which is seen at the first word of a Lua function or before a native one: callee and arguments;
//! - it returns, which is seen where the results are delivered: the values;
//! - it throws: the message.
//!
//! A call that is as it should be leaves the instruction *waiting*. When the results are delivered to it, what they make of the
//! registers and the way is the step that the rest of the instruction is compared with.
//!
//! So nothing ever happens twice. Where the old answer is to stand ([`Route::Shadow`]), a step that differs is then carried out over
//! what the core did; for calls before the callee has begun.
//!
//! What cannot be compared is counted as skipped: stops, running out of memory or stack, the rest of a concatenation after a
//! metamethod, and an instruction in whose middle a finalizer or a hook has run.
//!
//! What the loop and the calls use of this is out of line on purpose: inlined, it takes registers from those who need none of it.

#![cfg_attr(not(feature = "compat"), allow(dead_code, reason = "the bridge alone uses it"))]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::call::{Continuation, Flow};
use super::foreign::{Divergence, Execution, Item, Step, Verdict, Write, upvalue_of};
use super::frame::{FrameKind, NativeKind};
use super::native::Throw;
use super::state::State;
use crate::arena::thread::TAIL_CALLED;
use crate::arena::{Frame, Gc, LuaFunction, TValue, Thread};
use crate::bytecode::request::{Fault, Request, Then};
use crate::bytecode::{OpCode, Proto};
use crate::error::Error;
use crate::kernel::meter::Stop;
use crate::router::Route;
use crate::value::Value;

/// From how many threads on it is looked whether they still exist.
const MANY_THREADS: usize = 1000;

/// The comparison that is under way, if there is one.
#[derive(Default)]
pub(crate) struct Shadow {
    armed: Option<Box<Armed>>,
    /// By thread, the innermost frame last. Those of calls that have failed stay until others take their place, or one
    /// further out goes on.
    waiting: HashMap<*const Thread, Vec<Waiting>>,
    /// How many threads there were when those that are gone were last dropped.
    threads: usize,
}

/// An instruction that waits for the results of a call.
struct Waiting {
    /// Number of the frame.
    depth: usize,
    proto: Arc<Proto>,
    pc: usize,
    then: Then,
    old_stands: bool,
}

/// An instruction that the core is executing, and what the handler made of it.
pub(super) struct Armed {
    thread: *const Thread,
    /// Number of the frame.
    depth: usize,
    /// The function, to be compared with, not to be looked at: it may be gone.
    function: *const (),
    proto: Arc<Proto>,
    pc: usize,
    /// Whether the old answer is to stand where it differs.
    old_stands: bool,
    step: Step,
    /// The registers before. Only their bits are looked at, as what they name may be gone.
    before: Vec<TValue>,
}

/// A difference: what the handler made of it, and what the core did.
type Difference = (String, String);

impl State {
    /// The comparison under way is over.
    pub(super) fn disarm(&mut self) -> Option<Box<Armed>> {
        self.routing.as_mut()?.shadow.armed.take()
    }

    /// No comparison goes on: the code that would end it is replaced.
    pub(super) fn forget_shadows(&mut self) {
        if let Some(routing) = &mut self.routing {
            routing.shadow = Shadow::default();
        }
    }

    /// Something else is about to run in the middle of an instruction. As it can change anything, there is nothing to compare.
    pub(super) fn abandon_shadow(&mut self) {
        if let Some(armed) = self.disarm() {
            self.note_execution(opcode_of(&armed), Execution::Skipped);
        }
    }

    fn rearm(&mut self, armed: Option<Box<Armed>>) {
        if let Some(routing) = &mut self.routing {
            routing.shadow.armed = armed;
        }
    }

    /// The core is about to execute the instruction at `pc`: has the handler make its step.
    #[cold]
    #[inline(never)]
    pub(super) fn begin_shadow(&mut self, pc: usize, old_stands: bool) {
        let (Some(step), Some(function)) = (self.foreign_step(pc, false), self.lua_function()) else { return };
        self.arm(function, pc, old_stands, step);
    }

    fn arm(&mut self, function: Gc<LuaFunction>, pc: usize, old_stands: bool, step: Step) {
        let armed = Armed {
            thread: self.thread.as_ptr(),
            depth: self.frame_number(),
            function: function.as_ptr().cast(),
            proto: Arc::clone(&function.proto.detail.proto),
            pc,
            old_stands,
            step,
            before: (0..usize::from(function.proto.max_stack)).map(|index| self.peek(index)).collect(),
        };
        self.rearm(Some(Box::new(armed)));
    }

    /// A register of the innermost frame, or an open result; nil beyond the stack.
    fn peek(&self, index: usize) -> TValue {
        let slot = self.current().base.wrapping_add(index);
        // SAFETY: every slot of a stack is initialised.
        if slot < self.thread.stack_end() { unsafe { *slot } } else { TValue::NIL }
    }

    /// Whether the innermost frame is that of the instruction.
    fn is_at(&self, armed: &Armed) -> bool {
        self.is_above(armed, 0) && self.lua_function().is_some_and(|f| Arc::ptr_eq(&f.proto.detail.proto, &armed.proto))
    }

    /// Whether the innermost frame is `above` the one of the instruction.
    fn is_above(&self, armed: &Armed, above: usize) -> bool {
        std::ptr::eq(self.thread.as_ptr(), armed.thread) && self.frame_number() == armed.depth + above
    }

    /// Whether the innermost frame is the one below that of the instruction.
    fn is_below(&self, armed: &Armed) -> bool {
        std::ptr::eq(self.thread.as_ptr(), armed.thread) && armed.depth == self.frame_number() + 1
    }

    /// The core has left the instruction at `pc` for the one at `next`, or a call of it has returned.
    #[cold]
    #[inline(never)]
    pub(super) fn end_shadow(&mut self, pc: usize, next: usize) -> Result<Flow, Throw> {
        let Some(armed) = self.disarm() else { return Ok(Flow::Run) };
        if !self.is_at(&armed) || armed.pc != pc {
            self.note_execution(opcode_of(&armed), Execution::Skipped);
            return Ok(Flow::Run);
        }
        let differences = match &armed.step.outcome {
            Err(fault) => vec![(format!("error: {}", self.fault_text(fault.clone())), "no error".to_owned())],
            Ok(Request::Call { function, args, then, .. }) => {
                match self.called_in_place(&armed, function, args, *then, next) {
                    Some(differences) => differences,
                    None => vec![(self.call_text(function, args), "no call".to_owned())],
                }
            }
            Ok(Request::TailCall { function, args, .. }) => {
                vec![(format!("tail {}", self.call_text(function, args)), "no call".to_owned())]
            }
            Ok(request) => self.compare_state(&armed, request, next),
        };
        self.conclude(armed, differences, |st, armed| st.carry_out(armed.pc, armed.step))
    }

    /// The result of a comparison. If the old answer is to stand and differs, `replace` puts it into place.
    fn conclude(
        &mut self,
        armed: Box<Armed>,
        differences: Vec<Difference>,
        replace: impl FnOnce(&mut State, Armed) -> Result<Flow, Throw>,
    ) -> Result<Flow, Throw> {
        let opcode = opcode_of(&armed);
        if differences.is_empty() {
            self.note_execution(opcode, Execution::Matched);
            return Ok(Flow::Run);
        }
        let proto = &armed.proto;
        let route = if armed.old_stands { Route::Shadow } else { Route::ShadowCore };
        let (foreign, core): (Vec<_>, Vec<_>) = differences.into_iter().unzip();
        let divergence = Divergence {
            opcode,
            chunk: proto.source.to_vec(),
            function: proto.line_defined,
            line: proto.line(armed.pc),
            pc: armed.pc,
            route,
            foreign: foreign.join("\n"),
            core: core.join("\n"),
        };
        let verdict = match self.routing.as_mut().and_then(|routing| routing.foreign.as_mut()) {
            Some(foreign) => foreign.diverged(divergence),
            None => Verdict::GoOn,
        };
        match verdict {
            Verdict::GoOn => {}
            Verdict::Retreat => self.retreat(opcode),
            Verdict::Stop => return Err(self.stop(Stop::Diverged)),
        }
        if armed.old_stands { replace(self, *armed) } else { Ok(Flow::Run) }
    }

    // What the core did in one go.

    fn compare_state(&mut self, armed: &Armed, request: &Request<Item>, next: usize) -> Vec<Difference> {
        let proto = &armed.proto;
        let merged = proto.code.get(armed.pc + 1).filter(|word| word.opcode() == OpCode::Jmp);
        let mut registers: Vec<Option<Item>> = armed.before.iter().map(|_| None).collect();
        let mut differences = Vec::new();
        let mut top = None;
        for write in &armed.step.writes {
            match write {
                Write::Register(index, item) => {
                    if *index >= registers.len() {
                        registers.resize(index + 1, None);
                    }
                    registers[*index] = Some(item.clone());
                }
                Write::Top(register) => top = Some(*register),
                Write::Upvalue(index, item) => {
                    let upvalue = self.lua_function().and_then(|function| upvalue_of(function, *index));
                    // SAFETY: an upvalue's value is a slot of a stack, or in the upvalue.
                    let actual = upvalue.map_or(TValue::NIL, |upvalue| unsafe { *upvalue.value.get() });
                    self.compare(&mut differences, || format!("upvalue {index}"), item, actual);
                }
                Write::Field(table, key, item) => {
                    // The program has paid for the store.
                    self.heap.meter.rest();
                    let actual = self.view().raw_get(*table, *key).and_then(|value| self.import(value).ok());
                    self.heap.meter.resume();
                    let place = || format!("table[{}]", self.value_text(*key));
                    self.compare(&mut differences, place, item, actual.unwrap_or(TValue::NIL));
                }
                Write::Close(register) => {
                    let from = self.current().base.wrapping_add(*register);
                    if self.thread.open_upvalues.get().is_some_and(|open| open.value.get() >= from) {
                        differences.push((format!("upvalues from R{register} closed"), "open".to_owned()));
                    }
                }
            }
        }
        let mut expected = match request {
            // A test and its jump are one word of the core.
            Request::Continue => match merged {
                Some(jump) if next != armed.pc + 1 && opcode_of(armed).is_test() => {
                    super::lower::jump_target(armed.pc + 1, *jump)
                }
                _ => armed.pc + 1,
            },
            Request::Skip => armed.pc + 2,
            Request::Jump(target) => *target,
            _ => next,
        };
        if opcode_of(armed) == OpCode::ForPrep && !self.lowering.hooks_instructions() {
            expected = self.first_round(armed, expected, &mut registers);
        }
        if expected != next {
            differences.push((format!("goes on at {expected}"), format!("goes on at {next}")));
        }
        for (index, item) in registers.iter().enumerate() {
            let actual = self.peek(index);
            match item {
                Some(item) => self.compare(&mut differences, || format!("R{index}"), item, actual),
                None if actual.bits() == armed.before[index].bits() => {}
                None => differences.push((format!("R{index} unchanged"), format!("R{index} = {}", self.text(actual)))),
            }
        }
        let actual = self.slot_number(self.top) as isize - self.slot_number(self.current().base) as isize;
        if let Some(top) = top.filter(|&top| top as isize != actual) {
            differences.push((format!("top {top}"), format!("top {actual}")));
        }
        differences
    }

    /// The core prepares a numeric loop and begins its first round in one word: what the `FORLOOP` that `FORPREP` jumps to makes
    /// of the registers it leaves.
    fn first_round(&self, armed: &Armed, target: usize, registers: &mut [Option<Item>]) -> usize {
        let word = armed.proto.code[armed.pc];
        let a = word.a() as usize;
        let number = |register: usize| match &registers[register] {
            Some(Item::Value(Value::Number(n))) => *n,
            _ => armed.before[register].as_number().unwrap_or(f64::NAN),
        };
        let (index, limit, step) = (number(a) + number(a + 2), number(a + 1), number(a + 2));
        if if step > 0.0 { index <= limit } else { limit <= index } {
            registers[a] = Some(Item::Value(Value::Number(index)));
            registers[a + 3] = Some(Item::Value(Value::Number(index)));
            return armed.pc + 1;
        }
        // The loop is over, and its index is not used any more.
        registers[a] = Some(Item::Value(self.export(self.peek(a))));
        target + 1
    }

    /// The step asks for a call and the core has done without one, as it does for some functions of the library: compares what
    /// can be seen of it. `None` if there is no such function.
    fn called_in_place(
        &mut self,
        armed: &Armed,
        function: &Item,
        args: &[Item],
        then: Then,
        next: usize,
    ) -> Option<Vec<Difference>> {
        let Item::Value(function) = function else { return None };
        let function = self.import(*function).ok()?;
        let native = function.as_function()?.as_native()?;
        let kind = NativeKind::of(native.closure().header.flags.get());
        let mut differences = Vec::new();
        match then {
            Then::Results { first, wanted } if kind == NativeKind::Fast => {
                // The arguments stay where they were; the result is where the function was, and nils behind it if more are wanted.
                let lost = wanted.unwrap_or(0).saturating_sub(1);
                for (index, arg) in args.iter().enumerate().skip(lost) {
                    let actual = self.peek(first + 1 + index);
                    self.compare(&mut differences, || format!("argument {}", index + 1), arg, actual);
                }
            }
            Then::Iterate { base, count } if matches!(kind, NativeKind::Next | NativeKind::InextAux) => {
                let args: Vec<TValue> = args.iter().filter_map(|arg| self.item_value(arg)).collect();
                let entry = self.step_of_iterator(kind, &args)?;
                let first = entry.map_or(TValue::NIL, |(key, _)| key);
                let value = entry.map_or(TValue::NIL, |(_, value)| value);
                if first.is_nil() != (next == armed.pc + 2) {
                    let way = |ends| if ends { "the loop ends" } else { "the loop goes on" }.to_owned();
                    return Some(vec![(way(first.is_nil()), way(!first.is_nil()))]);
                }
                if first.is_nil() {
                    return Some(differences);
                }
                let expected = [first, value];
                for index in 0..count {
                    let expected = expected.get(index).copied().unwrap_or(TValue::NIL);
                    let actual = self.peek(base + 3 + index);
                    let expected = Item::Value(self.export(expected));
                    self.compare(&mut differences, || format!("R{}", base + 3 + index), &expected, actual);
                }
                let control = self.peek(base + 2);
                let expected = Item::Value(self.export(first));
                self.compare(&mut differences, || format!("R{}", base + 2), &expected, control);
            }
            _ => return None,
        }
        Some(differences)
    }

    /// What `next`, or the iterator of `ipairs`, would return. They change nothing.
    fn step_of_iterator(&self, kind: NativeKind, args: &[TValue]) -> Option<Option<(TValue, TValue)>> {
        let table = args.first()?.as_table()?;
        let control = *args.get(1)?;
        if kind == NativeKind::Next {
            return table.next(&self.heap, control).ok();
        }
        let index = control.as_number()? + 1.0;
        let value = table.get(&self.heap, TValue::number(index));
        Some((!value.is_nil()).then_some((TValue::number(index), value)))
    }

    // Calls.

    /// A Lua function begins. Its frame is innermost, and none of it has been executed.
    #[cold]
    #[inline(never)]
    pub(super) fn shadow_entry(&mut self) -> Result<Flow, Throw> {
        let Some(armed) = self.disarm() else { return Ok(Flow::Run) };
        let frame = *self.current();
        let tail = matches!(armed.step.outcome, Ok(Request::TailCall { .. }));
        let aside = matches!(FrameKind::of(frame.kind), FrameKind::Aside | FrameKind::Handler);
        if aside || !self.is_above(&armed, usize::from(!tail)) || matches!(armed.step.outcome, Ok(Request::Return(_))) {
            self.note_execution(opcode_of(&armed), Execution::Skipped);
            return Ok(Flow::Run);
        }
        let Some(function) = self.lua_function() else { return Ok(Flow::Run) };
        let params = usize::from(function.proto.num_params);
        // SAFETY: the parameters are the first registers of the frame.
        let mut args: Vec<TValue> = (0..params).map(|index| unsafe { *frame.base.add(index) }).collect();
        let (first, extra) = if function.proto.is_vararg { self.varargs(self.frame) } else { (frame.base, 0) };
        // SAFETY: the variable arguments lie there.
        args.extend((0..extra).map(|index| unsafe { *first.add(index) }));
        let mut differences = self.compare_call(&armed, function.closure().into(), &args, Some(params));
        if differences.is_empty() && !function.proto.is_vararg && tail != frame.is_tail_called() {
            differences.push((format!("tail call: {tail}"), format!("tail call: {}", !tail)));
        }
        if differences.is_empty() {
            self.wait(&armed);
        }
        self.conclude(armed, differences, |st, armed| {
            if tail {
                return st.repeat_tail_call(armed.step);
            }
            st.forget_machine_call(FrameKind::of(frame.kind));
            st.frame = st.frame.wrapping_sub(1);
            st.carry_out(armed.pc, armed.step)
        })
    }

    /// The callee of a tail call, which has taken its caller's place, makes way for the one it should have been.
    fn repeat_tail_call(&mut self, step: Step) -> Result<Flow, Throw> {
        let Ok(Request::TailCall { function, args, .. }) = step.outcome else { return Ok(Flow::Run) };
        let frame = *self.current();
        let kind = FrameKind::of(frame.kind);
        self.forget_machine_call(kind);
        self.frame = self.frame.wrapping_sub(1);
        self.top = frame.func();
        let func = self.slot_number(self.top);
        self.push_items(vec![function])?;
        self.push_items(args)?;
        let depth = self.frame_number();
        let func = self.thread.stack.get().wrapping_add(func);
        let flow = self.precall(func, Continuation { kind, extra: frame.extra, wanted: frame.wanted })?;
        if self.frame_number() > depth {
            // SAFETY: the frame that was pushed.
            unsafe { (*self.frame).func_delta |= TAIL_CALLED };
        }
        Ok(flow)
    }

    /// A native function is about to be called; it and its arguments are in `func` and above, up to the top. `None` if it is to be
    /// called.
    #[cold]
    #[inline(never)]
    pub(super) fn shadow_native(&mut self, func: *mut TValue) -> Option<Result<Flow, Throw>> {
        let armed = self.disarm()?;
        if !self.is_at(&armed) || matches!(armed.step.outcome, Ok(Request::Return(_))) {
            self.note_execution(opcode_of(&armed), Execution::Skipped);
            return None;
        }
        let count = (self.top as usize - func as usize) / size_of::<TValue>();
        // SAFETY: the function and its arguments lie there.
        let values: Vec<TValue> = (0..count).map(|index| unsafe { *func.add(index) }).collect();
        let differences = self.compare_call(&armed, values[0], &values[1..], None);
        if differences.is_empty() {
            self.wait(&armed);
        }
        let mut replaced = false;
        let result = self.conclude(armed, differences, |st, armed| {
            replaced = true;
            st.carry_out(armed.pc, armed.step)
        });
        (replaced || result.is_err()).then_some(result)
    }

    /// Compares a call that the core has begun. With `params`, fixed parameters have been filled up with nil.
    fn compare_call(
        &mut self,
        armed: &Armed,
        callee: TValue,
        args: &[TValue],
        params: Option<usize>,
    ) -> Vec<Difference> {
        let (Ok(Request::Call { function, args: wanted, .. }) | Ok(Request::TailCall { function, args: wanted, .. })) =
            &armed.step.outcome
        else {
            let called = Item::Value(self.export(callee));
            return vec![(self.outcome_text(&armed.step), self.call_text(&called, &self.items(args)))];
        };
        let (mut function, mut wanted) = (function.clone(), wanted.clone());
        if let Item::Value(value) = function
            && let Ok(value) = self.import(value)
            && !value.is_function()
        {
            wanted.insert(0, function);
            function = Item::Value(self.export(self.metamethod(value, super::event::Event::Call)));
        }
        let mut differences = Vec::new();
        self.compare(&mut differences, || "callee".to_owned(), &function, callee);
        let fixed = params.unwrap_or(0);
        if wanted.len() < fixed {
            wanted.resize(fixed, Item::Value(Value::Nil));
        } else if params == Some(args.len()) {
            // What a function without variable arguments does not take is gone.
            wanted.truncate(fixed);
        }
        if wanted.len() != args.len() {
            differences.push((format!("{} arguments", wanted.len()), format!("{} arguments", args.len())));
        }
        for (index, (wanted, &arg)) in wanted.iter().zip(args).enumerate() {
            self.compare(&mut differences, || format!("argument {}", index + 1), wanted, arg);
        }
        differences
    }

    // Returns.

    /// The instruction's call was as it should be: it waits for the results.
    fn wait(&mut self, armed: &Armed) {
        let Ok(Request::Call { then, .. }) = &armed.step.outcome else { return };
        let (depth, proto) = (armed.depth, Arc::clone(&armed.proto));
        let waiting = Waiting { depth, proto, pc: armed.pc, then: *then, old_stands: armed.old_stands };
        let Some(routing) = &mut self.routing else { return };
        let shadow = &mut routing.shadow;
        if shadow.waiting.len() > 2 * shadow.threads.max(MANY_THREADS) {
            let mut live = HashSet::new();
            self.heap.for_each_thread(|thread| {
                live.insert(thread.as_ptr().cast_const());
            });
            shadow.waiting.retain(|thread, _| live.contains(thread));
            shadow.threads = shadow.waiting.len();
        }
        let others = shadow.waiting.entry(armed.thread).or_default();
        drop_from(others, depth);
        others.push(waiting);
    }

    /// Results are about to be delivered to an instruction that waits for them.
    fn resume_shadow(&mut self, results: *mut TValue, count: usize) {
        let (thread, depth) = (self.thread.as_ptr().cast_const(), self.frame_number());
        let Some(routing) = &mut self.routing else { return };
        let Some(others) = routing.shadow.waiting.get_mut(&thread) else { return };
        drop_from(others, depth + 1);
        let Some(waiting) = others.pop_if(|last| last.depth == depth) else { return };
        if others.is_empty() {
            routing.shadow.waiting.remove(&thread);
        }
        // SAFETY: `frame` is a frame of the running thread.
        let pc = self.classic_pc(unsafe { &*self.frame });
        let same = |f: &Gc<LuaFunction>| pc == Some(waiting.pc) && Arc::ptr_eq(&f.proto.detail.proto, &waiting.proto);
        let Some(function) = self.lua_function().filter(same) else { return };
        // SAFETY: the results lie there.
        let value = |index: usize| if index < count { unsafe { *results.add(index) } } else { TValue::NIL };
        let item = |index: usize| Item::Value(self.export(value(index)));
        let mut writes = Vec::new();
        let mut skips = false;
        match waiting.then {
            Then::Results { first, wanted } => {
                let wanted_or_all = wanted.unwrap_or(count);
                writes.extend((0..wanted_or_all).map(|index| Write::Register(first + index, item(index))));
                writes.extend(wanted.is_none().then_some(Write::Top(first + count)));
            }
            Then::Store { register } => writes.push(Write::Register(register, item(0))),
            Then::Test { skip_if } => skips = value(0).is_falsy() != skip_if,
            Then::Discard => {}
            Then::Concat { .. } => return,
            Then::Iterate { base, count } => {
                writes.extend((0..count).map(|index| Write::Register(base + 3 + index, item(index))));
                skips = value(0).is_nil();
                writes.extend((!skips).then(|| Write::Register(base + 2, item(0))));
            }
        }
        let outcome = Ok(if skips { Request::Skip } else { Request::Continue });
        self.arm(function, waiting.pc, waiting.old_stands, Step { writes, outcome });
    }

    /// Results of `frame` are about to be delivered. Says which ones are to be.
    #[cold]
    #[inline(never)]
    pub(super) fn shadow_delivery(
        &mut self,
        frame: &Frame,
        results: *mut TValue,
        count: usize,
    ) -> Result<(*mut TValue, usize), Throw> {
        let delivered = match self.compare_return(frame, results, count)? {
            Some(replaced) => replaced,
            None => (results, count),
        };
        use FrameKind::{Call, Concat, Drop, Iterator, Store, Test};
        // The others are nothing that an instruction has asked for.
        if matches!(FrameKind::of(frame.kind), Call | Concat | Drop | Iterator | Store | Test) {
            self.resume_shadow(delivered.0, delivered.1);
        }
        Ok(delivered)
    }

    /// Compares what a function has returned; `Some` if the old answer stands.
    fn compare_return(
        &mut self,
        frame: &Frame,
        results: *mut TValue,
        count: usize,
    ) -> Result<Option<(*mut TValue, usize)>, Throw> {
        let Some(armed) = self.disarm() else { return Ok(None) };
        let Ok(Request::Return(values)) = &armed.step.outcome else {
            // It is for an instruction that a native function called by the machine has returned to.
            self.rearm(Some(armed));
            return Ok(None);
        };
        if !self.is_below(&armed) || !std::ptr::eq(frame.function.cast(), armed.function) {
            self.note_execution(opcode_of(&armed), Execution::Skipped);
            return Ok(None);
        }
        let mut differences = Vec::new();
        if count != values.len() {
            differences.push((format!("{} results", values.len()), format!("{count} results")));
        }
        for (index, value) in values.iter().enumerate().take(count) {
            // SAFETY: the results lie there.
            let actual = unsafe { *results.add(index) };
            self.compare(&mut differences, || format!("result {}", index + 1), value, actual);
        }
        let mut replaced = None;
        let values = values.clone();
        let _: Flow = self.conclude(armed, differences, |st, _| {
            let count = values.len();
            st.top = st.top.max(results.wrapping_add(count));
            st.push_items(values)?;
            replaced = Some((st.top.wrapping_sub(count), count));
            Ok(Flow::Run)
        })?;
        Ok(replaced)
    }

    // Errors.

    /// Something has been thrown. `Some` if the handler's answer stands instead.
    #[cold]
    #[inline(never)]
    pub(super) fn shadow_throw(&mut self, throw: Throw) -> Option<Result<Flow, Throw>> {
        let armed = self.disarm()?;
        let actual = self.heap.thrown;
        let message = actual.as_string().map(|message| message.bytes().to_vec()).unwrap_or_default();
        let limit = |what: &str| message.windows(what.len()).any(|part| part == what.as_bytes());
        if throw == Throw::Stop
            || !self.is_at(&armed)
            || matches!(armed.step.outcome, Ok(Request::Return(_)))
            || limit("stack overflow")
            || limit("not enough memory")
        {
            self.note_execution(opcode_of(&armed), Execution::Skipped);
            return None;
        }
        let handled = std::mem::replace(&mut self.error_handled, false);
        let expected = match &armed.step.outcome {
            Err(fault) => format!("error: {}", self.fault_text(fault.clone())),
            _ => self.outcome_text(&armed.step),
        };
        let happened = format!("error: {}", String::from_utf8_lossy(&message));
        self.heap.thrown = actual;
        self.error_handled = handled;
        let same = expected == happened || self.calls_what_cannot_be_called(&armed);
        let differences = if same { Vec::new() } else { vec![(expected, happened)] };
        let mut replaced = false;
        let result = self.conclude(armed, differences, |st, armed| {
            replaced = true;
            let _ = st.take_thrown();
            st.carry_out(armed.pc, armed.step)
        });
        (replaced || result.is_err()).then_some(result)
    }

    /// The machine itself words the error of such a call, for both.
    fn calls_what_cannot_be_called(&self, armed: &Armed) -> bool {
        let (Ok(Request::Call { function: Item::Value(function), .. })
        | Ok(Request::TailCall { function: Item::Value(function), .. })) = &armed.step.outcome
        else {
            return false;
        };
        self.import(*function).is_ok_and(|function| {
            !function.is_function() && !self.metamethod(function, super::event::Event::Call).is_function()
        })
    }

    /// The message a fault would have.
    fn fault_text(&mut self, fault: Fault<Error>) -> String {
        let thrown = self.heap.thrown;
        // The program pays for the core's.
        self.heap.meter.rest();
        let _ = self.throw_fault(fault);
        self.heap.meter.resume();
        let message = std::mem::replace(&mut self.heap.thrown, thrown);
        self.text_of_message(message)
    }

    fn text_of_message(&self, message: TValue) -> String {
        message.as_string().map_or_else(String::new, |text| String::from_utf8_lossy(text.bytes()).into_owned())
    }

    // Values.

    fn items(&self, values: &[TValue]) -> Vec<Item> {
        values.iter().map(|&value| Item::Value(self.export(value))).collect()
    }

    fn item_value(&self, item: &Item) -> Option<TValue> {
        match item {
            Item::Value(value) => self.import(*value).ok(),
            _ => None,
        }
    }

    /// Numbers are compared by bits, but for NaNs, which are all alike; what is new, by what it is.
    fn compare(&self, differences: &mut Vec<Difference>, place: impl Fn() -> String, expected: &Item, actual: TValue) {
        let same = match expected {
            Item::Value(value) => self.import(*value).is_ok_and(|value| {
                let nan = |v: TValue| v.as_number().is_some_and(f64::is_nan);
                let numbers = value.is_number() || actual.is_number();
                value.bits() == actual.bits() || nan(value) && nan(actual) || !numbers && value.raw_equals(actual)
            }),
            Item::Text(bytes) => actual.as_string().is_some_and(|string| string.bytes() == bytes),
            Item::Table(..) => actual.as_table().is_some_and(|table| {
                table.metatable.get().is_none() && matches!(table.next(&self.heap, TValue::NIL), Ok(None))
            }),
            Item::Closure(constant) => self.is_closure_of(*constant, actual),
        };
        if !same {
            let place = place();
            differences
                .push((format!("{place} = {}", self.item_text(expected)), format!("{place} = {}", self.text(actual))));
        }
    }

    /// Whether a value is a new closure of the function in a constant of the running one, with the right upvalues.
    fn is_closure_of(&self, constant: usize, actual: TValue) -> bool {
        let (Some(parent), Some(closure)) =
            (self.lua_function(), actual.as_function().and_then(|function| function.as_lua()))
        else {
            return false;
        };
        let child = parent.proto.detail.children.get(constant).copied().flatten();
        let captures = &closure.proto.detail.proto.upvalues;
        child == Some(closure.proto)
            && closure.closure().env.get() == parent.closure().env.get()
            && captures.iter().enumerate().all(|(index, capture)| {
                let upvalue = upvalue_of(closure, index);
                if capture.in_stack {
                    let slot = self.current().base.wrapping_add(capture.index as usize);
                    upvalue.is_some_and(|upvalue| upvalue.value.get() == slot)
                } else {
                    upvalue == upvalue_of(parent, capture.index as usize)
                }
            })
    }

    fn outcome_text(&self, step: &Step) -> String {
        match &step.outcome {
            Ok(Request::Call { function, args, .. }) => self.call_text(function, args),
            Ok(Request::TailCall { function, args, .. }) => format!("tail {}", self.call_text(function, args)),
            Ok(Request::Return(values)) => format!("returns {} values", values.len()),
            Ok(Request::Continue) => "goes on".to_owned(),
            Ok(Request::Skip) => "skips".to_owned(),
            Ok(Request::Jump(target)) => format!("jumps to {target}"),
            Err(_) => "an error".to_owned(),
        }
    }

    fn call_text(&self, function: &Item, args: &[Item]) -> String {
        let args: Vec<String> = args.iter().map(|arg| self.item_text(arg)).collect();
        format!("call of {} with ({})", self.item_text(function), args.join(", "))
    }

    fn item_text(&self, item: &Item) -> String {
        match item {
            Item::Value(value) => self.value_text(*value),
            Item::Text(bytes) => quoted(bytes),
            Item::Table(..) => "a new table".to_owned(),
            Item::Closure(constant) => format!("a new closure of K{constant}"),
        }
    }

    fn value_text(&self, value: Value) -> String {
        self.import(value).map_or_else(|_| "a value that is gone".to_owned(), |value| self.text(value))
    }

    fn text(&self, value: TValue) -> String {
        if let Some(n) = value.as_number() {
            let mut text = Vec::new();
            crate::kernel::number::write_number(&mut text, n);
            return String::from_utf8_lossy(&text).into_owned();
        }
        if let Some(string) = value.as_string() {
            return quoted(string.bytes());
        }
        match self.export(value) {
            Value::Nil => "nil".to_owned(),
            Value::Boolean(truth) => truth.to_string(),
            _ => match value.as_object() {
                Some(object) => format!("{}: {:p}", value.type_name(), object.as_ptr()),
                None => value.type_name().to_owned(),
            },
        }
    }
}

/// Forgets the instructions of frames with this number and those above.
fn drop_from(waiting: &mut Vec<Waiting>, depth: usize) {
    while waiting.pop_if(|last| last.depth >= depth).is_some() {}
}

fn quoted(bytes: &[u8]) -> String {
    const LONGEST: usize = 60;
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]);
    if bytes.len() > LONGEST { format!("{shown:?}…") } else { format!("{shown:?}") }
}

fn opcode_of(armed: &Armed) -> OpCode {
    armed.proto.code[armed.pc].opcode()
}
