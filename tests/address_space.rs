//! Where the system has no more memory for a process, a program without a limit of its own gets an error, whatever it fills: never
//! is the process aborted.

#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

use std::process::{Command, Output};

use pretty_assertions::assert_eq;

/// What the process may have, in KiB: the program itself, and not much more.
const ADDRESS_SPACE: &str = "90000";

fn run(program: &str) -> Output {
    let limited = format!("ulimit -v {ADDRESS_SPACE} && exec \"$0\" -e \"$1\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limited, env!("CARGO_BIN_EXE_ferrous"), program]);
    command.output().expect("there is a shell")
}

const PROGRAMS: [(&str, &str); 23] = [
    ("an array", "local t = {} while true do t[#t + 1] = #t end"),
    ("a sparse table", "local t = {} for i = 1, 1e9 do t[i * 1000] = i end"),
    ("keys", "local t = {} for i = 1, 1e9 do t['key ' .. i] = i end"),
    ("tables", "local t = {} while true do t[#t + 1] = {} end"),
    ("a list", "local l while true do l = {l} end"),
    ("a list of fields", "local l while true do l = {next = l} end"),
    ("a tree", "local function tree(n) return {tree(n + 1), tree(n + 1)} end tree(1)"),
    ("wide tables", "local t while true do local new = {} for i = 1, 5000 do new[i] = {t} end t = new end"),
    ("closures", "local t = {} while true do local n = #t t[n + 1] = function() return n end end"),
    ("a chain of closures", "local f while true do local g = f f = function() return g end end"),
    ("coroutines", "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end"),
    (
        "started coroutines",
        "local t = {} while true do local c = coroutine.wrap(function() coroutine.yield() end) c() t[#t + 1] = c end",
    ),
    ("weak tables", "local t = {} while true do t[#t + 1] = setmetatable({{}}, {__mode = 'k'}) end"),
    ("userdata", "local t = {} while true do local p = newproxy(true) getmetatable(p).__gc = print t[#t + 1] = p end"),
    ("short strings", "local t = {} while true do t[#t + 1] = 'string ' .. #t end"),
    ("long strings", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"),
    ("a string", "local s = 'x' while true do s = s .. s end"),
    ("rep", "local s = ('x'):rep(2e9)"),
    ("gsub", "local s = ('x'):rep(5e7):gsub('x', 'xxxxxxxxxx')"),
    ("concat", "local t, s = {}, ('x'):rep(1e6) for i = 1, 2000 do t[i] = s end local s = table.concat(t)"),
    (
        "code",
        "local t = {} while true do t[#t + 1] = assert(loadstring('local x = {1, 2, 3} return function() return x end')) end",
    ),
    ("a large chunk", "assert(load(function() return ('x = x + 1 '):rep(1000) end))"),
    ("an expression", "assert(load(function() begun, part = true, begun and '+ x ' or 'return x ' return part end))"),
];

#[test]
fn a_program_that_takes_all_there_is_gets_an_error() {
    let check = |&(name, program): &(&str, &str)| {
        let output = run(program);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let first = message.lines().next().unwrap_or_default();
        let is_error =
            output.status.code() == Some(1) && (first.contains("not enough memory") || first.contains("overflow"));
        (!is_error).then(|| format!("{name}: {}: {}", output.status, message.chars().take(300).collect::<String>()))
    };
    let check_all = |part: &[_]| part.iter().filter_map(check).collect::<Vec<String>>();
    let (some, others) = PROGRAMS.split_at(PROGRAMS.len() / 2);
    let failures = std::thread::scope(|scope| {
        let some = scope.spawn(|| check_all(some));
        [check_all(others), some.join().expect("it does not panic")].concat()
    });
    assert_eq!(failures, Vec::<String>::new());
}

#[test]
fn a_program_that_catches_the_error_goes_on() {
    let output = run("local ok, e = pcall(function() local t = {} while true do t[#t + 1] = {} end end)
        print(ok, e) local t = {} for i = 1, 1000 do t[i] = {} end print(#t)");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "false\tnot enough memory\n1000\n");
    assert_eq!(output.status.code(), Some(0));
}
