//! The conversions of `string.format`, as Lua 5.1 hands them to C's `sprintf`.
//!
//! [`parse_spec`] reads what follows a `%`; a writer then appends one converted argument.
//! The library's binding keeps the loop over the format and the arguments, since only it
//! knows values. To be faithful it checks in PUC's order: that the argument exists, then
//! `parse_spec`, then the argument's type.
//!
//! Invariants:
//! - A [`Spec`] made by `parse_spec` names a conversion that exists, and its width and
//!   precision are below 100.
//! - PUC measures the converted item with `strlen`, so an item ends at its first NUL, also
//!   one that `%c` or `%s` put there; only a string of 100 bytes or more without a precision
//!   goes through whole.
//! - Casts are those gcc compiles for x86-64: out of range gives the "indefinite integer".
#![forbid(unsafe_code)]

use std::fmt;
use std::io::Write as _;

use super::decimal::{self, Digits};
use super::meter::{Meter, PIECE, Stop};
use super::number::{write_exponential, write_general, write_i64};

/// Strings at least this long are not handed to `sprintf` if there is no precision.
pub const LONG_STRING: usize = 100;

const LEFT: u8 = 1;
const PLUS: u8 = 2;
const SPACE: u8 = 4;
const ALTERNATE: u8 = 8;
const ZERO: u8 = 16;

/// More flag characters than there are flags: one must be there twice.
const MAX_FLAGS: usize = 5;

/// A conversion specification, `%[flags][width][.precision]conversion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    flags: u8,
    width: u8,
    precision: Option<u8>,
    conversion: u8,
}

/// Why a conversion specification is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecError {
    /// Six or more flags.
    RepeatedFlags,
    /// A width or precision of three digits or more.
    TooLong,
    /// No such conversion; 0 stands for the format's end.
    InvalidOption(u8),
}

impl SpecError {
    /// Appends PUC's message, which need not be UTF-8.
    pub fn write_message(self, out: &mut Vec<u8>) {
        match self {
            Self::RepeatedFlags => out.extend_from_slice(b"invalid format (repeated flags)"),
            Self::TooLong => {
                out.extend_from_slice(b"invalid format (width or precision too long)");
            }
            Self::InvalidOption(conversion) => {
                out.extend_from_slice(b"invalid option '%");
                if conversion != 0 {
                    out.push(conversion);
                }
                out.extend_from_slice(b"' to 'format'");
            }
        }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut message = Vec::new();
        self.write_message(&mut message);
        f.write_str(&String::from_utf8_lossy(&message))
    }
}

impl std::error::Error for SpecError {}

/// Reads the specification at the head of `fmt`, which begins after the `%`; returns it and
/// the number of bytes it took.
///
/// # Errors
/// Those of PUC's `scanformat`, and a conversion that is none of `cdiouxXeEfgGqs`.
#[inline]
pub fn parse_spec(fmt: &[u8]) -> Result<(Spec, usize), SpecError> {
    let mut spec = Spec { flags: 0, width: 0, precision: None, conversion: 0 };
    let byte = |at: usize| fmt.get(at).copied().unwrap_or(0);
    let mut at = 0;
    loop {
        spec.flags |= match byte(at) {
            b'-' => LEFT,
            b'+' => PLUS,
            b' ' => SPACE,
            b'#' => ALTERNATE,
            b'0' => ZERO,
            _ => break,
        };
        at += 1;
    }
    if at > MAX_FLAGS {
        return Err(SpecError::RepeatedFlags);
    }
    let two_digits = |at: &mut usize| {
        let mut value = 0;
        for _ in 0..2 {
            if byte(*at).is_ascii_digit() {
                value = value * 10 + (byte(*at) - b'0');
                *at += 1;
            }
        }
        value
    };
    spec.width = two_digits(&mut at);
    if byte(at) == b'.' {
        at += 1;
        spec.precision = Some(two_digits(&mut at));
    }
    if byte(at).is_ascii_digit() {
        return Err(SpecError::TooLong);
    }
    spec.conversion = byte(at);
    match spec.conversion {
        b'c' | b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'e' | b'E' | b'f' | b'g' | b'G' | b'q' | b's' => {
            Ok((spec, at + 1))
        }
        other => Err(SpecError::InvalidOption(other)),
    }
}

/// Appends the format's literal text from `at` up to the next conversion; returns where that begins, behind its `%`.
#[inline]
pub(crate) fn copy_literal(
    meter: &mut Meter,
    out: &mut Vec<u8>,
    format: &[u8],
    mut at: usize,
) -> Result<Option<usize>, Stop> {
    loop {
        let rest = format.get(at..).unwrap_or_default();
        let literal = match rest {
            [] => return Ok(None),
            // Most formats have little between the conversions.
            [b'%', ..] => 0,
            _ => match memchr::memchr(b'%', rest) {
                Some(literal) => {
                    meter.append(out, &rest[..literal])?;
                    literal
                }
                None => {
                    meter.append(out, rest)?;
                    return Ok(None);
                }
            },
        };
        if rest.get(literal + 1) != Some(&b'%') {
            return Ok(Some(at + literal + 1));
        }
        out.push(b'%');
        at += literal + 2;
    }
}

/// A `double` cast to `long`.
#[inline]
#[must_use]
pub fn to_c_long(n: f64) -> i64 {
    let cast = n as i64;
    // Rust saturates and makes NaN 0; the machine's instruction gives the least integer.
    if n.is_nan() || cast == i64::MAX { i64::MIN } else { cast }
}

/// A `double` cast to `unsigned long`: negative numbers wrap.
#[inline]
#[must_use]
pub fn to_c_ulong(n: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    if n >= HALF { to_c_long(n - HALF) as u64 ^ 1 << 63 } else { to_c_long(n) as u64 }
}

/// A `double` cast to `int`, and that to `unsigned char`.
fn to_c_char(n: f64) -> u8 {
    let whole = n.trunc();
    if (-2_147_483_648.0..=2_147_483_647.0).contains(&whole) { whole as i32 as u8 } else { 0 }
}

impl Spec {
    /// The conversion's letter.
    #[inline]
    #[must_use]
    pub fn conversion(self) -> u8 {
        self.conversion
    }

    /// Whether the argument is a number; otherwise (`%s`, `%q`) it is a string.
    #[inline]
    #[must_use]
    pub fn is_numeric(self) -> bool {
        !matches!(self.conversion, b's' | b'q')
    }

    #[inline]
    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Appends a number converted by any conversion but `%s` and `%q`.
    #[inline]
    pub fn write_number(self, out: &mut Vec<u8>, n: f64) {
        match self.conversion {
            b'd' | b'i' => self.write_signed(out, to_c_long(n)),
            b'o' | b'u' | b'x' | b'X' => self.write_unsigned(out, to_c_ulong(n)),
            b'c' => self.write_char(out, to_c_char(n)),
            _ => self.write_float(out, n),
        }
    }

    /// Appends a string converted by `%s` or `%q`.
    ///
    /// # Errors
    /// The meter's.
    #[inline]
    pub fn write_string(self, meter: &mut Meter, out: &mut Vec<u8>, s: &[u8]) -> Result<(), Stop> {
        if self.conversion == b'q' {
            return write_quoted(meter, out, s);
        }
        if self.precision.is_none() && s.len() >= LONG_STRING {
            return meter.append(out, s);
        }
        let s = match self.precision {
            Some(precision) => &s[..s.len().min(precision.into())],
            None => s,
        };
        let s = memchr::memchr(0, s).map_or(s, |end| &s[..end]);
        let start = out.len();
        out.extend_from_slice(s);
        self.pad(out, start, None);
        Ok(())
    }

    fn write_char(self, out: &mut Vec<u8>, byte: u8) {
        let start = out.len();
        if byte != 0 {
            out.push(byte);
            self.pad(out, start, None);
        } else if !self.has(LEFT) {
            // The NUL ends the item but stood in its last column.
            out.resize(start + usize::from(self.width).saturating_sub(1), b' ');
        }
    }

    fn sign(self, negative: bool) -> Option<u8> {
        if negative {
            Some(b'-')
        } else if self.has(PLUS) {
            Some(b'+')
        } else if self.has(SPACE) {
            Some(b' ')
        } else {
            None
        }
    }

    fn write_signed(self, out: &mut Vec<u8>, n: i64) {
        if self.flags == 0 && self.width == 0 && self.precision.is_none() {
            write_i64(out, n);
            return;
        }
        let start = out.len();
        out.extend(self.sign(n < 0));
        let mut buf = [0; 20];
        let at = decimal::digits_backward(&mut buf, n.unsigned_abs());
        self.write_digits(out, start, &buf[at..]);
    }

    fn write_unsigned(self, out: &mut Vec<u8>, n: u64) {
        let start = out.len();
        if self.conversion == b'u' {
            let mut buf = [0; 20];
            let at = decimal::digits_backward(&mut buf, n);
            self.write_digits(out, start, &buf[at..]);
            return;
        }
        let (shift, letters) = match self.conversion {
            b'o' => (3, b"0123456789abcdef"),
            b'x' => (4, b"0123456789abcdef"),
            _ => (4, b"0123456789ABCDEF"),
        };
        // One place more than 64 bits need in octal, for the zero that `#` puts in front.
        let mut buf = [b'0'; 23];
        let mut at = buf.len();
        let mut rest = n;
        loop {
            at -= 1;
            buf[at] = letters[(rest & ((1 << shift) - 1)) as usize];
            rest >>= shift;
            if rest == 0 {
                break;
            }
        }
        if self.has(ALTERNATE) {
            if self.conversion == b'o' {
                let precision = usize::from(self.precision.unwrap_or(1));
                // A zero in front counts as a digit of the precision.
                if n == 0 && precision == 0 {
                    out.push(b'0');
                } else if n != 0 && precision <= buf.len() - at {
                    at -= 1;
                }
            } else if n != 0 {
                out.extend_from_slice(&[b'0', self.conversion]);
            }
        }
        self.write_digits(out, start, &buf[at..]);
    }

    /// Ends an integer, whose sign or prefix stands at `start..` already.
    fn write_digits(self, out: &mut Vec<u8>, start: usize, digits: &[u8]) {
        let body = out.len();
        let Some(precision) = self.precision else {
            out.extend_from_slice(digits);
            self.pad(out, start, Some(body));
            return;
        };
        let precision = usize::from(precision);
        if precision > digits.len() {
            out.resize(body + precision - digits.len(), b'0');
        }
        // At precision zero a zero has no digits.
        if precision != 0 || digits != b"0" {
            out.extend_from_slice(digits);
        }
        self.pad(out, start, None);
    }

    /// Appends `n` as `%e`, `%f` or `%g` does (`%E` and `%G` too).
    pub fn write_float(self, out: &mut Vec<u8>, n: f64) {
        let start = out.len();
        out.extend(self.sign(n.is_sign_negative()));
        let upper = self.conversion.is_ascii_uppercase();
        if !n.is_finite() {
            let text: &[u8; 3] = match (n.is_nan(), upper) {
                (true, false) => b"nan",
                (true, true) => b"NAN",
                (false, false) => b"inf",
                (false, true) => b"INF",
            };
            out.extend_from_slice(text);
            self.pad(out, start, None);
            return;
        }
        let body = out.len();
        let x = n.abs();
        let precision = usize::from(self.precision.unwrap_or(6));
        let alternate = self.has(ALTERNATE);
        let letter = if upper { b'E' } else { b'e' };
        match self.conversion.to_ascii_lowercase() {
            b'f' => write_fixed(out, x, precision, alternate),
            b'e' => {
                let digits = Digits::new(x, precision + 1);
                write_exponential(out, digits.as_bytes(), digits.exponent, alternate, letter);
            }
            _ => {
                let precision = precision.max(1);
                let digits = Digits::new(x, precision);
                let limit = precision as i32;
                let exponent = digits.exponent;
                write_general(out, digits.as_bytes(), exponent, limit, alternate, letter);
            }
        }
        self.pad(out, start, Some(body));
    }

    /// Fills the item that began at `start` up to the width. `zeros` is where zeros go in, if
    /// the conversion allows them.
    #[inline]
    fn pad(self, out: &mut Vec<u8>, start: usize, zeros: Option<usize>) {
        let end = out.len();
        let width = usize::from(self.width);
        if end - start >= width {
            return;
        }
        let fill = width - (end - start);
        if self.has(LEFT) {
            out.resize(end + fill, b' ');
            return;
        }
        let (at, byte) = match zeros {
            Some(at) if self.has(ZERO) => (at, b'0'),
            _ => (start, b' '),
        };
        out.resize(end + fill, byte);
        out.copy_within(at..end, at + fill);
        out[at..at + fill].fill(byte);
    }
}

/// Appends `x >= 0` with `precision` decimals.
fn write_fixed(out: &mut Vec<u8>, x: f64, precision: usize, alternate: bool) {
    match decimal::fixed(x, precision) {
        Some(value) => {
            let mut buf = [0; 20];
            let at = decimal::digits_backward(&mut buf, value);
            let digits = &buf[at..];
            match digits.len().checked_sub(precision) {
                Some(whole) if whole > 0 => {
                    out.extend_from_slice(&digits[..whole]);
                    if precision > 0 {
                        out.push(b'.');
                        out.extend_from_slice(&digits[whole..]);
                    }
                }
                _ => {
                    out.extend_from_slice(b"0.");
                    out.resize(out.len() + precision - digits.len(), b'0');
                    out.extend_from_slice(digits);
                }
            }
        }
        None => {
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{x:.precision$}");
        }
    }
    if alternate && precision == 0 {
        out.push(b'.');
    }
}

/// Appends `s` as `%q` does: a literal that Lua reads back as the same bytes.
///
/// # Errors
/// The meter's.
pub fn write_quoted(meter: &mut Meter, out: &mut Vec<u8>, s: &[u8]) -> Result<(), Stop> {
    out.reserve(s.len() + 2);
    out.push(b'"');
    for piece in s.chunks(PIECE) {
        meter.charge_bytes(piece.len())?;
        for &byte in piece {
            match byte {
                b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', byte]),
                b'\r' => out.extend_from_slice(b"\\r"),
                0 => out.extend_from_slice(b"\\000"),
                _ => out.push(byte),
            }
        }
    }
    out.push(b'"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(fmt: &str, n: f64) -> String {
        let (spec, used) = parse_spec(&fmt.as_bytes()[1..]).unwrap();
        assert_eq!(used, fmt.len() - 1);
        let mut out = b"<".to_vec();
        spec.write_number(&mut out, n);
        String::from_utf8(out).unwrap()[1..].to_owned()
    }

    fn string(fmt: &str, s: &[u8]) -> Vec<u8> {
        let (spec, _) = parse_spec(&fmt.as_bytes()[1..]).unwrap();
        let mut out = Vec::new();
        spec.write_string(&mut Meter::default(), &mut out, s).unwrap();
        out
    }

    #[test]
    fn integers() {
        let big = 2_f64.powi(63);
        for (fmt, n, text) in [
            ("%d", 42.9, "42"),
            ("%d", -42.9, "-42"),
            ("%d", big, "-9223372036854775808"),
            ("%d", f64::NAN, "-9223372036854775808"),
            ("%u", big, "9223372036854775808"),
            ("%u", big * 2.0, "0"),
            ("%u", -1.0, "18446744073709551615"),
            ("%u", f64::INFINITY, "0"),
            ("%u", f64::NEG_INFINITY, "9223372036854775808"),
            ("%x", -1.5, "ffffffffffffffff"),
            ("%#.0o", 0.0, "0"),
            ("%#o", 0.0, "0"),
            ("%#o", 8.0, "010"),
            ("%#.3o", 8.0, "010"),
            ("%#05o", 8.0, "00010"),
            ("%#x", 0.0, "0"),
            ("%#.0x", 0.0, ""),
            ("%#X", 255.0, "0XFF"),
            ("%#08x", 255.0, "0x0000ff"),
            ("%#.5x", 8.0, "0x00008"),
            ("%-08x", 255.0, "ff      "),
            ("%.0d", 0.0, ""),
            ("%+.0d", 0.0, "+"),
            ("%05.3d", 7.0, "  007"),
            ("%+ d", 3.0, "+3"),
            ("% d", 3.0, " 3"),
            ("%05d", -3.0, "-0003"),
            ("%+u", 3.0, "3"),
            ("%c", 65.0, "A"),
            ("%05c", 65.0, "    A"),
            ("%5c", 0.0, "    "),
            ("%-5c", 0.0, ""),
            ("%c", 4_294_967_361.0, ""),
            ("%c", -191.0, "A"),
        ] {
            assert_eq!(number(fmt, n), text, "{fmt} {n}");
        }
    }

    #[test]
    fn floats() {
        for (fmt, n, text) in [
            ("%05f", f64::INFINITY, "  inf"),
            ("% f", f64::NAN.copysign(1.0), " nan"),
            ("%G", f64::NAN.copysign(-1.0), "-NAN"),
            ("%#.0e", 1.0, "1.e+00"),
            ("%#.0f", 1.0, "1."),
            ("%#g", 1.0, "1.00000"),
            ("%g", 1e-5, "1e-05"),
            ("%.0g", 12.0, "1e+01"),
            ("%g", 0.0, "0"),
            ("%#g", 0.0, "0.00000"),
            ("%e", -0.0, "-0.000000e+00"),
            ("%05g", -0.5, "-00.5"),
            ("%.2f", 0.125, "0.12"),
            ("%.0f", 0.5, "0"),
            ("%.0f", 2.5, "2"),
            ("%.3f", 0.0, "0.000"),
            ("%.14g", 0.1, "0.1"),
            ("%.20g", 0.1, "0.10000000000000000555"),
            ("%5.1f", 3.0625, "  3.1"),
            ("%E", 12345.678, "1.234568E+04"),
            ("%G", 1e-10, "1E-10"),
        ] {
            assert_eq!(number(fmt, n), text, "{fmt} {n}");
        }
        assert_eq!(number("%.99f", 1e308).len(), 309 + 1 + 99);
    }

    #[test]
    fn strings() {
        assert_eq!(string("%5s", b"ab"), b"   ab");
        assert_eq!(string("%05s", b"ab"), b"   ab");
        assert_eq!(string("%-5s", b"ab"), b"ab   ");
        assert_eq!(string("%.2s", b"abc"), b"ab");
        assert_eq!(string("%5s", b"a\0b"), b"    a");
        let long = [b"x".repeat(99), b"\0yy".to_vec()].concat();
        assert_eq!(string("%s", &long), long);
        assert_eq!(string("%.20s", &long), b"x".repeat(20));
        assert_eq!(string("%q", b"a\"\\\n\r\0z"), b"\"a\\\"\\\\\\\n\\r\\000z\"");
    }

    #[test]
    fn refusals() {
        let message = |fmt: &[u8]| parse_spec(fmt).unwrap_err().to_string();
        assert_eq!(message(b""), "invalid option '%' to 'format'");
        assert_eq!(message(b"\0"), "invalid option '%' to 'format'");
        assert_eq!(message(b"y"), "invalid option '%y' to 'format'");
        assert_eq!(message(b"1.1.1d"), "invalid option '%.' to 'format'");
        assert_eq!(message(b"------d"), "invalid format (repeated flags)");
        assert!(parse_spec(b"-----d").is_ok());
        let long = "invalid format (width or precision too long)";
        assert_eq!(message(b"123d"), long);
        assert_eq!(message(b".123d"), long);
    }
}
