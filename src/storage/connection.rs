//! Commands about the session and the server.

use super::command::{Reply, Run, other};
use super::number::integer;
use crate::error::CommandError;
use crate::protocol::RespFrame;

pub(super) fn echo(run: &mut Run<'_>) -> Reply {
    Ok(RespFrame::bulk_string(&run.args[1]))
}

pub(super) fn ping(run: &mut Run<'_>) -> Reply {
    match run.args {
        [_] => Ok(RespFrame::simple_string("PONG")),
        [_, text] => Ok(RespFrame::bulk_string(text)),
        _ => Err(run.wrong_number()),
    }
}

pub(super) fn select(run: &mut Run<'_>) -> Reply {
    let index = run.integer(1)?;
    run.session.db = database(run, index)?;
    Ok(RespFrame::ok())
}

pub(super) fn swapdb(run: &mut Run<'_>) -> Reply {
    let number = |index: usize, which: &str| {
        integer(&run.args[index]).ok_or_else(|| other(&format!("ERR invalid {which} DB index")))
    };
    let (first, second) = (number(1, "first")?, number(2, "second")?);
    let (first, second) = (database(run, first)?, database(run, second)?);
    run.databases.swap(first, second);
    Ok(RespFrame::ok())
}

pub(super) fn time(run: &mut Run<'_>) -> Reply {
    let micros = run.session.time().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let parts = [micros.as_secs().to_string(), micros.subsec_micros().to_string()];
    Ok(RespFrame::array(parts.into_iter().map(RespFrame::from).collect()))
}

/// A database by its number.
pub(super) fn database(run: &Run<'_>, index: i64) -> Result<usize, CommandError> {
    let index = usize::try_from(index).ok().filter(|&index| index < run.databases.len());
    index.ok_or_else(|| other("ERR DB index is out of range"))
}
