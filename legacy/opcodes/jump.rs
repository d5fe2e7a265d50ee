//! Jumps and tests. A test executes or skips the jump behind it.

use super::target;
use crate::bytecode::Instruction;
use crate::legacy::memory::{Memory, Outcome, Request};

pub(super) fn jmp<V>(pc: usize, word: Instruction) -> Request<V> {
    Request::Jump(target(pc, word.sbx()))
}

pub(super) fn test<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.register(word.a() as usize)?;
    let truthy = memory.view(&value).is_truthy();
    Ok(if truthy == (word.c() != 0) { Request::Continue } else { Request::Skip })
}

pub(super) fn test_set<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.register(word.b() as usize)?;
    if memory.view(&value).is_truthy() != (word.c() != 0) {
        return Ok(Request::Skip);
    }
    memory.set_register(word.a() as usize, value)?;
    Ok(Request::Continue)
}
