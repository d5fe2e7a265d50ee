//! `find`, `match`, `gmatch` and `gsub` (§5.4): bindings of the kernel's matcher.
//!
//! A matcher works on the stack's own bytes and pays the machine's meter. Only where Lua has to run between two matches, or
//! memory has to be asked for, are subject and pattern copied.
#![forbid(unsafe_code)]

use super::Room;
use crate::kernel::memory::reserve;
use crate::kernel::meter::{Meter, PIECE};
use crate::kernel::number::MAX_NUMBER;
use crate::kernel::pattern::{Capture, MAX_CAPTURES, MatchError, Matcher, find_plain, has_specials};
use crate::kernel::replace::{Substitution, write_replacement};
use crate::kernel::text::relative;
use crate::vm::{Ctx, NativeResult, Throw, Type};

/// Captures kept without an allocation.
const INLINE: usize = 4;

/// Where a match and its captures are.
struct Found {
    start: usize,
    end: usize,
    /// How many captures there are; none stand for the whole match.
    level: usize,
    first: [Capture; INLINE],
    rest: Vec<Capture>,
}

impl Found {
    /// Nothing yet: the matches of one call are taken into the same place.
    #[inline]
    fn new() -> Self {
        Found { start: 0, end: 0, level: 0, first: [Capture::Position(0); INLINE], rest: Vec::new() }
    }

    /// Takes a match and the first `wanted` of its captures from its matcher; says whether there is a match.
    #[inline]
    fn take(
        &mut self,
        matcher: &Matcher<'_, '_>,
        range: Option<(usize, usize)>,
        wanted: usize,
    ) -> Result<bool, MatchError> {
        let Some((start, end)) = range else {
            return Ok(false);
        };
        (self.start, self.end) = (start, end);
        self.level = matcher.level().min(wanted);
        self.rest.clear();
        for index in 0..self.level {
            let capture = matcher.capture(index, start, end)?;
            match self.first.get_mut(index) {
                Some(slot) => *slot = capture,
                None => self.rest.push(capture),
            }
        }
        Ok(true)
    }

    /// Pushes the captures of a match in the string at `subject`; returns their number.
    #[inline]
    fn push_captures(&self, ctx: &mut Ctx<'_>, subject: usize) -> Result<usize, Throw> {
        ctx.reserve(self.level, "too many captures")?;
        for &capture in self.first.iter().take(self.level).chain(&self.rest) {
            match capture {
                Capture::Substring(start, len) => ctx.push_part(subject, start..start + len)?,
                Capture::Position(at) => ctx.push_number((at + 1) as f64)?,
            }
        }
        Ok(self.level)
    }

    /// Like [`Found::push_captures`], with the whole match for no captures.
    #[inline]
    fn push_values(&self, ctx: &mut Ctx<'_>, subject: usize) -> Result<usize, Throw> {
        if self.level > 0 {
            return self.push_captures(ctx, subject);
        }
        ctx.push_part(subject, self.start..self.end)?;
        Ok(1)
    }
}

/// What a match that failed throws.
#[cold]
fn match_error(ctx: &mut Ctx<'_>, error: MatchError) -> Throw {
    match error {
        MatchError::Interrupted => Throw::Stop,
        error => ctx.error(error.message()),
    }
}

/// Runs `work` on the strings at positions `subject` and `pattern`. It gets no machine and so cannot change either.
#[inline]
fn with_strings<R>(
    ctx: &mut Ctx<'_>,
    subject: usize,
    pattern: usize,
    work: impl FnOnce(&[u8], &[u8], &mut Meter) -> Result<R, MatchError>,
) -> Result<R, Throw> {
    let ([src, pat], meter) = ctx.bytes_and_meter([subject, pattern]);
    work(src, pat, meter).map_err(|error| match_error(ctx, error))
}

/// §5.4 `string.find (s, pattern [, init [, plain]])`.
pub(super) fn find(ctx: &mut Ctx<'_>) -> NativeResult {
    let init = check_search(ctx)?;
    let plain = ctx.to_boolean(4);
    let found = with_strings(ctx, 1, 2, |src, pat, meter| {
        if !plain && has_specials(meter, pat)? {
            return Ok(None);
        }
        Ok(Some(find_plain(meter, src, pat, init)?.map(|start| (start, start + pat.len()))))
    })?;
    match found {
        Some(Some((start, end))) => return push_range(ctx, start, end),
        Some(None) => return push_failure(ctx),
        None => {}
    }
    let mut found = Found::new();
    if !search(ctx, init, &mut found)? {
        return push_failure(ctx);
    }
    push_range(ctx, found.start, found.end)?;
    Ok(2 + found.push_captures(ctx, 1)?)
}

/// §5.4 `string.match (s, pattern [, init])`.
pub(super) fn match_(ctx: &mut Ctx<'_>) -> NativeResult {
    let init = check_search(ctx)?;
    let mut found = Found::new();
    if !search(ctx, init, &mut found)? {
        return push_failure(ctx);
    }
    found.push_values(ctx, 1)
}

/// Checks the arguments of `find` and `match`; returns where the search begins, counted from 0.
#[inline]
fn check_search(ctx: &mut Ctx<'_>) -> Result<usize, Throw> {
    ctx.check_string(1)?;
    ctx.check_string(2)?;
    let init = ctx.opt_integer(3, 1)?;
    let len = ctx.bytes(1).len();
    Ok((relative(init, len).max(1) as usize - 1).min(len))
}

/// Finds the first match of the pattern at position 2 in the string at position 1; says whether there is one.
#[inline]
fn search(ctx: &mut Ctx<'_>, init: usize, found: &mut Found) -> Result<bool, Throw> {
    with_strings(ctx, 1, 2, |src, pat, meter| {
        let mut matcher = Matcher::with_anchor(src, pat);
        let range = matcher.search(meter, init)?;
        found.take(&matcher, range, MAX_CAPTURES)
    })
}

/// Pushes a match's first and last position, counted from 1.
#[inline]
fn push_range(ctx: &mut Ctx<'_>, start: usize, end: usize) -> NativeResult {
    ctx.push_number((start + 1) as f64)?;
    ctx.push_number(end as f64)?;
    Ok(2)
}

#[inline]
fn push_failure(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.push_nil()?;
    Ok(1)
}

/// §5.4 `string.gmatch (s, pattern)`.
pub(super) fn gmatch(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    ctx.check_string(2)?;
    ctx.set_top(2)?;
    ctx.push_number(0.0)?;
    ctx.push_function(gmatch_next, 3)?;
    Ok(1)
}

/// The iterator of `gmatch`. Its upvalues are the subject, the pattern and where the search goes on.
fn gmatch_next(ctx: &mut Ctx<'_>) -> NativeResult {
    // The generic `for` passes values that are of no use.
    ctx.set_top(0)?;
    for upvalue in 1..=3 {
        ctx.push_upvalue(upvalue)?;
    }
    let at = ctx.check_integer(3)? as usize;
    let mut found = Found::new();
    let any = with_strings(ctx, 1, 2, |src, pat, meter| {
        // Not the kernel's iterator: built anew for each match, it would only be copied about.
        let mut matcher = Matcher::new(src, pat);
        let range = matcher.search(meter, at)?;
        found.take(&matcher, range, MAX_CAPTURES)
    })?;
    if !any {
        return Ok(0);
    }
    // An empty match moves the search on by a byte.
    let next = found.end + usize::from(found.end == found.start);
    ctx.push_number(next as f64)?;
    ctx.set_upvalue(3);
    found.push_values(ctx, 1)
}

/// What `gsub` puts in the place of a match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replacement {
    Text,
    Table,
    Function,
}

/// §5.4 `string.gsub (s, pattern, repl [, n])`.
pub(super) fn gsub(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.check_string(1)?;
    ctx.check_string(2)?;
    let kind = match ctx.type_of(3) {
        Type::Number | Type::String => Some(Replacement::Text),
        Type::Table => Some(Replacement::Table),
        Type::Function => Some(Replacement::Function),
        _ => None,
    };
    let all = (ctx.bytes(1).len() + 1) as i32;
    let limit = usize::try_from(ctx.opt_int(4, all)?).unwrap_or(0);
    let Some(kind) = kind else {
        return Err(ctx.arg_error(3, "string/function/table expected"));
    };
    let mut out = ctx.take_buffer();
    let count = match kind {
        Replacement::Text => {
            ctx.check_string(3)?;
            substitute_text(ctx, &mut out, limit)?
        }
        _ => substitute(ctx, &mut out, limit, kind)?,
    };
    if count == 0 {
        ctx.give_buffer(out);
        ctx.push_value(1)?;
    } else {
        ctx.push_buffer(out)?;
    }
    ctx.push_number(count as f64)?;
    Ok(2)
}

/// At most so many bytes take the place of a match.
fn replacement_bound(text: &[u8], escapes: usize, (start, end): (usize, usize)) -> usize {
    // A capture lies within the match, or is a position, as a number.
    const POSITION: usize = 24;
    text.len().saturating_add(escapes.saturating_mul((end - start).max(POSITION)))
}

fn count_escapes(meter: &mut Meter, text: &[u8]) -> Result<usize, MatchError> {
    let mut count = 0;
    for piece in text.chunks(PIECE) {
        meter.charge_bytes(piece.len())?;
        count += memchr::memchr_iter(b'%', piece).count();
    }
    Ok(count)
}

/// `gsub` with a string, on the stack's own bytes as long as the result does not get out of hand.
fn substitute_text(ctx: &mut Ctx<'_>, out: &mut Vec<u8>, limit: usize) -> Result<usize, Throw> {
    // Beyond that the machine is to be asked for memory.
    let room = (1 << 20) + 2 * ctx.bytes(1).len();
    if ctx.bytes(1).len() > PIECE && reserve(out, room).is_err() {
        return substitute(ctx, out, limit, Replacement::Text);
    }
    let ([src, pat, text], meter) = ctx.bytes_and_meter([1, 2, 3]);
    let mut replace_all = || {
        let escapes = count_escapes(meter, text)?;
        let mut work = Substitution::new(src, pat);
        let mut count = 0;
        while count < limit {
            let Some(range) = work.next_match(meter, out)? else {
                break;
            };
            if out.len() + replacement_bound(text, escapes, range) > room {
                return Ok(None);
            }
            if escapes == 0 {
                meter.append(out, text)?;
            } else {
                write_replacement(out, meter, text, work.matcher(), range.0, range.1)?;
            }
            count += 1;
        }
        if count > 0 {
            work.finish(meter, out)?;
        }
        Ok(Some(count))
    };
    match replace_all() {
        Ok(Some(count)) => Ok(count),
        Ok(None) => {
            out.clear();
            substitute(ctx, out, limit, Replacement::Text)
        }
        Err(error) => Err(match_error(ctx, error)),
    }
}

/// `gsub` on copies, so that the machine is free between two matches: for Lua to run, and to make room.
fn substitute(ctx: &mut Ctx<'_>, out: &mut Vec<u8>, limit: usize, kind: Replacement) -> Result<usize, Throw> {
    // Of a table only the first capture is asked; PUC does not mind how the others ended.
    let wanted = match kind {
        Replacement::Text => 0,
        Replacement::Table => 1,
        Replacement::Function => MAX_CAPTURES,
    };
    // What they take counts as long as they are there.
    let ((src, _src_room), (pat, _pat_room)) = (copy(ctx, 1)?, copy(ctx, 2)?);
    let (text, _text_room) =
        if kind == Replacement::Text { copy(ctx, 3)? } else { (Vec::new(), Room::of(&Vec::new())) };
    let escapes = count_escapes(ctx.meter(), &text).map_err(|error| match_error(ctx, error))?;
    let mut work = Substitution::new(&src, &pat);
    let base = ctx.top();
    let mut count = 0;
    let mut room = Room::of(out);
    room.fit(ctx, out, src.len())?;
    let mut found = Found::new();
    while count < limit {
        let any = work
            .next_match(ctx.meter(), out)
            .and_then(|range| found.take(work.matcher(), range, wanted))
            .map_err(|error| match_error(ctx, error))?;
        if !any {
            break;
        }
        count += 1;
        match kind {
            Replacement::Text => {
                let range = (found.start, found.end);
                // What lies between the matches is never more than the subject.
                room.fit(ctx, out, replacement_bound(&text, escapes, range).saturating_add(src.len()))?;
                write_replacement(out, ctx.meter(), &text, work.matcher(), found.start, found.end)
                    .map_err(|error| match_error(ctx, error))?;
                continue;
            }
            Replacement::Table => {
                found.push_values(ctx, 1)?;
                ctx.index(3)?;
            }
            Replacement::Function => {
                ctx.push_value(3)?;
                let arguments = found.push_values(ctx, 1)?;
                ctx.call(arguments, Some(1))?;
            }
        }
        let value = ctx.top();
        let more = ctx.raw_len(value) + MAX_NUMBER;
        room.fit(ctx, out, more.saturating_add(src.len()))?;
        if !ctx.to_boolean(value) {
            ctx.meter().append(out, &src[found.start..found.end])?;
        } else if ctx.convert_to_string(value)? {
            ctx.append(out, value)?;
        } else {
            let message = format!("invalid replacement value (a {})", ctx.type_name(value));
            return Err(ctx.error(message));
        }
        ctx.set_top(base)?;
    }
    if count > 0 {
        work.finish(ctx.meter(), out).map_err(|error| match_error(ctx, error))?;
    }
    ctx.give_buffer(src);
    ctx.give_buffer(pat);
    Ok(count)
}

/// A copy of the string at `index` in a recycled buffer.
fn copy(ctx: &mut Ctx<'_>, index: usize) -> Result<(Vec<u8>, Room), Throw> {
    let mut buffer = ctx.take_buffer();
    let mut room = Room::of(&buffer);
    let length = ctx.bytes(index).len();
    room.fit(ctx, &mut buffer, length)?;
    ctx.append(&mut buffer, index)?;
    Ok((buffer, room))
}
