//! Numbers whose text is long: it is looked through piece by piece, and what it means is read from a short one.
//!
//! A short text keeps more digits than any double depends on. What follows them decides at most in which direction a tie is
//! rounded, and one more digit stands for it: 1 if there is anything but zeros.
#![forbid(unsafe_code)]

use super::{is_space, parse_number, parse_with_base, parse_word, split_sign};
use crate::kernel::meter::{Meter, PIECE, Stop};

/// The most digits that decide about a double, and some more: 767 decimal ones do at most.
const KEPT: usize = 800;
/// The most digits of an exponent that are read: a number with more is zero or infinite.
const EXPONENT_DIGITS: usize = 15;

/// What is left of a text.
struct Rest<'s, 'm> {
    text: &'s [u8],
    meter: &'m mut Meter,
}

impl<'s> Rest<'s, '_> {
    /// Takes the bytes that it begins with and that are of a kind.
    fn take(&mut self, is: impl Fn(u8) -> bool) -> Result<&'s [u8], Stop> {
        let mut end = 0;
        for piece in self.text.chunks(PIECE) {
            self.meter.look()?;
            let same = piece.iter().position(|&byte| !is(byte));
            end += same.unwrap_or(piece.len());
            if same.is_some() {
                break;
            }
        }
        let (taken, text) = self.text.split_at(end);
        self.text = text;
        Ok(taken)
    }

    /// Of some bytes those behind the zeros that they begin with.
    fn significant(&mut self, digits: &'s [u8]) -> Result<&'s [u8], Stop> {
        let mut rest = Rest { text: digits, meter: self.meter };
        rest.take(|byte| byte == b'0')?;
        Ok(rest.text)
    }

    /// Up to the first NUL, and behind the first blanks.
    fn begin(&mut self) -> Result<(), Stop> {
        self.text = self.take(|byte| byte != 0)?;
        self.take(is_space)?;
        Ok(())
    }

    fn has_ended(&mut self) -> Result<bool, Stop> {
        self.take(is_space)?;
        Ok(self.text.is_empty())
    }

    /// Takes a byte that is one of two.
    fn accept(&mut self, bytes: [u8; 2]) -> bool {
        let found = self.text.first().is_some_and(|byte| bytes.contains(byte));
        if found {
            self.text = &self.text[1..];
        }
        found
    }

    /// Takes an exponent, if there is one.
    fn exponent(&mut self, letters: [u8; 2]) -> Result<i64, Stop> {
        let before = self.text;
        if !self.accept(letters) {
            return Ok(0);
        }
        let (negative, digits) = split_sign(self.text);
        self.text = digits;
        let digits = self.take(|byte| byte.is_ascii_digit())?;
        if digits.is_empty() {
            self.text = before;
            return Ok(0);
        }
        let digits = self.significant(digits)?;
        let read = &digits[..digits.len().min(EXPONENT_DIGITS)];
        let value = read.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        Ok(if negative { -value } else { value })
    }
}

/// [`parse_number`] of a text that is paid for.
pub(super) fn parse(text: &[u8], meter: &mut Meter) -> Result<Option<f64>, Stop> {
    let mut rest = Rest { text, meter };
    rest.begin()?;
    let (negative, text) = split_sign(rest.text);
    rest.text = text;
    let hex = matches!(text, [b'0', b'x' | b'X', ..]);
    if !hex && !matches!(text, [b'0'..=b'9' | b'.', ..]) {
        let word = parse_long_word(&mut rest)?;
        return Ok(word.map(|value| if negative { -value } else { value }));
    }
    let mut short = Vec::with_capacity(KEPT + 32);
    short.extend_from_slice(if negative { b"-" } else { b"" });
    let (letter, letters, step) = if hex { (b'p', [b'p', b'P'], 4) } else { (b'e', [b'e', b'E'], 1) };
    let is_digit = |byte: u8| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    if hex {
        short.extend_from_slice(b"0x");
        rest.text = &text[2..];
    }
    let whole = rest.take(is_digit)?;
    let part = if rest.accept([b'.'; 2]) { rest.take(is_digit)? } else { &[] };
    let mut exponent = rest.exponent(letters)? - step * part.len() as i64;
    if whole.len() + part.len() == 0 || !rest.has_ended()? {
        return Ok(None);
    }
    let whole = rest.significant(whole)?;
    let part = if whole.is_empty() { rest.significant(part)? } else { part };
    let (first, dropped) = whole.split_at(whole.len().min(KEPT));
    let (second, dropped_part) = part.split_at(part.len().min(KEPT - first.len()));
    short.extend_from_slice(first);
    short.extend_from_slice(second);
    let sticky = !rest.significant(dropped)?.is_empty() || !rest.significant(dropped_part)?.is_empty();
    short.push(if sticky { b'1' } else { b'0' });
    exponent += step * (dropped.len() as i64 + dropped_part.len() as i64 - 1);
    short.push(letter);
    short.extend_from_slice(exponent.to_string().as_bytes());
    Ok(parse_number(&short))
}

/// The names of numbers that have no digits.
fn parse_long_word(rest: &mut Rest<'_, '_>) -> Result<Option<f64>, Stop> {
    const NAN: &[u8] = b"nan(";
    let value = if rest.text.get(..NAN.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(NAN)) {
        rest.text = &rest.text[NAN.len()..];
        rest.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_')?;
        rest.accept([b')'; 2]).then(|| f64::NAN.copysign(1.0))
    } else {
        let found = parse_word(&rest.text[..rest.text.len().min(8)]);
        found.map(|(value, used)| {
            rest.text = &rest.text[used..];
            value
        })
    };
    Ok(if rest.has_ended()? { value } else { None })
}

/// [`parse_with_base`] of a text that is paid for, in another base than ten.
pub(super) fn parse_integer(text: &[u8], base: u32, meter: &mut Meter) -> Result<Option<f64>, Stop> {
    let mut rest = Rest { text, meter };
    rest.begin()?;
    let (negative, text) = split_sign(rest.text);
    rest.text = text;
    let mut short = if negative { b"-".to_vec() } else { Vec::new() };
    if let [b'0', b'x' | b'X', hex @ ..] = text
        && base == 16
    {
        rest.text = hex;
    }
    let digits = rest.take(|byte| (byte as char).is_digit(base))?;
    if digits.is_empty() || !rest.has_ended()? {
        return Ok(None);
    }
    let digits = rest.significant(digits)?;
    // So many are too many in every base.
    short.push(b'0');
    short.extend_from_slice(&digits[..digits.len().min(KEPT)]);
    Ok(parse_with_base(&short, base))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn meter() -> Meter {
        Meter::default()
    }

    #[test]
    fn a_long_text_means_what_a_short_one_does() {
        let parts =
            ["", " ", "-", "+", "0", "00", "1", "9", "5", "12345678901234567890", ".", "e", "E+5", "e-3", "0x", "f"];
        let more = ["p3", "P-2", "x", "\0", "nan", "nan(a_1)", "NAN(", "inf", "infinity", "e0000000000000000000001"];
        let parts: Vec<&str> = parts.iter().chain(&more).copied().collect();
        let mut state = 1_u32;
        let mut below = |n: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % n
        };
        for _ in 0..50_000 {
            let text: String = (0..1 + below(7)).map(|_| parts[below(parts.len())]).collect();
            let found = parse(text.as_bytes(), &mut meter()).unwrap().map(f64::to_bits);
            assert_eq!(found, parse_number(text.as_bytes()).map(f64::to_bits), "{text:?}");
            for base in [2, 8, 16, 36] {
                let found = parse_integer(text.as_bytes(), base, &mut meter());
                assert_eq!(found, Ok(parse_with_base(text.as_bytes(), base)), "{text:?} to the base {base}");
            }
        }
    }

    #[test]
    fn what_is_dropped_decides_a_tie() {
        let tie = "9007199254740993";
        for zeros in [0, KEPT - 20, KEPT, 3 * PIECE] {
            let zeros = "0".repeat(zeros);
            for text in [
                format!("{tie}.{zeros}"),
                format!("{tie}.{zeros}1"),
                format!("{zeros}{tie}{zeros}e-{}", zeros.len()),
                format!("{tie}{zeros}1e-{}", zeros.len() + 1),
                format!("0.{zeros}{tie}1e{}", zeros.len() + 16),
                format!("0x{zeros}20000000000001.{zeros}"),
                format!("0x20000000000001{zeros}p-{}", 4 * zeros.len()),
                format!("0x20000000000001{zeros}1p-{}", 4 * zeros.len() + 4),
            ] {
                let found = parse(text.as_bytes(), &mut meter());
                assert_eq!(found, Ok(parse_number(text.as_bytes())), "{} zeros", zeros.len());
            }
        }
    }
}
