//! The values of the old API.
//!
//! [`Value`] has exactly the ten variants it always had, because callers match them without a wildcard. Two strings are equal if
//! their handles are, which the heap sees to: equal bytes get one handle.

use std::any::TypeId;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::context::ExecutionContext;
use super::error::LuaResult;
use super::handle::{
    ClosureHandle, FunctionProtoHandle, StringHandle, TableHandle, ThreadHandle, UpvalueHandle, UserDataHandle,
};
pub use super::table::{HashableValue, OrderedFloat, Table};

/// A function of the host's: it takes its arguments from the context, pushes its results there, and returns how many they are.
pub type CFunction = fn(&mut ExecutionContext<'_>) -> LuaResult<i32>;

/// A Lua value.
#[derive(Clone, Default)]
pub enum Value {
    /// `nil`.
    #[default]
    Nil,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(StringHandle),
    /// A table.
    Table(TableHandle),
    /// A function of Lua.
    Closure(ClosureHandle),
    /// A coroutine.
    Thread(ThreadHandle),
    /// A function of the host's, or of the standard library.
    CFunction(CFunction),
    /// A value of the host's.
    UserData(UserDataHandle),
    /// A function prototype.
    FunctionProto(FunctionProtoHandle),
}

const _: () = assert!(size_of::<Value>() == 16);

impl Value {
    /// The name of the type, as Lua's `type` gives it. A prototype counts as a function.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Closure(_) | Value::CFunction(_) | Value::FunctionProto(_) => "function",
            Value::Thread(_) => "thread",
            Value::UserData(_) => "userdata",
        }
    }

    /// Whether it is nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Number(_))
    }

    /// Whether it is a string.
    pub fn is_string(&self) -> bool {
        matches!(self, Value::String(_))
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        matches!(self, Value::Table(_))
    }

    /// Whether it is a function or a prototype.
    pub fn is_function(&self) -> bool {
        matches!(self, Value::Closure(_) | Value::CFunction(_) | Value::FunctionProto(_))
    }

    /// Whether it counts as false: nil and `false` do.
    pub fn is_falsey(&self) -> bool {
        matches!(self, Value::Nil | Value::Boolean(false))
    }

    /// Whether it counts as true.
    pub fn to_boolean(&self) -> bool {
        !self.is_falsey()
    }

    /// The number, if it is one. Strings are not converted.
    pub fn to_number(&self) -> Option<f64> {
        match self {
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Table(a), Value::Table(b)) => a == b,
            (Value::Closure(a), Value::Closure(b)) => a == b,
            (Value::Thread(a), Value::Thread(b)) => a == b,
            (Value::CFunction(a), Value::CFunction(b)) => std::ptr::fn_addr_eq(*a, *b),
            (Value::UserData(a), Value::UserData(b)) => a == b,
            (Value::FunctionProto(a), Value::FunctionProto(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            // All alike: an address says nothing that lasts.
            Value::Nil | Value::CFunction(_) => {}
            Value::Boolean(b) => b.hash(state),
            // The two zeros are equal.
            Value::Number(n) => (if *n == 0.0 { 0.0 } else { *n }).to_bits().hash(state),
            Value::String(handle) => handle.hash(state),
            Value::Table(handle) => handle.hash(state),
            Value::Closure(handle) => handle.hash(state),
            Value::Thread(handle) => handle.hash(state),
            Value::UserData(handle) => handle.hash(state),
            Value::FunctionProto(handle) => handle.hash(state),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("Nil"),
            Value::Boolean(b) => f.debug_tuple("Boolean").field(b).finish(),
            Value::Number(n) => f.debug_tuple("Number").field(n).finish(),
            Value::String(handle) => f.debug_tuple("String").field(handle).finish(),
            Value::Table(handle) => f.debug_tuple("Table").field(handle).finish(),
            Value::Closure(handle) => f.debug_tuple("Closure").field(handle).finish(),
            Value::Thread(handle) => f.debug_tuple("Thread").field(handle).finish(),
            Value::CFunction(function) => {
                f.debug_tuple("CFunction").field(&format_args!("{:p}", *function as *const ())).finish()
            }
            Value::UserData(handle) => f.debug_tuple("UserData").field(handle).finish(),
            Value::FunctionProto(handle) => f.debug_tuple("FunctionProto").field(handle).finish(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Boolean(b) => write!(f, "{b}"),
            Value::Number(n) if n.fract() == 0.0 && n.abs() < 1e14 => write!(f, "{n:.0}"),
            Value::Number(n) => write!(f, "{n}"),
            Value::String(_) => f.write_str("<string>"),
            Value::Table(_) => f.write_str("<table>"),
            Value::Closure(_) => f.write_str("<function>"),
            Value::CFunction(_) => f.write_str("<C function>"),
            Value::Thread(_) => f.write_str("<thread>"),
            Value::UserData(_) => f.write_str("<userdata>"),
            Value::FunctionProto(_) => f.write_str("<function prototype>"),
        }
    }
}

/// Stepping in: the core's functions become closures. `LuaHeap::to_old` also knows host functions, and pins.
impl From<crate::Value> for Value {
    fn from(value: crate::Value) -> Self {
        match value {
            crate::Value::Nil => Value::Nil,
            crate::Value::Boolean(b) => Value::Boolean(b),
            crate::Value::Number(n) => Value::Number(n),
            crate::Value::String(handle) => Value::String(handle.into()),
            crate::Value::Table(handle) => Value::Table(handle.into()),
            crate::Value::Function(handle) => Value::Closure(handle.into()),
            crate::Value::UserData(handle) => Value::UserData(handle.into()),
            crate::Value::Thread(handle) => Value::Thread(handle.into()),
        }
    }
}

/// Stepping out. A host function or a prototype is given back: it takes a heap to make it a value of the core's (`LuaHeap::to_core`).
impl TryFrom<Value> for crate::Value {
    type Error = Value;

    fn try_from(value: Value) -> Result<Self, Value> {
        Ok(match value {
            Value::Nil => crate::Value::Nil,
            Value::Boolean(b) => crate::Value::Boolean(b),
            Value::Number(n) => crate::Value::Number(n),
            Value::String(handle) => crate::Value::String(handle.into()),
            Value::Table(handle) => crate::Value::Table(handle.into()),
            Value::Closure(handle) => crate::Value::Function(handle.into()),
            Value::UserData(handle) => crate::Value::UserData(handle.into()),
            Value::Thread(handle) => crate::Value::Thread(handle.into()),
            Value::CFunction(_) | Value::FunctionProto(_) => return Err(value),
        })
    }
}

/// The bytes of a string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LuaString {
    /// Any bytes.
    pub bytes: Vec<u8>,
}

impl LuaString {
    /// From text.
    pub fn new(text: impl Into<String>) -> Self {
        LuaString { bytes: text.into().into_bytes() }
    }

    /// From bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        LuaString { bytes }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text, if it is UTF-8.
    ///
    /// # Errors
    /// If it is not.
    pub fn to_str(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.bytes)
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl From<&str> for LuaString {
    fn from(text: &str) -> Self {
        LuaString::new(text)
    }
}

impl From<String> for LuaString {
    fn from(text: String) -> Self {
        LuaString::new(text)
    }
}

/// A compiled function: words in the layout of [`crate::bytecode::Instruction`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionProto {
    /// The instructions.
    pub bytecode: Vec<u32>,
    /// The constants; a nested function is a `Value::FunctionProto`.
    pub constants: Vec<Value>,
    /// The number of parameters.
    pub num_params: u8,
    /// Whether it takes variable arguments.
    pub is_vararg: bool,
    /// The number of registers.
    pub max_stack_size: u8,
    /// What each upvalue captures.
    pub upvalues: Vec<UpvalueInfo>,
}

/// What an upvalue captures when a closure is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UpvalueInfo {
    /// Whether it is a register of the function around it, rather than one of that function's upvalues.
    pub in_stack: bool,
    /// That register or upvalue.
    pub index: u8,
}

/// A function with its upvalues.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Closure {
    /// The function.
    pub proto: FunctionProto,
    /// The upvalues.
    pub upvalues: Vec<UpvalueHandle>,
}

/// What a thread is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThreadStatus {
    /// It runs.
    Running,
    /// It has not begun, or has yielded.
    Suspended,
    /// It has nothing to do, or has resumed another.
    Normal,
    /// It has failed.
    Error,
}

/// A thread: a stack and the calls on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Thread {
    /// The calls, the outermost first.
    pub call_frames: Vec<CallFrame>,
    /// The values.
    pub stack: Vec<Value>,
    /// What it is doing.
    pub status: ThreadStatus,
    /// The open upvalues, the one with the highest index first.
    pub open_upvalues: Vec<UpvalueHandle>,
}

impl Thread {
    /// A thread with an empty stack.
    pub fn new() -> Self {
        Thread { call_frames: Vec::new(), stack: Vec::new(), status: ThreadStatus::Normal, open_upvalues: Vec::new() }
    }
}

impl Default for Thread {
    fn default() -> Self {
        Thread::new()
    }
}

/// A call on a thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallFrame {
    /// The function.
    pub closure: ClosureHandle,
    /// The next instruction.
    pub pc: usize,
    /// The window that holds its registers.
    pub base_register: u16,
    /// How many results are wanted; `None` for all.
    pub expected_results: Option<usize>,
    /// The variable arguments.
    pub varargs: Option<Vec<Value>>,
}

/// A captured variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upvalue {
    /// Where on its thread's stack it is, while it is open.
    pub stack_index: Option<usize>,
    /// Its value, once it is closed.
    pub value: Option<Value>,
}

/// A value of the host's, as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserData {
    /// Its type.
    pub type_id: TypeId,
    /// Its bytes.
    pub data: Vec<u8>,
    /// Its metatable.
    pub metatable: Option<TableHandle>,
}
