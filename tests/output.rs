//! What programs print reaches its file in its place between what their host prints, and an error if it cannot.
//!
//! Each test runs this binary anew as a host program, of which only the test `host` does anything, with a pipe or a file as standard
//! output. It exits without ado, so that nothing counts on destructors.

#![allow(deprecated, reason = "the old API is one of those tested")]
#![forbid(unsafe_code)]

use std::env;
#[cfg(target_os = "linux")]
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, Stdio, exit};
use std::thread;

use pretty_assertions::assert_eq;

/// The variable that tells the host program what to do.
const CASE: &str = "OUTPUT_TEST_CASE";
/// What stands before the host program's own output, behind that of the test harness.
const BEGIN: &str = "<begin>\n";

/// A machine with any of the APIs. It has these host functions: `host(...)`, which prints its arguments after a `h`;
/// `through(f)`, which calls f and then prints `t`; `fail()`, which panics; and `leave()`, which exits.
trait Machine: Send + 'static {
    fn new() -> Self;
    fn eval(&mut self, source: &str) -> Result<(), String>;
}

struct Core(ferrous::LuaVM);

impl Machine for Core {
    fn new() -> Self {
        let mut vm = ferrous::LuaVM::with_stdlib().unwrap();
        vm.register("host", |call| {
            let args = call.args().into_iter().map(|arg| call.to_text(arg)).collect::<Result<Vec<_>, _>>()?;
            println!("h{}", String::from_utf8_lossy(&args.concat()));
            Ok(0)
        })
        .unwrap();
        vm.register("through", |call| {
            let function = call.check_function(1)?;
            call.call(function, &[])?;
            println!("t");
            Ok(0)
        })
        .unwrap();
        vm.register("fail", |_| panic!("the host fails")).unwrap();
        vm.register("leave", |_| exit(0)).unwrap();
        Core(vm)
    }

    fn eval(&mut self, source: &str) -> Result<(), String> {
        self.0.eval(source).map(|_| ()).map_err(|error| error.to_string())
    }
}

#[cfg(feature = "compat")]
mod old_api {
    use ferrous::lua::error::LuaResult;
    use ferrous::lua::value::{CFunction, Value};
    use ferrous::lua::vm::{ExecutionContext, LuaVM};

    pub(super) struct OldApi(LuaVM);

    fn host(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
        let mut text = String::new();
        for index in 0..ctx.arg_count() {
            text.push_str(&ctx.get_arg_str(index)?);
        }
        println!("h{text}");
        Ok(0)
    }

    fn through(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
        let Value::Closure(function) = ctx.get_arg(0)? else { return Ok(0) };
        ctx.vm_access.execute_function(function, &[])?;
        println!("t");
        Ok(0)
    }

    fn fail(_: &mut ExecutionContext<'_>) -> LuaResult<i32> {
        panic!("the host fails")
    }

    fn leave(_: &mut ExecutionContext<'_>) -> LuaResult<i32> {
        std::process::exit(0)
    }

    impl super::Machine for OldApi {
        fn new() -> Self {
            let mut vm = LuaVM::new().unwrap();
            vm.init_stdlib().unwrap();
            vm.set_instruction_limit(None);
            let functions: [(&str, CFunction); 4] =
                [("host", host), ("through", through), ("fail", fail), ("leave", leave)];
            for (name, function) in functions {
                let (globals, name) = (vm.globals().unwrap(), vm.create_string(name).unwrap());
                vm.set_table(globals, Value::String(name), Value::CFunction(function)).unwrap();
            }
            OldApi(vm)
        }

        fn eval(&mut self, source: &str) -> Result<(), String> {
            self.0.eval(source).map(|_| ()).map_err(|error| error.to_string())
        }
    }
}

#[cfg(feature = "legacy")]
mod old_machine {
    use ferrous::legacy::{CFunction, ExecutionContext, LuaVM, NativeResult, NativeReturn, Value};

    pub(super) struct OldMachine(LuaVM);

    fn host(ctx: &mut ExecutionContext<'_>) -> NativeResult {
        let mut text = Vec::new();
        for index in 1..=ctx.arg_count() {
            text.extend_from_slice(&ctx.check_string(index)?);
        }
        println!("h{}", String::from_utf8_lossy(&text));
        Ok(NativeReturn::Results)
    }

    fn through(ctx: &mut ExecutionContext<'_>) -> NativeResult {
        ctx.call(ctx.arg(1), Vec::new())?;
        println!("t");
        Ok(NativeReturn::Results)
    }

    fn fail(_: &mut ExecutionContext<'_>) -> NativeResult {
        panic!("the host fails")
    }

    fn leave(_: &mut ExecutionContext<'_>) -> NativeResult {
        std::process::exit(0)
    }

    impl super::Machine for OldMachine {
        fn new() -> Self {
            let mut vm = LuaVM::with_stdlib().unwrap();
            let globals = vm.globals();
            let functions: [(&[u8], CFunction); 4] =
                [(b"host", host), (b"through", through), (b"fail", fail), (b"leave", leave)];
            for (name, function) in functions {
                let name = vm.create_string(name).unwrap();
                let mut tx = vm.transaction();
                tx.set_table_field(globals, name, Value::CFunction(function)).unwrap();
                tx.commit().unwrap();
            }
            OldMachine(vm)
        }

        fn eval(&mut self, source: &str) -> Result<(), String> {
            let result = self.0.eval(source.as_bytes(), b"=t");
            result.map(|_| ()).map_err(|failure| {
                let text = self.0.failure_text(&failure).unwrap_or_default();
                String::from_utf8_lossy(&text).into_owned()
            })
        }
    }
}

// The host program.

/// Nothing, unless this is the host program.
#[test]
fn host() {
    let Ok(case) = env::var(CASE) else { return };
    print!("\n{BEGIN}");
    io::stdout().flush().unwrap();
    let (api, case) = case.split_once('/').unwrap();
    match api {
        "core" => run_host::<Core>(case),
        #[cfg(feature = "compat")]
        "old API" => run_host::<old_api::OldApi>(case),
        #[cfg(feature = "legacy")]
        "old machine" => run_host::<old_machine::OldMachine>(case),
        _ => unreachable!("{api}"),
    }
    exit(0)
}

fn run_host<M: Machine>(case: &str) {
    let mut vm = M::new();
    match case {
        "calls" => {
            println!("1");
            vm.eval("print(2) print(3)").unwrap();
            println!("4");
            // std keeps what has no newline.
            print!("5");
            vm.eval("print(6)").unwrap();
            vm.eval("print(7) error('x')").unwrap_err();
            println!("8");
        }
        "host functions" => {
            vm.eval("print(1) host() print(2) print(3) host('a', 'b') host() print(4)").unwrap();
            vm.eval("print(1) for _, n in ipairs{1, 2} do print(n) through(function() print('f') end) end").unwrap();
            vm.eval(
                "local t = setmetatable({}, {__index = host, __tostring = function() print('s') return 'x' end})
                print(t) through(function() print(t) host('!') end)",
            )
            .unwrap();
        }
        "two machines" => {
            let mut other = M::new();
            for round in 0..3 {
                vm.eval("print('a') host()").unwrap();
                other.eval("print('b')").unwrap();
                println!("{round}");
            }
        }
        "thread" => {
            vm.eval("print(1)").unwrap();
            let run = move || {
                vm.eval("print(2)").unwrap();
                println!("3");
                vm.eval("print(4)").unwrap();
                // It is neither dropped nor closed.
                std::mem::forget(vm);
            };
            thread::spawn(run).join().unwrap();
            println!("5");
        }
        "threads" => {
            let run = |name: &'static str| {
                let mut vm = M::new();
                move || vm.eval(&format!("for i = 1, 1000 do print('{name}') if i % 100 == 0 then host() end end"))
            };
            let threads = ["a", "b"].map(|name| thread::spawn(run(name)));
            threads.into_iter().for_each(|thread| thread.join().unwrap().unwrap());
        }
        "lines" => {
            vm.eval("for i = 1, 20000 do print(i) end").unwrap();
            println!("end");
        }
        "panic" => {
            std::panic::set_hook(Box::new(|_| println!("panic")));
            assert!(catch_unwind(AssertUnwindSafe(|| vm.eval("print(1) fail() print(2)"))).is_err());
            println!("3");
        }
        "exit" => vm.eval("print(1) leave() print(2)").unwrap(),
        "write" => {
            vm.eval("io.write(1, 'a') host() io.write('b')").unwrap();
            vm.eval("pcall(io.write, 'c', {})").unwrap();
            println!();
            vm.eval("io.stdout:setvbuf('no') io.write('d') io.stdout:write('e') host()").unwrap();
            vm.eval("io.stdout:setvbuf('line') io.write('f\\ng') host()").unwrap();
            vm.eval("io.stdout:setvbuf('full', 4) io.write('i\\n') host()").unwrap();
        }
        "error" => {
            // Until no one reads any more.
            let _ = io::stdin().read_to_end(&mut Vec::new());
            tell_errors(vm);
        }
        #[cfg(target_os = "linux")]
        "full" => {
            // Only now, since the test harness has written its own words.
            nix::unistd::dup2_stdout(File::options().write(true).open("/dev/full").unwrap()).unwrap();
            tell_errors(vm);
        }
        _ => unreachable!("{case}"),
    }
}

fn tell_errors(mut vm: impl Machine) {
    let results = [vm.eval("print(1)"), vm.eval("for i = 1, 20000 do print(i) end"), vm.eval("local x = 1")];
    eprintln!("{results:?}");
}

// Running it.

fn start(case: &str, stdout: Stdio) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "host", "--nocapture", "--test-threads=1"]).env(CASE, case);
    command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap()
}

/// What the host program prints, which is the same through a pipe and into a file.
fn printed(case: &str) -> String {
    let output = start(case, Stdio::piped()).wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{case}: {stderr}");
    let piped = output.stdout;
    let mut file = tempfile::tempfile().unwrap();
    let status = start(case, Stdio::from(file.try_clone().unwrap())).wait().unwrap();
    assert!(status.success(), "{case}");
    let mut stored = Vec::new();
    io::Seek::rewind(&mut file).unwrap();
    file.read_to_end(&mut stored).unwrap();
    assert_eq!(program_output(&piped), program_output(&stored), "{case}");
    program_output(&piped)
}

/// What is behind the test harness's own words.
fn program_output(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.split_once(BEGIN).unwrap_or_else(|| panic!("{text}")).1.to_owned()
}

fn apis() -> Vec<&'static str> {
    let mut apis = vec!["core"];
    if cfg!(feature = "compat") {
        apis.push("old API");
    }
    if cfg!(feature = "legacy") {
        apis.push("old machine");
    }
    apis
}

/// Each line as a word.
fn check(case: &str, expected: &str) {
    for api in apis() {
        let printed = printed(&format!("{api}/{case}"));
        assert_eq!(printed.split('\n').collect::<Vec<_>>().join(" ").trim_end(), expected, "{api}, {case}");
    }
}

#[test]
fn calls_that_return_have_printed() {
    check("calls", "1 2 3 4 56 7 8");
}

#[test]
fn host_functions_find_what_was_printed_before() {
    check("host functions", "1 h 2 3 hab h 4 1 1 f t 2 f t s x s x h! t");
}

#[test]
fn machines_take_turns() {
    check("two machines", "a h b 0 a h b 1 a h b 2");
    check("thread", "1 2 3 4 5");
}

#[test]
fn no_line_is_lost() {
    let lines: Vec<String> = (1..=20000).map(|line| line.to_string()).collect();
    check("lines", &format!("{} end", lines.join(" ")));
    for api in apis() {
        let printed = printed_sorted(&format!("{api}/threads"));
        assert_eq!(printed, [("a", 1000), ("b", 1000), ("h", 20)].map(|(line, count)| (line.to_owned(), count)));
    }
}

/// How often each line is printed.
fn printed_sorted(case: &str) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    let output = start(case, Stdio::piped()).wait_with_output().unwrap();
    for line in program_output(&output.stdout).lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts.into_iter().collect()
}

#[test]
fn panics_and_exits_of_the_host_lose_nothing() {
    check("panic", "1 panic 3");
    check("exit", "1");
}

#[test]
fn files_on_standard_output_are_sent_too() {
    assert_eq!(printed("core/write"), "1ah\nbc\ndeh\nf\ngh\ni\nh\n");
}

/// What the host program tells of the errors it gets.
fn told(case: &str) -> String {
    let mut child = start(case, Stdio::piped());
    let mut stdout = child.stdout.take().unwrap();
    // The harness has written its own words by then.
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(BEGIN.as_bytes()) && stdout.read(&mut byte).unwrap() > 0 {
        text.push(byte[0]);
    }
    drop(stdout);
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}

fn lost(what: &str, why: &str) -> String {
    format!("[Err(\"{what}{why}\"), Err(\"{what}{why}\"), Ok(())]")
}

fn prefix(api: &str) -> &'static str {
    match api {
        "core" => "cannot write standard output: ",
        "old API" => "runtime error: cannot write standard output: ",
        _ => "runtime error: cannot write the output: ",
    }
}

#[cfg(unix)]
#[test]
fn no_one_reads_any_more() {
    for api in apis() {
        let told = told(&format!("{api}/error"));
        assert_eq!(told, lost(prefix(api), "broken pipe"), "{api}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_disk_is_full() {
    for api in apis() {
        let told = told(&format!("{api}/full"));
        assert_eq!(told, lost(prefix(api), "no storage space"), "{api}");
    }
}

#[cfg(all(unix, feature = "cli"))]
#[test]
fn the_program_ends_by_the_signal_when_no_one_reads_any_more() {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGPIPE: i32 = 13;
    // More than a pipe holds.
    let script = "for i = 1, 1e5 do print(i) end";
    for machine in ["core", "legacy"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ferrous"));
        command.args(["--vm", machine, "-e", script]);
        if machine == "legacy" && cfg!(not(feature = "legacy")) {
            continue;
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.signal(), &*output.stderr), (Some(SIGPIPE), &b""[..]), "{machine}");
    }
}
