//! [`Random`]: which element a command takes that takes any. Not for secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

use indexmap::IndexSet;

/// SplitMix64.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn seeded() -> Self {
        Random(RandomState::new().build_hasher().finish())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// `count` different numbers below `bound`, or all of them.
    pub(super) fn distinct(&mut self, count: usize, bound: usize) -> Vec<usize> {
        // Floyd's algorithm: its work is in proportion to what is wanted.
        let count = count.min(bound);
        let mut chosen = IndexSet::with_capacity(count);
        for last in bound - count..bound {
            let any = self.below(last + 1);
            if !chosen.insert(any) {
                chosen.insert(last);
            }
        }
        chosen.into_iter().collect()
    }
}
