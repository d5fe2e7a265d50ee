//! Commands on strings, and on those that are numbers.

use super::command::{Reply, Run, count, flag, other};
use super::database::{Bytes, Data};
use super::number::{integer_arg, is_number, sum};
use crate::error::CommandError;
use crate::protocol::RespFrame;

/// A string may have so many bytes.
const LONGEST: usize = 512 * 1024 * 1024;

/// When a key shall expire.
#[derive(Clone, Copy, PartialEq)]
enum Expiry {
    Never,
    Keep,
    At(i64),
}

/// The unit and origin of a time, if this is the name of an option with one.
fn time_option(option: &[u8]) -> Option<(i64, bool)> {
    match option {
        b"EX" => Some((1000, true)),
        b"PX" => Some((1, true)),
        b"EXAT" => Some((1000, false)),
        b"PXAT" => Some((1, false)),
        _ => None,
    }
}

/// The time that an argument names, which has to be positive.
fn expiry(run: &Run<'_>, text: &[u8], unit: i64, relative: bool) -> Result<Expiry, CommandError> {
    let time = integer_arg(text)?;
    let time = Some(time).filter(|&time| time > 0).and_then(|time| time.checked_mul(unit));
    let time = time.and_then(|time| if relative { time.checked_add(run.now) } else { Some(time) });
    time.map(Expiry::At).ok_or_else(|| invalid_expire(run))
}

pub(super) fn invalid_expire(run: &Run<'_>) -> CommandError {
    let name = String::from_utf8_lossy(&run.args[0]).to_lowercase();
    other(&format!("ERR invalid expire time in '{name}' command"))
}

fn store(run: &mut Run<'_>, key: &[u8], value: &[u8], expiry: Expiry) {
    let data = Data::String(value.to_vec());
    let db = run.db();
    match expiry {
        Expiry::Keep => db.put_keeping(key, data),
        Expiry::Never => db.put(key, data),
        Expiry::At(when) => {
            db.put(key, data);
            db.set_expires(key, when);
        }
    }
}

pub(super) fn get(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    let value = run.db().string(key)?.cloned();
    Ok(run.bulk(value.as_ref()))
}

pub(super) fn set(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let (mut if_absent, mut if_present, mut wants_old) = (false, false, false);
    let (mut keep, mut time) = (false, None);
    let mut at = 3;
    while at < args.len() {
        let option = args[at].to_ascii_uppercase();
        match &option[..] {
            b"NX" if !if_present => if_absent = true,
            b"XX" if !if_absent => if_present = true,
            b"GET" => wants_old = true,
            b"KEEPTTL" if time.is_none() => keep = true,
            option => {
                let (unit, relative) = time_option(option).ok_or(CommandError::SyntaxError)?;
                if keep || time.is_some() || at + 1 == args.len() {
                    return Err(CommandError::SyntaxError);
                }
                at += 1;
                time = Some((&args[at], unit, relative));
            }
        }
        at += 1;
    }
    let expiry = match time {
        Some((text, unit, relative)) => expiry(run, text, unit, relative)?,
        None if keep => Expiry::Keep,
        None => Expiry::Never,
    };
    let old = if wants_old {
        let old = run.db().string(&args[1])?.cloned();
        Some(run.bulk(old.as_ref()))
    } else {
        None
    };
    let exists = run.db().contains(&args[1]);
    if if_absent && exists || if_present && !exists {
        return Ok(old.unwrap_or_else(|| run.null()));
    }
    store(run, &args[1], &args[2], expiry);
    Ok(old.unwrap_or_else(RespFrame::ok))
}

pub(super) fn setnx(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let is_new = !run.db().contains(&args[1]);
    if is_new {
        store(run, &args[1], &args[2], Expiry::Never);
    }
    Ok(flag(is_new))
}

pub(super) fn setex(run: &mut Run<'_>) -> Reply {
    set_for(run, 1000)
}

pub(super) fn psetex(run: &mut Run<'_>) -> Reply {
    set_for(run, 1)
}

fn set_for(run: &mut Run<'_>, unit: i64) -> Reply {
    let args = run.args;
    let expiry = expiry(run, &args[2], unit, true)?;
    store(run, &args[1], &args[3], expiry);
    Ok(RespFrame::ok())
}

pub(super) fn getset(run: &mut Run<'_>) -> Reply {
    let reply = get(run)?;
    let args = run.args;
    store(run, &args[1], &args[2], Expiry::Never);
    Ok(reply)
}

pub(super) fn getdel(run: &mut Run<'_>) -> Reply {
    let reply = get(run)?;
    let key = &run.args[1];
    run.db().take(key);
    Ok(reply)
}

pub(super) fn getex(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let option = args.get(2).map(|option| option.to_ascii_uppercase());
    let time = match (option.as_deref(), args.len()) {
        (None, _) | (Some(b"PERSIST"), 3) => None,
        (Some(option), 4) => Some(time_option(option).ok_or(CommandError::SyntaxError)?),
        _ => return Err(CommandError::SyntaxError),
    };
    let reply = get(run)?;
    if !run.db().contains(&args[1]) {
        return Ok(reply);
    }
    if let Some((unit, relative)) = time
        && let Expiry::At(when) = expiry(run, &args[3], unit, relative)?
    {
        run.db().set_expires(&args[1], when);
    } else if option.is_some() {
        run.db().persist(&args[1]);
    }
    Ok(reply)
}

pub(super) fn strlen(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    Ok(count(run.db().string(key)?.map_or(0, Vec::len)))
}

fn check_length(length: usize) -> Result<(), CommandError> {
    if length <= LONGEST {
        return Ok(());
    }
    Err(other("ERR string exceeds maximum allowed size (proto-max-bulk-len)"))
}

pub(super) fn append(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let value = run.db().string_entry(&args[1])?;
    check_length(value.len() + args[2].len())?;
    value.extend_from_slice(&args[2]);
    Ok(count(value.len()))
}

/// The part of something with a length that two positions mean, which count from the end if they are negative.
pub(super) fn range(start: i64, end: i64, length: usize) -> std::ops::Range<usize> {
    let length_signed = i64::try_from(length).unwrap_or(i64::MAX);
    let absolute = |at: i64| if at < 0 { at.saturating_add(length_signed).max(0) } else { at };
    let negative_end = end < 0 && end.saturating_add(length_signed) < 0;
    let (start, end) = (absolute(start), absolute(end).min(length_signed - 1));
    if negative_end || start > end {
        return 0..0;
    }
    start as usize..end as usize + 1
}

pub(super) fn getrange(run: &mut Run<'_>) -> Reply {
    let (mut start, mut end) = (run.integer(2)?, run.integer(3)?);
    let key = &run.args[1];
    let Some(value) = run.db().string(key)? else { return Ok(RespFrame::bulk_string("")) };
    if start < 0 && end < 0 && start > end {
        return Ok(RespFrame::bulk_string(""));
    }
    // Unlike a list's, both ends are moved to the beginning if they lie before it.
    let lowest = -i64::try_from(value.len()).unwrap_or(i64::MAX);
    start = start.max(lowest);
    end = end.max(lowest);
    Ok(RespFrame::bulk_string(&value[range(start, end, value.len())]))
}

pub(super) fn setrange(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let offset = run.integer(2)?;
    let Ok(offset) = usize::try_from(offset) else { return Err(other("ERR offset is out of range")) };
    let new = &args[3];
    if new.is_empty() {
        return strlen(run);
    }
    let end = offset.saturating_add(new.len());
    run.db().string(&args[1])?;
    check_length(end)?;
    let value = run.db().string_entry(&args[1])?;
    if value.len() < end {
        value.resize(end, 0);
    }
    value[offset..end].copy_from_slice(new);
    Ok(count(value.len()))
}

pub(super) fn mget(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let mut values = Vec::with_capacity(args.len() - 1);
    for key in &args[1..] {
        let value = run.db().string(key).ok().flatten().cloned();
        values.push(run.bulk(value.as_ref()));
    }
    Ok(RespFrame::array(values))
}

fn pairs<'a>(run: &Run<'a>) -> Result<impl Iterator<Item = (&'a Bytes, &'a Bytes)> + use<'a>, CommandError> {
    let args = run.args;
    if args.len().is_multiple_of(2) {
        return Err(run.wrong_number());
    }
    Ok(args[1..].chunks_exact(2).map(|pair| (&pair[0], &pair[1])))
}

pub(super) fn mset(run: &mut Run<'_>) -> Reply {
    for (key, value) in pairs(run)? {
        store(run, key, value, Expiry::Never);
    }
    Ok(RespFrame::ok())
}

pub(super) fn msetnx(run: &mut Run<'_>) -> Reply {
    for (key, _) in pairs(run)? {
        if run.db().contains(key) {
            return Ok(flag(false));
        }
    }
    mset(run)?;
    Ok(flag(true))
}

/// The number that a value is, to which one is added.
pub(super) fn add(old: Option<&Bytes>, by: i64, refusal: CommandError) -> Result<i64, CommandError> {
    let old = old.map_or(Ok(0), |old| integer_arg(old).map_err(|_| refusal))?;
    old.checked_add(by).ok_or_else(|| other("ERR increment or decrement would overflow"))
}

fn increment(run: &mut Run<'_>, by: i64) -> Reply {
    let key = &run.args[1];
    let sum = add(run.db().string(key)?, by, CommandError::NotAnInteger)?;
    run.db().put_keeping(key, Data::String(sum.to_string().into_bytes()));
    Ok(RespFrame::Integer(sum))
}

pub(super) fn incr(run: &mut Run<'_>) -> Reply {
    increment(run, 1)
}

pub(super) fn decr(run: &mut Run<'_>) -> Reply {
    increment(run, -1)
}

pub(super) fn incrby(run: &mut Run<'_>) -> Reply {
    let by = run.integer(2)?;
    increment(run, by)
}

pub(super) fn decrby(run: &mut Run<'_>) -> Reply {
    let by = run.integer(2)?.checked_neg().ok_or_else(|| other("ERR decrement would overflow"))?;
    increment(run, by)
}

/// The sum of a value, which is a fraction, and an argument.
pub(super) fn add_fraction(old: Option<&Bytes>, by: &[u8], refusal: CommandError) -> Result<Bytes, CommandError> {
    let old = old.map_or(&b"0"[..], Vec::as_slice);
    if !is_number(old) {
        return Err(refusal);
    }
    let sum = sum(old, by).ok_or(CommandError::NotAFloat)?;
    sum.ok_or_else(|| other("ERR increment would produce NaN or Infinity"))
}

pub(super) fn incrbyfloat(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let sum = add_fraction(run.db().string(&args[1])?, &args[2], CommandError::NotAFloat)?;
    run.db().put_keeping(&args[1], Data::String(sum.clone()));
    Ok(RespFrame::from_bytes(sum))
}
