//! What an instruction asks its machine to do: the result of an opcode handler that does not call anything itself.
//!
//! The old VM's handlers return these, its driver carries them out, and so does the core for an instruction that is routed to
//! an old handler. That is why they belong to neither.

#![cfg_attr(not(feature = "compat"), allow(dead_code, reason = "the bridge alone uses it"))]

/// Which operand is to blame: what names it in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Culprit {
    Register(usize),
    /// A constant, or a value that was computed on the way.
    Unnamed,
}

/// An error of the program, to be worded by the machine, which knows names and lines. `E` is what its memory reports.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault<E> {
    /// `attempt to <verb> <operand> (a <kind> value)`
    Type { verb: &'static str, kind: &'static str, operand: Culprit },
    /// `attempt to compare two <left> values`, or `attempt to compare <left> with <right>`
    Compare { left: &'static str, right: &'static str },
    /// A whole message, to which the position is added.
    Message(&'static str),
    /// The memory refused: a limit, or a broken invariant.
    Memory(E),
}

/// The error of a comparison of values of these types. PUC takes them for the same type if the third letters of their names
/// are the same, as those of strings and threads are.
pub(crate) fn comparison_message(left: &str, right: &str) -> String {
    if left.as_bytes().get(2) == right.as_bytes().get(2) {
        format!("attempt to compare two {left} values")
    } else {
        format!("attempt to compare {left} with {right}")
    }
}

/// What becomes of the results of a call that a handler asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// `R(first) …` := the results, adjusted to `wanted`; `None` keeps them all, and the top is behind the last.
    Results { first: usize, wanted: Option<usize> },
    /// `R(register)` := the first result.
    Store { register: usize },
    /// If the truth of the first result is `skip_if`, the next instruction is skipped.
    Test { skip_if: bool },
    /// The results are dropped.
    Discard,
    /// The first result is the last operand of the concatenation of `R(first) … R(last)`, in place of `R(last)` and what was
    /// concatenated with it; the concatenation's result goes to `R(target)`.
    Concat { target: usize, first: usize, last: usize },
    /// Generic `for`: `R(base + 3) …` := `count` results. If the first is nil, the next instruction is skipped, otherwise
    /// `R(base + 2)` := the first.
    Iterate { base: usize, count: usize },
}

/// What a handler wants done. Everything it queued is committed first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Request<V> {
    /// Go on with the next instruction.
    Continue,
    /// Skip the next instruction.
    Skip,
    /// Go on at an instruction.
    Jump(usize),
    /// Call something. `named` is the register whose name a message about it bears, if it cannot be called.
    Call { function: V, args: Vec<V>, named: Culprit, then: Then },
    /// Leave the function for a call whose results are its own.
    TailCall { function: V, args: Vec<V>, named: Culprit },
    /// Leave the function with these results. The driver closes its upvalues.
    Return(Vec<V>),
}
