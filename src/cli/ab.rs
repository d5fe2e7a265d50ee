//! `ferrous ab`: scripts and opcodes on the old VM and on the core, side by side.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use super::{end_output, output, report};
use crate::ab::compare::Plan;
use crate::ab::engine::{Engine, Host};
use crate::ab::micro::MicroPlan;
use crate::ab::report::{BadInputReport, Report, Summary};
use crate::ab::{corpus, html, shuffle};
use crate::router::OpPolicy;

/// The exit code for what could not be done.
pub(super) const TROUBLE: u8 = 2;

/// Runs that make a progress bar worth its lines.
const LONG: usize = 12;

/// What the program of the opcodes' times may take.
const MICRO_LIMIT: Duration = Duration::from_secs(300);

/// Run scripts on the old VM and on the core, each in a process of its own, and compare what they do and how long it takes
///
/// The exit code is 0 if nothing differs, 1 after a mismatch, and 2 if something could not be compared. Scripts that depend on
/// the clock, on random numbers or on addresses, or that need a library which the old VM lacks, are told apart.
#[derive(Debug, Parser)]
#[command(name = "ferrous ab")]
struct Options {
    /// Scripts, and directories whose Lua scripts (*.lua) are run
    #[arg(value_name = "FILE|DIR", required_unless_present = "micro")]
    paths: Vec<PathBuf>,

    /// A third engine: the core with these routes, as in CALL=legacy,arith=shadow:1%
    #[arg(long, value_name = "ROUTES")]
    ops: Option<String>,

    /// The seed of the routes' samples
    #[arg(long, value_name = "N", requires = "ops")]
    ops_seed: Option<u64>,

    /// How often each script is run on each engine
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,

    /// The seed of the order of the runs [default: a random one, which is printed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// The seconds after which a run is given up
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,

    /// Time each opcode alone, too
    #[arg(long)]
    micro: bool,

    /// Write the results as JSON; to standard output, instead of the tables, if FILE is -
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write a page with charts; times the opcodes once even without --micro
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// The program whose engines are compared, instead of this one
    #[arg(long, value_name = "PATH", hide = true)]
    program: Option<PathBuf>,

    /// The shortest time of a timed loop
    #[arg(long, value_name = "SECONDS", hide = true, default_value = "0.006", value_parser = seconds)]
    micro_time: Duration,
}

/// Reads a positive number of seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let duration = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or_else(|| "expected a number of seconds above 0".to_owned())
}

/// Reads a subcommand's arguments, or says what to end with: what is wrong, or the help.
pub(super) fn parse<T: Parser>(name: &str, args: &[OsString]) -> Result<T, ExitCode> {
    T::try_parse_from(std::iter::once(&OsString::from(name)).chain(args)).map_err(|error| {
        let text = error.render().to_string();
        if error.use_stderr() {
            super::complain(text.as_bytes());
            ExitCode::from(TROUBLE)
        } else {
            // Whether it could be written shows when it is flushed.
            let _ = output::write(text.as_bytes());
            end_output(true)
        }
    })
}

/// A bar on standard error, or nothing if nobody looks or it is not long.
pub(super) fn progress_bar(steps: usize) -> ProgressBar {
    if steps < LONG || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} [{elapsed}, {eta} left]");
    let bar = ProgressBar::new(steps as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Runs the subcommand.
pub(super) fn ab(args: &[OsString]) -> ExitCode {
    let options = match parse::<Options>("ferrous ab", args) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match compare(&options) {
        Ok(code) => code,
        Err(problem) => {
            report(Some("ferrous ab"), problem.as_bytes());
            ExitCode::from(TROUBLE)
        }
    }
}

fn compare(options: &Options) -> Result<ExitCode, String> {
    let seed = options.seed.unwrap_or_else(shuffle::random_seed);
    let host = |limit| {
        let host = Host::new(options.program.clone(), limit);
        host.map_err(|error| format!("cannot find this program: {error}"))
    };
    let mut engines = vec![Engine::Old, Engine::Core];
    if let Some(ops) = &options.ops {
        OpPolicy::parse(ops).map_err(|error| format!("--ops: {error}"))?;
        engines.push(Engine::Routed { ops: ops.clone(), seed: options.ops_seed });
    }
    let (scripts, bad) = corpus::find(&options.paths);
    for bad in &bad {
        report(Some("ferrous ab"), format!("{}: {}", bad.path.display(), bad.problem).as_bytes());
    }
    let runs = usize::from(options.runs);
    let plan = Plan { host: host(options.timeout)?, scripts, engines, runs, seed };
    let rounds = if options.micro { runs } else { 1 };
    let micro = MicroPlan { host: host(MICRO_LIMIT)?, rounds, seed, shortest: options.micro_time.as_secs_f64() };
    let micro = (options.micro || options.html.is_some()).then_some(micro);

    let bar = progress_bar(plan.steps() + micro.as_ref().map_or(0, MicroPlan::steps));
    let progress = |text: &str| {
        bar.set_message(text.to_owned());
        bar.inc(1);
    };
    let scripts = plan.run(progress).map_err(|error| format!("cannot run {}: {error}", plan.host.program.display()))?;
    let timed = micro.map(|micro| micro.run(progress)).transpose();
    bar.finish_and_clear();
    // What was found about the scripts is shown also if the opcodes could not be timed.
    let (micro, problem) = match timed {
        Ok(micro) => (micro, None),
        Err(problem) => (None, Some(problem)),
    };
    let summary = Summary::new(&scripts, bad.len());
    let found = Report {
        ferrous: env!("CARGO_PKG_VERSION"),
        seed,
        runs,
        timeout_seconds: options.timeout.as_secs_f64(),
        ops: options.ops.clone(),
        ops_seed: options.ops_seed,
        summary,
        scripts,
        bad_input: bad.iter().map(BadInputReport::from).collect(),
        micro,
    };
    show(options, &found)?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    match summary.exit_code() {
        0 => Ok(end_output(true)),
        code => {
            end_output(false);
            Ok(ExitCode::from(code))
        }
    }
}

fn show(options: &Options, found: &Report) -> Result<(), String> {
    let to_stdout = options.json.as_deref() == Some(Path::new("-"));
    if let Some(path) = &options.json {
        let mut text = serde_json::to_string_pretty(found).map_err(|error| format!("cannot write JSON: {error}"))?;
        text.push('\n');
        match to_stdout {
            // Whether it could be written shows when it is flushed.
            true => drop(output::write(text.as_bytes())),
            false => write_file(path, &text)?,
        }
    }
    if let Some(path) = &options.html {
        write_file(path, &html::page(found))?;
    }
    if !to_stdout {
        let _ = output::write(found.text().as_bytes());
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    std::fs::File::create(path).map_err(wrong)?.write_all(text.as_bytes()).map_err(wrong)
}
