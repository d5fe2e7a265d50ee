//! What the read formats take from a file: lines as `fgets` delivers them, numbers as `fscanf("%lf")` scans them.
#![forbid(unsafe_code)]

use std::io::{self, BufRead, ErrorKind};

use crate::kernel::number;

/// Bytes after which a long read lets its caller look at the limits.
pub(super) const STEP: usize = 1 << 16;

/// How a part of a read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// There is what was asked for.
    Done,
    /// There is more to read.
    More,
    /// The file ended.
    End,
}

/// What can be had without reading, or else by one read; empty at the end.
fn available(input: &mut dyn BufRead) -> io::Result<&[u8]> {
    // Not by returning the first success: the borrow checker takes it for borrowed in the next round too.
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    input.fill_buf()
}

/// Whether the file has ended.
pub(super) fn at_end(input: &mut dyn BufRead) -> io::Result<bool> {
    Ok(available(input)?.is_empty())
}

/// A line being read.
///
/// PUC reads it in pieces of a fixed size with `fgets` and measures each with `strlen`: what follows a NUL in a piece is
/// lost, also a newline. A file with NULs is read just so.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Bytes of the present piece that have been read.
    piece: usize,
    /// There was a NUL among them.
    lost: bool,
}

impl Line {
    /// One less than PUC's buffer, for the NUL that `fgets` adds.
    const PIECE: usize = 8191;

    /// Reads on, up to the newline, which is left out.
    pub(super) fn read(&mut self, input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Step> {
        let mut step = 0;
        while step < STEP {
            let bytes = available(input)?;
            if bytes.is_empty() {
                return Ok(Step::End);
            }
            let bytes = &bytes[..bytes.len().min(Self::PIECE - self.piece)];
            let newline = memchr::memchr(b'\n', bytes);
            let text = &bytes[..newline.unwrap_or(bytes.len())];
            let used = text.len() + usize::from(newline.is_some());
            if !self.lost {
                let nul = memchr::memchr(0, text);
                line.extend_from_slice(&text[..nul.unwrap_or(text.len())]);
                self.lost = nul.is_some();
            }
            input.consume(used);
            step += used;
            if newline.is_some() && !self.lost {
                return Ok(Step::Done);
            }
            self.piece += used;
            if newline.is_some() || self.piece == Self::PIECE {
                *self = Line::default();
            }
        }
        Ok(Step::More)
    }
}

/// Reads on until `count` bytes have been read; counts it down.
pub(super) fn read_chars(input: &mut dyn BufRead, count: &mut usize, chars: &mut Vec<u8>) -> io::Result<Step> {
    let full = chars.len() + STEP;
    while chars.len() < full {
        if *count == 0 {
            return Ok(Step::Done);
        }
        let bytes = available(input)?;
        if bytes.is_empty() {
            return Ok(Step::End);
        }
        let used = bytes.len().min(*count);
        chars.extend_from_slice(&bytes[..used]);
        input.consume(used);
        *count -= used;
    }
    Ok(Step::More)
}

fn peek(input: &mut dyn BufRead) -> io::Result<Option<u8>> {
    Ok(available(input)?.first().copied())
}

fn next(input: &mut dyn BufRead) -> io::Result<Option<u8>> {
    let byte = peek(input)?;
    if byte.is_some() {
        input.consume(1);
    }
    Ok(byte)
}

/// Takes the rest of a word. Like glibc it keeps the first letter that is wrong, too.
fn take_word(input: &mut dyn BufRead, word: &[u8]) -> io::Result<bool> {
    for &letter in word {
        if next(input)?.map(|byte| byte.to_ascii_lowercase()) != Some(letter) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads a number as glibc's `fscanf("%lf")`; `None` if there is none. What was taken of a wrong number is lost.
pub(super) fn read_number(input: &mut dyn BufRead) -> io::Result<Option<f64>> {
    while peek(input)?.is_some_and(number::is_space) {
        input.consume(1);
    }
    let mut text = Vec::new();
    if let Some(sign @ (b'+' | b'-')) = peek(input)? {
        input.consume(1);
        text.push(sign);
    }
    let signs = text.len();
    let word = match peek(input)? {
        Some(b'n' | b'N') => Some((b"an".as_slice(), f64::NAN.copysign(1.0))),
        Some(b'i' | b'I') => Some((b"nf".as_slice(), f64::INFINITY)),
        _ => None,
    };
    if let Some((rest, value)) = word {
        input.consume(1);
        if !take_word(input, rest)? {
            return Ok(None);
        }
        let long = value.is_infinite() && matches!(peek(input)?, Some(b'i' | b'I'));
        if long && !take_word(input, b"inity")? {
            return Ok(None);
        }
        return Ok(Some(if text == b"-" { -value } else { value }));
    }
    let mut hex = false;
    let mut digit = false;
    if peek(input)? == Some(b'0') {
        input.consume(1);
        text.push(b'0');
        if let Some(x @ (b'x' | b'X')) = peek(input)? {
            input.consume(1);
            text.push(x);
            hex = true;
        } else {
            digit = true;
        }
    }
    let mark = if hex { b'p' } else { b'e' };
    let (mut dot, mut exponent) = (false, false);
    while let Some(byte) = peek(input)? {
        match byte {
            b'0'..=b'9' => digit = true,
            b'a'..=b'f' | b'A'..=b'F' if hex && !exponent => digit = true,
            b'+' | b'-' if exponent && text.last() == Some(&mark) => {}
            _ if digit && !exponent && byte.to_ascii_lowercase() == mark => {
                exponent = true;
                dot = true;
            }
            b'.' if !dot => dot = true,
            _ => break,
        }
        input.consume(1);
        text.push(if exponent && byte.to_ascii_lowercase() == mark { mark } else { byte });
    }
    if text.len() == signs || hex && text.len() == signs + 2 {
        return Ok(None);
    }
    Ok(longest_number(&text, signs, mark))
}

/// `strtod` of what was scanned: an exponent that lacks its digits does not count, nor does a prefix `0x`.
fn longest_number(text: &[u8], signs: usize, mark: u8) -> Option<f64> {
    let whole = |text: &[u8]| number::parse_number(text);
    if let Some(value) = whole(text) {
        return Some(value);
    }
    let end = text.iter().rposition(|&byte| byte == mark).unwrap_or(text.len());
    if let Some(value) = whole(&text[..end]) {
        return Some(value);
    }
    if mark == b'p' { whole(&text[..signs + 1]) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> (Option<f64>, String) {
        let mut input = text.as_bytes();
        let value = read_number(&mut input).unwrap();
        (value, String::from_utf8(input.to_vec()).unwrap())
    }

    #[test]
    fn numbers_are_scanned_as_glibc_does() {
        for (text, value, rest) in [
            (" 12 x", Some(12.0), " x"),
            ("-3.5e2,", Some(-350.0), ","),
            ("1e+z", Some(1.0), "z"),
            ("1.5.5", Some(1.5), ".5"),
            ("nope", None, "pe"),
            ("infinite!", None, "!"),
            ("-inf.", Some(f64::NEG_INFINITY), "."),
            ("0x1fg", Some(31.0), "g"),
            ("0x.z", Some(0.0), "z"),
            ("0xz", None, "z"),
            ("0x1p-2 ", Some(0.25), " "),
            (".", None, ""),
            ("+-1", None, "-1"),
            ("", None, ""),
            ("abc", None, "abc"),
        ] {
            assert_eq!(scanned(text), (value, rest.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_nul_hides_the_rest_of_its_piece() {
        let mut input = b"a\0b\nc\nd".as_slice();
        let mut line = Vec::new();
        assert_eq!(Line::default().read(&mut input, &mut line).unwrap(), Step::Done);
        assert_eq!(line, b"ac");
        line.clear();
        assert_eq!(Line::default().read(&mut input, &mut line).unwrap(), Step::End);
        assert_eq!(line, b"d");
    }
}
