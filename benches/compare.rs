//! Compares the speed of Ferrous with that of other Lua engines on the programs beside this file.
//!
//! Every round runs every program once on every engine, in an order that rotates from round to
//! round, so that a slow spell of the machine does not fall on one engine. The cost of a program
//! is the median over the rounds. A program that fails, or does not print what Lua 5.1 prints,
//! is reported and left out of the means.
//!
//! ```text
//! cargo bench --bench compare                        all programs, five rounds
//! cargo bench --bench compare -- json --rounds 9     only programs whose name contains "json"
//! cargo bench --bench compare -- --engine old=/tmp/ferrous --against lua5.1
//! cargo bench --bench compare -- --startup           the time of starting and doing nothing
//! ```

#![forbid(unsafe_code)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use serde_json::json;

use common::engine::{Engine, EngineOptions, Run};
use common::report::{Report, Row, YARDSTICK};
use common::{Result, exit_code, name_of, progress_bar, scripts};

const STARTUP_SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/startup.lua");

/// Compare the speed of Ferrous with that of other Lua engines
#[derive(Parser)]
struct Options {
    /// Run only the programs whose name contains this
    filter: Option<String>,

    /// How often each program is run on each engine
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// The time that is measured
    #[arg(long, value_enum, default_value_t = Clock::User)]
    clock: Clock,

    /// Measure the start-up time instead, over this many runs of an empty script
    #[arg(long, value_name = "RUNS", num_args = 0..=1, require_equals = true, default_missing_value = "200")]
    startup: Option<u32>,

    /// The folder of the programs
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/programs"))]
    programs: PathBuf,

    /// Where to write the results [default: target/compare.json or target/startup.json]
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,

    #[command(flatten)]
    engines: EngineOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Clock {
    /// The processor time spent in the engine itself
    User,
    /// The processor time including that of the kernel
    Cpu,
    /// The time on the wall
    Wall,
}

impl Clock {
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn read(self, run: &Run) -> f64 {
        let time = match self {
            Clock::User => run.user,
            Clock::Cpu => run.user + run.system,
            Clock::Wall => run.wall,
        };
        time.as_secs_f64()
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.engines.measuring() {
        return ExitCode::SUCCESS;
    }
    exit_code(match options.startup {
        Some(runs) => compare_startup(&options, runs),
        None => compare_programs(&options),
    })
}

fn compare_programs(options: &Options) -> Result<bool> {
    let contest = Contest {
        engines: options.engines.engines()?,
        scripts: scripts(&options.programs, options.filter.as_deref())?,
        rounds: options.rounds,
        clock: options.clock,
        timeout: options.engines.timeout(),
    };
    contest.report("s", 1.0, options.json.as_deref().unwrap_or(Path::new("target/compare.json")))
}

/// Starting takes so short that only the wall clock is fine enough.
fn compare_startup(options: &Options, runs: u32) -> Result<bool> {
    let contest = Contest {
        engines: options.engines.engines()?,
        scripts: vec![PathBuf::from(STARTUP_SCRIPT)],
        rounds: runs.max(1),
        clock: Clock::Wall,
        timeout: options.engines.timeout(),
    };
    contest.report("ms", 1e3, options.json.as_deref().unwrap_or(Path::new("target/startup.json")))
}

/// Which scripts are run on which engines, and how.
struct Contest {
    engines: Vec<Engine>,
    scripts: Vec<PathBuf>,
    rounds: u32,
    clock: Clock,
    timeout: Duration,
}

/// All runs of one script on one engine.
#[derive(Default)]
struct Entry {
    times: Vec<f64>,
    output: Option<String>,
    fault: Option<String>,
}

impl Contest {
    /// Runs everything and reports it, with times in `unit`, of which a second has `scale`.
    fn report(&self, unit: &'static str, scale: f64, json: &Path) -> Result<bool> {
        let entries = self.run();
        let rows = self.scripts.iter().zip(&entries);
        let report = Report {
            unit,
            engines: self.engines.iter().map(|engine| engine.name.clone()).collect(),
            rows: rows.map(|(script, entries)| self.row(script, entries, scale)).collect(),
        };
        let passed = report.print();
        report.write_json(json, &json!({ "rounds": self.rounds, "clock": self.clock.name() }))?;
        println!("written to {}", json.display());
        Ok(passed)
    }

    /// The entries by script, then by engine.
    fn run(&self) -> Vec<Vec<Entry>> {
        let count = self.engines.len();
        let blank = || (0..count).map(|_| Entry::default()).collect();
        let mut entries: Vec<Vec<Entry>> = self.scripts.iter().map(|_| blank()).collect();
        let bar = progress_bar(self.rounds as usize * self.scripts.len() * count);
        for round in 0..self.rounds as usize {
            for (script, entries) in self.scripts.iter().zip(&mut entries) {
                for turn in 0..count {
                    let index = (turn + round) % count;
                    let engine = &self.engines[index];
                    bar.set_message(format!("{} on {}", name_of(script), engine.name));
                    self.run_once(script, engine, &mut entries[index]);
                    bar.inc(1);
                }
            }
        }
        bar.finish_and_clear();
        entries
    }

    /// Adds one run to `entry`, unless an earlier one has failed.
    fn run_once(&self, script: &Path, engine: &Engine, entry: &mut Entry) {
        if entry.fault.is_some() {
            return;
        }
        match engine.run(script, self.timeout) {
            Err(error) => entry.fault = Some(error.to_string()),
            Ok(run) => {
                entry.times.push(self.clock.read(&run));
                let first = entry.output.get_or_insert_with(|| run.output.clone());
                if *first != run.output {
                    entry.fault = Some("printed different things in two runs".to_owned());
                }
            }
        }
    }

    fn row(&self, script: &Path, entries: &[Entry], scale: f64) -> Row {
        let medians = entries.iter().map(|entry| median(&entry.times));
        Row {
            program: name_of(script),
            values: medians.map(|time| time.map(|time| time * scale)).collect(),
            faults: self.faults(entries),
        }
    }

    /// What went wrong on each engine; outputs are compared with the yardstick's.
    fn faults(&self, entries: &[Entry]) -> Vec<String> {
        let yardstick = self.engines.iter().position(|engine| engine.name == YARDSTICK);
        let judge = yardstick.unwrap_or(1);
        let mut faults = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if let Some(fault) = &entry.fault {
                faults.insert(index, fault.clone());
            } else if entries[judge].fault.is_none() && entry.output != entries[judge].output {
                let difference = format!("output differs from {}'s", self.engines[judge].name);
                faults.insert(index, difference);
            }
        }
        let named = faults.iter();
        named.map(|(index, fault)| format!("{}: {fault}", self.engines[*index].name)).collect()
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}
