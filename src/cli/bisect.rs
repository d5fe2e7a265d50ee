//! `ferrous bisect`: which opcodes' new versions change what a script does.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::ProgressBar;

use super::ab::{TROUBLE, parse, seconds};
use super::{end_output, output, report};
use crate::ab::bisect::{Bisection, Finding};
use crate::ab::corpus;
use crate::ab::engine::Host;

/// Find the smallest set of opcodes whose new version changes what a script does
///
/// The exit code is 0 if there is no such set, 1 if there is one, and 2 if the script cannot be looked into: it does not compile,
/// does not end, or does not do the same each time.
#[derive(Debug, Parser)]
#[command(name = "ferrous bisect")]
struct Options {
    /// The script
    #[arg(value_name = "SCRIPT")]
    script: PathBuf,

    /// Its arguments
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,

    /// The seconds after which a run is given up
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,

    /// Plant a mistake in the new version of this opcode, to see it found
    #[arg(long, value_name = "OPCODE")]
    fault: Option<String>,

    /// The program that runs the script, instead of this one
    #[arg(long, value_name = "PATH", hide = true)]
    program: Option<PathBuf>,
}

/// Runs the subcommand.
pub(super) fn bisect(args: &[OsString]) -> ExitCode {
    let options = match parse::<Options>("ferrous bisect", args) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match look(&options) {
        Ok(finding) => tell(&finding),
        Err(problem) => {
            report(Some("ferrous bisect"), problem.as_bytes());
            ExitCode::from(TROUBLE)
        }
    }
}

fn look(options: &Options) -> Result<Finding, String> {
    if let Err(problem) = corpus::check(&options.script) {
        return Err(format!("{}: {problem}", options.script.display()));
    }
    let host = Host::new(options.program.clone(), options.timeout);
    let mut host = host.map_err(|error| format!("cannot find this program: {error}"))?;
    if let Some(name) = &options.fault {
        let opcode = crate::router::opcode_named(name).ok_or_else(|| format!("--fault: unknown opcode {name:?}"))?;
        host.options = vec!["--fault".to_owned(), opcode.name().to_owned()];
    }
    let bisection = Bisection { host, script: options.script.clone(), args: options.args.clone() };
    let bar = ProgressBar::new_spinner();
    let mut runs = 0;
    let finding = bisection.run(|routes| {
        runs += 1;
        bar.set_message(format!("run {runs}: {routes}"));
        bar.tick();
    });
    bar.finish_and_clear();
    finding.map_err(|error| format!("cannot run {}: {error}", bisection.host.program.display()))
}

fn tell(finding: &Finding) -> ExitCode {
    let (text, code) = match finding {
        Finding::NoDifference => {
            ("no difference: the script does on the core what it does on the old routes\n".to_owned(), 0)
        }
        Finding::Refused(reason) => {
            report(Some("ferrous bisect"), reason.as_bytes());
            return ExitCode::from(TROUBLE);
        }
        Finding::Culprits { opcodes, difference, replay: [old, new] } => {
            let names: Vec<&str> = opcodes.iter().map(|opcode| opcode.name()).collect();
            let text = format!(
                "the new version of {} changes what the script does\n{difference}\nold routes:  {old}\nnew version: {new}\n",
                names.join(" with "),
            );
            (text, 1)
        }
    };
    // Whether it could be written shows when it is flushed.
    let _ = output::write(text.as_bytes());
    match code {
        0 => end_output(true),
        code => {
            end_output(false);
            ExitCode::from(code)
        }
    }
}
