//! Numbers in commands: which texts are one, and how one is written.
//!
//! An integer is what Redis takes for one: no sign but `-`, no spaces, no zeros before it. Sums of fractions are those of Redis
//! for numbers below 10^20 with at most 17 decimals; others are added as doubles.

use super::extended;
use crate::error::CommandError;

const DECIMALS: i32 = extended::DECIMALS as i32;
/// Digits that a scaled number may have.
const MOST_DIGITS: usize = extended::LARGEST.ilog10() as usize;

/// The integer that a text is, if it is one.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        b"0" => return (digits.len() == text.len()).then_some(0),
        [b'1'..=b'9', rest @ ..] if rest.len() < 19 && rest.iter().all(u8::is_ascii_digit) => {}
        _ => return None,
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Likewise, as an argument has to be.
pub(super) fn integer_arg(text: &[u8]) -> Result<i64, CommandError> {
    integer(text).ok_or(CommandError::NotAnInteger)
}

/// A decimal number: `digits` times ten to the power of `exponent`.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    fn parse(text: &[u8]) -> Option<Decimal> {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut digits = Vec::new();
        let (mut point, mut any, mut at) = (None, false, 0);
        while let Some(&byte) = rest.get(at) {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    digits.push(byte - b'0');
                }
                b'.' if point.is_none() => point = Some(digits.len()),
                _ => break,
            }
            at += 1;
        }
        let mut exponent = point.map_or(0, |point| point as i64 - digits.len() as i64);
        if let [b'e' | b'E', power @ ..] = &rest[at..] {
            let unsigned = power.strip_prefix(b"+").or_else(|| power.strip_prefix(b"-")).unwrap_or(power);
            if unsigned.is_empty() || unsigned.len() > 6 || !unsigned.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let power = power.strip_prefix(b"+").unwrap_or(power);
            exponent += std::str::from_utf8(power).ok()?.parse::<i64>().ok()?;
        } else if at < rest.len() {
            return None;
        }
        let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..zeros);
        while digits.last() == Some(&0) {
            digits.pop();
            exponent += 1;
        }
        any.then_some(Decimal { negative, digits, exponent: i32::try_from(exponent).ok()? })
    }

    /// As a multiple of the smallest decimal, if that is exact and fits.
    fn scaled(&self) -> Option<i128> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = usize::try_from(self.exponent + DECIMALS).ok()?;
        if self.digits.len() + zeros > MOST_DIGITS {
            return None;
        }
        let value = self.digits.iter().fold(0_i128, |value, &digit| value * 10 + i128::from(digit));
        let value = value * 10_i128.pow(u32::try_from(zeros).ok()?);
        Some(if self.negative { -value } else { value })
    }
}

/// The sum of two numbers, as text; `None` if one of them is no number.
///
/// An inner `None`: the sum is no finite number.
pub(super) fn sum(left: &[u8], right: &[u8]) -> Option<Option<Vec<u8>>> {
    if let (Some(left), Some(right)) = (Decimal::parse(left), Decimal::parse(right))
        && let (Some(left), Some(right)) = (left.scaled(), right.scaled())
    {
        return Some(Some(write_scaled(extended::sum(left, right))));
    }
    let sum = float(left)? + float(right)?;
    Some(sum.is_finite().then(|| {
        let mut text = format!("{sum:.17}");
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        text.into_bytes()
    }))
}

/// Whether a text is a number that [`sum`] takes.
pub(super) fn is_number(text: &[u8]) -> bool {
    float(text).is_some()
}

pub(super) fn is_finite(text: &[u8]) -> bool {
    float(text).is_some_and(f64::is_finite)
}

fn float(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!value.is_nan()).then_some(value)
}

fn write_scaled(value: i128) -> Vec<u8> {
    let digits = value.unsigned_abs().to_string();
    let decimals = DECIMALS as usize;
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}").into_bytes()
}
