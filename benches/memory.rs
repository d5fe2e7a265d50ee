//! Compares the peak memory of Ferrous with that of other Lua engines.
//!
//! The programs in `benches/memory` fill a large table and print, last, the peak resident size
//! of their own process in KiB, which they read from Linux's `/proc/self/status`.
//!
//! ```text
//! cargo bench --bench memory
//! ```

#![forbid(unsafe_code)]

#[expect(dead_code, reason = "the times of a run are for the `compare` target")]
mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use serde_json::json;

use common::engine::{Engine, EngineOptions};
use common::report::{Report, Row};
use common::{Result, exit_code, name_of, progress_bar, scripts};

/// Compare the peak memory of Ferrous with that of other Lua engines
#[derive(Parser)]
struct Options {
    /// Run only the programs whose name contains this
    filter: Option<String>,

    /// The folder of the programs
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/memory"))]
    programs: PathBuf,

    /// Where to write the results
    #[arg(long, value_name = "PATH", default_value = "target/memory.json")]
    json: PathBuf,

    #[command(flatten)]
    engines: EngineOptions,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.engines.measuring() {
        return ExitCode::SUCCESS;
    }
    exit_code(compare(&options))
}

fn compare(options: &Options) -> Result<bool> {
    let engines = options.engines.engines()?;
    let scripts = scripts(&options.programs, options.filter.as_deref())?;
    let bar = progress_bar(scripts.len() * engines.len());
    let mut rows = Vec::new();
    for script in &scripts {
        let mut row = Row { program: name_of(script), values: Vec::new(), faults: Vec::new() };
        for engine in &engines {
            bar.set_message(format!("{} on {}", row.program, engine.name));
            let peak = peak_mebibytes(engine, script, options.engines.timeout());
            let fault = peak.as_ref().err();
            row.faults.extend(fault.map(|error| format!("{}: {error}", engine.name)));
            row.values.push(peak.ok());
            bar.inc(1);
        }
        rows.push(row);
    }
    bar.finish_and_clear();

    let report = Report { unit: "MiB", engines: engines.into_iter().map(|engine| engine.name).collect(), rows };
    let passed = report.print();
    report.write_json(&options.json, &json!({ "measured": "peak resident size" }))?;
    println!("written to {}", options.json.display());
    Ok(passed)
}

/// Runs `script` and reads the peak that it prints on its last line.
fn peak_mebibytes(engine: &Engine, script: &Path, timeout: Duration) -> Result<f64> {
    let output = engine.run(script, timeout)?.output;
    let last = output.lines().next_back().unwrap_or_default();
    let kibibytes = last.strip_prefix("peak\t").and_then(|peak| peak.parse::<f64>().ok());
    let kibibytes = kibibytes.ok_or_else(|| format!("expected a peak, but read {last:?}"))?;
    Ok(kibibytes / 1024.0)
}
