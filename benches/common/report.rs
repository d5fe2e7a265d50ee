//! The report of a bench target: one value per program and engine, as a table and as JSON.
//!
//! Values are costs (seconds, bytes), so a ratio of Ferrous to another engine below 1 is good.

use std::fs;
use std::path::Path;

use comfy_table::{Cell, CellAlignment, Color, Row as TableRow, Table, presets};
use serde_json::{Map, Value, json};

use super::Result;

/// The engine against which Ferrous is marked as better or worse.
pub(crate) const YARDSTICK: &str = "lua5.1";

pub(crate) struct Report {
    pub(crate) unit: &'static str,
    /// The names of the engines, Ferrous first.
    pub(crate) engines: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// What one program cost on each engine, and what went wrong.
pub(crate) struct Row {
    pub(crate) program: String,
    pub(crate) values: Vec<Option<f64>>,
    pub(crate) faults: Vec<String>,
}

impl Row {
    /// The cost on Ferrous over the cost on another engine, unless the program is at fault.
    fn ratio(&self, engine: usize) -> Option<f64> {
        if self.faults.is_empty() { Some(self.values[0]? / self.values[engine]?) } else { None }
    }
}

impl Report {
    /// Prints the table, the faults and a summary; true when there are no faults.
    pub(crate) fn print(&self) -> bool {
        println!("{}", self.table());
        for row in &self.rows {
            for fault in &row.faults {
                println!("FAULT {}: {fault}", row.program);
            }
        }
        println!("{}", self.summary());
        self.rows.iter().all(|row| row.faults.is_empty())
    }

    /// Writes the report as JSON, with `settings` telling how it was made.
    pub(crate) fn write_json(&self, path: &Path, settings: &Value) -> Result<()> {
        let document = json!({
            "unit": self.unit,
            "settings": settings,
            "engines": self.engines,
            "programs": self.rows.iter().map(|row| self.row_json(row)).collect::<Vec<_>>(),
            "geometric_means": self.per_rival(|engine| self.mean(engine)),
        });
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(&document)? + "\n";
        fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
    }

    fn row_json(&self, row: &Row) -> Value {
        let values = self.engines.iter().zip(&row.values);
        let values: Map<_, _> = values.map(|(name, v)| (name.clone(), json!(v))).collect();
        json!({
            "program": row.program,
            "values": values,
            "ratios": self.per_rival(|engine| row.ratio(engine)),
            "faults": row.faults,
        })
    }

    /// An object with what `measure` says of every engine but Ferrous.
    fn per_rival(&self, measure: impl Fn(usize) -> Option<f64>) -> Map<String, Value> {
        let rivals = self.engines.iter().enumerate().skip(1);
        rivals.map(|(index, name)| (name.clone(), json!(measure(index)))).collect()
    }

    /// The geometric mean of the ratios against one engine.
    fn mean(&self, engine: usize) -> Option<f64> {
        let ratios = self.rows.iter().filter_map(|row| row.ratio(engine));
        let logarithms: Vec<f64> = ratios.map(f64::ln).collect();
        let sum: f64 = logarithms.iter().sum();
        (!logarithms.is_empty()).then(|| (sum / logarithms.len() as f64).exp())
    }

    /// The index of the yardstick, or of the first rival when the yardstick is missing.
    fn yardstick(&self) -> usize {
        let found = self.engines.iter().position(|name| name == YARDSTICK);
        found.unwrap_or(1)
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        let costs = self.engines.iter().map(|name| format!("{name}\n{}", self.unit));
        let ratios = self.engines[1..].iter().map(|name| format!("ferrous /\n{name}"));
        let titles = ["program".to_owned()].into_iter().chain(costs).chain(ratios);
        table.set_header(titles.chain([String::new()]));
        for row in &self.rows {
            table.add_row(self.row_cells(row));
        }
        table.add_row(self.mean_cells());
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn row_cells(&self, row: &Row) -> TableRow {
        let mut cells = TableRow::new();
        cells.add_cell(Cell::new(&row.program));
        for value in &row.values {
            cells.add_cell(number(*value));
        }
        for engine in 1..self.engines.len() {
            cells.add_cell(number(row.ratio(engine)));
        }
        cells.add_cell(self.mark(row));
        cells
    }

    fn mean_cells(&self) -> TableRow {
        let mut cells = TableRow::new();
        cells.add_cell(Cell::new("geometric mean"));
        for _ in &self.engines {
            cells.add_cell(Cell::new(""));
        }
        for engine in 1..self.engines.len() {
            cells.add_cell(number(self.mean(engine)));
        }
        cells
    }

    fn mark(&self, row: &Row) -> Cell {
        match row.ratio(self.yardstick()) {
            _ if !row.faults.is_empty() => Cell::new("FAULT").fg(Color::Red),
            Some(ratio) if ratio > 1.0 => Cell::new("worse").fg(Color::Yellow),
            _ => Cell::new(""),
        }
    }

    fn summary(&self) -> String {
        let yardstick = self.yardstick();
        let ratios = self.rows.iter().filter_map(|row| row.ratio(yardstick));
        let ratios: Vec<f64> = ratios.collect();
        let worse = ratios.iter().filter(|ratio| **ratio > 1.0).count();
        let excluded = self.rows.len() - ratios.len();
        let name = &self.engines[yardstick];
        let compared = ratios.len();
        format!("worse than {name} in {worse} of {compared} compared, {excluded} excluded")
    }
}

fn number(value: Option<f64>) -> Cell {
    match value {
        Some(value) => Cell::new(format!("{value:.3}")),
        None => Cell::new("-"),
    }
}
