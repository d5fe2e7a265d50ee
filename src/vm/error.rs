//! Errors: making their messages (PUC's `luaG_*` and `luaL_*error`), and finding who catches them.

use std::iter::once;

use super::call::{Continuation, Flow, entry};
use super::debug::short_source;
use super::frame::{FrameKind, NativeKind, REFUSED};
use super::limits::MAX_HANDLERS;
use super::native::Throw;
use super::state::State;
use crate::arena::string::MAX_SHORT;
use crate::arena::{AllocError, Closure, Frame, Gc, Str, TValue, TableError, Thread};
use crate::bytecode::{Instruction, NameKind, OpCode, call_name, comparison_message, register_name};
use crate::kernel::meter::PIECE;

impl State {
    /// A new string. May collect: see [`State::inner_safepoint`].
    #[inline]
    pub(crate) fn new_string(&mut self, bytes: &[u8]) -> Result<Gc<Str>, Throw> {
        self.inner_safepoint()?;
        self.string_behind_safepoint(bytes)
    }

    /// Likewise, for who has just passed a safepoint.
    #[inline]
    pub(super) fn string_behind_safepoint(&mut self, bytes: &[u8]) -> Result<Gc<Str>, Throw> {
        // Most strings are short, and get their memory at once.
        if bytes.len() <= MAX_SHORT
            && let Ok(string) = self.heap.string(bytes)
        {
            return Ok(string);
        }
        self.allocate_string(bytes)
    }

    #[inline(never)]
    fn allocate_string(&mut self, bytes: &[u8]) -> Result<Gc<Str>, Throw> {
        self.allocate(|st| if bytes.len() > MAX_SHORT { st.long_string(once(bytes)) } else { st.heap.string(bytes) })
    }

    /// A string of several parts, which is paid for, and filled piece by piece.
    #[inline]
    pub(super) fn long_string<'a>(
        &mut self,
        parts: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<Gc<Str>, AllocError> {
        let length = parts.clone().map(|part| part.len()).sum();
        self.heap.meter.charge_bytes(length)?;
        let string = self.heap.long_string(length)?;
        let mut data = string.data();
        for piece in parts.flat_map(|part| part.chunks(PIECE)) {
            if piece.len() == PIECE {
                self.heap.meter.look()?;
            }
            // SAFETY: a new long string has room for all parts, and nobody reads it yet. If the meter stops this, nobody ever will.
            unsafe {
                std::ptr::copy_nonoverlapping(piece.as_ptr(), data, piece.len());
                data = data.add(piece.len());
            }
        }
        Ok(string)
    }

    /// A number as a string.
    pub(crate) fn number_to_string(&mut self, n: f64) -> Result<Gc<Str>, Throw> {
        let mut buffer = self.take_buffer();
        crate::kernel::number::write_number(&mut buffer, n);
        let string = self.new_string(&buffer);
        self.give_buffer(buffer);
        string
    }

    // Throwing.

    /// Throws a value.
    pub(crate) fn throw_value(&mut self, value: TValue) -> Throw {
        self.heap.thrown = value;
        self.error_handled = false;
        Throw::Error
    }

    /// Throws a string.
    pub(crate) fn throw_bytes(&mut self, bytes: &[u8]) -> Throw {
        match self.new_string(bytes) {
            Ok(string) => self.throw_value(string.into()),
            Err(throw) => throw,
        }
    }

    /// Throws a message behind a position. It is copied once: messages grow at each level that throws them on.
    pub(crate) fn throw_behind(&mut self, position: &[u8], message: &[u8]) -> Throw {
        if position.len() + message.len() <= MAX_SHORT {
            return self.throw_bytes(&[position, message].concat());
        }
        let string =
            self.inner_safepoint().and_then(|()| self.allocate(|st| st.long_string([position, message].into_iter())));
        string.map_or_else(|throw| throw, |string| self.throw_value(string.into()))
    }

    /// "not enough memory", unless it was the meter that refused. No message handler sees it, as in PUC: it would need memory.
    #[cold]
    #[inline(never)]
    pub(crate) fn memory_error(&mut self) -> Throw {
        if self.heap.meter.stopped().is_some() {
            return Throw::Stop;
        }
        let throw = self.throw_value(self.memory_message.into());
        self.error_handled = true;
        throw
    }

    /// An error of the running Lua function: its position, then the message (`luaG_runerror`).
    #[cold]
    pub(crate) fn run_error(&mut self, message: &str) -> Throw {
        let position = self.frame_position(self.frame);
        self.throw_behind(&position, message.as_bytes())
    }

    #[cold]
    pub(crate) fn table_error(&mut self, error: TableError) -> Throw {
        match error {
            TableError::NilKey => self.run_error("table index is nil"),
            TableError::NanKey => self.run_error("table index is NaN"),
            TableError::UnknownKey => self.run_error("invalid key to 'next'"),
            TableError::Memory(AllocError) => self.memory_error(),
        }
    }

    /// "attempt to `operation` a ... value", with the name of the variable the value is in (`luaG_typeerror`).
    #[cold]
    pub(crate) fn type_error(&mut self, value: TValue, operation: &str) -> Throw {
        let name = self.variable_name(value);
        self.named_type_error(value, operation, name)
    }

    fn named_type_error(&mut self, value: TValue, operation: &str, name: Option<(NameKind, Vec<u8>)>) -> Throw {
        self.kind_error(value.type_name(), operation, name)
    }

    /// The same, of a value whose type is all that is known.
    pub(super) fn kind_error(&mut self, kind: &str, operation: &str, name: Option<(NameKind, Vec<u8>)>) -> Throw {
        let mut text = self.frame_position(self.frame);
        text.extend_from_slice(format!("attempt to {operation} ").as_bytes());
        match name {
            Some((scope, name)) => {
                text.extend_from_slice(format!("{} '", scope.as_str()).as_bytes());
                text.extend_from_slice(&name);
                text.extend_from_slice(format!("' (a {kind} value)").as_bytes());
            }
            None => text.extend_from_slice(format!("a {kind} value").as_bytes()),
        }
        self.throw_bytes(&text)
    }

    /// An operand of arithmetic, the left (0) or the right one (1), is no number.
    #[cold]
    pub(crate) fn arith_error(&mut self, value: TValue, side: usize) -> Throw {
        let name = self.current_instruction().and_then(|word| {
            let operand = if side == 0 || word.opcode() == OpCode::Unm { word.b() } else { word.c() };
            // A constant has no name.
            Instruction::constant_of(operand).is_none().then(|| self.name_of_register(operand as usize)).flatten()
        });
        self.named_type_error(value, "perform arithmetic on", name)
    }

    /// The operand at a place, from 0, of a concatenation is neither string nor number.
    #[cold]
    pub(crate) fn concat_error(&mut self, value: TValue, place: usize) -> Throw {
        let name = self.current_instruction().and_then(|word| self.name_of_register(word.b() as usize + place));
        self.named_type_error(value, "concatenate", name)
    }

    /// The instruction the running Lua frame is at.
    fn current_instruction(&self) -> Option<Instruction> {
        let frame = self.current();
        let proto = Self::frame_proto(frame)?;
        proto.detail.proto.code.get(self.classic_pc(frame)?).copied()
    }

    /// The value in `func` is not a function.
    #[cold]
    pub(crate) fn call_error(&mut self, func: *mut TValue) -> Throw {
        // SAFETY: `func` is a slot of the stack.
        let value = unsafe { *func };
        let register = (func as usize).checked_sub(self.current().base as usize).map(|bytes| bytes / 8);
        let name = register.and_then(|register| self.name_of_register(register));
        self.named_type_error(value, "call", name)
    }

    #[cold]
    pub(crate) fn compare_error(&mut self, a: TValue, b: TValue) -> Throw {
        self.compare_kinds_error(a.type_name(), b.type_name())
    }

    pub(super) fn compare_kinds_error(&mut self, a: &str, b: &str) -> Throw {
        self.run_error(&comparison_message(a, b))
    }

    /// The variable a value was read from by the instruction that runs: a register that the instruction reads and that
    /// holds it.
    fn variable_name(&self, value: TValue) -> Option<(NameKind, Vec<u8>)> {
        let frame = self.current();
        let proto = Self::frame_proto(frame)?;
        let pc = self.classic_pc(frame)?;
        let code = &proto.detail.proto;
        let holds = |register: u32| {
            (register < u32::from(proto.max_stack)).then_some(())?;
            // SAFETY: a register of the running frame.
            (unsafe { *frame.base.add(register as usize) } == value).then_some(register)
        };
        let register = crate::bytecode::operand_registers(code, pc).into_iter().find_map(holds)?;
        register_name(code, pc, register).map(|(kind, name)| (kind, name.to_vec()))
    }

    pub(super) fn name_of_register(&self, register: usize) -> Option<(NameKind, Vec<u8>)> {
        let frame = self.current();
        let proto = Self::frame_proto(frame)?;
        let pc = self.classic_pc(frame)?;
        register_name(&proto.detail.proto, pc, register as u32).map(|(kind, name)| (kind, name.to_vec()))
    }

    // Positions.

    /// The classic pc of the instruction a Lua frame is at.
    pub(crate) fn classic_pc(&self, frame: &Frame) -> Option<usize> {
        let proto = Self::frame_proto(frame)?;
        let lowered = proto.detail.lowered.borrow();
        let lowered = lowered.as_ref()?;
        let start = lowered.words.as_ptr().cast::<u64>();
        // The saved pc is behind the word that is being executed; before the first one it is at the function's start.
        let address = if frame.pc > start { frame.pc.wrapping_sub(1) } else { start };
        lowered.classic_pc(address)
    }

    /// The line a frame is at; `None` for a native one.
    pub(crate) fn current_line(&self, frame: &Frame) -> Option<u32> {
        let proto = Self::frame_proto(frame)?;
        let pc = self.classic_pc(frame).unwrap_or(0);
        Some(proto.detail.proto.line(pc))
    }

    /// "chunk:line: " of a frame; empty for a native one.
    pub(crate) fn frame_position(&self, frame: *const Frame) -> Vec<u8> {
        // SAFETY: callers pass frames of a live thread.
        let frame = unsafe { &*frame };
        let (Some(proto), Some(line)) = (Self::frame_proto(frame), self.current_line(frame)) else {
            return Vec::new();
        };
        let mut text = short_source(&proto.detail.proto.source);
        text.extend_from_slice(format!(":{line}: ").as_bytes());
        text
    }

    /// Like [`State::frame_position`], of the frame at a level; empty if its line is not known (`luaL_where`).
    pub(crate) fn position_at(&self, level: i64) -> Vec<u8> {
        match self.level_of(self.thread, level) {
            Some(Level::Frame(frame)) => self.frame_position(frame),
            Some(Level::TailCall) | None => Vec::new(),
        }
    }

    /// "bad argument #n to 'name' (message)" (`luaL_argerror`).
    #[cold]
    pub(crate) fn arg_error(&mut self, mut index: usize, message: &[u8]) -> Throw {
        let name = self.called_as();
        let mut text = self.position_at(1);
        let name = match name {
            Some((NameKind::Method, name)) => {
                index = index.wrapping_sub(1);
                if index == 0 {
                    text.extend_from_slice(b"calling '");
                    text.extend_from_slice(&name);
                    text.extend_from_slice(b"' on bad self (");
                    text.extend_from_slice(message);
                    text.push(b')');
                    return self.throw_bytes(&text);
                }
                name
            }
            Some((_, name)) => name,
            None => b"?".to_vec(),
        };
        text.extend_from_slice(format!("bad argument #{index} to '").as_bytes());
        text.extend_from_slice(&name);
        text.extend_from_slice(b"' (");
        text.extend_from_slice(message);
        text.push(b')');
        self.throw_bytes(&text)
    }

    /// How the function of the innermost frame was called.
    fn called_as(&self) -> Option<(NameKind, Vec<u8>)> {
        self.name_of_call(self.thread, self.frame)
    }

    /// How the function of a frame was called: what the calling instruction names it.
    pub(crate) fn name_of_call(&self, thread: Gc<Thread>, frame: *const Frame) -> Option<(NameKind, Vec<u8>)> {
        if frame <= thread.frames.get() {
            return None;
        }
        // SAFETY: the frame below one that is not the bottom.
        let (frame, caller) = unsafe { (&*frame, &*frame.sub(1)) };
        if frame.is_tail_called() {
            return None;
        }
        let proto = Self::frame_proto(caller)?;
        let pc = self.classic_pc(caller)?;
        call_name(&proto.detail.proto, pc).map(|(kind, name)| (kind, name.to_vec()))
    }

    // Catching.

    /// An error is on its way out of the innermost frame. Finds who catches it: a protected call of this loop, for which
    /// execution goes on, or the Rust code that entered the loop.
    #[cold]
    #[inline(never)]
    pub(crate) fn unwind(&mut self, mut throw: Throw) -> Result<Flow, Throw> {
        if throw == Throw::Stop {
            self.trace_stop();
        }
        loop {
            if throw == Throw::Error && !self.error_handled {
                match self.begin_handler() {
                    Ok(None) => self.error_handled = true,
                    Ok(Some(flow)) => return Ok(flow),
                    Err(again) => {
                        throw = again;
                        continue;
                    }
                }
            }
            let next = match self.pop_to_catcher(throw) {
                Caught::Nobody => return Err(throw),
                Caught::Protected => {
                    let value = self.take_thrown();
                    // SAFETY: `pop_to_catcher` left the protecting function's frame innermost.
                    unsafe {
                        let base = (*self.frame).base;
                        self.close_upvalues(base);
                        *base = TValue::FALSE;
                        *base.add(1) = value;
                        self.top = base.add(2);
                    }
                    self.next_return(2)
                }
                Caught::ThreadEnds => self.kill_coroutine(throw),
            };
            match next.and_then(|next| self.proceed(next)) {
                Ok(flow) => return Ok(flow),
                Err(again) => throw = again,
            }
        }
    }

    /// Finds who catches what is thrown and pops the frames above. A coroutine that ends keeps its frames, for a
    /// traceback.
    fn pop_to_catcher(&mut self, throw: Throw) -> Caught {
        let mut target = self.frame;
        let caught = loop {
            // SAFETY: the frames from the innermost to the bottom are initialised.
            let frame = unsafe { &*target };
            let kind = FrameKind::of(frame.kind);
            if kind == FrameKind::Bottom || kind == FrameKind::Coroutine && self.thread.resumer.get().is_some() {
                return Caught::ThreadEnds;
            }
            if throw == Throw::Error && self.is_protector(frame) {
                break Caught::Protected;
            }
            target = target.wrapping_sub(1);
            if kind == FrameKind::Entry {
                break Caught::Nobody;
            }
        };
        while self.frame > target {
            let func = self.current().func();
            self.close_upvalues(func);
            self.pop_frame();
        }
        caught
    }

    /// Whether a frame is that of `pcall` or `xpcall`, and protects a call.
    fn is_protector(&self, frame: &Frame) -> bool {
        // Only a Lua function has somewhere to go on.
        frame.pc.is_null()
            && frame.wanted != REFUSED
            && matches!(self.native_kind(frame), Some(NativeKind::Pcall | NativeKind::Xpcall))
    }

    fn native_kind(&self, frame: &Frame) -> Option<NativeKind> {
        if frame.function.is_null() {
            return None;
        }
        // SAFETY: a frame's function is alive.
        let closure: Gc<Closure> = unsafe { Gc::from_ptr(frame.function) };
        (!closure.is_lua()).then(|| NativeKind::of(closure.header.flags.get()))
    }

    /// The message handler that an error in the innermost frame passes, if there is one.
    fn message_handler(&self) -> Option<TValue> {
        let mut frame = self.frame;
        loop {
            // SAFETY: as in `pop_to_catcher`.
            let this = unsafe { &*frame };
            let kind = FrameKind::of(this.kind);
            if self.is_protector(this) {
                // SAFETY: `xpcall`'s frame keeps the handler in its second slot.
                let handler = unsafe { *this.base.wrapping_add(1) };
                return (self.native_kind(this) == Some(NativeKind::Xpcall)).then_some(handler);
            }
            match kind {
                FrameKind::Bottom => return None,
                FrameKind::Entry if this.extra == entry::CATCHES => return None,
                FrameKind::Entry if this.extra == entry::HANDLED => {
                    // SAFETY: it lies below the function that was called.
                    return Some(unsafe { *this.func().wrapping_sub(1) });
                }
                _ => frame = frame.wrapping_sub(1),
            }
        }
    }

    /// Calls the message handler that the error being thrown passes first, if there is one: before the stack is unwound. An error
    /// in a handler passes the same one.
    fn begin_handler(&mut self) -> Result<Option<Flow>, Throw> {
        let Some(handler) = self.message_handler() else { return Ok(None) };
        let (thread, depth) = (self.thread, self.frame_number());
        let handlers = thread.handlers.get();
        if !handler.is_function() || handlers >= MAX_HANDLERS {
            let _: Throw = self.fail_handling();
            return Ok(None);
        }
        let value = self.heap.thrown;
        self.set_handlers(handlers + 1);
        let continuation = Continuation { kind: FrameKind::Handler, extra: 0, wanted: 1 };
        let begun = self.place_call(handler, &[value]).and_then(|func| self.precall(func, continuation));
        match begun {
            Ok(flow) => Ok(Some(flow)),
            // It failed before it had a frame, or it was native, and what it returned is thrown on.
            Err(throw) if self.thread == thread && self.frame_number() <= depth => {
                self.set_handlers(handlers);
                if self.error_handled || throw == Throw::Stop {
                    return Err(throw);
                }
                let _: Throw = self.fail_handling();
                Ok(None)
            }
            Err(throw) => Err(throw),
        }
    }

    /// The error becomes that of a handler that cannot be called.
    pub(super) fn fail_handling(&mut self) -> Throw {
        let throw = self.throw_value(self.handler_message.into());
        self.error_handled = true;
        throw
    }

    /// What a native function has thrown and catches itself passes the message handler, as it would on its way out.
    pub(super) fn handle_here(&mut self) -> Result<(), Throw> {
        if self.error_handled {
            return Ok(());
        }
        let value = self.heap.thrown;
        match self.message_handler() {
            Some(handler) if handler.is_function() => {
                self.set_handlers(self.thread.handlers.get() + 1);
                let func = self.place_call(handler, &[value]);
                let caught = func.and_then(|func| self.catching_call(func, Some(1), entry::TRANSPARENT));
                self.set_handlers(self.thread.handlers.get() - 1);
                caught?;
                let top = self.top.wrapping_sub(1);
                // SAFETY: the result of the call, or its error, which the handler has seen, too.
                self.heap.thrown = unsafe { *top };
                self.top = top;
            }
            Some(_) => {
                let _: Throw = self.fail_handling();
            }
            None => {}
        }
        self.error_handled = true;
        Ok(())
    }
}

enum Caught {
    /// The Rust code that entered the loop.
    Nobody,
    /// The protecting function in the innermost frame.
    Protected,
    /// Nobody in this coroutine.
    ThreadEnds,
}

/// A level of a thread's activations, as C's `lua_getstack` counts them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Frame(*const Frame),
    /// What a tail call has replaced.
    TailCall,
}

impl State {
    /// A level of a thread: 0 is the innermost function, and what lies below 0 counts as tail calls.
    pub(crate) fn level_of(&self, thread: Gc<Thread>, level: i64) -> Option<Level> {
        let Ok(mut level) = usize::try_from(level) else { return Some(Level::TailCall) };
        let (bottom, innermost) = self.frames_of(thread);
        let mut frame = innermost.cast_const();
        // SAFETY: the frames from the bottom to the innermost are initialised. The bottom one is a level only of the
        // main thread, where it stands for the host.
        while frame > bottom || frame == bottom && unsafe { !(*frame).function.is_null() } {
            if level == 0 {
                return Some(Level::Frame(frame));
            }
            level -= 1;
            // SAFETY: as above.
            let tail_calls = unsafe { (*frame).tail_calls() } as usize;
            if level < tail_calls {
                return Some(Level::TailCall);
            }
            level -= tail_calls;
            if frame == bottom {
                return None;
            }
            frame = frame.wrapping_sub(1);
        }
        None
    }

    /// How many levels a thread has.
    pub(super) fn level_count(&self, thread: Gc<Thread>) -> usize {
        let (bottom, innermost) = self.frames_of(thread);
        let frames = (innermost as usize - bottom as usize) / size_of::<Frame>();
        // SAFETY: as in `level_of`.
        let tail_calls: usize = (1..=frames).map(|number| unsafe { (*bottom.add(number)).tail_calls() } as usize).sum();
        // SAFETY: likewise.
        frames + tail_calls + usize::from(unsafe { !(*bottom).function.is_null() })
    }

    /// The function at a level of a thread; nil where a tail call was.
    pub(crate) fn function_at(&self, thread: Gc<Thread>, level: i64) -> Option<TValue> {
        Some(match self.level_of(thread, level)? {
            // SAFETY: `level_of` returns frames of a live thread with a function, which is alive.
            Level::Frame(frame) => unsafe { Gc::<Closure>::from_ptr((*frame).function) }.into(),
            Level::TailCall => TValue::NIL,
        })
    }
}
