//! Each opcode alone: what it costs on the old VM and on the core, in nanoseconds and in cycles.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;

use serde::Serialize;

use super::cases::{CASES, Case, program};
use super::child::End;
use super::engine::{Engine, Host};
use super::report::{number, table};
use super::shuffle::Random;
use super::{frequency, geometric_mean, median};
use crate::bytecode::{Group, OpCode};
use crate::router::group_name;

/// The specification's operations, and how many times faster than on the old VM they are to be on the core.
const TARGETS: [(&str, f64); 6] =
    [("register", 40.0), ("table", 50.0), ("closure", 10.0), ("upvalue", 50.0), ("call", 16.0), ("dispatch", 20.0)];

/// Nanoseconds that are no more than what times differ in without a reason.
pub(super) const NOISE: f64 = 0.05;

/// The operation that an opcode of a group is one of: what is none of the others is not much more than its dispatch.
fn operation(group: Group) -> &'static str {
    match group {
        Group::Load => "register",
        Group::Table | Group::Global => "table",
        Group::Closure => "closure",
        Group::Upvalue => "upvalue",
        Group::Call => "call",
        Group::Arith | Group::String | Group::Compare | Group::Jump | Group::Loop => "dispatch",
    }
}

/// What the opcodes cost.
#[derive(Debug, Serialize)]
pub(crate) struct MicroReport {
    /// The frequency by which nanoseconds were made cycles.
    pub(crate) gigahertz: f64,
    /// How often each engine was measured.
    pub(crate) rounds: usize,
    pub(crate) opcodes: Vec<OpcodeCost>,
    pub(crate) operations: Vec<OperationCost>,
}

/// What one opcode costs.
#[derive(Debug, Serialize)]
pub(crate) struct OpcodeCost {
    pub(crate) opcode: &'static str,
    pub(crate) group: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) old_ns: f64,
    pub(crate) new_ns: f64,
    pub(crate) old_cycles: f64,
    pub(crate) new_cycles: f64,
    /// Old over new; `None` if either is lost in the noise.
    pub(crate) ratio: Option<f64>,
    pub(crate) target: f64,
    /// What the figures include.
    pub(crate) note: &'static str,
}

/// One of the specification's operations: the geometric mean over its opcodes.
#[derive(Debug, Serialize)]
pub(crate) struct OperationCost {
    pub(crate) operation: &'static str,
    pub(crate) ratio: Option<f64>,
    pub(crate) target: f64,
}

/// How opcodes are timed.
#[derive(Debug)]
pub(crate) struct MicroPlan {
    pub(crate) host: Host,
    pub(crate) rounds: usize,
    pub(crate) seed: u64,
    /// Seconds that a timed loop takes at least.
    pub(crate) shortest: f64,
}

impl MicroPlan {
    /// The number of runs, of which `progress` hears.
    pub(crate) fn steps(&self) -> usize {
        2 * self.rounds
    }

    /// Times all opcodes on both engines.
    ///
    /// # Errors
    /// What went wrong with which engine.
    pub(crate) fn run(&self, mut progress: impl FnMut(&str)) -> Result<MicroReport, String> {
        let wrong = |error: std::io::Error| format!("cannot time the opcodes: {error}");
        let mut script = tempfile::Builder::new().prefix("ferrous-micro-").suffix(".lua").tempfile().map_err(wrong)?;
        script.write_all(program(self.shortest).as_bytes()).map_err(wrong)?;
        script.flush().map_err(wrong)?;

        let mut random = Random::new(self.seed);
        let mut order = [Engine::Old, Engine::Core];
        let mut costs: HashMap<&str, Vec<Vec<f64>>> = HashMap::new();
        for _ in 0..self.rounds {
            random.shuffle(&mut order);
            for engine in &order {
                progress(&format!("opcodes, {}", engine.name()));
                let run = self.host.run(engine, script.path(), &[]).map_err(wrong)?;
                let output = String::from_utf8_lossy(&run.outcome.stdout);
                let costs_of_run = (run.outcome.end == End::Exit(0)).then(|| read(&output)).flatten();
                let Some(costs_of_run) = costs_of_run else {
                    let text = String::from_utf8_lossy(&run.outcome.stderr);
                    let reason = match run.outcome.end {
                        End::TimedOut => format!("no end within {} s", self.host.limit.as_secs_f64()),
                        _ => text.lines().next().unwrap_or("unexpected output").to_owned(),
                    };
                    return Err(format!("cannot time the opcodes on the engine '{}': {reason}", engine.name()));
                };
                costs.entry(engine.name()).or_default().push(costs_of_run);
            }
        }
        let typical = |engine: &str| -> Vec<f64> {
            let rounds = costs.get(engine).map_or(&[][..], Vec::as_slice);
            (0..CASES.len()).map(|at| median(&rounds.iter().map(|round| round[at]).collect::<Vec<_>>())).collect()
        };
        Ok(self.report(&typical("old"), &typical("new")))
    }

    fn report(&self, old: &[f64], new: &[f64]) -> MicroReport {
        let gigahertz = frequency::gigahertz();
        let mut opcodes: Vec<(OpCode, OpcodeCost)> = CASES
            .iter()
            .zip(old.iter().zip(new))
            .map(|(case, (&old_ns, &new_ns))| (case.opcode, cost(case, old_ns, new_ns, gigahertz)))
            .collect();
        opcodes.sort_by_key(|(opcode, _)| *opcode);
        let opcodes: Vec<OpcodeCost> = opcodes.into_iter().map(|(_, cost)| cost).collect();
        let operations = TARGETS.map(|(operation, target)| {
            let ratios = opcodes.iter().filter(|cost| cost.operation == operation).filter_map(|cost| cost.ratio);
            OperationCost { operation, ratio: geometric_mean(ratios), target }
        });
        MicroReport { gigahertz, rounds: self.rounds, opcodes, operations: operations.into() }
    }
}

fn cost(case: &Case, old_ns: f64, new_ns: f64, gigahertz: f64) -> OpcodeCost {
    let operation = operation(case.opcode.group());
    let target = TARGETS.iter().find(|(name, _)| *name == operation).map_or(1.0, |(_, target)| *target);
    OpcodeCost {
        opcode: case.opcode.name(),
        group: group_name(case.opcode.group()),
        operation,
        old_ns,
        new_ns,
        old_cycles: old_ns * gigahertz,
        new_cycles: new_ns * gigahertz,
        ratio: (old_ns >= NOISE && new_ns >= NOISE).then(|| old_ns / new_ns),
        target,
        note: case.note,
    }
}

/// What the program of the cases prints: the nanoseconds of each opcode, after those of what the case has besides are taken away.
fn read(output: &str) -> Option<Vec<f64>> {
    let mut costs: HashMap<OpCode, f64> = HashMap::new();
    let mut lines = output.lines();
    for (number, case) in CASES.iter().enumerate() {
        let (at, difference) = lines.next()?.split_once('\t')?;
        if at.parse() != Ok(number) {
            return None;
        }
        let difference: f64 = difference.parse().ok()?;
        // A call is timed with its return and a return with its call: what is not known yet, or is the same pair, stays.
        let is_pair = matches!(case.opcode, OpCode::Call | OpCode::Return);
        let besides: f64 = match is_pair {
            true => 0.0,
            false => {
                case.besides.iter().map(|(opcode, times)| f64::from(*times) * costs.get(opcode).unwrap_or(&0.0)).sum()
            }
        };
        costs.insert(case.opcode, (difference - besides) / f64::from(case.times));
    }
    CASES.iter().map(|case| costs.get(&case.opcode).copied()).collect()
}

/// A figure, unless it is the difference of two times that are as good as equal.
fn figure(value: f64) -> String {
    if value < NOISE { "~0".to_owned() } else { number(value) }
}

fn times(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{}x", number(ratio)))
}

impl MicroReport {
    /// The tables for a terminal.
    pub(crate) fn text(&self) -> String {
        let head =
            ["opcode", "old ns", "new ns", "old cycles", "new cycles", "old / new", "target", "operation", "timed"];
        let rows = self.opcodes.iter().map(|cost| {
            let figures = [cost.old_ns, cost.new_ns, cost.old_cycles, cost.new_cycles].map(figure);
            let mut row = vec![cost.opcode.to_owned()];
            row.extend(figures);
            row.extend([times(cost.ratio), format!("{}x", cost.target)]);
            row.extend([cost.operation.to_owned(), cost.note.to_owned()]);
            row
        });
        let mut text = table(&head, rows.collect(), 1..7);
        let head = ["operation", "old / new", "target", ""];
        let rows = self.operations.iter().map(|cost| {
            let verdict = match cost.ratio {
                Some(ratio) if ratio >= cost.target => "reached",
                Some(_) => "missed",
                None => "not measured",
            };
            vec![cost.operation.to_owned(), times(cost.ratio), format!("{}x", cost.target), verdict.to_owned()]
        });
        text.push_str(&table(&head, rows.collect(), 1..3));
        let all = geometric_mean(self.opcodes.iter().filter_map(|cost| cost.ratio));
        let _ = writeln!(
            text,
            "all {} opcodes: {} (geometric mean), rounds measured: {}",
            self.opcodes.len(),
            times(all),
            self.rounds
        );
        let _ = writeln!(
            text,
            "cycles are nanoseconds at {:.2} GHz, measured by a chain of instructions of one cycle each",
            self.gigahertz
        );
        text
    }
}
