//! Coroutines (manual §2.11): every thread has windows and frames of its own, and resuming or yielding switches which one runs.
//!
//! While a thread runs that was resumed, the innermost frame of its resumer is that of `resume` (or of the function that
//! `wrap` made), which gets what the thread yields, returns or throws.

use super::driver::Pending;
use super::error::LuaError;
use super::frame::{CallFrame, FrameKind};
use super::handle::{ClosureHandle, ThreadHandle};
use super::limits::MAX_RESUME_DEPTH;
use super::memory::{Culprit, Then};
use super::native::Failure;
use super::value::{ThreadStatus, Value};
use super::vm::LuaVM;

impl LuaVM {
    /// A thread that will run a function.
    pub(crate) fn create_coroutine(&mut self, function: ClosureHandle) -> Result<ThreadHandle, Failure> {
        let environment = self.running()?.environment;
        let handle = self.transaction().create_thread()?;
        let thread = self.heap.thread_mut(handle)?;
        thread.environment = environment;
        thread.status = ThreadStatus::Suspended;
        thread.frames.push(CallFrame::new(Value::Closure(function), FrameKind::Start, Then::Discard));
        Ok(handle)
    }

    /// What a thread is doing.
    pub(crate) fn coroutine_status(&self, thread: ThreadHandle) -> Result<&'static str, Failure> {
        Ok(self.heap.thread(thread)?.status.name())
    }

    /// Resumes a thread, for the native function in the innermost frame.
    pub(super) fn resume(&mut self, thread: ThreadHandle, args: Vec<Value>, wrap: bool) -> Result<Pending, Failure> {
        self.innermost()?.kind = FrameKind::Resume { wrap };
        let status = self.heap.thread(thread)?.status;
        let refusal = match status {
            ThreadStatus::Suspended if self.resumers.len() >= MAX_RESUME_DEPTH => Some("C stack overflow".to_owned()),
            ThreadStatus::Suspended => None,
            status => Some(format!("cannot resume {} coroutine", status.name())),
        };
        if let Some(refusal) = refusal {
            let value = self.create_string(refusal.as_bytes())?;
            return self.resume_failed(value);
        }
        self.running_mut()?.status = ThreadStatus::Normal;
        self.resumers.push(self.thread);
        self.thread = thread;
        self.running_mut()?.status = ThreadStatus::Running;
        let frame = self.pop_frame()?;
        match frame.kind {
            FrameKind::Start => {
                Ok(Pending::Call { function: frame.callee, args, named: Culprit::Unnamed, then: Then::Discard })
            }
            _ => Ok(Pending::Deliver { results: args, then: frame.then }),
        }
    }

    /// Leaves the running thread, whose innermost frame is that of `yield`.
    pub(super) fn yield_values(&mut self, values: Vec<Value>) -> Result<Pending, Failure> {
        if self.is_main_thread() || self.innermost()?.depth.entries > 0 {
            return Err(self.run_error(b"attempt to yield across metamethod/C-call boundary"));
        }
        self.innermost()?.kind = FrameKind::Yield;
        self.leave_thread(ThreadStatus::Suspended)?;
        self.resumed(values)
    }

    /// The running thread's function has returned.
    pub(super) fn end_coroutine(&mut self, results: Vec<Value>) -> Result<Pending, Failure> {
        self.leave_thread(ThreadStatus::Dead)?;
        self.resumed(results)
    }

    /// Nobody in the running thread catches an error.
    pub(super) fn end_failed_coroutine(&mut self, value: Value) -> Result<Pending, Failure> {
        while !self.frames().is_empty() {
            self.pop_frame()?;
        }
        self.leave_thread(ThreadStatus::Dead)?;
        self.resume_failed(value)
    }

    /// The resumer of the running thread runs again.
    pub(super) fn leave_thread(&mut self, status: ThreadStatus) -> Result<(), LuaError> {
        let resumer = self.resumers.pop();
        let resumer = resumer.ok_or_else(|| LuaError::InternalError("the main thread has no resumer".to_owned()))?;
        self.running_mut()?.status = status;
        self.thread = resumer;
        self.running_mut()?.status = ThreadStatus::Running;
        Ok(())
    }

    /// What a thread yielded or returned is the result of the innermost frame's function.
    fn resumed(&mut self, mut values: Vec<Value>) -> Result<Pending, Failure> {
        let frame = self.pop_frame()?;
        if !matches!(frame.kind, FrameKind::Resume { wrap: true }) {
            values.insert(0, Value::Boolean(true));
        }
        Ok(Pending::Deliver { results: values, then: frame.then })
    }

    /// Resuming failed, or what was resumed did. `wrap` throws the error on, with its own position before one that is text.
    fn resume_failed(&mut self, value: Value) -> Result<Pending, Failure> {
        if let FrameKind::Resume { wrap: true } = self.innermost()?.kind {
            return Err(match self.text_of(&value) {
                Some(message) => {
                    let mut text = self.position(1);
                    text.extend_from_slice(&message);
                    self.throw_text(&text)
                }
                None => Failure::Thrown(value),
            });
        }
        let frame = self.pop_frame()?;
        Ok(Pending::Deliver { results: vec![Value::Boolean(false), value], then: frame.then })
    }
}
