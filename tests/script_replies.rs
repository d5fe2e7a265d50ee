//! What scripts reply, compared with what a Redis server replied.
//!
//! Each line is a script, what follows it in the command, and the reply of Redis 7.0.15, in the notation of [`show`]. A line break
//! in a script is written `⏎`. The lines of a table share a store.

#![cfg(feature = "script")]
#![forbid(unsafe_code)]

use std::sync::Arc;

use ferrous::script::{Session, Storage};
use ferrous::{RespFrame, StorageEngine};
use pretty_assertions::assert_eq;

/// A reply in one line.
fn show(frame: &RespFrame) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match frame {
        RespFrame::SimpleString(bytes) => format!("+{}", text(bytes)),
        RespFrame::Error(bytes) => format!("-{}", text(bytes)),
        RespFrame::Integer(n) => format!(":{n}"),
        RespFrame::BulkString(Some(bytes)) => format!("\"{}\"", bytes.escape_ascii()).replace("\\'", "'"),
        RespFrame::Array(Some(frames)) => format!("[{}]", frames.iter().map(show).collect::<Vec<_>>().join(", ")),
        RespFrame::BulkString(None) | RespFrame::Array(None) | RespFrame::Null => "nil".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A line of a table, and the line as it should be.
fn check(table: &str, command_of: impl Fn(&str) -> Vec<String>) {
    let store = StorageEngine::new();
    let storage: Arc<dyn Storage> = store.clone();
    let session = Session::default();
    let mut lines = 0;
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (source, _) = line.split_once("  -->  ").expect("a line has an arrow");
        let reply =
            store.scripts().execute(&storage, &session, &command_of(source)).expect("it is a scripting command");
        assert_eq!(format!("{source}  -->  {}", show(&reply)), line);
        lines += 1;
    }
    assert!(lines > 10, "the table is there");
}

/// The command for a script, and for what stands behind it, or no keys and arguments.
fn eval(line: &str) -> Vec<String> {
    let (source, args) = line.split_once("  ##").unwrap_or((line, " 0"));
    let args = args.strip_prefix(' ').unwrap_or(args).split(' ').map(str::to_owned);
    ["EVAL".to_owned(), source.replace('⏎', "\n")].into_iter().chain(args).collect()
}

#[test]
fn results_are_converted() {
    check(CONVERSIONS, eval);
}

#[test]
fn commands_reply() {
    check(COMMANDS, eval);
}

#[test]
fn globals_are_protected() {
    check(GLOBALS, eval);
}

#[test]
fn errors_say_what_and_where() {
    check(ERRORS, eval);
}

#[test]
fn keys_and_arguments_are_passed() {
    check(ARGUMENTS, eval);
}

#[test]
fn scripting_commands_reply() {
    check(SCRIPTING, |line| {
        let quoted = line.split('"').map(str::to_owned).collect::<Vec<_>>();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match &quoted[..] {
            [before, source, behind] => [words(before), vec![source.clone()], words(behind)].concat(),
            _ => words(line),
        }
    });
}

/// What a script returns, as a reply.
const CONVERSIONS: &str = r###"
return 1  -->  :1
return 3.99  -->  :3
return -3.99  -->  :-3
return 1e300  -->  :-9223372036854775808
return 0/0  -->  :-9223372036854775808
return -0.5  -->  :0
return 9007199254740993  -->  :9007199254740992
return {1,2.7,'x',nil,4}  -->  [:1, :2, "x"]
return {}  -->  []
return true  -->  :1
return false  -->  nil
return nil  -->  nil
return  -->  nil
return {true,false,1}  -->  [:1, nil, :1]
return {false,nil,1}  -->  [nil]
return 'a\0b\r\nc'  -->  "a\x00b\r\nc"
return {ok='FINE'}  -->  +FINE
return {err='My Err'}  -->  -My Err
return {err='My Err\r\nfoo'}  -->  -My Err  foo
return {ok='a\r\nb'}  -->  +a  b
return {ok=1}  -->  []
return {err=1}  -->  []
return {ok='y',err='E x'}  -->  -E x
return {1,{2,{3,{ok='x'}}},{err='E y'}}  -->  [:1, [:2, [:3, +x]], -E y]
return function() end  -->  nil
return {1,function() end,3}  -->  [:1, nil, :3]
return coroutine.create(function() end)  -->  nil
return {double=3.5}  -->  "3.5"
return {double=0.1}  -->  "0.10000000000000001"
return {map={a=1}}  -->  ["a", :1]
return {map={a={1,2}}}  -->  ["a", [:1, :2]]
return {set={a=true}}  -->  ["a"]
return {big_number='123'}  -->  "123"
return {verbatim_string={format='txt',string='hi'}}  -->  "hi"
return 1, 2  -->  :1
return setmetatable({}, {__index=function(t,k) return 'm' end})  -->  []
return setmetatable({'raw'}, {__index={[2]='m'}})  -->  ["raw"]
return {[1]='a',[3]='c',x='y'}  -->  ["a"]
return 'x',{}  -->  "x"
return redis.error_reply('MY ERR')  -->  -MY ERR
return redis.error_reply('-MY ERR')  -->  -MY ERR
return redis.error_reply('oops')  -->  -ERR oops
return redis.error_reply('-oops')  -->  -ERR oops
return redis.error_reply('')  -->  -ERR 
return redis.error_reply('a b\r\n')  -->  -a b
return redis.error_reply()  -->  -ERR wrong number or type of arguments
return redis.error_reply(1)  -->  -ERR wrong number or type of arguments
return redis.status_reply('YES')  -->  +YES
return redis.status_reply('')  -->  +
return redis.status_reply(1,2)  -->  -ERR wrong number or type of arguments
return redis.status_reply({})  -->  -ERR wrong number or type of arguments
return redis.status_reply('a').ok  -->  "a"
return redis.error_reply('a').err  -->  "ERR a"
"###;

/// What commands reply to a script.
const COMMANDS: &str = r###"
return redis.call('set',KEYS[1],ARGV[1])  ## 1 k v  -->  +OK
return redis.call('get',KEYS[1])  ## 1 k  -->  "v"
return redis.call('get','nokey')  -->  nil
return type(redis.call('get','nokey'))  -->  "boolean"
return redis.call('set','k','v').ok  -->  "OK"
return {redis.call('mget','k','nokey','k')}  -->  [["v", nil, "v"]]
return #redis.call('mget','k','nokey','k')  -->  :3
return redis.call('rpush','l',1,2.5,'x')  -->  :3
return redis.call('lrange','l',0,-1)  -->  ["1", "2.5", "x"]
return redis.call('lpop','l',0)  -->  []
return redis.call('lpop','nol',1)  -->  nil
return type(redis.call('lpop','nol',1))  -->  "boolean"
return redis.call('hset','h','f','v','g','w')  -->  :2
return redis.call('hgetall','h')  -->  ["f", "v", "g", "w"]
redis.setresp(3) return redis.call('hgetall','h').map.f  -->  "v"
redis.setresp(3) return type(redis.call('get','nokey'))  -->  "nil"
redis.setresp(3) redis.setresp(2) return type(redis.call('get','nokey'))  -->  "boolean"
redis.call('sadd','s',3,1,2) return redis.call('smembers','s')  -->  ["1", "2", "3"]
redis.setresp(3) return redis.call('smembers','s').set['1']  -->  :1
redis.setresp(3) return #redis.call('sinter','s')  -->  :0
return redis.call('incr','n')  -->  :1
return redis.call('incr','n') + 0.5  -->  :2
return redis.call('INCRBY','n',10)  -->  :12
return redis.call('incrbyfloat','n',0.1)  -->  "12.10000000000000001"
return redis.call('set','n',3.5)  -->  +OK
return redis.call('get','n')  -->  "3.5"
redis.call('set','n',1e20) return redis.call('get','n')  -->  "1e+20"
redis.call('set','n',0.1) return redis.call('get','n')  -->  "0.10000000000000001"
redis.call('set','n',1e15) return redis.call('get','n')  -->  "1000000000000000"
redis.call('set','n',1e17) return redis.call('get','n')  -->  "1e+17"
redis.call('set','n',-0) return redis.call('get','n')  -->  "-0"
redis.call('set','n',1/0) return redis.call('get','n')  -->  "inf"
redis.call('set','n',1/3) return redis.call('get','n')  -->  "0.33333333333333331"
redis.call('set','n',2^53) return redis.call('get','n')  -->  "9007199254740992"
redis.call('set','n',2^63) return redis.call('get','n')  -->  "9.2233720368547758e+18"
redis.call('set','n',-2^63) return redis.call('get','n')  -->  "-9.2233720368547758e+18"
redis.call('set','n',100) return redis.call('get','n')  -->  "100"
redis.call('set','n',-1.5e-7) return redis.call('get','n')  -->  "-1.4999999999999999e-07"
redis.call('set','n',123456789012345678) return redis.call('get','n')  -->  "1.2345678901234568e+17"
return redis.call('foo')  -->  -ERR Unknown Redis command called from script script: cc78c5a793d041f28ab0f6b117a82d1428ccfd13, on @user_script:1.
return redis.call('get')  -->  -ERR Wrong number of args calling Redis command from script script: f187dee77f607f7cff00bbabc9df38507582c78d, on @user_script:1.
return redis.call('get','a','b')  -->  -ERR Wrong number of args calling Redis command from script script: aa27915209d20b65685c6c9e00817c26a6178f92, on @user_script:1.
return redis.call()  -->  -ERR Please specify at least one argument for this redis lib call script: 0a907e1429221a4d85516cab7fd219a82a9439d8, on @user_script:1.
return redis.pcall()  -->  -ERR Please specify at least one argument for this redis lib call
return redis.call({})  -->  -ERR Lua redis lib command arguments must be strings or integers script: 80747816df1f4411f7c442b928fce6a814214839, on @user_script:1.
return redis.call('get',{})  -->  -ERR Lua redis lib command arguments must be strings or integers script: 4deb073a545207f215b56dcef5ca825f9f406808, on @user_script:1.
return redis.call('get',true)  -->  -ERR Lua redis lib command arguments must be strings or integers script: 4d168cbc7c794d735a5577446b5ad6b9a5ff5016, on @user_script:1.
return redis.call('get',nil)  -->  -ERR Lua redis lib command arguments must be strings or integers script: c4f0508352db6a351553146ea055b37d9498876d, on @user_script:1.
return redis.pcall('get',{})  -->  -ERR Lua redis lib command arguments must be strings or integers
return redis.pcall('nosuch')  -->  -ERR Unknown Redis command called from script
return redis.call('lpush','k',1)  -->  -WRONGTYPE Operation against a key holding the wrong kind of value script: 6c12f2822c2168cc39c60d6cb7fda394ad393223, on @user_script:1.
return redis.pcall('lpush','k',1)  -->  -WRONGTYPE Operation against a key holding the wrong kind of value
return redis.pcall('lpush','k',1).err  -->  "WRONGTYPE Operation against a key holding the wrong kind of value"
local ok,e=pcall(redis.call,'lpush','k',1) return {type(e),e}  -->  ["string", "WRONGTYPE Operation against a key holding the wrong kind of value"]
local ok,e=pcall(redis.call,'nosuch') return e  -->  "ERR Unknown Redis command called from script"
return {pcall(redis.pcall,'nosuch')}  -->  [:1, -ERR Unknown Redis command called from script]
local e=redis.pcall('nosuch') return type(e)..e.err  -->  "tableERR Unknown Redis command called from script"
redis.call('lpush','k',1) return 'unreached'  -->  -WRONGTYPE Operation against a key holding the wrong kind of value script: c2e1ff34a533491866aa980ee947e65956a5826f, on @user_script:1.
redis.pcall('lpush','k',1) return 'reached'  -->  "reached"
error(redis.pcall('lpush','k',1))  -->  -WRONGTYPE Operation against a key holding the wrong kind of value script: b574955f3ab1044c928659da6363e6c05514b836, on @user_script:1.
return redis.call('eval','return 1',0)  -->  -ERR This Redis command is not allowed from script script: 595931feb16e9cba240a2e4c6a852627761118e3, on @user_script:1.
return redis.call('multi')  -->  -ERR This Redis command is not allowed from script script: c329a1a294be6bf95b44144f7502610661ae925a, on @user_script:1.
return redis.call('SUBSCRIBE','x')  -->  -ERR This Redis command is not allowed from script script: 29e26abf7d6c5f139b1a70728e41ec7c6997fe5a, on @user_script:1.
return redis.call('script','flush')  -->  -ERR This Redis command is not allowed from script script: 2e2db287d48c36431e8437bb7077dc6af3cae3d6, on @user_script:1.
return redis.call('select',1)  -->  +OK
redis.call('select',1) return redis.call('set','in1','x')  -->  +OK
return redis.call('get','in1')  -->  nil
return redis.call('select',99)  -->  -ERR DB index is out of range script: 4ad5abfc50bbccb484223905f9a16f09cd043ba8, on @user_script:1.
return redis.call('select','x')  -->  -ERR value is not an integer or out of range script: e8700f003cff2a25227263baeda291e27696a5ac, on @user_script:1.
return redis.call('echo','x')  -->  "x"
return redis.call('ping')  -->  +PONG
return redis.call('type','l')  -->  +list
return redis.call('type','l').ok  -->  "list"
return redis.call('exists','k','l','nokey')  -->  :2
return redis.call('set','k','v','PX',100000) and redis.call('pttl','k') > 90000  -->  :1
return redis.call('time')[1] == redis.call('time')[1]  -->  :1
return redis.call('set', KEYS[1], 'a\0b') and redis.call('strlen', KEYS[1])  ## 1 bin  -->  :3
return redis.call('get','bin')  -->  "a\x00b"
return redis.call('dbsize')  -->  :6
return redis.call('incr','k')  -->  -ERR value is not an integer or out of range script: 1f71dc1cd0b838440b29a02b9ecb8480e01af28a, on @user_script:1.
return redis.call('setex','k',0,'v')  -->  -ERR invalid expire time in 'setex' command script: 2d16786e177c2bff3d165072b6959c912d361f67, on @user_script:1.
return redis.call('hincrby','h','f',1)  -->  -ERR hash value is not an integer script: 6dd27e3aa4abc9c2a38832b04aa9212264bcb069, on @user_script:1.
"###;

/// What a script sees, and cannot change.
const GLOBALS: &str = r###"
return x  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'x' script: 03c387736bb5cc009ff35151572cee04677aa374, on @user_script:1.
x=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: 7caf6056913504f0508c65faf2dc3f94ff65bcfd, on @user_script:1.
x.y=1  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'x' script: e76d2c636d16b9a38224aca44d3b1d4c071c18e5, on @user_script:1.
function foo() end  -->  -ERR user_script:1: Attempt to modify a readonly table script: bd1a756f2a366ca5ab2b4d19a66ce4fda5626f15, on @user_script:1.
local function f() end f() return 'fine'  -->  "fine"
rawset(_G,'x',1)  -->  -ERR Attempt to modify a readonly table script: 90860ee597073785c7a12c667667abc4495e2c78, on @user_script:1.
return rawget(_G,'x')  -->  nil
return type(rawget(_G,'redis'))  -->  "table"
_G.x=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: 9f1cf4e38bfbdecb441f9ea07fb01f5b69497362, on @user_script:1.
return _G.x  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'x' script: a77ae67de163f975b1ed8463acc72469cf24a035, on @user_script:1.
_G.KEYS=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: f59fbb9e88fa477db18490f343b7205ab262eb86, on @user_script:1.
KEYS=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: ca0990f0b41102cb81caee914a8ee6a01cf984e6, on @user_script:1.
redis=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: ef32971a96d444d97f0ff47a7b4a40ba3e57e033, on @user_script:1.
redis.call=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: 70f4e18b61fcf46601aff14fe2eaa0a7d2ff5e00, on @user_script:1.
redis.foo=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: cd875cfa317576330f03d4f48ba27897c2608c59, on @user_script:1.
return redis.foo  -->  nil
string.foo=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: 430e58f82d10fb9c20c167012c39650705856070, on @user_script:1.
string.format=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: 05ec72bcd7b4312733b5307b795175709c15966c, on @user_script:1.
math.pi=3  -->  -ERR user_script:1: Attempt to modify a readonly table script: 166eacc19c77b75deb701b77737523a15fc4fff8, on @user_script:1.
table.insert=nil  -->  -ERR user_script:1: Attempt to modify a readonly table script: 34dbbcbd1769c5db850a153fcfa5c2d138e28730, on @user_script:1.
coroutine.wrap=nil  -->  -ERR user_script:1: Attempt to modify a readonly table script: 64b106d478644921b59a109f368a1bca09a693c4, on @user_script:1.
return _G._G==_G  -->  :1
return _G==nil  -->  nil
return getmetatable(_G)  -->  []
return getmetatable(string)  -->  nil
getmetatable('').__index=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: 6252c9f1f7b0d445012a0983d7595ca7470339b9, on @user_script:1.
getmetatable('').__add=1  -->  -ERR user_script:1: Attempt to modify a readonly table script: 030a5fe5414bca01a3db77e4c2941504af9361f0, on @user_script:1.
return type(getmetatable(''))  -->  "table"
return getmetatable('').__index == string  -->  :1
KEYS[1]='q' ARGV[1]='r' return {KEYS[1],ARGV[1]}  ## 1 a b  -->  ["q", "r"]
return os  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'os' script: f03b5ad6e7d58786b6a5e879efbea4a4408f5c2f, on @user_script:1.
return io  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'io' script: badfe324d30f60abd2dbecf4d4b0f915038384e2, on @user_script:1.
return debug  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'debug' script: 7f0eed9eaa523ec9e1ff69159f45a399473d9771, on @user_script:1.
return package  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'package' script: bfab18646c3a65e87365badef4807726c27a0041, on @user_script:1.
return require  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'require' script: 68c9d8918a98cebaec1948aff703e96c57af9fdd, on @user_script:1.
return dofile  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'dofile' script: 0c5f629ecf4a281cada464398cd571c2f6828b27, on @user_script:1.
return loadfile  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'loadfile' script: a08fbe72c95f67027cc9b6349f5d335b598397b7, on @user_script:1.
return print  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'print' script: df4c752a7558004676bbee87e38b92e0b9056d68, on @user_script:1.
return getfenv  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'getfenv' script: 16cfebc0feae9751eb6419326840e1512625eb36, on @user_script:1.
return setfenv  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'setfenv' script: 3ffeb955c6323bb75eb872e0e1bc7214ea8780d9, on @user_script:1.
return newproxy  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'newproxy' script: f77b925834a6a5cd4c3f954d604c77e44181c40f, on @user_script:1.
return module  -->  -ERR user_script:1: Script attempted to access nonexistent global variable 'module' script: 2803774b6b78613fcfa3f4ce44070f589e937542, on @user_script:1.
return loadstring(string.dump(function() return 1 end))  -->  nil
return load('return 1')  -->  -ERR user_script:1: bad argument #1 to 'load' (function expected, got string) script: 311925b1490955a8f8c4ba46f2dea77f20c31b4e, on @user_script:1.
return loadstring('return 1+1')()  -->  :2
return loadstring('x=1')()  -->  -ERR [string "x=1"]:1: Attempt to modify a readonly table script: 0c14d5734b62d25f8e858e0229d5df5ab94f9eba, on x=1:1.
return loadstring('return x')()  -->  -ERR [string "return x"]:1: Script attempted to access nonexistent global variable 'x' script: bc6c8f5739bc9265a1c05115a82d34f021d42f96, on return x:1.
return loadstring('return _G')()==_G  -->  :1
local f=load(coroutine.wrap(function() coroutine.yield('return 7') end)) return f()  -->  :7
local n=0 for k in pairs(string) do n=n+1 end return n > 10  -->  :1
local found for k in pairs(_G) do if k=='redis' then found=1 end end return found  -->  :1
local n=0 for k,v in pairs({1,2,x=3}) do n=n+v end return n  -->  :6
return collectgarbage('count') > 0  -->  :1
return {collectgarbage('stop'), collectgarbage('restart')}  -->  [:0, :0]
return collectgarbage()  -->  :0
return _VERSION  -->  "Lua 5.1"
return tostring(math.random())=='0'  -->  nil
math.randomseed(0) return {tostring(math.random()),tostring(math.random()),math.random(100),math.random(5,10)}  -->  ["0.17082803611217", "0.74990198051087", :10, :10]
math.randomseed(5) return {tostring(math.random()),math.random(10),math.random(-3,3)}  -->  ["0.52483957937213", :3, :2]
math.randomseed(-7) return math.random(1000000)  -->  :75212
return math.random(0)  -->  -ERR user_script:1: bad argument #1 to 'random' (interval is empty) script: 008bcb60f86ee36d26c67b641b46674578d9cba0, on @user_script:1.
return math.random(2,1)  -->  -ERR user_script:1: bad argument #2 to 'random' (interval is empty) script: 154b051a78bd7bb133691517692e1a7a38d25895, on @user_script:1.
return math.random(1,2,3)  -->  -ERR user_script:1: wrong number of arguments script: 5cd983b5db563301a1c7ab05351573640323e7a9, on @user_script:1.
return math.randomseed()  -->  -ERR user_script:1: bad argument #1 to 'randomseed' (number expected, got no value) script: 9eed10cf76a7a6865ba6e0fcf62b0b32831bf4da, on @user_script:1.
return ('x'):rep(3):upper()  -->  "XXX"
return #('abc')  -->  :3
return string.gsub('hello','l','L')  -->  "heLLo"
return table.concat({1,2,3},',')  -->  "1,2,3"
return {unpack({1,2,3})}  -->  [:1, :2, :3]
return select('#',1,2,3)  -->  :3
return tonumber('0x10')  -->  :16
return {pcall(error,'x')}  -->  [nil, "x"]
return {pcall(error,{err='in a table'})}  -->  [nil, "in a table"]
return {pcall(error,{code=1})}  -->  [nil, []]
return {pcall(function() return 1,2 end)}  -->  [:1, :1, :2]
return {xpcall(function() error('x',0) end,function(m) return m..'!' end)}  -->  [nil, "x!"]
local co=coroutine.wrap(function(a) local b=coroutine.yield(a+1) return b*2 end) return {co(1),co(10)}  -->  [:2, :20]
"###;

/// What goes wrong, and the library.
const ERRORS: &str = r###"
error('boom')  -->  -ERR user_script:1: boom script: 82903a0434f1503e152f89c03c9acd881a0e8150, on @user_script:1.
error('boom',0)  -->  -ERR boom script: 8ed6bdaa91a78433c7127e0a0f1b142e932907c7, on @user_script:1.
error({err='MY boom'})  -->  -MY boom script: 4c2ee35ef37c857625d6ec6d812eab72377cfa97, on @user_script:1.
error({err='x', line='7', source='q'})  -->  -x script: 224fa6550d5382878437c27afbcb42a3cf2bbdfe, on @user_script:1.
error()  -->  -ERR nil script: aca90d914519fdb9825352bdc0befb59f7c8510f, on @user_script:1.
error(nil)  -->  -ERR nil script: c402aa49952c86c38f35fb311d54977d08f3bf01, on @user_script:1.
error(true)  -->  -ERR true script: 4fafe2149f68a1618a3eef40aeef55f5af6951da, on @user_script:1.
error(12)  -->  -ERR user_script:1: 12 script: 531d78cb0a3022f46aa8fcca247caa61d303b321, on @user_script:1.
error('a\nb')  -->  -ERR user_script:1: a b script: 119790126df3fc201f8f0498095b28c62b174151, on @user_script:1.
⏎⏎local x = 1⏎error('line4')  -->  -ERR user_script:4: line4 script: 0c893d49f89394c20640f590d98538b4e3cc339a, on @user_script:4.
local function f() local y = nil + 1 end⏎⏎f()  -->  -ERR user_script:1: attempt to perform arithmetic on a nil value script: 6c2a8f7f24c8755eaadeab5f42080b54c9c1dcd1, on @user_script:1.
local t = nil⏎return t.x  -->  -ERR user_script:2: attempt to index local 't' (a nil value) script: 5e383a4a9d10a799a7bdaae726524fbbe9af80c0, on @user_script:2.
return 'a' < 1  -->  -ERR user_script:1: attempt to compare string with number script: 1bcc9b60c52cffd4347d71c33042b3e1c737e638, on @user_script:1.
return {} .. 'x'  -->  -ERR user_script:1: attempt to concatenate a table value script: bd7fed2b307ec6d6b2ab70b695be1da1b8c86eca, on @user_script:1.
return #nil  -->  -ERR user_script:1: attempt to get length of a nil value script: 6d6abd31d8721234b1ee1a830316ae36ef2693e2, on @user_script:1.
string.rep()  -->  -ERR user_script:1: bad argument #1 to 'rep' (string expected, got no value) script: 2ec92a5bc2be10279b788c84861101755037b120, on @user_script:1.
('x'):bad()  -->  -ERR user_script:1: attempt to call method 'bad' (a nil value) script: 3b1ba0968b3d6db258eef967fb07155b29f68231, on @user_script:1.
local function f() error('deep') end⏎local function g() f() end⏎g()  -->  -ERR user_script:1: deep script: fcfe7b39a4bd241fc3b57a447bdf7decec15e500, on @user_script:1.
return string.format('%d','x')  -->  -ERR user_script:1: bad argument #2 to 'format' (number expected, got string) script: 9bfa036ce43f6560d99a9ff4520ef83947aa76a4, on @user_script:1.
loadstring('error("inner")')()  -->  -ERR [string "error("inner")"]:1: inner script: 1be1f41547f2f27011a4738885d5d940ea25e416, on error("inner"):1.
coroutine.wrap(function() error('in co') end)()  -->  -ERR user_script:1: user_script:1: in co script: c00493f1e72a707ce96149965a88560fb4477761, on @user_script:1.
syntax error  -->  -ERR Error compiling script (new function): user_script:1: '=' expected near 'error'
return 'unclosed  -->  -ERR Error compiling script (new function): user_script:1: unfinished string near '<eof>'
for  -->  -ERR Error compiling script (new function): user_script:1: '<name>' expected near '<eof>'
return return  -->  -ERR Error compiling script (new function): user_script:1: unexpected symbol near 'return'
x = = 1  -->  -ERR Error compiling script (new function): user_script:1: unexpected symbol near '='
⏎⏎local a = }  -->  -ERR Error compiling script (new function): user_script:3: unexpected symbol near '}'
  -->  nil
-- nothing  -->  nil
return redis.sha1hex('')  -->  "da39a3ee5e6b4b0d3255bfef95601890afd80709"
return redis.sha1hex()  -->  -ERR wrong number of arguments script: 3c7ce947ae74a835cc575b6ee87fb27503cb7ba4, on @user_script:1.
return redis.sha1hex('a','b')  -->  -ERR wrong number of arguments script: edf6261c570172733db1a1733deb85dff3d07a94, on @user_script:1.
return redis.sha1hex(1)  -->  "356a192b7913b04c54574d18c28d46e6395428ab"
return redis.sha1hex({})  -->  "da39a3ee5e6b4b0d3255bfef95601890afd80709"
return redis.log(1)  -->  -ERR redis.log() requires two arguments or more. script: f5438245431406aa19fc387d93c6d03a0d5bcb0f, on @user_script:1.
return redis.log('x','y')  -->  -ERR First argument must be a number (log level). script: 7eb2c51797b5ba4486062c3780fcd2ba1dfab7c7, on @user_script:1.
return redis.log(9,'y')  -->  -ERR Invalid debug level. script: e194bc592416374d3163019b086b4cbc01c0129b, on @user_script:1.
return redis.log(-1,'y')  -->  -ERR Invalid debug level. script: d7e041ff4b951a75a8600a79e698bb7fcbbd877c, on @user_script:1.
return redis.log(redis.LOG_WARNING,'y','z')  -->  nil
return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}  -->  [:0, :1, :2, :3]
return redis.setresp(4)  -->  -ERR RESP version must be 2 or 3. script: 921c0a48021d97dfd5884aeea41875972c7804d9, on @user_script:1.
return redis.setresp()  -->  -ERR redis.setresp() requires one argument. script: 76da64e28014e7c9ad76db33c3918c53d81a3d7e, on @user_script:1.
return redis.setresp('x')  -->  -ERR RESP version must be 2 or 3. script: 832d0a243114b515e35cb3f65c28e22af06cd822, on @user_script:1.
return redis.setresp(3)  -->  nil
return redis.replicate_commands()  -->  :1
return {redis.REPL_ALL,redis.REPL_AOF,redis.REPL_NONE,redis.REPL_REPLICA,redis.REPL_SLAVE,redis.REDIS_VERSION,redis.REDIS_VERSION_NUM}  -->  [:3, :1, :0, :2, :2, "7.0.15", :458767]
return redis.set_repl()  -->  -ERR redis.set_repl() requires two arguments. script: 9504533b41060c143a92eb2f8878e77d33b6dc33, on @user_script:1.
return redis.set_repl(99)  -->  -ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE. script: fae934173b6296d6836d5d5f52e192640f8897d9, on @user_script:1.
return redis.set_repl(redis.REPL_NONE)  -->  nil
return redis.breakpoint()  -->  nil
return redis.debug('x')  -->  nil
"###;

/// Keys and arguments.
const ARGUMENTS: &str = r###"
return 1  ## -1  -->  -ERR Number of keys can't be negative
return 1  ## 1  -->  -ERR Number of keys can't be greater than number of args
return 1  ## a  -->  -ERR value is not an integer or out of range
return 1  ##   -->  -ERR value is not an integer or out of range
return 1  ## 1.0  -->  -ERR value is not an integer or out of range
return 1  ##  1  -->  -ERR value is not an integer or out of range
return 1  ## +1  -->  -ERR value is not an integer or out of range
return 1  ## 01  -->  -ERR value is not an integer or out of range
return 1  ## 3000000000  -->  -ERR Number of keys can't be greater than number of args
return 1  ## 9223372036854775808  -->  -ERR value is not an integer or out of range
return KEYS  ## 2 a b c d  -->  ["a", "b"]
return ARGV  ## 2 a b c d  -->  ["c", "d"]
return KEYS  ## 4 a b c d  -->  ["a", "b", "c", "d"]
return ARGV  -->  []
return {KEYS[1],ARGV[1],#KEYS,#ARGV}  ## 2 a b c d  -->  ["a", "c", :2, :2]
return {#KEYS,#ARGV}  ## 3 a b  -->  -ERR Number of keys can't be greater than number of args
"###;

/// The commands themselves.
const SCRIPTING: &str = r###"
EVAL "return 1"  -->  -ERR wrong number of arguments for 'eval' command
EVAL  -->  -ERR wrong number of arguments for 'eval' command
EVALSHA ffff 0  -->  -NOSCRIPT No matching script. Please use EVAL.
EVALSHA ffffffffffffffffffffffffffffffffffffffff 0  -->  -NOSCRIPT No matching script. Please use EVAL.
EVALSHA ffffffffffffffffffffffffffffffffffffffff 2 a  -->  -ERR Number of keys can't be greater than number of args
EVALSHA ffffffffffffffffffffffffffffffffffffffff  -->  -ERR wrong number of arguments for 'evalsha' command
SCRIPT FLUSH  -->  +OK
SCRIPT LOAD "return KEYS[1]"  -->  "4a2267357833227dd98abdedb8cf24b15a986445"
EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 1 it  -->  "it"
EVALSHA 4A2267357833227DD98ABDEDB8CF24B15A986445 1 it  -->  "it"
SCRIPT EXISTS 4a2267357833227dd98abdedb8cf24b15a986445 4A2267357833227DD98ABDEDB8CF24B15A986445 x  -->  [:1, :1, :0]
SCRIPT LOAD "return return"  -->  -ERR Error compiling script (new function): user_script:1: unexpected symbol near 'return'
SCRIPT LOAD  -->  -ERR wrong number of arguments for 'script|load' command
SCRIPT LOAD a b  -->  -ERR wrong number of arguments for 'script|load' command
SCRIPT EXISTS  -->  -ERR wrong number of arguments for 'script|exists' command
SCRIPT  -->  -ERR wrong number of arguments for 'script' command
SCRIPT FLUSH  -->  +OK
SCRIPT EXISTS 4a2267357833227dd98abdedb8cf24b15a986445  -->  [:0]
EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 1 it  -->  -NOSCRIPT No matching script. Please use EVAL.
EVAL "return 1" 0  -->  :1
EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0  -->  :1
script flush sync  -->  +OK
SCRIPT FLUSH ASYNC  -->  +OK
SCRIPT FLUSH FOO  -->  -ERR SCRIPT FLUSH only support SYNC|ASYNC option
SCRIPT FLUSH SYNC SYNC  -->  -ERR SCRIPT FLUSH only support SYNC|ASYNC option
SCRIPT KILL  -->  -NOTBUSY No scripts in execution right now.
SCRIPT KILL x  -->  -ERR wrong number of arguments for 'script|kill' command
SCRIPT FOO  -->  -ERR unknown subcommand 'FOO'. Try SCRIPT HELP.
EVAL_RO "return redis.call('set','x',1)" 0  -->  -ERR Write commands are not allowed from read-only scripts. script: 4cb91861d207e5689edc816618ab68f9d6de3b44, on @user_script:1.
EVAL_RO "return redis.call('get','x')" 0  -->  nil
"###;
