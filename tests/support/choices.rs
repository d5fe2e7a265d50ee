//! [`Choices`]: what generators draw from.

/// A source of choices: bytes that a fuzzer gives, one or two for each choice, so that a small change of the input is a small change of what
/// is generated; behind them, and from the beginning if there is only a seed, pseudo-random numbers (splitmix64).
#[derive(Clone)]
pub struct Choices<'a> {
    bytes: &'a [u8],
    state: u64,
}

impl<'a> Choices<'a> {
    /// Choices that a seed determines, the same everywhere.
    pub fn seeded(seed: u64) -> Choices<'static> {
        Choices { bytes: &[], state: seed.wrapping_mul(0x1234_5678_9abc_def1) ^ 77 }
    }

    pub fn of(bytes: &'a [u8]) -> Choices<'a> {
        let state = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Choices { bytes, state }
    }

    pub fn next(&mut self) -> u64 {
        if let Some((first, rest)) = self.bytes.split_first_chunk() {
            self.bytes = rest;
            return u64::from_le_bytes(*first);
        }
        self.bytes = &[];
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// One of the numbers below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        match *self.bytes {
            [] => (self.next() % n as u64) as usize,
            [byte, ref rest @ ..] if n <= 256 => {
                self.bytes = rest;
                usize::from(byte) % n
            }
            [low, high, ref rest @ ..] if n <= 65_536 => {
                self.bytes = rest;
                usize::from(u16::from_le_bytes([low, high])) % n
            }
            _ => (self.next() % n as u64) as usize,
        }
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// True once in `n` times.
    pub fn chance(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Whether the bytes are used up, and all that follows is pseudo-random.
    pub fn is_spent(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes that are left, none of which is left then.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.bytes)
    }
}
