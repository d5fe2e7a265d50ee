//! `find`, `match`, `gmatch` and `gsub` (§5.4): bindings of the kernel's matcher.
//!
//! A matcher borrows the subject and the pattern from the machine's stack, so nothing can be pushed while it
//! lives, and no limit be asked about. So a match first runs on the stack's own bytes with a budget that
//! honest patterns do not use up. One that does is started again on copies, where a hook sees to the
//! limits: a pattern that takes exponential time can be stopped. What was wasted is at most the budget.
#![forbid(unsafe_code)]

use super::{MAX_NUMBER, Room};
use crate::kernel::pattern::{Budget, Capture, MAX_CAPTURES, MatchError, Matcher, find_plain, has_specials};
use crate::kernel::replace::{Substitution, write_replacement};
use crate::kernel::text::relative;
use crate::vm::{Ctx, NativeResult, Throw, Type};

/// Steps between two looks at the limits: some milliseconds.
const INTERVAL: usize = 1 << 20;

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

/// The Lua error for a match that failed; `thrown` is what the budget's hook met.
#[cold]
fn match_error(ctx: &mut Ctx<'_>, error: MatchError, thrown: Option<Throw>) -> Throw {
    match thrown {
        Some(throw) => throw,
        None => ctx.error(error.message()),
    }
}

/// Runs `work` under a budget whose hook sees to the limits. `work` must not use the machine's stack.
#[inline]
fn with_limits<R>(ctx: &mut Ctx<'_>, work: impl FnOnce(&mut Budget<'_>) -> Result<R, MatchError>) -> Result<R, Throw> {
    let mut thrown = None;
    let mut hook = |steps: u64| {
        ctx.check_limits(steps).map_err(|throw| {
            thrown = Some(throw);
            MatchError::Interrupted
        })
    };
    let result = work(&mut Budget::with_hook(INTERVAL, &mut hook));
    result.map_err(|error| match_error(ctx, error, thrown))
}

/// Runs `work` on the strings at positions `subject` and `pattern`; perhaps a second time from the start, on
/// copies. `work` gets no machine and so cannot change either.
#[inline]
fn with_strings<R>(
    ctx: &mut Ctx<'_>,
    subject: usize,
    pattern: usize,
    mut work: impl FnMut(&[u8], &[u8], &mut Budget<'_>) -> Result<R, MatchError>,
) -> Result<R, Throw> {
    let (src, pat) = (ctx.bytes(subject), ctx.bytes(pattern));
    // Going once over a large subject is honest work.
    let mut budget = Budget::limited(INTERVAL.saturating_add(src.len()));
    match work(src, pat, &mut budget) {
        Ok(result) => Ok(result),
        Err(MatchError::Interrupted) => on_copies(ctx, subject, pattern, work),
        Err(error) => Err(match_error(ctx, error, None)),
    }
}

#[cold]
#[inline(never)]
fn on_copies<R>(
    ctx: &mut Ctx<'_>,
    subject: usize,
    pattern: usize,
    mut work: impl FnMut(&[u8], &[u8], &mut Budget<'_>) -> Result<R, MatchError>,
) -> Result<R, Throw> {
    ctx.check_room(ctx.bytes(subject).len())?;
    let (src, pat) = (ctx.bytes(subject).to_vec(), ctx.bytes(pattern).to_vec());
    with_limits(ctx, |budget| work(&src, &pat, budget))
}

/// §5.4 `string.find (s, pattern [, init [, plain]])`.
pub(super) fn find(ctx: &mut Ctx<'_>) -> NativeResult {
    let init = check_search(ctx)?;
    let (src, pat) = (ctx.bytes(1), ctx.bytes(2));
    if ctx.to_boolean(4) || !has_specials(pat) {
        let len = pat.len();
        return match find_plain(src, pat, init) {
            Some(start) => push_range(ctx, start, start + len),
            None => push_failure(ctx),
        };
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
    with_strings(ctx, 1, 2, |src, pat, budget| {
        let mut matcher = Matcher::with_anchor(src, pat);
        let range = matcher.search(budget, init)?;
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
    let any = with_strings(ctx, 1, 2, |src, pat, budget| {
        // Not the kernel's iterator: built anew for each match, it would only be copied about.
        let mut matcher = Matcher::new(src, pat);
        let range = matcher.search(budget, at)?;
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

fn count_escapes(text: &[u8]) -> usize {
    memchr::memchr_iter(b'%', text).count()
}

/// `gsub` with a string, on the stack's own bytes as long as neither work nor result get out of hand.
fn substitute_text(ctx: &mut Ctx<'_>, out: &mut Vec<u8>, limit: usize) -> Result<usize, Throw> {
    let (src, pat, text) = (ctx.bytes(1), ctx.bytes(2), ctx.bytes(3));
    let escapes = count_escapes(text);
    // Neither limit costs more than a pass over the subject; beyond them the machine is to be asked.
    let room = (1 << 20) + 2 * src.len();
    let mut budget = Budget::limited(INTERVAL.saturating_add(src.len()));
    let mut replace_all = || {
        let mut work = Substitution::new(src, pat);
        let mut count = 0;
        while count < limit {
            let Some(range) = work.next_match(&mut budget, out)? else {
                break;
            };
            if out.len() + replacement_bound(text, escapes, range) > room {
                return Err(MatchError::Interrupted);
            }
            write_replacement(out, text, work.matcher(), range.0, range.1)?;
            count += 1;
        }
        if count > 0 {
            work.finish(out);
        }
        Ok(count)
    };
    match replace_all() {
        Ok(count) => Ok(count),
        Err(MatchError::Interrupted) => {
            out.clear();
            substitute(ctx, out, limit, Replacement::Text)
        }
        Err(error) => Err(match_error(ctx, error, None)),
    }
}

/// `gsub` on copies, so that the machine is free between two matches: for Lua to run, and to see to its limits.
fn substitute(ctx: &mut Ctx<'_>, out: &mut Vec<u8>, limit: usize, kind: Replacement) -> Result<usize, Throw> {
    // Of a table only the first capture is asked; PUC does not mind how the others ended.
    let wanted = match kind {
        Replacement::Text => 0,
        Replacement::Table => 1,
        Replacement::Function => MAX_CAPTURES,
    };
    let (src, pat) = (copy(ctx, 1)?, copy(ctx, 2)?);
    let text = if kind == Replacement::Text { copy(ctx, 3)? } else { Vec::new() };
    let escapes = count_escapes(&text);
    let mut work = Substitution::new(&src, &pat);
    let base = ctx.top();
    let mut count = 0;
    let mut room = Room::new();
    room.fit(ctx, out, src.len())?;
    let mut found = Found::new();
    while count < limit {
        let any = with_limits(ctx, |budget| {
            let range = work.next_match(budget, out)?;
            found.take(work.matcher(), range, wanted)
        })?;
        if !any {
            break;
        }
        count += 1;
        match kind {
            Replacement::Text => {
                let range = (found.start, found.end);
                // What lies between the matches is never more than the subject.
                room.fit(ctx, out, replacement_bound(&text, escapes, range).saturating_add(src.len()))?;
                write_replacement(out, &text, work.matcher(), found.start, found.end)
                    .map_err(|error| match_error(ctx, error, None))?;
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
            out.extend_from_slice(&src[found.start..found.end]);
        } else if ctx.convert_to_string(value)? {
            out.extend_from_slice(ctx.bytes(value));
        } else {
            let message = format!("invalid replacement value (a {})", ctx.type_name(value));
            return Err(ctx.error(message));
        }
        ctx.set_top(base)?;
    }
    if count > 0 {
        work.finish(out);
    }
    ctx.give_buffer(src);
    ctx.give_buffer(pat);
    Ok(count)
}

/// A copy of the string at `index` in a recycled buffer.
fn copy(ctx: &mut Ctx<'_>, index: usize) -> Result<Vec<u8>, Throw> {
    ctx.check_room(ctx.bytes(index).len())?;
    let mut buffer = ctx.take_buffer();
    buffer.extend_from_slice(ctx.bytes(index));
    Ok(buffer)
}
