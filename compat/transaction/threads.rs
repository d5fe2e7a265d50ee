//! Threads, their stacks, calls and open upvalues, in a transaction.
//!
//! They are side structures: what the core runs has a stack of its own, which no transaction sees.

use super::{HeapChange, HeapTransaction, apply};
use crate::compat::deprecation::{self, Api};
use crate::compat::error::{InOldWords, LuaError, LuaResult};
use crate::compat::handle::{ThreadHandle, UpvalueHandle};
use crate::compat::value::{CallFrame, Thread, Upvalue, Value};

/// The largest index a stack may grow to: the core's own limit.
pub(super) const MAX_STACK: usize = 1_000_000;

/// Threads.
impl HeapTransaction<'_> {
    /// A thread with an empty stack.
    ///
    /// # Errors
    /// If the transaction is not active; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_thread; see MIGRATION.md#old-threads")
    )]
    #[track_caller]
    pub fn create_thread(&mut self) -> LuaResult<ThreadHandle> {
        deprecation::used(Api::HeapTransactionCreateThread);
        self.journal.check_active().in_old_words()?;
        self.heap.create_thread()
    }

    /// A thread's contents.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::thread_status; see MIGRATION.md#old-threads")
    )]
    #[track_caller]
    pub fn get_thread(&mut self, thread: ThreadHandle) -> LuaResult<&Thread> {
        deprecation::used(Api::HeapTransactionGetThread);
        Ok(self.thread(thread, "get_thread")?)
    }

    fn thread(&mut self, thread: ThreadHandle, context: &str) -> LuaResult<&mut Thread> {
        self.check(&thread, context)?;
        Ok(self.heap.thread(thread))
    }

    /// The value at an index of a thread's stack.
    ///
    /// # Errors
    /// If the transaction is not active, the handle is not valid, or the index is out of bounds.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::get_register; see MIGRATION.md#old-threads")
    )]
    #[track_caller]
    pub fn read_register(&mut self, thread: ThreadHandle, index: usize) -> LuaResult<Value> {
        deprecation::used(Api::HeapTransactionReadRegister);
        let stack = &self.thread(thread, "read_register")?.stack;
        let size = stack.len();
        let out = || LuaError::RuntimeError(format!("Stack index {index} out of bounds (stack size: {size})"));
        stack.get(index).cloned().ok_or_else(out)
    }

    /// Queues setting the value at an index, up to which the stack grows.
    ///
    /// # Errors
    /// If the transaction is not active, the register is protected, a handle is not valid, or the index is beyond what a
    /// stack can hold.
    pub fn set_register(&mut self, thread: ThreadHandle, index: usize, value: Value) -> LuaResult<()> {
        self.journal.check_active().in_old_words()?;
        if let Some(reason) = self.journal.protection_of(&thread, index) {
            let message = format!("Cannot modify protected register {index} (protected for: {reason})");
            return Err(LuaError::RuntimeError(message));
        }
        self.check(&thread, "set_register")?;
        self.check_value(&value, "set_register value")?;
        if index >= MAX_STACK {
            return Err(LuaError::StackOverflow);
        }
        self.journal.queue(HeapChange::SetRegister { thread, index, value }).in_old_words()
    }

    /// Queues pushing a value.
    ///
    /// # Errors
    /// If the transaction is not active, or a handle is not valid.
    pub fn push_stack(&mut self, thread: ThreadHandle, value: Value) -> LuaResult<()> {
        self.check(&thread, "push_stack")?;
        self.check_value(&value, "push_stack value")?;
        self.journal.queue(HeapChange::PushStack { thread, value }).in_old_words()
    }

    /// Queues popping values; too many are as good as all.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn pop_stack(&mut self, thread: ThreadHandle, count: usize) -> LuaResult<()> {
        self.check(&thread, "pop_stack")?;
        self.journal.queue(HeapChange::PopStack { thread, count }).in_old_words()
    }

    /// Queues pushing a call.
    ///
    /// # Errors
    /// If the transaction is not active, or a handle is not valid.
    pub fn push_call_frame(&mut self, thread: ThreadHandle, frame: CallFrame) -> LuaResult<()> {
        self.check(&thread, "push_call_frame")?;
        self.check(&frame.closure, "push_call_frame closure")?;
        self.journal.queue(HeapChange::PushCallFrame { thread, frame }).in_old_words()
    }

    /// Queues popping a call.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn pop_call_frame(&mut self, thread: ThreadHandle) -> LuaResult<()> {
        self.check(&thread, "pop_call_frame")?;
        self.journal.queue(HeapChange::PopCallFrame { thread }).in_old_words()
    }

    fn frame(&mut self, thread: ThreadHandle, context: &str) -> LuaResult<&CallFrame> {
        let frames = &self.thread(thread, context)?.call_frames;
        frames.last().ok_or_else(|| LuaError::RuntimeError("No active call frame".to_owned()))
    }

    /// The next instruction of the innermost call.
    ///
    /// # Errors
    /// If the transaction is not active, the handle is not valid, or there is no call.
    pub fn get_pc(&mut self, thread: ThreadHandle) -> LuaResult<usize> {
        Ok(self.frame(thread, "get_pc")?.pc)
    }

    /// The innermost call.
    ///
    /// # Errors
    /// As [`HeapTransaction::get_pc`].
    pub fn get_current_frame(&mut self, thread: ThreadHandle) -> LuaResult<CallFrame> {
        self.frame(thread, "get_current_frame").cloned()
    }

    /// The window of the innermost call.
    ///
    /// # Errors
    /// As [`HeapTransaction::get_pc`].
    pub fn current_frame_base(&mut self, thread: ThreadHandle) -> LuaResult<u16> {
        Ok(self.frame(thread, "current_frame_base")?.base_register)
    }

    /// Queues setting the next instruction of the innermost call.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn set_pc(&mut self, thread: ThreadHandle, pc: usize) -> LuaResult<()> {
        self.check(&thread, "set_pc")?;
        self.journal.queue(HeapChange::SetPC { thread, pc }).in_old_words()
    }

    /// Queues setting it to the one after the committed one.
    ///
    /// # Errors
    /// As [`HeapTransaction::get_pc`].
    pub fn increment_pc(&mut self, thread: ThreadHandle) -> LuaResult<()> {
        let pc = self.frame(thread, "increment_pc")?.pc;
        self.journal.queue(HeapChange::SetPC { thread, pc: pc.saturating_add(1) }).in_old_words()
    }

    /// The number of values on a thread's stack.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn get_stack_size(&mut self, thread: ThreadHandle) -> LuaResult<usize> {
        Ok(self.thread(thread, "get_stack_size")?.stack.len())
    }

    /// The index of the topmost value; 0 if there is none.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn get_stack_top(&mut self, thread: ThreadHandle) -> LuaResult<usize> {
        Ok(self.thread(thread, "get_stack_top")?.stack.len().saturating_sub(1))
    }

    /// The number of calls.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn get_thread_call_depth(&mut self, thread: ThreadHandle) -> LuaResult<usize> {
        Ok(self.thread(thread, "get_thread_call_depth")?.call_frames.len())
    }

    /// The open upvalue of an index of a thread's stack, which is made at once if there is none.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn find_or_create_upvalue(&mut self, thread: ThreadHandle, stack_index: usize) -> LuaResult<UpvalueHandle> {
        self.check(&thread, "find_or_create_upvalue")?;
        let open = self.open_upvalues(thread);
        if let Some(&(_, upvalue)) = open.iter().find(|&&(index, _)| index == stack_index) {
            return Ok(upvalue);
        }
        let upvalue = self.heap.create_upvalue(Upvalue { stack_index: Some(stack_index), value: None });
        let place = open.iter().filter(|&&(index, _)| index > stack_index).count();
        let list = &mut self.heap.thread(thread).open_upvalues;
        list.insert(place.min(list.len()), upvalue);
        Ok(upvalue)
    }

    /// The open upvalues of a thread with their indices.
    fn open_upvalues(&mut self, thread: ThreadHandle) -> Vec<(usize, UpvalueHandle)> {
        let list = self.heap.thread(thread).open_upvalues.clone();
        let open = list
            .into_iter()
            .filter_map(|upvalue| Some((self.heap.captured(upvalue).ok()?.upvalue.stack_index?, upvalue)));
        open.collect()
    }

    /// The open upvalues from an index on.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn find_upvalues_above_threshold(
        &mut self,
        thread: ThreadHandle,
        threshold: usize,
    ) -> LuaResult<Vec<UpvalueHandle>> {
        self.check(&thread, "find_upvalues_above_threshold")?;
        let open = self.open_upvalues(thread);
        Ok(open.into_iter().filter(|&(index, _)| index >= threshold).map(|(_, upvalue)| upvalue).collect())
    }

    /// Takes upvalues that are closed off a thread's list, at once.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn remove_closed_upvalues(&mut self, thread: ThreadHandle) -> LuaResult<()> {
        self.check(&thread, "remove_closed_upvalues")?;
        let open = self.open_upvalues(thread).into_iter().map(|(_, upvalue)| upvalue).collect();
        self.heap.thread(thread).open_upvalues = open;
        Ok(())
    }

    /// Closes the open upvalues from an index on, at once.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn close_thread_upvalues(&mut self, thread: ThreadHandle, threshold: usize) -> LuaResult<()> {
        self.check(&thread, "close_thread_upvalues")?;
        for (index, upvalue) in self.open_upvalues(thread) {
            if index >= threshold {
                let value = self.heap.thread(thread).stack.get(index).cloned().unwrap_or(Value::Nil);
                apply::close_upvalue(self.heap, upvalue, value)?;
            }
        }
        self.remove_closed_upvalues(thread)
    }

    /// Refuses writes to registers `start..end` until the transaction is reset.
    ///
    /// # Errors
    /// If the transaction is not active, or the handle is not valid.
    pub fn protect_registers(&mut self, thread: ThreadHandle, start: usize, end: usize, reason: &str) -> LuaResult<()> {
        self.check(&thread, "protect_registers")?;
        self.journal.protect(thread, start..end, reason).in_old_words()
    }
}
