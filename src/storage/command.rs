//! The table of commands, and what their handlers work on.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::database::{Bytes, Database};
use super::number::integer_arg;
use super::random::Random;
use super::{connection, hash, key, list, set, string};
use crate::error::CommandError;
use crate::protocol::RespFrame;
use crate::script::{CommandInfo, Session};

pub(super) type Reply = Result<RespFrame, CommandError>;

/// A command.
pub(super) struct Command {
    /// In small letters.
    pub(super) name: &'static str,
    /// How many parts it has, the name among them; negative: at least so many.
    arity: i32,
    access: Access,
    pub(super) handler: fn(&mut Run<'_>) -> Reply,
}

#[derive(PartialEq)]
enum Access {
    Read,
    Write,
}
use Access::{Read, Write};

impl Command {
    pub(super) fn info(&self) -> CommandInfo {
        CommandInfo { arity: self.arity, writes: self.access == Write, in_scripts: true }
    }
}

/// A command that is being carried out. The number of its arguments has been checked.
pub(super) struct Run<'a> {
    pub(super) databases: &'a mut [Database],
    pub(super) random: &'a mut Random,
    pub(super) session: &'a mut Session,
    /// The name and the arguments.
    pub(super) args: &'a [Bytes],
    /// Milliseconds since 1970.
    pub(super) now: i64,
}

impl Run<'_> {
    pub(super) fn db(&mut self) -> &mut Database {
        // The dispatcher has checked that it exists.
        &mut self.databases[self.session.db]
    }

    pub(super) fn integer(&self, index: usize) -> Result<i64, CommandError> {
        integer_arg(&self.args[index])
    }

    fn is_v3(&self) -> bool {
        self.session.protocol == 3
    }

    pub(super) fn null(&self) -> RespFrame {
        if self.is_v3() { RespFrame::Null } else { RespFrame::null_bulk() }
    }

    pub(super) fn null_array(&self) -> RespFrame {
        if self.is_v3() { RespFrame::Null } else { RespFrame::null_array() }
    }

    pub(super) fn bulk(&self, bytes: Option<&Bytes>) -> RespFrame {
        bytes.map_or_else(|| self.null(), RespFrame::bulk_string)
    }

    pub(super) fn set_of(&self, members: Vec<RespFrame>) -> RespFrame {
        if self.is_v3() { RespFrame::Set(members) } else { RespFrame::array(members) }
    }

    pub(super) fn map_of(&self, entries: Vec<(RespFrame, RespFrame)>) -> RespFrame {
        if self.is_v3() {
            return RespFrame::Map(entries);
        }
        RespFrame::array(entries.into_iter().flat_map(|(key, value)| [key, value]).collect())
    }

    /// The error for a number of arguments that the table cannot exclude.
    pub(super) fn wrong_number(&self) -> CommandError {
        let name = String::from_utf8_lossy(&self.args[0]).to_lowercase();
        CommandError::WrongNumberOfArguments(name)
    }
}

pub(super) fn count(n: usize) -> RespFrame {
    RespFrame::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}

pub(super) fn flag(is: bool) -> RespFrame {
    RespFrame::Integer(i64::from(is))
}

pub(super) fn other(message: &str) -> CommandError {
    CommandError::Other(message.to_owned())
}

/// A command by its name, in any case.
pub(super) fn find(name: &[u8]) -> Option<&'static Command> {
    static INDEX: OnceLock<HashMap<&'static [u8], &'static Command>> = OnceLock::new();
    let index = INDEX.get_or_init(|| COMMANDS.iter().map(|command| (command.name.as_bytes(), command)).collect());
    let mut lower = [0; 16];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    index.get(&*lower).copied()
}

/// The reply to a command that does not exist.
pub(super) fn unknown(command: &[Bytes]) -> RespFrame {
    const MOST: usize = 128;
    let clip = |part: &Bytes, most: usize| {
        let end = part.iter().position(|&byte| byte == 0).unwrap_or(part.len());
        String::from_utf8_lossy(&part[..end.min(most)]).into_owned()
    };
    let mut shown = String::new();
    for part in &command[1..] {
        if shown.len() >= MOST {
            break;
        }
        let left = MOST - shown.len();
        shown.push_str(&format!("'{}' ", clip(part, left)));
    }
    let name = command.first().map(|name| clip(name, MOST)).unwrap_or_default();
    RespFrame::error(format!("ERR unknown command '{name}', with args beginning with: {shown}"))
}

macro_rules! commands {
    ($($name:literal $arity:literal $access:ident $module:ident::$handler:ident;)*) => {
        /// All commands.
        pub(super) static COMMANDS: &[Command] =
            &[$(Command { name: $name, arity: $arity, access: $access, handler: $module::$handler },)*];
    };
}
commands! {
    "append" 3 Write string::append;
    "copy" -3 Write key::copy;
    "dbsize" 1 Read key::dbsize;
    "decr" 2 Write string::decr;
    "decrby" 3 Write string::decrby;
    "del" -2 Write key::del;
    "echo" 2 Read connection::echo;
    "exists" -2 Read key::exists;
    "expire" -3 Write key::expire;
    "expireat" -3 Write key::expireat;
    "expiretime" 2 Read key::expiretime;
    "flushall" -1 Write key::flushall;
    "flushdb" -1 Write key::flushdb;
    "get" 2 Read string::get;
    "getdel" 2 Write string::getdel;
    "getex" -2 Write string::getex;
    "getrange" 4 Read string::getrange;
    "getset" 3 Write string::getset;
    "hdel" -3 Write hash::hdel;
    "hexists" 3 Read hash::hexists;
    "hget" 3 Read hash::hget;
    "hgetall" 2 Read hash::hgetall;
    "hincrby" 4 Write hash::hincrby;
    "hincrbyfloat" 4 Write hash::hincrbyfloat;
    "hkeys" 2 Read hash::hkeys;
    "hlen" 2 Read hash::hlen;
    "hmget" -3 Read hash::hmget;
    "hmset" -4 Write hash::hmset;
    "hset" -4 Write hash::hset;
    "hsetnx" 4 Write hash::hsetnx;
    "hstrlen" 3 Read hash::hstrlen;
    "hvals" 2 Read hash::hvals;
    "incr" 2 Write string::incr;
    "incrby" 3 Write string::incrby;
    "incrbyfloat" 3 Write string::incrbyfloat;
    "keys" 2 Read key::keys;
    "lindex" 3 Read list::lindex;
    "linsert" 5 Write list::linsert;
    "llen" 2 Read list::llen;
    "lmove" 5 Write list::lmove;
    "lpop" -2 Write list::lpop;
    "lpos" -3 Read list::lpos;
    "lpush" -3 Write list::lpush;
    "lpushx" -3 Write list::lpushx;
    "lrange" 4 Read list::lrange;
    "lrem" 4 Write list::lrem;
    "lset" 4 Write list::lset;
    "ltrim" 4 Write list::ltrim;
    "mget" -2 Read string::mget;
    "move" 3 Write key::move_key;
    "mset" -3 Write string::mset;
    "msetnx" -3 Write string::msetnx;
    "persist" 2 Write key::persist;
    "pexpire" -3 Write key::pexpire;
    "pexpireat" -3 Write key::pexpireat;
    "pexpiretime" 2 Read key::pexpiretime;
    "ping" -1 Read connection::ping;
    "psetex" 4 Write string::psetex;
    "pttl" 2 Read key::pttl;
    "randomkey" 1 Read key::randomkey;
    "rename" 3 Write key::rename;
    "renamenx" 3 Write key::renamenx;
    "rpop" -2 Write list::rpop;
    "rpoplpush" 3 Write list::rpoplpush;
    "rpush" -3 Write list::rpush;
    "rpushx" -3 Write list::rpushx;
    "sadd" -3 Write set::sadd;
    "scard" 2 Read set::scard;
    "sdiff" -2 Read set::sdiff;
    "sdiffstore" -3 Write set::sdiffstore;
    "select" 2 Read connection::select;
    "set" -3 Write string::set;
    "setex" 4 Write string::setex;
    "setnx" 3 Write string::setnx;
    "setrange" 4 Write string::setrange;
    "sinter" -2 Read set::sinter;
    "sintercard" -3 Read set::sintercard;
    "sinterstore" -3 Write set::sinterstore;
    "sismember" 3 Read set::sismember;
    "smembers" 2 Read set::smembers;
    "smismember" -3 Read set::smismember;
    "smove" 4 Write set::smove;
    "spop" -2 Write set::spop;
    "srandmember" -2 Read set::srandmember;
    "srem" -3 Write set::srem;
    "strlen" 2 Read string::strlen;
    "substr" 4 Read string::getrange;
    "sunion" -2 Read set::sunion;
    "sunionstore" -3 Write set::sunionstore;
    "swapdb" 3 Write connection::swapdb;
    "time" 1 Read connection::time;
    "touch" -2 Read key::exists;
    "ttl" 2 Read key::ttl;
    "type" 2 Read key::type_of;
    "unlink" -2 Write key::del;
}
