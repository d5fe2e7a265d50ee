//! [`Random48`]: `math.random` for scripts, the generator of `lrand48`, which gives what Redis gives for a seed.

/// The 48-bit linear congruential generator.
#[derive(Debug, Clone)]
pub(super) struct Random48(u64);

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const INCREMENT: u64 = 0xB;
const MASK: u64 = (1 << 48) - 1;
const LARGEST: u32 = i32::MAX as u32;

impl Random48 {
    pub(super) fn new(seed: i32) -> Self {
        // The bits of the seed, without its sign.
        Random48(u64::from(seed as u32) << 16 | 0x330E)
    }

    /// A number from 0 (included) to 1 (excluded).
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & MASK;
        let bits = (self.0 >> 17) as u32;
        f64::from(bits % LARGEST) / f64::from(LARGEST)
    }
}
