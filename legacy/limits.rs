//! Limits: what stops a program that would not stop by itself. None of these stops can be caught by the program.
//!
//! Each instruction costs one unit of fuel. The clock is looked at once in a while, the kill switch at each instruction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::LuaError;

/// Calls of the machine from native functions inside one another (`LUAI_MAXCCALLS`).
pub(crate) const MAX_NATIVE_DEPTH: usize = 200;
/// Protecting functions that call one another without a Lua function between them.
pub(crate) const MAX_NATIVE_CHAIN: usize = 198;
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

/// Instructions between two looks at the clock.
const CLOCK_INTERVAL: u64 = 20_000;

/// Ends a program from another thread of the host.
#[derive(Debug, Clone, Default)]
pub struct KillHandle(Arc<AtomicBool>);

impl KillHandle {
    /// Ends the program that runs, or the next one.
    pub fn kill(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The limits in force.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    fuel: Option<u64>,
    deadline: Option<Instant>,
    since_clock: u64,
    kill: KillHandle,
}

impl Limits {
    pub(crate) fn set_fuel(&mut self, fuel: Option<u64>) {
        self.fuel = fuel;
    }

    pub(crate) fn fuel(&self) -> Option<u64> {
        self.fuel
    }

    /// The time begins now.
    pub(crate) fn set_time_limit(&mut self, limit: Option<Duration>) {
        // What is beyond the clock's end is no limit.
        self.deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        self.since_clock = CLOCK_INTERVAL;
    }

    pub(crate) fn kill_handle(&self) -> KillHandle {
        self.kill.clone()
    }

    /// Pays for work of so many instructions.
    #[inline]
    pub(crate) fn charge(&mut self, work: u64) -> Result<(), LuaError> {
        if let Some(fuel) = &mut self.fuel {
            match fuel.checked_sub(work) {
                Some(left) => *fuel = left,
                None => {
                    *fuel = 0;
                    return Err(LuaError::InstructionLimitExceeded);
                }
            }
        }
        if self.kill.0.load(Ordering::Relaxed) {
            // The kill is for one program: the machine can be used again.
            self.kill.0.store(false, Ordering::Relaxed);
            return Err(LuaError::ScriptKilled);
        }
        if let Some(deadline) = self.deadline {
            self.since_clock = self.since_clock.saturating_add(work);
            if self.since_clock >= CLOCK_INTERVAL {
                self.since_clock = 0;
                if Instant::now() >= deadline {
                    return Err(LuaError::Timeout);
                }
            }
        }
        Ok(())
    }
}
