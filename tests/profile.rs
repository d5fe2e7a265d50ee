//! `ferrous --profile`: what it counts, and that it shows it without disturbing the program.

#![forbid(unsafe_code)]

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use ferrous::LuaVM;
use ferrous::profile::{FunctionProfile, ProfileData};
use pretty_assertions::assert_eq;

/// Whether every collection is a whole one.
const STRESS: bool = cfg!(feature = "gc_stress");
const SECTIONS: [&str; 5] = ["Opcodes", "Functions", "Hot lines", "Allocation", "Collector"];

fn profile_of(source: &str) -> ProfileData {
    let mut vm = LuaVM::with_stdlib().unwrap();
    vm.start_profile();
    vm.eval(source).unwrap();
    vm.profile().unwrap()
}

fn count(data: &ProfileData, opcode: &str) -> u64 {
    data.opcodes.iter().find(|row| row.opcode.name() == opcode).map_or(0, |row| row.count)
}

fn function<'a>(data: &'a ProfileData, name: &str) -> &'a FunctionProfile {
    let mut found = data.functions.iter().filter(|row| row.name == name);
    let function = found.next().unwrap_or_else(|| panic!("no function {name} in {:#?}", data.functions));
    assert!(found.next().is_none(), "two functions {name}");
    function
}

/// Every function's own time adds up to the whole, and no total exceeds it.
fn check_times(data: &ProfileData) {
    assert_eq!(data.functions.iter().map(|row| row.own).sum::<Duration>(), data.time);
    for row in &data.functions {
        assert!(row.own <= row.total && row.total <= data.time, "{row:?} of {:?}", data.time);
    }
}

/// Runs a script as `script.lua` with some options.
fn run(options: &[&str], source: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("script.lua"), source).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ferrous"));
    command.env_remove("LUA_INIT").current_dir(folder.path()).args(options).arg("script.lua");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The rows of a section, split into words, without its head.
fn section<'a>(report: &'a str, title: &str) -> Vec<Vec<&'a str>> {
    let lines = report.lines().skip_while(|&line| line != title).skip(2);
    lines.take_while(|line| !line.is_empty()).map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn instructions_are_counted() {
    let data = profile_of("local sum = 0\nfor i = 1, 1000 do\nsum = sum + i\nend");
    assert_eq!(count(&data, "ADD"), 1000);
    assert_eq!(count(&data, "FORLOOP"), 1001);
    assert_eq!(count(&data, "FORPREP"), 1);
    assert_eq!(data.instructions, data.opcodes.iter().map(|row| row.count).sum::<u64>());
    assert_eq!(data.instructions, data.lines.iter().map(|row| row.count).sum::<u64>());
    let lines: Vec<_> = data.lines.iter().take(2).map(|row| (row.line, row.count)).collect();
    assert_eq!(lines, [(2, 1005), (3, 1000)]);
    check_times(&data);
}

#[test]
fn a_test_and_its_jump_are_one() {
    let data = profile_of("local n = 0 while n < 100 do n = n + 1 end");
    assert_eq!([count(&data, "LT"), count(&data, "ADD"), count(&data, "JMP")], [101, 100, 100]);
    // A jump that belongs to a test, but is jumped to as well.
    let data = profile_of("local a, b = true, false for i = 1, 10 do while a do if b then else break end end end");
    assert_eq!(count(&data, "TEST"), 20);
    check_times(&data);
}

#[test]
fn functions_are_counted() {
    let data = profile_of(
        "local function add(a, b) return a + b end
        local object = {}
        function object:method() return add(1, 2) + 0 end
        for i = 1, 10 do add(i, i) end
        for i = 1, 5 do object:method() end
        for i = 1, 3 do string.format('%d', i) end",
    );
    let add = function(&data, "add");
    assert_eq!((add.calls, add.line, add.instructions), (15, 1, 30));
    assert_eq!(function(&data, "method").calls, 5);
    let main = function(&data, "main chunk");
    assert_eq!((main.calls, main.line), (1, 0));
    let format = function(&data, "string.format");
    assert_eq!((format.calls, format.source.as_str(), format.instructions), (3, "[C]", 0));
    assert_eq!(main.total, data.time);
    check_times(&data);
}

#[test]
fn recursion_errors_tail_calls_and_coroutines_do_not_corrupt_times() {
    let data = profile_of(
        "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
        fib(15)
        local function tail(n) if n > 0 then return tail(n - 1) end end
        tail(100000)
        local function deep(n) if n > 0 then return 1 + deep(n - 1) end error('deep') end
        for i = 1, 20 do pcall(deep, 50) end
        for i = 1, 20 do xpcall(function() deep(3) end, function(m) return m end) end
        local function walk(n) if n > 0 then walk(n - 1) coroutine.yield(n) walk(n - 1) end end
        local function each(n)
            return coroutine.wrap(function()
                for x in coroutine.wrap(function() walk(n) end) do coroutine.yield(x) end
            end)
        end
        local sum = 0
        for x in each(8) do sum = sum + x end
        assert(sum == 502)
        for i = 1, 200 do
            local failing = coroutine.create(function() deep(5) end)
            assert(not coroutine.resume(failing))
            local waiting = coroutine.create(function() fib(2) coroutine.yield() end)
            assert(coroutine.resume(waiting))
        end
        table.sort({3, 1, 2}, function(a, b) pcall(deep, 2) return a < b end)
        local object = setmetatable({}, {__index = function(_, k) return fib(k) end})
        local n = object[3] + object[4]
        string.gsub('aaa', 'a', function() fib(3) pcall(deep, 1) end)",
    );
    assert_eq!(function(&data, "tail").calls, 100_001);
    assert_eq!(function(&data, "walk").calls, 511);
    assert_eq!(function(&data, "main chunk").total, data.time);
    check_times(&data);
}

#[test]
fn allocation_is_attributed_to_lines() {
    let data =
        profile_of("local t = {}\nfor i = 1, 1000 do\nt[i] = {}\nend\nlocal s = ('x'):rep(100000)\ncollectgarbage()");
    let bytes = |line| data.sites.iter().find(|row| row.line == line).map_or(0, |row| row.bytes);
    assert!(bytes(3) >= 1000 * 40, "{:?}", data.sites);
    assert!((100_000..200_000).contains(&bytes(5)), "{:?}", data.sites);
    assert!(bytes(2) == 0 && bytes(6) < 1000, "{:?}", data.sites);
    assert!((data.collector.full == 1 || STRESS) && data.collector.cycles >= 1, "{:?}", data.collector);
    // What collections free is no allocation the less.
    let data = profile_of("for i = 1, 20000 do\nlocal t = {i, i, i}\nend");
    assert!(data.sites[0].line == 2 && data.sites[0].bytes >= 20000 * 60, "{:?}", data.sites);
    assert!((data.collector.steps > 0 || STRESS) && data.collector.freed > 0, "{:?}", data.collector);
    assert!(data.collector.longest_step <= data.collector.time);
}

#[test]
fn counts_survive_their_functions() {
    let data = profile_of("for i = 1, 10 do loadstring('local x = ... return x * 2', '=gone')(i) collectgarbage() end");
    assert_eq!(count(&data, "MUL"), 10);
    assert_eq!(data.functions.iter().filter(|row| row.source == "gone").count(), 10);
}

#[test]
fn a_profile_starts_when_it_is_told_to() {
    let mut vm = LuaVM::with_stdlib().unwrap();
    vm.eval("co = coroutine.wrap(function() for i = 1, 5 do coroutine.yield(i * 2) end end) co()").unwrap();
    assert_eq!((vm.profile(), vm.profile_report().as_str()), (None, ""));
    vm.start_profile();
    assert_eq!(vm.profile().unwrap().instructions, 0);
    // It goes on in the middle of a function.
    vm.eval("co() co()").unwrap();
    let first = vm.profile().unwrap();
    assert_eq!(count(&first, "MUL"), 2);
    check_times(&first);
    std::thread::sleep(Duration::from_millis(20));
    // While nothing runs no time passes.
    assert_eq!(vm.profile().unwrap(), first);
    vm.eval("error('x')").unwrap_err();
    let second = vm.profile().unwrap();
    assert_eq!(function(&second, "error").calls, 1);
    assert!(second.time < first.time + Duration::from_millis(20), "{second:?}");
    vm.start_profile();
    vm.eval("local x = 1").unwrap();
    assert_eq!(vm.profile().unwrap().functions.len(), 1);
}

const SCRIPT: &str = "local function f(n) return n + 1 end\nfor i = 1, 10 do f(i) end\nprint('out', 1)\n";

#[test]
fn the_program_reports_to_standard_error_alone() {
    let output = run(&["--profile"], SCRIPT);
    let report = text(&output.stderr);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "out\t1\n");
    assert!(report.starts_with("Profile: "), "{report}");
    for title in SECTIONS {
        assert!(!section(report, title).is_empty(), "{title} is missing: {report}");
    }
    assert!(section(report, "Opcodes").iter().any(|row| row[0] == "10" && row[2] == "ADD"), "{report}");
    let functions = section(report, "Functions");
    assert!(functions.iter().any(|row| row[0] == "10" && row[4..] == ["20", "f", "script.lua:1"]), "{report}");
    assert!(functions.iter().any(|row| row[0] == "1" && row[5..] == ["main", "chunk", "script.lua"]), "{report}");
    assert!(section(report, "Hot lines").iter().any(|row| row[2] == "script.lua:2"), "{report}");
}

#[test]
fn it_is_off_by_default() {
    let output = run(&[], SCRIPT);
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("out\t1\n", ""));
}

#[test]
fn whatever_ends_the_script_there_is_a_report() {
    let failing = run(&["--profile"], &format!("{SCRIPT}error('failed')"));
    let limited = run(&["--profile", "--fuel", "5000"], &format!("{SCRIPT}while true do end"));
    let exiting = run(&["--profile"], &format!("{SCRIPT}local function leave() os.exit(7) end leave()"));
    let outputs =
        [(failing, 1, "script.lua:4: failed"), (limited, 1, "instruction limit exceeded"), (exiting, 7, "leave")];
    for (output, code, message) in outputs {
        let report = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{report}");
        assert_eq!(text(&output.stdout), "out\t1\n");
        assert!(report.contains(message), "{report}");
        assert_eq!(report.matches("Profile: ").count(), 1);
        assert!(SECTIONS.iter().all(|title| report.contains(&format!("\n{title}\n"))), "{report}");
    }
}

#[test]
fn programs_do_the_same_as_ever() {
    let source = "
        local n = 0
        local function f(x) return x end
        local function hook() n = n + 1 if n % 4 == 0 then debug.sethook() end end
        for _, mask in ipairs {'c', 'r', 'l', 'crl'} do
            debug.sethook(hook, mask)
            for i = 1, 10 do f(i) end
            print(mask, n)
            n = 0
        end
        local function level(n) if n == 0 then return debug.traceback() end return level(n - 1) end
        print((level(3)))
        print(pcall(string.rep))
        print(select('#', f()))";
    let plain = run(&[], source);
    assert!(plain.status.success(), "{}", text(&plain.stderr));
    for options in [&["--profile"][..], &["--profile", "--fuel", "100000"]] {
        let profiled = run(options, source);
        assert_eq!(text(&profiled.stdout), text(&plain.stdout));
        assert!(profiled.status.success(), "{}", text(&profiled.stderr));
    }
}
