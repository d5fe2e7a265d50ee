//! What ran on the old implementation, and what its comparisons with the core found, by opcode.

use std::ops::{AddAssign, Index, IndexMut};

use crate::bytecode::OpCode;

/// What happened to one opcode away from the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpCounts {
    /// Executions on route `legacy`.
    pub legacy: u64,
    /// Executions on both implementations, compared or not.
    pub shadowed: u64,
    /// Comparisons without a difference.
    pub matched: u64,
    /// Comparisons with one.
    pub mismatched: u64,
    /// Executions that could not be compared.
    pub skipped: u64,
}

impl AddAssign for OpCounts {
    fn add_assign(&mut self, other: OpCounts) {
        self.legacy += other.legacy;
        self.shadowed += other.shadowed;
        self.matched += other.matched;
        self.mismatched += other.mismatched;
        self.skipped += other.skipped;
    }
}

/// [`OpCounts`] of every opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts([OpCounts; OpCode::ALL.len()]);

impl Default for Counts {
    fn default() -> Counts {
        Counts([OpCounts::default(); OpCode::ALL.len()])
    }
}

impl Counts {
    /// The sum over all opcodes.
    pub fn total(&self) -> OpCounts {
        let mut total = OpCounts::default();
        for counts in self.0 {
            total += counts;
        }
        total
    }
}

impl Index<OpCode> for Counts {
    type Output = OpCounts;

    fn index(&self, opcode: OpCode) -> &OpCounts {
        &self.0[opcode as usize]
    }
}

impl IndexMut<OpCode> for Counts {
    fn index_mut(&mut self, opcode: OpCode) -> &mut OpCounts {
        &mut self.0[opcode as usize]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        for (counts, more) in self.0.iter_mut().zip(other.0) {
            *counts += more;
        }
    }
}

/// The circuit breaker: an opcode with too many mismatches is to go back to the old implementation.
///
/// It says so once for each opcode, so that there is one warning and the code is lowered again once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    threshold: Option<u64>,
    mismatches: [u64; OpCode::ALL.len()],
}

impl Breaker {
    /// A breaker that opens at this many mismatches of an opcode, or never. A threshold of 0 is taken as 1.
    pub fn new(threshold: Option<u64>) -> Breaker {
        Breaker { threshold: threshold.map(|n| n.max(1)), mismatches: [0; OpCode::ALL.len()] }
    }

    /// Counts a mismatch. True if it is the one at which the opcode is to go back.
    pub fn mismatch(&mut self, opcode: OpCode) -> bool {
        let count = &mut self.mismatches[opcode as usize];
        *count = count.saturating_add(1);
        self.threshold == Some(*count)
    }

    /// Whether the opcode has gone back.
    pub fn is_open(&self, opcode: OpCode) -> bool {
        self.threshold.is_some_and(|threshold| self.mismatches[opcode as usize] >= threshold)
    }

    /// Gives an opcode another chance.
    pub fn reset(&mut self, opcode: OpCode) {
        self.mismatches[opcode as usize] = 0;
    }
}
