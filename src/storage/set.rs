//! Commands on sets.

use super::command::{Reply, Run, count, flag, other};
use super::database::{Bytes, Data, Set, remove_member};
use super::list::amount;
use super::number::{integer, integer_arg};
use crate::error::CommandError;
use crate::protocol::RespFrame;

/// Up to so many integers come in their order.
const SORTED: usize = 512;
/// `SRANDMEMBER` gives at most so many members, if they may be the same.
const MOST_REPEATED: u64 = 1 << 24;

/// The members as a reply. Those of a set of integers are sorted, as those of Redis are.
fn members_of(run: &Run<'_>, members: Vec<Bytes>) -> RespFrame {
    let mut members = members;
    if members.len() <= SORTED && members.iter().all(|member| integer(member).is_some()) {
        members.sort_by_key(|member| integer(member));
    }
    run.set_of(members.into_iter().map(RespFrame::from_bytes).collect())
}

pub(super) fn sadd(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let set = run.db().set_entry(&args[1])?;
    Ok(count(args[2..].iter().filter(|member| set.insert(member.to_vec())).count()))
}

pub(super) fn srem(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let Some(set) = run.db().set_mut(&args[1])? else { return Ok(count(0)) };
    let removed = args[2..].iter().filter(|member| remove_member(set, member)).count();
    run.db().drop_if_empty(&args[1]);
    Ok(count(removed))
}

pub(super) fn smembers(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    let members = run.db().set(key)?.into_iter().flatten().cloned().collect();
    Ok(members_of(run, members))
}

pub(super) fn sismember(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    Ok(flag(run.db().set(&args[1])?.is_some_and(|set| set.contains(&args[2]))))
}

pub(super) fn smismember(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let set = run.db().set(&args[1])?;
    let is_in = |member| set.is_some_and(|set| set.contains::<Bytes>(member));
    Ok(RespFrame::array(args[2..].iter().map(|member| flag(is_in(member))).collect()))
}

pub(super) fn scard(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    Ok(count(run.db().set(key)?.map_or(0, Set::len)))
}

pub(super) fn smove(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    if run.db().get(&args[1]).is_none() {
        return Ok(flag(false));
    }
    let db = run.db();
    db.set(&args[2])?;
    let Some(set) = db.set_mut(&args[1])? else { return Ok(flag(false)) };
    if args[1] == args[2] {
        return Ok(flag(set.contains(&args[3])));
    }
    let moved = remove_member(set, &args[3]);
    if moved {
        db.drop_if_empty(&args[1]);
        db.set_entry(&args[2])?.insert(args[3].clone());
    }
    Ok(flag(moved))
}

#[derive(Clone, Copy)]
enum Operation {
    Intersection,
    Union,
    Difference,
}

/// What an operation makes of the sets at these keys.
fn combine(run: &mut Run<'_>, keys: &[Bytes], operation: Operation) -> Result<Set, CommandError> {
    let empty = Set::default();
    let db = run.db();
    let sets: Vec<&Set> =
        keys.iter().map(|key| Ok(db.set(key)?.unwrap_or(&empty))).collect::<Result<_, CommandError>>()?;
    let Some((first, rest)) = sets.split_first() else { return Ok(empty) };
    Ok(match operation {
        Operation::Union => sets.iter().flat_map(|set| set.iter()).cloned().collect(),
        Operation::Difference => {
            first.iter().filter(|member| !rest.iter().any(|set| set.contains(*member))).cloned().collect()
        }
        Operation::Intersection => {
            let smallest = sets.iter().min_by_key(|set| set.len()).unwrap_or(first);
            smallest.iter().filter(|member| sets.iter().all(|set| set.contains(*member))).cloned().collect()
        }
    })
}

fn show(run: &mut Run<'_>, operation: Operation) -> Reply {
    let keys = &run.args[1..];
    let set = combine(run, keys, operation)?;
    Ok(members_of(run, set.into_iter().collect()))
}

fn keep(run: &mut Run<'_>, operation: Operation) -> Reply {
    let args = run.args;
    let set = combine(run, &args[2..], operation)?;
    let length = set.len();
    run.db().put(&args[1], Data::Set(set));
    Ok(count(length))
}

pub(super) fn sinter(run: &mut Run<'_>) -> Reply {
    show(run, Operation::Intersection)
}

pub(super) fn sunion(run: &mut Run<'_>) -> Reply {
    show(run, Operation::Union)
}

pub(super) fn sdiff(run: &mut Run<'_>) -> Reply {
    show(run, Operation::Difference)
}

pub(super) fn sinterstore(run: &mut Run<'_>) -> Reply {
    keep(run, Operation::Intersection)
}

pub(super) fn sunionstore(run: &mut Run<'_>) -> Reply {
    keep(run, Operation::Union)
}

pub(super) fn sdiffstore(run: &mut Run<'_>) -> Reply {
    keep(run, Operation::Difference)
}

pub(super) fn sintercard(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let keys = integer(&args[1]).and_then(|n| usize::try_from(n).ok()).filter(|&keys| keys > 0);
    let keys = keys.ok_or_else(|| other("ERR numkeys should be greater than 0"))?;
    if keys > args.len() - 2 {
        return Err(other("ERR Number of keys can't be greater than number of args"));
    }
    let limit = match &args[2 + keys..] {
        [] => 0,
        [name, limit] if name.eq_ignore_ascii_case(b"LIMIT") => {
            let limit = integer(limit).and_then(|n| usize::try_from(n).ok());
            limit.ok_or_else(|| other("ERR LIMIT can't be negative"))?
        }
        _ => return Err(CommandError::SyntaxError),
    };
    let length = combine(run, &args[2..2 + keys], Operation::Intersection)?.len();
    Ok(count(if limit == 0 { length } else { length.min(limit) }))
}

pub(super) fn spop(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    if args.len() > 3 {
        return Err(CommandError::SyntaxError);
    }
    let wanted = args.get(2).map(|text| amount(text)).transpose()?;
    let length = run.db().set(&args[1])?.map_or(0, Set::len);
    let mut chosen = run.random.distinct(wanted.unwrap_or(1), length);
    // From the end, so that the others keep their positions.
    chosen.sort_unstable_by(|left, right| right.cmp(left));
    let mut popped = Vec::with_capacity(chosen.len());
    if let Some(set) = run.db().set_mut(&args[1])? {
        popped.extend(chosen.into_iter().filter_map(|at| set.swap_remove_index(at)));
    }
    run.db().drop_if_empty(&args[1]);
    Ok(match wanted {
        None => run.bulk(popped.first()),
        Some(_) => run.set_of(popped.into_iter().map(RespFrame::from_bytes).collect()),
    })
}

pub(super) fn srandmember(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    if args.len() > 3 {
        return Err(CommandError::SyntaxError);
    }
    let wanted = args.get(2).map(|text| integer_arg(text)).transpose()?;
    let length = run.db().set(&args[1])?.map_or(0, Set::len);
    if length == 0 {
        return Ok(if wanted.is_some() { RespFrame::array(Vec::new()) } else { run.null() });
    }
    let amount = wanted.unwrap_or(1).unsigned_abs();
    let chosen: Vec<usize> = if wanted.is_some_and(|wanted| wanted < 0) {
        if amount > MOST_REPEATED {
            return Err(other("ERR value is out of range"));
        }
        (0..amount).map(|_| run.random.below(length)).collect()
    } else {
        run.random.distinct(usize::try_from(amount).unwrap_or(usize::MAX), length)
    };
    let set = run.db().set(&args[1])?;
    let member = |at: usize| set.and_then(|set| set.get_index(at)).cloned();
    let members: Vec<Bytes> = chosen.into_iter().filter_map(member).collect();
    Ok(match wanted {
        None => run.bulk(members.first()),
        Some(_) => RespFrame::array(members.into_iter().map(RespFrame::from_bytes).collect()),
    })
}
