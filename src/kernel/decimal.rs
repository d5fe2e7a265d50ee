//! Exact conversion of doubles to decimal digits, correctly rounded (half to even), as
//! glibc's printf does it.
//!
//! A double is `m * 2^e` with `m < 2^53`. Scaled by `10^p` it is `m * 5^p * 2^(e+p)`, and for
//! `p <= 55` the power of five fits in 128 bits: the product is exact in 192 bits and one
//! shift rounds it. That covers every number from about `1e-40` to `2^64` at 17 digits;
//! anything else goes through std's formatting, which is exact too, only slower.
//!
//! Invariant: every function takes a finite, positive (or zero, where it says so) number;
//! signs, infinities and NaN are the callers' business.
#![forbid(unsafe_code)]

use std::io::Write as _;

/// The most digits [`significant`] can be asked for in a `u64`.
pub const MAX_FAST_DIGITS: u32 = 17;

/// The digits `00` to `99`, so that a number is written two digits at a time.
const PAIRS: [u8; 200] = {
    let mut table = [0; 200];
    let mut i = 0;
    while i < 100 {
        table[i * 2] = b'0' + (i / 10) as u8;
        table[i * 2 + 1] = b'0' + (i % 10) as u8;
        i += 1;
    }
    table
};

const FIVES: [u128; 56] = {
    let mut table = [1; 56];
    let mut i = 1;
    while i < 56 {
        table[i] = table[i - 1] * 5;
        i += 1;
    }
    table
};

const TENS: [u64; 20] = {
    let mut table = [1; 20];
    let mut i = 1;
    while i < 20 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

const FLOAT_TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The power of ten `10^n` where a double holds it exactly (`n <= 22`).
#[inline]
#[must_use]
pub fn exact_power_of_ten(n: usize) -> Option<f64> {
    FLOAT_TENS.get(n).copied()
}

/// Writes the decimal digits of `n` so that they end where `buf` ends; returns where they begin.
#[inline]
pub fn digits_backward(buf: &mut [u8; 20], mut n: u64) -> usize {
    let mut at = 20;
    while n >= 100 {
        let pair = (n % 100) as usize * 2;
        n /= 100;
        at -= 2;
        buf[at] = PAIRS[pair];
        buf[at + 1] = PAIRS[pair + 1];
    }
    if n >= 10 {
        let pair = n as usize * 2;
        at -= 2;
        buf[at] = PAIRS[pair];
        buf[at + 1] = PAIRS[pair + 1];
    } else {
        at -= 1;
        buf[at] = b'0' + n as u8;
    }
    at
}

/// Appends the decimal digits of `n`.
#[inline]
pub fn write_u64(out: &mut Vec<u8>, n: u64) {
    if n < 10 {
        out.push(b'0' + n as u8);
        return;
    }
    let mut buf = [0; 20];
    let at = digits_backward(&mut buf, n);
    out.extend_from_slice(&buf[at..]);
}

/// Mantissa and exponent: `x == m * 2^e`.
#[inline]
fn parts(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    let exponent = (bits >> 52 & 0x7ff) as i32;
    if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) }
}

/// `m * 2^e * 10^p` as an integer, rounded half to even; `None` if it does not fit the tables
/// or 64 bits.
#[inline]
fn scaled(m: u64, e: i32, p: usize) -> Option<u64> {
    let five = *FIVES.get(p)?;
    let low = u128::from(m) * u128::from(five as u64);
    let high = u128::from(m) * (five >> 64) + (low >> 64);
    let low = low as u64;
    let shift = -(e + p as i32);
    let (whole, up) = match shift {
        ..=0 => {
            if high != 0 || i64::from(low.leading_zeros()) < -i64::from(shift) {
                return None;
            }
            (low << -shift, false)
        }
        1..=63 => {
            if high >> shift != 0 {
                return None;
            }
            let whole = (high << (64 - shift)) as u64 | low >> shift;
            let rest = low << (64 - shift);
            (whole, rest > 1 << 63 || rest == 1 << 63 && whole & 1 == 1)
        }
        64 => {
            let whole = u64::try_from(high).ok()?;
            (whole, low > 1 << 63 || low == 1 << 63 && whole & 1 == 1)
        }
        65..=191 => {
            let shift = shift - 64;
            let whole = u64::try_from(high >> shift).ok()?;
            let rest = high & ((1 << shift) - 1);
            let half = 1 << (shift - 1);
            let up = rest > half || rest == half && (low != 0 || whole & 1 == 1);
            (whole, up)
        }
        // The product has 181 bits at most.
        _ => (0, false),
    };
    whole.checked_add(u64::from(up))
}

/// `x` rounded to `decimals` places, times `10^decimals`, where that is quick to have.
/// `x` may be zero.
#[inline]
#[must_use]
pub fn fixed(x: f64, decimals: usize) -> Option<u64> {
    let (m, e) = parts(x);
    scaled(m, e, decimals)
}

/// The first `n` significant digits of `x > 0`, rounded, as an integer in `10^(n-1) .. 10^n`,
/// and the decimal exponent of the first of them. `None` if this way cannot have them: `n` is
/// not in `1..=17` or `x` too large or small.
#[inline]
#[must_use]
pub fn significant(x: f64, n: u32) -> Option<(u64, i32)> {
    if n == 0 || n > MAX_FAST_DIGITS {
        return None;
    }
    // A sign would be harmless in the bits but not in the comparisons.
    let x = x.abs();
    let (m, e) = parts(x);
    if m == 0 {
        return None;
    }
    // floor(log10(2^top)) is the exponent sought or one less.
    let top = e + 63 - m.leading_zeros() as i32;
    let mut exponent = (top * 1_262_611) >> 22;
    if usize::try_from(exponent + 1).ok().and_then(exact_power_of_ten).is_some_and(|power| x >= power) {
        exponent += 1;
    }
    let limit = TENS[n as usize];
    loop {
        let p = n as i32 - 1 - exponent;
        let digits = if p >= 0 { scaled(m, e, p as usize)? } else { divided(x, p.unsigned_abs() as usize)? };
        if digits < limit {
            return Some((digits, exponent));
        }
        if digits == limit {
            return Some((limit / 10, exponent + 1));
        }
        exponent += 1;
    }
}

/// `x / 10^d` as an integer, rounded half to even, for `x < 2^64`.
fn divided(x: f64, d: usize) -> Option<u64> {
    if x >= 18_446_744_073_709_551_616.0 {
        return None;
    }
    let ten = *TENS.get(d)?;
    let whole = x as u64;
    let sticky = whole as f64 != x;
    let (quotient, rest) = (whole / ten, whole % ten);
    let half = ten / 2;
    let up = rest > half || rest == half && (sticky || quotient & 1 == 1);
    Some(quotient + u64::from(up))
}

/// The digits of a number, most significant first, and the decimal exponent of the first.
pub struct Digits {
    bytes: [u8; 128],
    len: usize,
    /// The exponent: the number is `d.ddd * 10^exponent`.
    pub exponent: i32,
}

impl Digits {
    /// The first `n` significant digits (clamped to `1..=120`) of `x >= 0`, rounded.
    #[must_use]
    pub fn new(x: f64, n: usize) -> Self {
        let n = n.clamp(1, 120);
        let mut digits = Self { bytes: [b'0'; 128], len: n, exponent: 0 };
        if x == 0.0 {
            return digits;
        }
        if let Some((value, exponent)) = significant(x, n as u32) {
            let mut buf = [0; 20];
            let at = digits_backward(&mut buf, value);
            digits.bytes[..n].copy_from_slice(&buf[at..]);
            digits.exponent = exponent;
            return digits;
        }
        let mut text = [0; 136];
        let mut rest = &mut text[..];
        if write!(rest, "{x:.*e}", n - 1).is_err() {
            return digits;
        }
        let used = 136 - rest.len();
        let text = &text[..used];
        let mark = memchr::memchr(b'e', text).unwrap_or(used);
        let shown = text[..mark].iter().filter(|byte| byte.is_ascii_digit());
        for (digit, &byte) in digits.bytes.iter_mut().zip(shown) {
            *digit = byte;
        }
        let exponent = text.get(mark + 1..).unwrap_or_default();
        let (negative, exponent) = match exponent {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let exponent = exponent.iter().fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0'));
        digits.exponent = if negative { -exponent } else { exponent };
        digits
    }

    /// The digits as ASCII.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(x: f64, n: usize) -> String {
        format!("{x:.*e}", n - 1)
    }

    #[test]
    fn both_ways_agree() {
        let mut state = 1_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            let x = f64::from_bits(state >> 1);
            let small = (state >> 40) as f64 / 64.0;
            for x in [x, small] {
                if !x.is_finite() || x == 0.0 {
                    continue;
                }
                for n in [1, 3, 14, 17] {
                    let digits = Digits::new(x, n);
                    let text = std::str::from_utf8(digits.as_bytes()).unwrap();
                    let (head, tail) = text.split_at(1);
                    let dot = if n > 1 { "." } else { "" };
                    let shown = format!("{head}{dot}{tail}e{}", digits.exponent);
                    assert_eq!(shown, slow(x, n));
                }
            }
        }
    }

    #[test]
    fn ties_go_to_even() {
        assert_eq!(fixed(0.5, 0), Some(0));
        assert_eq!(fixed(1.5, 0), Some(2));
        assert_eq!(fixed(2.5, 0), Some(2));
        assert_eq!(fixed(0.125, 2), Some(12));
        assert_eq!(significant(99.5, 2), Some((10, 2)));
        assert_eq!(significant(123_456_789_012_345.0, 14), Some((12_345_678_901_234, 14)));
    }

    #[test]
    fn out_of_reach_is_none() {
        assert_eq!(significant(1e300, 14), None);
        assert_eq!(significant(1e-300, 14), None);
        assert_eq!(significant(1.0, 0), None);
        assert_eq!(significant(1.0, 18), None);
        assert_eq!(fixed(1e300, 2), None);
        for x in [f64::NAN, f64::INFINITY, -1e15, -1e300, -0.0] {
            assert_eq!(Digits::new(x, 14).as_bytes().len(), 14);
        }
    }
}
