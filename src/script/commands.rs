//! EVAL, EVALSHA and SCRIPT as commands: frames in, a frame out.

use std::sync::Arc;

use super::engine::{Invocation, ScriptEngine};
use super::failure::Failure;
use super::storage::{Session, Storage};
use crate::protocol::RespFrame;

impl ScriptEngine {
    /// Carries out `EVAL`, `EVALSHA`, `EVAL_RO`, `EVALSHA_RO` or `SCRIPT`, with Redis's replies; `None` if it is another command.
    ///
    /// A script's `SELECT` is its own: the session is not changed.
    pub fn execute<A: AsRef<[u8]>>(
        &self,
        storage: &Arc<dyn Storage>,
        session: &Session,
        command: &[A],
    ) -> Option<RespFrame> {
        let name = command.first()?.as_ref().to_ascii_lowercase();
        let args = &command[1..];
        let (by_digest, read_only) = match &name[..] {
            b"eval" => (false, false),
            b"eval_ro" => (false, true),
            b"evalsha" => (true, false),
            b"evalsha_ro" => (true, true),
            b"script" => return Some(self.script(args)),
            _ => return None,
        };
        let [script, count, rest @ ..] = args else { return Some(wrong_number(&String::from_utf8_lossy(&name))) };
        let keys = match key_count(count.as_ref(), rest.len()) {
            Ok(keys) => keys,
            Err(message) => return Some(RespFrame::error(message)),
        };
        let owned = |parts: &[A]| parts.iter().map(|part| part.as_ref().to_vec()).collect();
        let invocation = Invocation {
            storage: Arc::clone(storage),
            session: session.clone(),
            keys: owned(&rest[..keys]),
            args: owned(&rest[keys..]),
            timeout: self.config().timeout,
            read_only,
        };
        let outcome = if by_digest { self.evalsha(script, &invocation) } else { self.eval(script, &invocation) };
        Some(outcome.unwrap_or_else(|failure| failure.reply()))
    }

    fn script<A: AsRef<[u8]>>(&self, args: &[A]) -> RespFrame {
        let Some((subcommand, args)) = args.split_first() else { return wrong_number("script") };
        let subcommand = subcommand.as_ref();
        let lower = String::from_utf8_lossy(subcommand).to_lowercase();
        let done = |result: Result<(), Failure>| result.map_or_else(|failure| failure.reply(), |()| RespFrame::ok());
        match (&lower[..], args) {
            ("load", [source]) => match self.load(source) {
                Ok(digest) => RespFrame::from_string(digest),
                Err(failure) => failure.reply(),
            },
            ("exists", [_, ..]) => {
                let exist = args.iter().map(|digest| RespFrame::Integer(i64::from(self.exists(digest))));
                RespFrame::array(exist.collect())
            }
            ("flush", []) => {
                self.flush();
                RespFrame::ok()
            }
            ("flush", [mode]) => {
                let mode = mode.as_ref();
                if !mode.eq_ignore_ascii_case(b"sync") && !mode.eq_ignore_ascii_case(b"async") {
                    return RespFrame::error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
                }
                self.flush();
                RespFrame::ok()
            }
            ("kill", []) => done(self.kill()),
            ("load" | "exists" | "kill", _) => wrong_number(&format!("script|{lower}")),
            ("flush", _) => RespFrame::error("ERR SCRIPT FLUSH only support SYNC|ASYNC option"),
            _ => {
                let shown = String::from_utf8_lossy(&subcommand[..subcommand.len().min(128)]);
                RespFrame::error(format!("ERR unknown subcommand '{shown}'. Try SCRIPT HELP."))
            }
        }
    }
}

/// The number of keys among `rest` arguments.
fn key_count(text: &[u8], rest: usize) -> Result<usize, &'static str> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let plain = matches!(digits, [b'1'..=b'9', ..] | [b'0']) && text != b"-0";
    let count: Option<i64> = std::str::from_utf8(text).ok().filter(|_| plain).and_then(|text| text.parse().ok());
    let count = count.ok_or("ERR value is not an integer or out of range")?;
    let count = usize::try_from(count).map_err(|_| "ERR Number of keys can't be negative")?;
    if count > rest { Err("ERR Number of keys can't be greater than number of args") } else { Ok(count) }
}

fn wrong_number(name: &str) -> RespFrame {
    RespFrame::error(format!("ERR wrong number of arguments for '{name}' command"))
}
