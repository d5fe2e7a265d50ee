//! The loops of `gmatch` and `gsub`, and the replacement string of `gsub`.
//!
//! The bindings call Lua between two matches (a replacement may be a function), so these are
//! iterators that own their place in the subject: [`GlobalMatch`] gives match after match,
//! [`Substitution`] also copies what is between them.
//!
//! Invariant: an empty match moves the search on by one byte, and the byte is copied; as in
//! Lua 5.1 an empty match may stand right behind another one.
#![forbid(unsafe_code)]

use super::meter::{Meter, Stop};
use super::number::write_number;
use super::pattern::{Capture, MatchError, Matcher};

/// The matches of `gmatch`, for which `^` is no anchor.
pub struct GlobalMatch<'s, 'p> {
    matcher: Matcher<'s, 'p>,
    at: usize,
}

impl<'s, 'p> GlobalMatch<'s, 'p> {
    /// Begins at byte `at`; a binding that cannot keep this iterator between two calls keeps
    /// [`GlobalMatch::position`] and gives it here.
    #[inline]
    #[must_use]
    pub fn new(src: &'s [u8], pat: &'p [u8], at: usize) -> Self {
        Self { matcher: Matcher::new(src, pat), at }
    }

    /// The next match: its start and end.
    ///
    /// # Errors
    /// Those of [`Matcher::match_at`].
    #[inline]
    pub fn next_match(&mut self, meter: &mut Meter) -> Result<Option<(usize, usize)>, MatchError> {
        let found = self.matcher.search(meter, self.at)?;
        self.at = match found {
            Some((start, end)) => end + usize::from(end == start),
            None => usize::MAX,
        };
        Ok(found)
    }

    /// Where the search goes on.
    #[inline]
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The matcher, for its captures.
    #[inline]
    #[must_use]
    pub fn matcher(&self) -> &Matcher<'s, 'p> {
        &self.matcher
    }
}

/// `gsub` at work.
///
/// Call [`Substitution::next_match`] as often as matches are wanted, append each one's
/// replacement, and end with [`Substitution::finish`].
pub struct Substitution<'s, 'p> {
    matcher: Matcher<'s, 'p>,
    /// Where the search goes on; beyond the subject's end once it is over.
    at: usize,
    /// What is before this is in the output.
    copied: usize,
}

impl<'s, 'p> Substitution<'s, 'p> {
    /// Begins at the subject's start.
    #[inline]
    #[must_use]
    pub fn new(src: &'s [u8], pat: &'p [u8]) -> Self {
        Self { matcher: Matcher::with_anchor(src, pat), at: 0, copied: 0 }
    }

    /// Finds the next match, start and end, and appends what is between the last one and it.
    ///
    /// # Errors
    /// Those of [`Matcher::match_at`].
    #[inline(always)]
    pub fn next_match(&mut self, meter: &mut Meter, out: &mut Vec<u8>) -> Result<Option<(usize, usize)>, MatchError> {
        let src = self.matcher.subject();
        let found = self.matcher.search(meter, self.at)?;
        match found {
            Some((start, end)) if !self.matcher.is_anchored() => {
                self.at = end + usize::from(end == start);
                meter.append(out, &src[self.copied..start])?;
                self.copied = end;
            }
            Some((_, end)) => {
                self.at = usize::MAX;
                self.copied = end;
            }
            None => self.at = usize::MAX,
        }
        Ok(found)
    }

    /// Appends what is behind the last match.
    ///
    /// # Errors
    /// The meter's.
    #[inline]
    pub fn finish(&mut self, meter: &mut Meter, out: &mut Vec<u8>) -> Result<(), MatchError> {
        let src = self.matcher.subject();
        meter.append(out, &src[self.copied..])?;
        self.copied = src.len();
        self.at = usize::MAX;
        Ok(())
    }

    /// The matcher, for its captures.
    #[inline]
    #[must_use]
    pub fn matcher(&self) -> &Matcher<'s, 'p> {
        &self.matcher
    }
}

/// Appends what a capture caught; a position as a number counted from 1.
///
/// # Errors
/// The meter's.
#[inline]
pub fn write_capture(out: &mut Vec<u8>, meter: &mut Meter, src: &[u8], capture: Capture) -> Result<(), Stop> {
    match capture {
        Capture::Substring(start, length) => {
            meter.append(out, src.get(start..start.saturating_add(length)).unwrap_or_default())?;
        }
        Capture::Position(at) => write_number(out, at as f64 + 1.0),
    }
    Ok(())
}

/// Appends the replacement string `repl` for the match `start..end`: `%0` is the match, `%1` to
/// `%9` its captures, `%` and another character that character (a NUL at the very end).
///
/// # Errors
/// A capture that there is not or that was never closed; the meter's.
#[inline]
pub fn write_replacement(
    out: &mut Vec<u8>,
    meter: &mut Meter,
    repl: &[u8],
    matcher: &Matcher<'_, '_>,
    start: usize,
    end: usize,
) -> Result<(), MatchError> {
    let src = matcher.subject();
    let mut rest = repl;
    while let Some(at) = memchr::memchr(b'%', rest) {
        meter.append(out, &rest[..at])?;
        match rest.get(at + 1) {
            Some(b'0') => meter.append(out, src.get(start..end).unwrap_or_default())?,
            Some(digit @ b'1'..=b'9') => {
                let capture = matcher.capture((digit - b'1').into(), start, end)?;
                write_capture(out, meter, src, capture)?;
            }
            Some(&other) => out.push(other),
            // PUC reads on to the NUL that ends the string.
            None => out.push(0),
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    Ok(meter.append(out, rest)?)
}

/// `gsub` with a replacement string, at most `limit` times: appends the result and gives the
/// number of replacements.
///
/// # Errors
/// Those of [`Substitution::next_match`] and [`write_replacement`].
pub fn replace_all(
    out: &mut Vec<u8>,
    meter: &mut Meter,
    src: &[u8],
    pat: &[u8],
    repl: &[u8],
    limit: usize,
) -> Result<usize, MatchError> {
    let mut work = Substitution::new(src, pat);
    let mut count = 0;
    while count < limit {
        let Some((start, end)) = work.next_match(meter, out)? else {
            break;
        };
        write_replacement(out, meter, repl, work.matcher(), start, end)?;
        count += 1;
    }
    work.finish(meter, out)?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gsub(src: &str, pat: &str, repl: &str) -> Result<(String, usize), MatchError> {
        limited(src, pat, repl, usize::MAX)
    }

    fn limited(src: &str, pat: &str, repl: &str, limit: usize) -> Result<(String, usize), MatchError> {
        let mut out = Vec::new();
        let mut meter = Meter::default();
        let (src, pat, repl) = (src.as_bytes(), pat.as_bytes(), repl.as_bytes());
        let count = replace_all(&mut out, &mut meter, src, pat, repl, limit)?;
        Ok((String::from_utf8(out).unwrap(), count))
    }

    #[test]
    fn replacements() {
        let ok = |text: &str, count| Ok((text.to_owned(), count));
        assert_eq!(gsub("hello world", "o", "0"), ok("hell0 w0rld", 2));
        assert_eq!(gsub("abc", "%w*", "x"), ok("xx", 2));
        assert_eq!(gsub("abc", "", "-"), ok("-a-b-c-", 4));
        assert_eq!(gsub("abc def", "(%w+)", "<%1|%0>"), ok("<abc|abc> <def|def>", 2));
        assert_eq!(gsub("abc", "%w", "%%%a%1"), ok("%aa%ab%ac", 3));
        assert_eq!(gsub("abc", "b()", "%1"), ok("a3c", 1));
        assert_eq!(gsub("abc", "b", "%"), ok("a\0c", 1));
        assert_eq!(gsub("aaa", "^a", "x"), ok("xaa", 1));
        assert_eq!(gsub("baa", "^a", "x"), ok("baa", 0));
        assert_eq!(limited("aaa", "a", "x", 2), ok("xxa", 2));
        assert_eq!(limited("aaa", "(", "x", 0), ok("aaa", 0));
        assert_eq!(gsub("abc", "b", "%2"), Err(MatchError::InvalidCaptureIndex));
        assert_eq!(gsub("abc", "(b", "%1"), Err(MatchError::UnfinishedCapture));
    }

    #[test]
    fn matches_go_on_where_they_were() {
        let mut meter = Meter::default();
        let mut at = 0;
        let mut found = Vec::new();
        loop {
            let mut matches = GlobalMatch::new(b"ab cd", b"%a*", at);
            let Some(range) = matches.next_match(&mut meter).unwrap() else {
                break;
            };
            found.push(range);
            at = matches.position();
        }
        assert_eq!(found, [(0, 2), (2, 2), (3, 5), (5, 5)]);
    }
}
