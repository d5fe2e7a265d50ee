//! Work is charged: whatever a program does over and over, fuel and kills end it soon, at the same place on every route.

#![forbid(unsafe_code)]

mod steps;

use std::time::Duration;

use ferrous::{Error, FunctionHandle, LuaVM, Value};
use pretty_assertions::assert_eq;
use steps::{ONCE, SETUP, STEPS};

const FUEL: u64 = 1_500_000;

/// A machine after the setup.
fn machine() -> LuaVM {
    let mut vm = LuaVM::with_stdlib().expect("there is memory for a machine");
    assert_eq!(vm.eval(SETUP), Ok(vec![]));
    vm
}

/// A machine whose programs can kill it, as another thread would: by `kill()`.
fn machine_that_kills_itself() -> LuaVM {
    let mut vm = machine();
    let handle = vm.kill_handle();
    vm.register("kill", move |_| {
        handle.kill();
        Ok(0)
    })
    .expect("there is memory for it");
    vm
}

/// A function with this body, safe from the collector.
fn function(vm: &mut LuaVM, body: &str) -> FunctionHandle {
    let function = vm.load(body, "=step").unwrap_or_else(|error| panic!("{body}: {error}"));
    vm.set_global("step", function).expect("there is memory for it");
    function
}

/// Does a step until the fuel is used up; returns how often it was begun.
fn steps_until_stop(vm: &mut LuaVM, step: &str) -> f64 {
    vm.set_global("count", 0).expect("there is memory for it");
    let function = function(vm, &format!("while true do count = count + 1 {step} end"));
    vm.set_fuel(Some(FUEL));
    assert_eq!(vm.call(function, &[]), Err(Error::FuelExhausted), "{step}");
    assert_eq!(vm.fuel(), Some(0), "{step}");
    vm.set_fuel(None);
    match vm.get_global("count") {
        Ok(Value::Number(count)) => count,
        other => panic!("{step}: {other:?}"),
    }
}

#[test]
fn fuel_ends_whatever_is_done_over_and_over() {
    let mut vm = machine();
    for &(step, least) in STEPS {
        let count = steps_until_stop(&mut vm, step);
        let most = (FUEL / least + 1) as f64;
        assert!(count <= most, "{step}: begun {count} times, not at most {most}");
        assert_eq!(vm.eval("return 1 + 1"), Ok(vec![2.into()]), "{step}");
    }
}

#[test]
fn it_ends_at_the_same_place_each_time() {
    let (mut one, mut other) = (machine(), machine());
    for &(step, _) in STEPS {
        assert_eq!(steps_until_stop(&mut one, step), steps_until_stop(&mut other, step), "{step}");
    }
}

#[cfg(feature = "compat")]
mod routes {
    use super::{SETUP, STEPS, assert_eq, function};
    use ferrous::FunctionHandle;
    use ferrous::router::{OpPolicy, Route, groups, pinned};
    use ferrous::{Error, LuaVM, Value};

    /// What else is paid for: by instructions rather than functions, or by fast versions of functions.
    const OPERATIONS: &[&str] = &[
        "local _ = S == S2 or S ~= S2 or S == 'x' or 'x' == S",
        "local _ = S < S2 or S <= S2 or S > S2 or S2 >= S",
        "local _ = 'abcdefgh' < 'abcdefgi' or #S == #S2",
        "local _ = S .. 1 .. S2 .. 2.5 .. 'abc'",
        "local _ = 1 .. '' .. 2",
        "local _ = M .. S .. S2 .. M .. S",
        "local _ = S .. M .. S",
        "pcall(function() return {} .. S .. S2 end)",
        "pcall(function() return S .. {} .. S2 end)",
        "pcall(function() return S + 1 end)",
        "pcall(function() return 1 - S end)",
        "pcall(function() return -S end)",
        "local long = ('1'):rep(100) local _ = long + 1, 2 * long, long / long, -long, long % 7, 2 ^ long",
        "local _ = '10' + 1, 2 * '10', -'10'",
        "pcall(function() for i = S, 1 do end end)",
        "pcall(function() for i = 1, S do end end)",
        "local long = ('0'):rep(100) for i = long, long .. 3 do end",
        "for i = 1, 100 do end for i = 100, 1, -3 do end for i = 1, 0 do end",
        "local i = 0 while i < 100 do i = i + 1 end",
        "local i = 0 repeat i = i + 1 until i > 100",
        "local i = 0 repeat i = i + 1 local f = function() return i end until i > 100",
        "local i = 0 repeat i = i + 1 until i == 100 or i == '100'",
        "local i = 0 repeat i = i + 1 until i >= 100 and not nil and i",
        "local i = 0 while true do i = i + 1 if i > 100 then break end end",
        "for k, v in pairs(T) do if k > 100 then break end end",
        "for i, v in ipairs(R) do if i > 100 then break end end",
        "for k in next, C do end for k in pairs {} do end",
        "for k in function(n, i) if i < n then return i + 1 end end, 100, 0 do end",
        "local _ = L[S], L[S2] L[S2] = 2 L[S] = 1",
        "local t = setmetatable({}, {__index = L, __newindex = L}) local _ = t[S2] t[S2] = 1",
        "local t = setmetatable({}, {__index = function() return 1 end}) local _ = t[S2]",
        "pcall(function() return (1)[S] end)",
        "pcall(function() local t = {} t[S](t) end)",
        "a_global_whose_name_is_longer_than_what_is_interned = a_global_whose_name_is_longer_than_what_is_interned",
        "local t = {} for i = 1, 300 do t[i] = i end for i = 1, 300 do t[-i] = i end for i = 1, 300 do t[i] = nil end",
        "local _ = #T + #R + #H + #C",
        "local _ = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, unpack(R)}",
        "local _ = {varargs(unpack(R))}",
        "local function f(...) local a, b, c = ... return ..., select('#', ...), {...} end f(unpack(B, 1, 200))",
        "(function(...) local arg = arg end)(unpack(B))",
        "local function f(n, ...) if n > 0 then return f(n - 1, ...) end end f(20, unpack(B))",
        "local function f(n) return unpack(B, 1, n) end local a, b = f(100) local _ = f(200) f(300)",
        "local a, b, c = unpack(B) local _ = unpack(R)",
        "local t = setmetatable({}, {__call = function(self, ...) return ... end}) t(unpack(B)) local _ = t(unpack(R))",
        "pcall(pcall, unpack, B) local _, a = pcall(unpack, R)",
        "table.insert(R, 1, 0) table.insert(R, 1) table.remove(R, 1) table.remove(R)",
        "local _ = tonumber('12345'), tonumber(('1'):rep(80)), tonumber('x'), tonumber(1)",
        "local _ = tostring(1.5), tostring('x'), tostring(nil), tostring(true)",
        "local _ = S:sub(1), S:sub(1, -1), S:sub(2, 40), S:sub(2, 41), S:byte(), S:byte(5), S:len(), ('x').char(65)",
        "local _ = math.floor(1.5), math.max(1, 2, 3), math.min(1, 2), math.floor('1'), math.sqrt(('1'):rep(80))",
        "local _ = rawget(L, S), rawequal(S, S2), type(S), select(2, 1, 2), select('#', 1, 2), getmetatable(S)",
        "local _ = coroutine.wrap(function(...) return coroutine.yield(...) end)(unpack(B))",
        "local t = setmetatable({}, {__lt = function() return true end, __eq = rawequal, __add = math.max})
            local _ = t < t, t == setmetatable({}, getmetatable(t))",
        "string.gsub('abc', '.', function(c) return c == 'b' and c end)",
        "table.sort({3, 1, 2}, function(a, b) return a > b end)",
        "local p = newproxy(true) getmetatable(p).__gc = function() for i = 1, 50 do end end p = nil collectgarbage()",
    ];

    /// A policy and its name: the core, the old handlers, each group of them, and comparisons of both.
    fn policies() -> Vec<(String, OpPolicy)> {
        let mut policies: Vec<_> =
            Route::ALL.iter().rev().map(|route| (route.to_string(), OpPolicy::new().all(*route))).collect();
        for group in groups().into_iter().filter(|group| !pinned(*group)) {
            policies.push((format!("old {group:?}"), OpPolicy::new().group(group, Route::Legacy)));
        }
        policies
    }

    fn machine(policy: &OpPolicy) -> LuaVM {
        let mut vm = LuaVM::with_stdlib().expect("there is memory for a machine");
        let setup = format!(
            "SIZE, COUNT = 2^13, 2000 {SETUP}
            M = setmetatable({{}}, {{__concat = function(a, b) return type(a) == 'string' and a or b end}})"
        );
        assert_eq!(vm.eval(setup), Ok(vec![]));
        vm.set_op_policy(policy.clone());
        vm
    }

    fn programs() -> impl Iterator<Item = &'static str> {
        STEPS.iter().map(|(step, _)| *step).chain(OPERATIONS.iter().copied())
    }

    #[test]
    fn whatever_is_done_costs_the_same_on_every_route() {
        const ENOUGH: u64 = 1 << 40;
        let mut expected = Vec::new();
        let mut differences = Vec::new();
        for (name, policy) in policies() {
            let mut vm = machine(&policy);
            for (index, program) in programs().enumerate() {
                let function = function(&mut vm, program);
                vm.set_fuel(Some(ENOUGH));
                let result = vm.call(function, &[]).map_err(|error| error.to_string());
                assert_eq!(result, Ok(vec![]), "{program}");
                let used = ENOUGH - vm.fuel().unwrap_or_default();
                vm.set_fuel(None);
                match expected.get(index) {
                    None => expected.push(used),
                    Some(&expected) if expected == used => {}
                    Some(expected) => differences.push(format!("{program}: {used} by {name}, {expected} by the core")),
                }
            }
        }
        assert_eq!(differences, Vec::<String>::new());
    }

    /// Where a program that does one thing after another is stopped by so much fuel.
    fn place(vm: &mut LuaVM, driver: FunctionHandle, fuel: u64) -> Vec<Value> {
        vm.eval("at, half = 0, 0").expect("it is a program");
        vm.set_fuel(Some(fuel));
        let result = vm.call(driver, &[]).map_err(|error| error.to_string());
        assert_eq!(result, Err(Error::FuelExhausted.to_string()));
        vm.set_fuel(None);
        vm.eval("return at, half").expect("it is a program")
    }

    #[test]
    fn it_ends_at_the_same_place_each_time_and_on_every_route() {
        const AMOUNTS: [u64; 8] = [100, 1_000, 10_000, 50_000, 200_000, 500_000, 1_000_000, 1_500_000];
        let names: Vec<String> = OPERATIONS.iter().map(|step| format!("function() {step} end")).collect();
        let setup = format!("F = {{{}}}", names.join(",\n"));
        let driver = "while true do for i = 1, #F do at = at + 1 F[i]() half = half + 1 end end";
        let mut expected: Option<Vec<_>> = None;
        let again = (1..10).map(|run| (format!("the core, run {run}"), OpPolicy::new()));
        for (name, policy) in again.chain(policies()) {
            let mut vm = machine(&policy);
            vm.eval(&setup).expect("it is a program");
            let driver = function(&mut vm, driver);
            let _root = vm.root(driver).expect("it is alive");
            let places: Vec<_> = AMOUNTS.iter().map(|&fuel| place(&mut vm, driver, fuel)).collect();
            match &expected {
                None => expected = Some(places),
                Some(expected) => assert_eq!(&places, expected, "{name}"),
            }
        }
    }
}

#[test]
fn a_kill_ends_what_a_native_function_is_at() {
    let mut vm = machine_that_kills_itself();
    // Nothing but the step itself can see the kill: there is no jump back and no call of a Lua function before the end.
    for &(step, least) in STEPS.iter().filter(|(step, least)| *least >= ONCE - 1 && !step.contains("function")) {
        vm.set_global("ended", false).expect("there is memory for it");
        let function = function(&mut vm, &format!("kill(); {step} ended = true"));
        assert_eq!(vm.call(function, &[]), Err(Error::Killed), "{step}, of {least} units");
        assert_eq!(vm.get_global("ended"), Ok(Value::Boolean(false)), "{step}");
    }
}

#[test]
fn a_long_function_costs_more_than_a_short_one() {
    let mut vm = machine();
    let body = "local x = 1 ".to_owned() + &"x = x + 1 ".repeat(2000);
    vm.eval(format!("function long() {body} end")).expect("it is a program");
    assert!(steps_until_stop(&mut vm, "long()") <= (FUEL / 125) as f64);
}

#[test]
fn numbers_that_belong_in_one_place_are_paid_for() {
    let mut vm = machine();
    vm.set_fuel(Some(20_000_000));
    let program = "t = {} for k = 1, 1e5 do t[2^52 + k * 2^32 + 2^31 - k] = k end";
    assert_eq!(vm.eval(program), Err(Error::FuelExhausted));
    vm.set_fuel(None);
    #[cfg(debug_assertions)]
    assert_eq!(vm.heap_check(), Ok(()));
    let count = vm.eval("local n = 0 for _ in pairs(t) do n = n + 1 end return n").expect("there is no limit");
    assert!(matches!(count[0], Value::Number(n) if (5_000.0..8_000.0).contains(&n)), "{count:?}");
}

#[test]
fn what_the_host_does_costs_no_fuel() {
    let mut vm = machine();
    vm.set_fuel(Some(10));
    let text = vm.create_string(vec![b'x'; 1 << 20]).expect("the host is free");
    assert_eq!(vm.string_bytes(text).map(<[u8]>::len), Some(1 << 20));
    assert_eq!(vm.fuel(), Some(10));
}

#[test]
fn a_limit_ends_the_finalizers_at_the_end() {
    let mut vm = machine();
    let setup = "ran = 0 for i = 1, 100 do local p = newproxy(true)
        getmetatable(p).__gc = function() ran = ran + 1 while true do end end end";
    assert_eq!(vm.eval(setup), Ok(vec![]));
    vm.set_fuel(Some(10_000));
    vm.close();
    vm.set_fuel(None);
    assert_eq!(vm.get_global("ran"), Ok(1.into()));
}

#[cfg(unix)]
#[test]
fn a_time_limit_ends_waiting_for_the_other_end_of_a_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let mut vm = machine();
    let name = vm.create_string(pipe.to_str().expect("text")).expect("there is memory for it");
    vm.set_global("PIPE", name).expect("there is memory for it");
    for step in [
        "io.open(PIPE):read()",
        "io.lines(PIPE)()",
        "io.open(PIPE, 'w')",
        "io.open(PIPE, 'a')",
        "io.output(PIPE)",
        "io.open(PIPE, 'r+'):read(1)",
        "local f = io.open(PIPE, 'r+') f:write(('x'):rep(1e6)) f:flush()",
        "loadfile(PIPE)",
        "dofile(PIPE)",
    ] {
        let function = function(&mut vm, step);
        vm.set_time_limit(Some(Duration::from_millis(30)));
        assert_eq!(vm.call(function, &[]), Err(Error::Timeout), "{step}");
        vm.set_time_limit(None);
        vm.collect_garbage().expect("no finalizer fails");
    }
    // With somebody at the other end it is as without a limit.
    vm.set_time_limit(Some(Duration::from_secs(60)));
    let program =
        "local child = io.popen('cat ' .. PIPE, 'r') local f = io.open(PIPE, 'w') f:write(('x'):rep(100000)) f:close()
        local text = child:read('*a') child:close()
        child = io.popen('printf hello > ' .. PIPE, 'r') f = io.open(PIPE) return #text, f:read('*a')";
    let results = vm.eval(program).expect("it ends");
    assert_eq!(results[0], Value::from(100_000));
    assert_eq!(results[1].as_string().and_then(|text| vm.string_bytes(text)), Some(&b"hello"[..]));
}

#[cfg(unix)]
#[test]
fn a_kill_ends_what_is_waited_for() {
    let mut vm = machine_that_kills_itself();
    for step in [
        "os.execute('sleep 3')",
        "local f = io.popen('sleep 3') kill() f:read()",
        "local f = io.popen('sleep 3') kill() f:read('*a')",
        "local f = io.popen('sleep 3') kill() f:close()",
        "local f = io.popen('sleep 3', 'w') kill() f:write(('x'):rep(1e6)) f:flush() f:close()",
    ] {
        let function = function(&mut vm, &format!("kill() {step}"));
        assert_eq!(vm.call(function, &[]), Err(Error::Killed), "{step}");
        assert_eq!(vm.eval("return 1"), Ok(vec![1.into()]), "{step}");
    }
}
