//! The processor's frequency, which makes nanoseconds cycles.
//!
//! Measured by a chain of shifts and exclusive ors, each of which needs the result of the one before: on the processors of today
//! each takes one cycle, so Marsaglia's xorshift takes six. The figure is that of the moment and of that assumption,
//! and is shown beside the cycles that follow from it.

use std::hint::black_box;
use std::time::Instant;

const STEPS: u32 = 400_000;
const CYCLES_A_STEP: f64 = 6.0;
const ATTEMPTS: u32 = 7;

/// Cycles in a nanosecond.
pub(super) fn gigahertz() -> f64 {
    let mut shortest = f64::INFINITY;
    for _ in 0..ATTEMPTS {
        let mut x = black_box(0x9e37_79b9_7f4a_7c15_u64);
        let start = Instant::now();
        for _ in 0..STEPS {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        black_box(x);
        shortest = shortest.min(start.elapsed().as_nanos() as f64);
    }
    f64::from(STEPS) * CYCLES_A_STEP / shortest.max(1.0)
}
