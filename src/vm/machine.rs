//! [`LuaVM`]: the virtual machine, as its host holds it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[cfg(feature = "cli")]
use super::call::entry;
use super::lease::Holder;
use super::limits::{interrupt, stop_error};
use super::lower::Lowering;
use super::native::{Ctx, Throw};
use super::state::State;
use crate::arena::{TValue, ThreadStatus};
use crate::error::{Error, RuntimeError};
use crate::kernel::key_order::KeyOrder;
use crate::kernel::meter::Stop;
#[cfg(feature = "script")]
use crate::kernel::meter::Watch;

/// A Lua 5.1 virtual machine.
///
/// It owns every object its programs make. It is `Send`: it may move to another thread, but only one thread uses it at a
/// time.
pub struct LuaVM {
    pub(super) state: Holder,
}

// SAFETY: the machine owns its heap; nothing in it is shared with another machine or tied to a thread. Host values and
// host functions in it are required to be `Send`.
unsafe impl Send for LuaVM {}

// SAFETY: what can be done with a shared machine (`View`, and the getters here) only reads: no look-up of a string, table,
// handle or root writes to a cell of the heap, and the list of dropped roots has a lock. What the host stored is `Sync`.
unsafe impl Sync for LuaVM {}

impl LuaVM {
    /// A machine without any library: not even `print`. See [`LuaVM::with_stdlib`].
    ///
    /// # Errors
    /// [`Error::Memory`] if the system has no memory for it.
    pub fn new() -> Result<LuaVM, Error> {
        LuaVM::with_key_order(KeyOrder::Random)
    }

    /// A machine without any library, whose tables keep string keys in this order. See [`LuaVM::open_stdlib`].
    ///
    /// ```
    /// use ferrous::{KeyOrder, LuaVM};
    /// let mut vm = LuaVM::with_key_order(KeyOrder::Puc)?;
    /// vm.open_stdlib()?;
    /// let order = vm.eval("local o = '' for k in pairs{one = 1, two = 2, three = 3} do o = o .. k .. ' ' end return o == 'one three two '")?;
    /// assert_eq!(order, [ferrous::Value::from(true)]);
    /// # Ok::<(), ferrous::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Memory`] if the system has no memory for it.
    pub fn with_key_order(order: KeyOrder) -> Result<LuaVM, Error> {
        let state = State::new(order).map_err(|_| Error::Memory)?;
        Ok(LuaVM { state: Holder::own(state) })
    }

    /// Runs a function with the main thread's stack, which is empty before and afterwards.
    pub(crate) fn enter<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Throw>) -> Result<R, Error> {
        let result = self.enter_keeping(f);
        if !self.state.is_leased() {
            self.state.top = self.state.current().base;
        }
        result
    }

    /// Like [`LuaVM::enter`], but what the function leaves on the stack stays there until the next time.
    pub(crate) fn enter_keeping<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Throw>) -> Result<R, Error> {
        if self.state.is_leased() {
            return self.state.enter_within(f);
        }
        self.state.settle();
        self.state.host_in_control = true;
        let guard = HostGuard(&mut self.state);
        let result = f(&mut Ctx::new(guard.0));
        std::mem::forget(guard);
        self.state.rest_profile();
        let sent = self.state.send_gathered_at_end();
        let value = result.map_err(|throw| self.state.error_for_host(throw))?;
        sent.map(|()| value)
    }

    /// Limits the memory that programs may allocate, in bytes; `None` lifts the limit. A program that exceeds it gets the
    /// Lua error "not enough memory".
    pub fn set_memory_limit(&mut self, bytes: Option<usize>) {
        self.state.heap.limit = bytes.unwrap_or(usize::MAX);
        self.state.heap.set_debt(0);
    }

    /// Limits the instructions that may still be executed; `None` lifts the limit. A program that reaches it is stopped with
    /// [`Error::FuelExhausted`], which it cannot catch.
    pub fn set_fuel(&mut self, instructions: Option<u64>) {
        self.state.heap.meter.set_fuel(instructions);
        self.update_lowering();
    }

    /// The instructions that may still be executed, if they are limited.
    pub fn fuel(&self) -> Option<u64> {
        self.state.heap.meter.fuel()
    }

    /// Limits the time from now on; `None` lifts the limit. A program that reaches it is stopped with
    /// [`Error::Timeout`], which it cannot catch.
    pub fn set_time_limit(&mut self, limit: Option<Duration>) {
        self.state.heap.meter.set_deadline(limit.and_then(|limit| Instant::now().checked_add(limit)));
        self.update_lowering();
    }

    /// What limits those who make something of a program's results.
    #[cfg(feature = "script")]
    pub(crate) fn watch(&self) -> Watch {
        self.state.heap.meter.watch()
    }

    /// The bytes that may still be allocated.
    #[cfg(feature = "script")]
    pub(crate) fn memory_left(&self) -> usize {
        self.state.heap.limit.saturating_sub(self.state.heap.total())
    }

    fn update_lowering(&mut self) {
        let lowering = Lowering { limits: self.state.heap.meter.is_limited(), ..self.state.lowering };
        self.state.set_lowering(lowering);
    }

    /// Allows precompiled chunks (as `string.dump` makes them) to be loaded, or forbids it, which is the default.
    pub fn set_allow_bytecode(&mut self, allow: bool) {
        self.state.allow_bytecode = allow;
    }

    /// A handle with which another thread can stop whatever this machine runs.
    pub fn kill_handle(&self) -> KillHandle {
        KillHandle(Arc::clone(&self.state.interrupt))
    }

    /// Runs a whole cycle of the collector.
    ///
    /// # Errors
    /// An error thrown by a finalizer.
    pub fn collect_garbage(&mut self) -> Result<(), Error> {
        self.enter(|ctx| {
            ctx.drain_unrooted();
            ctx.collect_garbage()
        })
    }

    /// Runs a step of the collector that pays for `kilobytes` of allocation; says whether it ended a cycle (what Lua's
    /// `collectgarbage("step", n)` does).
    ///
    /// # Errors
    /// An error thrown by a finalizer.
    pub fn collect_garbage_step(&mut self, kilobytes: usize) -> Result<bool, Error> {
        self.enter(|ctx| {
            ctx.drain_unrooted();
            ctx.step_garbage(kilobytes)
        })
    }

    /// Calls every finalizer that has not been called, as closing a Lua state does. Errors in them are ignored; a limit that is
    /// reached ends this, too. The machine can still be used.
    pub fn close(&mut self) {
        let _ = self.try_close();
    }

    /// Likewise; tells which limit was reached.
    pub(crate) fn try_close(&mut self) -> Result<(), Error> {
        self.state.heap.separate_all_userdata();
        while !self.state.heap.to_finalize.is_empty() {
            // An error ends that finalizer alone, a limit all of them.
            let result = self.enter(|ctx| ctx.run_finalizers());
            if let Err(error @ (Error::FuelExhausted | Error::Timeout | Error::Killed)) = result {
                self.state.heap.to_finalize.clear();
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Ctx<'_> {
    /// Like [`Ctx::protected_call`], with the message handler that lies below the function.
    #[cfg(feature = "cli")]
    pub(crate) fn handled_call(&mut self, args: usize, wanted: Option<usize>) -> Result<bool, Throw> {
        let func = self.st.top.wrapping_sub(args + 1);
        self.st.catching_call(func, wanted, entry::HANDLED)
    }

    /// Does something that the program pays for, as it will for what comes of it.
    #[cfg(feature = "cli")]
    pub(crate) fn paid_for<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        self.st.heap.meter.resume();
        let result = f(self);
        if self.st.native_depth == 0 {
            self.st.heap.meter.rest();
        }
        result
    }

    /// A kill that nothing was stopped by is for no program.
    #[cfg(feature = "cli")]
    pub(crate) fn forget_kill(&mut self) {
        self.st.interrupt.fetch_and(!interrupt::KILL, Ordering::Relaxed);
    }

    pub(crate) fn run_finalizers(&mut self) -> Result<(), Throw> {
        self.st.run_finalizers()
    }
}

/// Brings a machine back to its host's level when a host function panics through it.
struct HostGuard<'a>(&'a mut State);

impl Drop for HostGuard<'_> {
    fn drop(&mut self) {
        self.0.settle();
        self.0.send_gathered();
    }
}

impl State {
    /// Goes back to the level of the host, with an empty stack, from wherever a panic has left the machine.
    fn settle(&mut self) {
        while let Some(resumer) = self.thread.resumer.take() {
            self.save_thread();
            self.thread.status.set(ThreadStatus::Dead);
            resumer.status.set(ThreadStatus::Running);
            self.load_thread(resumer);
        }
        let thread = self.thread;
        self.frame = thread.frames.get();
        let base = self.current().base;
        self.close_upvalues(base);
        self.top = base;
        thread.boundaries.set(0);
        thread.machine_calls.set(0);
        thread.in_hook.set(false);
        self.native_depth = 0;
        self.heap.meter.rest();
        self.resume_depth = 0;
        self.set_handlers(0);
        self.finalizing = false;
        let _ = self.heap.meter.take_stop();
        let _ = self.take_thrown();
    }

    /// Runs a function above what the running native function has on the stack, and leaves that as it is.
    fn enter_within<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Throw>) -> Result<R, Error> {
        let (depth, top) = (self.frame_number(), self.slot_number(self.top));
        let result = f(&mut Ctx::new(self));
        self.send_gathered();
        self.top = self.thread.stack.get().wrapping_add(top);
        result.map_err(|throw| {
            self.frame = self.thread.frames.get().wrapping_add(depth);
            self.close_upvalues(self.top);
            match self.heap.meter.stopped() {
                // It goes on when the native function returns, whatever it returns.
                Some(stop) if throw == Throw::Stop => stop_error(stop),
                _ => self.error_for_host(throw),
            }
        })
    }

    /// An error that nobody in the machine caught, as the host gets it.
    fn error_for_host(&mut self, throw: Throw) -> Error {
        if throw == Throw::Stop {
            return stop_error(self.heap.meter.take_stop().unwrap_or(Stop::Killed));
        }
        let value = self.take_thrown();
        if value.as_string() == Some(self.memory_message) {
            // What the failed call left behind may be all there is.
            self.top = self.current().base;
            self.save_thread();
            self.heap.collect();
            return Error::Memory;
        }
        Error::Runtime(RuntimeError { message: display_error(value) })
    }
}

fn display_error(value: TValue) -> Vec<u8> {
    if let Some(string) = value.as_string() {
        return string.bytes().to_vec();
    }
    if let Some(n) = value.as_number() {
        let mut text = Vec::new();
        crate::kernel::number::write_number(&mut text, n);
        return text;
    }
    format!("(error object is a {} value)", value.type_name()).into_bytes()
}

/// Stops a machine from another thread.
#[derive(Debug, Clone)]
pub struct KillHandle(Arc<std::sync::atomic::AtomicU32>);

impl KillHandle {
    /// Stops the program that runs, or the next one, with [`Error::Killed`], which it cannot catch.
    pub fn kill(&self) {
        self.0.fetch_or(interrupt::KILL, Ordering::Relaxed);
    }
}
