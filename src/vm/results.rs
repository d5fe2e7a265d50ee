//! Results: what becomes of them when a frame ends.
//!
//! [`State::deliver`] gives them to whoever waits for them, according to the frame's kind; where that leads to another call or
//! return, the [`Next`] goes to [`State::proceed`].

use super::call::{FEW, Flow, Next};
use super::exec;
use super::frame::FrameKind;
use super::native::Throw;
use super::state::State;
use crate::arena::{Frame, TValue};

impl State {
    /// Pops the innermost frame, which is not the usual one of a call, and delivers its results.
    #[inline(never)]
    pub(super) fn finish_unusual(&mut self, results: *mut TValue, count: usize) -> Result<Flow, Throw> {
        let kind = self.current().kind;
        if self.watched || kind != FrameKind::Protected as u8 && kind != FrameKind::Entry as u8 {
            return self.finish(results, count);
        }
        let frame = self.frame;
        self.frame = frame.wrapping_sub(1);
        if kind == FrameKind::Protected as u8 {
            let next = self.end_protected(results, count)?;
            return self.proceed(next);
        }
        // SAFETY: it has just been popped.
        Ok(self.end_entry(unsafe { &*frame }, results, count))
    }

    /// Pops the innermost frame and delivers its results.
    #[inline]
    pub(crate) fn finish(&mut self, results: *mut TValue, count: usize) -> Result<Flow, Throw> {
        // SAFETY: `frame` is a frame of the running thread, and not its bottom.
        let frame = unsafe { *self.frame };
        self.frame = self.frame.wrapping_sub(1);
        self.deliver(frame, results, count)
    }

    /// Gives the results of a frame, which has been popped, to whoever waits for them.
    pub(super) fn deliver(&mut self, frame: Frame, results: *mut TValue, count: usize) -> Result<Flow, Throw> {
        if self.watched {
            let next = self.hand_over_watched(frame, results, count)?;
            return self.proceed(next);
        }
        match self.place_results(&frame, results, count) {
            Some(flow) => {
                self.forget_machine_call(FrameKind::of(frame.kind));
                Ok(flow)
            }
            None => {
                self.forget_machine_call(FrameKind::of(frame.kind));
                let next = self.pass_on(frame, results, count)?;
                self.proceed(next)
            }
        }
    }

    /// One step of a delivery.
    #[inline(always)]
    pub(super) fn hand_over(&mut self, frame: Frame, results: *mut TValue, count: usize) -> Result<Next, Throw> {
        match self.place_results(&frame, results, count) {
            Some(flow) => Ok(Next::Flow(flow)),
            None => self.pass_on(frame, results, count),
        }
    }

    /// Likewise, for a machine that is asked for more than executing.
    #[cold]
    #[inline(never)]
    pub(super) fn hand_over_watched(
        &mut self,
        mut frame: Frame,
        results: *mut TValue,
        count: usize,
    ) -> Result<Next, Throw> {
        self.forget_machine_call(FrameKind::of(frame.kind));
        self.note_return();
        let base = self.slot_number(frame.base);
        let (results, count) = self.shadow_delivery(&frame, results, count)?;
        // Other results than those may have moved the stack.
        frame.base = self.thread.stack.get().wrapping_add(base);
        self.hand_over(frame, results, count)
    }

    /// Puts the results of a frame, which has been popped, where an instruction or Rust code waits for them; `None` if none does.
    ///
    /// A call of its own would cost every native function that is called.
    #[inline(always)]
    pub(super) fn place_results(&mut self, frame: &Frame, results: *mut TValue, count: usize) -> Option<Flow> {
        let first = || {
            // SAFETY: `results` are `count` values of the stack.
            if count > 0 { unsafe { *results } } else { TValue::NIL }
        };
        match FrameKind::of(frame.kind) {
            FrameKind::Call => {
                self.place_call_results(frame, results, count);
                Some(Flow::Run)
            }
            FrameKind::Entry => Some(self.end_entry(frame, results, count)),
            FrameKind::Store => {
                let value = first();
                // SAFETY: the instruction that waits named a register of its frame.
                unsafe { *self.current().base.add(frame.extra as usize) = value };
                Some(Flow::Run)
            }
            FrameKind::Test => {
                let truth = !first().is_falsy();
                // SAFETY: the frame below waits right behind the first word of a comparison.
                unsafe { exec::resume_test(&mut *self.frame, truth != (frame.extra == 1)) };
                Some(Flow::Run)
            }
            FrameKind::Drop | FrameKind::Aside => Some(Flow::Run),
            FrameKind::Iterator => {
                self.place_iterator_results(frame, results, count);
                Some(Flow::Run)
            }
            FrameKind::Protected
            | FrameKind::Coroutine
            | FrameKind::Concat
            | FrameKind::Handler
            | FrameKind::Bottom => None,
        }
    }

    #[inline(always)]
    pub(super) fn place_call_results(&mut self, frame: &Frame, results: *mut TValue, count: usize) {
        if count > FEW && frame.wanted < 0 {
            // If that stops the program, the next charge will say so.
            let _ = self.heap.meter.charge_values(count);
        }
        self.move_results(frame.func(), results, count, frame.wanted);
    }

    #[inline(always)]
    pub(super) fn end_entry(&mut self, frame: &Frame, results: *mut TValue, count: usize) -> Flow {
        self.move_results(frame.func(), results, count, frame.wanted);
        let wanted = usize::try_from(frame.wanted).unwrap_or(count);
        self.top = frame.func().wrapping_add(wanted);
        Flow::Done
    }

    #[inline(always)]
    pub(super) fn place_iterator_results(&mut self, frame: &Frame, results: *mut TValue, count: usize) {
        let target = self.current().base.wrapping_add(frame.extra as usize + 3);
        self.move_results(target, results, count, frame.wanted);
        // SAFETY: the frame below waits behind a `ForIn` whose `A` is `extra`.
        unsafe { exec::resume_iterator(&mut *self.frame, frame.extra) };
    }

    /// A function has returned that the function of the innermost frame, `pcall` or `xpcall`, protected.
    #[inline(always)]
    pub(super) fn end_protected(&mut self, results: *mut TValue, count: usize) -> Result<Next, Throw> {
        if count > FEW {
            self.heap.meter.charge_values(count)?;
        }
        let target = self.current().base;
        // SAFETY: the function it protects lay at `target` or above, so its results lie above `target`.
        unsafe {
            if count == 1 {
                *target.add(1) = *results;
            } else {
                std::ptr::copy(results, target.add(1), count);
            }
            *target = TValue::TRUE;
        }
        self.top = target.wrapping_add(1 + count);
        self.next_return(1 + count)
    }

    /// Does what the results of the other kinds of frames lead to.
    #[inline(never)]
    fn pass_on(&mut self, frame: Frame, results: *mut TValue, count: usize) -> Result<Next, Throw> {
        match FrameKind::of(frame.kind) {
            // The frame below is that of the protecting function.
            FrameKind::Protected => self.end_protected(results, count),
            FrameKind::Coroutine => self.end_coroutine(results, count),
            // SAFETY: `results` are `count` values of the stack.
            FrameKind::Concat => self.resume_concat(frame, if count > 0 { unsafe { *results } } else { TValue::NIL }),
            FrameKind::Handler => {
                // SAFETY: likewise.
                self.heap.thrown = if count > 0 { unsafe { *results } } else { TValue::NIL };
                self.set_handlers(self.thread.handlers.get() - 1);
                self.error_handled = true;
                Err(Throw::Error)
            }
            _ => unreachable!("results of a frame that has none"),
        }
    }

    /// Moves `count` results to `target` and makes them `wanted`.
    #[inline(always)]
    pub(super) fn move_results(&mut self, target: *mut TValue, results: *mut TValue, count: usize, wanted: i16) {
        // SAFETY: `results` are `count` values of the stack, and whoever waits at `target`, below them, has room for what it wants.
        unsafe {
            match wanted {
                0 => {}
                1 => *target = if count > 0 { *results } else { TValue::NIL },
                2 => {
                    let (first, second) = match count {
                        0 => (TValue::NIL, TValue::NIL),
                        1 => (*results, TValue::NIL),
                        _ => (*results, *results.add(1)),
                    };
                    *target = first;
                    *target.add(1) = second;
                }
                -1 if count == 1 => {
                    *target = *results;
                    self.top = target.add(1);
                }
                _ => self.move_many_results(target, results, count, wanted),
            }
        }
    }

    /// # Safety
    /// As for `move_results`.
    #[inline(never)]
    unsafe fn move_many_results(&mut self, target: *mut TValue, results: *mut TValue, count: usize, wanted: i16) {
        // SAFETY: the caller's promise.
        unsafe {
            let Ok(wanted) = usize::try_from(wanted) else {
                move_down(results, target, count);
                self.top = target.add(count);
                return;
            };
            move_down(results, target, count.min(wanted));
            for index in count..wanted {
                *target.add(index) = TValue::NIL;
            }
        }
    }
}

/// Moves values down the stack, most often few.
///
/// # Safety
/// There are so many, and `to` is not above `from`.
#[inline(always)]
pub(super) unsafe fn move_down(from: *const TValue, to: *mut TValue, count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if count > FEW {
            return std::ptr::copy(from, to, count);
        }
        for index in 0..count {
            *to.add(index) = *from.add(index);
        }
    }
}
