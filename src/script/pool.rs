//! [`Pool`]: machines that wait for a script.

use parking_lot::Mutex;

use super::sandbox::Sandbox;
use crate::Error;

/// Machines that wait for a script. All in it are clean.
#[derive(Default)]
pub(super) struct Pool {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    machines: Vec<Sandbox>,
    epoch: u64,
}

impl Pool {
    /// A machine: one that waits, or else a new one.
    pub(super) fn take(&self, memory: Option<usize>) -> Result<Sandbox, Error> {
        let epoch = {
            let mut waiting = self.waiting.lock();
            if let Some(machine) = waiting.machines.pop() {
                return Ok(machine);
            }
            waiting.epoch
        };
        Sandbox::new(memory, epoch)
    }

    /// Gives a clean machine back. There wait at most `most`.
    pub(super) fn give(&self, machine: Sandbox, most: usize) {
        let mut waiting = self.waiting.lock();
        if machine.epoch == waiting.epoch && waiting.machines.len() < most {
            waiting.machines.push(machine);
        }
    }

    /// Drops all machines, with what they have compiled; those in use are not taken back.
    pub(super) fn flush(&self) {
        let mut waiting = self.waiting.lock();
        waiting.epoch += 1;
        let machines = std::mem::take(&mut waiting.machines);
        drop(waiting);
        drop(machines);
    }
}
