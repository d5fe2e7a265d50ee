//! A report as one page: inline style, inline SVG, nothing from elsewhere, no script.
//!
//! Whatever comes from scripts or file names goes through [`escape`].

use std::fmt::Write as _;

use super::geometric_mean;
use super::micro::{MicroReport, NOISE};
use super::report::{Report, ScriptReport, number};

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #dde2e8}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\
pre{background:#f5f7f9;padding:.6rem;overflow-x:auto}\
svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#1c2430}svg .s{fill:#5b6776}\
.old{fill:#d9822b}.new{fill:#2b6cb0}.routed{fill:#6b8e23}.mark{stroke:#b02a37;stroke-width:2}.grid{stroke:#dde2e8}\
.bad{color:#b02a37}.legend span{margin-right:1.2rem}.legend i{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem}\
@media(prefers-color-scheme:dark){body{color:#e3e8ee;background:#161b22}svg text{fill:#e3e8ee}svg .s{fill:#9aa7b5}\
th,td{border-color:#30363d}pre{background:#0d1117}.grid{stroke:#30363d}.bad{color:#ff7b86}}";

/// Units of the charts' drawing area.
const WIDTH: f64 = 900.0;
const LABELS: f64 = 190.0;
const VALUES: f64 = 110.0;
const BAR: f64 = 9.0;

/// The report as a page.
pub(crate) fn page(report: &Report) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Ferrous: old and new</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Old and new, side by side</h1>\n"
    );
    let _ = writeln!(
        page,
        "<p>Ferrous {}. {}. {} runs of each script on each engine, in an order that seed {} repeats; times are medians, of whole \
         processes.{}</p>",
        escape(report.ferrous),
        escape(&report.summary.to_string()),
        report.runs,
        report.seed,
        report.ops.as_ref().map_or(String::new(), |ops| format!(" Routes: <code>{}</code>.", escape(ops))),
    );
    if !report.scripts.is_empty() {
        scripts(&mut page, report);
    }
    findings(&mut page, report);
    if let Some(micro) = &report.micro {
        opcodes(&mut page, micro);
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// Text for HTML, between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() && c != '\n' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Bars side by side under one label.
struct Bars {
    label: String,
    /// A class of the style, a value, what to write behind the bar.
    bars: Vec<(&'static str, f64, String)>,
    /// A line across the bars.
    mark: Option<f64>,
}

/// Where a value is on a logarithmic axis of whole decades.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = values
            .filter(|value| *value > 0.0 && value.is_finite())
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return Axis { low: 0.0, high: 1.0 };
        }
        let low = low.log10().floor();
        Axis { low, high: high.log10().ceil().max(low + 1.0) }
    }

    /// What is not positive is at the left end.
    fn at(&self, value: f64) -> f64 {
        let share = if value > 0.0 { (value.log10() - self.low) / (self.high - self.low) } else { 0.0 };
        LABELS + share.clamp(0.0, 1.0) * (WIDTH - LABELS - VALUES)
    }
}

fn chart(page: &mut String, title: &str, unit: &str, rows: &[Bars]) {
    let values = rows.iter().flat_map(|row| row.bars.iter().map(|(_, value, _)| *value).chain(row.mark));
    let axis = Axis::new(values);
    let height = |row: &Bars| row.bars.len() as f64 * BAR + 9.0;
    let total = 24.0 + rows.iter().map(height).sum::<f64>();
    let _ = writeln!(page, "<svg viewBox=\"0 0 {WIDTH} {total:.0}\" role=\"img\" aria-label=\"{}\">", escape(title));
    let mut decade = axis.low;
    while decade <= axis.high {
        let (value, x) = (10_f64.powf(decade), axis.at(10_f64.powf(decade)));
        let _ = writeln!(page, "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"18\" y2=\"{total:.0}\"/>");
        let _ = writeln!(
            page,
            "<text class=\"s\" x=\"{x:.1}\" y=\"12\" text-anchor=\"middle\">{value} {}</text>",
            escape(unit)
        );
        decade += 1.0;
    }
    let mut y = 24.0;
    for row in rows {
        let middle = y + row.bars.len() as f64 * BAR / 2.0 + 4.0;
        let (label, x) = (escape(&row.label), LABELS - 8.0);
        let _ = writeln!(page, "<text x=\"{x}\" y=\"{middle:.1}\" text-anchor=\"end\">{label}</text>");
        for (at, (class, value, text)) in row.bars.iter().enumerate() {
            let top = y + at as f64 * BAR;
            let (end, width) = (axis.at(*value), axis.at(*value) - LABELS);
            let _ = writeln!(
                page,
                "<rect class=\"{class}\" x=\"{LABELS}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>\
                 <text class=\"s\" x=\"{:.1}\" y=\"{:.1}\" style=\"font-size:9px\">{}</text>",
                BAR - 1.0,
                end + 4.0,
                top + BAR - 1.5,
                escape(text),
            );
        }
        if let Some(mark) = row.mark {
            let (x, end) = (axis.at(mark), y + row.bars.len() as f64 * BAR + 2.0);
            let _ = writeln!(
                page,
                "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{end:.1}\"/>",
                y - 3.0
            );
        }
        y += height(row);
    }
    page.push_str("</svg>\n");
}

fn scripts(page: &mut String, report: &Report) {
    page.push_str("<h2>Scripts: how many times faster than on the old VM</h2>\n");
    let bars: Vec<Bars> = report.scripts.iter().filter_map(ratios).collect();
    if bars.is_empty() {
        page.push_str("<p>No script ran on both.</p>\n");
    } else {
        let routed = if report.ops.is_some() { "<span><i style=\"background:#6b8e23\"></i>routed</span>" } else { "" };
        let _ = writeln!(page, "<p class=\"legend\"><span><i style=\"background:#2b6cb0\"></i>core</span>{routed}</p>");
        chart(page, "Ratio of times, old over new, by script", "x", &bars);
        if let Some(mean) = geometric_mean(report.scripts.iter().filter_map(|script| script.ratio)) {
            let _ = writeln!(page, "<p>Geometric mean: {}x.</p>", number(mean));
        }
    }
    page.push_str(
        "<table><tr><th>Script</th><th>Verdict</th><th class=\"n\">Old ms</th><th class=\"n\">New ms</th>\
         <th class=\"n\">Routed ms</th><th class=\"n\">Instructions</th></tr>\n",
    );
    for script in &report.scripts {
        let class = if matches!(script.verdict, "mismatch" | "stopped") { " class=\"bad\"" } else { "" };
        let time = |engine| script.time(engine).map_or("-".to_owned(), number);
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td{class}>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td></tr>",
            escape(&script.script),
            script.verdict,
            time("old"),
            time("new"),
            time("routed"),
            script.instructions,
        );
    }
    page.push_str("</table>\n");
}

fn ratios(script: &ScriptReport) -> Option<Bars> {
    let ratio = script.ratio?;
    let mut bars = vec![("new", ratio, format!("{}x", number(ratio)))];
    if let Some((old, routed)) = script.time("old").zip(script.time("routed")) {
        bars.push(("routed", old / routed, format!("{}x", number(old / routed))));
    }
    let name = script.script.rsplit('/').next().unwrap_or(&script.script);
    Some(Bars { label: name.to_owned(), bars, mark: Some(1.0) })
}

fn findings(page: &mut String, report: &Report) {
    page.push_str("<h2>Mismatches</h2>\n");
    let mismatched: Vec<&ScriptReport> = report.scripts.iter().filter(|script| script.verdict == "mismatch").collect();
    if mismatched.is_empty() {
        page.push_str("<p>None.</p>\n");
    }
    for script in mismatched {
        let _ = writeln!(page, "<h3 class=\"bad\">{}</h3>", escape(&script.script));
        page.push_str("<table><tr><th>Where</th><th>One</th><th>The other</th></tr>\n");
        for found in &script.differences {
            let line = found.line.map_or(String::new(), |line| format!(", line {line}"));
            let cell = |at: usize| format!("{}: <code>{}</code>", escape(found.engines[at]), escape(&found.texts[at]));
            let _ = writeln!(
                page,
                "<tr><td>{}{line}</td><td>{}</td><td>{}</td></tr>",
                escape(found.what),
                cell(0),
                cell(1)
            );
        }
        let _ = writeln!(page, "</table>\n<pre>{}</pre>", escape(&script.replay.join("\n")));
    }
    let others: Vec<&ScriptReport> =
        report.scripts.iter().filter(|script| script.detail.is_some() && script.verdict != "mismatch").collect();
    if !others.is_empty() || !report.bad_input.is_empty() {
        page.push_str("<h2>Not compared, or with a reservation</h2>\n<ul>\n");
        for script in others {
            let detail = script.detail.as_deref().unwrap_or_default();
            let _ = writeln!(page, "<li><b>{}</b>: {}</li>", escape(&script.script), escape(detail));
        }
        for bad in &report.bad_input {
            let _ = writeln!(page, "<li class=\"bad\"><b>{}</b>: {}</li>", escape(&bad.path), escape(&bad.problem));
        }
        page.push_str("</ul>\n");
    }
}

fn opcodes(page: &mut String, micro: &MicroReport) {
    let _ = writeln!(
        page,
        "<h2>Opcodes: nanoseconds each</h2>\n<p>Old over new. Cycles are nanoseconds at {:.2} GHz, measured by a chain of \
         instructions of one cycle each.</p>\n<p class=\"legend\"><span><i style=\"background:#d9822b\"></i>old VM</span>\
         <span><i style=\"background:#2b6cb0\"></i>core</span></p>",
        micro.gigahertz,
    );
    let bars = micro.opcodes.iter().map(|cost| {
        let bar = |class, ns: f64, cycles: f64| match ns < NOISE {
            true => (class, 0.0, "~0".to_owned()),
            false => (class, ns, format!("{} ns, {} cycles", number(ns), number(cycles))),
        };
        Bars {
            label: cost.opcode.to_owned(),
            bars: vec![bar("old", cost.old_ns, cost.old_cycles), bar("new", cost.new_ns, cost.new_cycles)],
            mark: None,
        }
    });
    chart(page, "Nanoseconds by opcode, old and new", "ns", &bars.collect::<Vec<_>>());
    page.push_str("<h2>Opcodes: ratio and target</h2>\n<p>The line is the target.</p>\n");
    let bars = micro.opcodes.iter().filter_map(|cost| {
        let ratio = cost.ratio?;
        Some(Bars {
            label: cost.opcode.to_owned(),
            bars: vec![("new", ratio, format!("{}x of {}x", number(ratio), cost.target))],
            mark: Some(cost.target),
        })
    });
    chart(page, "Ratio by opcode beside the target", "x", &bars.collect::<Vec<_>>());
    page.push_str("<table><tr><th>Operation</th><th class=\"n\">Old / new</th><th class=\"n\">Target</th></tr>\n");
    for cost in &micro.operations {
        let ratio = cost.ratio.map_or("-".to_owned(), |ratio| format!("{}x", number(ratio)));
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td class=\"n\">{ratio}</td><td class=\"n\">{}x</td></tr>",
            cost.operation, cost.target
        );
    }
    page.push_str("</table>\n");
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("<a href=\"x\">&'\u{1b}"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\u{fffd}");
    }

    #[test]
    fn an_axis_holds_its_values() {
        let axis = Axis::new([0.7, 230.0, -1.0, 0.0].into_iter());
        assert_eq!((axis.low, axis.high), (-1.0, 3.0));
        assert_eq!((axis.at(0.1), axis.at(1000.0), axis.at(-5.0)), (LABELS, WIDTH - VALUES, LABELS));
        let empty = Axis::new([f64::NAN].into_iter());
        assert!(empty.low < empty.high);
        let one = Axis::new([10.0].into_iter());
        assert!(one.low < one.high);
    }
}
