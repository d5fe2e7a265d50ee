//! Commands on lists.

use super::command::{Reply, Run, count, other};
use super::database::{Bytes, List};
use super::number::{integer, integer_arg};
use super::string::range;
use crate::error::CommandError;
use crate::protocol::RespFrame;

/// An end of a list.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Left,
    Right,
}

impl End {
    fn parse(text: &[u8]) -> Result<End, CommandError> {
        match &text.to_ascii_uppercase()[..] {
            b"LEFT" => Ok(End::Left),
            b"RIGHT" => Ok(End::Right),
            _ => Err(CommandError::SyntaxError),
        }
    }

    fn push(self, list: &mut List, element: Bytes) {
        match self {
            End::Left => list.push_front(element),
            End::Right => list.push_back(element),
        }
    }

    fn pop(self, list: &mut List) -> Option<Bytes> {
        match self {
            End::Left => list.pop_front(),
            End::Right => list.pop_back(),
        }
    }
}

fn push(run: &mut Run<'_>, end: End, only_existing: bool) -> Reply {
    let args = run.args;
    if only_existing && run.db().list(&args[1])?.is_none() {
        return Ok(count(0));
    }
    let list = run.db().list_entry(&args[1])?;
    for element in &args[2..] {
        end.push(list, element.clone());
    }
    Ok(count(list.len()))
}

pub(super) fn lpush(run: &mut Run<'_>) -> Reply {
    push(run, End::Left, false)
}

pub(super) fn rpush(run: &mut Run<'_>) -> Reply {
    push(run, End::Right, false)
}

pub(super) fn lpushx(run: &mut Run<'_>) -> Reply {
    push(run, End::Left, true)
}

pub(super) fn rpushx(run: &mut Run<'_>) -> Reply {
    push(run, End::Right, true)
}

/// An argument that says how many, which nothing below 0 does.
pub(super) fn amount(text: &[u8]) -> Result<usize, CommandError> {
    let amount = integer(text).and_then(|n| usize::try_from(n).ok());
    amount.ok_or_else(|| other("ERR value is out of range, must be positive"))
}

fn pop(run: &mut Run<'_>, end: End) -> Reply {
    let args = run.args;
    if args.len() > 3 {
        return Err(run.wrong_number());
    }
    let wanted = args.get(2).map(|text| amount(text)).transpose()?;
    let Some(list) = run.db().list_mut(&args[1])? else {
        return Ok(if wanted.is_some() { run.null_array() } else { run.null() });
    };
    let reply = match wanted {
        None => end.pop(list).map_or_else(RespFrame::null_bulk, RespFrame::from_bytes),
        Some(wanted) => {
            let popped = std::iter::from_fn(|| end.pop(list)).take(wanted);
            RespFrame::array(popped.map(RespFrame::from_bytes).collect())
        }
    };
    run.db().drop_if_empty(&args[1]);
    Ok(reply)
}

pub(super) fn lpop(run: &mut Run<'_>) -> Reply {
    pop(run, End::Left)
}

pub(super) fn rpop(run: &mut Run<'_>) -> Reply {
    pop(run, End::Right)
}

pub(super) fn llen(run: &mut Run<'_>) -> Reply {
    let key = &run.args[1];
    Ok(count(run.db().list(key)?.map_or(0, List::len)))
}

pub(super) fn lrange(run: &mut Run<'_>) -> Reply {
    let (start, end) = (run.integer(2)?, run.integer(3)?);
    let key = &run.args[1];
    let Some(list) = run.db().list(key)? else { return Ok(RespFrame::array(Vec::new())) };
    let elements = list.range(range(start, end, list.len()));
    Ok(RespFrame::array(elements.map(RespFrame::bulk_string).collect()))
}

/// The position that an index, which counts from the end if it is negative, means in a list.
fn position(list: &List, index: i64) -> Option<usize> {
    let length = i64::try_from(list.len()).ok()?;
    let index = if index < 0 { index.checked_add(length)? } else { index };
    usize::try_from(index).ok().filter(|&index| index < list.len())
}

pub(super) fn lindex(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let Some(list) = run.db().list(&args[1])? else { return Ok(run.null()) };
    let element = position(list, integer_arg(&args[2])?).and_then(|at| list.get(at)).cloned();
    Ok(run.bulk(element.as_ref()))
}

pub(super) fn lset(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let list = run.db().list_mut(&args[1])?.ok_or_else(|| other("ERR no such key"))?;
    let at = position(list, integer_arg(&args[2])?).ok_or_else(|| other("ERR index out of range"))?;
    list[at] = args[3].clone();
    Ok(RespFrame::ok())
}

pub(super) fn lrem(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let wanted = run.integer(2)?;
    let Some(list) = run.db().list_mut(&args[1])? else { return Ok(count(0)) };
    let most = if wanted == 0 { usize::MAX } else { usize::try_from(wanted.unsigned_abs()).unwrap_or(usize::MAX) };
    let mut removed = 0;
    let mut keep = |element: &Bytes| {
        let goes = removed < most && *element == args[3];
        removed += usize::from(goes);
        !goes
    };
    if wanted < 0 {
        let mut kept: List = std::mem::take(list).into_iter().rev().filter(&mut keep).collect();
        kept.make_contiguous().reverse();
        *list = kept;
    } else {
        list.retain(keep);
    }
    run.db().drop_if_empty(&args[1]);
    Ok(count(removed))
}

pub(super) fn ltrim(run: &mut Run<'_>) -> Reply {
    let (start, end) = (run.integer(2)?, run.integer(3)?);
    let key = &run.args[1];
    if let Some(list) = run.db().list_mut(key)? {
        let kept = range(start, end, list.len());
        list.truncate(kept.end);
        list.drain(..kept.start);
        run.db().drop_if_empty(key);
    }
    Ok(RespFrame::ok())
}

pub(super) fn linsert(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let behind = match &args[2].to_ascii_uppercase()[..] {
        b"BEFORE" => 0,
        b"AFTER" => 1,
        _ => return Err(CommandError::SyntaxError),
    };
    let Some(list) = run.db().list_mut(&args[1])? else { return Ok(count(0)) };
    let Some(at) = list.iter().position(|element| *element == args[3]) else { return Ok(RespFrame::Integer(-1)) };
    list.insert(at + behind, args[4].clone());
    Ok(count(list.len()))
}

fn move_element(run: &mut Run<'_>, from: End, to: End) -> Reply {
    let args = run.args;
    if run.db().list(&args[1])?.is_none() {
        return Ok(run.null());
    }
    run.db().list(&args[2])?;
    let element = run.db().list_mut(&args[1])?.and_then(|list| from.pop(list));
    if let Some(element) = &element {
        to.push(run.db().list_entry(&args[2])?, element.clone());
    }
    run.db().drop_if_empty(&args[1]);
    Ok(run.bulk(element.as_ref()))
}

pub(super) fn rpoplpush(run: &mut Run<'_>) -> Reply {
    move_element(run, End::Right, End::Left)
}

pub(super) fn lmove(run: &mut Run<'_>) -> Reply {
    let (from, to) = (End::parse(&run.args[3])?, End::parse(&run.args[4])?);
    move_element(run, from, to)
}

pub(super) fn lpos(run: &mut Run<'_>) -> Reply {
    let args = run.args;
    let (mut rank, mut wanted, mut most) = (1, None, 0);
    for option in args[3..].chunks(2) {
        let [name, value] = option else { return Err(CommandError::SyntaxError) };
        let not_negative = |name: &str| {
            let n = integer(value).and_then(|n| usize::try_from(n).ok());
            n.ok_or_else(|| other(&format!("ERR {name} can't be negative")))
        };
        match &name.to_ascii_uppercase()[..] {
            b"RANK" => rank = integer_arg(value)?,
            b"COUNT" => wanted = Some(not_negative("COUNT")?),
            b"MAXLEN" => most = not_negative("MAXLEN")?,
            _ => return Err(CommandError::SyntaxError),
        }
    }
    if rank == 0 {
        return Err(other(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start \
             from the end of the list",
        ));
    }
    let Some(list) = run.db().list(&args[1])? else {
        return Ok(if wanted.is_some() { RespFrame::array(Vec::new()) } else { run.null() });
    };
    let most = if most == 0 { list.len() } else { most };
    let skipped = usize::try_from(rank.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let limit = match wanted {
        None => 1,
        Some(0) => usize::MAX,
        Some(wanted) => wanted,
    };
    let is_it = |&(_, element): &(usize, &Bytes)| *element == args[2];
    let found: Vec<usize> = if rank > 0 {
        list.iter().enumerate().take(most).filter(is_it).skip(skipped).take(limit).map(|(at, _)| at).collect()
    } else {
        list.iter().enumerate().rev().take(most).filter(is_it).skip(skipped).take(limit).map(|(at, _)| at).collect()
    };
    if wanted.is_some() {
        return Ok(RespFrame::array(found.into_iter().map(count).collect()));
    }
    Ok(found.first().map_or_else(|| run.null(), |&at| count(at)))
}
