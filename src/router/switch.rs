//! The kill switch: one atomic that takes all opcodes back to their old implementation.

#![cfg_attr(not(feature = "compat"), allow(dead_code, reason = "the bridge alone uses it"))]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

/// Takes all opcodes that are not pinned back to the old implementation, from any thread; clones are the same switch.
///
/// A machine that was given it looks at its next safepoint: the next call or loop back-edge.
#[derive(Debug, Clone, Default)]
pub struct KillSwitch(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    tripped: AtomicBool,
    /// The machines' words that make them look, and the bit in each.
    machines: Mutex<Vec<(std::sync::Weak<AtomicU32>, u32)>>,
}

impl KillSwitch {
    /// A switch that is not tripped.
    pub fn new() -> KillSwitch {
        KillSwitch::default()
    }

    /// All to the old implementation.
    pub fn trip(&self) {
        self.set(true);
    }

    /// Back to what the policy says.
    pub fn reset(&self) {
        self.set(false);
    }

    /// Whether all is to be on the old implementation.
    pub fn is_tripped(&self) -> bool {
        self.0.tripped.load(Ordering::Acquire)
    }

    /// A machine looks at the switch when this bit of its word is set.
    pub(crate) fn wake(&self, word: &Arc<AtomicU32>, bit: u32) {
        let mut machines = self.0.machines.lock();
        machines.retain(|(other, _)| other.strong_count() > 0 && !std::ptr::eq(other.as_ptr(), Arc::as_ptr(word)));
        machines.push((Arc::downgrade(word), bit));
    }

    fn set(&self, tripped: bool) {
        self.0.tripped.store(tripped, Ordering::Release);
        for (word, bit) in &*self.0.machines.lock() {
            if let Some(word) = word.upgrade() {
                word.fetch_or(*bit, Ordering::Release);
            }
        }
    }
}

/// Two are equal if they are the same switch.
impl PartialEq for KillSwitch {
    fn eq(&self, other: &KillSwitch) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for KillSwitch {}
