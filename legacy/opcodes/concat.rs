//! Concatenation (manual §2.5.4), from the right as in `luaV_concat`: runs of strings and numbers are joined in one go, and a
//! metamethod gets the last two operands that are left.
//!
//! A metamethod's result takes part as the last operand, so concatenation is in one of two states: before its first
//! metamethod, or resumed with a result in the place of the operands that are done. No register but the target is written.

use super::{binary_metamethod, type_fault};
use crate::bytecode::Instruction;
use crate::kernel::number::write_number;
use crate::legacy::memory::{Culprit, Fault, Memory, Outcome, Request, Then, View};

pub(super) fn concat<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let (first, last) = (word.b() as usize, word.c() as usize);
    let value = memory.register(last)?;
    resume(memory, word.a() as usize, first, last, value)
}

/// Goes on with `R(first) .. … .. R(last)`, where `value` stands for `R(last)` (see [`Then::Concat`]).
pub(crate) fn resume<M: Memory>(
    memory: &mut M,
    target: usize,
    first: usize,
    last: usize,
    value: M::Value,
) -> Outcome<M::Value> {
    let mut value = value;
    let mut last = last;
    while last > first {
        let left = memory.register(last - 1)?;
        if !is_text(memory, &left) || !is_text(memory, &value) {
            return call_metamethod(memory, target, first, last, left, value);
        }
        let mut parts = vec![text(memory, &value)?];
        while last > first {
            let operand = memory.register(last - 1)?;
            if !is_text(memory, &operand) {
                break;
            }
            parts.push(text(memory, &operand)?);
            last -= 1;
        }
        parts.reverse();
        value = memory.string(&parts.concat())?;
    }
    memory.set_register(target, value)?;
    Ok(Request::Continue)
}

fn call_metamethod<M: Memory>(
    memory: &mut M,
    target: usize,
    first: usize,
    last: usize,
    left: M::Value,
    right: M::Value,
) -> Outcome<M::Value> {
    let method = binary_metamethod(memory, &left, &right, "__concat")?;
    if memory.view(&method) == View::Nil {
        let (culprit, register) = if is_text(memory, &left) { (right, last) } else { (left, last - 1) };
        return Err(type_fault(memory, "concatenate", &culprit, Culprit::Register(register)));
    }
    let then = Then::Concat { target, first, last: last - 1 };
    Ok(Request::Call { function: method, args: vec![left, right], named: Culprit::Unnamed, then })
}

fn is_text<M: Memory>(memory: &M, value: &M::Value) -> bool {
    matches!(memory.view(value), View::String | View::Number(_))
}

/// The bytes of a string, or of a number as a string.
fn text<M: Memory>(memory: &mut M, value: &M::Value) -> Result<Vec<u8>, Fault> {
    match memory.view(value) {
        View::Number(n) => {
            let mut text = Vec::new();
            write_number(&mut text, n);
            Ok(text)
        }
        _ => memory.bytes(value),
    }
}
