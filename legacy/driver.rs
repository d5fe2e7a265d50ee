//! The loop that runs programs. It does not recurse: whatever an instruction or a native function wants done becomes a
//! [`Pending`] operation, which the loop carries out next.
//!
//! Invariants:
//!
//! - an instruction is one transaction: its handler runs, what it queued is committed, and only then is what it asked for done;
//! - results go to the innermost frame, which knows what to do with them (see [`super::frame`]);
//! - only a native function that needs results in its midst enters the loop anew. Its `Entry` frame ends that loop, and nothing
//!   yields across it.

use std::sync::Arc;

use crate::host_stack::{OutOfStack, with_room};

use super::error::LuaError;
use super::frame::{CallFrame, Depth, FrameKind, LuaCode};
use super::limits::{
    HANDLER_ROOM, MAX_FRAMES, MAX_IMPLICIT_CALLS, MAX_NATIVE_CHAIN, MAX_NATIVE_DEPTH, MAX_REGISTERS, MAX_VALUES,
};
use super::memory::{Culprit, Fault, Memory as _, Outcome, Request, Then, View};
use super::native::{CFunction, ExecutionContext, Failure, NativeReturn};
use super::opcodes;
use super::register_window::MAX_REGISTERS_PER_WINDOW;
use super::step::Step;
use super::unwind::Unwound;
use super::value::Value;
use super::vm::LuaVM;

/// What the loop is to do next.
#[derive(Debug)]
pub(super) enum Pending {
    /// The next instruction of the innermost frame.
    Instruction,
    /// What an instruction asked for.
    Request(Request<Value>),
    /// A call.
    Call { function: Value, args: Vec<Value>, named: Culprit, then: Then },
    /// The results of a call, whose frame is gone, go to the innermost frame.
    Deliver { results: Vec<Value>, then: Then },
    /// Nothing: these are the results the loop was entered for.
    Done(Vec<Value>),
}

/// What a callable value is.
enum Callable {
    Lua(LuaCode),
    Native(CFunction),
}

impl LuaVM {
    /// Calls something and runs until it has returned.
    pub(super) fn enter(&mut self, function: Value, args: Vec<Value>, traced: bool) -> Result<Vec<Value>, Failure> {
        if self.native_depth >= MAX_NATIVE_DEPTH {
            return Err(self.run_error(b"C stack overflow"));
        }
        let mut frame = CallFrame::new(Value::Nil, FrameKind::Entry { traced }, Then::Discard);
        frame.depth.entries = 1;
        self.push_frame(frame)?;
        self.native_depth += 1;
        let call = Pending::Call { function, args, named: Culprit::Unnamed, then: Then::Discard };
        let result = with_room(|| self.run(call));
        self.native_depth -= 1;
        let result = result.unwrap_or_else(|OutOfStack| Err(self.run_error(b"C stack overflow")));
        if self.native_depth > 0 {
            return result;
        }
        let sent = self.output().send_at_end();
        let results = result?;
        match sent {
            Ok(()) => Ok(results),
            Err(error) => {
                let message = format!("cannot write the output: {}", error.kind());
                Err(Failure::Stop(LuaError::RuntimeError(message)))
            }
        }
    }

    fn run(&mut self, first: Pending) -> Result<Vec<Value>, Failure> {
        let mut pending = first;
        loop {
            let next = match pending {
                Pending::Instruction => self.execute(),
                Pending::Request(request) => self.carry_out(request),
                Pending::Call { function, args, named, then } => self.begin_call(function, args, named, then),
                Pending::Deliver { results, then } => self.deliver(results, then),
                Pending::Done(results) => return Ok(results),
            };
            pending = match next {
                Ok(next) => next,
                Err(failure) => match self.unwind(failure) {
                    Unwound::Caught(next) => next,
                    Unwound::Escaped(failure) => return Err(failure),
                },
            };
        }
    }

    /// Executes one instruction in a transaction of its own.
    fn execute(&mut self) -> Result<Pending, Failure> {
        self.limits.charge(1)?;
        self.transact(|step, pc| opcodes::execute(step, pc))
    }

    /// Executes an instruction of the innermost frame, or what is left of it, in a transaction: commits what it queued and
    /// says what it asks for, or drops everything if it failed.
    fn transact(&mut self, work: impl FnOnce(&mut Step<'_>, usize) -> Outcome<Value>) -> Result<Pending, Failure> {
        let pc = self.innermost()?.pc;
        let buffers = std::mem::take(&mut self.buffers);
        let result = match Step::begin(&mut self.heap, self.thread, buffers) {
            Ok(mut step) => {
                let result = work(&mut step, pc).and_then(|request| step.conclude(pc, request));
                self.buffers = step.into_buffers();
                result
            }
            Err(fault) => Err(fault),
        };
        match result {
            Ok(Some(request)) => Ok(Pending::Request(request)),
            Ok(None) => Ok(Pending::Instruction),
            Err(fault) => Err(self.word(fault)),
        }
    }

    fn carry_out(&mut self, request: Request<Value>) -> Result<Pending, Failure> {
        match request {
            // The step's commit has done it.
            Request::Continue | Request::Skip | Request::Jump(_) => Ok(Pending::Instruction),
            Request::Call { function, args, named, then } => self.begin_call(function, args, named, then),
            Request::TailCall { function, args, named } => self.begin_tail_call(function, args, named),
            Request::Return(results) => {
                let frame = self.pop_frame()?;
                Ok(Pending::Deliver { results, then: frame.then })
            }
        }
    }

    // Calls.

    fn begin_call(
        &mut self,
        function: Value,
        mut args: Vec<Value>,
        named: Culprit,
        then: Then,
    ) -> Result<Pending, Failure> {
        let (callee, callable) = self.resolve(function, &mut args, named)?;
        match callable {
            Callable::Lua(code) => self.call_lua(callee, code, args, then, 0),
            Callable::Native(function) => self.call_native(callee, function, args, then),
        }
    }

    /// The frame makes room for the callee's, unless that is a native function: it returns at once, and its messages need
    /// the frame.
    fn begin_tail_call(&mut self, function: Value, mut args: Vec<Value>, named: Culprit) -> Result<Pending, Failure> {
        let (callee, callable) = self.resolve(function, &mut args, named)?;
        match callable {
            Callable::Lua(code) => {
                let frame = self.pop_frame()?;
                self.call_lua(callee, code, args, frame.then, frame.tail_calls + 1)
            }
            Callable::Native(function) => {
                // The RETURN behind every tail call returns what is in the open list from that register on.
                let first = match named {
                    Culprit::Register(register) => register,
                    Culprit::Unnamed => 0,
                };
                self.call_native(callee, function, args, Then::Results { first, wanted: None })
            }
        }
    }

    /// What a value that is called is, or its `__call` metamethod, which gets the value as its first argument.
    fn resolve(
        &mut self,
        function: Value,
        args: &mut Vec<Value>,
        named: Culprit,
    ) -> Result<(Value, Callable), Failure> {
        if let Some(callable) = self.callable(function)? {
            return Ok((function, callable));
        }
        let method = self.metamethod(&function, "__call")?;
        match self.callable(method)? {
            Some(callable) => {
                args.insert(0, function);
                Ok((method, callable))
            }
            None => {
                let fault = Fault::Type { verb: "call", kind: function.type_name(), operand: named };
                Err(self.word(fault))
            }
        }
    }

    fn callable(&mut self, value: Value) -> Result<Option<Callable>, Failure> {
        Ok(match value {
            Value::CFunction(function) => Some(Callable::Native(function)),
            Value::Closure(closure) => {
                let mut tx = self.transaction();
                let constants = tx.get_closure(closure)?.proto;
                let function = tx.get_function_proto(constants)?;
                Some(match function.as_native() {
                    Some(native) => Callable::Native(native),
                    None => Callable::Lua(LuaCode { closure, proto: Arc::clone(&function.proto), constants }),
                })
            }
            _ => None,
        })
    }

    /// The metamethod of any value for an event, or nil.
    pub(super) fn metamethod(&mut self, value: &Value, event: &'static str) -> Result<Value, Failure> {
        Step::without_frame(&mut self.heap, self.thread).metamethod(value, event).map_err(|fault| self.word(fault))
    }

    fn call_lua(
        &mut self,
        callee: Value,
        code: LuaCode,
        mut args: Vec<Value>,
        then: Then,
        tail_calls: usize,
    ) -> Result<Pending, Failure> {
        let proto = Arc::clone(&code.proto);
        let params = usize::from(proto.num_params);
        let varargs = if args.len() > params { args.split_off(params) } else { Vec::new() };
        let arg = if proto.vararg.needs_arg { Some(self.arg_table(&varargs)?) } else { None };
        let mut frame = CallFrame::new(callee, FrameKind::Lua(code), then);
        frame.tail_calls = tail_calls;
        let size = usize::from(proto.max_stack_size);
        if proto.vararg.is_vararg {
            frame.varargs = varargs;
        }
        frame.depth = Depth { values: size + frame.varargs.len(), ..Depth::default() };
        self.check_depth(&frame)?;
        frame.window = self.heap.allocate_window(self.thread, size)?;
        let windows = &mut self.running_mut()?.windows;
        // Windows are nil when they are new, which the compiler counts on.
        let args = args.into_iter().enumerate();
        for (register, value) in args.chain(arg.map(|arg| (params, arg))) {
            windows.set_register(frame.window, register, value)?;
        }
        self.push_frame(frame)?;
        Ok(Pending::Instruction)
    }

    /// The table `arg` of a function that has one (Lua 5.0's way to variable arguments).
    fn arg_table(&mut self, varargs: &[Value]) -> Result<Value, Failure> {
        let mut tx = self.transaction();
        let table = tx.create_table_with_capacity(varargs.len(), 1)?;
        for (index, value) in varargs.iter().enumerate() {
            tx.set_table_field(table, Value::Number((index + 1) as f64), *value)?;
        }
        let name = tx.create_string_bytes(b"n")?;
        tx.set_table_field(table, Value::String(name), Value::Number(varargs.len() as f64))?;
        tx.commit()?;
        Ok(Value::Table(table))
    }

    fn call_native(
        &mut self,
        callee: Value,
        function: CFunction,
        args: Vec<Value>,
        then: Then,
    ) -> Result<Pending, Failure> {
        // Natives that call one another execute no instruction.
        self.limits.charge(1)?;
        let frame = CallFrame::new(callee, FrameKind::Native, then);
        self.check_depth(&frame)?;
        self.push_frame(frame)?;
        self.send_output_for(&callee);
        let mut context = ExecutionContext::new(self, callee, args);
        let returned = function(&mut context)?;
        let results = context.into_results();
        match returned {
            NativeReturn::Results => {
                let frame = self.pop_frame()?;
                Ok(Pending::Deliver { results, then: frame.then })
            }
            NativeReturn::Protected { function, args, handler } => {
                self.innermost()?.kind = FrameKind::Protected { handler };
                self.check_native_chain(function)?;
                Ok(Pending::Call { function, args, named: Culprit::Unnamed, then: Then::Discard })
            }
            NativeReturn::Resume { thread, args, wrap } => self.resume(thread, args, wrap),
            NativeReturn::Yield(values) => self.yield_values(values),
        }
    }

    /// Protecting functions that call one another are counted, as they are where each of them needs the host's stack.
    fn check_native_chain(&mut self, callee: Value) -> Result<(), Failure> {
        if matches!(self.callable(callee)?, Some(Callable::Lua(_))) {
            return Ok(());
        }
        let natives = |frame: &&CallFrame| matches!(frame.kind, FrameKind::Protected { .. });
        if self.frames().iter().rev().take_while(natives).count() >= MAX_NATIVE_CHAIN {
            return Err(self.run_error(b"C stack overflow"));
        }
        Ok(())
    }

    // Frames.

    pub(super) fn innermost(&mut self) -> Result<&mut CallFrame, LuaError> {
        let frame = self.running_mut()?.frames.last_mut();
        frame.ok_or_else(|| LuaError::InternalError("the running thread has no active call".to_owned()))
    }

    /// Whether there is room for one more frame.
    fn check_depth(&mut self, frame: &CallFrame) -> Result<(), Failure> {
        let below = self.frames().last().map(|frame| frame.depth).unwrap_or_default();
        let frames = self.frames().len();
        let values = below.values + frame.depth.values;
        let registers = self.running()?.windows.register_count();
        if frames >= MAX_FRAMES || values > MAX_VALUES || registers > MAX_REGISTERS {
            // A message handler runs on top of what has overflowed.
            let handled = self.frames().iter().any(|frame| matches!(frame.kind, FrameKind::Handler));
            let room = if handled { HANDLER_ROOM } else { 0 };
            let fits = frames < MAX_FRAMES + room
                && values <= MAX_VALUES + room * MAX_REGISTERS_PER_WINDOW
                && registers <= MAX_REGISTERS + room * MAX_REGISTERS_PER_WINDOW;
            if !fits {
                return Err(self.run_error(b"stack overflow"));
            }
        }
        if below.implicit + self.implicit_calls(frame.then) > MAX_IMPLICIT_CALLS {
            return Err(self.run_error(b"C stack overflow"));
        }
        Ok(())
    }

    /// One, if a call with this continuation is one that no program asked for: an instruction did.
    fn implicit_calls(&self, then: Then) -> usize {
        let caller = self.frames().last();
        let instruction = caller.is_some_and(|caller| caller.code().is_some());
        usize::from(instruction && !matches!(then, Then::Results { .. }))
    }

    pub(super) fn push_frame(&mut self, mut frame: CallFrame) -> Result<(), LuaError> {
        let implicit = self.implicit_calls(frame.then);
        let frames = &mut self.running_mut()?.frames;
        let below = frames.last().map(|frame| frame.depth).unwrap_or_default();
        frame.depth.values += below.values;
        frame.depth.implicit = below.implicit + implicit;
        frame.depth.entries += below.entries;
        frames.push(frame);
        Ok(())
    }

    /// Ends the innermost call. The upvalues of a Lua function are closed, and its window goes.
    pub(super) fn pop_frame(&mut self) -> Result<CallFrame, LuaError> {
        let frame = self.running_mut()?.frames.pop();
        let frame = frame.ok_or_else(|| LuaError::InternalError("the running thread has no active call".to_owned()))?;
        if frame.code().is_some() {
            self.heap.deallocate_windows(self.thread, frame.window)?;
        }
        Ok(frame)
    }

    // Results.

    /// Results go to the innermost frame.
    fn deliver(&mut self, mut results: Vec<Value>, then: Then) -> Result<Pending, Failure> {
        let Some(frame) = self.running_mut()?.frames.last() else { return self.end_coroutine(results) };
        match frame.kind {
            FrameKind::Lua(_) => self.receive(results, then),
            FrameKind::Protected { .. } => {
                let frame = self.pop_frame()?;
                results.insert(0, Value::Boolean(true));
                Ok(Pending::Deliver { results, then: frame.then })
            }
            FrameKind::Entry { .. } => {
                self.pop_frame()?;
                Ok(Pending::Done(results))
            }
            FrameKind::Handler => {
                self.pop_frame()?;
                self.catch(first_of(&results))
            }
            FrameKind::Native | FrameKind::Resume { .. } | FrameKind::Yield | FrameKind::Start => {
                let kind = format!("a frame that waits for no results got some: {:?}", frame.kind);
                Err(LuaError::InternalError(kind).into())
            }
        }
    }

    /// The innermost frame, a Lua function's, takes the results of the call its instruction asked for.
    fn receive(&mut self, results: Vec<Value>, then: Then) -> Result<Pending, Failure> {
        self.transact(|step, _| {
            match then {
                Then::Results { first, wanted } => {
                    let count = wanted.unwrap_or(results.len());
                    if wanted.is_none() {
                        step.set_top(first + count);
                    }
                    for index in 0..count {
                        step.set_register(first + index, results.get(index).copied().unwrap_or_default())?;
                    }
                }
                Then::Store { register } => step.set_register(register, first_of(&results))?,
                Then::Test { skip_if } => {
                    let skip = first_of(&results).to_boolean() == skip_if;
                    return Ok(if skip { Request::Skip } else { Request::Continue });
                }
                Then::Discard => {}
                Then::Concat { target, first, last } => {
                    return opcodes::resume_concat(step, target, first, last, first_of(&results));
                }
                Then::Iterate { base, count } => {
                    for index in 0..count {
                        step.set_register(base + 3 + index, results.get(index).copied().unwrap_or_default())?;
                    }
                    let control = first_of(&results);
                    if step.view(&control) == View::Nil {
                        return Ok(Request::Skip);
                    }
                    step.set_register(base + 2, control)?;
                }
            }
            Ok(Request::Continue)
        })
    }
}

/// The first of a call's results.
pub(super) fn first_of(results: &[Value]) -> Value {
    results.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::OpCode;
    use crate::legacy::transaction::TransactionBuffers;
    use pretty_assertions::assert_eq;

    /// A machine that is about to execute the first instruction with this opcode of a chunk's main function.
    fn stopped_at(opcode: OpCode, source: &str) -> LuaVM {
        let mut vm = LuaVM::with_stdlib().unwrap();
        let function = vm.load(source.as_bytes(), b"=t").unwrap().unwrap();
        let frame = CallFrame::new(Value::Nil, FrameKind::Entry { traced: false }, Then::Discard);
        vm.push_frame(frame).unwrap();
        let mut pending = Pending::Call { function, args: Vec::new(), named: Culprit::Unnamed, then: Then::Discard };
        loop {
            pending = match pending {
                Pending::Instruction => {
                    let frame = vm.innermost().unwrap();
                    let code = frame.code().unwrap();
                    if code.proto.line_defined == 0 && code.proto.code[frame.pc].opcode() == opcode {
                        return vm;
                    }
                    vm.execute().unwrap()
                }
                Pending::Request(request) => vm.carry_out(request).unwrap(),
                Pending::Call { function, args, named, then } => vm.begin_call(function, args, named, then).unwrap(),
                Pending::Deliver { results, then } => vm.deliver(results, then).unwrap(),
                Pending::Done(_) => panic!("the opcode was not met"),
            };
        }
    }

    /// What the handler of the next instruction asks for; nothing is committed.
    fn asked(vm: &mut LuaVM) -> Request<Value> {
        let pc = vm.innermost().unwrap().pc;
        let mut step = Step::begin(&mut vm.heap, vm.thread, TransactionBuffers::default()).unwrap();
        opcodes::execute(&mut step, pc).unwrap()
    }

    fn register(vm: &mut LuaVM, register: usize) -> Value {
        let window = vm.innermost().unwrap().window;
        *vm.running().unwrap().windows.get_register(window, register).unwrap()
    }

    #[test]
    fn an_instruction_writes_when_it_is_committed() {
        let mut vm = stopped_at(OpCode::LoadK, "local x = 5");
        assert_eq!(asked(&mut vm), Request::Continue);
        assert_eq!((register(&mut vm, 0), vm.innermost().unwrap().pc), (Value::Nil, 0));
        assert!(matches!(vm.execute(), Ok(Pending::Instruction)));
        assert_eq!((register(&mut vm, 0), vm.innermost().unwrap().pc), (Value::Number(5.0), 1));
    }

    #[test]
    fn metamethods_are_asked_for() {
        let mut vm =
            stopped_at(OpCode::Add, "local f = print local t = setmetatable({}, { __add = f }) local x = 2 + t");
        let (method, table) = (register(&mut vm, 0), register(&mut vm, 1));
        let (args, then) = (vec![Value::Number(2.0), table], Then::Store { register: 2 });
        assert_eq!(asked(&mut vm), Request::Call { function: method, args, named: Culprit::Unnamed, then });

        // `a <= b` is `not (b < a)`.
        let source = "local f = print local m = { __lt = f } local a, b = setmetatable({}, m), setmetatable({}, m) \
                      local x = a <= b";
        let mut vm = stopped_at(OpCode::Le, source);
        let method = register(&mut vm, 0);
        let args = vec![register(&mut vm, 3), register(&mut vm, 2)];
        let then = Then::Test { skip_if: true };
        assert_eq!(asked(&mut vm), Request::Call { function: method, args, named: Culprit::Unnamed, then });
    }

    #[test]
    fn concatenation_goes_from_the_right() {
        let source = "local f = print local t = setmetatable({}, { __concat = f }) local x = 'a' .. t .. 1 .. 'b'";
        let mut vm = stopped_at(OpCode::Concat, source);
        let (method, table) = (register(&mut vm, 0), register(&mut vm, 1));
        let args = vec![table, vm.create_string(b"1b").unwrap()];
        let then = Then::Concat { target: 2, first: 2, last: 3 };
        assert_eq!(asked(&mut vm), Request::Call { function: method, args, named: Culprit::Unnamed, then });
    }
}
