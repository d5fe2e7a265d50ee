//! [`Value`] and the objects that values name.
//!
//! A value is a `Copy` of sixteen bytes: it holds a number or a boolean itself, and a handle of everything else. Two
//! strings are equal exactly if their handles are, because the heap interns every string.
//!
//! Registers are not here: each thread has a [`RegisterWindowSystem`] of its own. An open upvalue therefore names its
//! variable by thread, window and register, and stays right when a window moves.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use crate::bytecode::Proto;

use super::handle::{
    ClosureHandle, FunctionProtoHandle, StringHandle, TableHandle, ThreadHandle, UpvalueHandle, UserDataHandle,
};
use super::memory::View;
use super::register_window::RegisterWindowSystem;

pub use super::frame::CallFrame;
pub use super::native::CFunction;

/// A Lua value.
#[derive(Clone, Copy, Default)]
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
    /// A function written in Lua.
    Closure(ClosureHandle),
    /// A coroutine.
    Thread(ThreadHandle),
    /// A function of the host.
    CFunction(CFunction),
    /// A userdata.
    UserData(UserDataHandle),
    /// A function that has not been instantiated: only constants are this.
    FunctionProto(FunctionProtoHandle),
}

const _: () = assert!(size_of::<Value>() == 16);

impl Value {
    /// The name of the value's type, as `type` gives it.
    pub fn type_name(&self) -> &'static str {
        self.view().type_name()
    }

    /// What the value is, as far as an instruction needs to know.
    pub(crate) fn view(self) -> View {
        match self {
            Value::Nil => View::Nil,
            Value::Boolean(value) => View::Boolean(value),
            Value::Number(value) => View::Number(value),
            Value::String(_) => View::String,
            Value::Table(_) => View::Table,
            Value::Closure(_) | Value::CFunction(_) | Value::FunctionProto(_) => View::Function,
            Value::Thread(_) => View::Thread,
            Value::UserData(_) => View::UserData,
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

    /// Whether its type is `function`.
    pub fn is_function(&self) -> bool {
        matches!(self, Value::Closure(_) | Value::CFunction(_) | Value::FunctionProto(_))
    }

    /// Whether it is nil or false.
    pub fn is_falsey(&self) -> bool {
        matches!(self, Value::Nil | Value::Boolean(false))
    }

    /// Whether it is neither nil nor false.
    pub fn to_boolean(&self) -> bool {
        !self.is_falsey()
    }

    /// The number, if it is one. Strings are not converted.
    pub fn to_number(&self) -> Option<f64> {
        match *self {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
}

/// Primitive equality (manual §2.5.2): numbers by `==`, everything else by what it is or which object it names.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Value::Nil, Value::Nil) => true,
            (Value::Boolean(left), Value::Boolean(right)) => left == right,
            (Value::Number(left), Value::Number(right)) => left == right,
            (Value::String(left), Value::String(right)) => left == right,
            (Value::Table(left), Value::Table(right)) => left == right,
            (Value::Closure(left), Value::Closure(right)) => left == right,
            (Value::Thread(left), Value::Thread(right)) => left == right,
            (Value::CFunction(left), Value::CFunction(right)) => std::ptr::fn_addr_eq(left, right),
            (Value::UserData(left), Value::UserData(right)) => left == right,
            (Value::FunctionProto(left), Value::FunctionProto(right)) => left == right,
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => f.write_str("Nil"),
            Value::Boolean(value) => f.debug_tuple("Boolean").field(value).finish(),
            Value::Number(value) => f.debug_tuple("Number").field(value).finish(),
            Value::String(handle) => f.debug_tuple("String").field(handle).finish(),
            Value::Table(handle) => f.debug_tuple("Table").field(handle).finish(),
            Value::Closure(handle) => f.debug_tuple("Closure").field(handle).finish(),
            Value::Thread(handle) => f.debug_tuple("Thread").field(handle).finish(),
            Value::CFunction(_) => f.write_str("CFunction"),
            Value::UserData(handle) => f.debug_tuple("UserData").field(handle).finish(),
            Value::FunctionProto(handle) => f.debug_tuple("FunctionProto").field(handle).finish(),
        }
    }
}

/// A string: bytes of any kind. The heap holds each distinct string once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LuaString {
    /// The bytes. Sharing them lets a reader keep them across changes of the heap.
    pub bytes: Arc<[u8]>,
}

/// A function written in Lua, with its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// The code.
    pub proto: FunctionProtoHandle,
    /// The captured variables, in the order of the prototype's list.
    pub upvalues: Vec<UpvalueHandle>,
    /// The table of its globals.
    pub environment: TableHandle,
}

/// A compiled function in a heap.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionProto {
    /// The function as the compiler made it.
    pub proto: Arc<Proto>,
    /// Its constants as values of the heap: strings interned, nested functions as [`Value::FunctionProto`].
    pub constants: Vec<Value>,
}

/// A variable captured by closures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Upvalue {
    /// The variable still is a register.
    Open {
        /// Whose register.
        thread: ThreadHandle,
        /// The window of the call that declared it.
        window: usize,
        /// The register in that window.
        register: usize,
    },
    /// The call is over, and this is the variable.
    Closed(Value),
}

/// What a thread is doing, as `coroutine.status` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThreadStatus {
    /// It can be resumed.
    Suspended,
    /// It runs.
    Running,
    /// It has resumed another thread and waits for it.
    Normal,
    /// It has returned, or failed.
    Dead,
}

impl ThreadStatus {
    /// The status as `coroutine.status` gives it.
    pub fn name(self) -> &'static str {
        match self {
            ThreadStatus::Suspended => "suspended",
            ThreadStatus::Running => "running",
            ThreadStatus::Normal => "normal",
            ThreadStatus::Dead => "dead",
        }
    }
}

/// An entry of a thread's list of open upvalues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenUpvalue {
    /// The window the variable is in.
    pub window: usize,
    /// The register in that window.
    pub register: usize,
    /// The upvalue that captures it.
    pub handle: UpvalueHandle,
}

/// A coroutine, or the main program.
#[derive(Debug)]
pub struct Thread {
    /// What it is doing.
    pub status: ThreadStatus,
    /// Its registers: one window per active call.
    pub windows: RegisterWindowSystem<Value>,
    /// Its active calls, the innermost last.
    pub frames: Vec<CallFrame>,
    /// Its open upvalues in the order of window and register, each variable at most once.
    pub open_upvalues: Vec<OpenUpvalue>,
    /// The table of globals of functions that are loaded in it.
    pub environment: TableHandle,
}

/// An object of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserData {
    /// What it is, for the host.
    pub type_id: TypeId,
    /// What it holds, for the host.
    pub data: Vec<u8>,
    /// Its metatable.
    pub metatable: Option<TableHandle>,
}
