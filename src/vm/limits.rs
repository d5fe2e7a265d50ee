//! Limits: what stops a program that would not stop by itself. Fuel, time and kills are the meter's
//! ([`crate::kernel::meter`]), which the heap holds.

use super::native::Throw;
use crate::error::Error;
use crate::kernel::meter::Stop;

/// Rust calls into the machine inside one another (`LUAI_MAXCCALLS`).
pub(crate) const MAX_NATIVE_DEPTH: u32 = 200;
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
    pub(crate) use crate::kernel::meter::KILL;
    /// The routes are to be looked at.
    pub(crate) const ROUTES: u32 = 2;
}

/// What the host is told of a stop.
pub(crate) fn stop_error(stop: Stop) -> Error {
    match stop {
        Stop::Fuel => Error::FuelExhausted,
        Stop::Timeout => Error::Timeout,
        Stop::Killed => Error::Killed,
        Stop::Diverged => Error::Diverged,
    }
}

/// Why is in the meter.
impl From<Stop> for Throw {
    fn from(_: Stop) -> Self {
        Throw::Stop
    }
}
