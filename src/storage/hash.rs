//! Commands on hashes.

use super::command::{Reply, Run, count, flag, other};
use super::database::{Hash, remove_field};
use super::number::{is_finite, is_number};
use super::string::{add, add_fraction};
use crate::error::CommandError;
use crate::protocol::RespFrame;

fn set_fields(run: &mut Run<'_>) -> Result<usize, CommandError> {
    let args = run.args;
    if !args.len().is_multiple_of(2) {
        return Err(run.wrong_number());
    }
    let hash = run.db().hash_entry(&args[1])?;
    let before = hash.len();
    for pair in args[2..].chunks_exact(2) {
        hash.insert(pair[0].clone(), pair[1].clone());
    }
    Ok(hash.len() - before)
}

pub(super) fn hset(run: &mut Run<'_>) -> Reply {
    Ok(count(set_fields(run)?))
}

pub(super) fn hmset(run: &mut Run<'_>) -> Reply {
    set_fields(run)?;
    Ok(RespFrame::ok())
}

pub(super) fn hsetnx(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let hash = run.db().hash_entry(&args[1])?;
    let is_new = !hash.contains_key(&args[2]);
    if is_new {
        hash.insert(args[2].clone(), args[3].clone());
    }
    Ok(flag(is_new))
}

pub(super) fn hget(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let value = run.db().hash(&args[1])?.and_then(|hash| hash.get(&args[2])).cloned();
    Ok(run.bulk(value.as_ref()))
}

pub(super) fn hmget(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let mut values = Vec::with_capacity(args.len() - 2);
    for field in &args[2..] {
        let value = run.db().hash(&args[1])?.and_then(|hash| hash.get(field)).cloned();
        values.push(run.bulk(value.as_ref()));
    }
    Ok(RespFrame::array(values))
}

pub(super) fn hdel(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let Some(hash) = run.db().hash_mut(&args[1])? else { return Ok(count(0)) };
    let removed = args[2..].iter().filter(|field| remove_field(hash, field).is_some()).count();
    run.db().drop_if_empty(&args[1]);
    Ok(count(removed))
}

pub(super) fn hexists(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    Ok(flag(run.db().hash(&args[1])?.is_some_and(|hash| hash.contains_key(&args[2]))))
}

pub(super) fn hlen(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    Ok(count(run.db().hash(key)?.map_or(0, Hash::len)))
}

pub(super) fn hstrlen(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let value = run.db().hash(&args[1])?.and_then(|hash| hash.get(&args[2]));
    Ok(count(value.map_or(0, Vec::len)))
}

pub(super) fn hgetall(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    let entries = run.db().hash(key)?.into_iter().flatten();
    let entries = entries.map(|(field, value)| (RespFrame::bulk_string(field), RespFrame::bulk_string(value)));
    let entries = entries.collect();
    Ok(run.map_of(entries))
}

pub(super) fn hkeys(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    let hash = run.db().hash(key)?.into_iter().flatten();
    Ok(RespFrame::array(hash.map(|(field, _)| RespFrame::bulk_string(field)).collect()))
}

pub(super) fn hvals(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    let hash = run.db().hash(key)?.into_iter().flatten();
    Ok(RespFrame::array(hash.map(|(_, value)| RespFrame::bulk_string(value)).collect()))
}

pub(super) fn hincrby(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let by = run.integer(3)?;
    let old = run.db().hash(&args[1])?.and_then(|hash| hash.get(&args[2]));
    let sum = add(old, by, other("ERR hash value is not an integer"))?;
    run.db().hash_entry(&args[1])?.insert(args[2].clone(), sum.to_string().into_bytes());
    Ok(RespFrame::Integer(sum))
}

pub(super) fn hincrbyfloat(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    if !is_number(&args[3]) {
        return Err(CommandError::NotAFloat);
    }
    if !is_finite(&args[3]) {
        return Err(other("ERR value is NaN or Infinity"));
    }
    let old = run.db().hash(&args[1])?.and_then(|hash| hash.get(&args[2]));
    let sum = add_fraction(old, &args[3], other("ERR hash value is not a float"))?;
    run.db().hash_entry(&args[1])?.insert(args[2].clone(), sum.clone());
    Ok(RespFrame::from_bytes(sum))
}
