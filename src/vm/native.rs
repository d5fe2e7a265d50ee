//! What a native function sees of the machine.
//!
//! The interface is that of Lua's C API: values live on the stack and are named by their position, counted from 1, the
//! arguments first. Nothing a function holds outside the stack refers to the heap, so every method that allocates may
//! collect. [`Ctx::bytes`] borrows from the stack; the borrow checker ends the borrow before anything can change it.
//!
//! Every method is safe for any position: one that is out of range reads as "none", like C's `LUA_TNONE`.

use super::state::State;

/// What a native function returns: how many values, from the top of the stack, are its results.
pub(crate) type NativeResult = Result<usize, Throw>;

/// A native function.
pub(crate) type NativeFn = fn(&mut Ctx<'_>) -> NativeResult;

/// An error is on its way to whoever catches it. The error value is in the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an error that is not returned is lost"]
pub(crate) enum Throw {
    /// A Lua error: `pcall` catches it.
    Error,
    /// A limit was hit or the program was killed: only the host catches it.
    Stop,
}

/// The type of a value, or the absence of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    None,
    Nil,
    Boolean,
    Number,
    String,
    Table,
    Function,
    UserData,
    Thread,
}

/// The machine, as a native function sees it.
pub(crate) struct Ctx<'vm> {
    pub(super) st: &'vm mut State,
}
