//! Calls, returns and variable arguments. A count of zero in an operand means an open list, which ends at the top.

use crate::bytecode::Instruction;
use crate::legacy::memory::{Culprit, Fault, Memory, Outcome, Request, Then};

pub(super) fn call<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let register = word.a() as usize;
    let function = memory.register(register)?;
    let args = list(memory, register + 1, word.b())?;
    let then = Then::Results { first: register, wanted: (word.c() as usize).checked_sub(1) };
    Ok(Request::Call { function, args, named: Culprit::Register(register), then })
}

pub(super) fn tail_call<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let register = word.a() as usize;
    let function = memory.register(register)?;
    let args = list(memory, register + 1, word.b())?;
    Ok(Request::TailCall { function, args, named: Culprit::Register(register) })
}

pub(super) fn return_<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    Ok(Request::Return(list(memory, word.a() as usize, word.b())?))
}

pub(super) fn vararg<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let first = word.a() as usize;
    let mut values = memory.varargs()?;
    match word.b() as usize {
        0 => memory.set_top(first + values.len()),
        count => {
            let nil = memory.nil();
            values.resize(count - 1, nil);
        }
    }
    for (index, value) in values.into_iter().enumerate() {
        memory.set_register(first + index, value)?;
    }
    Ok(Request::Continue)
}

/// The values from a register on: `count - 1` of them, or all up to the top.
fn list<M: Memory>(memory: &mut M, first: usize, count: u32) -> Result<Vec<M::Value>, Fault> {
    let end = match count as usize {
        0 => memory.top(),
        count => first + count - 1,
    };
    (first..end).map(|index| memory.register(index)).collect()
}
