//! The script engine: the cache, limits, kills, threads, and what one script must not leave for the next.

#![cfg(feature = "script")]
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ferrous::script::{CommandInfo, Config, Failure, Invocation, ScriptEngine, Session, Storage, install};
use ferrous::{FerrousError, LuaVM, RespFrame, StorageEngine};
use pretty_assertions::assert_eq;

/// An engine with a store.
struct Host {
    engine: ScriptEngine,
    store: Arc<StorageEngine>,
}

impl Host {
    fn new() -> Host {
        Host::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Config)) -> Host {
        let mut config = Config::default();
        change(&mut config);
        Host { engine: ScriptEngine::new(config), store: StorageEngine::new() }
    }

    fn invocation(&self) -> Invocation {
        Invocation::new(self.store.clone())
    }

    fn eval(&self, source: &str) -> Result<RespFrame, Failure> {
        self.engine.eval(source, &self.invocation())
    }

    /// The bytes a script returns.
    fn text(&self, source: &str) -> String {
        let reply = self.eval(source).unwrap_or_else(|failure| failure.reply());
        String::from_utf8_lossy(reply.as_bytes().unwrap_or_else(|| panic!("{source}: {reply:?}"))).into_owned()
    }

    fn command(&self, command: &[&str]) -> RespFrame {
        self.store.execute(&mut Session::default(), command)
    }

    /// Starts a script on another thread, and kills it as soon as it runs.
    fn start_and_kill<'scope, 'env>(
        &'env self,
        scope: &'scope thread::Scope<'scope, 'env>,
        source: &'env str,
    ) -> thread::ScopedJoinHandle<'scope, Result<RespFrame, Failure>> {
        let handle = scope.spawn(move || self.eval(source));
        let begun = Instant::now();
        while self.engine.kill() == Err(Failure::NotRunning) && begun.elapsed() < Duration::from_secs(5) {
            thread::yield_now();
        }
        handle
    }
}

const LOOP: &str = "while true do end";

fn integers(numbers: &[i64]) -> RespFrame {
    RespFrame::array(numbers.iter().map(|&n| RespFrame::Integer(n)).collect())
}

// The cache.

#[test]
fn scripts_are_kept_by_their_digest() {
    let host = Host::new();
    let digest = host.engine.load("return ARGV[1]").unwrap();
    assert_eq!(digest, "098e0f0d1448c0a81dafe820f66d460eb09263da");
    let invocation = host.invocation().args(["hello"]);
    for spelling in [digest.clone(), digest.to_uppercase()] {
        assert!(host.engine.exists(&spelling));
        assert_eq!(host.engine.evalsha(&spelling, &invocation), Ok(RespFrame::bulk_string("hello")));
    }
    assert!(!host.engine.exists(&digest[1..]));
    assert!(!host.engine.exists("098e0f0d1448c0a81dafe820f66d460eb09263dz"));
    host.engine.flush();
    assert!(!host.engine.exists(&digest));
    assert_eq!(host.engine.evalsha(&digest, &invocation), Err(Failure::NotFound(digest)));
}

#[test]
fn a_script_that_was_run_is_kept_and_one_that_does_not_compile_is_not() {
    let host = Host::new();
    host.eval("return 1").unwrap();
    assert!(host.engine.exists("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"));
    let message = b"user_script:1: unexpected symbol near 'return'".to_vec();
    assert_eq!(host.eval("return return"), Err(Failure::Compile { message: message.clone() }));
    assert_eq!(host.engine.load("return return"), Err(Failure::Compile { message }));
    assert!(!host.engine.exists("a6c03fdbd4dba0ed33a6b4ecd8f81eb0e7bc0cd0"));
}

#[test]
fn of_scripts_that_were_only_run_the_oldest_goes() {
    let host = Host::with(|config| config.kept = 3);
    let sources: Vec<String> = (0..4).map(|n| format!("return {n}")).collect();
    let digests: Vec<String> =
        sources.iter().map(|source| host.text(&format!("return redis.sha1hex('{source}')"))).collect();
    host.engine.flush();
    host.engine.load(&sources[0]).unwrap();
    for source in &sources[1..] {
        host.eval(source).unwrap();
    }
    // Three were run: as many as are kept.
    assert!(digests.iter().all(|digest| host.engine.exists(digest)));
    host.eval("return 'one more'").unwrap();
    let kept: Vec<bool> = digests.iter().map(|digest| host.engine.exists(digest)).collect();
    assert_eq!(kept, [true, false, true, true]);
    // A script that was run and is then loaded stays.
    host.engine.load(&sources[2]).unwrap();
    for n in 10..20 {
        host.eval(&format!("return {n}")).unwrap();
    }
    assert!(host.engine.exists(&digests[2]));
    assert!(!host.engine.exists(&digests[3]));
}

#[test]
fn a_flush_does_not_disturb_what_runs() {
    let host = Host::new();
    let flusher = Flusher { engine: ScriptEngine::default() };
    let flusher = Arc::new(flusher);
    let invocation = Invocation::new(flusher.clone());
    let reply = flusher.engine.eval("redis.call('flush') return 'still here'", &invocation);
    assert_eq!(reply, Ok(RespFrame::bulk_string("still here")));
    assert_eq!(host.text("return 'others, too'"), "others, too");
}

/// A storage whose only command flushes the scripts.
struct Flusher {
    engine: ScriptEngine,
}

impl Storage for Flusher {
    fn command_info(&self, _: &[u8]) -> Option<CommandInfo> {
        Some(CommandInfo { arity: 1, writes: false, in_scripts: true })
    }

    fn call(&self, _: &mut Session, _: &[Vec<u8>]) -> RespFrame {
        self.engine.flush();
        RespFrame::ok()
    }
}

// Limits and kills.

#[test]
fn a_script_that_runs_too_long_is_stopped_whatever_it_catches() {
    let host = Host::new();
    let catching = "while true do pcall(function() while true do end end) end";
    let handling = "xpcall(function() while true do end end, function() while true do end end) return 1";
    let in_coroutine = "coroutine.wrap(function() while true do end end)() return 1";
    let in_pattern = "return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(41))";
    for source in [LOOP, catching, handling, in_coroutine, in_pattern] {
        let begun = Instant::now();
        let invocation = host.invocation().timeout(Duration::from_millis(30));
        let outcome = host.engine.eval(source, &invocation);
        assert_eq!(outcome, Err(Failure::Timeout), "{source}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{source}: {:?}", begun.elapsed());
    }
    let failure = Failure::Timeout;
    assert_eq!(failure.to_string(), "ERR Script execution time limit exceeded");
    // The next one has its own time.
    let invocation = host.invocation().timeout(Duration::from_secs(60));
    assert_eq!(host.engine.eval("return 1", &invocation), Ok(RespFrame::Integer(1)));
}

#[test]
fn no_time_is_too_short_and_much_is_enough() {
    let host = Host::new();
    let count = "local n = 0 for i = 1, 1e6 do n = n + 1 end return n";
    let short = host.invocation().timeout(Duration::ZERO);
    assert_eq!(host.engine.eval(count, &short), Err(Failure::Timeout));
    let long = host.invocation().timeout(Duration::from_secs(30));
    assert_eq!(host.engine.eval(count, &long), Ok(RespFrame::Integer(1_000_000)));
    let longest = host.invocation().timeout(Duration::MAX);
    assert_eq!(host.engine.eval(count, &longest), Ok(RespFrame::Integer(1_000_000)));
}

#[test]
fn a_script_is_killed_from_another_thread_whatever_it_catches() {
    let catching = "while true do pcall(function() while true do end end) end";
    for source in [LOOP, catching, "redis.call('get', 'x') while true do end"] {
        let host = Host::new();
        let outcome = thread::scope(|scope| host.start_and_kill(scope, source).join().expect("it does not panic"));
        assert_eq!(outcome, Err(Failure::Killed), "{source}");
        // Nothing runs, and the kill does not hit the next.
        assert_eq!(host.engine.kill(), Err(Failure::NotRunning));
        assert_eq!(host.eval("for i = 1, 1e5 do end return 1"), Ok(RespFrame::Integer(1)));
    }
    let reply = String::from_utf8_lossy(Failure::NotRunning.reply().as_bytes().unwrap()).into_owned();
    assert_eq!(reply, "NOTBUSY No scripts in execution right now.");
}

#[test]
fn a_script_that_has_written_is_not_killed() {
    let host = Host::new();
    let source = "redis.call('set', 'k', 'v') for i = 1, 1e9 do end return 'done'";
    let timeout = Duration::from_millis(400);
    thread::scope(|scope| {
        let invocation = host.invocation().timeout(timeout);
        let engine = &host.engine;
        let handle = scope.spawn(move || engine.eval(source, &invocation));
        // Long after it has begun.
        thread::sleep(Duration::from_millis(150));
        let refused = engine.kill().expect_err("it has written");
        assert_eq!(refused, Failure::Unkillable);
        assert!(refused.to_string().starts_with("UNKILLABLE Sorry the script already executed write commands"));
        // Its time is limited all the same.
        assert_eq!(handle.join().expect("it does not panic"), Err(Failure::Timeout));
    });
    assert_eq!(host.command(&["GET", "k"]), RespFrame::bulk_string("v"));
}

#[test]
fn a_kill_stops_all_that_have_not_written() {
    let host = Host::new();
    let quiet = StorageEngine::new();
    thread::scope(|scope| {
        let engine = &host.engine;
        let writer = host.invocation().timeout(Duration::from_millis(600));
        let writer = scope.spawn(move || engine.eval("redis.call('set', 'k', 1) while true do end", &writer));
        let reader = Invocation::new(quiet.clone()).timeout(Duration::from_secs(20));
        let reader = scope.spawn(move || engine.eval(LOOP, &reader));
        thread::sleep(Duration::from_millis(200));
        assert_eq!(engine.kill(), Ok(()));
        assert_eq!(reader.join().expect("it does not panic"), Err(Failure::Killed));
        assert_eq!(engine.kill(), Err(Failure::Unkillable));
        assert_eq!(writer.join().expect("it does not panic"), Err(Failure::Timeout));
    });
}

#[test]
fn memory_is_limited() {
    let limit = 4 << 20;
    let host = Host::with(|config| config.memory = Some(limit));
    let string_of = |bytes: usize| format!("return #string.rep('x', {bytes})");
    assert_eq!(host.eval(&string_of(1 << 20)), Ok(RespFrame::Integer(1 << 20)));
    assert_eq!(host.eval(&string_of(limit)), Err(Failure::Memory));
    let grow = "local t = {} while true do t[#t + 1] = {} end";
    assert_eq!(host.eval(grow), Err(Failure::Memory));
    // What it leaves behind does not count for the next ones.
    for _ in 0..20 {
        assert_eq!(host.eval(&string_of(1 << 20)), Ok(RespFrame::Integer(1 << 20)));
    }
    let large = host.invocation().args([vec![b'x'; 5 << 20]]);
    assert_eq!(host.engine.eval("return #ARGV[1]", &large), Err(Failure::Memory));
    // So is what the reply takes, which can be more than the values it is made of.
    for reply in [
        "local s, t = string.rep('x', 1e5), {} for i = 1, 100 do t[i] = s end return t",
        "local t = {} for i = 1, 20 do t = {t, t} end return t",
    ] {
        assert_eq!(host.eval(reply), Err(Failure::Memory), "{reply}");
    }
}

#[test]
fn the_time_that_a_reply_takes_is_limited() {
    let host = Host::new();
    let invocation = host.invocation().timeout(Duration::from_millis(20));
    let script = "local t = {} for i = 1, 21 do t = {t, t} end return t";
    let begun = Instant::now();
    assert_eq!(host.engine.eval(script, &invocation), Err(Failure::Timeout), "after {:?}", begun.elapsed());
}

#[test]
fn replies_are_limited_in_depth_and_size() {
    let host = Host::new();
    let nested = |depth: usize| format!("local t = {{}} for i = 1, {depth} do t = {{t}} end return t");
    let depth_of = |frame: &RespFrame| {
        let (mut depth, mut at) = (0, frame);
        while let RespFrame::Array(Some(frames)) = at {
            depth += 1;
            match frames.first() {
                Some(inner) => at = inner,
                None => break,
            }
        }
        depth
    };
    assert_eq!(depth_of(&host.eval(&nested(512)).unwrap()), 513);
    let too_deep = RespFrame::error("ERR reached lua stack limit");
    assert_eq!(host.eval(&nested(513)), Ok(too_deep.clone()));
    assert_eq!(host.eval("local t = {} t[1] = t return t"), Ok(too_deep.clone()));
    assert_eq!(host.eval("local t = {} t.map = t t[1] = t return t"), Ok(too_deep.clone()));
    // Not deep, but without end.
    assert_eq!(host.eval("local t = {} for i = 1, 60 do t = {t, t} end return t"), Ok(too_deep));
}

#[test]
fn a_reply_of_a_storage_is_limited_in_depth() {
    /// A storage whose one command replies arrays in arrays.
    struct Nested;
    impl Storage for Nested {
        fn command_info(&self, _: &[u8]) -> Option<CommandInfo> {
            Some(CommandInfo { arity: 2, writes: false, in_scripts: true })
        }

        fn call(&self, _: &mut Session, command: &[Vec<u8>]) -> RespFrame {
            let depth: usize = String::from_utf8_lossy(&command[1]).parse().unwrap();
            (0..depth).fold(RespFrame::Integer(7), |frame, _| RespFrame::array(vec![frame]))
        }
    }
    let engine = ScriptEngine::default();
    let invocation = Invocation::new(Arc::new(Nested));
    let source =
        |depth| format!("local t = redis.call('nest', {depth}) while type(t) == 'table' do t = t[1] end return t");
    assert_eq!(engine.eval(source(512), &invocation), Ok(RespFrame::Integer(7)));
    let failure = engine.eval(source(513), &invocation).unwrap_err();
    assert!(failure.to_string().contains("reached lua stack limit"), "{failure}");
}

// What one script leaves for the next.

#[test]
fn a_script_sees_nothing_of_another() {
    // With one machine, so that each gets the one before.
    let host = Host::with(|config| config.machines = 1);
    let spoil = [
        "table.insert(_G, 'spoilt')",
        "table.insert(string, 'spoilt')",
        "table.insert(redis, 1, 'spoilt')",
        "table.insert(getmetatable(''), 'spoilt')",
        "table.insert(getmetatable(_G), 'spoilt')",
        "table.insert(KEYS, 'spoilt') table.insert(ARGV, 'spoilt')",
        "pcall(rawset, _G, 'spoilt', 1)",
        "pcall(rawset, string, 'upper', string.lower)",
        "pcall(function() string.upper = string.lower end)",
        "pcall(function() spoilt = 1 end)",
        "pcall(function() redis.call = print end)",
        "pcall(setmetatable, _G, {__index = function() return 'spoilt' end})",
        "pcall(function() getmetatable('').__index = {} end)",
        "pcall(function() getmetatable('').__call = error end)",
        "pcall(loadstring('spoilt = 1'))",
        "for _, library in pairs(_G) do if type(library) == 'table' then for name in pairs(library) do \
         pcall(function() library[name] = 'spoilt' end) end end end",
        "for _, copy in pairs({select(2, pairs(string))}) do copy.upper = 'spoilt' copy.lower = nil end",
        "for name in select(2, pairs(_G)) and pairs(_G) do pcall(function() _G[name] = nil end) end",
        "math.randomseed(99) math.random()",
        "collectgarbage('stop') collectgarbage('setpause', 1e6)",
        "redis.setresp(3) redis.call('select', 3)",
        "local co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co)",
        "error({err = 'E x'})",
        "error(setmetatable({}, {__newindex = error, __index = error, __tostring = error}))",
    ];
    let view = "local seen = {}
        for _, name in ipairs({'spoilt', 'upper', 'lower'}) do seen[#seen + 1] = tostring(rawget(_G, name)) end
        seen[#seen + 1] = #_G .. #string .. #redis .. #KEYS .. #ARGV .. #getmetatable('') .. #getmetatable(_G)
        seen[#seen + 1] = string.upper('a') .. string.lower('B') .. ('x'):upper() .. type(redis.call) .. type(_G.redis)
        seen[#seen + 1] = tostring(math.random()) .. tostring(string[1]) .. tostring(rawget(string, 1))
        seen[#seen + 1] = type(redis.call('get', 'nokey')) .. tostring(redis.call('dbsize'))
        for i = 1, 1e4 do local garbage = {} end
        return table.concat(seen, ' ')";
    let clean = "nil nil nil 0000000 AbXfunctiontable 0.17082803611217nilnil boolean0";
    assert_eq!(host.text(view), clean);
    for source in spoil {
        // Whether it fails is not the question.
        let _ = host.eval(source);
        assert_eq!(host.text(view), clean, "after {source}");
    }
}

#[test]
fn the_collector_cannot_be_turned_off_for_others() {
    let host = Host::with(|config| {
        config.machines = 1;
        config.memory = Some(8 << 20);
    });
    host.eval("collectgarbage('stop')").unwrap();
    let garbage = "for i = 1, 1e5 do local t = {i} end return collectgarbage('count') < 8192";
    assert_eq!(host.eval(garbage), Ok(RespFrame::Integer(1)));
}

#[test]
fn a_failed_script_keeps_what_it_has_stored() {
    let host = Host::new();
    host.eval("redis.call('set', 'k', 1) error('boom')").unwrap_err();
    assert_eq!(host.command(&["GET", "k"]), RespFrame::bulk_string("1"));
}

// Threads.

#[test]
fn scripts_of_four_threads_are_each_carried_out_as_a_whole() {
    let host = Host::new();
    let increment = "local n = tonumber(redis.call('get', KEYS[1]) or 0)
        for i = 1, 50 do n = n + 1 redis.call('set', KEYS[1], n) end
        return n";
    thread::scope(|scope| {
        for thread in 0..4 {
            let host = &host;
            scope.spawn(move || {
                let invocation = host.invocation().keys(["shared"]);
                for round in 0..50 {
                    host.engine.eval(increment, &invocation).unwrap();
                    let own = format!("return {{{thread}, {round}}}");
                    assert_eq!(host.eval(&own), Ok(integers(&[thread, round])));
                }
            });
        }
    });
    assert_eq!(host.command(&["GET", "shared"]), RespFrame::bulk_string("10000"));
}

#[test]
fn scripts_of_a_storage_that_allows_it_run_side_by_side() {
    /// A storage whose command waits until two scripts are in it.
    #[derive(Default)]
    struct Meeting {
        present: AtomicUsize,
    }
    impl Storage for Meeting {
        fn command_info(&self, _: &[u8]) -> Option<CommandInfo> {
            Some(CommandInfo { arity: -1, writes: true, in_scripts: true })
        }

        fn call(&self, _: &mut Session, _: &[Vec<u8>]) -> RespFrame {
            self.present.fetch_add(1, Ordering::SeqCst);
            let begun = Instant::now();
            while self.present.load(Ordering::SeqCst) < 2 && begun.elapsed() < Duration::from_secs(5) {
                thread::yield_now();
            }
            RespFrame::Integer(self.present.load(Ordering::SeqCst) as i64)
        }
    }
    let engine = ScriptEngine::default();
    let storage = Arc::new(Meeting::default());
    let invocation = Invocation::new(storage);
    let outcomes = thread::scope(|scope| {
        let run = || engine.eval("return redis.call('meet')", &invocation);
        let both = [scope.spawn(run), scope.spawn(run)];
        both.map(|handle| handle.join().expect("it does not panic"))
    });
    assert_eq!(outcomes, [Ok(RespFrame::Integer(2)), Ok(RespFrame::Integer(2))]);
}

#[test]
fn a_storage_that_panics_leaves_the_engine_usable() {
    struct Broken;
    impl Storage for Broken {
        fn command_info(&self, _: &[u8]) -> Option<CommandInfo> {
            Some(CommandInfo { arity: -1, writes: false, in_scripts: true })
        }

        fn call(&self, _: &mut Session, _: &[Vec<u8>]) -> RespFrame {
            std::panic::resume_unwind(Box::new("broken"))
        }
    }
    let engine = ScriptEngine::default();
    let invocation = Invocation::new(Arc::new(Broken));
    let run = || engine.eval("return redis.call('x')", &invocation);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).expect_err("the panic goes through");
    assert_eq!(engine.eval("return 1", &invocation), Ok(RespFrame::Integer(1)));
    assert_eq!(engine.kill(), Err(Failure::NotRunning));
}

// Protocol, storage, and machines of the host's own.

#[test]
fn replies_follow_the_version_of_the_client() {
    let host = Host::new();
    let mut session = Session::new(0);
    session.protocol = 3;
    let invocation = host.invocation().session(session);
    let reply = |source: &str| host.engine.eval(source, &invocation).unwrap();
    assert_eq!(reply("return true"), RespFrame::Boolean(true));
    assert_eq!(reply("return false"), RespFrame::Boolean(false));
    assert_eq!(reply("return {double=0.5}"), RespFrame::Double(0.5));
    let entry = (RespFrame::bulk_string("a"), RespFrame::Integer(1));
    assert_eq!(reply("return {map={a=1}}"), RespFrame::Map(vec![entry]));
    assert_eq!(reply("return {set={a=true}}"), RespFrame::Set(vec![RespFrame::bulk_string("a")]));
    // A script begins in version 2, whatever the client has.
    assert_eq!(reply("return type(redis.call('get', 'nokey'))"), RespFrame::bulk_string("boolean"));
}

#[test]
fn a_script_has_its_own_database_and_time() {
    let host = Host::new();
    let mut session = Session::new(5);
    let storage: Arc<dyn Storage> = host.store.clone();
    let script = "redis.call('set', 'here', 1) redis.call('select', 6) redis.call('set', 'there', 1) return redis.call('dbsize')";
    let reply = host.engine.execute(&storage, &session, &["EVAL", script, "0"]);
    assert_eq!(reply, Some(RespFrame::Integer(1)));
    assert_eq!(session.db, 5);
    assert_eq!(host.store.execute(&mut session, &["KEYS", "*"]), RespFrame::array(vec!["here".into()]));
    // The clock stands still while a script runs.
    let wait = "redis.call('set', 'k', 'v', 'PX', 1) for i = 1, 3e6 do end return redis.call('exists', 'k')";
    assert_eq!(host.eval(wait), Ok(RespFrame::Integer(1)));
    thread::sleep(Duration::from_millis(5));
    assert_eq!(host.eval("return redis.call('exists', 'k')"), Ok(RespFrame::Integer(0)));
    assert_eq!(host.engine.execute(&storage, &session, &["GET", "k"]), None);
    assert_eq!(host.engine.execute::<&str>(&storage, &session, &[]), None);
}

#[test]
fn read_only_scripts_do_not_write() {
    let host = Host::new();
    let invocation = host.invocation().read_only();
    let reply = host.engine.eval("return redis.pcall('set', 'k', 1)", &invocation);
    assert_eq!(reply, Ok(RespFrame::error("ERR Write commands are not allowed from read-only scripts.")));
    assert_eq!(host.engine.eval("return redis.call('exists', 'k')", &invocation), Ok(RespFrame::Integer(0)));
}

#[test]
fn bytes_are_not_text() {
    let host = Host::new();
    let all: Vec<u8> = (0..=255).collect();
    let invocation = host.invocation().keys([all.clone()]).args([all.clone()]);
    let source = "redis.call('set', KEYS[1], ARGV[1]) return redis.call('get', KEYS[1])";
    assert_eq!(host.engine.eval(source, &invocation), Ok(RespFrame::from_bytes(all)));
    // A source need not be text either.
    assert_eq!(host.engine.eval(b"return '\xff\x00'", &host.invocation()), Ok(RespFrame::bulk_string(b"\xff\x00")));
}

#[test]
fn a_machine_of_the_host_gets_the_globals_of_a_script() {
    let host = Host::new();
    let mut vm = LuaVM::with_stdlib().unwrap();
    install(&mut vm, &host.invocation().keys(["k"]).args(["41"])).unwrap();
    let results =
        vm.eval("redis.call('set', KEYS[1], ARGV[1]) x = redis.call('incr', KEYS[1]) return x, #ARGV").unwrap();
    assert_eq!(results, [42.into(), 1.into()]);
    assert_eq!(host.command(&["GET", "k"]), RespFrame::bulk_string("42"));
    // Again, for another invocation.
    install(&mut vm, &host.invocation()).unwrap();
    assert_eq!(vm.eval("return #KEYS, #ARGV, x").unwrap(), [0.into(), 0.into(), 42.into()]);
    let error = vm.eval("redis.call('nosuch')").unwrap_err().to_string();
    assert_eq!(error, "(error object is a table value)");
}

#[test]
fn failures_have_the_texts_of_old() {
    let host = Host::new();
    let text = |failure: Failure| FerrousError::from(failure).to_string();
    let failed = |source: &str| text(host.eval(source).unwrap_err());
    assert_eq!(failed("error('boom')"), "ERR Error running script: user_script:1: boom");
    assert_eq!(failed("error({err = 'CODE boom'})"), "ERR Error running script: CODE boom");
    assert_eq!(failed("x ="), "ERR Error compiling script: user_script:1: unexpected symbol near '<eof>'");
    assert_eq!(text(Failure::Timeout), "ERR Script execution time limit exceeded");
    assert_eq!(text(Failure::Killed), "ERR Script killed by user");
    assert_eq!(text(Failure::NotFound("ffff".into())), "NOSCRIPT ffff");
    assert_eq!(text(Failure::NotRunning), "NOTBUSY No scripts in execution right now.");
}
