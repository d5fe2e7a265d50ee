//! Side by side: the old VM, the core, and the core with routes, each in a process of its own.
//!
//! `corpus` finds scripts, `engine` and `child` run one, `compare` runs all of them on all engines in a random order, `verdict`
//! says what the outcomes mean, `profile` adds what the scripts execute. `micro` times each opcode alone, by the programs of
//! `cases`, and `frequency` says what a nanosecond is in cycles. `report` is what there is to show, `html` shows it as
//! a page. `bisect` looks for the opcodes that make a difference.
//!
//! Processes, because an engine that hangs, crashes or ends the process is then a result like any other, and because
//! what one run leaves behind cannot change the next.
#![forbid(unsafe_code)]

pub(crate) mod bisect;
mod cases;
mod child;
pub(crate) mod compare;
pub(crate) mod corpus;
pub(crate) mod engine;
mod frequency;
pub(crate) mod html;
pub(crate) mod micro;
mod profile;
pub(crate) mod report;
pub(crate) mod shuffle;
mod verdict;

/// A median; 0 for nothing.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// The geometric mean of positive numbers; `None` for nothing.
fn geometric_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values.filter(|value| *value > 0.0) {
        sum += value.ln();
        count += 1.0;
    }
    (count > 0.0).then(|| f64::exp(sum / count))
}
