//! The conversions of `string.format`, and a model of them from what the C standard says of `printf`. The digits are those of Rust's own formatting.

use ferrous::kernel::format::{parse_spec, to_c_long, to_c_ulong};

use super::choices::Choices;

/// `%[flags][width][.precision]letter`.
#[derive(Clone, Debug)]
pub struct Conversion {
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    letter: u8,
}

impl Conversion {
    pub fn random(choices: &mut Choices<'_>, letters: &[u8]) -> Conversion {
        let flags = (0..choices.below(4)).map(|_| char::from(choices.one(b"-+ #0"))).collect();
        // A zero in front would be a flag.
        let width = (!choices.chance(2)).then(|| 1 + choices.below(99));
        let most = choices.one(&[20, 20, 100]);
        let precision = (!choices.chance(2)).then(|| choices.below(most));
        Conversion { flags, width, precision, letter: choices.one(letters) }
    }

    /// `%.{precision}g`.
    pub fn general(precision: usize) -> Conversion {
        Conversion { flags: String::new(), width: None, precision: Some(precision), letter: b'g' }
    }

    /// What is behind the `%`.
    pub fn text(&self) -> String {
        let width = self.width.map(|width| width.to_string()).unwrap_or_default();
        let precision = self.precision.map(|precision| format!(".{precision}")).unwrap_or_default();
        format!("{}{width}{precision}{}", self.flags, char::from(self.letter))
    }

    pub fn letter(&self) -> u8 {
        self.letter
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// A number by any conversion but `c`, `s` and `q`.
    pub fn number(&self, n: f64) -> String {
        match self.letter {
            b'd' | b'i' => {
                let n = to_c_long(n);
                self.integer(n < 0, "", n.unsigned_abs().to_string())
            }
            b'u' => self.integer_without_sign("", to_c_ulong(n).to_string()),
            b'o' => {
                let digits = format!("{:o}", to_c_ulong(n));
                // The alternate form begins with a zero, of the precision if there is one.
                let few = self.precision.unwrap_or(1) <= digits.len();
                let leading = if self.has('#') && few && !digits.starts_with('0') { "0" } else { "" };
                self.integer_without_sign(leading, digits)
            }
            b'x' | b'X' => {
                let n = to_c_ulong(n);
                let prefix = match (self.has('#') && n != 0, self.letter) {
                    (false, _) => "",
                    (true, b'x') => "0x",
                    (true, _) => "0X",
                };
                let digits = if self.letter == b'x' { format!("{n:x}") } else { format!("{n:X}") };
                self.integer_without_sign(prefix, digits)
            }
            _ => self.float(n),
        }
    }

    fn integer(&self, negative: bool, prefix: &str, digits: String) -> String {
        let sign = self.sign(negative);
        self.integer_without_sign(&format!("{sign}{prefix}"), digits)
    }

    fn integer_without_sign(&self, prefix: &str, digits: String) -> String {
        let least = self.precision.unwrap_or(1);
        let mut digits = if digits == "0" { String::new() } else { digits };
        if self.letter == b'o' && self.has('#') && digits.is_empty() && least == 0 {
            digits.push('0');
        }
        let digits = format!("{digits:0>least$}");
        self.pad(prefix, &digits, self.precision.is_none())
    }

    fn float(&self, n: f64) -> String {
        let sign = self.sign(n.is_sign_negative());
        if !n.is_finite() {
            let text = if n.is_nan() { "nan" } else { "inf" };
            let text = if self.letter.is_ascii_uppercase() { text.to_uppercase() } else { text.to_owned() };
            return self.pad(sign, &text, false);
        }
        let precision = self.precision.unwrap_or(6);
        let text = match self.letter.to_ascii_lowercase() {
            b'e' => self.exponential(n.abs(), precision),
            b'f' => self.with_point(format!("{:.precision$}", n.abs())),
            _ => self.shorter(n.abs(), precision.max(1)),
        };
        let text = if self.letter.is_ascii_uppercase() { text.to_uppercase() } else { text };
        self.pad(sign, &text, true)
    }

    fn exponential(&self, n: f64, precision: usize) -> String {
        let text = format!("{n:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').expect("an exponent");
        format!("{}{}", self.with_point(mantissa.to_owned()), exponent_text(exponent.parse().expect("a number")))
    }

    /// `%g`: the style of `e` or of `f`, whichever the exponent asks for, without trailing zeros.
    fn shorter(&self, n: f64, precision: usize) -> String {
        let scientific = format!("{n:.*e}", precision - 1);
        let (mantissa, exponent) = scientific.split_once('e').expect("an exponent");
        let exponent: i32 = exponent.parse().expect("a number");
        let trim = |text: String| {
            if self.has('#') || !text.contains('.') {
                return self.with_point(text);
            }
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        if exponent >= -4 && exponent < precision as i32 {
            let places = (precision as i32 - 1 - exponent) as usize;
            trim(format!("{n:.places$}"))
        } else {
            trim(mantissa.to_owned()) + &exponent_text(exponent)
        }
    }

    /// The alternate form always has a point.
    fn with_point(&self, text: String) -> String {
        if self.has('#') && !text.contains('.') { text + "." } else { text }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match () {
            () if negative => "-",
            () if self.has('+') => "+",
            () if self.has(' ') => " ",
            () => "",
        }
    }

    fn pad(&self, prefix: &str, text: &str, zeros: bool) -> String {
        let rest = self.width.unwrap_or(0).saturating_sub(prefix.len());
        match () {
            () if self.has('-') => format!("{prefix}{text:<rest$}"),
            () if self.has('0') && zeros => format!("{prefix}{text:0>rest$}"),
            () => {
                let width = self.width.unwrap_or(0);
                format!("{:>width$}", format!("{prefix}{text}"))
            }
        }
    }

    /// Bytes padded with spaces. What a C string function sees of the result is the part before the first NUL.
    fn pad_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let spaces = vec![b' '; self.width.unwrap_or(0).saturating_sub(bytes.len())];
        let mut padded = if self.has('-') { [bytes, &spaces].concat() } else { [&spaces, bytes].concat() };
        padded.truncate(c_length(&padded));
        padded
    }

    fn byte(&self, n: f64) -> Vec<u8> {
        // A number that is no `int` becomes the machine's "indefinite integer", whose last byte is 0.
        let fits = n > -2_147_483_649.0 && n < 2_147_483_648.0;
        self.pad_bytes(&[if fits { n as i64 as u8 } else { 0 }])
    }

    /// A string by `s` or `q`.
    fn string(&self, s: &[u8]) -> Vec<u8> {
        if self.letter == b'q' {
            let mut quoted = vec![b'"'];
            for &byte in s {
                match byte {
                    b'"' | b'\\' | b'\n' => quoted.extend([b'\\', byte]),
                    b'\r' => quoted.extend(b"\\r"),
                    0 => quoted.extend(b"\\000"),
                    _ => quoted.push(byte),
                }
            }
            quoted.push(b'"');
            return quoted;
        }
        // Lua adds a long string whole.
        if self.precision.is_none() && s.len() >= 100 {
            return s.to_vec();
        }
        let seen = &s[..c_length(s)];
        self.pad_bytes(&seen[..self.precision.unwrap_or(usize::MAX).min(seen.len())])
    }
}

fn exponent_text(exponent: i32) -> String {
    format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn c_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len())
}

/// What the kernel makes of a number.
pub fn format_number(spec: &str, n: f64) -> Vec<u8> {
    let (spec, used) = parse_spec(spec.as_bytes()).expect("a good specification");
    let mut out = vec![b'<'];
    spec.write_number(&mut out, n);
    assert!(used > 0 && out[0] == b'<');
    out.split_off(1)
}

/// A number is formatted as the model says.
pub fn check_number(conversion: &Conversion, n: f64) {
    let expected = if conversion.letter == b'c' { conversion.byte(n) } else { conversion.number(n).into_bytes() };
    let found = format_number(&conversion.text(), n);
    assert_eq!(shown(&found), shown(&expected), "%{} of {n:e}, bits {:x}", conversion.text(), n.to_bits());
}

/// A string is formatted as the model says.
pub fn check_string(conversion: &Conversion, s: &[u8]) {
    let (spec, _) = parse_spec(conversion.text().as_bytes()).expect("a good specification");
    let mut found = Vec::new();
    spec.write_string(&mut ferrous::kernel::meter::Meter::default(), &mut found, s).expect("no limit");
    assert_eq!(shown(&found), shown(&conversion.string(s)), "%{} of {}", conversion.text(), shown(s));
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
