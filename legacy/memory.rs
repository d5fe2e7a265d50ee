//! [`Memory`]: what an opcode handler works on, and [`Request`]: what it asks its driver to do.
//!
//! The trait is what a transaction and a register window offer together. Invariants that every implementation keeps, and every
//! handler relies on:
//!
//! - reads see the committed state: a handler never sees a write of its own;
//! - writes (registers, the top, upvalues, tables, closing of upvalues) are queued, and happen in order when the driver commits;
//! - nothing here calls a Lua function or a metamethod. A handler that needs one returns a [`Request`], after which
//!   the driver commits what was queued and does it;
//! - errors a program can see are a [`Fault`], which the driver words, because only it knows names and lines.

use std::cmp::Ordering;

use crate::bytecode::Proto;
pub(crate) use crate::bytecode::request::{Culprit, Request, Then};

use super::error::LuaError;

/// What a value is, as far as the handlers need to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum View {
    Nil,
    Boolean(bool),
    Number(f64),
    String,
    Table,
    Function,
    UserData,
    Thread,
}

impl View {
    /// The name of the type (manual §5.1, `type`).
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            View::Nil => "nil",
            View::Boolean(_) => "boolean",
            View::Number(_) => "number",
            View::String => "string",
            View::Table => "table",
            View::Function => "function",
            View::UserData => "userdata",
            View::Thread => "thread",
        }
    }

    pub(crate) fn is_truthy(self) -> bool {
        !matches!(self, View::Nil | View::Boolean(false))
    }
}

/// An error of the program.
pub(crate) type Fault = crate::bytecode::request::Fault<LuaError>;

impl From<LuaError> for Fault {
    fn from(error: LuaError) -> Self {
        Fault::Memory(error)
    }
}

/// What a handler returns.
pub(crate) type Outcome<V> = Result<Request<V>, Fault>;

/// The registers of a running function, and the heap.
pub(crate) trait Memory {
    /// A value of the heap's. A copy is as good as the original.
    type Value: Clone;

    /// The function that runs.
    fn proto(&self) -> &Proto;

    /// `R(index)`.
    fn register(&mut self, index: usize) -> Result<Self::Value, Fault>;
    /// Queues `R(index) := value`.
    fn set_register(&mut self, index: usize, value: Self::Value) -> Result<(), Fault>;
    /// The register behind the last of an open list of values (results of a call, variable arguments).
    fn top(&mut self) -> usize;
    /// Queues the top.
    fn set_top(&mut self, top: usize);
    /// `K(index)`: nil, a boolean, a number or a string.
    fn constant(&mut self, index: usize) -> Result<Self::Value, Fault>;
    /// The variable arguments.
    fn varargs(&mut self) -> Result<Vec<Self::Value>, Fault>;
    /// `U(index)`.
    fn upvalue(&mut self, index: usize) -> Result<Self::Value, Fault>;
    /// Queues `U(index) := value`.
    fn set_upvalue(&mut self, index: usize, value: Self::Value) -> Result<(), Fault>;
    /// Queues that the upvalues of `R(from)` and everything above are closed.
    fn close_upvalues(&mut self, from: usize) -> Result<(), Fault>;
    /// The running function's environment.
    fn environment(&mut self) -> Result<Self::Value, Fault>;

    fn nil(&self) -> Self::Value;
    fn boolean(&self, value: bool) -> Self::Value;
    fn number(&self, value: f64) -> Self::Value;
    fn string(&mut self, bytes: &[u8]) -> Result<Self::Value, Fault>;
    /// A new table with room for so many elements and other keys.
    fn table(&mut self, elements: usize, keys: usize) -> Result<Self::Value, Fault>;
    /// A new closure of the prototype in constant `index`. It captures registers and upvalues as the prototype says, and
    /// shares with the closures made before it.
    fn closure(&mut self, index: usize) -> Result<Self::Value, Fault>;

    fn view(&self, value: &Self::Value) -> View;
    /// The bytes of a string.
    fn bytes(&mut self, string: &Self::Value) -> Result<Vec<u8>, Fault>;
    /// The length of a string.
    fn length(&mut self, string: &Self::Value) -> Result<usize, Fault> {
        Ok(self.bytes(string)?.len())
    }
    /// The order of two strings.
    fn order(&mut self, left: &Self::Value, right: &Self::Value) -> Result<Ordering, Fault> {
        let left = self.bytes(left)?;
        Ok(left.cmp(&self.bytes(right)?))
    }
    /// Whether two values are primitively equal (manual §2.5.2, `rawequal`).
    fn raw_equal(&mut self, left: &Self::Value, right: &Self::Value) -> Result<bool, Fault>;
    /// `table[key]`, without metamethods. Any key.
    fn raw_get(&mut self, table: &Self::Value, key: &Self::Value) -> Result<Self::Value, Fault>;
    /// Queues `table[key] := value`, without metamethods. The key is neither nil nor NaN.
    fn raw_set(&mut self, table: &Self::Value, key: &Self::Value, value: Self::Value) -> Result<(), Fault>;
    /// Gives a table an array part for so many elements at least, which decides about its border.
    fn grow_array(&mut self, table: &Self::Value, elements: usize) -> Result<(), Fault>;
    /// A border of a table (manual §2.5.5).
    fn raw_len(&mut self, table: &Self::Value) -> Result<usize, Fault>;
    /// The metamethod of a value for an event (such as `__index`), or nil.
    fn metamethod(&mut self, value: &Self::Value, event: &'static str) -> Result<Self::Value, Fault>;
}
