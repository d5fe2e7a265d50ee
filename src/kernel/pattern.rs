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
//! - Recursion is bounded by [`MATCH_DEPTH`], work by the caller's [`Budget`]: each item
//!   tried costs a step, and scanning costs a step for every 16 bytes or so.
//! - Positions are below `u32::MAX`; a longer subject is refused.
//! - An optimisation never hides an error that PUC would have raised: it skips a try only if
//!   that try would fail before it reads any further item of the pattern.
#![forbid(unsafe_code)]

use super::class::{self, ByteSet};

pub use super::budget::{Budget, BudgetHook, MatchError};

mod engine;

/// `LUA_MAXCAPTURES`.
pub const MAX_CAPTURES: usize = 32;

/// How deeply items with suffixes may nest in one match; PUC is bounded by the C stack alone.
pub const MATCH_DEPTH: u32 = 1000;

/// The bytes scanned for one step.
const SCAN_PER_STEP: usize = 16;

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
    pub fn match_at(
        &mut self,
        budget: &mut Budget<'_>,
        init: usize,
        pat_start: usize,
    ) -> Result<Option<usize>, MatchError> {
        if self.src.len() >= POSITION as usize || self.pat.len() >= POSITION as usize {
            return Err(MatchError::SubjectTooLong);
        }
        self.level = 0;
        self.open = 0;
        self.depth = MATCH_DEPTH;
        let init = init.min(self.src.len());
        match self.run(budget, init, pat_start.min(self.pat.len())) {
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
    pub fn search(&mut self, budget: &mut Budget<'_>, from: usize) -> Result<Option<(usize, usize)>, MatchError> {
        let begin = self.begin;
        if from > self.src.len() {
            return Ok(None);
        }
        if begin > 0 {
            let end = self.match_at(budget, from, begin)?;
            return Ok(end.map(|end| (from, end)));
        }
        let mut at = from;
        while let Some(start) = self.skip(at) {
            // What the match itself costs is charged there.
            let scanned = (start - at) / SCAN_PER_STEP;
            if scanned > 0 {
                budget.charge(scanned)?;
            }
            if let Some(end) = self.match_at(budget, start, 0)? {
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
    fn skip(&mut self, at: usize) -> Option<usize> {
        if let First::Unknown = self.first {
            self.first = self.find_first();
        }
        let rest = &self.src[at..];
        let skipped = match self.first {
            First::Anything | First::Unknown => Some(0),
            First::Byte(byte) => {
                if rest.first() == Some(&byte) {
                    Some(0)
                } else {
                    memchr::memchr(byte, rest)
                }
            }
            First::Class(mask, not) => rest.iter().position(|&b| class::is(b, mask) != not),
            First::Set(begin) => {
                let (set, _) = self.set_at(begin).ok()?;
                let bytes = &self.sets[set].bytes;
                rest.iter().position(|&b| bytes.has(b))
            }
        };
        skipped.map(|skipped| at + skipped)
    }

    /// Finds out what a match has to begin with, looking through opening captures.
    #[inline(never)]
    fn find_first(&mut self) -> First {
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
            b'[' => match self.set_at(p) {
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
#[inline]
#[must_use]
pub fn has_specials(pat: &[u8]) -> bool {
    for &byte in pat {
        match byte {
            0 => return false,
            b'^' | b'$' | b'*' | b'+' | b'?' | b'.' | b'(' | b'[' | b'%' | b'-' => return true,
            _ => {}
        }
    }
    false
}

/// Where `needle` stands in `hay` from `init` on; an empty one stands at `init`. `None` also if
/// `init` is beyond the end.
#[inline]
#[must_use]
pub fn find_plain(hay: &[u8], needle: &[u8], init: usize) -> Option<usize> {
    let rest = hay.get(init..)?;
    let at = match needle {
        [] => Some(0),
        [byte] => memchr::memchr(*byte, rest),
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
        _ => memchr::memmem::find(rest, needle),
    };
    at.map(|at| init + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Result<Option<(usize, usize)>, MatchError>;

    fn find(src: &[u8], pat: &[u8]) -> Found {
        Matcher::with_anchor(src, pat).search(&mut Budget::unlimited(), 0)
    }

    fn captures(src: &str, pat: &str) -> Vec<Capture> {
        let mut matcher = Matcher::with_anchor(src.as_bytes(), pat.as_bytes());
        let (start, end) = matcher.search(&mut Budget::unlimited(), 0).unwrap().unwrap();
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
        let mut budget = Budget::limited(100_000);
        assert_eq!(matcher.search(&mut budget, 0), Err(MatchError::Interrupted));
        let mut calls = 0;
        let mut steps = 0;
        let mut hook = |used| {
            calls += 1;
            steps += used;
            if calls < 5 { Ok(()) } else { Err(MatchError::Interrupted) }
        };
        let mut budget = Budget::with_hook(1000, &mut hook);
        assert_eq!(matcher.search(&mut budget, 0), Err(MatchError::Interrupted));
        assert_eq!(calls, 5);
        assert!((5000..10_000).contains(&steps));
    }

    #[test]
    fn plain_text() {
        assert!(has_specials(b"a.b"));
        assert!(!has_specials(b"ab]"));
        assert!(!has_specials(b"a\0."));
        let long = [b"x".repeat(100), b"needle".to_vec()].concat();
        assert_eq!(find_plain(&long, b"needle", 0), Some(100));
        assert_eq!(find_plain(&long, b"needles", 0), None);
        assert_eq!(find_plain(b"abcabc", b"bc", 2), Some(4));
        assert_eq!(find_plain(b"ababc", b"abc", 0), Some(2));
        assert_eq!(find_plain(b"abc", b"cd", 0), None);
        assert_eq!(find_plain(b"abc", b"", 3), Some(3));
        assert_eq!(find_plain(b"abc", b"", 4), None);
    }
}
