//! The profiler's counters.

use std::time::Duration;

/// What has been counted.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    pub(crate) collector_steps: u64,
    pub(crate) collector_time: Duration,
    pub(crate) longest_step: Duration,
}

impl Profile {
    pub(crate) fn collector_step(&mut self, time: Duration) {
        self.collector_steps += 1;
        self.collector_time += time;
        self.longest_step = self.longest_step.max(time);
    }
}

impl super::state::State {
    pub(crate) fn count_in_profile(&mut self, _what: usize, _pc: u32) {}
}

impl super::machine::LuaVM {
    /// What has been counted since [`super::machine::LuaVM::start_profile`], as text.
    pub fn profile_report(&self) -> String {
        String::new()
    }
}
