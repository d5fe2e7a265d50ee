//! The engine of the matcher: what `match` and its helpers are in lstrlib.c.
//!
//! Invariants:
//! - A position in the subject is `<= src.len()`; [`FAIL`] and [`STOP`] stand above all of them.
//! - Who tries an alternative ([`Matcher::attempt`]) restores `level` and `open` if it fails. That
//!   undoes everything: a capture's start and length are only read below `level`, a closed
//!   one's length is never changed, and one that was open again has no length yet.
//! - [`Single::Set`] is an index into a cache: good until the next set is looked up.
#![forbid(unsafe_code)]

use super::{
    ByteSet, CACHED_SETS, CompiledSet, FAIL, MAX_CAPTURES, MatchError, Matcher, Meter, PIECE, POSITION, STOP, class,
    look_through,
};
use crate::host_stack::{OutOfStack, with_room};

/// How many alternatives inside one another go without asking for room on the host's stack.
const LEVELS_PER_CHECK: u32 = 32;

/// An item that matches one byte.
#[derive(Clone, Copy)]
enum Single {
    Any,
    Byte(u8),
    /// A class and whether it is the complement.
    Class(u16, bool),
    /// An index into the cache of sets.
    Set(usize),
}

impl Matcher<'_, '_> {
    /// `match`: the end of what the pattern from `p` matches at `s`, or `FAIL` or `STOP`.
    pub(super) fn run(&mut self, meter: &mut Meter, mut s: usize, mut p: usize) -> usize {
        loop {
            if let Err(stop) = meter.charge(1) {
                return self.stop(stop.into());
            }
            let (item, end) = match self.byte(p) {
                0 => return s,
                b'(' => {
                    let position = self.byte(p + 1) == b')';
                    let level = self.level as usize;
                    if level >= MAX_CAPTURES {
                        return self.stop(MatchError::TooManyCaptures);
                    }
                    self.starts[level] = s as u32;
                    self.lengths[level] = POSITION;
                    self.open |= u32::from(!position) << level;
                    self.level += 1;
                    p += 1 + usize::from(position);
                    continue;
                }
                b')' => {
                    let Some(last) = self.open.checked_ilog2() else {
                        return self.stop(MatchError::InvalidCapture);
                    };
                    self.open &= !(1 << last);
                    let last = last as usize;
                    self.lengths[last] = (s as u32).wrapping_sub(self.starts[last]);
                    p += 1;
                    continue;
                }
                b'$' if p + 1 == self.pat.len() => {
                    return if s == self.src.len() { s } else { FAIL };
                }
                b'%' => match self.byte(p + 1) {
                    0 => return self.stop(MatchError::EndsWithEscape),
                    b'b' => {
                        s = self.balance(meter, s, p + 2);
                        if s >= STOP {
                            return s;
                        }
                        p += 4;
                        continue;
                    }
                    b'f' => {
                        p += 2;
                        if self.byte(p) != b'[' {
                            return self.stop(MatchError::FrontierWithoutSet);
                        }
                        let (set, end) = match self.set_at(meter, p) {
                            Ok(found) => found,
                            Err(error) => return self.stop(error),
                        };
                        let before = s.checked_sub(1).map_or(0, |at| self.src[at]);
                        let after = self.src.get(s).copied().unwrap_or(0);
                        let bytes = &self.sets[set].bytes;
                        if bytes.has(before) || !bytes.has(after) {
                            return FAIL;
                        }
                        p = end;
                        continue;
                    }
                    digit @ b'0'..=b'9' => {
                        s = self.back_reference(meter, s, digit);
                        if s >= STOP {
                            return s;
                        }
                        p += 2;
                        continue;
                    }
                    letter => match class::of_letter(letter) {
                        Some((mask, not)) => (Single::Class(mask, not), p + 2),
                        None => (Single::Byte(letter), p + 2),
                    },
                },
                b'[' => match self.set_at(meter, p) {
                    Ok((set, end)) => (Single::Set(set), end),
                    Err(error) => return self.stop(error),
                },
                b'.' => (Single::Any, p + 1),
                byte => (Single::Byte(byte), p + 1),
            };
            match self.byte(end) {
                b'?' => {
                    if self.matches(item, s) {
                        let end = self.attempt(meter, s + 1, end + 1);
                        if end != FAIL {
                            return end;
                        }
                    }
                    p = end + 1;
                }
                suffix @ (b'*' | b'+') => {
                    let count = match self.run_length(meter, item, s) {
                        Ok(count) => count,
                        Err(error) => return self.stop(error),
                    };
                    let least = usize::from(suffix == b'+');
                    if count < least {
                        return FAIL;
                    }
                    p = end + 1;
                    // The shortest way is tried by going round the loop.
                    let found = self.expand(meter, s + least, s + count, p);
                    if found != FAIL {
                        return found;
                    }
                    s += least;
                }
                b'-' => {
                    let found = self.shrink(meter, &mut s, p, item, end + 1);
                    if found != FAIL || s > self.src.len() {
                        return found;
                    }
                    p = end + 1;
                }
                _ => {
                    if !self.matches(item, s) {
                        return FAIL;
                    }
                    s += 1;
                    p = end;
                }
            }
        }
    }

    /// Runs one of several alternatives: a failure leaves no trace.
    #[inline]
    fn attempt(&mut self, meter: &mut Meter, s: usize, p: usize) -> usize {
        if self.depth.is_multiple_of(LEVELS_PER_CHECK) {
            return self.attempt_with_room(meter, s, p);
        }
        self.attempt_here(meter, s, p)
    }

    #[cold]
    #[inline(never)]
    fn attempt_with_room(&mut self, meter: &mut Meter, s: usize, p: usize) -> usize {
        if self.depth == 0 {
            return self.stop(MatchError::TooComplex);
        }
        match with_room(|| self.attempt_here(meter, s, p)) {
            Ok(end) => end,
            Err(OutOfStack) => self.stop(MatchError::TooComplex),
        }
    }

    #[inline]
    fn attempt_here(&mut self, meter: &mut Meter, s: usize, p: usize) -> usize {
        let (level, open) = (self.level, self.open);
        self.depth -= 1;
        let end = self.run(meter, s, p);
        self.depth += 1;
        if end == FAIL {
            self.level = level;
            self.open = open;
        }
        end
    }

    /// The byte that must stand where the pattern goes on at `p`, if that is plain to see.
    #[inline]
    fn literal_at(&self, mut p: usize) -> Option<u8> {
        // Behind a `)` only if that closes a capture, else it is an error to come to.
        if self.byte(p) == b')' && self.open != 0 {
            p += 1;
        }
        let byte = self.byte(p);
        let end = match byte {
            0 | b'(' | b')' | b'[' | b'.' | b'$' => return None,
            b'%' => {
                let escaped = self.byte(p + 1);
                if escaped == 0 || escaped.is_ascii_alphanumeric() {
                    return None;
                }
                p + 2
            }
            _ => p + 1,
        };
        match self.byte(end) {
            b'*' | b'?' | b'-' => None,
            _ => Some(self.byte(end - 1)),
        }
    }

    /// `max_expand`: tries the rest of the pattern at `most`, then before, but not at `least`,
    /// where the caller's loop goes on.
    #[inline]
    fn expand(&mut self, meter: &mut Meter, least: usize, most: usize, p: usize) -> usize {
        if most == least {
            return FAIL;
        }
        match self.byte(p) {
            0 => return most,
            // Nothing shorter can reach the end.
            b'$' if p + 1 == self.pat.len() => {
                return if most == self.src.len() { most } else { FAIL };
            }
            _ => {}
        }
        let literal = self.literal_at(p);
        let mut at = most;
        while at > least {
            if let Some(byte) = literal
                && self.src.get(at) != Some(&byte)
            {
                // The end of the subject holds no byte, so only what is before it is looked
                // through.
                let from = (least + 1).max(at.saturating_sub(PIECE));
                let found = memchr::memrchr(byte, &self.src[from..at]);
                // Where a piece begins nothing was found, so that place cannot be the byte's.
                let next = found.map_or(from - 1, |found| from + found);
                if let Err(stop) = meter.charge_bytes(at - next) {
                    return self.stop(stop.into());
                }
                at = next;
                continue;
            }
            let end = self.attempt(meter, at, p);
            if end != FAIL {
                return end;
            }
            at -= 1;
        }
        FAIL
    }

    /// `min_expand` of the item at `item_at`: tries the rest of the pattern at `s`, then after.
    /// If the rest can be matched in the caller's loop, because no longer way is left, `s` is
    /// moved there and the result is `FAIL`; if nothing is left at all, `s` is beyond the end.
    #[inline]
    fn shrink(&mut self, meter: &mut Meter, s: &mut usize, item_at: usize, item: Single, p: usize) -> usize {
        let mut item = item;
        let literal = self.literal_at(p);
        loop {
            if let Some(byte) = literal {
                match self.next_literal(meter, item, *s, byte) {
                    Ok(Some(at)) => *s = at,
                    Ok(None) => {
                        *s = usize::MAX;
                        return FAIL;
                    }
                    Err(error) => return self.stop(error),
                }
            }
            if !self.matches(item, *s) {
                return FAIL;
            }
            let end = self.attempt(meter, *s, p);
            if end != FAIL {
                return end;
            }
            *s += 1;
            // What was tried may have taken the set's place in the cache.
            if let Single::Set(_) = item {
                match self.set_at(meter, item_at) {
                    Ok((set, _)) => item = Single::Set(set),
                    Err(error) => return self.stop(error),
                }
            }
        }
    }

    /// Where from `s` on `byte` stands with nothing before it but what `item` matches.
    #[inline]
    fn next_literal(&self, meter: &mut Meter, item: Single, s: usize, byte: u8) -> Result<Option<usize>, MatchError> {
        let rest = &self.src[s..];
        if let Single::Any = item {
            let found = look_through(meter, rest, |piece| memchr::memchr(byte, piece))?;
            return Ok(found.map(|at| s + at));
        }
        let end =
            look_through(meter, rest, |piece| piece.iter().position(|&found| found == byte || !self.has(item, found)))?;
        Ok(end.filter(|&at| rest[at] == byte).map(|at| s + at))
    }

    #[inline]
    fn has(&self, item: Single, byte: u8) -> bool {
        match item {
            Single::Any => true,
            Single::Byte(wanted) => wanted == byte,
            Single::Class(mask, not) => class::is(byte, mask) != not,
            Single::Set(set) => self.sets[set].bytes.has(byte),
        }
    }

    #[inline]
    fn matches(&self, item: Single, s: usize) -> bool {
        match self.src.get(s) {
            Some(&byte) => self.has(item, byte),
            None => false,
        }
    }

    /// How many bytes from `s` on the item matches.
    #[inline]
    fn run_length(&self, meter: &mut Meter, item: Single, s: usize) -> Result<usize, MatchError> {
        let rest = &self.src[s..];
        let end = match item {
            Single::Any => None,
            Single::Byte(wanted) => look_through(meter, rest, |piece| piece.iter().position(|&b| b != wanted))?,
            Single::Class(mask, not) => {
                look_through(meter, rest, |piece| piece.iter().position(|&b| class::is(b, mask) == not))?
            }
            Single::Set(set) => {
                let bytes = &self.sets[set].bytes;
                look_through(meter, rest, |piece| piece.iter().position(|&b| !bytes.has(b)))?
            }
        };
        Ok(end.unwrap_or(rest.len()))
    }

    /// The set that begins at `begin`: its place in the cache and where it ends.
    #[inline]
    pub(super) fn set_at(&mut self, meter: &mut Meter, begin: usize) -> Result<(usize, usize), MatchError> {
        for (at, set) in self.sets.iter().enumerate() {
            if set.begin as usize == begin {
                return Ok((at, set.end as usize));
            }
        }
        self.compile_set(meter, begin)
    }

    #[inline(never)]
    fn compile_set(&mut self, meter: &mut Meter, begin: usize) -> Result<(usize, usize), MatchError> {
        let end = set_end(meter, self.pat, begin)?;
        let bytes = ByteSet::compile(meter, &self.pat[begin + 1..end])?;
        let at = self.next_set as usize % CACHED_SETS;
        self.next_set = self.next_set.wrapping_add(1);
        self.sets[at] = CompiledSet { begin: begin as u32, end: end as u32, bytes };
        Ok((at, end))
    }

    /// `%b`, whose two characters stand at `p`.
    fn balance(&mut self, meter: &mut Meter, s: usize, p: usize) -> usize {
        let (opening, closing) = (self.byte(p), self.byte(p + 1));
        if opening == 0 || closing == 0 {
            return self.stop(MatchError::Unbalanced);
        }
        if self.src.get(s) != Some(&opening) {
            return FAIL;
        }
        let mut depth = 1_usize;
        let mut before = s + 1;
        while before < self.src.len() {
            let piece = &self.src[before..self.src.len().min(before + PIECE)];
            let mut end = None;
            for at in memchr::memchr2_iter(opening, closing, piece) {
                if piece[at] != closing {
                    depth += 1;
                    continue;
                }
                depth -= 1;
                if depth == 0 {
                    end = Some(at);
                    break;
                }
            }
            if let Err(stop) = meter.charge_bytes(end.unwrap_or(piece.len())) {
                return self.stop(stop.into());
            }
            if let Some(at) = end {
                return before + at + 1;
            }
            before += piece.len();
        }
        FAIL
    }

    /// `%1` and the like.
    fn back_reference(&mut self, meter: &mut Meter, s: usize, digit: u8) -> usize {
        let index = u32::from(digit).wrapping_sub(u32::from(b'1'));
        if index >= self.level || self.open >> index & 1 == 1 {
            return self.stop(MatchError::InvalidCaptureIndex);
        }
        let (start, length) = (self.starts[index as usize], self.lengths[index as usize]);
        if length == POSITION {
            return FAIL;
        }
        let (start, length) = (start as usize, length as usize);
        let (Some(caught), Some(here)) = (self.src.get(start..start + length), self.src.get(s..s + length)) else {
            return FAIL;
        };
        for (caught, here) in caught.chunks(PIECE).zip(here.chunks(PIECE)) {
            if let Err(stop) = meter.charge_bytes(caught.len()) {
                return self.stop(stop.into());
            }
            if caught != here {
                return FAIL;
            }
        }
        s + length
    }
}

/// Where the set that begins at `begin` ends, behind its `]`. Who compiles it pays.
fn set_end(meter: &mut Meter, pat: &[u8], begin: usize) -> Result<usize, MatchError> {
    let mut p = begin + 1;
    if pat.get(p) == Some(&b'^') {
        p += 1;
    }
    let mut seen = p + PIECE;
    loop {
        // The first character is never the closing bracket.
        let byte = *pat.get(p).ok_or(MatchError::MissingBracket)?;
        p += 1;
        if byte == b'%' && p < pat.len() {
            p += 1;
        }
        if pat.get(p) == Some(&b']') {
            return Ok(p + 1);
        }
        if p >= seen {
            meter.look()?;
            seen += PIECE;
        }
    }
}
