//! What `ferrous ab` has to show: the data, which is also its JSON, and the tables for a terminal.

use std::fmt::Write as _;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use super::corpus::BadInput;
use super::geometric_mean;
use super::micro::MicroReport;
use super::verdict::Difference;

/// How many opcodes a script's row names.
const SHOWN_OPCODES: usize = 3;

/// Everything that one call of `ferrous ab` found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The version of the program.
    pub(crate) ferrous: &'static str,
    /// What repeats the order of the runs.
    pub(crate) seed: u64,
    pub(crate) runs: usize,
    pub(crate) timeout_seconds: f64,
    /// The policy of the engine `routed`.
    pub(crate) ops: Option<String>,
    pub(crate) ops_seed: Option<u64>,
    pub(crate) summary: Summary,
    pub(crate) scripts: Vec<ScriptReport>,
    pub(crate) bad_input: Vec<BadInputReport>,
    pub(crate) micro: Option<MicroReport>,
}

/// How many scripts got which verdict.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub(crate) equal: usize,
    pub(crate) addresses: usize,
    pub(crate) unstable: usize,
    pub(crate) not_on_old_vm: usize,
    pub(crate) mismatch: usize,
    pub(crate) stopped: usize,
    pub(crate) bad_input: usize,
}

/// What was found about one script.
#[derive(Debug, Serialize)]
pub(crate) struct ScriptReport {
    pub(crate) script: String,
    pub(crate) verdict: &'static str,
    pub(crate) detail: Option<String>,
    pub(crate) differences: Vec<Difference>,
    pub(crate) engines: Vec<EngineTimes>,
    /// The old VM's time over the core's.
    pub(crate) ratio: Option<f64>,
    /// Executed on the core; 0 if they could not be counted.
    pub(crate) instructions: u64,
    /// The most frequent first.
    pub(crate) opcodes: Vec<OpcodeShare>,
    /// Commands that show a mismatch again.
    pub(crate) replay: Vec<String>,
}

/// The times of one engine: those of whole processes, their start included.
#[derive(Debug, Serialize)]
pub(crate) struct EngineTimes {
    pub(crate) engine: &'static str,
    pub(crate) median_ms: f64,
    pub(crate) ms: Vec<f64>,
}

/// How often an opcode was executed.
#[derive(Debug, Serialize)]
pub(crate) struct OpcodeShare {
    pub(crate) opcode: &'static str,
    pub(crate) count: u64,
}

/// What could not be run.
#[derive(Debug, Serialize)]
pub(crate) struct BadInputReport {
    pub(crate) path: String,
    pub(crate) problem: String,
}

impl From<&BadInput> for BadInputReport {
    fn from(bad: &BadInput) -> BadInputReport {
        BadInputReport { path: bad.path.to_string_lossy().into_owned(), problem: bad.problem.clone() }
    }
}

impl ScriptReport {
    /// The median of an engine's times.
    pub(super) fn time(&self, engine: &str) -> Option<f64> {
        let times = self.engines.iter().find(|times| times.engine == engine)?;
        (!times.ms.is_empty()).then_some(times.median_ms)
    }
}

impl Summary {
    pub(crate) fn new(scripts: &[ScriptReport], bad_input: usize) -> Summary {
        let mut summary = Summary { bad_input, ..Summary::default() };
        for script in scripts {
            *match script.verdict {
                "equal" => &mut summary.equal,
                "addresses" => &mut summary.addresses,
                "unstable" => &mut summary.unstable,
                "not-on-old-vm" => &mut summary.not_on_old_vm,
                "mismatch" => &mut summary.mismatch,
                _ => &mut summary.stopped,
            } += 1;
        }
        summary
    }

    /// 0 if nothing is wrong, 1 after a mismatch, 2 after something that could not be compared.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Summary { bad_input: 1.., .. } | Summary { stopped: 1.., .. } => 2,
            Summary { mismatch: 1.., .. } => 1,
            _ => 0,
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = [
            (self.equal, "equal"),
            (self.addresses, "equal but for addresses"),
            (self.unstable, "unstable"),
            (self.not_on_old_vm, "not on the old VM"),
            (self.mismatch, "mismatched"),
            (self.stopped, "stopped"),
            (self.bad_input, "bad input"),
        ];
        let named: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
        f.write_str(&if named.is_empty() { "no scripts".to_owned() } else { named.join(", ") })
    }
}

/// A number with as many digits as are worth reading.
pub(super) fn number(value: f64) -> String {
    let digits = match value.abs() {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

fn optional(value: Option<f64>, unit: &str) -> String {
    value.map_or("-".to_owned(), |value| format!("{}{unit}", number(value)))
}

/// A table whose columns from `numbers` up to `text` are aligned to the right.
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>, numbers: std::ops::Range<usize>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head);
    for row in rows {
        let cells = row.into_iter().enumerate().map(|(column, text)| {
            let alignment = if numbers.contains(&column) { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(text).set_alignment(alignment)
        });
        table.add_row(cells);
    }
    format!("{table}\n")
}

impl Report {
    /// The tables for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if !self.scripts.is_empty() {
            text.push_str(&self.script_table());
        }
        for script in &self.scripts {
            let Some(detail) = &script.detail else { continue };
            let _ = writeln!(text, "{}: {}: {detail}", script.script, script.verdict);
            for line in &script.replay {
                let _ = writeln!(text, "    {line}");
            }
        }
        if let Some(micro) = &self.micro {
            text.push_str(&micro.text());
        }
        if !self.scripts.is_empty() || !self.bad_input.is_empty() {
            let _ = write!(text, "{}; runs of each on each engine: {}, seed {}", self.summary, self.runs, self.seed);
            if let Some(mean) = geometric_mean(self.scripts.iter().filter_map(|script| script.ratio)) {
                let _ = write!(text, "; old / new {} (geometric mean)", number(mean));
            }
            text.push('\n');
        }
        text
    }

    fn script_table(&self) -> String {
        let mut head = vec!["script", "verdict", "old ms", "new ms", "old / new"];
        if self.ops.is_some() {
            head.push("routed ms");
        }
        let numbers = 2..head.len() + 1;
        head.extend(["instructions", "most of them"]);
        let rows = self.scripts.iter().map(|script| {
            let mut row = vec![
                script.script.clone(),
                script.verdict.to_owned(),
                optional(script.time("old"), ""),
                optional(script.time("new"), ""),
                optional(script.ratio, "x"),
            ];
            if self.ops.is_some() {
                row.push(optional(script.time("routed"), ""));
            }
            row.push(if script.instructions > 0 { script.instructions.to_string() } else { "-".to_owned() });
            row.push(script.most_frequent());
            row
        });
        table(&head, rows.collect(), numbers)
    }
}

impl ScriptReport {
    fn most_frequent(&self) -> String {
        let all = self.instructions as f64;
        let shares = self.opcodes.iter().take(SHOWN_OPCODES);
        let shares = shares.map(|share| format!("{} {:.0}%", share.opcode, share.count as f64 / all * 100.0));
        shares.collect::<Vec<_>>().join(", ")
    }
}
