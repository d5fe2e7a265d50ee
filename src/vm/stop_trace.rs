//! Where a program was when it was stopped: a traceback, for hosts that show one.
//!
//! A stop can come from deep inside a library function, which passes it on. It is looked at where the stack is about to
//! be unwound, once.

use super::machine::LuaVM;
use super::state::State;

/// A program's place at a stop.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoppedAt {
    /// What stands before an error's message: the position of the function that called the innermost one, as C's hooks see it.
    pub(crate) position: Vec<u8>,
    /// Beginning "stack traceback:".
    pub(crate) traceback: Vec<u8>,
}

/// Whether the place of a stop is wanted, and the place.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the program asks for the place"))]
pub(crate) enum StopTrace {
    #[default]
    NotWanted,
    Wanted,
    Taken(StoppedAt),
}

impl State {
    /// The program is being stopped, and its stack still is as it was.
    pub(super) fn trace_stop(&mut self) {
        if matches!(self.stop_trace, StopTrace::Wanted) {
            self.stop_trace =
                StopTrace::Taken(StoppedAt { position: self.position_at(1), traceback: self.traceback_text() });
        }
    }
}

impl LuaVM {
    /// From now on it is known where a program was stopped; until then it is not, whatever stopped it.
    #[cfg(feature = "cli")]
    pub(crate) fn trace_stops(&mut self) {
        self.state.stop_trace = StopTrace::Wanted;
    }

    /// Where the last program was when it was stopped, if it was and no one has asked yet.
    #[cfg(feature = "cli")]
    pub(crate) fn stopped_at(&mut self) -> Option<StoppedAt> {
        match std::mem::replace(&mut self.state.stop_trace, StopTrace::Wanted) {
            StopTrace::Taken(place) => Some(place),
            StopTrace::Wanted | StopTrace::NotWanted => None,
        }
    }
}
