//! Limits: what stops a program that would not stop by itself.

use std::time::Instant;

use crate::error::Error;

/// Rust calls into the machine inside one another (`LUAI_MAXCCALLS`).
pub(crate) const MAX_NATIVE_DEPTH: u32 = 200;
/// Bytes of the host's stack those calls may use, whatever their number.
pub(crate) const MAX_NATIVE_STACK: usize = 1024 * 1024;
/// Native functions that call one another without Lua code or Rust code between them: `pcall(pcall, pcall, ...)`.
pub(crate) const MAX_NATIVE_CHAIN: usize = 198;
/// Message handlers that fail, inside one another.
pub(crate) const MAX_HANDLERS: u32 = 220;
/// Frames of one thread.
pub(crate) const MAX_FRAMES: usize = 200_000;
/// Frames of one thread that the machine pushed itself, inside one another: metamethods that use what they define. PUC
/// allows 200, because they use the C stack there.
pub(crate) const MAX_MACHINE_CALLS: u32 = 5000;
/// Values on the stack of one thread.
pub(crate) const MAX_STACK: usize = 1_000_000;
/// Coroutines that have resumed one another.
pub(crate) const MAX_RESUME_DEPTH: u32 = 198;

/// Bits of the interrupt word.
pub(crate) mod interrupt {
    /// Another thread wants the program to stop.
    pub(crate) const KILL: u32 = 1;
    /// The routes are to be looked at.
    pub(crate) const ROUTES: u32 = 2;
}

/// Why a program was stopped. Not catchable by the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Fuel,
    Timeout,
    Killed,
    /// A shadow run that is to stop at a difference has found one.
    Diverged,
}

impl Stop {
    /// What the host is told.
    pub(crate) fn error(self) -> Error {
        match self {
            Stop::Fuel => Error::FuelExhausted,
            Stop::Timeout => Error::Timeout,
            Stop::Killed => Error::Killed,
            Stop::Diverged => Error::Diverged,
        }
    }
}

/// The limits in force.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// Instructions that may still be executed.
    pub(crate) fuel: Option<u64>,
    pub(crate) deadline: Option<Instant>,
    /// Instructions since the clock was last looked at.
    pub(crate) since_clock: u64,
    /// What stopped the program, while the stop is on its way out.
    pub(crate) stopped: Option<Stop>,
}
