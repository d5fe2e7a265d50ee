//! The seam for opcodes that are not the core's: an instruction can be routed to a handler that the machine knows by the
//! trait [`Foreign`] alone.
//!
//! Lowering makes such an instruction one word. Executing it has two halves. The handler's half reads the machine through
//! [`Running`] and returns a [`Step`]: the writes it wants, and what it asks for. Nothing has happened then, so a step can as well be thrown
//! away, which is what a shadow run does. The machine's half, [`State::carry_out`], does what the step says. Calls, returns
//! and errors go the same way as those of the core's own instructions.
//!
//! A step names objects by handle, and what it makes new by [`Item`]; nothing collects between its two halves.

#![cfg_attr(not(feature = "compat"), allow(dead_code, reason = "the bridge alone uses it"))]

use super::call::{Continuation, Flow};
use super::frame::FrameKind;
use super::native::Throw;
use super::op::Op;
use super::operations::{new_closure, reserve_list, tail_call};
use super::relower::entry_of;
use super::state::State;
use crate::arena::handle::{StringHandle, TableHandle};
use crate::arena::{Gc, Lowered, LuaFunction, TValue, Upvalue};
use crate::bytecode::request::{Culprit, Fault, Request, Then};
use crate::bytecode::{Instruction, OpCode, Proto};
use crate::error::{Error, RuntimeError};
use crate::router::{KillSwitch, OpPolicy, Routes};
use crate::value::Value;

/// A value in a step: one there is, or one that the step makes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Value(Value),
    /// A string with these bytes.
    Text(Vec<u8>),
    /// A new table with room for so many elements and other keys.
    Table(usize, usize),
    /// A new closure of the function in this constant.
    Closure(usize),
}

/// A write that a step wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Write {
    Register(usize, Item),
    /// Open results end below this register.
    Top(usize),
    Upvalue(usize, Item),
    /// Raw: the key is neither nil nor NaN.
    Field(TableHandle, Value, Item),
    /// The upvalues of this register and those above are closed.
    Close(usize),
}

/// What a handler made of an instruction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) writes: Vec<Write>,
    pub(crate) outcome: Result<Request<Item>, Fault<Error>>,
}

/// What became of an instruction away from the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Execution {
    /// The handler's step was carried out.
    Foreign,
    /// Both ran, and did the same.
    Matched,
    /// Both ran, and could not be compared.
    Skipped,
}

/// A difference between a handler and the core.
#[derive(Debug, Clone)]
pub(crate) struct Divergence {
    pub(crate) opcode: OpCode,
    /// The name the chunk was loaded by.
    pub(crate) chunk: Vec<u8>,
    /// The line its function begins at; 0 for a main chunk.
    pub(crate) function: u32,
    pub(crate) line: u32,
    pub(crate) pc: usize,
    pub(crate) route: crate::router::Route,
    /// What the handler made of it, one difference a line.
    pub(crate) foreign: String,
    /// What the core did, likewise.
    pub(crate) core: String,
}

/// What is to be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    GoOn,
    /// The opcode goes back to the handler for good.
    Retreat,
    /// The program is stopped.
    Stop,
}

/// What runs instructions that are not the core's.
pub(crate) trait Foreign: Send + Sync {
    /// Makes a step of the instruction at `pc`.
    fn step(&mut self, running: &mut Running<'_>, pc: usize) -> Step;
    fn executed(&mut self, opcode: OpCode, execution: Execution);
    fn diverged(&mut self, divergence: Divergence) -> Verdict;
    /// The handler, as its host knows it.
    fn as_any(&self) -> &dyn std::any::Any;
    fn as_any_mut(&mut self) -> &mut dyn std::any::Any;
}

/// How a machine's instructions are routed.
pub(crate) struct Routing {
    pub(crate) policy: OpPolicy,
    /// Counts the policies there have been: code lowered by another one is lowered anew.
    pub(crate) version: u32,
    /// `None` while it runs.
    pub(crate) foreign: Option<Box<dyn Foreign>>,
    /// What takes everything back to the handlers.
    pub(super) switch: Option<KillSwitch>,
    pub(crate) killed: bool,
    pub(super) shadow: super::shadow::Shadow,
}

impl Routing {
    pub(crate) fn new(policy: OpPolicy, foreign: Box<dyn Foreign>) -> Box<Routing> {
        Box::new(Routing {
            policy,
            version: 1,
            foreign: Some(foreign),
            switch: None,
            killed: false,
            shadow: Default::default(),
        })
    }
}

/// The running Lua function, as a handler sees it. Nothing is written.
pub(crate) struct Running<'vm> {
    st: &'vm mut State,
    function: Gc<LuaFunction>,
}

impl Running<'_> {
    pub(crate) fn proto(&self) -> &Proto {
        &self.function.proto.detail.proto
    }

    pub(crate) fn register(&self, index: usize) -> Value {
        self.st.export(self.st.foreign_register(index))
    }

    pub(crate) fn top(&self) -> usize {
        (self.st.top as usize).saturating_sub(self.st.current().base as usize) / size_of::<TValue>()
    }

    pub(crate) fn constant(&self, index: usize) -> Value {
        let constant = self.function.proto.detail.constants.get(index);
        constant.map_or(Value::Nil, |&constant| self.st.export(constant))
    }

    pub(crate) fn varargs(&self) -> Vec<Value> {
        let (first, count) = self.st.varargs(self.st.frame);
        // SAFETY: the variable arguments lie there, below the frame's registers.
        (0..count).map(|index| self.st.export(unsafe { *first.add(index) })).collect()
    }

    pub(crate) fn upvalue(&self, index: usize) -> Value {
        // SAFETY: an upvalue's value is a slot of a stack, or in the upvalue.
        upvalue_of(self.function, index).map_or(Value::Nil, |upvalue| self.st.export(unsafe { *upvalue.value.get() }))
    }

    pub(crate) fn environment(&self) -> TableHandle {
        self.st.heap.handle(self.function.closure().env.get())
    }

    pub(crate) fn bytes(&self, string: StringHandle) -> Option<&[u8]> {
        self.st.view().bytes(string)
    }

    pub(crate) fn raw_equal(&self, left: Value, right: Value) -> Result<bool, Error> {
        Ok(self.st.import(left)?.raw_equals(self.st.import(right)?))
    }

    pub(crate) fn raw_get(&self, table: TableHandle, key: Value) -> Option<Value> {
        self.st.view().raw_get(table, key)
    }

    pub(crate) fn raw_len(&self, table: TableHandle) -> Option<usize> {
        self.st.view().raw_len(table)
    }

    /// A value's metamethod, by its name; nil if it has none.
    pub(crate) fn metamethod(&mut self, value: Value, event: &str) -> Result<Value, Error> {
        let value = self.st.import(value)?;
        self.metamethod_of(value, event)
    }

    /// The metamethod that all strings share.
    pub(crate) fn string_metamethod(&mut self, event: &str) -> Result<Value, Error> {
        let any = self.st.name(super::event::Event::Index);
        self.metamethod_of(any.into(), event)
    }

    fn metamethod_of(&mut self, value: TValue, event: &str) -> Result<Value, Error> {
        let Some(metatable) = self.st.metatable_of(value) else { return Ok(Value::Nil) };
        let name = self.st.heap.string(event.as_bytes()).map_err(|_| Error::Memory)?;
        Ok(self.st.export(metatable.get_str(name)))
    }
}

/// The first word of a classic instruction that is wanted, not counting those of others that follow.
pub(super) fn find_word(code: &Lowered, classic: usize, wanted: impl Fn(Op) -> bool) -> Option<usize> {
    let mut index = code.entries[classic] as usize;
    while code.classic.get(index).is_some_and(|&pc| pc as usize == classic) {
        let op = Op::of(code.words[index].get());
        if wanted(op) {
            return Some(index);
        }
        index += 1 + op.constants();
    }
    None
}

/// An upvalue of a function, if it has so many.
pub(super) fn upvalue_of(function: Gc<LuaFunction>, index: usize) -> Option<Gc<Upvalue>> {
    (index < function.closure().upvalue_count()).then(|| function.upvalue(index)).flatten()
}

impl State {
    pub(super) fn foreign_register(&self, index: usize) -> TValue {
        // SAFETY: instructions name registers of their frame, or open results below `top`; the margin lies above both.
        unsafe { *self.current().base.add(index) }
    }

    /// The Lua function of the innermost frame.
    pub(super) fn lua_function(&self) -> Option<Gc<LuaFunction>> {
        self.running_closure().and_then(|closure| closure.as_lua())
    }

    /// The routes that code of a chunk is lowered by.
    pub(super) fn routes_of(&self, chunk: &[u8]) -> Routes {
        match &self.routing {
            Some(routing) if routing.killed => routing.policy.killed().routes_for(chunk),
            Some(routing) if self.lowering.routes != 0 => routing.policy.routes_for(chunk),
            _ => Routes::default(),
        }
    }

    /// Has the handler make a step of the instruction at `pc` of the innermost frame. What it reads for that is for nothing if it
    /// will be read once more.
    pub(super) fn foreign_step(&mut self, pc: usize, pays: bool) -> Option<Step> {
        let function = self.lua_function()?;
        let mut foreign = self.routing.as_mut()?.foreign.take()?;
        if !pays {
            self.heap.meter.rest();
        }
        let step = foreign.step(&mut Running { st: self, function }, pc);
        if !pays {
            self.heap.meter.resume();
        }
        self.give_foreign(foreign);
        Some(step)
    }

    pub(super) fn give_foreign(&mut self, foreign: Box<dyn Foreign>) {
        if let Some(routing) = &mut self.routing {
            routing.foreign = Some(foreign);
        }
    }

    /// Executes the instruction at `pc` by its handler. The frame's `pc` is behind the `Foreign` word.
    #[cold]
    #[inline(never)]
    pub(super) fn execute_foreign(&mut self, pc: usize) -> Result<Flow, Throw> {
        let no_handler = "there is no handler for old opcodes";
        let Some(instruction) = self.classic_instruction(pc) else { return Err(self.run_error(no_handler)) };
        self.pay_for_step(instruction)?;
        let pays = self.pays_for_reading(instruction);
        let Some(step) = self.foreign_step(pc, pays) else { return Err(self.run_error(no_handler)) };
        self.note_execution(instruction.opcode(), Execution::Foreign);
        self.carry_out(pc, step)
    }

    pub(super) fn note_execution(&mut self, opcode: OpCode, execution: Execution) {
        if let Some(foreign) = self.routing.as_mut().and_then(|routing| routing.foreign.as_mut()) {
            foreign.executed(opcode, execution);
        }
    }

    /// Does what a step of the instruction at `pc` says. The frame's `pc` is in that instruction's words.
    pub(super) fn carry_out(&mut self, pc: usize, step: Step) -> Result<Flow, Throw> {
        if let Some(Write::Field(table, Value::Number(last), _)) = step.writes.last()
            && self.classic_instruction(pc).is_some_and(|word| word.opcode() == OpCode::SetList)
            && let Ok(Some(table)) = self.import(Value::Table(*table)).map(TValue::as_table)
        {
            self.allocate(|st| reserve_list(st, table, *last as usize))?;
        }
        for write in step.writes {
            if let Err(error) = self.apply_write(write) {
                return Err(self.throw_refusal(error));
            }
        }
        let request = match step.outcome {
            Ok(request) => request,
            Err(fault) => return Err(self.throw_fault(fault)),
        };
        match request {
            Request::Continue => self.go_to(pc + 1),
            Request::Skip => self.go_to(pc + 2),
            Request::Jump(target) => {
                self.go_to(target);
                if self.classic_instruction(pc).is_some_and(|word| word.opcode() == OpCode::ForPrep) {
                    self.skip_fuel();
                }
                if target <= pc {
                    self.poll()?;
                }
            }
            Request::Call { function, args, named: _, then } => {
                let flow = self.foreign_call(pc, function, args, then)?;
                if flow == Flow::Run {
                    self.poll()?;
                }
                return Ok(flow);
            }
            Request::TailCall { function, args, named: _ } => {
                let register = self.classic_instruction(pc).map_or(0, |word| word.a() as usize);
                self.place_items(register, function, args)?;
                self.go_to(pc + 1);
                // SAFETY: the function and its arguments are in the registers, up to `top`.
                return unsafe { tail_call(self, register) };
            }
            Request::Return(values) => {
                let base = self.current().base;
                self.close_upvalues(base);
                let count = values.len();
                self.top = base;
                self.push_items(values)?;
                let results = self.top.wrapping_sub(count);
                return self.finish(results, count);
            }
        }
        Ok(Flow::Run)
    }

    fn classic_instruction(&self, pc: usize) -> Option<Instruction> {
        self.lua_function()?.proto.detail.proto.code.get(pc).copied()
    }

    /// Limits are seen where the loop sees them: after a jump back, or into a function.
    fn poll(&mut self) -> Result<(), Throw> {
        if self.interrupt.load(std::sync::atomic::Ordering::Relaxed) != 0 { self.interrupted() } else { Ok(()) }
    }

    /// The innermost frame goes on at a classic instruction.
    pub(super) fn go_to(&mut self, classic: usize) {
        let Some(function) = self.lua_function() else { return };
        let lowered = function.proto.detail.lowered.borrow();
        let Some(lowered) = lowered.as_deref() else { return };
        let word = entry_of(&function.proto.detail.proto.code, lowered, classic);
        // SAFETY: `frame` is a frame of the running thread.
        unsafe { (*self.frame).pc = lowered.words.as_ptr().cast::<u64>().wrapping_add(word) };
    }

    /// A loop that begins has not gone round yet: unlike its jump back, its first test is free.
    fn skip_fuel(&mut self) {
        // SAFETY: the innermost frame is a Lua function's, and its `pc` at a word of lowered code, which never ends with a `Fuel`.
        unsafe {
            if Op::of(*(*self.frame).pc) == Op::Fuel {
                (*self.frame).pc = (*self.frame).pc.add(1);
            }
        }
    }

    /// A step's value as one of the machine's.
    fn make_item(&mut self, item: Item) -> Result<TValue, Error> {
        match item {
            Item::Value(value) => self.import(value),
            Item::Text(bytes) => {
                let string = self.with_room(|st| {
                    st.heap.check_room(bytes.len())?;
                    st.heap.string(&bytes)
                });
                string.map(TValue::from).map_err(|_| Error::Memory)
            }
            Item::Table(elements, keys) => {
                let table = self.with_room(|st| st.heap.table_sized(elements, keys));
                table.map(TValue::from).map_err(|_| Error::Memory)
            }
            Item::Closure(constant) => {
                let parent = self.lua_function().ok_or(Error::Memory)?;
                let base = self.current().base;
                // SAFETY: the parent runs in the innermost frame; handlers name constants that hold functions.
                self.with_room(|st| unsafe { new_closure(st, parent, base, constant) }).map_err(|_| Error::Memory)
            }
        }
    }

    fn apply_write(&mut self, write: Write) -> Result<(), Error> {
        match write {
            Write::Register(register, item) => {
                let value = self.make_item(item)?;
                // Variable arguments may end above the frame's registers.
                self.grow_for_register(register)?;
                // SAFETY: there is room for that register.
                unsafe { *self.current().base.add(register) = value };
            }
            Write::Top(register) => {
                self.grow_for_register(register)?;
                self.top = self.current().base.wrapping_add(register);
            }
            Write::Upvalue(index, item) => {
                let value = self.make_item(item)?;
                if let Some(upvalue) = self.lua_function().and_then(|function| upvalue_of(function, index)) {
                    // SAFETY: an upvalue's value is a slot of a stack, or in the upvalue.
                    unsafe { *upvalue.value.get() = value };
                    self.heap.barrier(upvalue.header(), value);
                }
            }
            Write::Field(table, key, item) => {
                let (key, value) = (self.import(key)?, self.make_item(item)?);
                if let Some(table) = self.import(Value::Table(table))?.as_table() {
                    self.set_with_room(table, key, value).map_err(|error| match error {
                        crate::arena::TableError::Memory(_) => Error::Memory,
                        _ => runtime("a handler used a key that no table can have"),
                    })?;
                }
            }
            Write::Close(register) => {
                let from = self.current().base.wrapping_add(register);
                self.close_upvalues(from);
            }
        }
        Ok(())
    }

    /// Makes room for a register of the innermost frame, which may be above those its function asked for.
    fn grow_for_register(&mut self, register: usize) -> Result<(), Error> {
        if (self.current().base.wrapping_add(register)) < self.stack_limit {
            return Ok(());
        }
        let missing =
            register.saturating_sub(self.slot_number(self.top).saturating_sub(self.slot_number(self.current().base)));
        self.grow_stack_for(missing + 1).map_err(|_| {
            let _ = self.take_thrown();
            runtime("stack overflow")
        })
    }

    pub(super) fn push_items(&mut self, items: Vec<Item>) -> Result<(), Throw> {
        self.grow_stack_for(items.len())?;
        for item in items {
            let value = self.make_item(item).map_err(|error| self.throw_refusal(error))?;
            // SAFETY: `grow_stack_for` made room.
            unsafe { self.top.write(value) };
            self.top = self.top.wrapping_add(1);
        }
        Ok(())
    }

    /// Puts a function and its arguments into registers, up to `top`.
    fn place_items(&mut self, register: usize, function: Item, args: Vec<Item>) -> Result<*mut TValue, Throw> {
        // Growing may collect: what the items name has to be below `top` still.
        self.grow_stack_for(1 + args.len())?;
        self.top = self.current().base.wrapping_add(register);
        self.push_items(vec![function])?;
        self.push_items(args)?;
        Ok(self.current().base.wrapping_add(register))
    }

    /// Begins a call that a handler asks for.
    fn foreign_call(&mut self, pc: usize, function: Item, args: Vec<Item>, then: Then) -> Result<Flow, Throw> {
        let waiting =
            |kind, extra: usize, wanted: usize| Continuation { kind, extra: extra as u8, wanted: wanted as i16 };
        let continuation = match then {
            Then::Results { first, wanted } => {
                self.go_to(pc + 1);
                let func = self.place_items(first, function, args)?;
                return self.precall(func, Continuation::call(wanted.map_or(-1, |wanted| wanted as i16)));
            }
            Then::Iterate { base, count } => {
                self.stand_behind(pc, |op| matches!(op, Op::Foreign | Op::ForIn | Op::ForInCall));
                let func = self.place_items(base + 3, function, args)?;
                return self.precall(func, waiting(FrameKind::Iterator, base, count));
            }
            Then::Test { skip_if } => {
                if !self.stand_behind(pc, |op| op == Op::Skip) {
                    return self.test_at_once(pc, function, args, skip_if);
                }
                waiting(FrameKind::Test, usize::from(!skip_if), 1)
            }
            Then::Store { register } => {
                self.go_to(pc + 1);
                waiting(FrameKind::Store, register, 1)
            }
            Then::Discard => {
                self.go_to(pc + 1);
                waiting(FrameKind::Drop, 0, 0)
            }
            Then::Concat { target, first, last } => {
                self.go_to(pc + 1);
                let end = self.lua_function().map_or(0, |function| usize::from(function.proto.max_stack));
                self.top = self.current().base.wrapping_add(end);
                // What is still to be concatenated waits below the call, and the two operands above it.
                let rest = (first..last).map(|index| Item::Value(self.export(self.foreign_register(index)))).collect();
                self.push_items(rest)?;
                self.push_items(args.clone())?;
                let func = self.slot_number(self.top);
                self.push_items(vec![function])?;
                self.push_items(args)?;
                let func = self.thread.stack.get().wrapping_add(func);
                return self.precall(func, waiting(FrameKind::Concat, target, last - first));
            }
        };
        let end = self.lua_function().map_or(0, |function| usize::from(function.proto.max_stack));
        let func = self.place_items(end, function, args)?;
        self.precall(func, continuation)
    }

    /// Moves the innermost frame behind the first word of the instruction at `pc` that is wanted; false if there is none.
    fn stand_behind(&mut self, pc: usize, wanted: impl Fn(Op) -> bool) -> bool {
        let Some(function) = self.lua_function() else { return false };
        let lowered = function.proto.detail.lowered.borrow();
        let Some(lowered) = lowered.as_deref() else { return false };
        let Some(word) = find_word(lowered, pc, wanted) else { return false };
        // SAFETY: `frame` is a frame of the running thread.
        unsafe { (*self.frame).pc = lowered.words.as_ptr().cast::<u64>().wrapping_add(word + 1) };
        true
    }

    /// A comparison's metamethod where the core's own comparison, which knows none, has been executed already.
    fn test_at_once(&mut self, pc: usize, function: Item, args: Vec<Item>, skip_if: bool) -> Result<Flow, Throw> {
        let end = self.lua_function().map_or(0, |function| usize::from(function.proto.max_stack));
        let func = self.place_items(end, function, args)?;
        self.call(func, Some(1))?;
        // SAFETY: the one result lies below `top`.
        let truth = !unsafe { *self.top.sub(1) }.is_falsy();
        self.go_to(if truth == skip_if { pc + 2 } else { pc + 1 });
        Ok(Flow::Run)
    }

    // Errors.

    /// A fault as the error of the running function.
    pub(super) fn throw_fault(&mut self, fault: Fault<Error>) -> Throw {
        match fault {
            Fault::Type { verb, kind, operand } => {
                let name = match operand {
                    Culprit::Register(register) => self.name_of_register(register),
                    Culprit::Unnamed => None,
                };
                self.kind_error(kind, verb, name)
            }
            Fault::Compare { left, right } => self.compare_kinds_error(left, right),
            Fault::Message(message) => self.run_error(message),
            Fault::Memory(error) => self.throw_refusal(error),
        }
    }

    fn throw_refusal(&mut self, error: Error) -> Throw {
        if self.heap.meter.stopped().is_some() {
            return Throw::Stop;
        }
        match error {
            Error::Memory => self.memory_error(),
            Error::Runtime(RuntimeError { message }) => self.run_error(&String::from_utf8_lossy(&message)),
            error => self.run_error(&error.to_string()),
        }
    }
}

fn runtime(message: &str) -> Error {
    Error::Runtime(RuntimeError { message: message.as_bytes().to_vec() })
}
