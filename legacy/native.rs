//! Native functions: what they are, what they see of the machine, and what they may ask of it.
//!
//! A native function reads its arguments, pushes its results and leaves; arguments and results are apart. All it does to the heap it
//! does in transactions. What would have to call Lua code and go on afterwards it asks of the driver, by what it
//! returns: `pcall`, `resume` and `yield` run in the driver's loop and nest nothing. Only a function that needs a result in its
//! midst (an order function, a replacement function) calls the driver anew.
//!
//! Arguments are counted from 1, as in messages. Checks are made in PUC's order and have PUC's words.

use std::sync::Arc;

use super::error::LuaError;
use super::handle::{ClosureHandle, FunctionProtoHandle, StringHandle, TableHandle, ThreadHandle, UpvalueHandle};
use super::heap::LuaHeap;
use super::transaction::HeapTransaction;
use super::value::{Closure, FunctionProto, Upvalue, Value};
use super::vm::LuaVM;
use crate::bytecode::{Proto, VarargFlags};
use crate::kernel::number::{parse_number_paying, write_number};

/// A native function.
pub type CFunction = fn(&mut ExecutionContext<'_>) -> NativeResult;

/// What a native function returns.
pub type NativeResult = Result<NativeReturn, Failure>;

/// What becomes of a call of a native function that did not fail.
#[derive(Debug, Clone, PartialEq)]
pub enum NativeReturn {
    /// Its results are what it pushed.
    Results,
    /// Its results are those of a call in which errors are caught: true and the results, or false and the error (of which
    /// `handler`, if there is one, was told first).
    Protected {
        /// What is called.
        function: Value,
        /// With these.
        args: Vec<Value>,
        /// `xpcall`'s handler.
        handler: Option<Value>,
    },
    /// Its results are what the thread yields or returns; behind true or as false and the error, unless it `wrap`s, when
    /// errors are thrown on.
    Resume {
        /// The thread.
        thread: ThreadHandle,
        /// What it is given.
        args: Vec<Value>,
        /// Whether this is a function that `coroutine.wrap` made.
        wrap: bool,
    },
    /// The running thread is left; its results are what it is resumed with.
    Yield(Vec<Value>),
}

/// Why a native function, or a call, did not come to its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// An error of the program: `pcall` catches it.
    Thrown(Value),
    /// There is no more memory: `pcall` catches it, as the text "not enough memory".
    Memory,
    /// The program ends here, whoever would catch: a limit, a kill, or a broken invariant of the machine.
    Stop(LuaError),
}

impl From<LuaError> for Failure {
    fn from(error: LuaError) -> Self {
        match error {
            LuaError::OutOfMemory => Failure::Memory,
            error => Failure::Stop(error),
        }
    }
}

/// How the calling instruction names the function it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledAs {
    /// The name of the variable, field or method.
    pub name: Vec<u8>,
    /// Whether it is called as a method, so that its first argument is not one the program wrote.
    pub method: bool,
}

/// The machine, as a native function that runs sees it.
pub struct ExecutionContext<'vm> {
    /// The machine.
    pub(crate) vm: &'vm mut LuaVM,
    callee: Value,
    arguments: Vec<Value>,
    results: Vec<Value>,
}

impl std::fmt::Debug for ExecutionContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutionContext")
            .field("callee", &self.callee)
            .field("arguments", &self.arguments)
            .field("results", &self.results)
            .finish_non_exhaustive()
    }
}

impl<'vm> ExecutionContext<'vm> {
    /// For a call of `callee` with these arguments.
    pub(crate) fn new(vm: &'vm mut LuaVM, callee: Value, arguments: Vec<Value>) -> Self {
        ExecutionContext { vm, callee, arguments, results: Vec::new() }
    }

    /// What was pushed.
    pub(crate) fn into_results(self) -> Vec<Value> {
        self.results
    }

    /// The heap.
    pub fn heap(&mut self) -> &mut LuaHeap {
        self.vm.heap_mut()
    }

    /// A transaction on the heap.
    pub fn transaction(&mut self) -> HeapTransaction<'_> {
        HeapTransaction::new(self.vm.heap_mut())
    }

    /// Makes changes in a transaction of their own.
    pub(crate) fn change<R>(
        &mut self,
        change: impl FnOnce(&mut HeapTransaction<'_>) -> Result<R, LuaError>,
    ) -> Result<R, Failure> {
        let mut tx = self.transaction();
        let result = change(&mut tx)?;
        tx.commit()?;
        Ok(result)
    }

    // Arguments.

    /// How many arguments there are.
    pub fn arg_count(&self) -> usize {
        self.arguments.len()
    }

    /// An argument; nil if there is none.
    pub fn arg(&self, index: usize) -> Value {
        self.present(index).unwrap_or(Value::Nil)
    }

    fn present(&self, index: usize) -> Option<Value> {
        self.arguments.get(index.wrapping_sub(1)).copied()
    }

    /// The arguments from `index` on.
    pub fn args_from(&self, index: usize) -> Vec<Value> {
        self.arguments.get(index.saturating_sub(1)..).unwrap_or_default().to_vec()
    }

    /// Whether there is no argument `index`, or it is nil.
    pub fn is_none_or_nil(&self, index: usize) -> bool {
        self.present(index).is_none_or(|value| value.is_nil())
    }

    /// The name of an argument's type; "no value" if there is none.
    pub fn type_name(&self, index: usize) -> &'static str {
        self.present(index).map_or("no value", |value| value.type_name())
    }

    /// A value that the running closure carries.
    pub(crate) fn upvalue(&mut self, index: usize) -> Result<Value, Failure> {
        match self.upvalue_handle(index)? {
            Some(upvalue) => Ok(self.transaction().read_upvalue(upvalue)?),
            None => Ok(Value::Nil),
        }
    }

    /// Replaces a value that the running closure carries.
    pub(crate) fn set_upvalue(&mut self, index: usize, value: Value) -> Result<(), Failure> {
        match self.upvalue_handle(index)? {
            Some(upvalue) => self.change(|tx| tx.set_upvalue(upvalue, value)),
            None => Ok(()),
        }
    }

    fn upvalue_handle(&mut self, index: usize) -> Result<Option<UpvalueHandle>, Failure> {
        match self.callee {
            Value::Closure(closure) => Ok(self.transaction().get_closure(closure)?.upvalues.get(index).copied()),
            _ => Ok(None),
        }
    }

    // Argument checks.

    /// Fails if there is no argument `index`.
    pub fn check_any(&mut self, index: usize) -> Result<Value, Failure> {
        match self.present(index) {
            Some(value) => Ok(value),
            None => Err(self.arg_error(index, "value expected")),
        }
    }

    /// The argument as a table.
    pub fn check_table(&mut self, index: usize) -> Result<TableHandle, Failure> {
        match self.arg(index) {
            Value::Table(table) => Ok(table),
            _ => Err(self.type_error(index, "table")),
        }
    }

    /// The argument as a function.
    pub fn check_function(&mut self, index: usize) -> Result<Value, Failure> {
        let value = self.arg(index);
        if value.is_function() { Ok(value) } else { Err(self.type_error(index, "function")) }
    }

    /// The argument as a number (strings are converted).
    pub fn check_number(&mut self, index: usize) -> Result<f64, Failure> {
        let value = self.arg(index);
        match self.to_number(value)? {
            Some(number) => Ok(number),
            None => Err(self.type_error(index, "number")),
        }
    }

    /// The argument as C's `lua_Integer`: truncated; what does not fit becomes the smallest.
    pub fn check_integer(&mut self, index: usize) -> Result<i64, Failure> {
        Ok(to_integer(self.check_number(index)?))
    }

    /// The argument as C's `int`: truncated, and wrapped to 32 bits.
    pub fn check_int(&mut self, index: usize) -> Result<i32, Failure> {
        Ok(self.check_integer(index)? as i32)
    }

    /// Like [`ExecutionContext::check_integer`], with a default for none and nil.
    pub fn opt_integer(&mut self, index: usize, default: i64) -> Result<i64, Failure> {
        if self.is_none_or_nil(index) { Ok(default) } else { self.check_integer(index) }
    }

    /// Like [`ExecutionContext::check_int`], with a default for none and nil.
    pub fn opt_int(&mut self, index: usize, default: i32) -> Result<i32, Failure> {
        if self.is_none_or_nil(index) { Ok(default) } else { self.check_int(index) }
    }

    /// The bytes of the argument (numbers are converted).
    pub fn check_string(&mut self, index: usize) -> Result<Arc<[u8]>, Failure> {
        let value = self.arg(index);
        match self.to_text(value)? {
            Some(bytes) => Ok(bytes),
            None => Err(self.type_error(index, "string")),
        }
    }

    /// Like [`ExecutionContext::check_string`]; none and nil are `None`.
    pub fn opt_string(&mut self, index: usize) -> Result<Option<Arc<[u8]>>, Failure> {
        if self.is_none_or_nil(index) { Ok(None) } else { self.check_string(index).map(Some) }
    }

    /// The position of the argument's text among `options`.
    pub(crate) fn check_option(&mut self, index: usize, default: &str, options: &[&str]) -> Result<usize, Failure> {
        let name = self.opt_string(index)?.unwrap_or_else(|| Arc::from(default.as_bytes()));
        let name = crate::kernel::text::c_string(&name);
        match options.iter().position(|option| option.as_bytes() == name) {
            Some(position) => Ok(position),
            None => Err(self.arg_error(index, [b"invalid option '", name, b"'"].concat())),
        }
    }

    // Values.

    /// The bytes of a string. They stay as they are, whatever becomes of the heap.
    pub fn bytes(&mut self, string: StringHandle) -> Result<Arc<[u8]>, Failure> {
        Ok(self.transaction().share_string_bytes(string)?)
    }

    /// A value as a number, if it is one or a string that reads as one.
    pub fn to_number(&mut self, value: Value) -> Result<Option<f64>, Failure> {
        match value {
            Value::Number(number) => Ok(Some(number)),
            Value::String(string) => {
                let text = self.bytes(string)?;
                self.vm.pay(|meter| parse_number_paying(&text, meter))
            }
            _ => Ok(None),
        }
    }

    /// The bytes of a string, or of a number's text.
    pub fn to_text(&mut self, value: Value) -> Result<Option<Arc<[u8]>>, Failure> {
        match value {
            Value::String(string) => self.bytes(string).map(Some),
            Value::Number(number) => {
                let mut text = Vec::new();
                write_number(&mut text, number);
                Ok(Some(text.into()))
            }
            _ => Ok(None),
        }
    }

    /// A string.
    pub fn string(&mut self, bytes: &[u8]) -> Result<Value, Failure> {
        Ok(Value::String(self.transaction().create_string_bytes(bytes)?))
    }

    /// The prototype of closures of a native function, for [`ExecutionContext::native_closure`].
    pub(crate) fn native_proto(&mut self, function: CFunction) -> Result<FunctionProtoHandle, Failure> {
        Ok(self.transaction().create_function_proto(FunctionProto::of_native(function))?)
    }

    /// A native function that carries values.
    pub(crate) fn native_closure(&mut self, proto: FunctionProtoHandle, values: &[Value]) -> Result<Value, Failure> {
        let environment = self.vm.globals();
        let mut tx = self.transaction();
        let mut upvalues = Vec::with_capacity(values.len());
        for &value in values {
            upvalues.push(tx.create_upvalue(Upvalue::Closed(value))?);
        }
        Ok(Value::Closure(tx.create_closure(Closure { proto, upvalues, environment })?))
    }

    /// The metatable of a value.
    pub fn metatable(&mut self, value: Value) -> Result<Option<TableHandle>, Failure> {
        Ok(self.transaction().get_metatable(&value)?)
    }

    /// A field of a value's metatable, or nil.
    pub fn metafield(&mut self, value: Value, name: &str) -> Result<Value, Failure> {
        Ok(self.transaction().get_metamethod(&value, name)?)
    }

    /// `table[key]`, without metamethods.
    pub fn raw_get(&mut self, table: TableHandle, key: Value) -> Result<Value, Failure> {
        Ok(self.transaction().read_table_field(table, &key)?)
    }

    /// `table[name]`, without metamethods.
    pub fn raw_get_field(&mut self, table: TableHandle, name: &str) -> Result<Value, Failure> {
        let mut tx = self.transaction();
        let key = Value::String(tx.create_string_bytes(name.as_bytes())?);
        Ok(tx.read_table_field(table, &key)?)
    }

    /// `table[key] := value`, without metamethods.
    pub fn raw_set(&mut self, table: TableHandle, key: Value, value: Value) -> Result<(), Failure> {
        match key {
            // The machine's errors have no position in a native function.
            Value::Nil => Err(self.plain_error(b"table index is nil")),
            Value::Number(number) if number.is_nan() => Err(self.plain_error(b"table index is NaN")),
            key => self.change(|tx| tx.set_table_field(table, key, value)),
        }
    }

    /// `table[name] := value`, without metamethods.
    pub fn raw_set_field(&mut self, table: TableHandle, name: &str, value: Value) -> Result<(), Failure> {
        self.change(|tx| {
            let key = Value::String(tx.create_string_bytes(name.as_bytes())?);
            tx.set_table_field(table, key, value)
        })
    }

    /// A border of a table.
    pub fn raw_len(&mut self, table: TableHandle) -> Result<usize, Failure> {
        Ok(self.transaction().table_length(table)?)
    }

    /// The entry of a table after a key.
    pub(crate) fn next(&mut self, table: TableHandle, key: Value) -> Result<Option<(Value, Value)>, Failure> {
        let result = self.transaction().table_next(table, key);
        match result {
            Ok(entry) => Ok(entry),
            // Not a fault of the machine: the program's.
            Err(LuaError::TableIndexError(message)) => Err(self.plain_error(message.as_bytes())),
            Err(error) => Err(error.into()),
        }
    }

    // Calls.

    /// Calls something from within. Coroutines cannot yield across it.
    pub fn call(&mut self, function: Value, args: Vec<Value>) -> Result<Vec<Value>, Failure> {
        let result = self.vm.call(function, args);
        self.vm.send_output_for(&self.callee);
        result
    }

    /// The same, for the first result.
    pub fn call_one(&mut self, function: Value, args: Vec<Value>) -> Result<Value, Failure> {
        Ok(self.call(function, args)?.into_iter().next().unwrap_or(Value::Nil))
    }

    // Results.

    /// Adds a result.
    pub fn push(&mut self, value: Value) {
        self.results.push(value);
    }

    /// Adds results.
    pub fn extend(&mut self, values: impl IntoIterator<Item = Value>) {
        self.results.extend(values);
    }

    /// Adds a number to the results.
    pub fn push_number(&mut self, number: f64) {
        self.results.push(Value::Number(number));
    }

    /// Adds a string to the results.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let string = self.string(bytes)?;
        self.results.push(string);
        Ok(())
    }

    // Errors.

    /// The error of C's `luaL_error`: the position of the caller, then the message.
    pub fn error(&mut self, message: impl AsRef<[u8]>) -> Failure {
        let mut text = self.vm.position(1);
        text.extend_from_slice(message.as_ref());
        self.plain_error(&text)
    }

    /// An error whose value is just these bytes.
    pub(crate) fn plain_error(&mut self, message: &[u8]) -> Failure {
        match self.string(message) {
            Ok(value) => Failure::Thrown(value),
            Err(failure) => failure,
        }
    }

    /// "bad argument #`index` to 'name' (`message`)".
    pub fn arg_error(&mut self, mut index: usize, message: impl AsRef<[u8]>) -> Failure {
        let mut text = Vec::new();
        let called = self.vm.called_as().unwrap_or_else(|| CalledAs { name: b"?".to_vec(), method: false });
        index = index.wrapping_sub(usize::from(called.method));
        if index == 0 {
            text.extend_from_slice(b"calling '");
            text.extend_from_slice(&called.name);
            text.extend_from_slice(b"' on bad self (");
        } else {
            text.extend_from_slice(format!("bad argument #{index} to '").as_bytes());
            text.extend_from_slice(&called.name);
            text.extend_from_slice(b"' (");
        }
        text.extend_from_slice(message.as_ref());
        text.push(b')');
        self.error(text)
    }

    /// "bad argument #`index` to 'name' (`expected` expected, got ...)".
    pub fn type_error(&mut self, index: usize, expected: &str) -> Failure {
        let message = format!("{expected} expected, got {}", self.type_name(index));
        self.arg_error(index, message)
    }
}

impl FunctionProto {
    /// The prototype of closures that are a native function with values of its own: it has no code, and the function as its
    /// only constant. The compiler makes none like it.
    pub(crate) fn of_native(function: CFunction) -> Self {
        FunctionProto { proto: Arc::new(without_code()), constants: vec![Value::CFunction(function)] }
    }

    /// The native function, if it is a prototype of that kind. Its closures' upvalues are closed.
    pub(crate) fn as_native(&self) -> Option<CFunction> {
        match self.constants.first() {
            Some(Value::CFunction(function)) => Some(*function),
            _ => None,
        }
    }
}

fn without_code() -> Proto {
    Proto {
        source: Arc::from(&b"=[C]"[..]),
        line_defined: 0,
        last_line_defined: 0,
        code: Vec::new(),
        lines: Vec::new(),
        constants: Vec::new(),
        upvalues: Vec::new(),
        locals: Vec::new(),
        num_params: 0,
        vararg: VarargFlags::default(),
        max_stack_size: 0,
        clean_registers: 0,
    }
}

/// Whether a closure is a native one.
pub(crate) fn is_native(ctx: &mut ExecutionContext<'_>, closure: ClosureHandle) -> Result<bool, Failure> {
    let mut tx = ctx.transaction();
    let proto = tx.get_closure(closure)?.proto;
    Ok(tx.get_function_proto(proto)?.as_native().is_some())
}

/// C's conversion of a double to a 64-bit integer on the machines Lua runs on: what does not fit becomes the smallest.
pub(crate) fn to_integer(number: f64) -> i64 {
    crate::kernel::format::to_c_long(number)
}
