//! The tables that people read: the routes with their counts, and the opcodes for the migration guide.

use std::fmt::Write as _;

use super::names::{group_name, pin_feature, routable};
use super::{Counts, OpPolicy, Route, Rule, Source};
use crate::bytecode::{Effect, Group, OpCode};

/// An effect class as the tables name it.
pub fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Pure => "pure",
        Effect::Read => "read",
        Effect::Meta => "meta",
        Effect::Alloc => "alloc",
        Effect::Write => "write",
        Effect::Control => "control",
        Effect::Call => "call",
    }
}

/// The routes of a policy as a table of plain text, one line an opcode: group, effect class, route, who set it, counts.
///
/// Of a chunk, if there is a name; else the rules with their percentages. The columns of counts are there if there are
/// counts.
pub fn render_table(policy: &OpPolicy, chunk_name: Option<&[u8]>, counts: Option<&Counts>) -> String {
    let mut head = vec!["opcode", "group", "effect", "route", "set by"];
    if counts.is_some() {
        head.extend(["legacy", "shadowed", "matched", "mismatched", "skipped"]);
    }
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for opcode in routable() {
        let (route, source) = match chunk_name {
            Some(name) => {
                let rule = policy.rule_for(name, opcode);
                (rule.route.to_string(), source_text(rule.source, opcode.group()))
            }
            None => (rules_text(policy.rules(opcode)), sources_text(policy.rules(opcode), opcode.group())),
        };
        let mut row = vec![
            opcode.name().to_owned(),
            group_name(opcode.group()).to_owned(),
            effect_name(opcode.effect()).to_owned(),
            route,
            source,
        ];
        if let Some(counts) = counts {
            let of = counts[opcode];
            row.extend([of.legacy, of.shadowed, of.matched, of.mismatched, of.skipped].map(|count| count.to_string()));
        }
        rows.push(row);
    }
    let mut text = align(&rows, 5);
    let breaker = policy.breaker_value().map_or("never".to_owned(), |n| format!("at {n} mismatches"));
    let _ = writeln!(text, "\npolicy {policy}, seed {}, circuit breaker {breaker}", policy.seed_value());
    text
}

/// Rules from the one that is asked first: `shadow:1% else core`.
fn rules_text(rules: &[Rule]) -> String {
    let parts: Vec<String> = rules
        .iter()
        .rev()
        .map(|rule| match rule.percent {
            100.0 => rule.route.to_string(),
            percent => format!("{}:{percent}%", rule.route),
        })
        .collect();
    parts.join(" else ")
}

fn sources_text(rules: &[Rule], group: Group) -> String {
    let mut parts: Vec<String> = rules.iter().rev().map(|rule| source_text(rule.source, group)).collect();
    parts.dedup();
    parts.join(", ")
}

fn source_text(source: Source, group: Group) -> String {
    match source {
        Source::Pinned => format!("feature {}", pin_feature(group)),
        source => source.to_string(),
    }
}

/// Columns side by side; those from `numbers` on are aligned to the right.
fn align(rows: &[Vec<String>], numbers: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column < numbers {
                true => write!(line, "{cell:<width$}  "),
                false => write!(line, "{cell:>width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The opcode table in Markdown, for the migration guide: it follows from the one opcode table alone.
pub fn markdown_table() -> String {
    let mut text = String::from("| Opcode | Number | Group | Effect | Route | Feature that pins it | What it does |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for opcode in routable() {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | `{}` | `{}` | `{}` |",
            opcode,
            opcode as u8,
            group_name(opcode.group()),
            effect_name(opcode.effect()),
            Route::default(),
            pin_feature(opcode.group()),
            opcode.meaning().replace('|', "\\|"),
        );
    }
    let _ = writeln!(text, "\n`{}` is a part of `{}` and has no route of its own.", OpCode::ExtraArg, OpCode::SetList);
    text
}
