//! Character classes of the C locale and sets of bytes.
//!
//! Invariant: the classes are those of `ctype.h` in the C locale, whatever the machine's
//! locale is; bytes of 128 and more are in none of them.
#![forbid(unsafe_code)]

use super::meter::{Meter, PIECE, Stop};

/// `isalpha`.
pub const ALPHA: u16 = 1;
/// `iscntrl`.
pub const CNTRL: u16 = 2;
/// `isdigit`.
pub const DIGIT: u16 = 4;
/// `islower`.
pub const LOWER: u16 = 8;
/// `ispunct`.
pub const PUNCT: u16 = 16;
/// `isspace`.
pub const SPACE: u16 = 32;
/// `isupper`.
pub const UPPER: u16 = 64;
/// `isxdigit`.
pub const XDIGIT: u16 = 128;
/// The NUL alone.
pub const ZERO: u16 = 256;

const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let mut classes = 0;
        if byte.is_ascii_lowercase() {
            classes |= ALPHA | LOWER;
        }
        if byte.is_ascii_uppercase() {
            classes |= ALPHA | UPPER;
        }
        if byte.is_ascii_digit() {
            classes |= DIGIT;
        }
        if byte.is_ascii_hexdigit() {
            classes |= XDIGIT;
        }
        if byte.is_ascii_control() {
            classes |= CNTRL;
        }
        if byte.is_ascii_punctuation() {
            classes |= PUNCT;
        }
        if byte == b' ' || (byte >= b'\t' && byte <= b'\r') {
            classes |= SPACE;
        }
        if byte == 0 {
            classes |= ZERO;
        }
        table[i] = classes;
        i += 1;
    }
    table
};

/// Whether `byte` is in any of the classes of `mask`.
#[inline(always)]
#[must_use]
pub fn is(byte: u8, mask: u16) -> bool {
    TABLE[byte as usize] & mask != 0
}

/// The classes that `%letter` stands for, and whether it is their complement; `None` if it
/// stands for the character itself.
#[inline]
#[must_use]
pub fn of_letter(letter: u8) -> Option<(u16, bool)> {
    let mask = match letter | 0x20 {
        b'a' => ALPHA,
        b'c' => CNTRL,
        b'd' => DIGIT,
        b'l' => LOWER,
        b'p' => PUNCT,
        b's' => SPACE,
        b'u' => UPPER,
        b'w' => ALPHA | DIGIT,
        b'x' => XDIGIT,
        b'z' => ZERO,
        _ => return None,
    };
    // Only letters get here: setting the bit 0x20 makes a lower-case letter of nothing else.
    Some((mask, letter & 0x20 == 0))
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// The set with no bytes.
    pub const EMPTY: Self = Self([0; 4]);

    /// Whether `byte` is in the set.
    #[inline(always)]
    #[must_use]
    pub fn has(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    /// Puts `byte` into the set.
    #[inline]
    pub fn add(&mut self, byte: u8) {
        self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
    }

    /// Puts all from `low` to `high` into the set; none if `low` is greater.
    pub fn add_range(&mut self, low: u8, high: u8) {
        for (word, bits) in self.0.iter_mut().enumerate() {
            let base = word as u32 * 64;
            let (low, high) = (u32::from(low).max(base), u32::from(high).min(base + 63));
            if low <= high {
                *bits |= (u64::MAX >> (63 - (high - low))) << (low - base);
            }
        }
    }

    /// Puts in what `%letter` stands for.
    fn add_class(&mut self, letter: u8) {
        let Some((mask, not)) = of_letter(letter) else {
            self.add(letter);
            return;
        };
        let mut class = Self::EMPTY;
        for (single, ranges) in RANGES {
            if mask & single != 0 {
                for &(low, high) in ranges {
                    class.add_range(low, high);
                }
            }
        }
        for (word, bits) in self.0.iter_mut().zip(class.0) {
            *word |= if not { !bits } else { bits };
        }
    }

    /// Compiles a set's text: what is between `[` and `]`, and the `]` too.
    ///
    /// The closing bracket is given because PUC reads it where a `%` stands before it that is
    /// a range's end in one reading and an escape in the other (`[a-%%]`). The text is paid for.
    pub(super) fn compile(meter: &mut Meter, text: &[u8]) -> Result<Self, Stop> {
        let end = text.len().saturating_sub(1);
        let at = |i: usize| text.get(i).copied().unwrap_or(0);
        let mut set = Self::EMPTY;
        let not = at(0) == b'^';
        let mut i = usize::from(not);
        let mut paid = 0;
        while i < end {
            if i >= paid {
                meter.charge_bytes(PIECE.min(end - i))?;
                paid = i + PIECE;
            }
            if at(i) == b'%' {
                i += 1;
                set.add_class(at(i));
            } else if at(i + 1) == b'-' && i + 2 < end {
                set.add_range(at(i), at(i + 2));
                i += 2;
            } else {
                set.add(at(i));
            }
            i += 1;
        }
        if not {
            set.0 = set.0.map(|word| !word);
        }
        Ok(set)
    }
}

/// The ranges of each class.
const RANGES: [(u16, &[(u8, u8)]); 9] = [
    (ALPHA, &[(b'A', b'Z'), (b'a', b'z')]),
    (CNTRL, &[(0, 31), (127, 127)]),
    (DIGIT, &[(b'0', b'9')]),
    (LOWER, &[(b'a', b'z')]),
    (PUNCT, &[(33, 47), (58, 64), (91, 96), (123, 126)]),
    (SPACE, &[(b'\t', b'\r'), (b' ', b' ')]),
    (UPPER, &[(b'A', b'Z')]),
    (XDIGIT, &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]),
    (ZERO, &[(0, 0)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_table_agree() {
        for letter in 0..=255_u8 {
            let mut set = ByteSet::EMPTY;
            set.add_class(letter);
            for byte in 0..=255_u8 {
                let expected = match of_letter(letter) {
                    Some((mask, not)) => is(byte, mask) != not,
                    None => byte == letter,
                };
                assert_eq!(set.has(byte), expected, "%{letter} {byte}");
            }
        }
    }

    #[test]
    fn ranges_cross_words() {
        for (low, high) in [(0, 255), (60, 70), (63, 64), (64, 64), (5, 4), (130, 255)] {
            let mut set = ByteSet::EMPTY;
            set.add_range(low, high);
            for byte in 0..=255 {
                assert_eq!(set.has(byte), low <= byte && byte <= high);
            }
        }
    }

    #[test]
    fn sets_are_read_as_puc_reads_them() {
        let members = |text: &[u8]| {
            let set = ByteSet::compile(&mut Meter::default(), text).expect("there is no limit");
            (0..=255_u8).filter(|&b| set.has(b)).collect::<Vec<_>>()
        };
        assert_eq!(members(b"a-c]"), b"abc");
        assert_eq!(members(b"a-]"), b"-a");
        assert_eq!(members(b"-a]"), b"-a");
        assert_eq!(members(b"]]"), b"]");
        assert_eq!(members(b"%]x]"), b"]x");
        assert_eq!(members(b"%d-z]"), b"-0123456789z");
        assert_eq!(members(b"a-%%]"), b"]");
        assert_eq!(members(b"^%z\x01-\xfd]"), [254, 255]);
    }
}
