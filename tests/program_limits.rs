//! The program's limits end what is not the script's own work, too: compiling it, waiting for who reads its output, its finalizers.

#![cfg(unix)]
#![forbid(unsafe_code)]

use std::io::Read as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;

const TIMEOUT: &str = "ferrous: time limit exceeded (--timeout)\n";
/// Far more than any of this takes, and less than it would without a limit.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the program, whose output nobody reads before it has ended; returns how, and what it says of errors.
fn run(args: &[&str]) -> (ExitStatus, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ferrous"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().expect("it can be ended");
            panic!("{args:?} has not ended");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let mut message = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut message).expect("text");
    (status, message)
}

fn assert_times_out(args: &[&str]) {
    let (status, message) = run(args);
    assert_eq!((status.code(), message.as_str()), (Some(1), TIMEOUT), "{args:?}");
}

#[test]
fn whoever_reads_the_output_is_not_waited_for() {
    for program in [
        "while true do print(('x'):rep(1000)) end",
        "while true do io.write(('x'):rep(1000)) end",
        "print(('x'):rep(1e6)) while true do end",
        "io.stdout:setvbuf('no') while true do io.write('x') end",
        "io.write(('x'):rep(60000)) while true do io.stdout:flush() io.write(('x'):rep(60000)) end",
    ] {
        assert_times_out(&["--timeout", "0.2", "-e", program]);
    }
}

#[test]
fn whoever_writes_the_input_is_not_waited_for() {
    for program in ["io.read()", "loadfile()", "dofile()", "debug.debug()"] {
        let (status, message) = run(&["--timeout", "0.2", "-e", program]);
        assert_eq!(status.code(), Some(1), "{program}");
        assert!(message.ends_with(TIMEOUT), "{program}: {message}");
    }
    assert_times_out(&["--timeout", "0.2", "-"]);
}

#[test]
fn compiling_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("long.lua");
    std::fs::write(&script, "x = x + 1 ".repeat(2_000_000)).expect("a file");
    let script = script.to_str().expect("text");
    assert_times_out(&["--timeout", "0.2", script]);
    let (status, message) = run(&["--fuel", "100000", script]);
    let expected = "ferrous: instruction limit exceeded (--fuel)\n";
    assert_eq!((status.code(), message.as_str()), (Some(1), expected));
}

#[test]
fn a_finalizer_that_is_ended_is_told_of() {
    let program = "getmetatable(newproxy(true)).__gc = function() while true do end end";
    assert_times_out(&["--timeout", "0.2", "-e", program]);
    // Once is enough.
    assert_times_out(&["--timeout", "0.2", "-e", &format!("{program} while true do end")]);
    let (status, message) = run(&["--fuel", "100000", "-e", program]);
    let expected = "ferrous: instruction limit exceeded (--fuel)\n";
    assert_eq!((status.code(), message.as_str()), (Some(1), expected));
}
