//! Ctrl-C: the signal stops what runs, once; in the interactive mode the session goes on.
//!
//! The program says when it is time for the signal, so no test depends on how long anything takes.

#![cfg(all(unix, feature = "cli"))]
#![forbid(unsafe_code)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pretty_assertions::assert_eq;

const PROGRAM: &str = env!("CARGO_BIN_EXE_ferrous");

/// The program, as it runs.
struct Run {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Run {
    fn new(command: &mut Command) -> Run {
        command.env_remove("LUA_INIT").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let stdin = child.stdin.take().expect("its input is a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Run { child, stdin, stdout }
    }

    /// A script in the file `x.lua`, once it says that it runs.
    fn script(code: &str, options: &[&str]) -> Run {
        let folder = tempfile::tempdir().expect("there is room for a file");
        fs::write(folder.path().join("x.lua"), code).expect("the file can be written");
        let mut command = Command::new(PROGRAM);
        let mut run = Run::new(command.args(options).arg("x.lua").current_dir(folder.path()));
        // By then the file has been read.
        run.wait_for("ready");
        run
    }

    /// Waits until the program prints a line.
    fn wait_for(&mut self, line: &str) {
        let mut text = String::new();
        while !text.ends_with(&format!("{line}\n")) {
            text.clear();
            let count = self.stdout.read_line(&mut text).expect("its output can be read");
            assert!(count > 0, "it ended before it was {line}");
        }
    }

    fn interrupt(&self) {
        // What has said that it is ready still has to return from saying so.
        std::thread::sleep(std::time::Duration::from_millis(300));
        let pid = i32::try_from(self.child.id()).expect("a process's number is small");
        kill(Pid::from_raw(pid), Signal::SIGINT).expect("it runs");
    }

    fn write(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).expect("it reads");
    }

    /// How it ends, the rest of what it prints, and what it reports.
    fn end(mut self) -> (ExitStatus, String, String) {
        drop(self.stdin);
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("its output is text");
        let output = self.child.wait_with_output().expect("it ends");
        (output.status, stdout, String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Says that the program runs.
const READY: &str = "print('ready') io.stdout:flush()";

#[test]
fn a_script_ends_with_a_traceback() {
    let code = format!("local function spin()\n  while true do end\nend\n{READY}\npcall(spin)\nprint('on')");
    let run = Run::script(&code, &[]);
    run.interrupt();
    let (status, stdout, stderr) = run.end();
    let traceback = "ferrous: interrupted!\nstack traceback:\n\tx.lua:2: in function <x.lua:1>\n\
                     \t[C]: in function 'pcall'\n\tx.lua:5: in main chunk\n\t[C]: ?\n";
    assert_eq!((status.code(), &*stdout, &*stderr), (Some(1), "", traceback));
}

#[test]
fn the_position_is_that_of_the_call() {
    let code = format!("local function spin()\n  local n = 0\n  repeat n = n + 1 until false\nend\n{READY}\nspin()");
    let run = Run::script(&code, &[]);
    run.interrupt();
    let (status, _, stderr) = run.end();
    let traceback = "ferrous: x.lua:6: interrupted!\nstack traceback:\n\tx.lua:3: in function 'spin'\n\
                     \tx.lua:6: in main chunk\n\t[C]: ?\n";
    assert_eq!((status.code(), &*stderr), (Some(1), traceback));
}

#[test]
fn long_library_functions_are_stopped() {
    for call in [
        "string.find(('a'):rep(30000), ('a*'):rep(60) .. 'b')",
        "local t = {} for i = 1, 1e6 do t[i] = i end while true do table.sort(t) end",
        "while true do string.rep('x', 1e6) end",
        "local t = setmetatable({}, {__index = function(t, k) return t[k] end}) while true do pcall(function() return t.x end) end",
        "while true do coroutine.wrap(function() while true do end end)() end",
        "while true do xpcall(error, function() while true do end end) end",
    ] {
        let run = Run::script(&format!("{READY} {call}"), &[]);
        run.interrupt();
        let (status, _, stderr) = run.end();
        assert_eq!(status.code(), Some(1), "{call}: {stderr}");
        assert!(stderr.contains("interrupted!\nstack traceback:\n"), "{call}: {stderr}");
    }
}

#[cfg(feature = "legacy")]
#[test]
fn the_old_machine_is_stopped() {
    let run = Run::script(
        "os.execute('echo ready') while true do pcall(function() while true do end end) end",
        &["--vm", "legacy"],
    );
    run.interrupt();
    let (status, _, stderr) = run.end();
    assert_eq!((status.code(), &*stderr), (Some(1), "ferrous: interrupted!\n"));
}

#[test]
fn a_session_goes_on() {
    let mut run = Run::new(Command::new(PROGRAM).arg("-i"));
    run.write("x = 5\n");
    for round in 1..=3 {
        run.write("print('ready') io.stdout:flush() while true do pcall(function() while true do end end) end\n");
        run.wait_for("ready");
        run.interrupt();
        run.write(&format!("print('round', x * {round})\n"));
        run.wait_for(&format!("round\t{}", 5 * round));
    }
    let (status, _, stderr) = run.end();
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert_eq!(stderr.matches("interrupted!\nstack traceback:\n").count(), 3, "{stderr}");
}

#[test]
fn the_signal_ends_the_process_while_nothing_runs() {
    let mut run = Run::new(Command::new(PROGRAM).arg("-i"));
    run.write("print('ready')\n");
    run.wait_for("ready");
    // The prompt comes when the chunk has ended.
    let mut prompt = [0; 2];
    run.stdout.read_exact(&mut prompt).expect("it prompts");
    assert_eq!(&prompt, b"> ");
    run.interrupt();
    // Its input stays open, so nothing else ends it.
    let status = run.child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(Signal::SIGINT as i32));
}
