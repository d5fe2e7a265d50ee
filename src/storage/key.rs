//! Commands on keys, whatever their values are.

use super::command::{Reply, Run, count, flag, other};
use super::connection::database;
use super::glob;
use super::string::invalid_expire;
use crate::error::CommandError;
use crate::protocol::RespFrame;

pub(super) fn del(run: &mut Run<'_>) -> Reply {
    let keys = &run.args[1..];
    let db = run.db();
    Ok(count(keys.iter().filter(|key| db.take(key).is_some()).count()))
}

pub(super) fn exists(run: &mut Run<'_>) -> Reply {
    let keys = &run.args[1..];
    let db = run.db();
    Ok(count(keys.iter().filter(|key| db.contains(key)).count()))
}

pub(super) fn type_of(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    Ok(RespFrame::simple_string(run.db().get(key).map_or("none", |data| data.type_name())))
}

pub(super) fn dbsize(run: &mut Run<'_>) -> Reply {
    Ok(count(run.db().len()))
}

pub(super) fn keys(run: &mut Run<'_>) -> Reply {
    let pattern = &run.args[1];
    let found = run.db().keys().filter(|key| glob::matches(pattern, key));
    Ok(RespFrame::array(found.map(RespFrame::bulk_string).collect()))
}

pub(super) fn randomkey(run: &mut Run<'_>) -> Reply {
    let length = run.db().len();
    if length == 0 {
        return Ok(run.null());
    }
    let at = run.random.below(length);
    let key = run.db().keys().nth(at).cloned();
    Ok(run.bulk(key.as_ref()))
}

fn check_flush(run: &Run<'_>) -> Result<(), CommandError> {
    match run.args {
        [_] => Ok(()),
        [_, mode] if mode.eq_ignore_ascii_case(b"SYNC") || mode.eq_ignore_ascii_case(b"ASYNC") => Ok(()),
        _ => Err(CommandError::SyntaxError),
    }
}

pub(super) fn flushdb(run: &mut Run<'_>) -> Reply {
    check_flush(run)?;
    run.db().clear();
    Ok(RespFrame::ok())
}

pub(super) fn flushall(run: &mut Run<'_>) -> Reply {
    check_flush(run)?;
    for db in &mut *run.databases {
        db.clear();
    }
    Ok(RespFrame::ok())
}

fn rename_to(run: &mut Run<'_>, only_new: bool) -> Reply {
    let (from, to) = (&run.args[1], &run.args[2]);
    let db = run.db();
    if !db.contains(from) {
        return Err(other("ERR no such key"));
    }
    if only_new && db.contains(to) {
        return Ok(flag(false));
    }
    if from != to {
        let expires = db.expires(from);
        if let Some(data) = db.take(from) {
            db.put(to, data);
        }
        if let Some(when) = expires {
            db.set_expires(to, when);
        }
    }
    Ok(if only_new { flag(true) } else { RespFrame::ok() })
}

pub(super) fn rename(run: &mut Run<'_>) -> Reply {
    rename_to(run, false)
}

pub(super) fn renamenx(run: &mut Run<'_>) -> Reply {
    rename_to(run, true)
}

fn same_object() -> CommandError {
    other("ERR source and destination objects are the same")
}

/// Copies a key to a key of another database, which says whether that could be done.
fn copy_key(run: &mut Run<'_>, from: &[u8], to: &[u8], target: usize, replace: bool) -> bool {
    let now = run.now;
    let db = run.db();
    let (Some(data), expires) = (db.get(from).cloned(), db.expires(from)) else { return false };
    let target = &mut run.databases[target];
    target.expire(now);
    if target.contains(to) && !replace {
        return false;
    }
    target.put(to, data);
    if let Some(when) = expires {
        target.set_expires(to, when);
    }
    true
}

pub(super) fn copy(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let (mut target, mut replace, mut at) = (run.session.db, false, 3);
    while at < args.len() {
        match &args[at].to_ascii_uppercase()[..] {
            b"REPLACE" => replace = true,
            b"DB" if at + 1 < args.len() => {
                at += 1;
                target = database(run, run.integer(at)?)?;
            }
            _ => return Err(CommandError::SyntaxError),
        }
        at += 1;
    }
    if target == run.session.db && args[1] == args[2] {
        return Err(same_object());
    }
    Ok(flag(copy_key(run, &args[1], &args[2], target, replace)))
}

pub(super) fn move_key(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    let target = database(run, run.integer(2)?)?;
    if target == run.session.db {
        return Err(same_object());
    }
    let moved = copy_key(run, key, key, target, false);
    if moved {
        run.db().take(key);
    }
    Ok(flag(moved))
}

/// When a key may be given a new time to expire at.
#[derive(Default)]
struct Conditions {
    none: bool,
    some: bool,
    later: bool,
    earlier: bool,
}

impl Conditions {
    fn parse(options: &[Vec<u8>]) -> Result<Self, CommandError> {
        let mut found = Conditions::default();
        for option in options {
            match &option.to_ascii_uppercase()[..] {
                b"NX" => found.none = true,
                b"XX" => found.some = true,
                b"GT" => found.later = true,
                b"LT" => found.earlier = true,
                _ => return Err(other(&format!("ERR Unsupported option {}", String::from_utf8_lossy(option)))),
            }
        }
        if found.none && (found.some || found.later || found.earlier) {
            return Err(other("ERR NX and XX, GT or LT options at the same time are not compatible"));
        }
        if found.later && found.earlier {
            return Err(other("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(found)
    }

    fn hold(&self, old: Option<i64>, new: i64) -> bool {
        let Some(old) = old else { return !self.some && !self.later };
        !(self.none || self.later && new <= old || self.earlier && new >= old)
    }
}

fn expire_with(run: &mut Run<'_>, unit: i64, relative: bool) -> Reply {
    let key = &run.args[1];
    let conditions = Conditions::parse(&run.args[3..])?;
    let when = run.integer(2)?.checked_mul(unit);
    let when = when.and_then(|when| when.checked_add(if relative { run.now } else { 0 }));
    let when = when.ok_or_else(|| invalid_expire(run))?;
    let now = run.now;
    let db = run.db();
    if !db.contains(key) || !conditions.hold(db.expires(key), when) {
        return Ok(flag(false));
    }
    if when <= now {
        db.take(key);
    } else {
        db.set_expires(key, when);
    }
    Ok(flag(true))
}

pub(super) fn expire(run: &mut Run<'_>) -> Reply {
    expire_with(run, 1000, true)
}

pub(super) fn pexpire(run: &mut Run<'_>) -> Reply {
    expire_with(run, 1, true)
}

pub(super) fn expireat(run: &mut Run<'_>) -> Reply {
    expire_with(run, 1000, false)
}

pub(super) fn pexpireat(run: &mut Run<'_>) -> Reply {
    expire_with(run, 1, false)
}

/// When a key expires, seen from `origin` and in this unit, rounded.
fn expires_from(run: &mut Run<'_>, origin: i64, unit: i64) -> Reply {
    let key = &run.args[1];
    let db = run.db();
    if !db.contains(key) {
        return Ok(RespFrame::Integer(-2));
    }
    let Some(when) = db.expires(key) else { return Ok(RespFrame::Integer(-1)) };
    Ok(RespFrame::Integer((when - origin).max(0).saturating_add(unit / 2) / unit))
}

pub(super) fn ttl(run: &mut Run<'_>) -> Reply {
    expires_from(run, run.now, 1000)
}

pub(super) fn pttl(run: &mut Run<'_>) -> Reply {
    expires_from(run, run.now, 1)
}

pub(super) fn expiretime(run: &mut Run<'_>) -> Reply {
    expires_from(run, 0, 1000)
}

pub(super) fn pexpiretime(run: &mut Run<'_>) -> Reply {
    expires_from(run, 0, 1)
}

pub(super) fn persist(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    Ok(flag(run.db().persist(key)))
}
