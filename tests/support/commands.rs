//! Commands of the Redis protocol, EVAL among them, against an engine and a store.

use std::sync::Arc;
use std::time::Duration;

use ferrous::script::{Config, ScriptEngine, Session, Storage};
use ferrous::{RespFrame, StorageEngine};

use super::choices::Choices;

const NAMES: &[&str] = &[
    "SET",
    "GET",
    "GETSET",
    "SETNX",
    "SETEX",
    "PSETEX",
    "APPEND",
    "STRLEN",
    "GETRANGE",
    "SETRANGE",
    "INCR",
    "DECR",
    "INCRBY",
    "DECRBY",
    "INCRBYFLOAT",
    "MSET",
    "MGET",
    "MSETNX",
    "DEL",
    "EXISTS",
    "EXPIRE",
    "PEXPIRE",
    "EXPIREAT",
    "PERSIST",
    "TTL",
    "PTTL",
    "TYPE",
    "KEYS",
    "RENAME",
    "RENAMENX",
    "RANDOMKEY",
    "DBSIZE",
    "FLUSHDB",
    "FLUSHALL",
    "SELECT",
    "ECHO",
    "PING",
    "HSET",
    "HGET",
    "HDEL",
    "HGETALL",
    "HINCRBY",
    "HINCRBYFLOAT",
    "HKEYS",
    "HVALS",
    "HLEN",
    "HEXISTS",
    "HMGET",
    "HMSET",
    "HSETNX",
    "HSTRLEN",
    "LPUSH",
    "RPUSH",
    "LPOP",
    "RPOP",
    "LRANGE",
    "LINDEX",
    "LSET",
    "LINSERT",
    "LREM",
    "LTRIM",
    "LLEN",
    "RPOPLPUSH",
    "LMOVE",
    "LPOS",
    "LPUSHX",
    "RPUSHX",
    "SADD",
    "SREM",
    "SMEMBERS",
    "SISMEMBER",
    "SMISMEMBER",
    "SCARD",
    "SPOP",
    "SRANDMEMBER",
    "SINTER",
    "SUNION",
    "SDIFF",
    "SINTERSTORE",
    "SUNIONSTORE",
    "SDIFFSTORE",
    "SMOVE",
    "COPY",
    "TIME",
];
const WORDS: &[&str] = &[
    "a",
    "b",
    "k",
    "k1",
    "",
    "0",
    "1",
    "-1",
    "2",
    "10",
    "1.5",
    "-0",
    "nan",
    "inf",
    "1e309",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "EX",
    "PX",
    "NX",
    "XX",
    "GET",
    "KEEPTTL",
    "LEFT",
    "RIGHT",
    "BEFORE",
    "AFTER",
    "COUNT",
    "RANK",
    "MAXLEN",
    "WITHVALUES",
    "*",
    "[a-",
    "k?",
    "\\",
    "x y",
    "\r\n",
    "\0",
];
const SCRIPTS: &[&str] = &[
    "return KEYS",
    "return ARGV",
    "return {KEYS, ARGV, {1, 2.9, 'x', true, false, {ok = 'fine'}}, 4, nil, 5}",
    "return redis.call(unpack(ARGV))",
    "return redis.pcall(unpack(ARGV))",
    "return {err = ARGV[1]}",
    "return {ok = ARGV[1]}",
    "return redis.error_reply(ARGV[1])",
    "return redis.status_reply(ARGV[1])",
    "return redis.sha1hex(ARGV[1] or '')",
    "local t = {} t[1] = t return t",
    "local t = {} for i = 1, 300 do t = {t} end return t",
    "return function() end",
    "return tonumber(ARGV[1])",
    "redis.setresp(3) return redis.call(unpack(ARGV))",
    "redis.setresp(3) return {map = {a = 1, [2] = {double = 1.5}}}",
    "return {double = tonumber(ARGV[1])}",
    "return {set = {a = true, b = true}}",
    "return {big_number = ARGV[1]}",
    "error(ARGV[1])",
    "error({err = ARGV[1]})",
    "error()",
    "x = 1",
    "return x",
    "return _G",
    "for k in pairs(redis) do _ = k end",
    "local r = redis.pcall('GET') return r.err",
    "return redis.log(redis.LOG_WARNING, ARGV[1] or '')",
    "return loadstring(ARGV[1] or '')()",
    "while redis.call('INCR', 'n') < 50 do end return redis.call('GET', 'n')",
    "return setmetatable({}, {__index = function() return 1 end})",
    "redis.replicate_commands() redis.set_repl(redis.REPL_ALL) return redis.call('TIME')",
    "return string.rep('x', tonumber(ARGV[1]) or 3)",
    "#!lua name=x\nreturn 1",
    "return 1 +",
    "",
    "local a = {redis.call('KEYS', '*')} return a",
    "return math.random(1, 3)",
];

fn word(choices: &mut Choices<'_>) -> Vec<u8> {
    match choices.below(8) {
        0 => (0..choices.below(6)).map(|_| choices.below(256) as u8).collect(),
        _ => choices.one(WORDS).into(),
    }
}

/// The parts of a command. Those of an EVAL come with scripts of the list, or with any bytes as one.
fn command(choices: &mut Choices<'_>, digests: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let name = |choices: &mut Choices<'_>| choices.one(NAMES).as_bytes().to_vec();
    let mut parts = match choices.below(10) {
        0..=3 => vec![name(choices)],
        4..=6 => {
            let script = if choices.chance(10) { word(choices) } else { choices.one(SCRIPTS).into() };
            let count = choices.one(&["0", "0", "1", "2", "3", "-1", "x"]);
            let mut parts = vec![choices.one(&["EVAL", "eval_ro"]).into(), script, count.into()];
            if choices.chance(2) {
                parts.push(name(choices));
            }
            parts
        }
        7 if !digests.is_empty() => {
            let digest = digests[choices.below(digests.len())].clone();
            vec![choices.one(&["EVALSHA", "EVALSHA_RO"]).into(), digest, choices.one(&["0", "1"]).into()]
        }
        8 => {
            let script = choices.one(SCRIPTS);
            vec![b"SCRIPT".to_vec(), choices.one(&["LOAD", "EXISTS", "FLUSH", "KILL", "HELP"]).into(), script.into()]
        }
        _ => vec![word(choices)],
    };
    parts.extend((0..choices.below(5)).map(|_| word(choices)));
    parts
}

/// A reply can be written as the protocol has it.
fn check_reply(frame: &RespFrame, depth: usize) {
    assert!(depth < 400, "a reply nests without end");
    match frame {
        RespFrame::SimpleString(bytes) | RespFrame::Error(bytes) => {
            assert!(!bytes.iter().any(|byte| b"\r\n".contains(byte)), "a line in a line: {}", bytes.escape_ascii());
        }
        RespFrame::Array(Some(frames)) | RespFrame::Set(frames) => {
            frames.iter().for_each(|frame| check_reply(frame, depth + 1));
        }
        RespFrame::Map(pairs) => {
            for (key, value) in pairs {
                check_reply(key, depth + 1);
                check_reply(value, depth + 1);
            }
        }
        _ => {}
    }
}

/// Every command has a reply that can be written, and the engine and the store can be used afterwards.
pub fn check_commands(choices: &mut Choices<'_>) {
    let store = StorageEngine::new();
    let storage: Arc<dyn Storage> = store.clone();
    let mut config = Config::default();
    config.memory = Some(16 << 20);
    config.timeout = Some(Duration::from_millis(500));
    let engine = ScriptEngine::new(config);
    let mut session = Session::default();
    let mut digests = Vec::new();
    let mut steps = 0;
    while !choices.is_spent() && steps < 100 {
        steps += 1;
        let command = command(choices, &digests);
        let reply = engine.execute(&storage, &session, &command);
        let reply = reply.unwrap_or_else(|| store.execute(&mut session, &command));
        check_reply(&reply, 0);
        if command[0] == b"SCRIPT"
            && let Some(digest) = reply.as_bytes()
        {
            digests.push(digest.to_vec());
        }
    }
    let command = ["EVAL", "return redis.call('PING')", "0"];
    assert_eq!(engine.execute(&storage, &session, &command), Some(RespFrame::simple_string("PONG")));
}
