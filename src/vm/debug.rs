//! What the debug library and tracebacks ask of the machine (PUC's `ldebug.c` and `ldblib.c`).

use std::sync::Arc;

use super::call::{Continuation, Flow};
use super::error::Level;
use super::native::{Ctx, Throw};
use super::state::State;
use crate::arena::thread::TAIL_CALLED;
use crate::arena::{Closure, Frame, Gc, TValue, Thread};
use crate::kernel::chunk_id::{ID_SIZE, write_chunk_id};
use crate::kernel::memory::reserve;

/// What is known of a function or an activation of one (the fields of C's `lua_Debug`).
#[derive(Debug, Clone, Default)]
pub(crate) struct FunctionInfo {
    /// The chunk name, as given when it was loaded.
    pub(crate) source: Arc<[u8]>,
    pub(crate) short_src: Vec<u8>,
    /// -1 of a native function.
    pub(crate) line_defined: i32,
    pub(crate) last_line_defined: i32,
    /// "Lua", "C", "main" or "tail".
    pub(crate) what: &'static str,
    /// -1 if it is not active, or not a Lua function.
    pub(crate) current_line: i32,
    pub(crate) name: Option<Vec<u8>>,
    /// "global", "local", "method", "field", "upvalue" or "".
    pub(crate) name_what: &'static str,
    pub(crate) upvalues: usize,
}

/// Bits of a hook mask.
pub(crate) mod hook_mask {
    pub(crate) const CALL: u8 = 1;
    pub(crate) const RETURN: u8 = 2;
    pub(crate) const LINE: u8 = 4;
    pub(crate) const COUNT: u8 = 8;
}

/// Levels at the beginning and at the end of a long traceback that are shown.
const FIRST_LEVELS: i64 = 12;
const LAST_LEVELS: i64 = 10;

/// The name of a chunk as messages show it.
pub(crate) fn short_source(source: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    write_chunk_id(&mut text, source, ID_SIZE);
    text
}

impl State {
    /// The frames of a thread: its bottom and its innermost.
    pub(crate) fn frames_of(&self, thread: Gc<Thread>) -> (*mut Frame, *mut Frame) {
        let innermost = if thread == self.thread { self.frame } else { thread.frame.get() };
        (thread.frames.get(), innermost)
    }

    fn describe_function(&self, closure: Gc<Closure>) -> FunctionInfo {
        let mut info = FunctionInfo { current_line: -1, upvalues: closure.upvalue_count(), ..Default::default() };
        match closure.as_lua() {
            Some(function) => {
                let proto = &function.proto.detail.proto;
                info.source = Arc::clone(&proto.source);
                info.line_defined = proto.line_defined as i32;
                info.last_line_defined = proto.last_line_defined as i32;
                info.what = if proto.line_defined == 0 { "main" } else { "Lua" };
            }
            None => {
                info.source = Arc::from(&b"=[C]"[..]);
                info.line_defined = -1;
                info.last_line_defined = -1;
                info.what = "C";
            }
        }
        info.short_src = short_source(&info.source);
        info
    }

    pub(crate) fn describe_level(&self, thread: Gc<Thread>, level: i64) -> Option<FunctionInfo> {
        let frame = match self.level_of(thread, level)? {
            Level::Frame(frame) => frame,
            Level::TailCall => {
                return Some(FunctionInfo {
                    source: Arc::from(&b"=(tail call)"[..]),
                    short_src: b"(tail call)".to_vec(),
                    line_defined: -1,
                    last_line_defined: -1,
                    what: "tail",
                    current_line: -1,
                    name: Some(Vec::new()),
                    ..Default::default()
                });
            }
        };
        // SAFETY: `level_of` returns frames of a live thread whose function is alive.
        let (frame_ref, closure) = unsafe { (&*frame, Gc::<Closure>::from_ptr((*frame).function)) };
        let mut info = self.describe_function(closure);
        info.current_line = self.current_line(frame_ref).map_or(-1, |line| line as i32);
        if let Some((kind, name)) = self.name_of_call(thread, frame) {
            info.name = Some(name);
            info.name_what = kind.as_str();
        }
        Some(info)
    }

    /// "stack traceback:" and a line for each level of the running thread.
    pub(crate) fn traceback_text(&self) -> Vec<u8> {
        [b"stack traceback:".to_vec(), self.traceback_levels(self.thread, 0)].concat()
    }

    /// A line for each level of a thread from `level` on, each after a newline.
    fn traceback_levels(&self, thread: Gc<Thread>, mut level: i64) -> Vec<u8> {
        let mut text = Vec::new();
        let mut first_part = true;
        while let Some(info) = self.describe_level(thread, level) {
            level += 1;
            if level > FIRST_LEVELS && first_part {
                first_part = false;
                let last_part = self.level_count(thread) as i64 - LAST_LEVELS;
                if level < last_part {
                    text.extend_from_slice(b"\n\t...");
                    level = last_part;
                } else {
                    level -= 1;
                }
                continue;
            }
            text.extend_from_slice(b"\n\t");
            text.extend_from_slice(&info.short_src);
            text.push(b':');
            if info.current_line > 0 {
                text.extend_from_slice(format!("{}:", info.current_line).as_bytes());
            }
            match &info.name {
                Some(name) if !info.name_what.is_empty() => {
                    text.extend_from_slice(b" in function '");
                    // A name can be of any length. What there is no memory for is left out.
                    if reserve(&mut text, name.len()).is_ok() {
                        text.extend_from_slice(name);
                    }
                    text.push(b'\'');
                }
                _ if info.what == "main" => text.extend_from_slice(b" in main chunk"),
                _ if info.what == "C" || info.what == "tail" => text.extend_from_slice(b" ?"),
                _ => {
                    text.extend_from_slice(b" in function <");
                    text.extend_from_slice(&info.short_src);
                    text.extend_from_slice(format!(":{}>", info.line_defined).as_bytes());
                }
            }
        }
        text
    }

    /// The slot of local variable `number` at a level, and the variable's name.
    fn local_slot(&self, thread: Gc<Thread>, level: i64, number: i32) -> Option<(*mut TValue, Vec<u8>)> {
        let Level::Frame(frame) = self.level_of(thread, level)? else { return None };
        let number = usize::try_from(number).ok().filter(|&number| number > 0)?;
        // SAFETY: as in `describe_level`.
        let frame_ref = unsafe { &*frame };
        let slot = frame_ref.base.wrapping_add(number - 1);
        let proto = Self::frame_proto(frame_ref);
        let (_, innermost) = self.frames_of(thread);
        let limit = if frame == innermost.cast_const() {
            match proto {
                Some(proto) => frame_ref.base.wrapping_add(proto.max_stack as usize),
                None if thread == self.thread => self.top,
                None => thread.top.get(),
            }
        } else {
            // SAFETY: there is a frame above one that is not innermost.
            unsafe { (*frame.add(1)).func() }
        };
        if (limit as usize).saturating_sub(frame_ref.base as usize) / size_of::<TValue>() < number {
            return None;
        }
        let pc = self.classic_pc(frame_ref).unwrap_or(0);
        let name = proto.as_ref().and_then(|proto| proto.detail.proto.local_name(number, pc));
        Some((slot, name.unwrap_or(b"(*temporary)").to_vec()))
    }

    /// Calls the hook of the running thread, unless it is running already.
    fn call_hook_function(&mut self, event: &str, line: Option<u32>) -> Result<(), Throw> {
        let thread = self.thread;
        let hook = thread.hook.get();
        if thread.in_hook.get() || hook.is_nil() {
            return Ok(());
        }
        let name = self.new_string(event.as_bytes())?;
        let line = line.map_or(TValue::NIL, |line| TValue::number(f64::from(line)));
        thread.in_hook.set(true);
        self.abandon_shadow();
        let result = self.call_value(hook, &[name.into(), line]);
        thread.in_hook.set(false);
        self.drop_hooks();
        result.map(|_| ())
    }

    /// What the running thread does with hooks forbidden has ended: if it has removed the hook, the code is without it from now on.
    pub(super) fn drop_hooks(&mut self) {
        if self.lowering.hooks != 0 && self.thread.hook_mask.get() == 0 {
            self.update_hooks();
        }
    }

    /// The running frame is about to execute the instruction at a classic pc. What a hook itself executes counts, too.
    #[cold]
    pub(crate) fn instruction_hook(&mut self, pc: u32) -> Result<(), Throw> {
        let thread = self.thread;
        let mask = thread.hook_mask.get();
        if mask & (hook_mask::LINE | hook_mask::COUNT) == 0 {
            return Ok(());
        }
        let left = thread.hook_left.get().wrapping_sub(1);
        thread.hook_left.set(left);
        let last = thread.hook_pc.replace(pc);
        if mask & hook_mask::COUNT != 0 && left == 0 {
            thread.hook_left.set(thread.hook_count.get());
            self.call_hook_function("count", None)?;
        }
        if mask & hook_mask::LINE != 0 {
            let Some(proto) = Self::frame_proto(self.current()) else { return Ok(()) };
            let proto = &proto.detail.proto;
            let line = proto.line(pc as usize);
            if pc == 0 || pc <= last || line != proto.line(last as usize) {
                self.call_hook_function("line", Some(line))?;
            }
        }
        Ok(())
    }

    /// A function has returned to the innermost frame, or a hook has: what that has executed last is the call.
    pub(super) fn note_return(&mut self) {
        if self.lowering.hooks & hook_mask::LINE != 0
            && let Some(pc) = self.classic_pc(self.current())
        {
            self.thread.hook_pc.set(pc as u32);
        }
    }

    /// A function begins or returns.
    #[cold]
    pub(crate) fn function_hook(&mut self, event: &str) -> Result<(), Throw> {
        let thread = self.thread;
        let bit = if event == "call" { hook_mask::CALL } else { hook_mask::RETURN };
        if event == "call" && thread.call_hooked.take() || thread.hook_mask.get() & bit == 0 {
            return Ok(());
        }
        let top = self.slot_number(self.top);
        self.call_hook_function(event, None)?;
        if event == "return" {
            self.hook_tail_returns()?;
        }
        // Open results that are about to be returned lie below it.
        self.top = thread.stack.get().wrapping_add(top);
        Ok(())
    }

    /// Each tail call that put the running function in its place returns, too.
    fn hook_tail_returns(&mut self) -> Result<(), Throw> {
        loop {
            // SAFETY: `frame` is a frame of the running thread; nothing else is called while it is borrowed.
            unsafe {
                let frame = &mut *self.frame;
                match frame.tail_calls() as usize {
                    0 => return Ok(()),
                    // The function takes its slot again.
                    1 => {
                        frame.func_delta &= !TAIL_CALLED;
                        *frame.func() = Gc::<Closure>::from_ptr(frame.function).into();
                    }
                    count => frame.set_tail_calls((count - 1) as f64),
                }
            }
            if self.thread.hook_mask.get() & hook_mask::RETURN == 0 {
                return Ok(());
            }
            self.call_hook_function("tail return", None)?;
        }
    }

    /// A Lua function is about to take the running one's place: its call hook sees both. Says whether the function is not to
    /// call it again when it begins.
    #[cold]
    pub(super) fn hook_tail_call(&mut self, func: *mut TValue) -> Result<bool, Throw> {
        let thread = self.thread;
        if thread.hook_mask.get() & hook_mask::CALL == 0 || thread.in_hook.get() {
            return Ok(false);
        }
        // A frame above the function and its arguments stands for the callee's.
        let count = (self.top as usize - func as usize) / size_of::<TValue>();
        let number = self.slot_number(func);
        self.grow_stack_for(count)?;
        let (from, copy) = (thread.stack.get().wrapping_add(number), self.top);
        // SAFETY: `grow_stack_for` made room above `top`.
        unsafe { std::ptr::copy_nonoverlapping(from, copy, count) };
        self.top = copy.wrapping_add(count);
        let flow = self.precall(copy, Continuation::call(-1))?;
        debug_assert!(flow == Flow::Run, "a Lua function's frame is pushed");
        let result = self.function_hook("call");
        self.pop_frame();
        self.top = thread.stack.get().wrapping_add(number + count);
        result?;
        Ok(self.lowering.hooks & hook_mask::CALL != 0)
    }
}

impl Ctx<'_> {
    fn thread_at(&self, thread: Option<usize>) -> Gc<Thread> {
        thread.and_then(|index| self.get(index).as_thread()).unwrap_or(self.st.thread)
    }

    /// What is known of the activation at a level of a thread (its position on the stack; `None`: the running one).
    pub(crate) fn level_info(&self, thread: Option<usize>, level: i64) -> Option<FunctionInfo> {
        self.st.describe_level(self.thread_at(thread), level)
    }

    /// What is known of the function at a position.
    pub(crate) fn function_info(&self, index: usize) -> FunctionInfo {
        self.get(index).as_function().map_or_else(FunctionInfo::default, |closure| self.st.describe_function(closure))
    }

    /// Pushes the function active at a level of a thread (nil for a tail call); says whether there is such a level.
    pub(crate) fn push_level_of(&mut self, thread: Option<usize>, level: i64) -> Result<bool, Throw> {
        match self.st.function_at(self.thread_at(thread), level) {
            Some(function) => self.push(function).map(|()| true),
            None => Ok(false),
        }
    }

    /// Pushes a table whose keys are the lines with code of the function at a position; nil for a native function.
    pub(crate) fn push_active_lines(&mut self, index: usize) -> Result<(), Throw> {
        let Some(function) = self.get(index).as_function().and_then(|closure| closure.as_lua()) else {
            return self.push_nil();
        };
        let proto = std::sync::Arc::clone(&function.proto.detail.proto);
        // Without room: the order of the lines shows how it has grown.
        self.new_table(0, 0)?;
        let table = self.top();
        for &line in &proto.lines {
            self.push_boolean(true)?;
            self.raw_set_int(table, line as usize)?;
        }
        Ok(())
    }

    /// Pushes local variable `number` at a level of a thread and returns its name ("(*temporary)" if it has none); pushes
    /// nothing and returns `None` if there is no such variable.
    pub(crate) fn push_local(
        &mut self,
        thread: Option<usize>,
        level: i64,
        number: i32,
    ) -> Result<Option<Vec<u8>>, Throw> {
        let Some((slot, name)) = self.st.local_slot(self.thread_at(thread), level, number) else { return Ok(None) };
        // SAFETY: `local_slot` returns a slot of the frame.
        self.push(unsafe { *slot })?;
        Ok(Some(name))
    }

    /// Pops a value, stores it in a local variable and returns the variable's name.
    pub(crate) fn set_local(&mut self, thread: Option<usize>, level: i64, number: i32) -> Option<Vec<u8>> {
        let thread = self.thread_at(thread);
        let value = self.pop();
        let (slot, name) = self.st.local_slot(thread, level, number)?;
        // SAFETY: as above.
        unsafe { *slot = value };
        self.st.heap.thread_runs(thread);
        Some(name)
    }

    fn upvalue_place(&self, index: usize, number: i32) -> Option<(Gc<Closure>, usize, Vec<u8>)> {
        let closure = self.get(index).as_function()?;
        let number = usize::try_from(number).ok()?.checked_sub(1)?;
        let name = match closure.as_lua() {
            Some(function) => function.proto.detail.proto.upvalues.get(number)?.name.to_vec(),
            None => Vec::new(),
        };
        (number < closure.upvalue_count()).then_some((closure, number, name))
    }

    /// Pushes upvalue `number` of the function at a position and returns its name (empty for a native function).
    pub(crate) fn push_upvalue_of(&mut self, index: usize, number: i32) -> Result<Option<Vec<u8>>, Throw> {
        let Some((closure, number, name)) = self.upvalue_place(index, number) else { return Ok(None) };
        let value = match (closure.as_lua(), closure.as_native()) {
            (Some(function), _) => function.upvalue(number).map_or(TValue::NIL, |upvalue| upvalue.get()),
            (_, Some(native)) => native.upvalue(number),
            _ => TValue::NIL,
        };
        self.push(value)?;
        Ok(Some(name))
    }

    /// Pops a value, stores it in an upvalue of the function at a position and returns the upvalue's name.
    pub(crate) fn set_upvalue_of(&mut self, index: usize, number: i32) -> Option<Vec<u8>> {
        let place = self.upvalue_place(index, number);
        let value = self.pop();
        let (closure, number, name) = place?;
        if let Some(upvalue) = closure.as_lua().and_then(|function| function.upvalue(number)) {
            // SAFETY: an upvalue points at a stack slot or at its own value.
            unsafe { *upvalue.value.get() = value };
            self.st.heap.barrier(upvalue.header(), value);
        } else if let Some(native) = closure.as_native() {
            // The machine relies on the type of its own functions' upvalues.
            if native.is_special() {
                return None;
            }
            // SAFETY: in bounds.
            unsafe { *native.upvalue_slot(number) = value };
            self.st.heap.barrier(native.header(), value);
        }
        Some(name)
    }

    /// Pops a function (or nil) and makes it the hook of a thread.
    pub(crate) fn set_hook(&mut self, thread: Option<usize>, mask: u8, count: i32) {
        let thread = self.thread_at(thread);
        let hook = self.pop();
        thread.hook.set(hook);
        thread.hook_mask.set(if hook.is_nil() { 0 } else { mask });
        thread.hook_count.set(count);
        thread.hook_left.set(count);
        self.st.heap.barrier(thread.header(), hook);
        self.st.update_hooks();
    }

    /// Pushes the hook of a thread (nil if it has none) and returns its mask and count.
    pub(crate) fn push_hook(&mut self, thread: Option<usize>) -> Result<(u8, i32), Throw> {
        let thread = self.thread_at(thread);
        self.push(thread.hook.get())?;
        Ok((thread.hook_mask.get(), thread.hook_count.get()))
    }

    /// Whether there is a hook that is told of calls, even of those that need not be made.
    pub(crate) fn calls_are_hooked(&self) -> bool {
        self.st.lowering.hooks_calls()
    }

    /// The levels of a thread from one on, as a traceback shows them.
    pub(crate) fn traceback_levels(&self, thread: Option<usize>, level: i64) -> Vec<u8> {
        self.st.traceback_levels(self.thread_at(thread), level)
    }
}
