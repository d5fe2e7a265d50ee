//! The generator behind `math.random`: C's `rand` in PUC-Rio Lua; here xoshiro256**, seeded by `math.randomseed`.

/// A pseudo-random number generator.
pub(crate) struct Random([u64; 4]);

impl Random {
    /// A new machine's generator always starts the same way, as C's does.
    pub(crate) fn new() -> Self {
        let mut random = Random([0; 4]);
        random.seed(1);
        random
    }

    /// Starts the sequence of this seed (SplitMix64 spreads it over the state).
    pub(crate) fn seed(&mut self, mut seed: u64) {
        for word in &mut self.0 {
            seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = seed;
            z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            *word = z ^ z >> 31;
        }
    }

    /// The next number, uniform in [0, 1).
    pub(crate) fn next(&mut self) -> f64 {
        let s = &mut self.0;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        (result >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}
