//! [`CallFrame`]: an active call of a thread, and what else has to be on a thread's list of calls.
//!
//! Invariants:
//!
//! - a frame's `then` says what the frame below does with its results; only frames of Lua functions look at it, all other kinds
//!   know by themselves;
//! - exactly the frames of Lua functions have a window, in the order of their calls;
//! - while a frame waits for a call, its `pc` is that of the instruction that asked for it.

use std::sync::Arc;

use super::handle::{ClosureHandle, FunctionProtoHandle};
use super::memory::Then;
use super::value::Value;
use crate::bytecode::Proto;

/// An active call.
#[derive(Debug, Clone)]
pub struct CallFrame {
    /// The function.
    pub callee: Value,
    /// The instruction that is executed.
    pub pc: usize,
    /// The window that holds the registers of a Lua function.
    pub window: usize,
    /// The register behind the last of an open list of values.
    pub top: usize,
    /// The arguments beyond the parameters.
    pub varargs: Vec<Value>,
    /// What becomes of its results.
    pub(crate) then: Then,
    pub(crate) kind: FrameKind,
    /// How many calls were replaced by tail calls of this one.
    pub(crate) tail_calls: usize,
    /// What this frame and those below it add up to.
    pub(crate) depth: Depth,
}

/// What a thread's frames add up to, from the first to this one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Depth {
    /// Registers and variable arguments.
    pub(crate) values: usize,
    /// Calls that no program asked for: metamethods and iterators.
    pub(crate) implicit: usize,
    /// Frames across which a thread cannot yield.
    pub(crate) entries: usize,
}

/// What a frame is.
#[derive(Debug, Clone)]
pub(crate) enum FrameKind {
    /// A Lua function.
    Lua(LuaCode),
    /// A native function while it runs.
    Native,
    /// A native function under which errors are caught. The results of the frame above are its own, behind true.
    Protected { handler: Option<Value> },
    /// `xpcall`'s handler runs above it; its result takes the error's place.
    Handler,
    /// The host, or a native function, that waits for the results of the frame above. `traced` adds a traceback to errors.
    Entry { traced: bool },
    /// A native function that has resumed another thread. `wrap`: errors are thrown on.
    Resume { wrap: bool },
    /// A native function that has yielded: what its thread is resumed with are its results.
    Yield,
    /// The bottom of a thread that was never resumed, whose function is `callee`.
    Start,
}

/// The code of a Lua function, so that an instruction need not look it up.
#[derive(Debug, Clone)]
pub(crate) struct LuaCode {
    pub(crate) closure: ClosureHandle,
    pub(crate) proto: Arc<Proto>,
    pub(crate) constants: FunctionProtoHandle,
}

impl CallFrame {
    /// A frame without registers.
    pub(crate) fn new(callee: Value, kind: FrameKind, then: Then) -> Self {
        CallFrame {
            callee,
            pc: 0,
            window: 0,
            top: 0,
            varargs: Vec::new(),
            then,
            kind,
            tail_calls: 0,
            depth: Depth::default(),
        }
    }

    /// The code, if it is a Lua function's frame.
    pub(crate) fn code(&self) -> Option<&LuaCode> {
        match &self.kind {
            FrameKind::Lua(code) => Some(code),
            _ => None,
        }
    }

    /// Whether it counts as a level for error positions and tracebacks.
    pub(crate) fn is_level(&self) -> bool {
        !matches!(self.kind, FrameKind::Entry { .. } | FrameKind::Handler | FrameKind::Start)
    }
}
