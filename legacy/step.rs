//! [`Step`]: the [`Memory`] of one instruction, a transaction on the heap and the window of the innermost call.
//!
//! What a step queues, its commit applies: registers, tables and upvalues, where execution goes on, and what is to be done
//! after the commit. A step that is dropped leaves no trace but objects that it made, and a window that has grown.

use std::sync::{Arc, LazyLock};

use super::error::LuaError;
use super::frame::LuaCode;
use super::handle::{TableHandle, ThreadHandle};
use super::heap::LuaHeap;
use super::limits::MAX_VALUES;
use super::memory::{Fault, Memory, Request, View};
use super::transaction::{HeapTransaction, PendingOperation, TransactionBuffers};
use super::value::{CallFrame, Closure, Value};
use crate::bytecode::Proto;

/// One instruction's view of the machine.
pub(super) struct Step<'heap> {
    tx: HeapTransaction<'heap>,
    thread: ThreadHandle,
    window: usize,
    code: Option<LuaCode>,
    /// How many registers the window has.
    size: usize,
    /// Queued with what concludes the step.
    top: Option<usize>,
}

/// What a step that is for no function shows as its code.
static NO_CODE: LazyLock<Proto> = LazyLock::new(Proto::default);

impl<'heap> Step<'heap> {
    /// For the innermost call of a thread, which is a Lua function's.
    pub(super) fn begin(
        heap: &'heap mut LuaHeap,
        thread: ThreadHandle,
        buffers: TransactionBuffers,
    ) -> Result<Self, Fault> {
        let running = heap.thread(thread)?;
        let frame = running.frames.last();
        let Some((window, code)) = frame.and_then(|frame| Some((frame.window, frame.code()?.clone()))) else {
            return Err(internal("the innermost call is not a Lua function's"));
        };
        let size = running.windows.window(window)?.size;
        Ok(Step { tx: HeapTransaction::with_buffers(heap, buffers), thread, window, code: Some(code), size, top: None })
    }

    /// For what needs no registers.
    pub(super) fn without_frame(heap: &'heap mut LuaHeap, thread: ThreadHandle) -> Self {
        Step { tx: HeapTransaction::new(heap), thread, window: 0, code: None, size: 0, top: None }
    }

    /// Queues where execution goes on, or else what is to be done first, and commits. Returns what is to be done.
    pub(super) fn conclude(&mut self, pc: usize, request: Request<Value>) -> Result<Option<Request<Value>>, Fault> {
        if let Some(top) = self.top {
            self.tx.set_top(self.thread, top)?;
        }
        match request {
            Request::Continue => self.tx.set_pc(self.thread, pc + 1)?,
            Request::Skip => self.tx.set_pc(self.thread, pc + 2)?,
            Request::Jump(target) => self.tx.set_pc(self.thread, target)?,
            request => self.tx.queue_operation(PendingOperation(request))?,
        }
        let mut operations = self.tx.commit()?;
        Ok(operations.pop().map(|operation| operation.0))
    }

    /// Ends the step. What was not committed is dropped.
    pub(super) fn into_buffers(self) -> TransactionBuffers {
        self.tx.into_buffers()
    }

    fn code(&self) -> Result<&LuaCode, Fault> {
        self.code.as_ref().ok_or_else(|| internal("no function runs"))
    }

    fn frame(&mut self) -> Result<&CallFrame, Fault> {
        let frame = self.tx.get_thread(self.thread)?.frames.last();
        frame.ok_or_else(|| internal("the running thread has no active call"))
    }

    fn running(&mut self) -> Result<&Closure, Fault> {
        let closure = self.code()?.closure;
        Ok(self.tx.get_closure(closure)?)
    }
}

fn internal(message: &str) -> Fault {
    Fault::Memory(LuaError::InternalError(message.to_owned()))
}

/// The handle of what the driver or a handler knows to be a table.
fn table_of(value: &Value) -> Result<TableHandle, Fault> {
    match value {
        Value::Table(table) => Ok(*table),
        other => {
            Err(Fault::Memory(LuaError::TypeError { expected: "table".to_owned(), got: other.type_name().to_owned() }))
        }
    }
}

impl Memory for Step<'_> {
    type Value = Value;

    fn proto(&self) -> &Proto {
        match &self.code {
            Some(code) => &code.proto,
            None => &NO_CODE,
        }
    }

    fn register(&mut self, index: usize) -> Result<Value, Fault> {
        Ok(self.tx.read_register(self.thread, self.window, index)?)
    }

    fn set_register(&mut self, index: usize, value: Value) -> Result<(), Fault> {
        if index >= self.size {
            // An open list may be longer than the window.
            if index >= MAX_VALUES {
                return Err(Fault::Message("stack overflow"));
            }
            self.tx.grow_window(self.thread, self.window, index + 1)?;
            self.size = index + 1;
        }
        Ok(self.tx.set_register(self.thread, self.window, index, value)?)
    }

    fn top(&mut self) -> usize {
        self.frame().map_or(0, |frame| frame.top)
    }

    fn set_top(&mut self, top: usize) {
        self.top = Some(top);
    }

    fn constant(&mut self, index: usize) -> Result<Value, Fault> {
        let function = self.code()?.constants;
        let constants = &self.tx.get_function_proto(function)?.constants;
        constants.get(index).copied().ok_or_else(|| internal("a constant is out of range"))
    }

    fn varargs(&mut self) -> Result<Vec<Value>, Fault> {
        Ok(self.frame()?.varargs.clone())
    }

    fn upvalue(&mut self, index: usize) -> Result<Value, Fault> {
        let upvalue = self.running()?.upvalues.get(index).copied();
        let upvalue = upvalue.ok_or_else(|| internal("an upvalue is out of range"))?;
        Ok(self.tx.read_upvalue(upvalue)?)
    }

    fn set_upvalue(&mut self, index: usize, value: Value) -> Result<(), Fault> {
        let upvalue = self.running()?.upvalues.get(index).copied();
        let upvalue = upvalue.ok_or_else(|| internal("an upvalue is out of range"))?;
        Ok(self.tx.set_upvalue(upvalue, value)?)
    }

    fn close_upvalues(&mut self, from: usize) -> Result<(), Fault> {
        Ok(self.tx.close_upvalues(self.thread, self.window, from)?)
    }

    fn environment(&mut self) -> Result<Value, Fault> {
        Ok(Value::Table(self.running()?.environment))
    }

    fn nil(&self) -> Value {
        Value::Nil
    }

    fn boolean(&self, value: bool) -> Value {
        Value::Boolean(value)
    }

    fn number(&self, value: f64) -> Value {
        Value::Number(value)
    }

    fn string(&mut self, bytes: &[u8]) -> Result<Value, Fault> {
        Ok(Value::String(self.tx.create_string_bytes(bytes)?))
    }

    fn table(&mut self, elements: usize, keys: usize) -> Result<Value, Fault> {
        Ok(Value::Table(self.tx.create_table_with_capacity(elements, keys)?))
    }

    fn closure(&mut self, index: usize) -> Result<Value, Fault> {
        let Value::FunctionProto(proto) = self.constant(index)? else {
            return Err(internal("a closure's constant is no function prototype"));
        };
        let code = Arc::clone(&self.tx.get_function_proto(proto)?.proto);
        let Closure { upvalues: outer, environment, .. } = self.running()?.clone();
        let mut upvalues = Vec::with_capacity(code.upvalues.len());
        for captured in &code.upvalues {
            let index = usize::from(captured.index);
            upvalues.push(if captured.in_stack {
                self.tx.find_or_create_upvalue(self.thread, self.window, index)?
            } else {
                *outer.get(index).ok_or_else(|| internal("a captured upvalue is out of range"))?
            });
        }
        Ok(Value::Closure(self.tx.create_closure(Closure { proto, upvalues, environment })?))
    }

    fn view(&self, value: &Value) -> View {
        value.view()
    }

    fn bytes(&mut self, string: &Value) -> Result<Vec<u8>, Fault> {
        match string {
            Value::String(string) => Ok(self.tx.get_string_bytes(*string)?.to_vec()),
            _ => Err(internal("what is no string has no bytes")),
        }
    }

    fn raw_equal(&mut self, left: &Value, right: &Value) -> Result<bool, Fault> {
        Ok(left == right)
    }

    fn raw_get(&mut self, table: &Value, key: &Value) -> Result<Value, Fault> {
        Ok(self.tx.read_table_field(table_of(table)?, key)?)
    }

    fn raw_set(&mut self, table: &Value, key: &Value, value: Value) -> Result<(), Fault> {
        Ok(self.tx.set_table_field(table_of(table)?, *key, value)?)
    }

    fn grow_array(&mut self, table: &Value, elements: usize) -> Result<(), Fault> {
        Ok(self.tx.grow_array(table_of(table)?, elements)?)
    }

    fn raw_len(&mut self, table: &Value) -> Result<usize, Fault> {
        Ok(self.tx.table_length(table_of(table)?)?)
    }

    fn metamethod(&mut self, value: &Value, event: &'static str) -> Result<Value, Fault> {
        Ok(self.tx.get_metamethod(value, event)?)
    }
}
