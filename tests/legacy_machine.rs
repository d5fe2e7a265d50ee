//! The old VM as its host sees it: limits that no program escapes, errors, coroutines and deep calls.

#![cfg(feature = "legacy")]
#![forbid(unsafe_code)]

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ferrous::legacy::{Failure, LuaError, LuaVM, Output, Value};
use pretty_assertions::assert_eq;

fn machine() -> LuaVM {
    LuaVM::with_stdlib().expect("there is memory for a machine")
}

/// The results of a chunk, as text.
fn run(vm: &mut LuaVM, source: &str) -> Result<Vec<String>, Failure> {
    let results = vm.eval(source.as_bytes(), b"=t")?;
    Ok(results.iter().map(|value| shown(vm, value)).collect())
}

fn shown(vm: &mut LuaVM, value: &Value) -> String {
    match vm.text_of(value) {
        Some(text) => String::from_utf8_lossy(&text).into_owned(),
        None => format!("{value:?}").to_lowercase(),
    }
}

/// The text of the error that a chunk ends with.
fn error(vm: &mut LuaVM, source: &str) -> String {
    let failure = run(vm, source).expect_err("the chunk fails");
    String::from_utf8_lossy(&vm.failure_text(&failure).unwrap_or_default()).into_owned()
}

/// Programs that do not end, and catch whatever can be caught.
const ENDLESS: [&str; 5] = [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "while true do xpcall(function() while true do end end, function() while true do end end) end",
    "while true do coroutine.wrap(function() while true do end end)() end",
    "while true do table.sort({ 3, 2, 1 }, function(a, b) while true do end end) end",
];

#[test]
fn fuel_ends_every_program() {
    for source in ENDLESS {
        let mut vm = machine();
        vm.set_fuel(Some(10_000));
        assert_eq!(run(&mut vm, source), Err(Failure::Stop(LuaError::InstructionLimitExceeded)), "{source}");
        assert_eq!(vm.fuel(), Some(0));
        // The machine can be used again, from the beginning.
        vm.set_fuel(None);
        assert_eq!(
            run(&mut vm, "return coroutine.running(), pcall(error, 'e')").unwrap(),
            ["nil", "boolean(false)", "e"]
        );
    }
}

#[test]
fn time_ends_every_program() {
    for source in ENDLESS {
        let mut vm = machine();
        vm.set_time_limit(Some(Duration::from_millis(20)));
        let begun = Instant::now();
        assert_eq!(run(&mut vm, source), Err(Failure::Stop(LuaError::Timeout)), "{source}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn what_is_loaded_is_paid_for() {
    let mut vm = machine();
    vm.set_fuel(Some(u64::MAX));
    let mut spent = |source: &str| {
        let before = vm.fuel().expect("there is a limit");
        assert_eq!(run(&mut vm, source).unwrap(), ["boolean(true)"]);
        before - vm.fuel().expect("there is a limit")
    };
    let text = "local f, message = loadstring(('x = 1 '):rep(COUNT)) return f ~= nil";
    let few = spent(&text.replace("COUNT", "10"));
    let many = spent(&text.replace("COUNT", "10000"));
    assert!(many - few > 4 * 60_000, "{few} units for 60 bytes, {many} for 60,000");

    vm.set_fuel(Some(100_000));
    let text = text.replace("COUNT", "100000");
    assert_eq!(run(&mut vm, &text), Err(Failure::Stop(LuaError::InstructionLimitExceeded)));
    vm.set_fuel(None);
    vm.set_memory_limit(Some(8 << 20));
    assert_eq!(error(&mut vm, &text.replace("100000", "1000000")), "not enough memory");
    assert_eq!(error(&mut vm, "loadstring('local t = {' .. ('{},'):rep(200000) .. '}')"), "not enough memory");
}

#[test]
fn a_kill_ends_the_program_from_another_thread() {
    let mut vm = machine();
    let handle = vm.kill_handle();
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        handle.kill();
    });
    assert_eq!(run(&mut vm, ENDLESS[1]), Err(Failure::Stop(LuaError::ScriptKilled)));
    killer.join().expect("it does not panic");
    assert_eq!(run(&mut vm, "return 1").unwrap(), ["1"]);
}

#[test]
fn memory_is_limited_and_the_error_can_be_caught() {
    let mut vm = machine();
    vm.set_memory_limit(Some(4 << 20));
    let source = "local ok, message = pcall(function() local t = {} while true do t[#t + 1] = { #t } end end)
                  return ok, message";
    assert_eq!(run(&mut vm, source).unwrap(), ["boolean(false)", "not enough memory"]);
    assert_eq!(error(&mut vm, "local s = 'x' while true do s = s .. s end"), "not enough memory");
    assert_eq!(error(&mut vm, "local function f(...) return f(1, ...) end f()"), "not enough memory");
    vm.set_memory_limit(None);
    assert_eq!(run(&mut vm, "return #('x'):rep(1000)").unwrap(), ["1000"]);
}

#[test]
fn errors_have_positions_and_names() {
    let mut vm = machine();
    assert_eq!(error(&mut vm, "local x\nx.y = 1"), "t:2: attempt to index local 'x' (a nil value)");
    assert_eq!(error(&mut vm, "return 1 <"), "t:1: unexpected symbol near '<eof>'");
    assert_eq!(error(&mut vm, "return {} < {}"), "t:1: attempt to compare two table values");
    assert_eq!(error(&mut vm, "error()"), "");
    assert_eq!(run(&mut vm, "return pcall(nil)").unwrap(), ["boolean(false)", "attempt to call a nil value"]);
    let source = "local function f() error('deep') end\nlocal function g() f() end\ng()";
    let function = vm.load(source.as_bytes(), b"=t").expect("there is memory").expect("it compiles");
    let failure = vm.call_traced(function, Vec::new()).expect_err("it fails");
    let text = String::from_utf8(vm.failure_text(&failure).expect("it is text")).expect("in UTF-8");
    let traceback = "t:1: deep\nstack traceback:\n\t[C]: in function 'error'\n\tt:1: in function 'f'\n\
                     \tt:2: in function 'g'\n\tt:3: in main chunk\n\t[C]: ?";
    assert_eq!(text, traceback);
}

#[test]
fn yields_cross_everything_but_native_calls() {
    let mut vm = machine();
    let source = "local t = setmetatable({}, { __index = function(_, k) return coroutine.yield(k) end })
                  local co = coroutine.wrap(function() return pcall(function() return t.a .. t.b end) end)
                  return co(), co('x'), co('y')";
    assert_eq!(run(&mut vm, source).unwrap(), ["a", "b", "boolean(true)", "xy"]);
    let source = "local co = coroutine.create(function() table.sort({ 2, 1 }, coroutine.yield) end)
                  return coroutine.resume(co)";
    let message = "attempt to yield across metamethod/C-call boundary";
    assert_eq!(run(&mut vm, source).unwrap(), ["boolean(false)", message]);
    assert_eq!(error(&mut vm, "coroutine.yield(1)"), message);
}

#[test]
fn what_nests_in_a_program_does_not_nest_in_the_host() {
    let mut vm = machine();
    let run_deep = "local args = {} for i = 1, 7000 do args[i] = pcall end
                    local n = select('#', pcall(unpack(args)))
                    local function down(k) if k == 0 then return 0 end return 1 + down(k - 1) end
                    local chain = setmetatable({}, { __concat = string.len })
                    return n, down(100000), pcall(function() return chain .. chain .. chain end)";
    // With little stack of its own, far less than a thread usually gets.
    let worker = thread::Builder::new().stack_size(512 << 10).spawn(move || run(&mut vm, run_deep));
    let results = worker.expect("a thread can be made").join().expect("it does not panic").expect("it runs");
    // Protecting functions that call one another are counted, as PUC counts them.
    assert_eq!(results[..2], ["199".to_owned(), "100000".to_owned()]);
}

#[test]
fn output_goes_where_the_host_wants() {
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nobody panics").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let shared = Shared::default();
    let mut vm = machine();
    vm.set_output(Output::to(shared.clone()));
    run(&mut vm, "print(1, 'two') io.write('three')").expect("it runs");
    assert_eq!(String::from_utf8_lossy(&shared.0.lock().expect("nobody panics")), "1\ttwo\nthree");
}

#[test]
fn comparisons_are_worded_as_pucs() {
    let mut vm = machine();
    run(&mut vm, "co = coroutine.create(function() end)").unwrap();
    // Names with the same third letter count as the same.
    for (source, message) in [
        ("return co < 'x'", "t:1: attempt to compare two thread values"),
        ("return 'x' < co", "t:1: attempt to compare two string values"),
        ("return {} <= 1", "t:1: attempt to compare table with number"),
    ] {
        assert_eq!(error(&mut vm, source), message, "{source}");
    }
}

#[test]
fn steps_go_through_what_is_in_use() {
    let mut vm = machine();
    assert_eq!(run(&mut vm, "return collectgarbage('step')").unwrap(), ["boolean(false)"]);
    assert_eq!(run(&mut vm, "return collectgarbage('step', 1000000)").unwrap(), ["boolean(true)"]);
    let source = "local n = 0 repeat n = n + 1 until collectgarbage('step', 1) return n > 1";
    assert_eq!(run(&mut vm, source).unwrap(), ["boolean(true)"]);
}

#[test]
fn natives_that_call_one_another_are_charged() {
    let mut vm = machine();
    run(&mut vm, "chain = {} for i = 1, 150 do chain[i] = pcall end").unwrap();
    vm.set_fuel(Some(100));
    assert_eq!(run(&mut vm, "return pcall(unpack(chain))"), Err(Failure::Stop(LuaError::InstructionLimitExceeded)));
}
