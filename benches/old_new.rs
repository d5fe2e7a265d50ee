//! Times the operations that the specification gives targets for, on the old VM and on the core, in one run.
//!
//! Every operation is a loop over statements that do it, less the same loop without them, so that loops, operands and clocks
//! cancel out. Each round times both loops on a new machine of each kind, in an order that alternates from round to round, so that a
//! slow spell of the machine does not fall on one side; the cost is the median over the rounds. Times are the processor's, of this
//! process alone. The old VM frees nothing, so no machine lives longer than a round; what the core's collector takes is part of
//! its figures.
//!
//! Cycles are nanoseconds times the processor's frequency, which is measured by a chain of instructions that each need the
//! result of the one before and take a cycle: the figure is that of the moment, and is shown.
//!
//! ```text
//! cargo bench --bench old_new
//! cargo bench --bench old_new -- --rounds 21
//! cargo bench --bench old_new -- --json
//! ```

#![forbid(unsafe_code)]

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use comfy_table::{CellAlignment, Table, presets};
use ferrous::{LuaVM, Root, legacy};
use indicatif::ProgressBar;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Time the specification's operations on the old VM and on the core
#[derive(Parser)]
struct Options {
    /// How often each operation is timed on each side
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Write the figures as JSON instead of a table
    #[arg(long)]
    json: bool,

    /// Passed by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// An operation, and how it is timed.
struct Operation {
    name: &'static str,
    /// How many times faster than on the old VM it is to be on the core.
    target: f64,
    /// What exactly the figure is.
    timed: &'static str,
    /// The statements that do it.
    with: &'static str,
    /// The statements that do not.
    without: &'static str,
    /// How often one copy of the statements does it.
    times: u32,
}

const fn operation(
    [name, timed]: [&'static str; 2],
    target: f64,
    [with, without]: [&'static str; 2],
    times: u32,
) -> Operation {
    Operation { name, target, timed, with, without, times }
}

const OPERATIONS: &[Operation] = &[
    operation(["register access", "MOVE"], 40.0, ["a = b", ""], 1),
    operation(["table access", "GETTABLE, a name"], 50.0, ["a = t.x", ""], 1),
    operation(["table access", "SETTABLE, a name that is there"], 50.0, ["t.x = b", ""], 1),
    operation(["table access", "GETTABLE, an index"], 50.0, ["a = t[c]", ""], 1),
    operation(["table access", "SETTABLE, an index that is there"], 50.0, ["t[c] = b", ""], 1),
    operation(["closure creation", "CLOSURE, one upvalue, open before"], 10.0, ["a = function() return b end", ""], 1),
    operation(["upvalue access", "GETUPVAL"], 50.0, ["a = up", ""], 1),
    operation(["upvalue access", "SETUPVAL"], 50.0, ["up = b", ""], 1),
    operation(["function call", "CALL and RETURN, no arguments"], 16.0, ["f()", "a = f"], 1),
    // A loop's turn is the one instruction that the loop around the copies cannot cancel out, as it has it itself.
    operation(["dispatch", "FORLOOP, an empty turn"], 20.0, ["for i = 1, 101 do end", "for i = 1, 1 do end"], 100),
    operation(
        ["dispatch", "mean of LOADBOOL, NOT, TEST, ADD"],
        20.0,
        ["a = true a = not b if b then end a = b + c", ""],
        4,
    ),
];

/// Copies of the statements in the loop, which make the loop's own share small.
const COPIES: usize = 20;

/// How many nanoseconds the loop with the operation takes at least.
const SHORTEST: f64 = 10e6;

/// Nanoseconds that are no more than what times differ in without a reason.
const NOISE: f64 = 0.05;

impl Operation {
    /// A chunk that returns the function with the operation and the one without.
    fn program(&self) -> String {
        let function = |statements: &str| {
            let statements = format!("{statements}\n").repeat(COPIES);
            format!("function(n)\n{LOCALS}\nfor turn = 1, n do\n{statements}end\nend")
        };
        format!("{OUTER}\nreturn {},\n{}", function(self.with), function(self.without))
    }
}

/// What the statements find as upvalues.
const OUTER: &str = "local up = 1 local function noop() end";
/// What they find in registers.
const LOCALS: &str =
    "local a, b, c = 1, 3, 2 local t, f = {10, 20, 30, x = 1}, noop local function keep() return b end";

/// One of the two functions of an operation's program.
#[derive(Clone, Copy)]
enum Side {
    With,
    Without,
}

/// A machine that has loaded an operation's program.
trait Machine: Sized {
    fn load(program: &str) -> Result<Self>;
    fn run(&mut self, side: Side, turns: u32) -> Result;

    /// The nanoseconds that some turns of a loop take.
    fn time(&mut self, side: Side, turns: u32) -> Result<f64> {
        let start = processor_nanoseconds()?;
        self.run(side, turns)?;
        Ok(processor_nanoseconds()? - start)
    }
}

struct Old {
    vm: legacy::LuaVM,
    functions: [legacy::Value; 2],
}

impl Machine for Old {
    fn load(program: &str) -> Result<Self> {
        let mut vm = legacy::LuaVM::new()?;
        let results = vm.eval(program.as_bytes(), b"=operation").map_err(|failure| vm.to_error(failure))?;
        let functions = results.try_into().map_err(|_| "the program returns two functions")?;
        Ok(Old { vm, functions })
    }

    fn run(&mut self, side: Side, turns: u32) -> Result {
        let args = vec![legacy::Value::Number(turns.into())];
        let result = self.vm.call(self.functions[side as usize], args);
        result.map_err(|failure| self.vm.to_error(failure))?;
        Ok(())
    }
}

struct New {
    vm: LuaVM,
    functions: [Root; 2],
}

impl Machine for New {
    fn load(program: &str) -> Result<Self> {
        let mut vm = LuaVM::new()?;
        let results = vm.eval(program)?;
        let &[with, without] = results.as_slice() else { return Err("the program returns two functions".into()) };
        let functions = [vm.root(with)?, vm.root(without)?];
        Ok(New { vm, functions })
    }

    fn run(&mut self, side: Side, turns: u32) -> Result {
        let function = self.functions[side as usize].get(&self.vm);
        self.vm.call(function, &[turns.into()])?;
        Ok(())
    }
}

/// The times that one kind of machine has taken for an operation.
struct Samples {
    turns: u32,
    nanoseconds: Vec<f64>,
}

impl Samples {
    /// Finds out how many turns take long enough to be timed.
    fn new<M: Machine>(program: &str) -> Result<Samples> {
        let mut turns = 64;
        while M::load(program)?.time(Side::With, turns)? < SHORTEST {
            turns *= 2;
        }
        Ok(Samples { turns, nanoseconds: Vec::new() })
    }

    fn measure<M: Machine>(&mut self, operation: &Operation, program: &str, round: u32) -> Result {
        let mut machine = M::load(program)?;
        // The second order of the engines meets both orders of the loops.
        let (with, without) = if round & 2 == 0 {
            let with = machine.time(Side::With, self.turns)?;
            (with, machine.time(Side::Without, self.turns)?)
        } else {
            let without = machine.time(Side::Without, self.turns)?;
            (machine.time(Side::With, self.turns)?, without)
        };
        let executions = f64::from(self.turns) * COPIES as f64 * f64::from(operation.times);
        self.nanoseconds.push((with - without) / executions);
        Ok(())
    }

    fn median(&self) -> f64 {
        let mut sorted = self.nanoseconds.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
    }
}

/// What an operation costs.
struct Cost {
    operation: &'static Operation,
    old: f64,
    new: f64,
}

impl Cost {
    /// `None` if a cost is lost in the noise.
    fn ratio(&self) -> Option<f64> {
        (self.old >= NOISE && self.new >= NOISE).then(|| self.old / self.new)
    }

    fn verdict(&self) -> &'static str {
        match self.ratio() {
            Some(ratio) if ratio >= self.operation.target => "met",
            Some(_) => "not met",
            None => "not measured",
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.bench && !options.json {
        // `cargo test --benches` only wants to know that it runs.
        return ExitCode::SUCCESS;
    }
    let gigahertz = gigahertz();
    match measure(options.rounds) {
        Ok(costs) if options.json => println!("{}", as_json(&costs, gigahertz, options.rounds)),
        Ok(costs) => print_table(&costs, gigahertz, options.rounds),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure(rounds: u32) -> Result<Vec<Cost>> {
    let bar = ProgressBar::new(OPERATIONS.len() as u64 * u64::from(rounds));
    let costs = OPERATIONS.iter().map(|operation| {
        let program = operation.program();
        let mut old = Samples::new::<Old>(&program)?;
        let mut new = Samples::new::<New>(&program)?;
        for round in 0..rounds {
            if round & 1 == 0 {
                old.measure::<Old>(operation, &program, round)?;
                new.measure::<New>(operation, &program, round)?;
            } else {
                new.measure::<New>(operation, &program, round)?;
                old.measure::<Old>(operation, &program, round)?;
            }
            bar.inc(1);
        }
        Ok(Cost { operation, old: old.median(), new: new.median() })
    });
    let costs = costs.collect();
    bar.finish_and_clear();
    costs
}

/// The time that this process has spent on the processor. User and system time are exact only together.
fn processor_nanoseconds() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time() + usage.system_time()).num_nanoseconds() as f64)
}

/// Cycles in a nanosecond, by a chain of shifts and exclusive ors: six instructions a step, each of which waits for the one before.
fn gigahertz() -> f64 {
    const STEPS: u32 = 400_000;
    const CYCLES_A_STEP: f64 = 6.0;
    let attempts = (0..7).map(|_| {
        let mut x = black_box(0x9e37_79b9_7f4a_7c15_u64);
        let start = Instant::now();
        for _ in 0..STEPS {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        black_box(x);
        start.elapsed().as_nanos() as f64
    });
    f64::from(STEPS) * CYCLES_A_STEP / attempts.fold(f64::INFINITY, f64::min).max(1.0)
}

fn print_table(costs: &[Cost], gigahertz: f64, rounds: u32) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["operation", "timed", "old ns", "new ns", "old cycles", "new cycles", "old / new", "target", ""]);
    for cost in costs {
        let mut row = vec![cost.operation.name.to_owned(), cost.operation.timed.to_owned()];
        let figures = [cost.old, cost.new, cost.old * gigahertz, cost.new * gigahertz];
        row.extend(figures.map(|figure| format!("{figure:.2}")));
        row.push(cost.ratio().map_or("-".to_owned(), |ratio| format!("{ratio:.1}x")));
        row.extend([format!("{}x", cost.operation.target), cost.verdict().to_owned()]);
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(2).take(6) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!(
        "medians of {rounds} rounds; cycles at {gigahertz:.2} GHz, measured by a chain of instructions of one cycle each"
    );
}

fn as_json(costs: &[Cost], gigahertz: f64, rounds: u32) -> Value {
    let operations: Vec<Value> = costs
        .iter()
        .map(|cost| {
            json!({
                "operation": cost.operation.name,
                "timed": cost.operation.timed,
                "old_ns": cost.old,
                "new_ns": cost.new,
                "old_cycles": cost.old * gigahertz,
                "new_cycles": cost.new * gigahertz,
                "ratio": cost.ratio(),
                "target": cost.operation.target,
                "verdict": cost.verdict(),
            })
        })
        .collect();
    json!({ "gigahertz": gigahertz, "rounds": rounds, "operations": operations })
}
