//! `pcall` and `xpcall`: calls whose frame catches errors. They run in the loop, so a protected function may yield.

use super::call::{Continuation, Next};
use super::frame::{FrameKind, NativeKind, REFUSED};
use super::limits::MAX_NATIVE_CHAIN;
use super::native::{Ctx, NativeResult, Throw};
use super::state::State;
use crate::arena::{Frame, TValue};

const PROTECTED: Continuation = Continuation { kind: FrameKind::Protected, extra: 0, wanted: -1 };

impl State {
    #[inline(always)]
    pub(super) fn begin_pcall(&mut self) -> Result<Next, Throw> {
        let base = self.current().base;
        if base >= self.top {
            return Err(self.refuse(1));
        }
        // The function and its arguments already lie as a call wants them.
        self.protect(base)
    }

    /// An argument is missing: the error is the caller's, not one that this call protects against.
    #[cold]
    #[inline(never)]
    fn refuse(&mut self, index: usize) -> Throw {
        let throw = self.arg_error(index, b"value expected");
        // SAFETY: the innermost frame is initialised.
        unsafe { (*self.frame).wanted = REFUSED };
        throw
    }

    #[inline(always)]
    pub(super) fn begin_xpcall(&mut self) -> Result<Next, Throw> {
        let base = self.current().base;
        if (self.top as usize - base as usize) / size_of::<TValue>() < 2 {
            return Err(self.refuse(2));
        }
        // The function is called without arguments, above the handler, which the frame keeps.
        let target = base.wrapping_add(2);
        // SAFETY: a native frame has room for a few values.
        unsafe { *target = *base };
        self.top = target.wrapping_add(1);
        self.protect(target)
    }

    /// Calls a function under the protecting function in the innermost frame.
    ///
    /// Protecting functions that call one another are counted, as they are where each of them needs the host's stack.
    #[inline(always)]
    fn protect(&mut self, func: *mut TValue) -> Result<Next, Throw> {
        let next = self.next_call(func, PROTECTED)?;
        if matches!(next, Next::Call(..)) && self.native_chain() >= MAX_NATIVE_CHAIN {
            return Err(self.run_error("C stack overflow"));
        }
        Ok(next)
    }

    /// How many native functions have called one another, up to the innermost frame.
    fn native_chain(&self) -> usize {
        let mut frame = self.frame.cast_const();
        // SAFETY: the frames from the bottom to the innermost are initialised.
        while frame > self.thread.frames.get() && Self::frame_proto(unsafe { &*frame }).is_none() {
            frame = frame.wrapping_sub(1);
        }
        (self.frame as usize - frame as usize) / size_of::<Frame>()
    }
}

/// Never called: the machine treats functions of these kinds itself.
fn handled_by_the_machine(ctx: &mut Ctx<'_>) -> NativeResult {
    Err(ctx.error("a function of the machine was called as a plain one"))
}

/// Pushes `pcall` (manual §5.1).
pub(crate) fn push_pcall(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    ctx.push_native(NativeKind::Pcall, handled_by_the_machine, 0)
}

/// Pushes `xpcall` (manual §5.1).
pub(crate) fn push_xpcall(ctx: &mut Ctx<'_>) -> Result<(), Throw> {
    ctx.push_native(NativeKind::Xpcall, handled_by_the_machine, 0)
}

/// Pushes a function of another kind that the machine treats itself.
pub(super) fn push_special(ctx: &mut Ctx<'_>, kind: NativeKind, upvalues: usize) -> Result<(), Throw> {
    ctx.push_native(kind, handled_by_the_machine, upvalues)
}
