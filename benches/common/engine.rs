//! Lua engines as child processes: which ones to run, and one measured run of a script.

use std::env;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeVal;

use super::Result;

/// The engines that are measured beside Ferrous where they are installed.
const STANDARD: [(&str, &str); 4] =
    [("lua5.1", "lua5.1"), ("lua5.4", "lua5.4"), ("luajit-joff", "luajit -joff"), ("luajit", "luajit")];

/// The options that choose the engines and how they are run.
#[derive(Args)]
pub(crate) struct EngineOptions {
    /// The Ferrous executable to measure
    #[arg(long, value_name = "PATH", default_value = env!("CARGO_BIN_EXE_ferrous"))]
    ferrous: PathBuf,

    /// Another engine to measure, such as old=/tmp/ferrous; may be repeated
    #[arg(long = "engine", value_name = "NAME=COMMAND")]
    extra: Vec<Engine>,

    /// Measure only these of lua5.1, lua5.4, luajit-joff and luajit, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    against: Option<Vec<String>>,

    /// The seconds after which a run is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,

    /// Passed by `cargo bench`, and by `cargo test` left out
    #[arg(long, hide = true)]
    bench: bool,
}

impl EngineOptions {
    /// Whether to measure at all: `cargo test --all-targets` only wants to see the target start.
    pub(crate) fn measuring(&self) -> bool {
        if !self.bench {
            eprintln!("nothing measured: run this through `cargo bench`, or give --bench");
        }
        self.bench
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The engines to measure, Ferrous first; says on standard error which ones are missing.
    pub(crate) fn engines(&self) -> Result<Vec<Engine>> {
        let mut engines = vec![Engine {
            name: "ferrous".to_owned(),
            program: self.ferrous.to_string_lossy().into_owned(),
            arguments: Vec::new(),
        }];
        engines.extend(self.extra.iter().cloned());
        if let Some(missing) = engines.iter().find(|engine| !engine.installed()) {
            return Err(format!("{}: cannot find {}", missing.name, missing.program).into());
        }
        // Lua 5.1 is the yardstick: the standard engines go before the extra ones.
        engines.splice(1..1, self.standard()?);
        if engines.len() == 1 {
            return Err("no engine to compare Ferrous with is installed".into());
        }
        Ok(engines)
    }

    fn standard(&self) -> Result<Vec<Engine>> {
        let known = |name: &String| STANDARD.iter().any(|(standard, _)| standard == name);
        let chosen = self.against.as_deref();
        if let Some(name) = chosen.and_then(|names| names.iter().find(|name| !known(name))) {
            return Err(format!("--against does not know {name:?}").into());
        }
        let wanted = |name: &str| chosen.is_none_or(|names| names.iter().any(|n| n == name));
        let mut engines = Vec::new();
        for (name, command) in STANDARD.into_iter().filter(|(name, _)| wanted(name)) {
            let engine = Engine::new(name, command)?;
            if engine.installed() {
                engines.push(engine);
            } else {
                eprintln!("left out: {name} is not installed");
            }
        }
        Ok(engines)
    }
}

/// A command that runs a Lua script.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) name: String,
    program: String,
    arguments: Vec<String>,
}

/// Reads `NAME=COMMAND`.
impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, command) = text.split_once('=').ok_or("expected NAME=COMMAND")?;
        Engine::new(name, command)
    }
}

impl Engine {
    fn new(name: &str, command: &str) -> std::result::Result<Self, String> {
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or("the command is empty")?;
        Ok(Engine { name: name.to_owned(), program, arguments: words.collect() })
    }

    fn installed(&self) -> bool {
        if self.program.contains('/') {
            return Path::new(&self.program).is_file();
        }
        let folders = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&folders).any(|folder| folder.join(&self.program).is_file())
    }

    /// Runs `script` to its end; an error is a run that failed or outlasted `timeout`.
    ///
    /// Only one run may be under way at a time, because the processor times are told apart by
    /// what all ended children have used before and after.
    pub(crate) fn run(&self, script: &Path, timeout: Duration) -> Result<Run> {
        let (mut reader, writer) = io::pipe()?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut output = Vec::new();
            let outcome = reader.read_to_end(&mut output);
            // Nobody listens any more after a timeout, and then the output does not matter.
            let _ = sender.send(outcome.map(|_| output));
        });

        let before = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let start = Instant::now();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(script)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()?;
        let Ok(output) = receiver.recv_timeout(timeout) else {
            child.kill()?;
            child.wait()?;
            return Err(format!("timed out after {} s", timeout.as_secs()).into());
        };
        let status = child.wait()?;
        let wall = start.elapsed();
        let after = getrusage(UsageWho::RUSAGE_CHILDREN)?;

        let output = String::from_utf8_lossy(&output?).into_owned();
        if !status.success() {
            let reason = output.trim_end().lines().next_back().unwrap_or_default();
            return Err(format!("{status}: {reason}").into());
        }
        let user = used(&after, &before, Usage::user_time);
        let system = used(&after, &before, Usage::system_time);
        Ok(Run { output, wall, user, system })
    }
}

/// What a run printed, on both of its output streams, and the time it took.
pub(crate) struct Run {
    pub(crate) output: String,
    pub(crate) wall: Duration,
    pub(crate) user: Duration,
    pub(crate) system: Duration,
}

fn used(after: &Usage, before: &Usage, time: fn(&Usage) -> TimeVal) -> Duration {
    let spent = time(after) - time(before);
    let microseconds = spent.tv_sec() * 1_000_000 + spent.tv_usec();
    Duration::from_micros(microseconds.unsigned_abs())
}
