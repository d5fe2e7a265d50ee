//! `find`, `match`, `gmatch` and `gsub` (§5.4): bindings of the kernel's matcher.
//!
//! Subject and pattern are shared with the heap and stay as they are, so limits are looked at while a match runs: one that takes
//! exponential time can be stopped.

use super::super::native::{ExecutionContext, Failure, NativeResult, NativeReturn};
use super::super::value::Value;
use super::reserve;
use crate::kernel::meter::Meter;
use crate::kernel::pattern::{Capture, MAX_CAPTURES, MatchError, Matcher, find_plain, has_specials};
use crate::kernel::replace::{Substitution, write_replacement};
use crate::kernel::text::relative;

/// Where a match and its captures are.
struct Found {
    start: usize,
    end: usize,
    /// None stand for the whole match.
    captures: Vec<Capture>,
}

impl Found {
    /// A match and the first `wanted` of its captures.
    fn take(matcher: &Matcher<'_, '_>, (start, end): (usize, usize), wanted: usize) -> Result<Self, MatchError> {
        let captures = (0..matcher.level().min(wanted)).map(|index| matcher.capture(index, start, end));
        Ok(Found { start, end, captures: captures.collect::<Result<_, _>>()? })
    }

    /// The captures as values.
    fn captures(&self, ctx: &mut ExecutionContext<'_>, subject: &[u8]) -> Result<Vec<Value>, Failure> {
        let mut values = Vec::with_capacity(self.captures.len());
        for &capture in &self.captures {
            values.push(match capture {
                Capture::Substring(start, len) => ctx.string(&subject[start..start + len])?,
                Capture::Position(at) => Value::Number((at + 1) as f64),
            });
        }
        Ok(values)
    }

    /// The same, with the whole match for no captures.
    fn values(&self, ctx: &mut ExecutionContext<'_>, subject: &[u8]) -> Result<Vec<Value>, Failure> {
        if self.captures.is_empty() {
            return Ok(vec![ctx.string(&subject[self.start..self.end])?]);
        }
        self.captures(ctx, subject)
    }
}

/// Runs `work`, which pays for what it looks at.
fn with_limits<R>(
    ctx: &mut ExecutionContext<'_>,
    work: impl FnOnce(&mut Meter) -> Result<R, MatchError>,
) -> Result<R, Failure> {
    let result = ctx.vm.limits.try_pay(work)?;
    result.map_err(|error| ctx.error(error.message()))
}

/// Finds the first match at or after `init`.
fn search(ctx: &mut ExecutionContext<'_>, mut matcher: Matcher<'_, '_>, init: usize) -> Result<Option<Found>, Failure> {
    with_limits(ctx, |meter| match matcher.search(meter, init)? {
        Some(range) => Found::take(&matcher, range, MAX_CAPTURES).map(Some),
        None => Ok(None),
    })
}

/// Where the search of `find` and `match` begins, counted from 0.
fn check_init(ctx: &mut ExecutionContext<'_>, len: usize) -> Result<usize, Failure> {
    let init = ctx.opt_integer(3, 1)?;
    Ok((relative(init, len).max(1) as usize - 1).min(len))
}

/// Pushes a match's first and last position, counted from 1.
fn push_range(ctx: &mut ExecutionContext<'_>, start: usize, end: usize) {
    ctx.push_number((start + 1) as f64);
    ctx.push_number(end as f64);
}

/// §5.4 `string.find (s, pattern [, init [, plain]])`.
pub(super) fn find(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (src, pat) = (ctx.check_string(1)?, ctx.check_string(2)?);
    let init = check_init(ctx, src.len())?;
    if ctx.arg(4).to_boolean() || !with_limits(ctx, |meter| has_specials(meter, &pat))? {
        match with_limits(ctx, |meter| find_plain(meter, &src, &pat, init))? {
            Some(start) => push_range(ctx, start, start + pat.len()),
            None => ctx.push(Value::Nil),
        }
        return Ok(NativeReturn::Results);
    }
    match search(ctx, Matcher::with_anchor(&src, &pat), init)? {
        Some(found) => {
            push_range(ctx, found.start, found.end);
            let captures = found.captures(ctx, &src)?;
            ctx.extend(captures);
        }
        None => ctx.push(Value::Nil),
    }
    Ok(NativeReturn::Results)
}

/// §5.4 `string.match (s, pattern [, init])`.
pub(super) fn match_(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (src, pat) = (ctx.check_string(1)?, ctx.check_string(2)?);
    let init = check_init(ctx, src.len())?;
    match search(ctx, Matcher::with_anchor(&src, &pat), init)? {
        Some(found) => {
            let values = found.values(ctx, &src)?;
            ctx.extend(values);
        }
        None => ctx.push(Value::Nil),
    }
    Ok(NativeReturn::Results)
}

/// The function `gmatch`, which carries the prototype of its iterators.
pub(super) fn gmatch_closure(ctx: &mut ExecutionContext<'_>) -> Result<Value, Failure> {
    let iterator = ctx.native_proto(gmatch_next)?;
    let proto = ctx.native_proto(gmatch)?;
    ctx.native_closure(proto, &[Value::FunctionProto(iterator)])
}

/// §5.4 `string.gmatch (s, pattern)`.
fn gmatch(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (src, pat) = (ctx.check_string(1)?, ctx.check_string(2)?);
    let state = [ctx.string(&src)?, ctx.string(&pat)?, Value::Number(0.0)];
    if let Value::FunctionProto(iterator) = ctx.upvalue(0)? {
        let iterator = ctx.native_closure(iterator, &state)?;
        ctx.push(iterator);
    }
    Ok(NativeReturn::Results)
}

/// The iterator of `gmatch`. It carries the subject, the pattern and where the search goes on.
fn gmatch_next(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (Value::String(src), Value::String(pat), Value::Number(at)) =
        (ctx.upvalue(0)?, ctx.upvalue(1)?, ctx.upvalue(2)?)
    else {
        return Ok(NativeReturn::Results);
    };
    let (src, pat) = (ctx.bytes(src)?, ctx.bytes(pat)?);
    if let Some(found) = search(ctx, Matcher::new(&src, &pat), at as usize)? {
        // An empty match moves the search on by a byte.
        let next = found.end + usize::from(found.end == found.start);
        ctx.set_upvalue(2, Value::Number(next as f64))?;
        let values = found.values(ctx, &src)?;
        ctx.extend(values);
    }
    Ok(NativeReturn::Results)
}

/// What `gsub` puts in the place of a match.
enum Replacement {
    Text(std::sync::Arc<[u8]>),
    Table(Value),
    Function(Value),
}

/// At most so many bytes take the place of a match.
fn replacement_bound(text: &[u8], found: &Found) -> usize {
    // A capture lies within the match, or is a position, as a number.
    const POSITION: usize = 24;
    let escapes = memchr::memchr_iter(b'%', text).count();
    text.len().saturating_add(escapes.saturating_mul((found.end - found.start).max(POSITION)))
}

/// §5.4 `string.gsub (s, pattern, repl [, n])`.
pub(super) fn gsub(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (src, pat) = (ctx.check_string(1)?, ctx.check_string(2)?);
    let value = ctx.arg(3);
    let replacement = match value {
        Value::Number(_) | Value::String(_) => ctx.to_text(value)?.map(Replacement::Text),
        Value::Table(_) => Some(Replacement::Table(value)),
        _ if value.is_function() => Some(Replacement::Function(value)),
        _ => None,
    };
    let limit = usize::try_from(ctx.opt_int(4, (src.len() + 1) as i32)?).unwrap_or(0);
    let Some(replacement) = replacement else {
        return Err(ctx.arg_error(3, "string/function/table expected"));
    };
    // Of a table only the first capture is asked; PUC does not mind how the others ended.
    let wanted = match replacement {
        Replacement::Text(_) => 0,
        Replacement::Table(_) => 1,
        Replacement::Function(_) => MAX_CAPTURES,
    };
    let mut out = Vec::new();
    let mut work = Substitution::new(&src, &pat);
    let mut count = 0;
    while count < limit {
        // What lies between the matches is never more than the subject.
        reserve(ctx, &mut out, src.len())?;
        let found = with_limits(ctx, |meter| match work.next_match(meter, &mut out)? {
            Some(range) => Found::take(work.matcher(), range, wanted).map(Some),
            None => Ok(None),
        })?;
        let Some(found) = found else { break };
        count += 1;
        let value = match &replacement {
            Replacement::Text(text) => {
                reserve(ctx, &mut out, replacement_bound(text, &found))?;
                with_limits(ctx, |meter| {
                    write_replacement(&mut out, meter, text, work.matcher(), found.start, found.end)
                })?;
                continue;
            }
            Replacement::Table(table) => {
                let key = found.values(ctx, &src)?.into_iter().next().unwrap_or_default();
                ctx.vm.index(*table, key)?
            }
            Replacement::Function(function) => {
                let args = found.values(ctx, &src)?;
                ctx.call_one(*function, args)?
            }
        };
        if value.is_falsey() {
            reserve(ctx, &mut out, found.end - found.start)?;
            out.extend_from_slice(&src[found.start..found.end]);
        } else if let Some(text) = ctx.to_text(value)? {
            reserve(ctx, &mut out, text.len())?;
            out.extend_from_slice(&text);
        } else {
            return Err(ctx.error(format!("invalid replacement value (a {})", value.type_name())));
        }
    }
    if count == 0 {
        ctx.push_bytes(&src)?;
    } else {
        reserve(ctx, &mut out, src.len())?;
        with_limits(ctx, |meter| work.finish(meter, &mut out))?;
        ctx.push_bytes(&out)?;
    }
    ctx.push_number(count as f64);
    Ok(NativeReturn::Results)
}
