//! Limits: what stops a program that would not stop by itself. None of these stops can be caught by the program.
//!
//! Each instruction is charged to the meter ([`crate::kernel::meter`]), and so is what native functions do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::error::LuaError;
use crate::kernel::meter::{KILL, Meter, Stop, Watch};
use crate::kernel::pattern::MatchError;

/// Calls of the machine from native functions inside one another (`LUAI_MAXCCALLS`).
pub(crate) const MAX_NATIVE_DEPTH: usize = 200;
/// Protecting functions that call one another without a Lua function between them.
pub(crate) const MAX_NATIVE_CHAIN: usize = 198;
/// Message handlers that fail, inside one another.
pub(crate) const MAX_HANDLERS: usize = 220;
/// Frames of one thread.
pub(crate) const MAX_FRAMES: usize = 200_000;
/// Frames beyond those that a message handler may use.
pub(crate) const HANDLER_ROOM: usize = 200;
/// Metamethods and iterators inside one another. PUC allows 200, because they use the C stack there.
pub(crate) const MAX_IMPLICIT_CALLS: usize = 5000;
/// Registers that functions need, and variable arguments, of one thread; also the longest open list.
pub(crate) const MAX_VALUES: usize = 1_000_000;
/// Registers that the windows of one thread may have in all, grown by open lists.
pub(crate) const MAX_REGISTERS: usize = 4 * MAX_VALUES;
/// Threads that have resumed one another.
pub(crate) const MAX_RESUME_DEPTH: usize = 198;

/// Ends a program from another thread of the host.
#[derive(Debug, Clone, Default)]
pub struct KillHandle(Arc<AtomicU32>);

impl KillHandle {
    /// Ends the program that runs, or the next one.
    pub fn kill(&self) {
        self.0.fetch_or(KILL, Ordering::Relaxed);
    }
}

/// The limits in force.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    meter: Meter,
}

impl Limits {
    pub(crate) fn set_fuel(&mut self, fuel: Option<u64>) {
        self.meter.set_fuel(fuel);
    }

    pub(crate) fn fuel(&self) -> Option<u64> {
        self.meter.fuel()
    }

    /// The time begins now.
    pub(crate) fn set_time_limit(&mut self, limit: Option<Duration>) {
        // What is beyond the clock's end is no limit.
        self.meter.set_deadline(limit.and_then(|limit| Instant::now().checked_add(limit)));
    }

    pub(crate) fn kill_handle(&self) -> KillHandle {
        KillHandle(Arc::clone(self.meter.interrupt()))
    }

    /// What limits those who wait.
    pub(crate) fn watch(&self) -> Watch {
        self.meter.watch()
    }

    /// Pays for work of so many instructions.
    #[inline]
    pub(crate) fn charge(&mut self, work: u64) -> Result<(), LuaError> {
        self.pay(|meter| meter.charge(work))
    }

    /// Likewise; what can fail for other reasons as well.
    pub(crate) fn try_pay<R>(
        &mut self,
        work: impl FnOnce(&mut Meter) -> Result<R, MatchError>,
    ) -> Result<Result<R, MatchError>, LuaError> {
        self.pay(|meter| {
            let result = work(meter);
            match (&result, meter.stopped()) {
                (Err(MatchError::Interrupted), Some(stop)) => Err(stop),
                _ => Ok(result),
            }
        })
    }

    /// Lends the meter to whatever pays for its work with it.
    #[inline]
    pub(crate) fn pay<R>(&mut self, work: impl FnOnce(&mut Meter) -> Result<R, Stop>) -> Result<R, LuaError> {
        work(&mut self.meter).map_err(|stop| {
            // The error goes all the way out, and then another program may run.
            self.meter.take_stop();
            match stop {
                Stop::Fuel => LuaError::InstructionLimitExceeded,
                Stop::Killed => LuaError::ScriptKilled,
                _ => LuaError::Timeout,
            }
        })
    }
}
