//! [`ExecutionContext`]: what a host function of the old API gets.
//!
//! Arguments and results are kept apart: pushing a result never changes an argument. Every method takes effect at once.

use super::error::{LuaError, LuaResult};
use super::handle::{StringHandle, TableHandle, ThreadHandle};
use super::heap::LuaHeap;
use super::metamethod::MetamethodType;
use super::transaction::HeapTransaction;
use super::value::Value;
use super::vm::LuaVM;
use crate::compat::deprecation::{self, Api};

/// A call of a host function: its arguments, its results, and the machine.
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::Call; see MIGRATION.md#old-host-functions")
)]
pub struct ExecutionContext<'vm> {
    /// The machine, in the middle of running a program. Anything can be done with it.
    pub vm_access: &'vm mut LuaVM,
    thread: ThreadHandle,
    base: usize,
    args: Vec<Value>,
    results: Vec<Value>,
}

/// The metamethods that [`ExecutionContext::check_metamethod`] knows.
fn is_checked(name: &str) -> bool {
    use MetamethodType as M;
    let known = [
        M::Index,
        M::NewIndex,
        M::Call,
        M::Add,
        M::Sub,
        M::Mul,
        M::Div,
        M::Mod,
        M::Pow,
        M::Unm,
        M::Concat,
        M::Len,
        M::Eq,
        M::Lt,
        M::Le,
        M::ToString,
    ];
    known.iter().any(|metamethod| metamethod.name() == name)
}

fn type_error<T>(expected: &str, got: impl Into<String>) -> LuaResult<T> {
    Err(LuaError::TypeError { expected: expected.to_owned(), got: got.into() })
}

impl<'vm> ExecutionContext<'vm> {
    pub(super) fn new(vm_access: &'vm mut LuaVM, thread: ThreadHandle, base: usize, args: Vec<Value>) -> Self {
        ExecutionContext { vm_access, thread, base, args, results: Vec::new() }
    }

    pub(super) fn into_results(self) -> Vec<Value> {
        self.results
    }

    // Arguments.

    /// The number of arguments.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::arg_count; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn arg_count(&self) -> usize {
        deprecation::used(Api::ExecutionContextArgCount);
        self.args.len()
    }

    /// An argument, from 0.
    ///
    /// # Errors
    /// [`LuaError::ArgumentError`] if there are not that many.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::arg; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_arg(&mut self, index: usize) -> LuaResult<Value> {
        deprecation::used(Api::ExecutionContextGetArg);
        let error = LuaError::ArgumentError { expected: self.args.len(), got: index };
        self.args.get(index).cloned().ok_or(error)
    }

    /// An argument as text: a string, a number or a boolean.
    ///
    /// # Errors
    /// [`LuaError::ArgumentError`]; [`LuaError::TypeError`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::check_string; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_arg_str(&mut self, index: usize) -> LuaResult<String> {
        deprecation::used(Api::ExecutionContextGetArgStr);
        deprecation::own(|| self.get_string_arg(index))
    }

    /// An argument as text: a string, a number or a boolean.
    ///
    /// # Errors
    /// [`LuaError::ArgumentError`]; [`LuaError::TypeError`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::check_string; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_string_arg(&mut self, index: usize) -> LuaResult<String> {
        deprecation::used(Api::ExecutionContextGetStringArg);
        deprecation::own(|| match self.get_arg(index)? {
            Value::String(handle) => self.get_string_from_handle(handle),
            Value::Number(n) => Ok(n.to_string()),
            Value::Boolean(b) => Ok(b.to_string()),
            other => type_error("string", other.type_name()),
        })
    }

    /// An argument as a number; a string is converted.
    ///
    /// # Errors
    /// [`LuaError::ArgumentError`]; [`LuaError::TypeError`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::check_number; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_number_arg(&mut self, index: usize) -> LuaResult<f64> {
        deprecation::used(Api::ExecutionContextGetNumberArg);
        deprecation::own(|| match self.get_arg(index)? {
            Value::Number(n) => Ok(n),
            Value::String(handle) => match self.vm_access.heap.number_of(handle)? {
                Some(n) => Ok(n),
                None => type_error("number", "string (not convertible to number)"),
            },
            other => type_error("number", other.type_name()),
        })
    }

    /// Whether an argument counts as true.
    ///
    /// # Errors
    /// [`LuaError::ArgumentError`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(
            since = "0.3.0",
            note = "use ferrous::Call::arg and ferrous::Value::is_truthy; see MIGRATION.md#old-host-functions"
        )
    )]
    #[track_caller]
    pub fn get_bool_arg(&mut self, index: usize) -> LuaResult<bool> {
        deprecation::used(Api::ExecutionContextGetBoolArg);
        deprecation::own(|| Ok(self.get_arg(index)?.to_boolean()))
    }

    /// An argument that is a table.
    ///
    /// # Errors
    /// [`LuaError::ArgumentError`]; [`LuaError::TypeError`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::check_table; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_table_arg(&mut self, index: usize) -> LuaResult<TableHandle> {
        deprecation::used(Api::ExecutionContextGetTableArg);
        deprecation::own(|| match self.get_arg(index)? {
            Value::Table(table) => Ok(table),
            other => type_error("table", other.type_name()),
        })
    }

    // Results.

    /// Adds a result.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::push; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn push_result(&mut self, value: Value) -> LuaResult<()> {
        deprecation::used(Api::ExecutionContextPushResult);
        self.vm_access.heap.import(&value)?;
        self.results.push(value);
        Ok(())
    }

    /// The number of results so far.
    pub fn get_results_pushed(&self) -> usize {
        self.results.len()
    }

    // The machine.

    /// The heap.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call itself; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_heap(&mut self) -> &mut LuaHeap {
        deprecation::used(Api::ExecutionContextGetHeap);
        &mut self.vm_access.heap
    }

    /// The thread on whose stack the arguments are.
    ///
    /// # Errors
    /// None.
    pub fn get_current_thread(&self) -> LuaResult<ThreadHandle> {
        Ok(self.thread)
    }

    /// Where on that stack the arguments begin.
    ///
    /// # Errors
    /// None.
    pub fn get_base_index(&self) -> LuaResult<usize> {
        Ok(self.base)
    }

    /// A string.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::create_string; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn create_string(&mut self, text: &str) -> LuaResult<StringHandle> {
        deprecation::used(Api::ExecutionContextCreateString);
        self.vm_access.heap.create_string(text.as_bytes())
    }

    /// A string as text.
    ///
    /// # Errors
    /// If the handle is not valid, or the bytes are not UTF-8.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::string_bytes; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_string_from_handle(&mut self, handle: StringHandle) -> LuaResult<String> {
        deprecation::used(Api::ExecutionContextGetStringFromHandle);
        deprecation::own(|| HeapTransaction::new(&mut self.vm_access.heap).get_string_value(handle))
    }

    /// A global variable; nil if it does not exist.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::get_global; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn globals_get(&mut self, name: &str) -> LuaResult<Value> {
        deprecation::used(Api::ExecutionContextGlobalsGet);
        deprecation::own(|| {
            let (name, globals) = (self.create_string(name)?, self.vm_access.heap.globals()?);
            self.table_raw_get(globals, Value::String(name))
        })
    }

    /// A global variable that is a function.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if it is none.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::get_global; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_global_function(&mut self, name: &str) -> LuaResult<Value> {
        deprecation::used(Api::ExecutionContextGetGlobalFunction);
        deprecation::own(|| {
            let value = self.globals_get(name)?;
            if value.is_function() {
                return Ok(value);
            }
            let message = format!("Expected function in global '{name}', got {}", value.type_name());
            Err(LuaError::RuntimeError(message))
        })
    }

    // Tables, without metamethods.

    /// The entry after the one with this key; nil asks for the first.
    ///
    /// # Errors
    /// If a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::table_next; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn table_next(&mut self, table: TableHandle, key: Value) -> LuaResult<Option<(Value, Value)>> {
        deprecation::used(Api::ExecutionContextTableNext);
        deprecation::own(|| HeapTransaction::new(&mut self.vm_access.heap).table_next(table, key))
    }

    /// The value at a key.
    ///
    /// # Errors
    /// If a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::get_table_field; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn table_get(&mut self, table: TableHandle, key: Value) -> LuaResult<Value> {
        deprecation::used(Api::ExecutionContextTableGet);
        deprecation::own(|| self.table_raw_get(table, key))
    }

    /// The value at a key.
    ///
    /// # Errors
    /// If a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::get_table_field; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn table_raw_get(&mut self, table: TableHandle, key: Value) -> LuaResult<Value> {
        deprecation::used(Api::ExecutionContextTableRawGet);
        deprecation::own(|| HeapTransaction::new(&mut self.vm_access.heap).read_table_field(table, &key))
    }

    /// Sets the value at a key.
    ///
    /// # Errors
    /// If a handle is not valid, or the key is nil or NaN.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::set_table_field; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn table_set(&mut self, table: TableHandle, key: Value, value: Value) -> LuaResult<()> {
        deprecation::used(Api::ExecutionContextTableSet);
        deprecation::own(|| self.table_raw_set(table, key, value))
    }

    /// Sets the value at a key.
    ///
    /// # Errors
    /// If a handle is not valid, or the key is nil or NaN.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::set_table_field; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn table_raw_set(&mut self, table: TableHandle, key: Value, value: Value) -> LuaResult<()> {
        deprecation::used(Api::ExecutionContextTableRawSet);
        deprecation::own(|| self.vm_access.set_table(table, key, value))
    }

    /// A border of a table.
    ///
    /// # Errors
    /// If the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::table_len; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn table_length(&mut self, table: TableHandle) -> LuaResult<usize> {
        deprecation::used(Api::ExecutionContextTableLength);
        deprecation::own(|| self.vm_access.calculate_table_length(table))
    }

    /// Sets a table's metatable, whatever its `__metatable` says.
    ///
    /// # Errors
    /// If a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::set_metatable; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn set_metatable(&mut self, table: TableHandle, metatable: Option<TableHandle>) -> LuaResult<()> {
        deprecation::used(Api::ExecutionContextSetMetatable);
        deprecation::own(|| {
            let mut tx = HeapTransaction::new(&mut self.vm_access.heap);
            tx.set_table_metatable(table, metatable)?;
            tx.commit().map(|_| ())
        })
    }

    /// A table's metatable, whatever its `__metatable` says.
    ///
    /// # Errors
    /// If the handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::metatable; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn get_metatable(&mut self, table: TableHandle) -> LuaResult<Option<TableHandle>> {
        deprecation::used(Api::ExecutionContextGetMetatable);
        deprecation::own(|| HeapTransaction::new(&mut self.vm_access.heap).get_table_metatable(table))
    }

    // Metamethods and calls.

    /// The metamethod of a table or userdata, if it has it.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::metatable; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn check_metamethod(&mut self, value: &Value, name: &str) -> Option<Value> {
        deprecation::used(Api::ExecutionContextCheckMetamethod);
        deprecation::own(|| {
            if !is_checked(name) || !matches!(value, Value::Table(_) | Value::UserData(_)) {
                return None;
            }
            let value = self.vm_access.heap.import(value).ok()?;
            let metatable = self.vm_access.heap.metatable(value)?;
            let name = self.create_string(name).ok()?;
            let found = self.table_raw_get(metatable, Value::String(name)).ok()?;
            (!found.is_nil()).then_some(found)
        })
    }

    /// Calls a function: all its results.
    ///
    /// # Errors
    /// [`LuaError::TypeError`] if it is none; whatever it throws.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::call; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn call_metamethod(&mut self, function: Value, args: Vec<Value>) -> LuaResult<Vec<Value>> {
        deprecation::used(Api::ExecutionContextCallMetamethod);
        if !function.is_function() {
            return type_error("function", function.type_name());
        }
        self.vm_access.call_value(&function, &args)
    }

    /// Calls a value: its first result, or nil.
    ///
    /// # Errors
    /// Whatever it throws.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::Call::call; see MIGRATION.md#old-host-functions")
    )]
    #[track_caller]
    pub fn call_function(&mut self, function: &Value, args: Vec<Value>) -> LuaResult<Value> {
        deprecation::used(Api::ExecutionContextCallFunction);
        let results = self.vm_access.call_value(function, &args)?;
        Ok(results.into_iter().next().unwrap_or(Value::Nil))
    }

    /// Compares two numbers or two strings.
    ///
    /// # Errors
    /// [`LuaError::TypeError`] if they are something else.
    pub fn less_than(&mut self, left: &Value, right: &Value) -> LuaResult<bool> {
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => Ok(left < right),
            (Value::String(left), Value::String(right)) => {
                let core = &self.vm_access.heap.core;
                let left = core.string_bytes((*left).into()).ok_or(LuaError::InvalidHandle)?;
                let right = core.string_bytes((*right).into()).ok_or(LuaError::InvalidHandle)?;
                Ok(left < right)
            }
            _ => type_error("comparable types", format!("{} and {}", left.type_name(), right.type_name())),
        }
    }
}
