//! Comparison (manual §2.5.2): of what has no order of its own by the metamethod that both operands have in common.

use std::cmp::Ordering;

use super::rk;
use crate::bytecode::Instruction;
use crate::legacy::memory::{Culprit, Fault, Memory, Outcome, Request, Then, View};

/// The answer of a comparison.
pub(crate) enum Answer<V> {
    Is(bool),
    /// Whether a metamethod's result is true or, `negated`, false.
    Ask {
        method: V,
        args: Vec<V>,
        negated: bool,
    },
}

pub(super) fn eq<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let (left, right) = operands(memory, word)?;
    let answer = equal(memory, left, right)?;
    Ok(decide(answer, word))
}

pub(super) fn lt<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let (left, right) = operands(memory, word)?;
    let answer = less_than(memory, left, right)?;
    Ok(decide(answer, word))
}

pub(super) fn le<M: Memory>(memory: &mut M, word: Instruction) -> Outcome<M::Value> {
    let (left, right) = operands(memory, word)?;
    let answer = match ordered(memory, &left, &right, |a, b| a <= b, Ordering::is_le)? {
        Some(answer) => Answer::Is(answer),
        None => match common_metamethod(memory, &left, &right, "__le")? {
            Some(method) => Answer::Ask { method, args: vec![left, right], negated: false },
            None => match common_metamethod(memory, &right, &left, "__lt")? {
                Some(method) => Answer::Ask { method, args: vec![right, left], negated: true },
                None => return Err(no_order(memory, &left, &right)),
            },
        },
    };
    Ok(decide(answer, word))
}

fn operands<M: Memory>(memory: &mut M, word: Instruction) -> Result<(M::Value, M::Value), Fault> {
    let (left, _) = rk(memory, word.b())?;
    let (right, _) = rk(memory, word.c())?;
    Ok((left, right))
}

/// The jump behind a comparison is taken if its answer is `A`.
fn decide<V>(answer: Answer<V>, word: Instruction) -> Request<V> {
    let wanted = word.a() != 0;
    match answer {
        Answer::Is(answer) if answer == wanted => Request::Continue,
        Answer::Is(_) => Request::Skip,
        Answer::Ask { method, args, negated } => Request::Call {
            function: method,
            args,
            named: Culprit::Unnamed,
            then: Then::Test { skip_if: wanted == negated },
        },
    }
}

/// `left < right`.
pub(crate) fn less_than<M: Memory>(memory: &mut M, left: M::Value, right: M::Value) -> Result<Answer<M::Value>, Fault> {
    if let Some(answer) = ordered(memory, &left, &right, |a, b| a < b, Ordering::is_lt)? {
        return Ok(Answer::Is(answer));
    }
    match common_metamethod(memory, &left, &right, "__lt")? {
        Some(method) => Ok(Answer::Ask { method, args: vec![left, right], negated: false }),
        None => Err(no_order(memory, &left, &right)),
    }
}

fn equal<M: Memory>(memory: &mut M, left: M::Value, right: M::Value) -> Result<Answer<M::Value>, Fault> {
    if memory.raw_equal(&left, &right)? {
        return Ok(Answer::Is(true));
    }
    match (memory.view(&left), memory.view(&right)) {
        (View::Table, View::Table) | (View::UserData, View::UserData) => {}
        _ => return Ok(Answer::Is(false)),
    }
    Ok(match common_metamethod(memory, &left, &right, "__eq")? {
        Some(method) => Answer::Ask { method, args: vec![left, right], negated: false },
        None => Answer::Is(false),
    })
}

/// The order of two numbers or two strings; `None` for anything else.
fn ordered<M: Memory>(
    memory: &mut M,
    left: &M::Value,
    right: &M::Value,
    numbers: fn(f64, f64) -> bool,
    strings: fn(Ordering) -> bool,
) -> Result<Option<bool>, Fault> {
    match (memory.view(left), memory.view(right)) {
        (View::Number(a), View::Number(b)) => Ok(Some(numbers(a, b))),
        (View::String, View::String) => Ok(Some(strings(memory.order(left, right)?))),
        _ => Ok(None),
    }
}

/// The metamethod of two values of one type that is the same for both.
fn common_metamethod<M: Memory>(
    memory: &mut M,
    left: &M::Value,
    right: &M::Value,
    event: &'static str,
) -> Result<Option<M::Value>, Fault> {
    if memory.view(left).type_name() != memory.view(right).type_name() {
        return Ok(None);
    }
    let method = memory.metamethod(left, event)?;
    if memory.view(&method) == View::Nil {
        return Ok(None);
    }
    let other = memory.metamethod(right, event)?;
    Ok(memory.raw_equal(&method, &other)?.then_some(method))
}

fn no_order<M: Memory>(memory: &M, left: &M::Value, right: &M::Value) -> Fault {
    Fault::Compare { left: memory.view(left).type_name(), right: memory.view(right).type_name() }
}
