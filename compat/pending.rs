//! What the old VM queued for later, as data.
//!
//! Callers can queue these in a transaction and get them back from its commit. Nothing in the core works this way, so
//! nothing executes them.

use super::error::LuaError;
use super::handle::{ClosureHandle, StringHandle, TableHandle};
use super::metamethod::MetamethodContext;
use super::value::{CFunction, Value};

/// An operation to be done after a commit.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the fields are what their names say, and nothing reads them")]
pub enum PendingOperation {
    /// Call a Lua function.
    FunctionCall { closure: ClosureHandle, args: Vec<Value>, context: ReturnContext },
    /// Call a host function.
    CFunctionCall { function: CFunction, args: Vec<Value>, context: ReturnContext },
    /// Take a host function's results.
    CFunctionReturn { values: Vec<Value>, context: ReturnContext },
    /// Call a metamethod.
    MetamethodCall { method: StringHandle, target: Value, args: Vec<Value>, context: ReturnContext },
    /// Index a table.
    TableIndex { table: TableHandle, key: Value, context: ReturnContext },
    /// Store in a table.
    TableNewIndex { table: TableHandle, key: Value, value: Value },
    /// Compute.
    ArithmeticOp { op: ArithmeticOperation, left: Value, right: Value, context: ReturnContext },
    /// Concatenate.
    Concatenation { values: Vec<Value>, current_index: usize, dest_register: u16, accumulated: Vec<String> },
    /// Copy a register.
    MoveAfterInstruction { from_register: usize, to_register: usize, execution_pc: usize },
    /// Go on concatenating with the result of a metamethod.
    ConcatAfterMetamethod {
        values: Vec<Value>,
        current_index: usize,
        dest_register: u16,
        accumulated: Vec<String>,
        result_register: usize,
    },
    /// Go on concatenating.
    ConcatContinuation { values: Vec<Value>, dest_register: u16 },
    /// Put a call's result where it belongs.
    PostCallRegisterFix { dest_register: u16, source_register: u16, next_pc: usize },
    /// Run a source text.
    EvalExecution { source: String, target_window: usize, result_register: usize, expected_results: usize },
}

/// The arithmetic operators.
#[derive(Debug, Clone, Copy)]
pub enum ArithmeticOperation {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// unary `-`
    Unm,
}

/// Where the results of an operation go.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the fields are what their names say, and nothing reads them")]
pub enum ReturnContext {
    /// To a register.
    Register { base: u16, offset: usize },
    /// To a table.
    TableField { table: TableHandle, key: Value },
    /// To the stack.
    Stack,
    /// To the host.
    FinalResult,
    /// To where a metamethod's go.
    Metamethod { context: MetamethodContext },
    /// To a loop.
    ForLoop { base: u16, a: usize, c: usize, pc: usize, sbx: i32 },
    /// To whoever ran a source text.
    EvalReturn { target_window: usize, result_register: usize, expected_results: usize },
}

/// What a machine is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExecutionState {
    /// It can run.
    Ready,
    /// It runs.
    Running,
    /// It has yielded.
    Yielded,
    /// It is done.
    Completed,
    /// It has failed.
    Error,
}

/// The outcome of one step.
#[derive(Debug, Clone)]
pub enum StepResult {
    /// There is more.
    Continue,
    /// It has returned.
    Return(Vec<Value>),
    /// It has yielded.
    Yield(Value),
    /// It has failed.
    Error(LuaError),
}
