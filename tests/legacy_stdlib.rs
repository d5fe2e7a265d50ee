//! The libraries of the old VM, where a script cannot test them: output that the host takes, limits that end a native function in
//! its midst, and what is said of libraries that are not there.

#![forbid(unsafe_code)]
#![cfg(feature = "legacy")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use ferrous::legacy::{Failure, LuaError, LuaVM, Output};
use pretty_assertions::assert_eq;

/// A writer whose bytes the test sees.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no writer panics")).into_owned()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that has no room.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WriteZero.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn machine() -> LuaVM {
    LuaVM::with_stdlib().expect("there is memory for the libraries")
}

fn run(vm: &mut LuaVM, source: &str) -> Result<(), Failure> {
    vm.eval(source.as_bytes(), b"=test").map(|_| ())
}

/// What a program prints on a machine of its own.
fn printed(source: &str) -> String {
    let mut vm = machine();
    let output = Shared::default();
    vm.set_output(Output::to(output.clone()));
    if let Err(failure) = run(&mut vm, source) {
        let text = vm.failure_text(&failure).unwrap_or_default();
        panic!("{}", String::from_utf8_lossy(&text));
    }
    output.text()
}

/// The text of the error that a program throws.
fn thrown(source: &str) -> String {
    let mut vm = machine();
    let failure = run(&mut vm, source).expect_err("the program throws");
    assert!(matches!(failure, Failure::Thrown(_)), "{failure:?}");
    String::from_utf8_lossy(&vm.failure_text(&failure).expect("the error is text")).into_owned()
}

#[test]
fn output_goes_where_the_host_wants_it() {
    assert_eq!(printed("io.write('a', 1, 2.5) print('b', nil, true) io.write('c')"), "a12.5b\tnil\ttrue\nc");
    // Each machine has its own, and what a `__tostring` prints comes before the line it is called for.
    let source =
        "local t = setmetatable({}, {__tostring = function() io.write('first ') return 'second' end}) print(1, t)";
    assert_eq!(printed(source), "1first \tsecond\n");
}

#[test]
fn output_that_fails_is_told_by_write_and_to_the_host() {
    let mut vm = machine();
    vm.set_output(Output::to(Full));
    let write = "local ok, message = io.write('lost') assert(ok == nil and type(message) == 'string')";
    let lost = Failure::Stop(LuaError::RuntimeError("cannot write the output: write zero".to_owned()));
    assert_eq!(run(&mut vm, &format!("print('lost') {write}")), Err(lost));
}

#[test]
fn what_is_absent_says_so() {
    let advice = "run the script on the core with --vm core";
    for (source, what) in [
        ("return debug.traceback()", "library 'debug' (debug.traceback)"),
        ("debug.sethook = 1", "library 'debug' (debug.sethook)"),
        ("return package.loaded", "library 'package' (package.loaded)"),
        ("require 'x'", "library 'package' (require)"),
        ("module('x')", "library 'package' (module)"),
        ("io.open('x')", "function 'io.open'"),
        ("io.stdout:write('x')", "file 'io.stdout'"),
        ("io.stderr:write('x')", "file 'io.stderr'"),
    ] {
        assert_eq!(thrown(source), format!("test:1: the old VM has no {what}: {advice}"), "{source}");
    }
}

#[test]
fn native_closures_keep_their_own_state() {
    let source = "
        local a, b = ('a1b2'):gmatch('%a'), ('xyz'):gmatch('.')
        print(a(), b(), a(), b(), a(), b(), b())
        local function count() for i = 1, 3 do coroutine.yield(i) end end
        local c, d = coroutine.wrap(count), coroutine.wrap(count)
        print(c(), d(), c(), c(), d())
        print(collectgarbage('setpause', 50), collectgarbage('setpause', 60), collectgarbage('setstepmul', 1))
        local p = newproxy(true)
        print(getmetatable(newproxy(p)) == getmetatable(p), getmetatable(newproxy()), pcall(newproxy, 5))";
    let expected = "a\tx\tb\ty\tnil\tz\n1\t1\t2\t3\t2\n200\t50\t200\n\
                    true\tnil\tfalse\tbad argument #1 to '?' (boolean or proxy expected)\n";
    assert_eq!(printed(source), expected);
}

#[test]
fn limits_end_native_functions_in_their_midst() {
    for source in [
        "return (('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(41))",
        "return (('a'):rep(100000)):gsub('.-b', 'x')",
        "table.insert({}, -2^30, 'x')",
        "local t = {} for i = 1, 100000 do t[i] = i end while true do table.maxn(t) end",
    ] {
        let mut vm = machine();
        vm.set_fuel(Some(2_000_000));
        // No program catches it.
        let source = format!("pcall(function() {source} end)");
        let failure = run(&mut vm, &source).expect_err("the fuel is used up");
        assert_eq!(failure, Failure::Stop(LuaError::InstructionLimitExceeded), "{source}");
    }
}

#[test]
fn memory_that_is_not_there_is_an_error_a_program_can_catch() {
    let mut vm = machine();
    let output = Shared::default();
    vm.set_output(Output::to(output.clone()));
    vm.set_memory_limit(Some(8 << 20));
    let source = "
        print(pcall(string.rep, 'x', 1e8))
        print(pcall(string.gsub, ('x'):rep(1e6), 'x', ('y'):rep(100)))
        print(pcall(string.format, '%s%s', ('z'):rep(3e6), ('z'):rep(3e6)))
        print(pcall(table.concat, {('x'):rep(1e6), ('y'):rep(1e6)}, ('-'):rep(1e6)))";
    let ran = run(&mut vm, source);
    let text = ran.map_err(|failure| vm.failure_text(&failure).map(|text| String::from_utf8_lossy(&text).into_owned()));
    assert_eq!(text, Ok(()));
    assert_eq!(output.text(), "false\tnot enough memory\n".repeat(4));
}
