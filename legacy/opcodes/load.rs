//! Moves, constants and `not`.

use crate::bytecode::Instruction;
use crate::legacy::memory::{Memory, Outcome, Request};

pub(super) fn move_<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.register(word.b() as usize)?;
    memory.set_register(word.a() as usize, value)?;
    Ok(Request::Continue)
}

pub(super) fn load_k<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.constant(word.bx() as usize)?;
    memory.set_register(word.a() as usize, value)?;
    Ok(Request::Continue)
}

pub(super) fn load_bool<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.boolean(word.b() != 0);
    memory.set_register(word.a() as usize, value)?;
    Ok(if word.c() != 0 { Request::Skip } else { Request::Continue })
}

pub(super) fn load_nil<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    for register in word.a()..=word.b() {
        let nil = memory.nil();
        memory.set_register(register as usize, nil)?;
    }
    Ok(Request::Continue)
}

pub(super) fn not<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.register(word.b() as usize)?;
    let result = memory.boolean(!memory.view(&value).is_truthy());
    memory.set_register(word.a() as usize, result)?;
    Ok(Request::Continue)
}
