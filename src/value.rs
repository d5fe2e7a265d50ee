//! [`Value`]: a Lua value, as the host sees it.

#![forbid(unsafe_code)]

use crate::arena::handle::{FunctionHandle, StringHandle, TableHandle, ThreadHandle, UserDataHandle};

/// A Lua value (manual §2.2).
///
/// Numbers and booleans are themselves; everything else is a handle, which does not keep its object alive: see
/// [`Root`](crate::Root). A handle can be kept as long as one likes. If its object is gone, or if it is used with a machine
/// that it did not come from, it is refused or, at worst, names another object of the same type of that machine.
///
/// Two values are equal if they are the same object. Strings of up to 40 bytes are the same object if their bytes are
/// equal; longer ones need not be.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Value {
    /// `nil`, the absence of a value.
    #[default]
    Nil,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string: any bytes.
    String(StringHandle),
    /// A table.
    Table(TableHandle),
    /// A function, of Lua or of Rust.
    Function(FunctionHandle),
    /// A value of the host's.
    UserData(UserDataHandle),
    /// A coroutine.
    Thread(ThreadHandle),
}

impl Value {
    /// The name of its type, as Lua's `type` gives it (manual §5.1).
    pub fn type_name(self) -> &'static str {
        match self {
            Value::Nil => "nil",
            Value::Boolean(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Table(_) => "table",
            Value::Function(_) => "function",
            Value::UserData(_) => "userdata",
            Value::Thread(_) => "thread",
        }
    }

    /// Whether it is `nil`.
    pub fn is_nil(self) -> bool {
        self == Value::Nil
    }

    /// Whether it counts as true: everything does but `nil` and `false`.
    pub fn is_truthy(self) -> bool {
        !matches!(self, Value::Nil | Value::Boolean(false))
    }
}

macro_rules! accessors {
    ($($name:ident: $variant:ident($type:ty), $what:literal;)*) => {
        impl Value {
            $(#[doc = concat!("The ", $what, ", if it is one. Nothing is converted.")]
            pub fn $name(self) -> Option<$type> {
                match self {
                    Value::$variant(inner) => Some(inner),
                    _ => None,
                }
            })*
        }

        $(impl From<$type> for Value {
            fn from(inner: $type) -> Self {
                Value::$variant(inner)
            }
        })*
    };
}
accessors! {
    as_boolean: Boolean(bool), "boolean";
    as_number: Number(f64), "number";
    as_string: String(StringHandle), "string";
    as_table: Table(TableHandle), "table";
    as_function: Function(FunctionHandle), "function";
    as_userdata: UserData(UserDataHandle), "userdata";
    as_thread: Thread(ThreadHandle), "thread";
}

macro_rules! from_number {
    ($($type:ty),*) => {
        $(impl From<$type> for Value {
            fn from(n: $type) -> Self {
                Value::Number(n.into())
            }
        })*
    };
}
from_number!(f32, i8, i16, i32, u8, u16, u32);

const _: () = assert!(size_of::<Value>() == 16);
