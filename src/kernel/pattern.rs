//! The Lua 5.1 pattern matcher: `match` of PUC's lstrlib.c, with its errors and its quirks.
//!
//! How it is built:
//! - Only an item with a suffix (`*`, `+`, `-`, `?`) has alternatives, so only there does the
//!   matcher recurse; a plain item, a capture's parenthesis, `%b`, `%f` and `%1` go round a loop.
//!   What a failed alternative has to undo is two words: how many captures there are
//!   (`level`) and which of them are open (`open`).
//! - Where the next item is a plain character, alternatives that cannot go on are not tried;
//!   a search skips to where the first item can match.
//! - A set `[...]` is compiled to 256 bits when first met and kept in a small cache.
//!
//! Invariants:
//! - The pattern ends at its first NUL, as in PUC; the subject may hold any byte.
//! - Recursion is bounded by [`MATCH_DEPTH`], work by the caller's [`Meter`]: each item tried
//!   is a unit, and bytes that are looked through cost what bytes cost everywhere.
//! - Positions are below `u32::MAX`; a longer subject is refused.
//! - An optimisation never hides an error that PUC would have raised: it skips a try only if
//!   that try would fail before it reads any further item of the pattern.
#![forbid(unsafe_code)]

use super::class::{self, ByteSet};

use super::meter::{Meter, PIECE};

pub use error::MatchError;

mod engine;
mod error;

/// `LUA_MAXCAPTURES`.
pub const MAX_CAPTURES: usize = 32;

/// How deeply items with suffixes may nest in one match; PUC is bounded by the C stack alone.
pub const MATCH_DEPTH: u32 = 1000;

/// Internal results of the matcher beside an end position.
const FAIL: usize = usize::MAX;
const STOP: usize = usize::MAX - 1;

/// The length of a position capture.
const POSITION: u32 = u32::MAX;

/// What a capture caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// The bytes from a start, so many.
    Substring(usize, usize),
    /// A position, counted from 0; Lua is given one more.
    Position(usize),
}

/// What a match has to begin with.
#[derive(Clone, Copy)]
enum First {
    Unknown,
    Anything,
    Byte(u8),
    Class(u16, bool),
    Set(usize),
}

/// The sets kept compiled.
const CACHED_SETS: usize = 4;

/// A compiled set: where it begins and ends in the pattern, and what it matches.
#[derive(Clone, Copy)]
struct CompiledSet {
    begin: u32,
    end: u32,
    bytes: ByteSet,
}

/// One pattern at work on one subject.
pub struct Matcher<'s, 'p> {
    src: &'s [u8],
    pat: &'p [u8],
    /// Where the pattern begins: behind an anchor.
    begin: usize,
    level: u32,
    /// The captures not closed yet, a bit each; none at or above `level`.
    open: u32,
    depth: u32,
    next_set: u32,
    first: First,
    error: MatchError,
    starts: [u32; MAX_CAPTURES],
    lengths: [u32; MAX_CAPTURES],
    sets: [CompiledSet; CACHED_SETS],
}

/// What `find` finds in some bytes, which are looked through piece by piece and paid for.
#[inline(always)]
fn look_through(
    meter: &mut Meter,
    bytes: &[u8],
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<Option<usize>, MatchError> {
    if bytes.len() > PIECE {
        return look_through_pieces(meter, bytes, find);
    }
    let found = find(bytes);
    meter.charge_bytes(found.unwrap_or(bytes.len()))?;
    Ok(found)
}

#[cold]
#[inline(never)]
fn look_through_pieces(
    meter: &mut Meter,
    bytes: &[u8],
    find: impl Fn(&[u8]) -> Option<usize>,
) -> Result<Option<usize>, MatchError> {
    for (number, piece) in bytes.chunks(PIECE).enumerate() {
        let found = find(piece);
        meter.charge_bytes(found.unwrap_or(piece.len()))?;
        if let Some(at) = found {
            return Ok(Some(number * PIECE + at));
        }
    }
    Ok(None)
}

impl<'s, 'p> Matcher<'s, 'p> {
    /// A matcher for which `^` is a character like any other, as for `gmatch`.
    #[inline]
    #[must_use]
    pub fn new(src: &'s [u8], pat: &'p [u8]) -> Self {
        // Patterns are short: looking for the NUL costs nothing to speak of.
        let pat = match memchr::memchr(0, pat) {
            Some(end) => &pat[..end],
            None => pat,
        };
        Self {
            src,
            pat,
            begin: 0,
            level: 0,
            open: 0,
            depth: MATCH_DEPTH,
            next_set: 0,
            first: First::Unknown,
            error: MatchError::Interrupted,
            starts: [0; MAX_CAPTURES],
            lengths: [0; MAX_CAPTURES],
            sets: [CompiledSet { begin: u32::MAX, end: 0, bytes: ByteSet::EMPTY }; CACHED_SETS],
        }
    }

    /// A matcher that takes a leading `^` for an anchor, as `find`, `match` and `gsub` do.
    #[inline]
    #[must_use]
    pub fn with_anchor(src: &'s [u8], pat: &'p [u8]) -> Self {
        let mut matcher = Self::new(src, pat);
        matcher.begin = usize::from(matcher.pat.first() == Some(&b'^'));
        matcher
    }

    /// Whether the pattern has an anchor.
    #[inline]
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.begin > 0
    }

    /// The subject.
    #[inline]
    #[must_use]
    pub fn subject(&self) -> &'s [u8] {
        self.src
    }

    /// Matches the pattern from its byte `pat_start` on with the subject's bytes from `init`
    /// on; gives the match's end. Starts beyond either end are taken for that end.
    ///
    /// # Errors
    /// Those of a malformed pattern, as far as the match got, and of the limits.
    pub fn match_at(&mut self, meter: &mut Meter, init: usize, pat_start: usize) -> Result<Option<usize>, MatchError> {
        self.check_lengths()?;
        self.try_at(meter, init.min(self.src.len()), pat_start.min(self.pat.len()))
    }

    #[inline(always)]
    fn check_lengths(&self) -> Result<(), MatchError> {
        if self.src.len() >= POSITION as usize || self.pat.len() >= POSITION as usize {
            return Err(MatchError::SubjectTooLong);
        }
        Ok(())
    }

    /// [`Matcher::match_at`] of places that are known to be there.
    #[inline(always)]
    fn try_at(&mut self, meter: &mut Meter, init: usize, pat_start: usize) -> Result<Option<usize>, MatchError> {
        self.level = 0;
        self.open = 0;
        self.depth = MATCH_DEPTH;
        match self.run(meter, init, pat_start) {
            FAIL => Ok(None),
            STOP => Err(self.error),
            end => Ok(Some(end)),
        }
    }

    /// The first match that begins at `from` or later (only at `from`, if there is an anchor):
    /// its start and end.
    ///
    /// # Errors
    /// As for [`Matcher::match_at`].
    #[inline]
    pub fn search(&mut self, meter: &mut Meter, from: usize) -> Result<Option<(usize, usize)>, MatchError> {
        let begin = self.begin;
        if from > self.src.len() {
            return Ok(None);
        }
        self.check_lengths()?;
        if begin > 0 {
            let end = self.try_at(meter, from, begin)?;
            return Ok(end.map(|end| (from, end)));
        }
        let mut at = from;
        while let Some(start) = self.skip(meter, at)? {
            if let Some(end) = self.try_at(meter, start, 0)? {
                return Ok(Some((start, end)));
            }
            if start >= self.src.len() {
                break;
            }
            at = start + 1;
        }
        Ok(None)
    }

    /// The first position from `at` on where a match could begin.
    #[inline]
    fn skip(&mut self, meter: &mut Meter, at: usize) -> Result<Option<usize>, MatchError> {
        if let First::Unknown = self.first {
            // The pattern is looked through for its end.
            meter.charge_bytes(self.pat.len())?;
            self.first = self.find_first(meter);
        }
        let rest = &self.src[at..];
        let skipped = match self.first {
            First::Anything | First::Unknown => Some(0),
            First::Byte(byte) => {
                if rest.first() == Some(&byte) {
                    Some(0)
                } else {
                    look_through(meter, rest, |piece| memchr::memchr(byte, piece))?
                }
            }
            First::Class(mask, not) => {
                look_through(meter, rest, |piece| piece.iter().position(|&b| class::is(b, mask) != not))?
            }
            First::Set(begin) => {
                let Ok((set, _)) = self.set_at(meter, begin) else { return Ok(None) };
                let bytes = &self.sets[set].bytes;
                look_through(meter, rest, |piece| piece.iter().position(|&b| bytes.has(b)))?
            }
        };
        Ok(skipped.map(|skipped| at + skipped))
    }

    /// Finds out what a match has to begin with, looking through opening captures.
    #[inline(never)]
    fn find_first(&mut self, meter: &mut Meter) -> First {
        let mut p = self.begin;
        for _ in 0..MAX_CAPTURES {
            if self.byte(p) != b'(' {
                break;
            }
            p += if self.byte(p + 1) == b')' { 2 } else { 1 };
        }
        let (first, end) = match self.byte(p) {
            0 | b'(' | b')' | b'.' => return First::Anything,
            b'$' if p + 1 == self.pat.len() => return First::Anything,
            b'%' => match self.byte(p + 1) {
                0 | b'f' | b'0'..=b'9' => return First::Anything,
                b'b' if p + 3 < self.pat.len() => return First::Byte(self.byte(p + 2)),
                b'b' => return First::Anything,
                letter => match class::of_letter(letter) {
                    Some((mask, not)) => (First::Class(mask, not), p + 2),
                    None => (First::Byte(letter), p + 2),
                },
            },
            b'[' => match self.set_at(meter, p) {
                Ok((_, end)) => (First::Set(p), end),
                Err(_) => return First::Anything,
            },
            byte => (First::Byte(byte), p + 1),
        };
        match self.byte(end) {
            b'*' | b'?' | b'-' => First::Anything,
            _ => first,
        }
    }

    /// How many values a match gives: its captures, or else the whole match.
    #[inline]
    #[must_use]
    pub fn capture_count(&self) -> usize {
        self.level.max(1) as usize
    }

    /// How many captures the match has.
    #[inline]
    #[must_use]
    pub fn level(&self) -> usize {
        self.level as usize
    }

    /// Capture `index`, counted from 0; without captures, capture 0 is the whole match, which
    /// is `start..end`.
    ///
    /// # Errors
    /// There is no such capture, or it was never closed.
    #[inline]
    pub fn capture(&self, index: usize, start: usize, end: usize) -> Result<Capture, MatchError> {
        if index >= self.level as usize {
            return if index == 0 {
                Ok(Capture::Substring(start, end.saturating_sub(start)))
            } else {
                Err(MatchError::InvalidCaptureIndex)
            };
        }
        if self.open >> index & 1 == 1 {
            return Err(MatchError::UnfinishedCapture);
        }
        let start = self.starts[index] as usize;
        Ok(match self.lengths[index] {
            POSITION => Capture::Position(start),
            length => Capture::Substring(start, length as usize),
        })
    }

    #[cold]
    fn stop(&mut self, error: MatchError) -> usize {
        self.error = error;
        STOP
    }

    /// The pattern's byte, or the NUL behind it.
    #[inline]
    fn byte(&self, p: usize) -> u8 {
        match self.pat.get(p) {
            Some(&byte) => byte,
            None => 0,
        }
    }
}

/// Whether `pat` has a character that is special in patterns; one without can be looked for
/// as it is. As in PUC only what is before the first NUL is looked at.
///
/// # Errors
/// The meter's.
#[inline]
pub fn has_specials(meter: &mut Meter, pat: &[u8]) -> Result<bool, MatchError> {
    let mut rest = pat;
    loop {
        let (piece, more) = rest.split_at(rest.len().min(PIECE));
        meter.charge_bytes(piece.len())?;
        for &byte in piece {
            match byte {
                0 => return Ok(false),
                b'^' | b'$' | b'*' | b'+' | b'?' | b'.' | b'(' | b'[' | b'%' | b'-' => return Ok(true),
                _ => {}
            }
        }
        if more.is_empty() {
            return Ok(false);
        }
        rest = more;
    }
}

/// Where `needle` stands in `hay` from `init` on; an empty one stands at `init`. `None` also if
/// `init` is beyond the end.
///
/// # Errors
/// The meter's.
#[inline]
pub fn find_plain(meter: &mut Meter, hay: &[u8], needle: &[u8], init: usize) -> Result<Option<usize>, MatchError> {
    let Some(rest) = hay.get(init..) else { return Ok(None) };
    let at = match needle {
        [] => Some(0),
        [byte] => look_through(meter, rest, |piece| memchr::memchr(*byte, piece))?,
        _ if needle.len() > rest.len() => None,
        // Setting up the searcher costs more than looking through a short text.
        [first, tail @ ..] if rest.len() <= 64 => {
            let mut found = None;
            let last = rest.len() - needle.len();
            let mut at = 0;
            while let Some(next) = memchr::memchr(*first, &rest[at..=last]) {
                at += next;
                if &rest[at + 1..at + needle.len()] == tail {
                    found = Some(at);
                    break;
                }
                at += 1;
                if at > last {
                    break;
                }
            }
            found
        }
        _ => find_long(meter, rest, needle)?,
    };
    Ok(at.map(|at| init + at))
}

/// The longest text a searcher is set up for at once: that is work nobody can interrupt.
const MAX_HEAD: usize = 8 * PIECE;

/// [`find_plain`] of a text that is not longer than `rest`: where its head is found, the tail is compared.
fn find_long(meter: &mut Meter, rest: &[u8], needle: &[u8]) -> Result<Option<usize>, MatchError> {
    let (head, tail) = needle.split_at(needle.len().min(MAX_HEAD));
    meter.charge_bytes(head.len())?;
    let finder = memchr::memmem::Finder::new(head);
    let window = PIECE.max(2 * head.len());
    let last = rest.len() - needle.len();
    let mut at = 0;
    while at <= last {
        let end = (at + window).min(last + head.len());
        let found = finder.find(&rest[at..end]);
        meter.charge_bytes(found.unwrap_or(end - at))?;
        let Some(skipped) = found else {
            at = end - head.len() + 1;
            continue;
        };
        let start = at + skipped;
        if meter.same(&rest[start + head.len()..start + needle.len()], tail)? {
            return Ok(Some(start));
        }
        at = start + 1;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::meter::Stop;

    type Found = Result<Option<(usize, usize)>, MatchError>;

    fn find(src: &[u8], pat: &[u8]) -> Found {
        Matcher::with_anchor(src, pat).search(&mut Meter::default(), 0)
    }

    fn special(pat: &[u8]) -> bool {
        has_specials(&mut Meter::default(), pat).expect("no limit")
    }

    fn plain(hay: &[u8], needle: &[u8], init: usize) -> Option<usize> {
        find_plain(&mut Meter::default(), hay, needle, init).expect("no limit")
    }

    fn captures(src: &str, pat: &str) -> Vec<Capture> {
        let mut matcher = Matcher::with_anchor(src.as_bytes(), pat.as_bytes());
        let (start, end) = matcher.search(&mut Meter::default(), 0).unwrap().unwrap();
        (0..matcher.capture_count()).map(|index| matcher.capture(index, start, end).unwrap()).collect()
    }

    #[test]
    fn items() {
        for (src, pat, range) in [
            ("hello", "l+", Some((2, 4))),
            ("hello", "^l", None),
            ("hello", "o$", Some((4, 5))),
            ("a$b", "$b", Some((1, 3))),
            ("a^b", "a^", Some((0, 2))),
            ("aaab", "a-b", Some((0, 4))),
            ("aaab", "a-", Some((0, 0))),
            ("aaab", "a*", Some((0, 3))),
            ("aaa", "a?a?a?a", Some((0, 3))),
            ("f(a(b)c)d", "%b()", Some((1, 8))),
            ("THE (quick) fox", "%f[%a]%a+%f[%A]", Some((0, 3))),
            ("foo.bar", "%.", Some((3, 4))),
            ("x]y", "[]]", Some((1, 2))),
            ("x-y", "[a-]", Some((1, 2))),
            ("x\u{1}", "%c", Some((1, 2))),
            ("abcabc", "(abc)%1", Some((0, 6))),
            ("key = value", "^(%w+)%s*=%s*(%w+)$", Some((0, 11))),
            ("a**b", "a**", Some((0, 2))),
            ("", "", Some((0, 0))),
            ("", "^$", Some((0, 0))),
            ("abc", "b*$", Some((3, 3))),
        ] {
            assert_eq!(find(src.as_bytes(), pat.as_bytes()), Ok(range), "{src} {pat}");
        }
    }

    #[test]
    fn nul_ends_the_pattern_but_not_the_subject() {
        assert_eq!(find(b"a\0b", b"%z"), Ok(Some((1, 2))));
        assert_eq!(find(b"a\0b", b"a\0c"), Ok(Some((0, 1))));
        assert_eq!(find(b"a\0b", b"[^a]"), Ok(Some((1, 2))));
        assert_eq!(find(b"a\0b", b"[\0]"), Err(MatchError::MissingBracket));
        assert_eq!(find(b"a\0b", b"%\0"), Err(MatchError::EndsWithEscape));
    }

    #[test]
    fn what_is_captured() {
        assert_eq!(captures("hello world", "(l+)o()"), [Capture::Substring(2, 2), Capture::Position(5)]);
        assert_eq!(
            captures("abc", "((a)(b)c)"),
            [Capture::Substring(0, 3), Capture::Substring(0, 1), Capture::Substring(1, 1)]
        );
        assert_eq!(captures("abc", "b"), [Capture::Substring(1, 1)]);
    }

    #[test]
    fn errors_are_pucs() {
        for (pat, error) in [
            ("%", MatchError::EndsWithEscape),
            ("[a", MatchError::MissingBracket),
            ("[]", MatchError::MissingBracket),
            ("[^]", MatchError::MissingBracket),
            ("[a%", MatchError::MissingBracket),
            ("%b", MatchError::Unbalanced),
            ("%b(", MatchError::Unbalanced),
            ("%f", MatchError::FrontierWithoutSet),
            (")", MatchError::InvalidCapture),
            (".-)a", MatchError::InvalidCapture),
            ("%1", MatchError::InvalidCaptureIndex),
            ("(%1)", MatchError::InvalidCaptureIndex),
            ("%0", MatchError::InvalidCaptureIndex),
        ] {
            assert_eq!(find(b"abc", pat.as_bytes()), Err(error), "{pat}");
        }
        assert_eq!(find(b"a", "()".repeat(33).as_bytes()), Err(MatchError::TooManyCaptures));
        assert_eq!(find(b"a", "()".repeat(32).as_bytes()), Ok(Some((0, 0))));
        // Only what is reached is an error.
        assert_eq!(find(b"abc", b"x%"), Ok(None));
    }

    #[test]
    fn depth_is_limited() {
        let depth = MATCH_DEPTH as usize;
        let src = "a".repeat(2 * depth);
        let find = |items: &str, count: usize| find(src.as_bytes(), items.repeat(count).as_bytes());
        assert_eq!(find("a", depth + 1), Ok(Some((0, depth + 1))));
        assert_eq!(find("a?", depth), Ok(Some((0, depth))));
        assert_eq!(find("a?", depth + 1), Err(MatchError::TooComplex));
    }

    #[test]
    fn work_is_limited() {
        let src = "a".repeat(60);
        let pat = "a*".repeat(30) + "b";
        let mut matcher = Matcher::new(src.as_bytes(), pat.as_bytes());
        let mut meter = Meter::with_fuel(100_000);
        assert_eq!(matcher.search(&mut meter, 0), Err(MatchError::Interrupted));
        assert_eq!((meter.fuel(), meter.stopped()), (Some(0), Some(Stop::Fuel)));
    }

    #[test]
    fn plain_text() {
        assert!(special(b"a.b"));
        assert!(!special(b"ab]"));
        assert!(!special(b"a\0."));
        let long = [b"x".repeat(100), b"needle".to_vec()].concat();
        assert_eq!(plain(&long, b"needle", 0), Some(100));
        assert_eq!(plain(&long, b"needles", 0), None);
        assert_eq!(plain(b"abcabc", b"bc", 2), Some(4));
        assert_eq!(plain(b"ababc", b"abc", 0), Some(2));
        assert_eq!(plain(b"abc", b"cd", 0), None);
        assert_eq!(plain(b"abc", b"", 3), Some(3));
        assert_eq!(plain(b"abc", b"", 4), None);
    }
}
