//! Threads: a coroutine's value stack and frames. The main program is one, too.
//!
//! The layout is here because the collector walks it; what is done with it is `vm`'s business. Stack and frames are
//! one block each and move when they grow. Frames hold absolute addresses into the stack, which growing corrects.

use std::cell::Cell;

use super::Gc;
use super::closure::{Closure, Upvalue};
use super::header::Header;
use super::table::Table;
use super::value::TValue;

/// What a thread is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ThreadStatus {
    /// It has not started, or it has yielded.
    Suspended,
    /// It is the one that runs.
    Running,
    /// It has resumed another one.
    Normal,
    /// It has returned, or failed.
    Dead,
}

/// A thread object.
#[repr(C)]
pub(crate) struct Thread {
    pub(crate) header: Header,
    pub(crate) stack: Cell<*mut TValue>,
    /// Number of slots of the stack.
    pub(crate) stack_size: Cell<u32>,
    /// Number of frames there is room for.
    pub(crate) frames_size: Cell<u32>,
    /// One past the last slot that may hold a live value. Of the running thread it is exact only at safepoints.
    pub(crate) top: Cell<*mut TValue>,
    pub(crate) frames: Cell<*mut Frame>,
    /// The innermost frame. Of the running thread the machine holds it.
    pub(crate) frame: Cell<*mut Frame>,
    pub(crate) open_upvalues: Cell<Option<Gc<Upvalue>>>,
    /// The environment of functions loaded by it (`setfenv(0, t)` changes it).
    pub(crate) globals: Cell<Gc<Table>>,
    /// The thread that resumed it.
    pub(crate) resumer: Cell<Option<Gc<Thread>>>,
    pub(crate) status: Cell<ThreadStatus>,
    pub(crate) hook_mask: Cell<u8>,
    pub(crate) in_hook: Cell<bool>,
    /// How many Rust calls into the machine are active on it; it cannot yield across one.
    pub(crate) boundaries: Cell<u32>,
    /// How many of its frames were pushed by the machine itself: metamethods, iterators, message handlers.
    pub(crate) machine_calls: Cell<u32>,
    /// How many message handlers are running inside one another.
    pub(crate) handlers: Cell<u32>,
    pub(crate) hook: Cell<TValue>,
    pub(crate) hook_count: Cell<i32>,
    pub(crate) hook_left: Cell<i32>,
    /// The classic pc that was executed last in the innermost frame, while there is a line hook.
    pub(crate) hook_pc: Cell<u32>,
    /// The call hook of the function that is about to begin has been called.
    pub(crate) call_hooked: Cell<bool>,
}

/// An activation of a function.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    /// The word to go on with. Meaningful while the frame is not the running one.
    pub(crate) pc: *const u64,
    pub(crate) function: *mut Closure,
    /// Register 0.
    pub(crate) base: *mut TValue,
    /// Distance from the slot of the called function to `base`. The top bit says that tail calls put the function here; then
    /// that slot holds how many.
    pub(crate) func_delta: u32,
    /// Results the caller wants; -1 for all.
    pub(crate) wanted: i16,
    /// A `vm::frame::FrameKind`.
    pub(crate) kind: u8,
    /// What the kind makes of it.
    pub(crate) extra: u8,
}

const _: () = assert!(size_of::<Frame>() == 32);

/// Set in [`Frame::func_delta`].
pub(crate) const TAIL_CALLED: u32 = 1 << 31;

impl Frame {
    /// The slot of the called function, where the results go.
    #[inline(always)]
    pub(crate) fn func(&self) -> *mut TValue {
        self.base.wrapping_sub(self.distance())
    }

    #[inline(always)]
    pub(crate) fn distance(&self) -> usize {
        (self.func_delta & !TAIL_CALLED) as usize
    }

    pub(crate) fn is_tail_called(&self) -> bool {
        self.func_delta & TAIL_CALLED != 0
    }

    /// How many tail calls put the function here: a whole number.
    ///
    /// # Safety
    /// It is a frame of a live thread.
    pub(crate) unsafe fn tail_calls(&self) -> f64 {
        if !self.is_tail_called() {
            return 0.0;
        }
        // SAFETY: the slot below `base`, or the variable arguments, belongs to the frame.
        unsafe { (*self.func()).as_double() }
    }

    /// Says so; `count` is not 0.
    ///
    /// # Safety
    /// As above, and its function is kept by the frame alone from then on.
    pub(crate) unsafe fn set_tail_calls(&mut self, count: f64) {
        self.func_delta |= TAIL_CALLED;
        // SAFETY: as above.
        unsafe { *self.func() = TValue::number(count) };
    }
}

impl Thread {
    #[inline(always)]
    pub(crate) fn stack_end(&self) -> *mut TValue {
        self.stack.get().wrapping_add(self.stack_size.get() as usize)
    }
}
