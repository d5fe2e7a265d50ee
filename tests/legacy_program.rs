//! `ferrous --vm legacy`: the options it has, and those it refuses by their names.

#![cfg(all(feature = "legacy", feature = "cli"))]
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use pretty_assertions::assert_eq;

/// Runs the program with arguments and standard input.
fn ferrous(args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ferrous"));
    command.args(["--vm", "legacy"]).args(args).env_remove("LUA_INIT");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    // A program that is refused does not read it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    (status.code(), text(&stdout), text(&stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn chunks_run_from_everywhere() {
    assert_eq!(ferrous(&["-e", "x = 1", "-e", "print(x)"], ""), (Some(0), "1\n".into(), String::new()));
    let script = "print(arg[-2], arg[0], arg[1], ...)";
    assert_eq!(ferrous(&["-", "a"], script), (Some(0), "--vm\t-\ta\ta\n".into(), String::new()));
    assert_eq!(ferrous(&[], "print(_VERSION)"), (Some(0), "Lua 5.1\n".into(), String::new()));
}

#[test]
fn errors_are_reported_as_on_the_core() {
    let message = "ferrous: (command line):1: e\nstack traceback:\n\t[C]: in function 'error'\n\
                   \t(command line):1: in main chunk\n\t[C]: ?\n";
    assert_eq!(ferrous(&["-e", "error('e')"], ""), (Some(1), String::new(), message.into()));
    assert_eq!(ferrous(&["-e", "error()"], ""), (Some(1), String::new(), String::new()));
    let not_text = "ferrous: (error object is not a string)\n";
    assert_eq!(ferrous(&["-e", "error({})"], ""), (Some(1), String::new(), not_text.into()));
    let missing = "ferrous: cannot open no-such.lua: No such file or directory\n";
    assert_eq!(ferrous(&["no-such.lua"], ""), (Some(1), String::new(), missing.into()));
}

#[test]
fn limits_end_the_program() {
    let endless = "while true do pcall(function() while true do end end) end";
    let (code, _, stderr) = ferrous(&["--fuel", "10000", "-e", endless], "");
    assert_eq!((code, &*stderr), (Some(1), "ferrous: instruction limit exceeded (--fuel)\n"));
    let (code, _, stderr) = ferrous(&["--timeout=0.05", "-e", endless], "");
    assert_eq!((code, &*stderr), (Some(1), "ferrous: time limit exceeded (--timeout)\n"));
    let growing = "local t = {} while true do t[#t + 1] = {} end";
    let (code, _, stderr) = ferrous(&["--memory-limit", "4M", "-e", growing], "");
    assert_eq!((code, stderr.lines().next()), (Some(1), Some("ferrous: not enough memory")));
}

#[test]
fn what_the_old_vm_lacks_is_named() {
    for (args, named) in [
        (&["-i"][..], "'-i' needs the interactive mode"),
        (&["--profile"], "'--profile' needs the profiler"),
        (&["-l", "name"], "'-l name' needs the library 'package'"),
    ] {
        let message = format!("ferrous: {named}, which '--vm legacy' does not have\n");
        assert_eq!(ferrous(args, "print('not run')"), (Some(1), String::new(), message));
    }
    #[cfg(feature = "compat")]
    {
        let message = "ferrous: '--ops' needs the router, which '--vm legacy' does not have\n";
        assert_eq!(ferrous(&["--ops", "CALL=core"], ""), (Some(1), String::new(), message.into()));
    }
    let (code, _, stderr) = ferrous(&["-e", "return debug.traceback()"], "");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("the old VM has no library 'debug' (debug.traceback)"), "{stderr}");
}
