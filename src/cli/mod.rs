//! The `ferrous` program: PUC's `lua.c`, with options of its own.
//!
//! `options` reads the command line, `run` does what it asks for in the order of `lua.c`, `repl` talks to a user,
//! `complete` knows what he may want to write, `interrupt` stops what runs, `listing` shows bytecode, `legacy` runs the old VM instead. Nothing is
//! prepared before it is needed: a script starts as soon as the libraries are open.
#![forbid(unsafe_code)]

mod ab;
mod bisect;
mod complete;
mod interrupt;
#[cfg(feature = "legacy")]
mod legacy;
mod listing;
mod ops;
mod options;
mod repl;
#[cfg(feature = "compat")]
mod routes;
mod run;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use crate::stdlib::output;

/// What messages begin with.
const PROGRAM: &str = "ferrous";

/// What a subcommand is given: the arguments after its name.
type Subcommand = fn(&[OsString]) -> ExitCode;

const SUBCOMMANDS: [(&str, Subcommand); 5] =
    [("ab", ab::ab), ("bisect", bisect::bisect), ("help", |_| help()), ("ops", ops::ops), ("version", |_| version())];

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    #[cfg(feature = "compat")]
    let _report = routes::report_at_end();
    crate::stdlib::output::end_with_reader();
    if let Err(problem) = start_log() {
        report(Some(PROGRAM), problem.as_bytes());
        return ExitCode::from(2);
    }
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some((name, rest)) = args.get(1..).and_then(<[OsString]>::split_first)
        && let Some((name, command)) = SUBCOMMANDS.iter().find(|(known, _)| name == known)
        && !Path::new(name).exists()
    {
        return command(rest);
    }
    match options::Options::parse(&args) {
        Ok(options) if options.help => help(),
        Ok(options) if options.show_version => version(),
        Ok(options) if options.machine == options::Machine::Legacy => run_legacy(&args, &options),
        Ok(options) => run::run(&args, &options),
        Err(problem) => {
            report(Some(PROGRAM), problem.as_bytes());
            complain(options::USAGE.as_bytes());
            ExitCode::FAILURE
        }
    }
}

/// Shows the library's events on standard error, if `FERROUS_LOG` asks for it.
fn start_log() -> Result<(), String> {
    let Ok(level) = std::env::var("FERROUS_LOG") else { return Ok(()) };
    let level: tracing::level_filters::LevelFilter = level
        .parse()
        .map_err(|_| format!("wrong FERROUS_LOG '{level}': it is off, error, warn, info, debug or trace"))?;
    tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(std::io::stderr).init();
    Ok(())
}

#[cfg(feature = "legacy")]
fn run_legacy(args: &[OsString], options: &options::Options) -> ExitCode {
    legacy::run(args, options)
}

#[cfg(not(feature = "legacy"))]
fn run_legacy(_: &[OsString], _: &options::Options) -> ExitCode {
    report(Some(PROGRAM), b"'--vm legacy' needs the old VM: build with the feature 'legacy'");
    ExitCode::FAILURE
}

fn help() -> ExitCode {
    // Whether it could be written shows when it is flushed.
    let _ = output::write(options::USAGE.as_bytes());
    let _ = output::write(options::HELP.as_bytes());
    end_output(true)
}

fn version() -> ExitCode {
    let _ = output::write(banner().as_bytes());
    let _ = output::write(b"\n");
    end_output(true)
}

fn banner() -> String {
    format!("Ferrous {}  (Lua 5.1)", env!("CARGO_PKG_VERSION"))
}

/// Sends what standard output keeps; the code to end with.
fn end_output(success: bool) -> ExitCode {
    match output::flush() {
        // Who reads it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Err(error) => {
            let text = crate::stdlib::strerror(&error);
            report(Some(PROGRAM), format!("cannot write standard output: {text}").as_bytes());
            return ExitCode::FAILURE;
        }
        Ok(()) => {}
    }
    if success { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes a message and a newline to standard error, after what was printed before.
fn report(program: Option<&str>, message: &[u8]) {
    let mut text = Vec::new();
    if let Some(program) = program {
        text.extend_from_slice(program.as_bytes());
        text.extend_from_slice(b": ");
    }
    text.extend_from_slice(message);
    text.push(b'\n');
    complain(&text);
}

fn complain(text: &[u8]) {
    // There is no other place to tell of an error.
    let _ = output::flush();
    let _ = io::stderr().write_all(text);
}
