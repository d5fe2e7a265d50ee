//! Closures and their upvalues.

use crate::bytecode::Instruction;
use crate::legacy::memory::{Memory, Outcome, Request};

pub(super) fn get_upval<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.upvalue(word.b() as usize)?;
    memory.set_register(word.a() as usize, value)?;
    Ok(Request::Continue)
}

pub(super) fn set_upval<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.register(word.a() as usize)?;
    memory.set_upvalue(word.b() as usize, value)?;
    Ok(Request::Continue)
}

pub(super) fn closure<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let closure = memory.closure(word.bx() as usize)?;
    memory.set_register(word.a() as usize, closure)?;
    Ok(Request::Continue)
}

pub(super) fn close<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    memory.close_upvalues(word.a() as usize)?;
    Ok(Request::Continue)
}
