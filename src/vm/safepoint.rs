//! Safepoints: where the collector may step, finalizers run, and limits are seen.

use super::event::Event;
use super::limits::interrupt;
use super::native::Throw;
use super::state::State;
use crate::arena::{AllocError, Heap, TValue};
use crate::kernel::meter::Stop;
use std::sync::atomic::Ordering;

impl State {
    /// The safepoint of an instruction that allocates; its frame is a Lua function's.
    #[cold]
    #[inline(never)]
    pub(crate) fn safepoint(&mut self) -> Result<(), Throw> {
        if let Some(proto) = Self::frame_proto(self.current()) {
            self.top = self.current().base.wrapping_add(proto.max_stack as usize);
        }
        self.collect_step()
    }

    /// The safepoint of a native function that is about to allocate.
    #[inline]
    pub(crate) fn native_safepoint(&mut self) -> Result<(), Throw> {
        if self.heap.debt > 0 || cfg!(feature = "gc_stress") { self.collect_step() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn collect_step(&mut self) -> Result<(), Throw> {
        if self.finalizing && self.heap.total() <= self.heap.limit {
            self.heap.set_debt(-crate::arena::gc::STEP_BYTES);
            return Ok(());
        }
        self.save_thread();
        self.step_heap();
        // The step's time counts, whoever asked for it.
        self.heap.meter.look()?;
        if self.heap.total() > self.heap.limit {
            self.collecting(true, Heap::collect);
            self.run_finalizers()?;
            if self.heap.total() > self.heap.limit {
                return Err(self.memory_error());
            }
        }
        self.run_finalizers()
    }

    fn step_heap(&mut self) {
        if cfg!(feature = "gc_stress") && !self.heap.collector.stopped {
            self.collecting(true, Heap::collect);
        } else if !self.heap.collector.stopped {
            self.collecting(false, Heap::step);
        } else {
            self.heap.set_debt(-crate::arena::gc::STEP_BYTES);
        }
    }

    /// The safepoint of what allocates in the midst of an operation. Everything that is still needed must be on the stack, below `top`
    /// or in a register of a running Lua function. Finalizers wait for the next safepoint.
    #[inline]
    pub(crate) fn inner_safepoint(&mut self) -> Result<(), Throw> {
        if self.heap.debt > 0 || cfg!(feature = "gc_stress") { self.inner_step() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn inner_step(&mut self) -> Result<(), Throw> {
        if self.host_in_control || self.finalizing && self.heap.total() <= self.heap.limit {
            return Ok(());
        }
        self.with_registers(Self::step_heap);
        self.heap.meter.look()?;
        if self.heap.total() > self.heap.limit {
            self.make_room();
            if self.heap.total() > self.heap.limit {
                return Err(self.memory_error());
            }
        }
        Ok(())
    }

    /// Memory is refused: makes room, if garbage is what fills it, whether or not the program has stopped the collector. What is
    /// needed is where it has to be at an [inner safepoint](State::inner_safepoint).
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(&mut self) {
        if !self.host_in_control {
            self.with_registers(|st| st.collecting(true, Heap::collect));
        }
    }

    /// Collects with all registers of a running Lua function below the top.
    fn with_registers(&mut self, collect: impl FnOnce(&mut Self)) {
        let top = self.top;
        if let Some(proto) = Self::frame_proto(self.current()) {
            self.top = top.max(self.current().base.wrapping_add(proto.max_stack as usize));
        }
        self.save_thread();
        collect(self);
        self.top = top;
    }

    /// Does something that may be refused memory; if it is, once more after making room. An attempt that fails must have
    /// changed nothing that matters to the next one.
    #[inline]
    pub(crate) fn with_room<R>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<R, AllocError>,
    ) -> Result<R, AllocError> {
        match attempt(self) {
            Ok(value) => Ok(value),
            Err(AllocError) => self.attempt_again(attempt),
        }
    }

    #[cold]
    #[inline(never)]
    fn attempt_again<R>(
        &mut self,
        mut attempt: impl FnMut(&mut Self) -> Result<R, AllocError>,
    ) -> Result<R, AllocError> {
        if self.heap.meter.stopped().is_some() {
            return Err(AllocError);
        }
        self.make_room();
        attempt(self)
    }

    /// The one way in which a program's allocations are made: [`State::with_room`], and "not enough memory" if that fails.
    #[inline]
    pub(crate) fn allocate<R>(&mut self, attempt: impl FnMut(&mut Self) -> Result<R, AllocError>) -> Result<R, Throw> {
        self.with_room(attempt).map_err(|AllocError| self.memory_error())
    }

    /// A whole cycle and its finalizers.
    pub(crate) fn collect_garbage(&mut self) -> Result<(), Throw> {
        self.save_thread();
        self.collecting(true, Heap::collect);
        self.heap.meter.look()?;
        self.run_finalizers()
    }

    /// A step that pays for `kilobytes` of allocation; says whether it ended a cycle.
    pub(crate) fn step_garbage(&mut self, kilobytes: usize) -> Result<bool, Throw> {
        self.save_thread();
        let bytes = kilobytes.clamp(1, 1 << 40) as isize * 1024;
        let ended = self.collecting(false, |heap| heap.step_by(bytes));
        self.heap.meter.look()?;
        self.run_finalizers()?;
        Ok(ended)
    }

    /// Stops or restarts the collector.
    pub(crate) fn set_collecting(&mut self, collecting: bool) {
        self.heap.collector.stopped = !collecting;
        if collecting {
            self.heap.set_debt(0);
        }
    }

    /// Calls the finalizers of the userdata the collector found dead. An error in one is thrown.
    pub(crate) fn run_finalizers(&mut self) -> Result<(), Throw> {
        while !self.finalizing {
            let Some(userdata) = self.heap.to_finalize.pop() else { break };
            let value = TValue::from(userdata);
            let handler = self.metamethod(value, Event::Gc);
            if handler.is_nil() {
                continue;
            }
            self.finalizing = true;
            self.abandon_shadow();
            // Hooks see nothing of it.
            let thread = self.thread;
            let in_hook = thread.in_hook.replace(true);
            let result = self.call_value(handler, &[value]);
            thread.in_hook.set(in_hook);
            self.drop_hooks();
            self.finalizing = false;
            result?;
        }
        Ok(())
    }

    /// The loop has seen the interrupt word set.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupted(&mut self) -> Result<(), Throw> {
        let bits = self.interrupt.load(Ordering::Relaxed);
        if bits & interrupt::KILL != 0 {
            if Self::frame_proto(self.current()).is_some() {
                // The instruction that will not be executed is the one it was stopped at.
                // SAFETY: the innermost frame is the machine's, and will not go on.
                unsafe { (*self.frame).pc = (*self.frame).pc.wrapping_add(1) };
            }
            return Err(self.stop(Stop::Killed));
        }
        if bits & interrupt::ROUTES != 0 {
            // What was written before the bit was set is seen.
            self.interrupt.fetch_and(!interrupt::ROUTES, Ordering::Acquire);
            self.reroute();
        }
        Ok(())
    }

    /// Stops the program; it cannot catch that.
    pub(crate) fn stop(&mut self, reason: Stop) -> Throw {
        self.heap.meter.stop(reason).into()
    }
}
