//! Which scripts run, and how another thread kills them.
//!
//! A script is running, has written, or is killed; it goes from the first state to one of the others once. So a script that was
//! killed has not written and never will, and one that has written is not killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::Failure;
use crate::KillHandle;

const RUNNING: u8 = 0;
const WRITTEN: u8 = 1;
const KILLED: u8 = 2;

/// The state of a script.
#[derive(Debug, Default)]
pub(super) struct State(AtomicU8);

impl State {
    fn leave_running(&self, to: u8) -> u8 {
        let before = self.0.compare_exchange(RUNNING, to, Ordering::AcqRel, Ordering::Acquire);
        before.map_or_else(|other| other, |_| to)
    }

    /// To be asked before a command that writes; false if it must not be carried out.
    pub(super) fn may_write(&self) -> bool {
        self.leave_running(WRITTEN) == WRITTEN
    }

    pub(super) fn is_killed(&self) -> bool {
        self.0.load(Ordering::Acquire) == KILLED
    }
}

/// The scripts that run.
#[derive(Debug, Default)]
pub(super) struct Running {
    scripts: Mutex<Vec<Entry>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    state: Arc<State>,
    kill: KillHandle,
}

impl Running {
    /// Enters a script. When the guard is dropped, nobody kills it any more.
    pub(super) fn enter(&self, state: Arc<State>, kill: KillHandle) -> Entered<'_> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.scripts.lock().push(Entry { id, state, kill });
        Entered { running: self, id }
    }

    /// Kills every script that has not written.
    pub(super) fn kill(&self) -> Result<(), Failure> {
        let scripts = self.scripts.lock();
        if scripts.is_empty() {
            return Err(Failure::NotRunning);
        }
        let mut killed = false;
        for script in scripts.iter() {
            if script.state.leave_running(KILLED) == KILLED {
                script.kill.kill();
                killed = true;
            }
        }
        if killed { Ok(()) } else { Err(Failure::Unkillable) }
    }
}

/// A script that runs.
pub(super) struct Entered<'a> {
    running: &'a Running,
    id: u64,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.running.scripts.lock().retain(|entry| entry.id != self.id);
    }
}
