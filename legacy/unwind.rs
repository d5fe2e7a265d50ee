//! Errors on their way: who catches one, and what is told of it before the frames above are gone.
//!
//! Frames are looked at from the innermost on. `xpcall`'s handler runs on top of them all, so that it sees the calls that led to
//! the error; an error of its own passes it, too. A coroutine that nobody catches in ends, and its resumer is told. A stop passes every frame that catches.

use super::driver::Pending;
use super::error::LuaError;
use super::frame::{CallFrame, FrameKind};
use super::limits::MAX_HANDLERS;
use super::memory::{Culprit, Then};
use super::native::Failure;
use super::value::{ThreadStatus, Value};
use super::vm::LuaVM;

/// What became of a failure.
pub(super) enum Unwound {
    /// The program goes on.
    Caught(Pending),
    /// It is the business of whoever entered the loop.
    Escaped(Failure),
}

/// The frame that a failure meets first.
enum Catcher {
    /// `pcall`, or `xpcall` with its handler.
    Protected(Option<Value>),
    /// A message handler that has failed too often.
    Handler,
    /// The end of the loop.
    Entry { traced: bool },
    /// None in this thread.
    Bottom,
}

impl LuaVM {
    pub(super) fn unwind(&mut self, mut failure: Failure) -> Unwound {
        loop {
            match self.unwind_once(failure) {
                Ok(unwound) => return unwound,
                Err(next) => failure = next,
            }
        }
    }

    /// An error while unwinding is the next to be unwound.
    fn unwind_once(&mut self, failure: Failure) -> Result<Unwound, Failure> {
        let value = match failure {
            // A machine that cannot even stop in order is left as it is.
            Failure::Stop(error) => return Ok(Unwound::Escaped(self.stop(error).unwrap_or_else(Failure::from))),
            Failure::Thrown(value) => value,
            Failure::Memory => self.memory_message,
        };
        let pending = match self.find_catcher() {
            Catcher::Protected(None) => self.catch(value)?,
            Catcher::Protected(Some(handler)) if handler.is_function() => self.begin_handler(handler, value)?,
            Catcher::Protected(Some(_)) | Catcher::Handler => {
                let no_memory = self.memory_message;
                let value = self.create_string(b"error in error handling").unwrap_or(no_memory);
                self.catch(value)?
            }
            Catcher::Entry { traced } => {
                let failure = if traced { self.add_traceback(value) } else { Failure::Thrown(value) };
                while !matches!(self.pop_frame()?.kind, FrameKind::Entry { .. }) {}
                return Ok(Unwound::Escaped(failure));
            }
            Catcher::Bottom => self.end_failed_coroutine(value)?,
        };
        Ok(Unwound::Caught(pending))
    }

    fn find_catcher(&self) -> Catcher {
        let mut handlers = 0;
        for frame in self.frames().iter().rev() {
            match frame.kind {
                FrameKind::Protected { handler: Some(_) } if handlers >= MAX_HANDLERS => return Catcher::Handler,
                FrameKind::Protected { handler } => return Catcher::Protected(handler),
                FrameKind::Handler => handlers += 1,
                FrameKind::Entry { traced } => return Catcher::Entry { traced },
                _ => {}
            }
        }
        Catcher::Bottom
    }

    fn begin_handler(&mut self, handler: Value, value: Value) -> Result<Pending, Failure> {
        self.push_frame(CallFrame::new(handler, FrameKind::Handler, Then::Discard))?;
        Ok(Pending::Call { function: handler, args: vec![value], named: Culprit::Unnamed, then: Then::Discard })
    }

    /// The innermost protected call ends with an error.
    pub(super) fn catch(&mut self, value: Value) -> Result<Pending, Failure> {
        loop {
            let frame = self.pop_frame()?;
            if let FrameKind::Protected { .. } = frame.kind {
                return Ok(Pending::Deliver { results: vec![Value::Boolean(false), value], then: frame.then });
            }
        }
    }

    /// Ends everything down to the frame that entered the loop, in all threads that were resumed since.
    fn stop(&mut self, error: LuaError) -> Result<Failure, LuaError> {
        loop {
            if self.frames().is_empty() {
                self.leave_thread(ThreadStatus::Dead)?;
            } else if let FrameKind::Entry { .. } = self.pop_frame()?.kind {
                return Ok(Failure::Stop(error));
            }
        }
    }

    fn add_traceback(&mut self, value: Value) -> Failure {
        let Some(mut text) = self.text_of(&value) else { return Failure::Thrown(value) };
        text.push(b'\n');
        text.extend_from_slice(&self.traceback());
        self.throw_text(&text)
    }
}
