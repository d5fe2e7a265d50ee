//! Loops (manual §2.4.5). The registers of a numeric loop are index, limit, step and the variable; those of a generic one
//! iterator, state, control and the variables.

use super::{target, to_number};
use crate::bytecode::Instruction;
use crate::legacy::memory::{Culprit, Fault, Memory, Outcome, Request, Then, View};

pub(super) fn for_prep<M: Memory>(memory: &mut M, word: Instruction, pc: usize) -> Outcome<M::Value> {
    let base = word.a() as usize;
    let (initial, _) = control(memory, base, "'for' initial value must be a number")?;
    let (limit, limit_converted) = control(memory, base + 1, "'for' limit must be a number")?;
    let (step, step_converted) = control(memory, base + 2, "'for' step must be a number")?;
    let index = memory.number(initial - step);
    memory.set_register(base, index)?;
    if limit_converted {
        let limit = memory.number(limit);
        memory.set_register(base + 1, limit)?;
    }
    if step_converted {
        let step = memory.number(step);
        memory.set_register(base + 2, step)?;
    }
    Ok(Request::Jump(target(pc, word.sbx())))
}

pub(super) fn for_loop<M: Memory>(memory: &mut M, word: Instruction, pc: usize) -> Outcome<M::Value> {
    let base = word.a() as usize;
    let (index, _) = control(memory, base, "'for' initial value must be a number")?;
    let (limit, _) = control(memory, base + 1, "'for' limit must be a number")?;
    let (step, _) = control(memory, base + 2, "'for' step must be a number")?;
    let index = index + step;
    let goes_on = if 0.0 < step { index <= limit } else { limit <= index };
    if !goes_on {
        return Ok(Request::Continue);
    }
    let index = memory.number(index);
    memory.set_register(base, index.clone())?;
    memory.set_register(base + 3, index)?;
    Ok(Request::Jump(target(pc, word.sbx())))
}

pub(super) fn t_for_loop<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let base = word.a() as usize;
    let function = memory.register(base)?;
    let args = vec![memory.register(base + 1)?, memory.register(base + 2)?];
    let then = Then::Iterate { base, count: word.c() as usize };
    // PUC calls a copy of the iterator, whose register is that of the first variable.
    Ok(Request::Call { function, args, named: Culprit::Register(base + 3), then })
}

/// A control value of a numeric loop, and whether it was a string.
fn control<M: Memory>(memory: &mut M, register: usize, message: &'static str) -> Result<(f64, bool), Fault> {
    let value = memory.register(register)?;
    let converted = memory.view(&value) == View::String;
    let number = to_number(memory, &value)?.ok_or(Fault::Message(message))?;
    Ok((number, converted))
}
