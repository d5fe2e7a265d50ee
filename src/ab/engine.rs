//! What runs a script: this program with the options that choose the machine and the routes.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::child::{self, Run};

/// Variables that would make engines differ in more than what is compared, or print more than the script does.
const NOT_INHERITED: [&str; 3] = ["FERROUS_OPS", "FERROUS_OPS_SEED", "LUA_INIT"];

/// A way to run a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Engine {
    /// The old VM.
    Old,
    /// The core.
    Core,
    /// The core with a policy of routes, and the seed of its samples.
    Routed { ops: String, seed: Option<u64> },
}

impl Engine {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Engine::Old => "old",
            Engine::Core => "new",
            Engine::Routed { .. } => "routed",
        }
    }

    /// The program's options.
    pub(crate) fn options(&self) -> Vec<String> {
        match self {
            Engine::Old => vec!["--vm".to_owned(), "legacy".to_owned()],
            Engine::Core => vec!["--vm".to_owned(), "core".to_owned()],
            Engine::Routed { ops, seed } => {
                let mut options = vec!["--ops".to_owned(), ops.clone()];
                options.extend(seed.iter().flat_map(|seed| ["--ops-seed".to_owned(), seed.to_string()]));
                options
            }
        }
    }
}

/// The program that engines are options of, and how long a run may take.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) program: PathBuf,
    pub(crate) limit: Duration,
    /// Options before those of the engine.
    pub(crate) options: Vec<String>,
}

impl Host {
    /// This very program, or another one.
    ///
    /// # Errors
    /// If the system does not say where this program is.
    pub(crate) fn new(program: Option<PathBuf>, limit: Duration) -> io::Result<Host> {
        let program = match program {
            Some(program) => program,
            None => std::env::current_exe()?,
        };
        Ok(Host { program, limit, options: Vec::new() })
    }

    /// Runs a script.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(crate) fn run(&self, engine: &Engine, script: &Path, args: &[OsString]) -> io::Result<Run> {
        self.run_with(&engine.options(), script, args, self.limit)
    }

    /// Runs a script with these options.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub(crate) fn run_with(
        &self,
        options: &[String],
        script: &Path,
        args: &[OsString],
        limit: Duration,
    ) -> io::Result<Run> {
        let mut command = Command::new(&self.program);
        command.args(&self.options).args(options).arg(plain(script)).args(args);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        // The old API is what the routes run; that it is deprecated is no part of a script's outcome.
        command.env("FERROUS_DEPRECATIONS", "off");
        child::run(&mut command, limit)
    }

    /// The command of a run, for somebody to type.
    pub(crate) fn command_line(&self, options: &[String], script: &Path, args: &[OsString]) -> String {
        let script = plain(script);
        let words = self.options.iter().chain(options).map(|word| quote(word));
        let rest = std::iter::once(script.as_os_str()).chain(args.iter().map(OsString::as_os_str));
        let words = words.chain(rest.map(|word| quote(&word.to_string_lossy())));
        std::iter::once("ferrous".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
    }
}

/// The path so that the program takes it for neither an option nor a command.
fn plain(script: &Path) -> PathBuf {
    match script.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new(".").join(script),
        _ => script.to_owned(),
    }
}

/// A word for a POSIX shell.
fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
