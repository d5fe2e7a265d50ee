//! How long after its time limit a program ends: runs each of the steps that the test `work` has, and some more, over and over
//! under `--timeout 1`, and reports the processor time beyond the limit.
//!
//!     cargo build --release && cargo run --release --example overshoot -- target/release/ferrous [FILTER]

#[path = "../tests/steps/mod.rs"]
mod steps;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Programs that are no step of a loop.
const WHOLE: &[&str] = &[
    "os.execute('sleep 4')",
    "io.popen('sleep 4'):read('*a')",
    "io.popen('sleep 4'):close()",
    "io.popen('sleep 4', 'w'):write(('x'):rep(1e6))",
    "io.read('*a')",
    "for i = 1, 300000 do getmetatable(newproxy(true)).__gc = function() while true do end end end while true do end",
    "local t = {} for i = 1, 2e6 do t[i] = {} end while true do collectgarbage() end",
    "local t = {} for i = 1, 2e6 do t[i] = {} end collectgarbage('setstepmul', 0) while true do local _ = {} end",
    "local t = {} while true do t[#t + 1] = {} end",
    "local t = {} local i = 0 while true do i = i + 1 t[i * 1.5] = i end",
    "local s = 'x' while true do s = s .. s end",
    "local function f(n) return f(n + 1) + 1 end while true do pcall(f, 1) end",
    "local function f(...) return f(1, ...) end while true do pcall(f) end",
    "local function d(n) if n == 0 then while true do debug.sethook(print, '', 1000) debug.sethook() end end return (d(n - 1)) end d(190000)",
    "local function d(n) if n == 0 then while true do debug.traceback() end end return (d(n - 1)) end d(190000)",
    "local function d(n) if n == 0 then while true do pcall(error, 'x', 180000) end end return (d(n - 1)) end d(190000)",
    "local s = ('x = 1 '):rep(1e6) while true do loadstring(s) end",
    "local s = 'x = ' .. ('{'):rep(150) .. ('}'):rep(150) while true do loadstring(s) end",
    "local s = ('x'):rep(1e7) while true do loadstring(s) end",
    "while true do load(function() return 'x = 1 ' end) end",
    "local f = assert(loadstring('local x = 1 ' .. ('x = x + 1 '):rep(50000))) while true do f() end",
    "local f = assert(loadstring('local t = {} ' .. ('t = {} '):rep(20000))) while true do f() end",
    "while true do string.format('%99.99f', 1e308) end",
    "while true do ('a'):rep(30):find(('a*'):rep(30) .. 'b') end",
    "local t = setmetatable({}, {__index = function(t, k) return k end}) while true do local _ = t[1] end",
    "while true do coroutine.wrap(function() end)() end",
    "while true do print() end",
    "while true do io.write('x') end",
    "while true do os.getenv('HOME') end",
    "while true do tostring({}) end",
    "while true do setmetatable({}, {}) end",
    "while true do math.random() end",
    "while true do pcall(pcall, pcall, error) end",
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().expect("the path of the program");
    let filter = arguments.next().unwrap_or_default();
    let steps = steps::STEPS.iter().map(|(step, _)| {
        let setup = steps::SETUP.replace(['\n', '\r'], " ");
        format!("SIZE = 2^25 {setup} while true do {step} end")
    });
    let mut worst = (Duration::ZERO, String::new());
    for source in steps.chain(WHOLE.iter().map(ToString::to_string)) {
        let shown = source.rsplit("n - 1) end     ").next().unwrap_or(&source).to_owned();
        if !shown.contains(&filter) {
            continue;
        }
        let (used, took) = run(&program, &source);
        let beyond = used.max(if used < Duration::from_millis(500) { took } else { used });
        let beyond = beyond.saturating_sub(Duration::from_secs(1));
        println!("{:6.1} ms  {:6.1} ms wall  {shown}", beyond.as_secs_f64() * 1e3, took.as_secs_f64() * 1e3);
        if beyond > worst.0 {
            worst = (beyond, shown);
        }
    }
    println!("worst: {:.1} ms beyond, {}", worst.0.as_secs_f64() * 1e3, worst.1);
}

/// Processor time and time of a program under the limit.
fn run(program: &str, source: &str) -> (Duration, Duration) {
    let before = children_time();
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["--timeout", "1", "-e", source])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    // Its standard input stays open and empty.
    let input = child.stdin.take();
    child.wait().expect("it ends");
    drop(input);
    (children_time() - before, start.elapsed())
}

#[cfg(unix)]
fn children_time() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("it is known");
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000))
        .sum()
}

#[cfg(not(unix))]
fn children_time() -> Duration {
    Duration::ZERO
}
