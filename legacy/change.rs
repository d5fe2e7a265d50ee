//! [`HeapChange`]: a change that a transaction has queued, and [`Outlook`]: what the queued ones leave of a thread's calls.
//!
//! Applying a change cannot fail: whatever could be wrong with it was refused when it was queued. The outlook is what makes that
//! true for registers, whose window may end by a change that was queued before.

use super::error::{LuaError, LuaResult};
use super::frame::CallFrame;
use super::handle::{ClosureHandle, TableHandle, ThreadHandle, UpvalueHandle, UserDataHandle};
use super::heap::LuaHeap;
use super::value::{Thread, Value};

/// A queued change.
#[derive(Debug)]
pub(super) enum HeapChange {
    SetTableField { table: TableHandle, key: Value, value: Value },
    SetTableMetatable { table: TableHandle, metatable: Option<TableHandle> },
    SetUserDataMetatable { userdata: UserDataHandle, metatable: Option<TableHandle> },
    SetClosureEnvironment { closure: ClosureHandle, environment: TableHandle },
    SetRegister { thread: ThreadHandle, window: usize, register: usize, value: Value },
    SetTop { thread: ThreadHandle, top: usize },
    SetPc { thread: ThreadHandle, pc: usize },
    PushCallFrame { thread: ThreadHandle, frame: Box<CallFrame> },
    PopCallFrame { thread: ThreadHandle },
    SetUpvalue { upvalue: UpvalueHandle, value: Value },
    CloseUpvalues { thread: ThreadHandle, window: usize, register: usize },
}

impl HeapChange {
    pub(super) fn apply(self, heap: &mut LuaHeap) -> LuaResult<()> {
        match self {
            HeapChange::SetTableField { table, key, value } => heap.set_field(table, key, value),
            HeapChange::SetTableMetatable { table, metatable } => heap.set_metatable(table, metatable),
            HeapChange::SetUserDataMetatable { userdata, metatable } => {
                heap.userdata_mut(userdata)?.metatable = metatable;
                Ok(())
            }
            HeapChange::SetClosureEnvironment { closure, environment } => {
                heap.closure_mut(closure)?.environment = environment;
                Ok(())
            }
            HeapChange::SetRegister { thread, window, register, value } => {
                heap.thread_mut(thread)?.windows.set_register(window, register, value)
            }
            HeapChange::SetTop { thread, top } => {
                if let Some(frame) = heap.thread_mut(thread)?.frames.last_mut() {
                    frame.top = top;
                }
                Ok(())
            }
            HeapChange::SetPc { thread, pc } => {
                if let Some(frame) = heap.thread_mut(thread)?.frames.last_mut() {
                    frame.pc = pc;
                }
                Ok(())
            }
            HeapChange::PushCallFrame { thread, frame } => {
                heap.thread_mut(thread)?.frames.push(*frame);
                Ok(())
            }
            HeapChange::PopCallFrame { thread } => match heap.thread_mut(thread)?.frames.pop() {
                Some(frame) if has_window(&frame) => heap.deallocate_windows(thread, frame.window),
                _ => Ok(()),
            },
            HeapChange::SetUpvalue { upvalue, value } => heap.set_upvalue(upvalue, value),
            HeapChange::CloseUpvalues { thread, window, register } => heap.close_upvalues(thread, window, register),
        }
    }
}

/// Whether a frame's registers are in a window of its own.
fn has_window(frame: &CallFrame) -> bool {
    frame.code().is_some()
}

/// What is left of a thread's calls after the queued changes.
#[derive(Debug)]
pub(super) struct Outlook {
    pub(super) thread: ThreadHandle,
    /// How many of the present frames stay.
    frames: usize,
    /// The windows of the frames that are queued to be pushed, if they have one.
    pushed: Vec<Option<usize>>,
    /// How many of the present windows stay.
    windows: usize,
}

impl Outlook {
    pub(super) fn new(handle: ThreadHandle, thread: &Thread) -> Self {
        Outlook {
            thread: handle,
            frames: thread.frames.len(),
            pushed: Vec::new(),
            windows: thread.windows.window_stack.len(),
        }
    }

    /// Whether a window will still be there.
    pub(super) fn check_window(&self, window: usize) -> LuaResult<()> {
        if window < self.windows { Ok(()) } else { Err(self.no_window(window)) }
    }

    fn no_window(&self, index: usize) -> LuaError {
        LuaError::WindowOutOfRange { index, bound: self.windows }
    }

    pub(super) fn push(&mut self, frame: &CallFrame) -> LuaResult<()> {
        let window = has_window(frame).then_some(frame.window);
        if let Some(window) = window {
            self.check_window(window)?;
        }
        self.pushed.push(window);
        Ok(())
    }

    /// Returns whether there is a frame to be popped.
    pub(super) fn pop(&mut self, thread: &Thread) -> bool {
        let window = match self.pushed.pop() {
            Some(window) => window,
            None if self.frames == 0 => return false,
            None => {
                self.frames -= 1;
                thread.frames.get(self.frames).filter(|frame| has_window(frame)).map(|frame| frame.window)
            }
        };
        self.windows = self.windows.min(window.unwrap_or(usize::MAX));
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pretty_assertions::assert_eq;

    use super::super::error::LuaError;
    use super::super::frame::{CallFrame, FrameKind, LuaCode};
    use super::super::handle::ThreadHandle;
    use super::super::heap::LuaHeap;
    use super::super::memory::Then;
    use super::super::transaction::HeapTransaction;
    use super::super::value::{Closure, Upvalue, Value};

    /// A heap in which a call is active, in a window of four registers.
    fn heap() -> (LuaHeap, ThreadHandle, CallFrame) {
        let mut heap = LuaHeap::new().unwrap();
        let thread = heap.main_thread();
        let proto = crate::compiler::compile(b"return ...", b"=test").unwrap();
        let constants = heap.load_proto(&proto).unwrap();
        let environment = heap.globals();
        let mut tx = HeapTransaction::new(&mut heap);
        let closure = tx.create_closure(Closure { proto: constants, upvalues: Vec::new(), environment }).unwrap();
        let code = LuaCode { closure, proto: Arc::clone(&proto), constants };
        let mut frame = CallFrame::new(Value::Closure(closure), FrameKind::Lua(code), Then::Discard);
        frame.window = tx.allocate_window(thread, 4).unwrap();
        tx.push_call_frame(thread, frame.clone()).unwrap();
        assert_eq!(tx.get_thread_call_depth(thread), Ok(0));
        assert_eq!(tx.get_pc(thread), Err(LuaError::RuntimeError("No active call frame".to_owned())));
        tx.commit().unwrap();
        (heap, thread, frame)
    }

    #[test]
    fn a_call_that_ends_takes_its_window_along() {
        let (mut heap, thread, mut frame) = heap();
        let mut tx = HeapTransaction::new(&mut heap);
        frame.window = tx.allocate_window(thread, 3).unwrap();
        tx.push_call_frame(thread, frame).unwrap();
        tx.set_register(thread, 1, 2, Value::Number(5.0)).unwrap();
        let captured = tx.find_or_create_upvalue(thread, 1, 2).unwrap();
        tx.commit().unwrap();

        tx.reset().unwrap();
        tx.pop_call_frame(thread).unwrap();
        let gone = LuaError::WindowOutOfRange { index: 1, bound: 1 };
        assert_eq!(tx.set_register(thread, 1, 0, Value::Nil), Err(gone));
        assert!(matches!(tx.allocate_window(thread, 3), Err(LuaError::TransactionError(_))));
        tx.set_register(thread, 0, 0, Value::Boolean(true)).unwrap();
        tx.set_upvalue(captured, Value::Number(6.0)).unwrap();
        assert_eq!(tx.read_register(thread, 1, 2), Ok(Value::Number(5.0)));
        tx.abort().unwrap();
        assert_eq!(heap.thread(thread).unwrap().frames.len(), 2);

        let mut tx = HeapTransaction::new(&mut heap);
        tx.pop_call_frame(thread).unwrap();
        tx.set_upvalue(captured, Value::Number(6.0)).unwrap();
        tx.commit().unwrap();
        assert_eq!(heap.thread(thread).unwrap().windows.window_stack.len(), 1);
        assert_eq!(heap.upvalue(captured), Ok(&Upvalue::Closed(Value::Number(6.0))));
        assert_eq!(heap.thread(thread).unwrap().open_upvalues, []);
    }

    #[test]
    fn queued_calls_are_counted() {
        let (mut heap, thread, frame) = heap();
        let mut tx = HeapTransaction::new(&mut heap);
        tx.push_call_frame(thread, frame.clone()).unwrap();
        tx.pop_call_frame(thread).unwrap();
        tx.pop_call_frame(thread).unwrap();
        let gone = LuaError::WindowOutOfRange { index: 0, bound: 0 };
        assert_eq!(tx.push_call_frame(thread, frame.clone()), Err(gone.clone()));
        assert_eq!(tx.set_register(thread, 0, 0, Value::Nil), Err(gone));
        assert_eq!(tx.pop_call_frame(thread), Ok(()), "there is none left, and nothing to do");
        tx.commit().unwrap();
        assert_eq!(heap.thread(thread).unwrap().frames.len(), 0);
        assert_eq!(heap.thread(thread).unwrap().windows.window_stack.len(), 0);
    }

    #[test]
    fn the_next_instruction_is_the_one_after_the_committed_one() {
        let (mut heap, thread, _) = heap();
        let mut tx = HeapTransaction::new(&mut heap);
        tx.set_pc(thread, 7).unwrap();
        tx.increment_pc(thread).unwrap();
        tx.increment_pc(thread).unwrap();
        tx.set_top(thread, 3).unwrap();
        assert_eq!(tx.get_pc(thread), Ok(0));
        tx.commit().unwrap();
        tx.reset().unwrap();
        assert_eq!((tx.get_pc(thread), tx.get_current_frame(thread).map(|frame| frame.top)), (Ok(1), Ok(3)));
        let Value::Closure(closure) = tx.get_current_frame(thread).unwrap().callee else { panic!("a Lua function") };
        assert!(tx.get_instruction(closure, 0).is_ok());
        let error = tx.get_instruction(closure, 99).unwrap_err().to_string();
        assert!(error.starts_with("runtime error: PC 99 out of bounds (bytecode size: "), "{error}");
    }
}
