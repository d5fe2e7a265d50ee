//! Calls and returns: everything about them that the loop does not do itself.
//!
//! [`State::precall`] begins a call of any value; a Lua function's frame is pushed and the loop goes on with it, a
//! native function is run and its results are delivered at once (`results.rs`). Where a call or a return leads to another (`pcall` calls,
//! its results are those of the `pcall` below, a thread ends), what comes next is a [`Next`], and [`State::proceed`] goes through them.
//! Nothing here recurses; only [`State::call`], which Rust code uses to call into the machine, enters the loop anew.

use super::event::Event;
use super::exec;
use super::frame::{FrameKind, NativeKind};
use super::limits::{MAX_MACHINE_CALLS, MAX_NATIVE_DEPTH};
use super::native::{Ctx, NativeFn, Throw};
use super::state::{STACK_MARGIN, State};
use crate::arena::{Frame, FunctionProto, Gc, LuaFunction, NativeFunction, TValue};
use crate::host_stack::{OutOfStack, with_room};

/// What the loop does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Flow {
    /// Go on with the innermost frame.
    Run,
    /// The frame the loop was entered for has returned.
    Done,
}

/// What a call or a return leads to. It fits into two registers.
#[must_use]
pub(super) enum Next {
    Flow(Flow),
    /// A call of the value in a slot, with the arguments between it and `top`.
    Call(*mut TValue, Continuation),
    /// The end of the innermost frame, a native function's: so many of the topmost values are its results.
    Return(usize),
}

/// How a call's results are to be delivered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Continuation {
    pub(crate) kind: FrameKind,
    pub(crate) extra: u8,
    /// -1 for all.
    pub(crate) wanted: i16,
}

impl Continuation {
    /// A call by an instruction.
    pub(crate) fn call(wanted: i16) -> Self {
        Continuation { kind: FrameKind::Call, extra: 0, wanted }
    }
}

/// `extra` of an [`FrameKind::Entry`] frame: who sees errors that pass it.
pub(crate) mod entry {
    /// Whoever is further out.
    pub(crate) const TRANSPARENT: u8 = 0;
    /// Rust code catches them; no message handler further out applies.
    pub(crate) const CATCHES: u8 = 1;
    /// Likewise, and the value below the called function is the message handler.
    pub(crate) const HANDLED: u8 = 2;
}

/// So many values are moved for nothing.
pub(crate) const FEW: usize = 32;

/// Slots a native function can count on.
const NATIVE_ROOM: usize = 20;

impl State {
    /// Begins a call of the value in `func` with the arguments between it and `self.top`.
    pub(crate) fn precall(&mut self, func: *mut TValue, continuation: Continuation) -> Result<Flow, Throw> {
        // SAFETY: `func` is a slot below `top`.
        if let Some(function) = unsafe { *func }.as_function() {
            if let Some(function) = function.as_lua() {
                self.push_lua(function, func, continuation)?;
                return Ok(Flow::Run);
            }
            if let Some(native) = function.as_native() {
                if !NativeKind::is_switch(function.header.flags.get()) {
                    return self.call_native(native, func, continuation);
                }
                if !self.watched {
                    return self.call_switch(native, func, continuation);
                }
            }
        }
        self.proceed_from(Next::Call(func, continuation))
    }

    /// Calls a native function that the machine does itself.
    #[inline(never)]
    fn call_switch(
        &mut self,
        native: Gc<NativeFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<Flow, Throw> {
        self.push_native_frame(native, func, continuation)?;
        let next = self.begin_switch(native)?;
        self.proceed(next)
    }

    /// Goes on until the loop has something to do.
    #[inline(always)]
    pub(super) fn proceed(&mut self, next: Next) -> Result<Flow, Throw> {
        match next {
            Next::Flow(flow) => Ok(flow),
            next => self.proceed_from(next),
        }
    }

    #[inline(never)]
    fn proceed_from(&mut self, mut next: Next) -> Result<Flow, Throw> {
        loop {
            next = match next {
                Next::Flow(flow) => return Ok(flow),
                Next::Call(func, continuation) => self.begin_call(func, continuation)?,
                Next::Return(count) => self.leave_native(count)?,
            };
        }
    }

    /// What a native function that the machine does itself goes on with: a call. It begins at once if it is that of a Lua function.
    #[inline(always)]
    pub(super) fn next_call(&mut self, func: *mut TValue, continuation: Continuation) -> Result<Next, Throw> {
        // SAFETY: `func` is a slot below `top`.
        if let Some(function) = unsafe { *func }.as_function().and_then(|function| function.as_lua()) {
            self.push_lua(function, func, continuation)?;
            return Ok(Next::Flow(Flow::Run));
        }
        Ok(Next::Call(func, continuation))
    }

    /// What a native function that the machine does itself goes on with: its end, with so many of the topmost values as its results. They
    /// are delivered at once if an instruction waits for them.
    #[inline(always)]
    pub(super) fn next_return(&mut self, count: usize) -> Result<Next, Throw> {
        let kind = self.current().kind;
        if self.watched || kind != FrameKind::Call as u8 && kind != FrameKind::Iterator as u8 {
            return Ok(Next::Return(count));
        }
        // SAFETY: the innermost frame is not the bottom one.
        let frame = unsafe { &*self.frame };
        self.frame = self.frame.wrapping_sub(1);
        let results = self.top.wrapping_sub(count);
        if kind == FrameKind::Call as u8 {
            self.place_call_results(frame, results, count);
        } else {
            self.place_iterator_results(frame, results, count);
            self.forget_machine_call(FrameKind::Iterator);
        }
        Ok(Next::Flow(Flow::Run))
    }

    fn begin_call(&mut self, mut func: *mut TValue, continuation: Continuation) -> Result<Next, Throw> {
        // SAFETY: `func` is a slot below `top`.
        if !unsafe { *func }.is_function() {
            func = self.call_metamethod(func)?;
        }
        // SAFETY: likewise.
        let Some(function) = (unsafe { *func }).as_function() else { return Err(self.call_error(func)) };
        let Some(native) = function.as_native() else {
            return self.precall(func, continuation).map(Next::Flow);
        };
        let kind = NativeKind::of(function.header.flags.get());
        if self.watched
            && let Some(result) = self.shadow_switch(kind, func)
        {
            return result.map(Next::Flow);
        }
        self.enter_native(native, func, continuation)?;
        if NativeKind::is_switch(kind as u8) { self.begin_switch(native) } else { self.run_native(native) }
    }

    /// Does what the native function of the innermost frame is there for.
    #[inline(always)]
    fn begin_switch(&mut self, native: Gc<NativeFunction>) -> Result<Next, Throw> {
        match NativeKind::of(native.closure().header.flags.get()) {
            NativeKind::Pcall => self.begin_pcall(),
            NativeKind::Xpcall => self.begin_xpcall(),
            NativeKind::Resume => self.begin_resume(),
            NativeKind::Wrap => self.begin_wrapped(native),
            NativeKind::Yield => self.begin_yield(),
            _ => self.run_native(native),
        }
    }

    /// Compares the call of a function that `call_native` does not see; `None` if it is to be called.
    #[cold]
    #[inline(never)]
    fn shadow_switch(&mut self, kind: NativeKind, func: *mut TValue) -> Option<Result<Flow, Throw>> {
        if NativeKind::is_switch(kind as u8) { self.shadow_native(func) } else { None }
    }

    /// Puts the `__call` metamethod below the arguments; `func` may move.
    pub(crate) fn call_metamethod(&mut self, func: *mut TValue) -> Result<*mut TValue, Throw> {
        // SAFETY: `func` is a slot below `top`.
        let value = unsafe { *func };
        let handler = self.metamethod(value, Event::Call);
        if !handler.is_function() {
            return Err(self.call_error(func));
        }
        let func = self.room_above(func, 1)?;
        self.heap.meter.charge_values((self.top as usize - func as usize) / size_of::<TValue>())?;
        // SAFETY: there is room for one more value above `top`.
        unsafe {
            std::ptr::copy(func, func.add(1), self.top.offset_from(func) as usize);
            *func = handler;
        }
        self.top = self.top.wrapping_add(1);
        Ok(func)
    }

    /// Pushes the frame of a Lua function.
    pub(crate) fn push_lua(
        &mut self,
        function: Gc<LuaFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<(), Throw> {
        if cfg!(feature = "stack_stress") {
            let number = self.slot_number(func);
            self.allocate(|st| st.move_stack(st.thread.stack_size.get() as usize))?;
            return self.push_lua_frame(function, self.thread.stack.get().wrapping_add(number), continuation);
        }
        self.push_lua_frame(function, func, continuation)
    }

    #[inline(always)]
    fn push_lua_frame(
        &mut self,
        function: Gc<LuaFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<(), Throw> {
        let proto = function.proto;
        let is_machine_call = FrameKind::is_machine_call(continuation.kind as u8);
        if self.top.wrapping_add(frame_room(proto)) >= self.stack_limit
            || self.frame >= self.frame_limit
            || is_machine_call && self.thread.machine_calls.get() >= MAX_MACHINE_CALLS
        {
            return self.push_lua_with_room(function, func, continuation);
        }
        if is_machine_call {
            self.thread.machine_calls.set(self.thread.machine_calls.get() + 1);
        }
        let args = (self.top as usize - func as usize) / size_of::<TValue>() - 1;
        // SAFETY: there is room, for a frame too.
        unsafe {
            let base = place_arguments(proto, func, args);
            self.top = base.add(proto.max_stack as usize);
            self.frame = self.frame.add(1);
            self.frame.write(Frame {
                pc: proto.entry.get(),
                function: function.as_ptr().cast(),
                base,
                func_delta: base.offset_from(func) as u32,
                wanted: continuation.wanted,
                kind: continuation.kind as u8,
                extra: continuation.extra,
            });
            if needs_arg_table(proto) { self.make_arg_table(base, proto.num_params as usize) } else { Ok(()) }
        }
    }

    /// Makes the room that a Lua function's frame needs, and pushes it.
    #[cold]
    #[inline(never)]
    fn push_lua_with_room(
        &mut self,
        function: Gc<LuaFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<(), Throw> {
        let func = self.room_above(func, frame_room(function.proto))?;
        if self.frame >= self.frame_limit {
            self.grow_frames()?;
        }
        if FrameKind::is_machine_call(continuation.kind as u8) && self.thread.machine_calls.get() >= MAX_MACHINE_CALLS {
            return Err(self.run_error("C stack overflow"));
        }
        self.push_lua_frame(function, func, continuation)
    }

    /// The `arg` table of a vararg function in the style of Lua 5.0 (`LUA_COMPAT_VARARG`).
    fn make_arg_table(&mut self, base: *mut TValue, params: usize) -> Result<(), Throw> {
        let (first, count) = self.varargs(self.frame);
        self.heap.meter.charge_values(count)?;
        let table = self.allocate(|st| {
            let table = st.heap.table_sized(count, 1)?;
            let name = st.heap.string(b"n")?;
            for index in 0..count {
                // SAFETY: the variable arguments lie there.
                let value = unsafe { *first.add(index) };
                table.set_index(&mut st.heap, index as u32, value)?;
            }
            table.set_str(&mut st.heap, name, TValue::number(count as f64))?;
            Ok(table)
        })?;
        // SAFETY: the local `arg` is the register after the parameters.
        unsafe { *base.add(params) = table.into() };
        Ok(())
    }

    /// Where a frame's variable arguments are, and how many.
    pub(crate) fn varargs(&self, frame: *const Frame) -> (*mut TValue, usize) {
        // SAFETY: `frame` is a frame of the running thread.
        let frame = unsafe { &*frame };
        let params = Self::frame_proto(frame).map_or(0, |proto| proto.num_params as usize);
        let count = frame.distance().saturating_sub(2 + params);
        (frame.func().wrapping_add(1 + params), count)
    }

    /// Pushes the frame of a native function.
    #[inline(always)]
    pub(crate) fn push_native_frame(
        &mut self,
        native: Gc<NativeFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<(), Throw> {
        let func = self.room_above(func, NATIVE_ROOM)?;
        self.push_frame(Frame {
            pc: std::ptr::null(),
            function: native.as_ptr().cast(),
            base: func.wrapping_add(1),
            func_delta: 1,
            wanted: continuation.wanted,
            kind: continuation.kind as u8,
            extra: continuation.extra,
        })
    }

    /// Runs a native function and delivers its results.
    pub(crate) fn call_native(
        &mut self,
        native: Gc<NativeFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<Flow, Throw> {
        if self.watched {
            return self.call_native_watched(native, func, continuation);
        }
        self.push_native_frame(native, func, continuation)?;
        // SAFETY: only `NativeFn`s are stored as entries of native functions.
        let entry: NativeFn = unsafe { std::mem::transmute(native.entry.get()) };
        let count = entry(&mut Ctx::new(self))?;
        debug_assert!(self.current().function == native.as_ptr().cast(), "a native function leaves its frame on top");
        if self.watched {
            // The function may have set the hook itself.
            return self.proceed(Next::Return(self.result_count(count)));
        }
        let count = self.result_count(count);
        self.finish(self.top.wrapping_sub(count), count)
    }

    /// Likewise, for a machine that is asked for more than executing.
    #[cold]
    #[inline(never)]
    fn call_native_watched(
        &mut self,
        native: Gc<NativeFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<Flow, Throw> {
        if let Some(result) = self.shadow_native(func) {
            return result;
        }
        self.enter_native(native, func, continuation)?;
        let next = self.run_native(native)?;
        self.proceed(next)
    }

    /// Runs the native function of the innermost frame.
    fn run_native(&mut self, native: Gc<NativeFunction>) -> Result<Next, Throw> {
        // SAFETY: only `NativeFn`s are stored as entries of native functions.
        let entry: NativeFn = unsafe { std::mem::transmute(native.entry.get()) };
        let count =
            if self.lowering.profile { self.profile_native(native, entry)? } else { entry(&mut Ctx::new(self))? };
        Ok(Next::Return(self.result_count(count)))
    }

    /// Pushes the frame of a native function. An error in the call's hook is not one that the function could catch.
    #[inline(always)]
    fn enter_native(
        &mut self,
        native: Gc<NativeFunction>,
        func: *mut TValue,
        continuation: Continuation,
    ) -> Result<(), Throw> {
        self.push_native_frame(native, func, continuation)?;
        if self.watched {
            self.function_hook("call").inspect_err(|_| self.pop_frame())?;
        }
        Ok(())
    }

    /// Pops the innermost frame, a native function's, and delivers its results, the topmost values.
    #[inline(always)]
    fn leave_native(&mut self, count: usize) -> Result<Next, Throw> {
        if self.watched {
            return self.leave_native_watched(count);
        }
        // SAFETY: `frame` is a frame of the running thread, and not its bottom.
        let frame = unsafe { *self.frame };
        self.frame = self.frame.wrapping_sub(1);
        self.forget_machine_call(FrameKind::of(frame.kind));
        self.hand_over(frame, self.top.wrapping_sub(count), count)
    }

    #[cold]
    #[inline(never)]
    fn leave_native_watched(&mut self, count: usize) -> Result<Next, Throw> {
        self.function_hook("return").inspect_err(|_| self.pop_frame())?;
        // SAFETY: as in `leave_native`.
        let frame = unsafe { *self.frame };
        self.frame = self.frame.wrapping_sub(1);
        self.hand_over_watched(frame, self.top.wrapping_sub(count), count)
    }

    /// How many of the results that a native function says it has there are.
    #[inline(always)]
    fn result_count(&self, count: usize) -> usize {
        count.min((self.top as usize - self.current().base as usize) / size_of::<TValue>())
    }

    /// Forgets the innermost frame, which returns nothing.
    pub(super) fn pop_frame(&mut self) {
        let kind = FrameKind::of(self.current().kind);
        self.forget_machine_call(kind);
        if kind == FrameKind::Handler {
            self.set_handlers(self.thread.handlers.get() - 1);
        }
        self.frame = self.frame.wrapping_sub(1);
    }

    /// Calls the function in `func`, from Rust. Its results replace it and its arguments, up to `self.top`.
    pub(crate) fn call(&mut self, func: *mut TValue, wanted: Option<usize>) -> Result<(), Throw> {
        self.enter(func, wanted, entry::TRANSPARENT)
    }

    pub(crate) fn enter(&mut self, func: *mut TValue, wanted: Option<usize>, extra: u8) -> Result<(), Throw> {
        let wanted = wanted.map_or(-1, |wanted| wanted.min(i16::MAX as usize) as i16);
        if self.native_depth >= MAX_NATIVE_DEPTH {
            return Err(self.run_error("C stack overflow"));
        }
        let st = &mut *self;
        match with_room(move || st.enter_level(func, wanted, extra)) {
            Ok(result) => result,
            Err(OutOfStack) => Err(self.run_error("C stack overflow")),
        }
    }

    fn enter_level(&mut self, func: *mut TValue, wanted: i16, extra: u8) -> Result<(), Throw> {
        if self.native_depth == 0 {
            self.heap.meter.resume();
        }
        self.native_depth += 1;
        let host_in_control = std::mem::replace(&mut self.host_in_control, false);
        let thread = self.thread;
        thread.boundaries.set(thread.boundaries.get() + 1);
        let (depth, func_number) = (self.frame_number(), self.slot_number(func));
        let guard = EntryGuard { st: self, depth, func: func_number };
        let st = &mut *guard.st;
        let continuation = Continuation { kind: FrameKind::Entry, extra, wanted };
        // SAFETY: `func` is a slot below `top`.
        let begun = match unsafe { *func }.as_function().and_then(|function| function.as_lua()) {
            Some(function) => st.push_lua(function, func, continuation).map(|()| Flow::Run),
            None => st.precall(func, continuation),
        };
        let result = match begun {
            Ok(Flow::Done) => Ok(()),
            Ok(Flow::Run) => exec::run(st),
            // It failed before it had a frame of its own: nothing of this call is left to unwind.
            Err(throw) if st.thread == thread && st.frame_number() <= depth => Err(throw),
            Err(throw) => match st.unwind(throw) {
                Ok(Flow::Done) => Ok(()),
                Ok(Flow::Run) => exec::run(st),
                Err(throw) => Err(throw),
            },
        };
        guard.disarm();
        thread.boundaries.set(thread.boundaries.get() - 1);
        self.native_depth -= 1;
        self.host_in_control = host_in_control;
        if self.native_depth == 0 {
            self.heap.meter.rest();
        }
        result
    }

    /// The number of the innermost frame.
    pub(crate) fn frame_number(&self) -> usize {
        (self.frame as usize - self.thread.frames.get() as usize) / size_of::<Frame>()
    }

    /// Like [`State::call`], but catches a Lua error: then the only result is the error value.
    pub(crate) fn protected_call(&mut self, func: *mut TValue, wanted: Option<usize>) -> Result<bool, Throw> {
        self.catching_call(func, wanted, entry::CATCHES)
    }

    pub(crate) fn catching_call(&mut self, func: *mut TValue, wanted: Option<usize>, extra: u8) -> Result<bool, Throw> {
        let number = self.slot_number(func);
        let depth = self.frame_number();
        match self.enter(func, wanted, extra) {
            Ok(()) => Ok(true),
            Err(Throw::Stop) => Err(Throw::Stop),
            Err(Throw::Error) => {
                self.frame = self.thread.frames.get().wrapping_add(depth);
                let func = self.thread.stack.get().wrapping_add(number);
                self.close_upvalues(func);
                // SAFETY: the slot held the function.
                unsafe { *func = self.take_thrown() };
                self.top = func.wrapping_add(1);
                Ok(false)
            }
        }
    }

    /// The error value on its way out.
    pub(crate) fn take_thrown(&mut self) -> TValue {
        self.error_handled = false;
        std::mem::replace(&mut self.heap.thrown, TValue::NIL)
    }

    /// Calls a value with arguments, from Rust, in the middle of whatever is running; returns its first result.
    pub(crate) fn call_value(&mut self, function: TValue, args: &[TValue]) -> Result<TValue, Throw> {
        let saved = self.slot_number(self.top);
        let func = self.place_call(function, args)?;
        self.call(func, Some(1))?;
        // SAFETY: the one result lies below `top`.
        let value = unsafe { *self.top.sub(1) };
        self.top = self.thread.stack.get().wrapping_add(saved);
        Ok(value)
    }

    /// Puts a function and its arguments above everything live.
    pub(crate) fn place_call(&mut self, function: TValue, args: &[TValue]) -> Result<*mut TValue, Throw> {
        if let Some(proto) = Self::frame_proto(self.current()) {
            // A Lua frame's `top` is only kept while results are open; calls go above its registers.
            let end = self.current().base.wrapping_add(proto.max_stack as usize);
            if self.top < end {
                self.top = end;
            }
        }
        self.push_call(function, args)
    }

    /// Puts a function and its arguments, which are few, above everything up to `self.top`.
    pub(crate) fn push_call(&mut self, function: TValue, args: &[TValue]) -> Result<*mut TValue, Throw> {
        debug_assert!(args.len() < STACK_MARGIN / 2, "they fit into the margin");
        let func = self.top;
        // SAFETY: the margin lies above `top`. They have to be on the stack when it grows.
        unsafe {
            func.write(function);
            for (index, &value) in args.iter().enumerate() {
                func.add(1 + index).write(value);
            }
        }
        self.top = func.wrapping_add(1 + args.len());
        self.room_above(func, 0)
    }

    /// Begins the call of a metamethod by an instruction.
    pub(crate) fn begin_metamethod(
        &mut self,
        function: TValue,
        args: &[TValue],
        continuation: Continuation,
    ) -> Result<Flow, Throw> {
        if let Some(proto) = Self::frame_proto(self.current()) {
            self.top = self.current().base.wrapping_add(proto.max_stack as usize);
        }
        let func = self.place_call(function, args)?;
        self.precall(func, continuation)
    }
}

/// How many slots above its arguments a function's frame needs.
#[inline(always)]
pub(super) fn frame_room(proto: Gc<FunctionProto>) -> usize {
    proto.max_stack as usize + 2 * proto.num_params as usize + 2
}

/// Whether a function gets its variable arguments in a table, too, in the style of Lua 5.0.
#[inline(always)]
pub(super) fn needs_arg_table(proto: Gc<FunctionProto>) -> bool {
    proto.is_vararg && proto.detail.proto.vararg.needs_arg
}

/// Makes the arguments of a function what its code takes them for; returns where its registers begin.
///
/// # Safety
/// `args` arguments lie behind `func`, and there is the room that [`frame_room`] tells above them.
#[inline(always)]
pub(super) unsafe fn place_arguments(proto: Gc<FunctionProto>, func: *mut TValue, args: usize) -> *mut TValue {
    let params = proto.num_params as usize;
    // SAFETY: the caller's promise; where parameters are moved, source and destination do not overlap.
    unsafe {
        let first = func.add(1);
        let mut index = args;
        while index < params {
            *first.add(index) = TValue::NIL;
            index += 1;
        }
        if !proto.is_vararg {
            return first;
        }
        // The fixed parameters, and the function below them, move above the variable ones.
        let base = first.add(args.max(params) + 1);
        *base.sub(1) = *func;
        for index in 0..params {
            *base.add(index) = *first.add(index);
            *first.add(index) = TValue::NIL;
        }
        base
    }
}

/// Puts the frames back if a host function panics through the machine, so that the machine stays usable.
struct EntryGuard<'a> {
    st: &'a mut State,
    /// Number of the innermost frame before the call.
    depth: usize,
    /// Number of the called value's slot.
    func: usize,
}

impl EntryGuard<'_> {
    fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for EntryGuard<'_> {
    fn drop(&mut self) {
        // A coroutine may have been running; the panic ends it.
        while self.st.thread.resumer.get().is_some() && self.st.thread.boundaries.get() == 0 {
            let Some(resumer) = self.st.thread.resumer.take() else { break };
            self.st.save_thread();
            self.st.thread.status.set(crate::arena::ThreadStatus::Dead);
            self.st.resume_depth -= 1;
            resumer.status.set(crate::arena::ThreadStatus::Running);
            self.st.load_thread(resumer);
        }
        let thread = self.st.thread;
        while self.st.frame_number() > self.depth {
            self.st.pop_frame();
        }
        self.st.top = thread.stack.get().wrapping_add(self.func);
        let top = self.st.top;
        self.st.close_upvalues(top);
        thread.boundaries.set(thread.boundaries.get().saturating_sub(1));
        self.st.native_depth -= 1;
    }
}
