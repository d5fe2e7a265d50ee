//! Limits: memory, instructions, time, kills and depth, each just under and just over.

use std::time::{Duration, Instant};

use ferrous::{Error, LuaVM, Value};
use pretty_assertions::assert_eq;

type Result<T = ()> = std::result::Result<T, Error>;

fn machine() -> LuaVM {
    LuaVM::with_stdlib().expect("there is memory for a machine")
}

fn assert_usable(vm: &mut LuaVM) {
    assert_eq!(vm.eval("local s = 0 for i = 1, 1000 do s = s + i end return s"), Ok(vec![Value::from(500_500)]));
}

// Instructions.

const WORK: &str = "local t = {} for i = 1, 1000 do t[i] = tostring(i):rep(2) end table.sort(t) return #t";

#[test]
fn fuel_is_enough_or_it_is_not() -> Result {
    let mut vm = machine();
    let work = vm.load(WORK, "=work")?;
    let _root = vm.root(work)?;
    vm.set_fuel(Some(1_000_000_000));
    vm.call(work, &[])?;
    let needed = 1_000_000_000 - vm.fuel().expect("it is limited");
    assert!(needed > 3000, "{needed} instructions are too few for the program");
    vm.set_fuel(Some(needed));
    assert_eq!(vm.call(work, &[]), Ok(vec![1000.into()]));
    assert_eq!(vm.fuel(), Some(0));
    vm.set_fuel(Some(needed - 1));
    assert_eq!(vm.call(work, &[]), Err(Error::FuelExhausted));
    // It stays so until there is more.
    assert_eq!(vm.eval("while true do end"), Err(Error::FuelExhausted));
    vm.set_fuel(None);
    assert_usable(&mut vm);
    Ok(())
}

/// Programs that try to catch what stops them.
const STUBBORN: [&str; 8] = [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "repeat xpcall(function() while true do end end, function() while true do end end) until false",
    "while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end",
    "while true do pcall(coroutine.resume, coroutine.create(function() while true do end end)) end",
    "table.sort({3, 2, 1}, function() while true do end end)",
    "pcall(string.gsub, 'x', '.', function() while true do end end) while true do end",
    "local function f() return f() end f()",
];

#[test]
fn running_out_of_fuel_cannot_be_caught() {
    let mut vm = machine();
    for program in STUBBORN {
        vm.set_fuel(Some(10_000));
        assert_eq!(vm.eval(program), Err(Error::FuelExhausted), "{program}");
        vm.set_fuel(None);
        assert_usable(&mut vm);
    }
}

#[test]
fn a_host_function_cannot_catch_a_stop() -> Result {
    let mut vm = machine();
    vm.register("stubborn", |call| {
        let function = call.check_function(1)?;
        let _ = call.call(function, &[]);
        let _ = call.protected_call(function, &[]);
        call.push(true)?;
        Ok(1)
    })?;
    vm.set_fuel(Some(10_000));
    assert_eq!(vm.eval("stubborn(function() while true do end end) survived = true"), Err(Error::FuelExhausted));
    vm.set_fuel(None);
    assert_eq!(vm.get_global("survived")?, Value::Nil);
    assert_usable(&mut vm);
    Ok(())
}

// Time.

#[test]
fn time_runs_out() {
    let mut vm = machine();
    for program in STUBBORN {
        let start = Instant::now();
        vm.set_time_limit(Some(Duration::from_millis(30)));
        assert_eq!(vm.eval(program), Err(Error::Timeout), "{program}");
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(30) && took < Duration::from_secs(10), "{program}: {took:?}");
        vm.set_time_limit(None);
        assert_usable(&mut vm);
    }
    vm.set_time_limit(Some(Duration::from_secs(3600)));
    assert_usable(&mut vm);
    vm.set_time_limit(Some(Duration::MAX));
    assert_usable(&mut vm);
}

#[test]
fn slow_library_functions_see_the_clock() {
    let mut vm = machine();
    for program in [
        "return (('a'):rep(40000)):find(('.-'):rep(20) .. 'b')",
        "return table.concat({}, ',', 1, 0), ('x'):rep(1e5):gsub('.-b', '')",
    ] {
        vm.set_time_limit(Some(Duration::from_millis(50)));
        let start = Instant::now();
        let result = vm.eval(program);
        assert!(start.elapsed() < Duration::from_secs(10), "{program}");
        if let Err(error) = result {
            assert_eq!(error, Error::Timeout, "{program}");
        }
        vm.set_time_limit(None);
    }
    assert_usable(&mut vm);
}

// Kills.

#[test]
fn another_thread_kills() {
    let mut vm = machine();
    for program in STUBBORN {
        let handle = vm.kill_handle();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            handle.kill();
        });
        assert_eq!(vm.eval(program), Err(Error::Killed), "{program}");
        killer.join().expect("the killer does not panic");
        assert_usable(&mut vm);
    }
    // A kill before a program runs meets the next one that can be stopped.
    vm.kill_handle().kill();
    assert_eq!(vm.eval("while true do end"), Err(Error::Killed));
    assert_usable(&mut vm);
}

// Memory.

const HOARD: &str = "local t = {} for i = 1, 10000 do t[i] = {i} end return #t";

#[test]
fn memory_is_enough_or_it_is_not() -> Result {
    let mut vm = machine();
    vm.collect_garbage()?;
    let before = vm.memory_used();
    vm.eval("collectgarbage('stop')")?;
    vm.eval(HOARD)?;
    let needed = vm.memory_used() - before;
    vm.eval("collectgarbage('restart')")?;
    vm.collect_garbage()?;
    assert!(needed > 10_000 * 48, "{needed} bytes are too few for the program");
    vm.set_memory_limit(Some(vm.memory_used() + needed + 64 * 1024));
    assert_eq!(vm.eval(HOARD), Ok(vec![10_000.into()]));
    vm.collect_garbage()?;
    vm.set_memory_limit(Some(vm.memory_used() + needed / 2));
    assert_eq!(vm.eval(HOARD), Err(Error::Memory));
    assert_usable(&mut vm);
    vm.set_memory_limit(None);
    assert_eq!(vm.eval(HOARD), Ok(vec![10_000.into()]));
    Ok(())
}

#[test]
fn a_memory_error_can_be_caught() -> Result {
    let mut vm = machine();
    let programs = [
        "local t = {} while true do t[#t + 1] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, math.huge do t[i] = i end",
        "local t = {} for i = 1, math.huge do t['k' .. i] = i end",
        "return ('x'):rep(1e9)",
        "local t = {} for i = 1, 1e6 do t[i] = 'xxxxxxxxxxxxxxxx' end return table.concat(t, ('y'):rep(1000))",
        "local t = {} while true do t = {t, function() return t end} end",
        "local t = {} while true do t = {t, coroutine.create(function() return t end)} end",
        "return (('x'):rep(1e6):gsub('.', ('y'):rep(1000)))",
        "return ('%100s'):rep(1e5):format(unpack({}, 1, 10))",
    ];
    vm.register("attempt", |call| {
        let function = call.check_function(1)?;
        match call.protected_call(function, &[])? {
            Ok(_) => Ok(0),
            Err(value) => call.push(value).map(|()| 1),
        }
    })?;
    for program in programs {
        vm.collect_garbage()?;
        vm.set_memory_limit(Some(vm.memory_used() + 5_000_000));
        let caught = vm.eval(format!("return pcall(function() {program} end)"))?;
        assert_eq!(caught[0], false.into(), "{program}");
        let message = caught[1].as_string().and_then(|message| vm.string_bytes(message)).map(<[u8]>::to_vec);
        assert!(
            message == Some(b"not enough memory".to_vec()) || program.contains("format"),
            "{program}: {:?}",
            message.map(String::from_utf8)
        );
        assert!(vm.memory_used() < 64_000_000, "{program} holds {} bytes", vm.memory_used());
        vm.eval(format!("attempt(function() {program} end)"))?;
        assert_usable(&mut vm);
    }
    Ok(())
}

#[test]
fn the_host_meets_the_limit_too() -> Result {
    let mut vm = machine();
    let table = vm.create_table(0, 0)?;
    let root = vm.root(table)?;
    vm.set_memory_limit(Some(vm.memory_used() + 100_000));
    let mut outcomes = Vec::new();
    for index in 0..100_000 {
        if let Err(error) = vm.set_table_field(table, index, index) {
            outcomes.push(error);
            break;
        }
    }
    for index in 0..100_000u32 {
        if let Err(error) = vm.create_string(index.to_le_bytes().repeat(20)) {
            outcomes.push(error);
            break;
        }
    }
    outcomes.extend(vm.create_table(1 << 20, 0).err());
    outcomes.extend(vm.load(vec![b' '; 1 << 20], "=spaces").err());
    assert_eq!(outcomes, vec![Error::Memory; 4]);
    drop(root);
    vm.collect_garbage()?;
    assert_usable(&mut vm);
    Ok(())
}

#[test]
fn no_memory_at_all() -> Result {
    let mut vm = machine();
    for limit in [0, 1, 1000] {
        vm.set_memory_limit(Some(limit));
        assert_eq!(vm.eval(HOARD), Err(Error::Memory));
        assert_eq!(vm.create_userdata(1), Err(Error::Memory));
        assert!(vm.create_function(|_| Ok(0)).is_err());
        let _ = vm.collect_garbage();
        vm.set_memory_limit(None);
        assert_usable(&mut vm);
    }
    Ok(())
}

// Depth.

#[test]
fn recursion_is_bounded() -> Result {
    let mut vm = machine();
    let programs = [
        (
            "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(...)",
            150_000.0,
            "stack overflow",
        ),
        ("local function f(...) return 1 + select('#', f(1, ...)) end return f()", 0.0, "stack overflow"),
    ];
    for (program, depth, expected) in programs {
        let function = vm.load(program, "=deep")?;
        let _root = vm.root(function)?;
        if depth > 0.0 {
            assert_eq!(vm.call(function, &[depth.into()])?, [depth.into()]);
        }
        let message = vm.call(function, &[f64::INFINITY.into()]).expect_err("it is too deep").to_string();
        assert!(message.contains(expected), "{message}");
        assert_usable(&mut vm);
    }
    Ok(())
}

#[test]
fn recursion_through_the_library_is_bounded() {
    let mut vm = machine();
    let programs = [
        "local function f() table.sort({1, 2, 3}, function() f() end) end f()",
        "local function f() string.gsub('x', '.', f) end f()",
        "local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return tostring(t) end tostring(t)",
        "local t = setmetatable({}, {}) getmetatable(t).__lt = function(a, b) return a < b end return t < t",
        "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
        "local t = setmetatable({}, {}) getmetatable(t).__concat = function(a, b) return a .. b end return t .. t",
        "local function f() coroutine.wrap(f)() end f()",
        "local function f() return pcall(f) end assert(f())",
        "local function f() error(setmetatable({}, {__tostring = f})) end xpcall(f, f) f()",
        "local function f() return loadstring('return ...')(pcall(f)) end f() error('deep')",
        "local s = '' for i = 1, 300 do s = s .. '(' end assert(loadstring('return ' .. s))",
        "local function f() for _ in f do end end f()",
        "local function f() require('m') end package.preload.m = f f() local function g() return g() + 1 end g()",
        "return #string.rep('a', 200000):match(('(a*)'):rep(100))",
        "return (string.rep('a', 300000) .. 'b'):find('.-b') and string.rep('(', 300000):find(string.rep('(', 40))",
    ];
    for program in programs {
        // A guard against hanging: moving the results of 100,000 calls down, one by one, takes a slow build a third of this.
        vm.set_time_limit(Some(Duration::from_secs(60)));
        let result = vm.eval(program);
        assert!(!matches!(result, Err(Error::Timeout | Error::Memory)), "{program}: {result:?}");
        vm.set_time_limit(None);
        assert_usable(&mut vm);
    }
}

#[test]
fn arguments_and_results_are_bounded() -> Result {
    let mut vm = machine();
    let count = vm.load("return select('#', ...)", "=count")?;
    let _root = vm.root(count)?;
    let many = vec![Value::Nil; 300_000];
    assert_eq!(vm.call(count, &many)?, [300_000.into()]);
    let message = vm.call(count, &vec![Value::Nil; 2_000_000]).expect_err("too many").to_string();
    assert!(message.contains("stack overflow"), "{message}");
    vm.register("flood", |call| {
        loop {
            call.push(1)?;
        }
    })?;
    let message = vm.eval("flood()").expect_err("too many").to_string();
    assert!(message.contains("stack overflow"), "{message}");
    assert_usable(&mut vm);
    Ok(())
}
