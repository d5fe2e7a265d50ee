//! `ferrous ops`: the routes of all opcodes, and, with a script, what happened to them in a run.
//!
//! Without a script the table is the output. With one it goes to standard error after the run, as a profile does: standard
//! output is the script's.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use serde_json::{Value, json};

use super::ab::{TROUBLE, parse};
use super::{end_output, output, report};
use crate::router::{Counts, OpPolicy, Source, effect_name, group_name, markdown_table, render_table, routable};

/// Show the route of each opcode: its group, its effect class, where it runs, and who set that
///
/// With a script, it is run, and the table goes to standard error after the run, with counts: of what the old implementation
/// executed, and of what was compared. A script that ends by os.exit shows no table.
#[derive(Debug, Parser)]
#[command(name = "ferrous ops")]
struct Options {
    /// Run this script, and show its own routes: a percentage takes all of a script or nothing
    #[arg(value_name = "SCRIPT")]
    script: Option<OsString>,

    /// Its arguments
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,

    /// Routes, as in CALL=legacy,arith=shadow:1%; they are stronger than those of FERROUS_OPS
    #[arg(long, value_name = "ROUTES")]
    ops: Option<String>,

    /// The seed of the samples
    #[arg(long, value_name = "N")]
    ops_seed: Option<u64>,

    /// As JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,

    /// The opcode table of MIGRATION.md
    #[arg(long, conflicts_with = "script")]
    markdown: bool,
}

/// Runs the subcommand.
pub(super) fn ops(args: &[OsString]) -> ExitCode {
    let options = match parse::<Options>("ferrous ops", args) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match show(&options) {
        Ok(code) => code,
        Err(problem) => {
            report(Some("ferrous ops"), problem.as_bytes());
            ExitCode::from(TROUBLE)
        }
    }
}

fn show(options: &Options) -> Result<ExitCode, String> {
    let mut policy = OpPolicy::from_env().map_err(|error| error.to_string())?;
    if let Some(ops) = &options.ops {
        policy.apply(ops, Source::CommandLine).map_err(|error| format!("--ops: {error}"))?;
    }
    if let Some(seed) = options.ops_seed {
        policy = policy.seed(seed);
    }
    let Some(script) = &options.script else {
        let text = if options.markdown { markdown_table() } else { table(options, &policy, None, None) };
        // Whether it could be written shows when it is flushed.
        let _ = output::write(text.as_bytes());
        return Ok(end_output(true));
    };
    let run = run_script(policy, script, &options.args)?;
    // The name that the program gives a script's chunk.
    let chunk = [b"@", script.as_encoded_bytes()].concat();
    let text = table(options, &run.policy, Some(&chunk), Some(&run.counts));
    report(None, text.trim_end().as_bytes());
    Ok(end_output(run.success))
}

fn table(options: &Options, policy: &OpPolicy, chunk: Option<&[u8]>, counts: Option<&Counts>) -> String {
    match options.json {
        true => format!("{:#}\n", to_json(policy, chunk, counts)),
        false => render_table(policy, chunk, counts),
    }
}

/// What is known after a run.
struct Run {
    /// The policy, with what the circuit breaker made of it.
    policy: OpPolicy,
    counts: Counts,
    success: bool,
}

#[cfg(feature = "compat")]
fn run_script(policy: OpPolicy, script: &OsString, args: &[OsString]) -> Result<Run, String> {
    let vm = crate::vm::LuaVM::with_stdlib();
    let mut vm = vm.map_err(|error| format!("cannot create state: {error}"))?;
    vm.set_op_policy(policy);
    let words: Vec<OsString> = [&OsString::from(super::PROGRAM), script].into_iter().chain(args).cloned().collect();
    let success = super::run::run_script(&mut vm, &words, 1, true);
    let run = Run { policy: vm.op_policy(), counts: vm.op_counts(), success };
    vm.close();
    Ok(run)
}

#[cfg(not(feature = "compat"))]
fn run_script(_: OpPolicy, _: &OsString, _: &[OsString]) -> Result<Run, String> {
    Err("to run a script by routes needs the old opcodes: build with the feature 'compat'".to_owned())
}

fn to_json(policy: &OpPolicy, chunk: Option<&[u8]>, counts: Option<&Counts>) -> Value {
    let opcodes = routable().map(|opcode| {
        let rules = match chunk {
            Some(chunk) => vec![policy.rule_for(chunk, opcode)],
            None => policy.rules(opcode).iter().rev().copied().collect(),
        };
        let rules = rules.iter().map(
            |rule| json!({"route": rule.route.name(), "percent": rule.percent, "set_by": rule.source.to_string()}),
        );
        let mut row = json!({
            "opcode": opcode.name(),
            "number": opcode as u8,
            "group": group_name(opcode.group()),
            "effect": effect_name(opcode.effect()),
            "rules": rules.collect::<Vec<_>>(),
        });
        if let Some(counts) = counts {
            let of = counts[opcode];
            row["counts"] = json!({
                "legacy": of.legacy,
                "shadowed": of.shadowed,
                "matched": of.matched,
                "mismatched": of.mismatched,
                "skipped": of.skipped,
            });
        }
        row
    });
    json!({
        "policy": policy.to_string(),
        "seed": policy.seed_value(),
        "breaker": policy.breaker_value(),
        "opcodes": opcodes.collect::<Vec<_>>(),
    })
}
