//! Tests of the store: commands, one a line, and what a Redis server (7.0.15) replied to them.
//!
//! The lines of a table share a store, and a session. Replies are in the notation of [`show`].

use pretty_assertions::assert_eq;

use super::StorageEngine;
use super::glob::matches;
use crate::protocol::RespFrame;
use crate::script::Session;

/// A reply in one line.
fn show(frame: &RespFrame) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match frame {
        RespFrame::SimpleString(bytes) => format!("+{}", text(bytes)),
        RespFrame::Error(bytes) => format!("-{}", text(bytes)),
        RespFrame::Integer(n) => format!(":{n}"),
        RespFrame::BulkString(Some(bytes)) => format!("\"{}\"", bytes.escape_ascii()),
        RespFrame::Array(Some(frames)) => format!("[{}]", frames.iter().map(show).collect::<Vec<_>>().join(", ")),
        RespFrame::BulkString(None) | RespFrame::Array(None) | RespFrame::Null => "nil".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The words of a line; `"…"` may be empty or have blanks in it.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn check(table: &str) {
    let store = StorageEngine::new();
    let mut session = Session::default();
    let mut shown = String::from("\n");
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (command, _) = line.split_once("  -->  ").expect("a line has an arrow");
        let reply = store.execute(&mut session, &words(command));
        shown.push_str(&format!("{command}  -->  {}\n", show(&reply)));
    }
    assert_eq!(shown, table);
}

#[test]
fn replies_are_those_of_redis() {
    for table in [STRINGS, COUNTERS, KEYS, HASHES, LISTS, SETS] {
        check(table);
    }
}

#[test]
fn random_members_are_members() {
    let store = StorageEngine::new();
    let mut session = Session::default();
    let mut run = |command: &str| store.execute(&mut session, &words(command));
    run("SADD s a b c d e f");
    for _ in 0..50 {
        let RespFrame::Array(Some(three)) = run("SRANDMEMBER s 3") else { panic!("an array") };
        let mut names: Vec<String> = three.iter().map(show).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 3);
        assert!(names.iter().all(|name| ("\"a\""..="\"f\"").contains(&&name[..])));
    }
    let RespFrame::Array(Some(many)) = run("SRANDMEMBER s -40") else { panic!("an array") };
    assert_eq!(many.len(), 40);
    let RespFrame::Array(Some(popped)) = run("SPOP s 4") else { panic!("an array") };
    assert_eq!((popped.len(), run("SCARD s")), (4, RespFrame::Integer(2)));
    assert!(popped.iter().all(|member| run(&format!("SISMEMBER s {}", show(member))) == RespFrame::Integer(0)));
    assert_eq!(run("SRANDMEMBER s -16777217"), RespFrame::error("ERR value is out of range"));
}

#[test]
fn keys_expire() {
    let store = StorageEngine::new();
    let mut session = Session::default();
    let mut run = |command: &str| store.execute(&mut session, &words(command));
    run("SET soon v PX 20");
    run("SET later v PX 100000");
    assert_eq!(run("DBSIZE"), RespFrame::Integer(2));
    std::thread::sleep(std::time::Duration::from_millis(30));
    assert_eq!(run("GET soon"), RespFrame::null_bulk());
    assert_eq!(run("KEYS *"), RespFrame::array(vec!["later".into()]));
    assert_eq!(run("DBSIZE"), RespFrame::Integer(1));
    let RespFrame::Integer(left) = run("PTTL later") else { panic!("an integer") };
    assert!((90_000..=100_000).contains(&left));
}

#[test]
fn version_3_has_types_of_its_own() {
    let store = StorageEngine::new();
    let mut session = Session::new(0);
    session.protocol = 3;
    let mut run = |command: &str| store.execute(&mut session, &words(command));
    run("HSET h f v");
    run("SADD s m");
    assert_eq!(run("HGETALL h"), RespFrame::Map(vec![("f".into(), "v".into())]));
    assert_eq!(run("SMEMBERS s"), RespFrame::Set(vec!["m".into()]));
    assert_eq!(run("GET nokey"), RespFrame::Null);
    assert_eq!(run("LPOP nokey 1"), RespFrame::Null);
}

/// The pattern's definition, by trying everything; without sets.
fn matches_slowly(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        ([b'*', rest @ ..], text) => (0..=text.len()).any(|taken| matches_slowly(rest, &text[taken..])),
        ([b'?', rest @ ..], [_, behind @ ..]) => matches_slowly(rest, behind),
        ([byte, rest @ ..], [first, behind @ ..]) => byte == first && matches_slowly(rest, behind),
        (_, []) => false,
    }
}

#[test]
fn patterns_match_what_their_definition_says() {
    let strings = |alphabet: &[u8], longest: u32| -> Vec<Vec<u8>> {
        let size = alphabet.len();
        let of_length = |length: u32| {
            (0..size.pow(length)).map(move |n| (0..length).map(|at| alphabet[n / size.pow(at) % size]).collect())
        };
        (0..=longest).flat_map(of_length).collect()
    };
    let texts = strings(b"ab", 5);
    for pattern in strings(b"ab*?", 4) {
        for text in &texts {
            assert_eq!(matches(&pattern, text), matches_slowly(&pattern, text), "{pattern:?} {text:?}");
        }
    }
    // A pattern for which going back to every star would take years.
    let (pattern, text) = (b"a*".repeat(40), b"a".repeat(60));
    assert!(matches(&pattern, &text));
    assert!(!matches(&[&pattern[..], b"b"].concat(), &text));
}

const STRINGS: &str = r##"
SET k v  -->  +OK
GET k  -->  "v"
GET nokey  -->  nil
SET k w NX  -->  nil
SET new v XX  -->  nil
SET k w XX GET  -->  "v"
SET k x GET NX  -->  "w"
SET k v EX 100  -->  +OK
SET k v EX 0  -->  -ERR invalid expire time in 'set' command
SET k v EX x  -->  -ERR value is not an integer or out of range
SET k v PX -1  -->  -ERR invalid expire time in 'set' command
SET k v EX 9223372036854775807  -->  -ERR invalid expire time in 'set' command
SET k v EX 10 PX 10  -->  -ERR syntax error
SET k v EX 10 KEEPTTL  -->  -ERR syntax error
SET k v NX XX  -->  -ERR syntax error
SET k v NOPE  -->  -ERR syntax error
SET k v EX  -->  -ERR syntax error
TTL k  -->  :100
SET k w KEEPTTL  -->  +OK
TTL k  -->  :100
SET k w  -->  +OK
TTL k  -->  :-1
SETNX k v  -->  :0
SETNX fresh v  -->  :1
SETEX k 100 v  -->  +OK
SETEX k 0 v  -->  -ERR invalid expire time in 'setex' command
PSETEX k 0 v  -->  -ERR invalid expire time in 'psetex' command
GETSET k other  -->  "v"
GETDEL k  -->  "other"
GETDEL k  -->  nil
GETEX fresh EX 100  -->  "v"
TTL fresh  -->  :100
GETEX fresh PERSIST  -->  "v"
TTL fresh  -->  :-1
GETEX fresh EX 0  -->  -ERR invalid expire time in 'getex' command
GETEX nokey EX 0  -->  nil
APPEND k abc  -->  :3
APPEND k def  -->  :6
STRLEN k  -->  :6
STRLEN nokey  -->  :0
GETRANGE k 1 3  -->  "bcd"
GETRANGE k -3 -1  -->  "def"
GETRANGE k 0 100  -->  "abcdef"
GETRANGE k 4 2  -->  ""
GETRANGE k -100 -50  -->  "a"
GETRANGE k x 1  -->  -ERR value is not an integer or out of range
SUBSTR k 0 1  -->  "ab"
SETRANGE k 8 X  -->  :9
SETRANGE k -1 X  -->  -ERR offset is out of range
SETRANGE k 536870912 X  -->  -ERR string exceeds maximum allowed size (proto-max-bulk-len)
SETRANGE nokey 5 ""  -->  :0
EXISTS nokey  -->  :0
MSET a 1 b 2  -->  +OK
MGET a nokey b  -->  ["1", nil, "2"]
MSET a 1 b  -->  -ERR wrong number of arguments for 'mset' command
MSETNX a 5 c 5  -->  :0
MSETNX c 5 d 6  -->  :1
MGET a c d  -->  ["1", "5", "6"]
"##;

const COUNTERS: &str = r##"
INCR n  -->  :1
INCRBY n 10  -->  :11
DECR n  -->  :10
DECRBY n 20  -->  :-10
GET n  -->  "-10"
SET n 9223372036854775806  -->  +OK
INCR n  -->  :9223372036854775807
INCR n  -->  -ERR increment or decrement would overflow
SET n -9223372036854775808  -->  +OK
DECR n  -->  -ERR increment or decrement would overflow
DECRBY n -9223372036854775808  -->  -ERR decrement would overflow
INCRBY n x  -->  -ERR value is not an integer or out of range
SET n " 1"  -->  +OK
INCR n  -->  -ERR value is not an integer or out of range
SET n 01  -->  +OK
INCR n  -->  -ERR value is not an integer or out of range
SET n 1.5  -->  +OK
INCR n  -->  -ERR value is not an integer or out of range
INCRBYFLOAT n 0.1  -->  "1.6"
INCRBYFLOAT n -1.6  -->  "0"
SET n 5000  -->  +OK
INCRBYFLOAT n 0.1  -->  "5000.10000000000000009"
SET n 3.0e3  -->  +OK
INCRBYFLOAT n 200  -->  "3200"
INCRBYFLOAT n x  -->  -ERR value is not a valid float
INCRBYFLOAT n inf  -->  -ERR increment would produce NaN or Infinity
SET n abc  -->  +OK
INCRBYFLOAT n 1  -->  -ERR value is not a valid float
HINCRBY h f 5  -->  :5
HINCRBY h f -7  -->  :-2
HSET h t text  -->  :1
HINCRBY h t 1  -->  -ERR hash value is not an integer
HINCRBYFLOAT h t 1  -->  -ERR hash value is not a float
HINCRBYFLOAT h f 0.5  -->  "-1.5"
HINCRBYFLOAT h f nan  -->  -ERR value is not a valid float
HINCRBY h f 1  -->  -ERR hash value is not an integer
"##;

const KEYS: &str = r##"
SET a 1  -->  +OK
RPUSH l x  -->  :1
HSET h f v  -->  :1
SADD s m  -->  :1
TYPE a  -->  +string
TYPE l  -->  +list
TYPE h  -->  +hash
TYPE s  -->  +set
TYPE nokey  -->  +none
EXISTS a l nokey a  -->  :3
DBSIZE  -->  :4
KEYS a  -->  ["a"]
KEYS [h]  -->  ["h"]
RENAME nokey x  -->  -ERR no such key
RENAME a a  -->  +OK
RENAME a b  -->  +OK
EXISTS a  -->  :0
RENAMENX b l  -->  :0
RENAMENX b c  -->  :1
EXPIRE c 100  -->  :1
TTL c  -->  :100
EXPIRE c 50 GT  -->  :0
EXPIRE c 50 LT  -->  :1
TTL c  -->  :50
EXPIRE c 10 NX  -->  :0
EXPIRE c 10 NX XX  -->  -ERR NX and XX, GT or LT options at the same time are not compatible
EXPIRE c 10 GT LT  -->  -ERR GT and LT options at the same time are not compatible
EXPIRE c 10 NOPE  -->  -ERR Unsupported option NOPE
EXPIRE c x  -->  -ERR value is not an integer or out of range
EXPIRE c 9223372036854775807  -->  -ERR invalid expire time in 'expire' command
EXPIRE nokey 10  -->  :0
PERSIST c  -->  :1
PERSIST c  -->  :0
TTL c  -->  :-1
TTL nokey  -->  :-2
EXPIREAT c 99999999999  -->  :1
EXPIRETIME c  -->  :99999999999
PEXPIRETIME c  -->  :99999999999000
RENAME c d  -->  +OK
EXPIRETIME d  -->  :99999999999
COPY d e  -->  :1
EXPIRETIME e  -->  :99999999999
COPY d e  -->  :0
COPY d e REPLACE  -->  :1
COPY d d  -->  -ERR source and destination objects are the same
COPY d d DB 1  -->  :1
COPY d d DB 99  -->  -ERR DB index is out of range
PEXPIRE d -1  -->  :1
EXISTS d  -->  :0
MOVE e 1  -->  :1
MOVE e 0  -->  -ERR source and destination objects are the same
MOVE e 99  -->  -ERR DB index is out of range
SELECT 1  -->  +OK
DBSIZE  -->  :2
SELECT 0  -->  +OK
SWAPDB 0 1  -->  +OK
DBSIZE  -->  :2
SWAPDB 0 99  -->  -ERR DB index is out of range
SWAPDB 0 x  -->  -ERR invalid second DB index
SELECT 16  -->  -ERR DB index is out of range
SELECT x  -->  -ERR value is not an integer or out of range
DEL e e nokey  -->  :1
UNLINK e  -->  :0
FLUSHDB  -->  +OK
DBSIZE  -->  :0
FLUSHDB NOPE  -->  -ERR syntax error
PING  -->  +PONG
PING hello  -->  "hello"
PING a b  -->  -ERR wrong number of arguments for 'ping' command
ECHO hi  -->  "hi"
ECHO  -->  -ERR wrong number of arguments for 'echo' command
NOPE a b  -->  -ERR unknown command 'NOPE', with args beginning with: 'a' 'b' 
GET  -->  -ERR wrong number of arguments for 'get' command
GET a b  -->  -ERR wrong number of arguments for 'get' command
"##;

const HASHES: &str = r##"
HSET h a 1 b 2  -->  :2
HSET h a 3 c 4  -->  :1
HSET h a  -->  -ERR wrong number of arguments for 'hset' command
HSET h a 1 b  -->  -ERR wrong number of arguments for 'hset' command
HMSET h d 5  -->  +OK
HGET h a  -->  "3"
HGET h nofield  -->  nil
HGET nokey f  -->  nil
HMGET h a nofield b  -->  ["3", nil, "2"]
HMGET nokey a b  -->  [nil, nil]
HGETALL h  -->  ["a", "3", "b", "2", "c", "4", "d", "5"]
HGETALL nokey  -->  []
HKEYS h  -->  ["a", "b", "c", "d"]
HVALS h  -->  ["3", "2", "4", "5"]
HLEN h  -->  :4
HLEN nokey  -->  :0
HEXISTS h a  -->  :1
HEXISTS h nofield  -->  :0
HSTRLEN h a  -->  :1
HSETNX h a 9  -->  :0
HSETNX h e 9  -->  :1
HDEL h a nofield b  -->  :2
HDEL h c d e  -->  :3
EXISTS h  -->  :0
HDEL h a  -->  :0
SET k v  -->  +OK
HSET k f v  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
HGETALL k  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
HDEL k f  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
"##;

const LISTS: &str = r##"
RPUSH l a b c  -->  :3
LPUSH l z y  -->  :5
LRANGE l 0 -1  -->  ["y", "z", "a", "b", "c"]
LRANGE l 1 2  -->  ["z", "a"]
LRANGE l -2 100  -->  ["b", "c"]
LRANGE l 3 1  -->  []
LRANGE nokey 0 -1  -->  []
LRANGE l x 1  -->  -ERR value is not an integer or out of range
LLEN l  -->  :5
LINDEX l 0  -->  "y"
LINDEX l -1  -->  "c"
LINDEX l 99  -->  nil
LINDEX nokey x  -->  nil
LSET l 0 Y  -->  +OK
LSET l 99 v  -->  -ERR index out of range
LSET nokey 0 v  -->  -ERR no such key
LINSERT l BEFORE a aa  -->  :6
LINSERT l after a bb  -->  :7
LINSERT l BEFORE nope x  -->  :-1
LINSERT nokey BEFORE a x  -->  :0
LINSERT l NOPE a x  -->  -ERR syntax error
LPOS l a  -->  :3
LPOS l nope  -->  nil
RPUSH l a a  -->  :9
LPOS l a RANK -1  -->  :8
LPOS l a RANK 2 COUNT 0  -->  [:7, :8]
LPOS l a COUNT 0 MAXLEN 4  -->  [:3]
LPOS l a RANK 0  -->  -ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
LPOS l a COUNT -1  -->  -ERR COUNT can't be negative
LREM l 1 a  -->  :1
LREM l -1 a  -->  :1
LREM l 0 nope  -->  :0
LRANGE l 0 -1  -->  ["Y", "z", "aa", "bb", "b", "c", "a"]
LTRIM l 1 -2  -->  +OK
LRANGE l 0 -1  -->  ["z", "aa", "bb", "b", "c"]
LPOP l  -->  "z"
RPOP l  -->  "c"
LPOP l 2  -->  ["aa", "bb"]
LPOP l 0  -->  []
LPOP l -1  -->  -ERR value is out of range, must be positive
LPOP l x  -->  -ERR value is out of range, must be positive
LPOP nokey  -->  nil
LPOP nokey 1  -->  nil
LPOP l 1 2  -->  -ERR wrong number of arguments for 'lpop' command
RPOP l 99  -->  ["b"]
EXISTS l  -->  :0
LPUSHX l v  -->  :0
RPUSHX l v  -->  :0
RPUSH src 1 2 3  -->  :3
RPOPLPUSH src dst  -->  "3"
RPOPLPUSH src src  -->  "2"
LMOVE src dst LEFT RIGHT  -->  "2"
LMOVE src dst LEFT NOPE  -->  -ERR syntax error
LMOVE nokey dst LEFT LEFT  -->  nil
LRANGE src 0 -1  -->  ["1"]
LRANGE dst 0 -1  -->  ["3", "2"]
LTRIM dst 5 10  -->  +OK
EXISTS dst  -->  :0
SET k v  -->  +OK
RPUSH k x  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
LMOVE src k LEFT LEFT  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
LMOVE k src LEFT LEFT  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
LRANGE src 0 -1  -->  ["1"]
"##;

const SETS: &str = r##"
SADD s 3 1 2  -->  :3
SADD s 1 4  -->  :1
SMEMBERS s  -->  ["1", "2", "3", "4"]
SMEMBERS nokey  -->  []
SCARD s  -->  :4
SISMEMBER s 1  -->  :1
SISMEMBER s 9  -->  :0
SMISMEMBER s 1 9  -->  [:1, :0]
SREM s 1 9  -->  :1
SADD t 2 3 5  -->  :3
SINTER s t  -->  ["2", "3"]
SINTER s nokey  -->  []
SUNION s t  -->  ["2", "3", "4", "5"]
SDIFF s t  -->  ["4"]
SDIFF nokey s  -->  []
SINTERSTORE d s t  -->  :2
SMEMBERS d  -->  ["2", "3"]
SUNIONSTORE d s t  -->  :4
SDIFFSTORE d s t  -->  :1
SMEMBERS d  -->  ["4"]
SINTERSTORE d s nokey  -->  :0
EXISTS d  -->  :0
SINTERCARD 2 s t  -->  :2
SINTERCARD 2 s t LIMIT 1  -->  :1
SINTERCARD 0 s  -->  -ERR numkeys should be greater than 0
SINTERCARD x s  -->  -ERR numkeys should be greater than 0
SINTERCARD 3 s t  -->  -ERR Number of keys can't be greater than number of args
SINTERCARD 1 s LIMIT -1  -->  -ERR LIMIT can't be negative
SINTERCARD 1 s NOPE  -->  -ERR syntax error
SMOVE s t 4  -->  :1
SMOVE s t 9  -->  :0
SMOVE s nokey 2  -->  :1
SMOVE nokey s 1  -->  :0
SMEMBERS t  -->  ["2", "3", "4", "5"]
DEL t  -->  :1
EXISTS t  -->  :0
SPOP t  -->  nil
SPOP t 1  -->  []
SPOP t -1  -->  -ERR value is out of range, must be positive
SPOP t 1 2  -->  -ERR syntax error
SRANDMEMBER nokey  -->  "2"
SRANDMEMBER nokey 2  -->  ["2"]
SRANDMEMBER s x  -->  -ERR value is not an integer or out of range
SET k v  -->  +OK
SADD k x  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
SINTER s k  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
SUNIONSTORE k s  -->  :1
SMEMBERS k  -->  ["3"]
SMOVE s l 3  -->  :1
"##;

/// A client would take the second line for the next reply.
#[test]
fn what_a_client_sent_breaks_no_line_of_a_reply() {
    let (store, mut session) = (StorageEngine::new(), Session::default());
    store.execute(&mut session, &["SET", "k", "v"]);
    for command in [&["EXPIRE", "k", "1", "a\r\n+b"][..], &["a\r\n+b"], &["GET\n", "k"], &["SCRIPT\r", "k"]] {
        let reply = store.execute(&mut session, command);
        let text = reply.as_bytes().expect("an error");
        assert!(reply.is_error() && !text.contains(&b'\n') && !text.contains(&b'\r'), "{command:?}: {reply:?}");
    }
}
