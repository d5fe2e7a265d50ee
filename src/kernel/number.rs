//! Numbers to text and back, as `tostring`, `tonumber` and the lexer do it.
//!
//! Writing is C's `%.14g`; reading is `luaO_str2d` of Lua 5.1.5 over glibc's `strtod`. Both
//! are correctly rounded: what is read is the double nearest to the text.
//!
//! Invariant: a subject is a C string to PUC, so it ends at its first NUL here too.
#![forbid(unsafe_code)]

mod long;

use super::decimal::{self, Digits};
use super::meter::{Meter, PIECE, Stop};

/// Integral numbers below this have 14 digits or fewer, so `%.14g` shows them all.
const SHOWN_WHOLE: u64 = 100_000_000_000_000;

/// Appends `n` in decimal.
#[inline]
pub fn write_i64(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    decimal::write_u64(out, n.unsigned_abs());
}

/// More than the text of any number takes.
pub(crate) const MAX_NUMBER: usize = 32;

/// Appends `n` as `tostring` shows it: `%.14g` (`LUAI_NUMFFORMAT`).
#[inline]
pub fn write_number(out: &mut Vec<u8>, n: f64) {
    let whole = n as i64;
    if whole as f64 == n && whole.unsigned_abs() < SHOWN_WHOLE {
        if whole == 0 && n.is_sign_negative() {
            out.extend_from_slice(b"-0");
        } else {
            write_i64(out, whole);
        }
    } else {
        write_fraction(out, n);
    }
}

fn write_fraction(out: &mut Vec<u8>, n: f64) {
    if n.is_sign_negative() {
        out.push(b'-');
    }
    if !n.is_finite() {
        out.extend_from_slice(if n.is_nan() { b"nan" } else { b"inf" });
        return;
    }
    let x = n.abs();
    if let Some((value, exponent)) = decimal::significant(x, 14) {
        let mut buf = [0; 20];
        let at = decimal::digits_backward(&mut buf, value);
        write_general(out, &buf[at..], exponent, 14, false, b'e');
    } else {
        let digits = Digits::new(x, 14);
        write_general(out, digits.as_bytes(), digits.exponent, 14, false, b'e');
    }
}

/// Lays digits out as `%g` does at precision `precision`; `alternate` (the flag `#`) keeps
/// trailing zeros and the point.
pub(super) fn write_general(
    out: &mut Vec<u8>,
    digits: &[u8],
    exponent: i32,
    precision: i32,
    alternate: bool,
    letter: u8,
) {
    let mut digits = digits;
    if !alternate {
        while let [rest @ .., b'0'] = digits {
            if rest.is_empty() {
                break;
            }
            digits = rest;
        }
    }
    if exponent < -4 || exponent >= precision {
        write_exponential(out, digits, exponent, alternate, letter);
        return;
    }
    if exponent < 0 {
        out.extend_from_slice(&b"0.0000"[..1 + exponent.unsigned_abs() as usize]);
        out.extend_from_slice(digits);
        return;
    }
    let whole = exponent as usize + 1;
    if let Some((whole, rest)) = digits.split_at_checked(whole) {
        out.extend_from_slice(whole);
        if !rest.is_empty() || alternate {
            out.push(b'.');
            out.extend_from_slice(rest);
        }
    } else {
        out.extend_from_slice(digits);
        out.resize(out.len() + whole - digits.len(), b'0');
    }
}

/// Lays digits out as `%e` does.
pub(super) fn write_exponential(out: &mut Vec<u8>, digits: &[u8], exponent: i32, alternate: bool, letter: u8) {
    let (first, rest) = digits.split_at(digits.len().min(1));
    out.extend_from_slice(first);
    if !rest.is_empty() || alternate {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    out.push(letter);
    out.push(if exponent < 0 { b'-' } else { b'+' });
    let exponent = exponent.unsigned_abs();
    if exponent < 10 {
        out.push(b'0');
    }
    decimal::write_u64(out, u64::from(exponent));
}

/// Whether C's `isspace` holds of `byte` in the C locale.
#[inline]
#[must_use]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Cuts at the first NUL.
fn c_string(s: &[u8]) -> &[u8] {
    memchr::memchr(0, s).map_or(s, |end| &s[..end])
}

fn skip_spaces(s: &[u8]) -> &[u8] {
    let blank = s.iter().take_while(|&&byte| is_space(byte)).count();
    &s[blank..]
}

/// Reads a number as Lua 5.1's string coercion, `tonumber` and lexer do.
///
/// Blanks may stand on both sides. Besides decimals, glibc's `strtod` gives hexadecimal
/// integers and floats, `inf`, `infinity`, `nan` and `nan(chars)` in any case.
#[inline]
#[must_use]
pub fn parse_number(s: &[u8]) -> Option<f64> {
    // Fifteen digits are exact in a double; anything else takes the long way.
    if (1..=15).contains(&s.len()) {
        let mut value = 0_u64;
        let mut plain = true;
        for &byte in s {
            let digit = byte.wrapping_sub(b'0');
            plain &= digit < 10;
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        }
        if plain {
            return Some(value as f64);
        }
    }
    parse_general(s)
}

/// Longest text that is read for nothing.
pub const COMMON: usize = 64;

/// Like [`parse_number`], for text of any length: `meter` pays for it, and is asked on the way.
///
/// # Errors
/// The program has to end.
pub fn parse_number_paying(s: &[u8], meter: &mut Meter) -> Result<Option<f64>, Stop> {
    if s.len() <= COMMON {
        return Ok(parse_number(s));
    }
    if s.len() > PIECE {
        pay_for_pieces(s, meter)?;
        return long::parse(s, meter);
    }
    meter.charge_bytes(s.len())?;
    Ok(parse_number(s))
}

fn pay_for_pieces(s: &[u8], meter: &mut Meter) -> Result<(), Stop> {
    s.chunks(PIECE).try_for_each(|piece| meter.charge_bytes(piece.len()))
}

fn parse_general(s: &[u8]) -> Option<f64> {
    let s = skip_spaces(c_string(s));
    let (negative, s) = split_sign(s);
    let (value, used) = match s {
        [b'0', b'x' | b'X', hex @ ..] => {
            let (value, used) = parse_hex(hex)?;
            (value, used + 2)
        }
        [b'0'..=b'9' | b'.', ..] => parse_decimal(s)?,
        _ => parse_word(s)?,
    };
    if !skip_spaces(s.get(used..)?).is_empty() {
        return None;
    }
    Some(if negative { -value } else { value })
}

fn split_sign(s: &[u8]) -> (bool, &[u8]) {
    match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    }
}

/// Reads an unsigned decimal; returns it and how many bytes it took.
fn parse_decimal(s: &[u8]) -> Option<(f64, usize)> {
    // No overflow below 19 digits; leading zeros count too, they only cost the fast path.
    let mut mantissa = 0_u64;
    let mut at = 0;
    let mut digits = 0_usize;
    while let Some(digit) = s.get(at).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        digits += 1;
        at += 1;
    }
    let mut places = 0_usize;
    if s.get(at) == Some(&b'.') {
        at += 1;
        while let Some(digit) = s.get(at).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            places += 1;
            at += 1;
        }
        digits += places;
    }
    if digits == 0 {
        return None;
    }
    let mut exponent = 0_i64;
    if let Some(b'e' | b'E') = s.get(at)
        && let Some((value, used)) = parse_exponent(&s[at + 1..])
    {
        exponent = value;
        at += 1 + used;
    }
    if digits < 19 && mantissa <= 1 << 53 {
        // An exact mantissa and an exact power of ten: one rounding, so the nearest double.
        let power = exponent - places as i64;
        let ten = usize::try_from(power.unsigned_abs()).ok().and_then(decimal::exact_power_of_ten);
        if let Some(ten) = ten {
            let mantissa = mantissa as f64;
            let value = if power < 0 { mantissa / ten } else { mantissa * ten };
            return Some((value, at));
        }
    }
    let text = std::str::from_utf8(&s[..at]).ok()?;
    Some((text.parse().ok()?, at))
}

/// Reads `[sign] digits`, at least one; the value saturates far outside any double's range.
fn parse_exponent(s: &[u8]) -> Option<(i64, usize)> {
    let (negative, digits) = split_sign(s);
    let mut at = 0;
    let mut value = 0_i64;
    while let Some(digit) = digits.get(at).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
        value = (value * 10 + i64::from(digit)).min(1 << 50);
        at += 1;
    }
    if at == 0 {
        return None;
    }
    let used = at + (s.len() - digits.len());
    Some((if negative { -value } else { value }, used))
}

/// Reads what follows `0x`: hexadecimal digits with an optional point, an optional binary
/// exponent.
fn parse_hex(s: &[u8]) -> Option<(f64, usize)> {
    let mut mantissa = 0_u64;
    let mut sticky = false;
    let mut exponent = 0_i64;
    let mut any = false;
    let mut point = false;
    let mut at = 0;
    while let Some(&byte) = s.get(at) {
        if byte == b'.' && !point {
            point = true;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            any = true;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= if point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if point { 0 } else { 4 };
            }
        } else {
            break;
        }
        at += 1;
    }
    if !any {
        return None;
    }
    if let Some(b'p' | b'P') = s.get(at)
        && let Some((value, used)) = parse_exponent(&s[at + 1..])
    {
        exponent = exponent.saturating_add(value);
        at += 1 + used;
    }
    Some((from_binary(mantissa, exponent, sticky), at))
}

/// The double nearest to `mantissa * 2^exponent`, where `sticky` says that a little more
/// follows the mantissa's last bit. Ties go to even.
fn from_binary(mantissa: u64, exponent: i64, sticky: bool) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let zeros = mantissa.leading_zeros();
    let mantissa = mantissa << zeros;
    let top = exponent.saturating_add(63 - i64::from(zeros));
    if top > 1023 {
        return f64::INFINITY;
    }
    // A subnormal keeps fewer bits.
    let lost = 11 + (-1022 - top).max(0);
    let biased = (top + 1022).max(0) as u64;
    let (kept, up) = match lost {
        ..=63 => {
            let kept = mantissa >> lost;
            let rest = mantissa & ((1 << lost) - 1);
            let half = 1 << (lost - 1);
            (kept, rest > half || rest == half && (sticky || kept & 1 == 1))
        }
        64 => (0, mantissa > 1 << 63 || sticky),
        _ => (0, false),
    };
    // The mantissa's own top bit, and a carry out of the rounding, raise the exponent.
    f64::from_bits((biased << 52) + kept + u64::from(up))
}

/// Reads `inf`, `infinity`, `nan` or `nan(chars)`.
fn parse_word(s: &[u8]) -> Option<(f64, usize)> {
    let starts = |word: &[u8]| s.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if starts(b"infinity") {
        return Some((f64::INFINITY, 8));
    }
    if starts(b"inf") {
        return Some((f64::INFINITY, 3));
    }
    if !starts(b"nan") {
        return None;
    }
    let mut used = 3;
    if let [b'(', rest @ ..] = &s[3..] {
        let name = rest.iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        if rest.get(name) == Some(&b')') {
            used += name + 2;
        }
    }
    Some((f64::NAN.copysign(1.0), used))
}

/// Reads an integer as `tonumber(s, base)` does, which is C's `strtoul`.
///
/// Base 10 is the general conversion, as in PUC. In base 16 a prefix `0x` is allowed. A
/// negative number wraps like an `unsigned long`; one that overflows is `ULONG_MAX`. `None`
/// if `s` is no such number or the base is not in `2..=36`.
#[must_use]
pub fn parse_with_base(s: &[u8], base: u32) -> Option<f64> {
    if base == 10 {
        return parse_number(s);
    }
    if !(2..=36).contains(&base) {
        return None;
    }
    let (negative, s) = split_sign(skip_spaces(c_string(s)));
    let s = match s {
        [b'0', b'x' | b'X', hex @ ..] if base == 16 => hex,
        _ => s,
    };
    let mut value = 0_u64;
    let mut overflow = false;
    let mut used = 0;
    while let Some(digit) = s.get(used).and_then(|&byte| (byte as char).to_digit(base)) {
        match value.checked_mul(u64::from(base)).and_then(|value| value.checked_add(u64::from(digit))) {
            Some(next) => value = next,
            None => overflow = true,
        }
        used += 1;
    }
    if used == 0 || !skip_spaces(&s[used..]).is_empty() {
        return None;
    }
    Some(if overflow {
        u64::MAX as f64
    } else if negative {
        value.wrapping_neg() as f64
    } else {
        value as f64
    })
}

/// Like [`parse_with_base`], for text of any length, as [`parse_number_paying`] reads it.
///
/// # Errors
/// The program has to end.
pub fn parse_with_base_paying(s: &[u8], base: u32, meter: &mut Meter) -> Result<Option<f64>, Stop> {
    pay_for_pieces(s, meter)?;
    if s.len() <= PIECE || !(2..=36).contains(&base) {
        return Ok(parse_with_base(s, base));
    }
    if base == 10 { long::parse(s, meter) } else { long::parse_integer(s, base, meter) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(n: f64) -> String {
        let mut out = Vec::new();
        write_number(&mut out, n);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_shown_as_percent_14g() {
        for (n, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-42.0, "-42"),
            (99_999_999_999_999.0, "99999999999999"),
            (1e14, "1e+14"),
            (123_456_789_012_345.0, "1.2345678901234e+14"),
            (999_999_999_999_999.0, "1e+15"),
            (2_f64.powi(53), "9.007199254741e+15"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.33333333333333"),
            (2.0 / 3.0, "0.66666666666667"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (0.000_123_456, "0.000123456"),
            (std::f64::consts::PI, "3.1415926535898"),
            (100.5, "100.5"),
            (1e100, "1e+100"),
            (1.5e300, "1.5e+300"),
            (5e-324, "4.9406564584125e-324"),
            (f64::MAX, "1.7976931348623e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN.copysign(1.0), "nan"),
            (f64::NAN.copysign(-1.0), "-nan"),
        ] {
            assert_eq!(shown(n), text);
        }
    }

    #[test]
    fn texts_are_read_as_strtod_reads_them() {
        for (text, n) in [
            ("0x1p4", Some(16.0)),
            ("0xA.8", Some(10.5)),
            ("0x", None),
            ("0x 1", None),
            ("-0x10", Some(-16.0)),
            ("0x-1", None),
            ("inf", Some(f64::INFINITY)),
            ("-infinity", Some(f64::NEG_INFINITY)),
            ("infinit", None),
            ("nan(x y)", None),
            ("nan(", None),
            ("1e", None),
            ("1e+", None),
            ("1.", Some(1.0)),
            ("  .5 ", Some(0.5)),
            (".", None),
            ("0x.8", Some(0.5)),
            ("0x1.", Some(1.0)),
            ("0x.", None),
            ("0x1p", None),
            ("1x", None),
            ("1e999", Some(f64::INFINITY)),
            ("1e-400", Some(0.0)),
            ("0x1p-1074", Some(5e-324)),
            ("0x1p-1075", Some(0.0)),
            ("0x1.8p-1075", Some(5e-324)),
            ("0x1.fffffffffffff8p0", Some(2.0)),
            ("0xffffffffffffffffff", Some(4_722_366_482_869_645_213_695.0)),
            ("1\0junk", Some(1.0)),
            (" \t\u{b}\u{c}\r\n1\u{b}", Some(1.0)),
            ("", None),
            ("  ", None),
            ("+1", Some(1.0)),
            ("+ 1", None),
            ("--1", None),
            ("1_0", None),
            ("0b1", None),
            ("1f", None),
        ] {
            assert_eq!(parse_number(text.as_bytes()), n, "{text:?}");
        }
        let nan = |text: &str| parse_number(text.as_bytes()).unwrap();
        for text in ["nan", "NAN(abc_1)", "nan()"] {
            assert!(nan(text).is_nan() && nan(text).is_sign_positive());
        }
        assert!(nan("-nan").is_nan() && nan("-nan").is_sign_negative());
    }

    #[test]
    fn bases_are_strtouls() {
        for (text, base, n) in [
            ("ff", 16, Some(255.0)),
            ("0xff", 16, Some(255.0)),
            ("-ff", 16, Some(18_446_744_073_709_551_616.0)),
            ("zz", 36, Some(1295.0)),
            ("8", 8, None),
            ("99999999999999999999", 11, Some(u64::MAX as f64)),
            ("-99999999999999999999", 11, Some(u64::MAX as f64)),
            ("", 11, None),
            ("0x", 16, None),
            ("0x", 36, Some(33.0)),
            (" 12 ", 3, Some(5.0)),
            ("12\0", 3, Some(5.0)),
            ("+1", 2, Some(1.0)),
            ("0b11", 2, None),
            ("1.0", 16, None),
            ("- 1", 16, None),
            ("1e2", 10, Some(100.0)),
            ("1", 1, None),
            ("1", 37, None),
        ] {
            assert_eq!(parse_with_base(text.as_bytes(), base), n, "{text:?}");
        }
    }
}
