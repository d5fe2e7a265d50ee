//! Arithmetic and length (manual §2.5.1, §2.5.5).

use super::{binary_metamethod, rk, to_number, type_fault};
use crate::bytecode::Instruction;
use crate::legacy::memory::{Culprit, Memory, Outcome, Request, Then, View};

pub(super) fn add<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    binary(memory, word, "__add", |a, b| a + b)
}

pub(super) fn sub<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    binary(memory, word, "__sub", |a, b| a - b)
}

pub(super) fn mul<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    binary(memory, word, "__mul", |a, b| a * b)
}

pub(super) fn div<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    binary(memory, word, "__div", |a, b| a / b)
}

pub(super) fn modulo<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    binary(memory, word, "__mod", |a, b| a - (a / b).floor() * b)
}

pub(super) fn pow<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    // A square is exact to the last bit either way, and is what most programs ask for.
    binary(memory, word, "__pow", |a, b| if b == 2.0 { a * a } else { a.powf(b) })
}

pub(super) fn unm<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let value = memory.register(word.b() as usize)?;
    let operand = (value, Culprit::Register(word.b() as usize));
    // The metamethod gets the operand twice, as in PUC.
    operate(memory, word.a() as usize, operand.clone(), operand, "__unm", |a, _| -a)
}

pub(super) fn len<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let register = word.b() as usize;
    let value = memory.register(register)?;
    let length = match memory.view(&value) {
        View::Table => memory.raw_len(&value)?,
        View::String => memory.length(&value)?,
        _ => {
            let method = memory.metamethod(&value, "__len")?;
            if memory.view(&method) == View::Nil {
                return Err(type_fault(memory, "get length of", &value, Culprit::Register(register)));
            }
            // PUC treats it as a binary operator whose right operand is nil.
            let args = vec![value, memory.nil()];
            let then = Then::Store { register: word.a() as usize };
            return Ok(Request::Call { function: method, args, named: Culprit::Unnamed, then });
        }
    };
    let length = memory.number(length as f64);
    memory.set_register(word.a() as usize, length)?;
    Ok(Request::Continue)
}

fn binary<M: Memory>(
    memory: &mut M,
    word: Instruction,
    event: &'static str,
    apply: fn(f64, f64) -> f64,
) -> Outcome<M::Value> {
    let left = rk(memory, word.b())?;
    let right = rk(memory, word.c())?;
    operate(memory, word.a() as usize, left, right, event, apply)
}

/// `luaV_arith`: numbers, then strings that read as numbers, then a metamethod.
fn operate<M: Memory>(
    memory: &mut M,
    register: usize,
    (left, left_operand): (M::Value, Culprit),
    (right, right_operand): (M::Value, Culprit),
    event: &'static str,
    apply: fn(f64, f64) -> f64,
) -> Outcome<M::Value> {
    let left_number = to_number(memory, &left)?;
    if let Some(a) = left_number
        && let Some(b) = to_number(memory, &right)?
    {
        let result = memory.number(apply(a, b));
        memory.set_register(register, result)?;
        return Ok(Request::Continue);
    }
    let method = binary_metamethod(memory, &left, &right, event)?;
    if memory.view(&method) == View::Nil {
        let (culprit, operand) = match left_number {
            Some(_) => (right, right_operand),
            None => (left, left_operand),
        };
        return Err(type_fault(memory, "perform arithmetic on", &culprit, operand));
    }
    let then = Then::Store { register };
    Ok(Request::Call { function: method, args: vec![left, right], named: Culprit::Unnamed, then })
}
