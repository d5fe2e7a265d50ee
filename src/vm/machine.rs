//! [`LuaVM`]: the virtual machine, as its host holds it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::call::entry;
use super::limits::{Stop, interrupt};
use super::lower::Lowering;
use super::native::{Ctx, Throw};
use super::state::State;
use crate::arena::TValue;
use crate::error::{Error, RuntimeError};

/// A Lua 5.1 virtual machine.
///
/// It owns every object its programs make. It is `Send`: it may move to another thread, but only one thread uses it at a
/// time.
pub struct LuaVM {
    pub(super) state: Box<State>,
}

// SAFETY: the machine owns its heap; nothing in it is shared with another machine or tied to a thread. Host values and
// host functions in it are required to be `Send`.
unsafe impl Send for LuaVM {}

impl LuaVM {
    /// A machine without any library: not even `print`. See [`LuaVM::with_stdlib`].
    ///
    /// # Errors
    /// [`Error::Memory`] if the system has no memory for it.
    pub fn new() -> Result<LuaVM, Error> {
        let state = State::new().map_err(|_| Error::Memory)?;
        Ok(LuaVM { state })
    }

    /// A machine with the standard library.
    ///
    /// # Errors
    /// [`Error::Memory`] if the system has no memory for it.
    pub fn with_stdlib() -> Result<LuaVM, Error> {
        let mut vm = LuaVM::new()?;
        vm.enter(|ctx| {
            crate::stdlib::open_libs(ctx)?;
            super::fast::attach(ctx)
        })?;
        Ok(vm)
    }

    /// TEMP
    pub fn run_temp(&mut self, source: &[u8], name: &[u8]) -> Result<(), Error> {
        self.enter(|ctx| {
            if !ctx.load(source, name)? {
                return Err(ctx.throw());
            }
            if !ctx.traced_call(0, Some(0))? {
                return Err(ctx.throw());
            }
            Ok(())
        })
    }

    /// Runs a function with the main thread's stack, which is empty before and afterwards.
    pub(crate) fn enter<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Throw>) -> Result<R, Error> {
        let st = &mut *self.state;
        let result = f(&mut Ctx::new(st));
        let result = result.map_err(|throw| st.error_for_host(throw));
        st.top = st.current().base;
        result
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
        self.state.limits.fuel = instructions;
        self.update_lowering();
    }

    /// The instructions that may still be executed, if they are limited.
    pub fn fuel(&self) -> Option<u64> {
        self.state.limits.fuel
    }

    /// Limits the time from now on; `None` lifts the limit. A program that reaches it is stopped with
    /// [`Error::Timeout`], which it cannot catch.
    pub fn set_time_limit(&mut self, limit: Option<Duration>) {
        self.state.limits.deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        self.update_lowering();
    }

    fn update_lowering(&mut self) {
        let limits = self.state.limits.fuel.is_some() || self.state.limits.deadline.is_some();
        let lowering = Lowering { limits, ..self.state.lowering };
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

    /// Bytes allocated at present.
    pub fn memory_used(&self) -> usize {
        self.state.heap.total()
    }

    /// Runs a whole cycle of the collector.
    ///
    /// # Errors
    /// An error thrown by a finalizer.
    pub fn collect_garbage(&mut self) -> Result<(), Error> {
        self.enter(|ctx| ctx.collect_garbage())
    }

    /// Calls every finalizer that has not been called, as closing a Lua state does. Errors in them are ignored. The machine can
    /// still be used.
    pub fn close(&mut self) {
        self.state.heap.separate_all_userdata();
        while !self.state.heap.to_finalize.is_empty() {
            // An error ends that finalizer alone.
            let _ = self.enter(|ctx| ctx.run_finalizers());
        }
    }

    /// Starts counting for [`LuaVM::profile_report`].
    pub fn start_profile(&mut self) {
        self.state.profile = Some(Box::default());
        let lowering = Lowering { profile: true, ..self.state.lowering };
        self.state.set_lowering(lowering);
    }
}

impl Ctx<'_> {
    /// Like [`Ctx::protected_call`], with the stand-alone interpreter's message handler: a traceback is appended to a message.
    pub(crate) fn traced_call(&mut self, args: usize, wanted: Option<usize>) -> Result<bool, Throw> {
        let func = self.st.top.wrapping_sub(args + 1);
        self.st.catching_call(func, wanted, entry::TRACES)
    }

    pub(crate) fn run_finalizers(&mut self) -> Result<(), Throw> {
        self.st.run_finalizers()
    }
}

impl State {
    /// An error that nobody in the machine caught, as the host gets it.
    fn error_for_host(&mut self, throw: Throw) -> Error {
        if throw == Throw::Stop {
            return match self.limits.stopped.take() {
                Some(Stop::Fuel) => Error::FuelExhausted,
                Some(Stop::Timeout) => Error::Timeout,
                Some(Stop::Killed) | None => {
                    self.interrupt.fetch_and(!interrupt::KILL, Ordering::Relaxed);
                    Error::Killed
                }
            };
        }
        let value = self.take_thrown();
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
