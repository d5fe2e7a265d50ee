//! The seam between the core and the old opcode handlers: machines whose opcodes are routed, shadowed, broken on purpose, and routed anew
//! while programs run. Whatever the routes are, a program does what it does on the core.

#![cfg(feature = "compat")]
#![forbid(unsafe_code)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ferrous::bytecode::OpCode;
use ferrous::router::{KillSwitch, OpPolicy, Route, Source, pinned, routable};
use ferrous::{Error, LuaVM, Value};
use pretty_assertions::assert_eq;
use support::choices::Choices;
use support::engines::check_routes;
use support::machine::{Sink, machine, run};
use support::routes::{random_policy, register_switch};

/// Executes each opcode.
const EVERY_OPCODE: &str = include_str!("ab/every_opcode.lua");

fn uniform(route: Route) -> OpPolicy {
    OpPolicy::new().all(route)
}

fn movable() -> impl Iterator<Item = OpCode> {
    routable().filter(|opcode| !pinned(opcode.group()))
}

/// Trips and resets a switch until it is dropped.
struct Toggling(Arc<AtomicBool>, Option<std::thread::JoinHandle<()>>);

impl Toggling {
    fn new(switch: &KillSwitch) -> Toggling {
        let over = Arc::new(AtomicBool::new(false));
        let (stop, switch) = (Arc::clone(&over), switch.clone());
        let thread = std::thread::spawn(move || {
            let mut round = 0u32;
            while !stop.load(Ordering::Relaxed) {
                round = round.wrapping_add(1);
                if round.is_multiple_of(2) {
                    switch.trip()
                } else {
                    switch.reset()
                }
                for _ in 0..round.wrapping_mul(7) % 997 {
                    std::hint::spin_loop();
                }
            }
        });
        Toggling(over, Some(thread))
    }
}

impl Drop for Toggling {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        if let Some(thread) = self.1.take() {
            thread.join().unwrap();
        }
    }
}

// Planted faults.

#[test]
fn a_strict_run_stops_at_the_opcode_that_is_wrong() {
    for opcode in movable() {
        for route in [Route::Shadow, Route::ShadowCore] {
            for policy in [OpPolicy::new().op(opcode, route), uniform(route)] {
                let (mut vm, _) = machine();
                vm.set_op_policy(policy);
                vm.set_shadow_strict(true);
                vm.plant_opcode_fault(Some(opcode));
                let result = run(&mut vm, EVERY_OPCODE);
                let named: Vec<_> = vm.op_mismatches().iter().map(|mismatch| mismatch.opcode).collect();
                assert_eq!((result, named), (Err(Error::Diverged), vec![opcode]), "{} {route}", opcode.name());
                assert_eq!(vm.op_counts()[opcode].mismatched, 1, "{}", opcode.name());
            }
        }
    }
}

#[test]
fn where_old_answers_stand_a_wrong_core_does_no_harm() {
    let (mut vm, right) = machine();
    run(&mut vm, EVERY_OPCODE).unwrap();
    for opcode in movable() {
        let (mut vm, out) = machine();
        vm.set_op_policy(OpPolicy::new().op(opcode, Route::Shadow).breaker(None));
        vm.plant_opcode_fault(Some(opcode));
        run(&mut vm, EVERY_OPCODE).unwrap_or_else(|error| panic!("{}: {error}", opcode.name()));
        assert_eq!(out.text(), right.text(), "{}", opcode.name());
        assert!(vm.op_counts()[opcode].mismatched > 0, "{}", opcode.name());
        // Without the fault there is nothing to find.
        vm.plant_opcode_fault(None);
        let before = vm.op_counts()[opcode].mismatched;
        run(&mut vm, EVERY_OPCODE).unwrap();
        assert_eq!(vm.op_counts()[opcode].mismatched, before, "{}", opcode.name());
    }
}

#[test]
fn nothing_catches_the_stop_and_the_machine_goes_on_afterwards() {
    if pinned(OpCode::Add.group()) {
        return;
    }
    for source in [
        "pcall(function() local a, b = 1, 2 return a + b end) print('on')",
        "coroutine.wrap(function() local a, b = 1, 2 return a + b end)() print('on')",
        "xpcall(function() local a, b = 1, 2 return a + b end, function() print('handled') end) print('on')",
        "table.sort({3, 2, 1}, function(a, b) return a + 1 < b + 1 end) print('on')",
    ] {
        let (mut vm, out) = machine();
        vm.set_op_policy(OpPolicy::new().op(OpCode::Add, Route::ShadowCore));
        vm.set_shadow_strict(true);
        vm.plant_opcode_fault(Some(OpCode::Add));
        assert_eq!(run(&mut vm, source), Err(Error::Diverged), "{source}");
        assert_eq!(out.text(), "", "{source}");
        vm.plant_opcode_fault(None);
        assert_eq!(vm.eval("local a = 1 return a + a"), Ok(vec![2.into()]), "{source}");
    }
}

#[test]
fn mismatches_are_reported_as_lines_of_json() {
    if pinned(OpCode::Mul.group()) {
        return;
    }
    let (mut vm, _) = machine();
    let report = Sink::default();
    vm.set_op_policy(OpPolicy::new().op(OpCode::Mul, Route::ShadowCore).seed(77));
    vm.set_shadow_report(Some(Box::new(report.clone())));
    vm.plant_opcode_fault(Some(OpCode::Mul));
    let main = vm.load("local a = 2\nreturn a * 3,\n a * 'x'", "@dir/a \"b\".lua").unwrap();
    assert!(vm.call(main, &[]).is_err());
    let lines: Vec<serde_json::Value> = report
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
        .collect();
    assert_eq!(lines.len(), vm.op_mismatches().len());
    let first = &lines[0];
    assert_eq!((&first["opcode"], &first["line"], &first["route"]), (&"MUL".into(), &2.into(), &"shadow-core".into()));
    assert_eq!((&first["chunk"], &first["seed"]), (&"@dir/a \"b\".lua".into(), &77.into()));
    assert!(first["legacy"].as_str().unwrap().contains("= 6"), "{first}");
    assert!(first["core"].as_str().unwrap().contains("= 7"), "{first}");
    assert!(first["replay"].as_str().unwrap().contains("--ops-seed 77"), "{first}");
}

#[test]
fn the_breaker_takes_an_opcode_back() {
    if pinned(OpCode::Sub.group()) {
        return;
    }
    let (mut vm, _) = machine();
    vm.set_op_policy(OpPolicy::new().op(OpCode::Sub, Route::ShadowCore).breaker(Some(3)));
    vm.plant_opcode_fault(Some(OpCode::Sub));
    let wrong = vm
        .eval("local wrong = 0 for i = 1, 50 do if i - 1 ~= i + -1 then wrong = wrong + 1 end end return wrong")
        .unwrap();
    assert_eq!(wrong, [3.into()]);
    assert_eq!(vm.op_mismatches().len(), 3);
    let rule = vm.op_policy().rule_for(b"=x", OpCode::Sub);
    assert_eq!((rule.route, rule.source), (Route::Legacy, Source::Breaker));
    assert_eq!(vm.op_counts()[OpCode::Sub].legacy, 47);
}

// Routes that change.

/// Calls `switch` while a frame waits in every way there is; the results are independent of it.
const CONTINUATIONS: &str = r#"
local M = {}
local function obj(v) return setmetatable({v = v}, M) end
M.__lt = function(a, b) switch() return a.v < b.v end
M.__le = function(a, b) switch() return a.v <= b.v end
M.__eq = function(a, b) switch() return a.v == b.v end
M.__add = function(a, b) switch() return obj(a.v + b.v) end
M.__unm = function(a) switch() return -a.v end
M.__concat = function(a, b) switch() return (type(a) == 'table' and a.v or a) .. (type(b) == 'table' and b.v or b) end
M.__index = function(t, k) switch() return k end
M.__newindex = function(t, k, v) switch() rawset(t, k, v) end
M.__call = function(self, ...) switch() return ... end
local n
local function step() n = n + 1 return obj(n) end
for round = 1, 12 do
  n = 0 while step() < obj(3) do end assert(n == 3)
  n = 0 while step() <= obj(3) do end assert(n == 4)
  n = 0 while step() ~= obj(3) do end assert(n == 3)
  n = 0 repeat until step() > obj(3) assert(n == 4)
  n = 0 repeat until step() >= obj(3) assert(n == 3)
  n = 0 repeat local k = n local f = function() return k end until step() == obj(3) and f() == 2 assert(n == 3)
  local a, b = obj(1), obj(2)
  if a < b then n = 'lt' else n = 'not lt' end assert(n == 'lt')
  if a <= b then n = 'le' else n = 'not le' end assert(n == 'le')
  if not (a < b) then n = 'no' end assert(n == 'le')
  local t = a < b and a ~= b or 'neither' assert(t == true)
  t = b < a or 'not' assert(t == 'not')
  assert((a + b).v == 3 and -a == -1)
  assert('x' .. a .. b .. 'y' .. 1 .. a == 'x12y11')
  assert(a.key == 'key') a.new = round assert(rawget(a, 'new') == round)
  assert(select('#', a(1, nil, nil)) == 3)
  local sum = 0
  for k, v in function(_, c) switch() c = (c or 0) + 1 if c < 5 then return c, c end end do sum = sum + v end
  assert(sum == 10)
  for i, v in ipairs({5, 6, 7}) do switch() sum = sum + v end assert(sum == 28)
  for k, v in pairs({a = 1, b = 2}) do switch() sum = sum + v end assert(sum == 31)
  for w in ('a b c'):gmatch('%a') do switch() sum = sum + 1 end assert(sum == 34)
  for i = 3, 1, -1 do switch() sum = sum + i end assert(sum == 40)
  local co = coroutine.wrap(function(x)
    for i = 1, 4 do local y = coroutine.yield(obj(i) < obj(x) and a + b) switch() x = x + y end
    return 'end', x
  end)
  co(2) switch() co(1) co(1) switch() co(1) local e, x = co(1)
  assert(e == 'end' and x == 6)
  local ok, message = pcall(function() switch() error('thrown', 0) end) assert(not ok and message == 'thrown')
  ok, message = xpcall(function() switch() return nil + 1 end, function(m) switch() return #m > 5 end)
  assert(not ok and message == true)
  local function tail(k, ...) switch() if k == 0 then return ... end return tail(k - 1, ...) end
  assert(select('#', tail(3, 1, nil, 3)) == 3)
  local function va(...) switch() local p, q = ... return {n = select('#', ...), ...}, p, q end
  local list, p, q = va(7, nil, 9) assert(list.n == 3 and list[3] == 9 and #list == 3 and p == 7 and q == nil)
  local s = {4, 2, 3, 1} table.sort(s, function(x, y) switch() return obj(x) < obj(y) end)
  assert(table.concat(s) == '1234')
  assert(('abc'):gsub('%a', function(c) switch() return c .. c end) == 'aabbcc')
end
return 'whole'
"#;

fn assert_whole(vm: &mut LuaVM, what: &str) {
    let result = run(vm, CONTINUATIONS).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(vm.op_mismatches().is_empty(), "{what}: {:?}", vm.op_mismatches().first());
    let text = result[0].as_string().and_then(|text| vm.string_bytes(text));
    assert_eq!(text, Some(&b"whole"[..]), "{what}");
}

#[test]
fn every_waiting_frame_goes_on_in_new_code() {
    for from in Route::ALL {
        for to in Route::ALL {
            let (mut vm, _) = machine();
            vm.set_op_policy(uniform(from));
            vm.set_shadow_strict(true);
            // A cycle of odd length, so that each place sees each change.
            register_switch(&mut vm, vec![uniform(to), uniform(from), OpPolicy::new().op(OpCode::Jmp, to)]);
            assert_whole(&mut vm, &format!("{from} to {to}"));
        }
    }
    for opcode in movable() {
        let (mut vm, _) = machine();
        vm.set_shadow_strict(true);
        vm.set_op_policy(OpPolicy::new());
        let policies = Route::ALL.map(|route| OpPolicy::new().op(opcode, route));
        register_switch(&mut vm, policies.into());
        assert_whole(&mut vm, opcode.name());
    }
}

#[test]
fn a_hook_may_change_the_routes_between_any_two_instructions() {
    for count in 1..=7 {
        for route in Route::ALL {
            let (mut vm, _) = machine();
            vm.set_shadow_strict(true);
            register_switch(&mut vm, vec![uniform(route), OpPolicy::new(), OpPolicy::new().op(OpCode::Jmp, route)]);
            vm.eval(format!("debug.sethook(switch, 'crl', {count})")).unwrap();
            let source = CONTINUATIONS.replace("1, 12", "1, 2").replace("switch()", "");
            let result = run(&mut vm, &source);
            assert!(result.is_ok(), "{route}, every {count}: {result:?}");
            assert!(vm.op_mismatches().is_empty(), "{route}, every {count}: {:?}", vm.op_mismatches().first());
        }
    }
}

#[test]
fn a_hook_that_removes_itself_loses_no_instruction() {
    let (mut vm, _) = machine();
    let source = "
        local function f(a, b)
          local c, d, e
          c = a d = b e = c
          local x, y, z = c, d, e
          if a == 1 then x = x + 10 end
          return x + y + z, a, b
        end
        for count = 1, 40 do
          debug.sethook(function() debug.sethook() end, '', count)
          local r, s, t = f(1, 2)
          debug.sethook()
          assert(r == 14 and s == 1 and t == 2, count)
        end";
    assert_eq!(run(&mut vm, source), Ok(vec![]));
}

#[test]
fn a_switch_tripped_by_another_thread_changes_nothing_that_can_be_seen() {
    let random = random_policy(&mut Choices::seeded(5));
    for policy in [OpPolicy::new(), uniform(Route::Shadow), uniform(Route::ShadowCore), random] {
        let (mut vm, _) = machine();
        vm.set_op_policy(policy.clone());
        vm.set_shadow_strict(true);
        let switch = KillSwitch::new();
        vm.set_kill_switch(&switch);
        vm.eval("function switch() end").unwrap();
        let toggling = Toggling::new(&switch);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(300) {
            assert_whole(&mut vm, &policy.to_string());
        }
        drop(toggling);
        switch.trip();
        let before = vm.op_counts().total().legacy;
        assert_whole(&mut vm, "tripped");
        assert!(vm.op_counts().total().legacy > before || movable().next().is_none());
        assert!(movable().all(|opcode| vm.op_policy().rule_for(b"=p", opcode).source == Source::KillSwitch));
        switch.reset();
        assert_whole(&mut vm, "reset");
        let before = vm.op_counts().total().legacy;
        assert_whole(&mut vm, "reset");
        assert!(vm.op_counts().total().legacy == before || !policy.is_all_core());
    }
}

// Generated programs.

/// `FERROUS_ROUTES_SEED` begins elsewhere; `FERROUS_ROUTES_PROGRAMS` makes it longer.
#[test]
fn random_programs_do_the_same_by_random_routes() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("FERROUS_ROUTES_SEED").unwrap_or(1);
    println!("FERROUS_ROUTES_SEED={first}");
    let mut printed = 0;
    for seed in first..first + number("FERROUS_ROUTES_PROGRAMS").unwrap_or(40) {
        println!("program {seed}");
        printed += check_routes(&mut Choices::seeded(seed)).0.len();
    }
    assert!(printed > 1000, "the programs do something");
}

// Limits.

const ENDLESS: &[&str] = &[
    "while true do end",
    "repeat until false",
    "for i = 1, math.huge do end",
    "local a, b = 1, 2 repeat until a > b",
    "local function f() return f() end f()",
    "local t = setmetatable({}, {__lt = function() return true end}) while t < t do end",
    "for _ in function() return 1 end do end",
    "for _ in coroutine.wrap(function() while true do coroutine.yield(1) end end) do end",
    "while pcall(error) == false do end",
    "local function f() pcall(f) end while true do f() end",
    "coroutine.wrap(function() while true do end end)()",
    "local i = 0 while i do i = i + 1 end",
    "for _ in ('x'):rep(10):gmatch('') do while true do local x = {} end end",
];

#[test]
fn endless_programs_are_stopped_by_any_route() {
    for route in Route::ALL {
        for source in ENDLESS {
            let (mut vm, _) = machine();
            vm.set_op_policy(uniform(route));
            vm.set_fuel(Some(20_000));
            assert_eq!(run(&mut vm, source), Err(Error::FuelExhausted), "{route}: {source}");
            vm.set_fuel(None);
            vm.set_time_limit(Some(Duration::from_millis(10)));
            assert_eq!(run(&mut vm, source), Err(Error::Timeout), "{route}: {source}");
            vm.set_time_limit(None);
            let kill = vm.kill_handle();
            let killer = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(5));
                kill.kill();
            });
            assert_eq!(run(&mut vm, source), Err(Error::Killed), "{route}: {source}");
            killer.join().unwrap();
            assert_eq!(vm.eval("return 1"), Ok(vec![1.into()]), "{route}: {source}");
        }
    }
}

#[test]
fn limits_of_stack_and_memory_are_lua_errors_by_any_route() {
    for route in Route::ALL {
        let (mut vm, _) = machine();
        vm.set_op_policy(uniform(route));
        vm.set_shadow_strict(true);
        for (source, message) in [
            ("local function f() return 1 + f() end return pcall(f)", "stack overflow"),
            (
                "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return pcall(function() return t.x end)",
                "stack overflow",
            ),
            ("local function f() table.sort({1, 2, 3}, f) end return pcall(f)", "stack overflow"),
            ("local function f(s) return (s:gsub('.', f)) end return pcall(f, 'x')", "stack overflow"),
        ] {
            let result = run(&mut vm, source).unwrap_or_else(|error| panic!("{route}: {source}: {error}"));
            let text = result[1].as_string().and_then(|text| vm.string_bytes(text)).unwrap_or_default().to_vec();
            assert!(String::from_utf8_lossy(&text).contains(message), "{route}: {source}: {result:?}");
        }
        // The stack stays as large as it has been.
        let (mut vm, _) = machine();
        vm.set_op_policy(uniform(route));
        vm.set_shadow_strict(true);
        vm.set_memory_limit(Some(8 << 20));
        for source in [
            "local s = 'x' while true do s = s .. s end",
            "local t = {} while true do t = {t} end",
            "local t = {} for i = 1, 1e9 do t[i] = i end",
            "local t = nil while true do local u = t t = function() return u end end",
            "local t = {} while true do t[#t + 1] = {1, 2, 3, x = 1} end",
        ] {
            assert_eq!(run(&mut vm, source), Err(Error::Memory), "{route}: {source}");
            vm.collect_garbage().unwrap();
            let caught = run(&mut vm, &format!("return pcall(function() {source} end)")).unwrap();
            assert_eq!(caught[0], false.into(), "{route}: {source}");
        }
        // Garbage is no reason to fail.
        vm.collect_garbage().unwrap();
        run(&mut vm, "for i = 1, 30000 do local t = {i, {}, x = i .. 'y'} local f = function() return t end end")
            .unwrap();
        assert!(vm.op_mismatches().is_empty(), "{route}: {:?}", vm.op_mismatches().first());
    }
}

#[test]
fn deep_recursion_takes_linear_time_in_a_shadow_run() {
    let time = |depth: usize| {
        let (mut vm, _) = machine();
        vm.set_op_policy(uniform(Route::ShadowCore));
        let begun = Instant::now();
        // At each depth results go to frames that wait for nothing: those of pcall.
        let source = format!(
            "local function f(n) if n == 0 then return 0 end local ok, v = pcall(f, n - 1) pcall(type, 1) return v + 1 end
             return f({depth})"
        );
        assert_eq!(run(&mut vm, &source), Ok(vec![Value::Number(depth as f64)]));
        begun.elapsed()
    };
    let (short, long) = (time(4_000), time(40_000));
    assert!(long < short * 40, "ten times as deep took {long:?} instead of {short:?}");
}

// What runs in the middle of an instruction.

#[test]
fn finalizers_in_the_middle_of_an_instruction_are_no_mismatch() {
    for route in [Route::Shadow, Route::ShadowCore] {
        let (mut vm, _) = machine();
        vm.set_op_policy(uniform(route));
        vm.set_shadow_strict(true);
        let policies = vec![uniform(Route::Legacy), uniform(route), OpPolicy::new(), uniform(route)];
        register_switch(&mut vm, policies);
        let source = "
            local count, errors, captured = 0, 0, 'a'
            local function finalize()
              count = count + 1 captured = 'b' .. count switch()
              if count % 3 == 0 then collectgarbage('stop') error('from a finalizer', 0) end
            end
            -- No finalizer is called where nothing would catch its error.
            local function work(round)
              collectgarbage('restart')
              local proxy = newproxy(true) getmetatable(proxy).__gc = finalize proxy = nil
              for i = 1, 20 do
                local s = 'x' .. captured .. i .. round
                local t = {i, s, k = function() return s end}
                assert(t[1] == i and t[2] == s and t.k() == s)
              end
              collectgarbage('stop')
            end
            for round = 1, 400 do
              local ok, message = pcall(work, round)
              if not ok then assert(message == 'from a finalizer', message) errors = errors + 1 end
            end
            assert(count > 10 and errors > 0)";
        vm.eval("collectgarbage('setpause', 50) collectgarbage('stop')").unwrap();
        assert_eq!(run(&mut vm, source), Ok(vec![]), "{route}");
        assert!(vm.op_mismatches().is_empty(), "{route}: {:?}", vm.op_mismatches().first());
    }
}

#[test]
fn frameless_library_functions_are_no_mismatch() {
    let (mut vm, _) = machine();
    vm.set_op_policy(uniform(Route::Shadow));
    vm.set_shadow_strict(true);
    let source = "
        local a, b, c = math.abs(-3) assert(a == 3 and b == nil and c == nil)
        local d, e = select(2, 4, 5) assert(d == 5 and e == nil)
        local function all(...) return select('#', ...) end assert(all(tostring(1), type(2)) == 2)
        assert(all((math.max(1, 2, 3))) == 1)
        return 1";
    assert_eq!(run(&mut vm, source), Ok(vec![1.into()]));
}

/// Putting old results into place can move the stack.
#[test]
fn many_results_that_replace_wrong_ones_find_their_place() {
    if pinned(OpCode::Return.group()) {
        return;
    }
    let (mut vm, _) = machine();
    vm.set_op_policy(OpPolicy::new().op(OpCode::Return, Route::Shadow).breaker(None));
    vm.plant_opcode_fault(Some(OpCode::Return));
    let source = "
        local t = {} for i = 1, 200 do t[i] = i end
        local function many() return 'first', unpack(t) end
        local function deep(n)
          if n == 0 then
            local list = {many()}
            assert(#list == 201 and list[1] == 'first' and list[201] == 200)
            return 1
          end
          local below = deep(n - 1)
          return below + 1
        end
        for n = 1, 600 do assert(coroutine.wrap(deep)(n) == n + 1) end";
    assert_eq!(run(&mut vm, source), Ok(vec![]));
}

/// What a failed call left waiting is not taken for another function's at the same place.
#[test]
fn failed_calls_leave_nothing_that_is_compared_later() {
    if pinned(OpCode::Add.group()) {
        return;
    }
    let (mut vm, _) = machine();
    vm.set_op_policy(OpPolicy::new().op(OpCode::Add, Route::ShadowCore));
    vm.set_shadow_strict(true);
    let source = "
        local bad = setmetatable({}, {__add = function() error('add', 0) end})
        local function fails(x) local y = x + 1 return y end
        local function other(x) local y = x() return y.z.z end
        for round = 1, 3 do
          assert(not pcall(fails, bad))
          assert(not pcall(other, function() return {} end))
        end
        return 1";
    assert_eq!(run(&mut vm, source), Ok(vec![1.into()]));
}

#[test]
fn lists_with_holes_have_the_same_border_by_any_route() {
    for route in Route::ALL {
        let (mut vm, _) = machine();
        vm.set_op_policy(uniform(route));
        let source = "
            local function three() return 1, nil, 3 end
            local function pack(...) return {n = select('#', ...), ...} end
            return #{three()}, #pack(1, nil, nil, 4), #pack(nil, 2), #pack(nil), #{nil, nil, three()}";
        let expected = [3, 4, 2, 0, 5].map(Value::from);
        assert_eq!(run(&mut vm, source), Ok(expected.to_vec()), "{route}");
    }
}

// Leases.

#[test]
fn routes_are_changed_from_leases_within_leases() {
    let (mut vm, _) = machine();
    vm.set_op_policy(uniform(Route::Shadow));
    vm.set_shadow_strict(true);
    vm.register("nest", |call| {
        let depth = call.check_integer(1)?;
        let result = call.lend(|mut vm| {
            vm.set_op_policy(uniform(Route::ALL[depth as usize % 4]));
            let result =
                if depth == 0 { vm.eval("return 1 + 1") } else { vm.eval(format!("return nest({}) + 1", depth - 1)) };
            (vm, result)
        })??;
        call.push(result[0])?;
        Ok(1)
    })
    .unwrap();
    assert_eq!(vm.eval("local n = 0 for i = 1, 9 do n = n + nest(i) end return n"), Ok(vec![63.into()]));
    assert_eq!(vm.eval("return coroutine.wrap(function() return nest(5) + nest(2) end)()"), Ok(vec![11.into()]));
    assert!(vm.op_mismatches().is_empty());
}

#[test]
fn a_borrower_that_survives_a_panic_finds_its_results_in_place() {
    let (mut vm, _) = machine();
    vm.register("panics", |_| std::panic::panic_any("inner")).unwrap();
    vm.register("survives", |call| {
        call.push(41)?;
        call.lend(|mut vm| {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                vm.eval("local a, b, c = 1, 2, panics(3) return a")
            }));
            assert!(caught.is_err());
            (vm, ())
        })?;
        Ok(1)
    })
    .unwrap();
    for route in Route::ALL {
        vm.set_op_policy(uniform(route));
        assert_eq!(vm.eval("local x = survives('arg') return x + 1"), Ok(vec![42.into()]), "{route}");
    }
}
