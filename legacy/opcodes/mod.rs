//! The opcode handlers: one function per instruction of the classic bytecode, each written once for every [`Memory`].
//!
//! Invariants:
//!
//! - a handler reads everything it needs before it queues its first write, so that it works on one committed state;
//! - a handler calls nothing: what needs a call is a [`Request`], with what becomes of the results in its [`Then`];
//! - order of evaluation, coercions and the operand an error blames are those of PUC-Rio Lua 5.1.5.
//!
//! The code comes from the compiler or was accepted by the verifier: registers, constants and jumps are in bounds, and a
//! memory that finds otherwise says so with an error of its own.

mod arith;
mod call;
mod closure;
mod compare;
mod concat;
mod jump;
mod load;
mod loops;
mod table;

pub(crate) use compare::{Answer, less_than};
pub(crate) use concat::resume as resume_concat;
pub(crate) use table::{Found, find_index};

use super::error::LuaError;
use super::memory::{Culprit, Fault, Memory, Outcome, Request, View};
use crate::bytecode::{Instruction, OpCode};

/// Executes the instruction at `pc` of the function that runs.
pub(crate) fn execute<M: Memory>(memory: &mut M, pc: usize) -> Outcome<M::Value> {
    let word = word_at(memory, pc)?;
    let Some(op) = word.try_opcode() else {
        return Err(internal(format!("the word {:#010x} at pc {pc} has no known opcode", word.0)));
    };
    match op {
        OpCode::Move => load::move_(memory, word),
        OpCode::LoadK => load::load_k(memory, word),
        OpCode::LoadBool => load::load_bool(memory, word),
        OpCode::LoadNil => load::load_nil(memory, word),
        OpCode::Not => load::not(memory, word),
        OpCode::GetUpval => closure::get_upval(memory, word),
        OpCode::SetUpval => closure::set_upval(memory, word),
        OpCode::Closure => closure::closure(memory, word),
        OpCode::Close => closure::close(memory, word),
        OpCode::GetGlobal => table::get_global(memory, word),
        OpCode::SetGlobal => table::set_global(memory, word),
        OpCode::GetTable => table::get_table(memory, word),
        OpCode::SetTable => table::set_table(memory, word),
        OpCode::NewTable => table::new_table(memory, word),
        OpCode::Self_ => table::self_(memory, word),
        OpCode::SetList => table::set_list(memory, word, pc),
        OpCode::Add => arith::add(memory, word),
        OpCode::Sub => arith::sub(memory, word),
        OpCode::Mul => arith::mul(memory, word),
        OpCode::Div => arith::div(memory, word),
        OpCode::Mod => arith::modulo(memory, word),
        OpCode::Pow => arith::pow(memory, word),
        OpCode::Unm => arith::unm(memory, word),
        OpCode::Len => arith::len(memory, word),
        OpCode::Concat => concat::concat(memory, word),
        OpCode::Jmp => Ok(jump::jmp(pc, word)),
        OpCode::Eq => compare::eq(memory, word),
        OpCode::Lt => compare::lt(memory, word),
        OpCode::Le => compare::le(memory, word),
        OpCode::Test => jump::test(memory, word),
        OpCode::TestSet => jump::test_set(memory, word),
        OpCode::Call => call::call(memory, word),
        OpCode::TailCall => call::tail_call(memory, word),
        OpCode::Return => call::return_(memory, word),
        OpCode::VarArg => call::vararg(memory, word),
        OpCode::ForPrep => loops::for_prep(memory, word, pc),
        OpCode::ForLoop => loops::for_loop(memory, word, pc),
        OpCode::TForLoop => loops::t_for_loop(memory, word),
        // An operand of the instruction before it, which skips it.
        OpCode::ExtraArg => Ok(Request::Continue),
    }
}

fn word_at<M: Memory>(memory: &M, pc: usize) -> Result<Instruction, Fault> {
    let code = &memory.proto().code;
    code.get(pc)
        .copied()
        .ok_or_else(|| internal(format!("pc {pc} is out of range: the function has {} words", code.len())))
}

fn internal(message: String) -> Fault {
    Fault::Memory(LuaError::InternalError(message))
}

/// The value of an RK operand, and where it lies.
fn rk<M: Memory>(memory: &mut M, operand: u32) -> Result<(M::Value, Culprit), Fault> {
    match Instruction::constant_of(operand) {
        Some(index) => Ok((memory.constant(index as usize)?, Culprit::Unnamed)),
        None => Ok((memory.register(operand as usize)?, Culprit::Register(operand as usize))),
    }
}

/// "attempt to `verb`" a value.
fn type_fault<M: Memory>(memory: &M, verb: &'static str, value: &M::Value, operand: Culprit) -> Fault {
    Fault::Type { verb, kind: memory.view(value).type_name(), operand }
}

/// A value as a number: what is one, or a string that reads as one.
fn to_number<M: Memory>(memory: &mut M, value: &M::Value) -> Result<Option<f64>, Fault> {
    match memory.view(value) {
        View::Number(n) => Ok(Some(n)),
        View::String => Ok(crate::kernel::number::parse_number(&memory.bytes(value)?)),
        _ => Ok(None),
    }
}

/// The metamethod of the left operand or, if it has none, of the right one (`call_binTM`); nil if neither has one.
fn binary_metamethod<M: Memory>(
    memory: &mut M,
    left: &M::Value,
    right: &M::Value,
    event: &'static str,
) -> Result<M::Value, Fault> {
    let method = memory.metamethod(left, event)?;
    match memory.view(&method) {
        View::Nil => memory.metamethod(right, event),
        _ => Ok(method),
    }
}

/// Where execution goes on that is at `pc`, after a jump by `offset`.
fn target(pc: usize, offset: i32) -> usize {
    (pc + 1).saturating_add_signed(offset as isize)
}
