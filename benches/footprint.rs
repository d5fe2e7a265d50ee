//! Measures what Ferrous's objects, stacks and collections cost in memory and in pauses.
//!
//! ```text
//! cargo bench --bench footprint
//! cargo bench --bench footprint -- --json
//! ```

#![forbid(unsafe_code)]

use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use comfy_table::{CellAlignment, Table, presets};
use ferrous::LuaVM;
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Measure what Ferrous's objects, stacks and collections cost
#[derive(Parser)]
struct Options {
    /// Write the figures as JSON instead of a table
    #[arg(long)]
    json: bool,

    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.bench && !options.json {
        // `cargo test --benches` only wants to know that it runs.
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(figures) => {
            print(&figures, options.json);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    // First, while the process is small.
    resident(&mut figures)?;
    objects(&mut figures)?;
    stacks(&mut figures)?;
    pauses(&mut figures)?;
    Ok(figures)
}

fn print(figures: &[Figure], json: bool) {
    if json {
        let figures: Vec<Value> = figures
            .iter()
            .map(|figure| json!({ "name": figure.name, "value": figure.value, "unit": figure.unit }))
            .collect();
        println!("{}", json!({ "figures": figures }));
        return;
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["figure", "value", "unit"]);
    for figure in figures {
        table.add_row([&figure.name, &format!("{:.3}", figure.value), figure.unit]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
}

/// A machine whose collector stands still.
fn still_machine() -> Result<LuaVM> {
    let mut vm = LuaVM::with_stdlib()?;
    vm.collect_garbage()?;
    vm.eval("collectgarbage('stop')")?;
    Ok(vm)
}

/// Bytes of one object of several types, without what the table that holds them takes.
fn objects(figures: &mut Vec<Figure>) -> Result {
    const COUNT: usize = 100_000;
    let objects = [
        ("closure, two upvalues it shares", "local a, b = 1, 2", "function() return a, b end"),
        (
            "closure, two upvalues of its own",
            "local make = function(a, b) return function() return a, b end end",
            "make(1, 2)",
        ),
        ("closure, no upvalues", "", "function() end"),
        ("table, empty", "", "{}"),
        ("table, three fields", "", "{x = 1, y = 2, z = 3}"),
        ("table, three elements", "", "{1, 2, 3}"),
        ("string, seven bytes", "local format = string.format", "format('%07d', i)"),
        ("coroutine, not started", "local f, create = function() end, coroutine.create", "create(f)"),
    ];
    for (name, setup, expression) in objects {
        let mut vm = still_machine()?;
        let fill = |value: &str| format!("{setup} local t = ... for i = 1, {COUNT} do t[i] = {value} end");
        let table = vm.create_table(COUNT, 0)?;
        let root = vm.root(table)?;
        let program = vm.load(fill(expression), "=fill")?;
        let before = vm.memory_used();
        vm.call(program, &[root.get(&vm)])?;
        let bytes = vm.memory_used().saturating_sub(before) as f64 / COUNT as f64;
        figures.push(Figure { name: name.to_owned(), value: bytes, unit: "bytes" });
    }
    Ok(())
}

/// Bytes allocated for the stack over bytes in use, at the bottom of recursions.
fn stacks(figures: &mut Vec<Figure>) -> Result {
    for depth in [10, 100, 1000, 10_000, 100_000] {
        let mut vm = LuaVM::with_stdlib()?;
        let usage = Arc::new(Mutex::new((0, 0)));
        let seen = Arc::clone(&usage);
        vm.register("bottom", move |call| {
            *seen.lock().map_err(|error| ferrous::CallError::new(error.to_string()))? = call.stack_usage();
            Ok(0)
        })?;
        vm.eval(format!(
            "local function f(n) if n == 0 then bottom() return 0 end return 1 + f(n - 1) end f({depth})"
        ))?;
        let (used, allocated) = *usage.lock().map_err(|error| error.to_string())?;
        let name = format!("stack allocated / used at depth {depth} ({used} bytes used)");
        figures.push(Figure { name, value: allocated as f64 / used as f64, unit: "" });
    }
    Ok(())
}

/// A million live objects.
const MILLION: &str = "live = {} for i = 1, 1000000 do live[i] = {i} end";

/// The longest step of the collector over a few cycles, while a program allocates and changes a large heap.
fn pauses(figures: &mut Vec<Figure>) -> Result {
    let mut vm = still_machine()?;
    vm.eval(MILLION)?;
    let churn = vm.load("local n = ... for i = n, n + 50 do live[i % 1000000 + 1] = {i, {}} end", "=churn")?;
    let root = vm.root(churn)?;
    let (mut longest, mut total, mut steps, mut cycles) = (Duration::ZERO, Duration::ZERO, 0u32, 0);
    while cycles < 3 {
        vm.call(root.get(&vm), &[(steps.wrapping_mul(7919)).into()])?;
        let start = Instant::now();
        // What a program that allocates 16 KiB pays.
        let ended = vm.collect_garbage_step(16)?;
        let took = start.elapsed();
        (longest, total, steps) = (longest.max(took), total + took, steps + 1);
        cycles += u32::from(ended);
    }
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
    let mean = milliseconds(total) / f64::from(steps);
    figures.push(Figure { name: "collector, longest step".to_owned(), value: milliseconds(longest), unit: "ms" });
    figures.push(Figure { name: format!("collector, mean of {steps} steps"), value: mean, unit: "ms" });
    let start = Instant::now();
    vm.collect_garbage()?;
    let name = "collector, whole cycle at once".to_owned();
    figures.push(Figure { name, value: milliseconds(start.elapsed()), unit: "ms" });
    Ok(())
}

/// Resident memory around a heap of a million objects that is dropped: by the program, then with its machine.
fn resident(figures: &mut Vec<Figure>) -> Result {
    let mut vm = LuaVM::with_stdlib()?;
    let mut note = |name: &str| -> Result {
        figures.push(Figure { name: format!("resident, {name}"), value: resident_mebibytes()?, unit: "MiB" });
        Ok(())
    };
    note("before")?;
    vm.eval(MILLION)?;
    note("with a million objects")?;
    vm.eval("live = nil")?;
    vm.collect_garbage()?;
    note("after they are collected")?;
    vm.collect_garbage()?;
    note("after a second collection")?;
    vm.eval(MILLION)?;
    drop(vm);
    note("after a machine with as many is dropped")?;
    Ok(())
}

fn resident_mebibytes() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS in /proc/self/status")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes / 1024.0)
}
