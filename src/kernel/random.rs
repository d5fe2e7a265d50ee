//! The generator behind `math.random`: the additive feedback generator that `rand` is in the C library PUC-Rio Lua is
//! usually built with, so that a program gets the numbers it gets there.

/// Largest number it yields (`RAND_MAX`).
const MAX: u32 = i32::MAX as u32;
const LENGTH: usize = 31;
const SEPARATION: usize = 3;
/// Numbers that are dropped after seeding.
const WARM_UP: usize = 310;

/// A pseudo-random number generator.
#[derive(Debug)]
pub(crate) struct Random {
    state: [u32; LENGTH],
    /// The next word to be replaced.
    front: usize,
}

impl Random {
    /// A new machine's generator starts as if seeded with 1, as C's does.
    pub(crate) fn new() -> Self {
        let mut random = Random { state: [0; LENGTH], front: 0 };
        random.seed(1);
        random
    }

    /// Starts the sequence of this seed (`srand`).
    pub(crate) fn seed(&mut self, seed: u32) {
        let mut word = seed.max(1) as i32;
        self.state[0] = word as u32;
        for slot in &mut self.state[1..] {
            // The minimal standard generator, modulo 2^31 - 1.
            let next = (16_807 * i64::from(word)) % i64::from(MAX);
            word = if next < 0 { next as i32 + MAX as i32 } else { next as i32 };
            *slot = word as u32;
        }
        self.front = SEPARATION;
        for _ in 0..WARM_UP {
            self.draw();
        }
    }

    fn draw(&mut self) -> u32 {
        let back = (self.front + LENGTH - SEPARATION) % LENGTH;
        let sum = self.state[self.front].wrapping_add(self.state[back]);
        self.state[self.front] = sum;
        self.front = (self.front + 1) % LENGTH;
        sum >> 1
    }

    /// The next number, in [0, 1), as `math.random` makes it of C's.
    pub(crate) fn next(&mut self) -> f64 {
        f64::from(self.draw() % MAX) / f64::from(MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;
    use pretty_assertions::assert_eq;

    #[test]
    fn the_sequence_is_that_of_the_c_library() {
        let mut random = Random::new();
        let drawn: Vec<u32> = (0..3).map(|_| random.draw()).collect();
        assert_eq!(drawn, [1_804_289_383, 846_930_886, 1_681_692_777]);
    }
}
