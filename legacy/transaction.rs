//! [`HeapTransaction`]: how programs and hosts change a heap.
//!
//! - Reads see the heap as it is committed, never what the transaction itself has queued.
//! - Writes are queued. `commit` applies them in order, all of them; `abort`, or dropping the transaction, leaves no trace of
//!   them. There is nothing in between: what could be wrong with a write is refused when it is queued, and a commit that
//!   would exceed the heap's memory limit is refused before it begins.
//! - Objects are made at once, and stay whatever becomes of the transaction. So do windows.
//! - Every handle is validated, those inside of values too. The transaction remembers which it has validated, as no object of a heap ever
//!   goes away.
//!
//! There is no `Drop`: a transaction may be left lying about while the heap is used again.

use std::sync::Arc;

use super::change::{HeapChange, Outlook};
use super::error::{LuaError, LuaResult};
use super::frame::CallFrame;
use super::handle::{
    ClosureHandle, FunctionProtoHandle, StringHandle, TableHandle, ThreadHandle, UpvalueHandle, UserDataHandle,
};
use super::heap::{LuaHeap, ValidatableHandle};
use super::journal::{Journal, TransactionState};
use super::memory::{Culprit, Request, Then};
use super::table::{Table, check_key};
use super::valid_scope::ValidScope;
use super::value::{Closure, FunctionProto, Thread, Upvalue, UserData, Value};
use crate::bytecode::Instruction;

/// Something to be done after a commit, which no transaction can do: it leads out of the heap.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingOperation(pub(crate) Request<Value>);

impl PendingOperation {
    /// A call whose results are dropped.
    pub fn call(function: Value, args: Vec<Value>) -> Self {
        PendingOperation(Request::Call { function, args, named: Culprit::Unnamed, then: Then::Discard })
    }

    /// The values in it.
    fn values(&self) -> impl Iterator<Item = &Value> {
        let (function, values) = match &self.0 {
            Request::Call { function, args, .. } | Request::TailCall { function, args, .. } => {
                (Some(function), args.as_slice())
            }
            Request::Return(values) => (None, values.as_slice()),
            Request::Continue | Request::Skip | Request::Jump(_) => (None, [].as_slice()),
        };
        function.into_iter().chain(values)
    }
}

/// Whose registers are protected: a window of a thread.
type WindowOwner = (ThreadHandle, usize);

/// What a transaction holds besides the heap. It can be handed from one to the next, which then need not allocate.
#[derive(Debug)]
pub(crate) struct TransactionBuffers {
    journal: Journal<HeapChange, PendingOperation, WindowOwner>,
    outlooks: Vec<Outlook>,
}

impl Default for TransactionBuffers {
    fn default() -> Self {
        TransactionBuffers { journal: Journal::new(), outlooks: Vec::new() }
    }
}

/// Changes to a heap that happen together or not at all.
#[derive(Debug)]
pub struct HeapTransaction<'a> {
    heap: &'a mut LuaHeap,
    journal: Journal<HeapChange, PendingOperation, WindowOwner>,
    /// Of the threads whose calls the queued changes change.
    outlooks: Vec<Outlook>,
}

impl<'a> HeapTransaction<'a> {
    /// An active transaction.
    pub fn new(heap: &'a mut LuaHeap) -> Self {
        Self::with_buffers(heap, TransactionBuffers::default())
    }

    /// An active transaction with the buffers of one that is over.
    pub(crate) fn with_buffers(heap: &'a mut LuaHeap, buffers: TransactionBuffers) -> Self {
        let TransactionBuffers { journal, outlooks } = buffers;
        let mut transaction = HeapTransaction { heap, journal, outlooks };
        transaction.clear();
        transaction
    }

    /// Ends the transaction without committing it.
    pub(crate) fn into_buffers(self) -> TransactionBuffers {
        TransactionBuffers { journal: self.journal, outlooks: self.outlooks }
    }

    fn clear(&mut self) {
        self.journal.reset();
        self.outlooks.clear();
    }

    // The state.

    /// Whether it is open, and how it ended.
    pub fn state(&self) -> TransactionState {
        self.journal.state()
    }

    /// Whether it is open.
    pub fn is_active(&self) -> bool {
        self.journal.is_active()
    }

    /// Applies what is queued, and returns the operations that are. A second commit is empty; one after an abort is refused. If
    /// the heap's memory limit refuses it, nothing was applied and the transaction is as it was.
    pub fn commit(&mut self) -> LuaResult<Vec<PendingOperation>> {
        if self.is_active() && self.heap.is_limited() {
            self.heap.check_memory(self.growth()?)?;
        }
        let heap = &mut *self.heap;
        self.journal.commit(|change| change.apply(heap))
    }

    /// By how much the tables grow when the queued changes are applied.
    fn growth(&self) -> LuaResult<usize> {
        let field = |change: &HeapChange| match *change {
            HeapChange::SetTableField { table, key, value } => Some((table, key, value)),
            _ => None,
        };
        let mut bytes = 0usize;
        // What follows each other mostly goes to the same table.
        let same_table = |a: &HeapChange, b: &HeapChange| field(a).map(|a| a.0) == field(b).map(|b| b.0);
        for run in self.journal.changes().chunk_by(same_table) {
            let Some((handle, ..)) = run.first().and_then(field) else { continue };
            let table = self.heap.table(handle)?;
            let new = run.iter().filter_map(field).find(|(_, key, value)| !value.is_nil() && !table.has_place(key));
            if let Some((_, key, _)) = new {
                bytes = bytes.saturating_add(table.growth(&key, run.len() - 1));
            }
        }
        Ok(bytes)
    }

    /// Drops what is queued. Refused if the transaction is not active.
    pub fn abort(&mut self) -> LuaResult<()> {
        self.journal.abort()
    }

    /// Makes the transaction active and empty, whatever became of it.
    pub fn reset(&mut self) -> LuaResult<()> {
        self.clear();
        Ok(())
    }

    /// Queues an operation that `commit` returns.
    pub fn queue_operation(&mut self, operation: PendingOperation) -> LuaResult<()> {
        self.journal.check_active()?;
        for value in operation.values() {
            self.validate_value(value)?;
        }
        self.journal.queue_operation(operation)
    }

    // Validation.

    /// Whether a handle names an object of the heap, in whatever state the transaction is.
    pub fn validate_handle<H: ValidatableHandle>(&mut self, handle: &H) -> LuaResult<()> {
        let key = handle.validation_key();
        if !self.journal.is_validated(key) {
            handle.validate_against_heap(self.heap)?;
            self.journal.mark_validated(key);
        }
        Ok(())
    }

    /// The same for the handle in a value, if there is one.
    pub fn validate_value(&mut self, value: &Value) -> LuaResult<()> {
        match value {
            Value::Nil | Value::Boolean(_) | Value::Number(_) | Value::CFunction(_) => Ok(()),
            Value::String(handle) => self.validate_handle(handle),
            Value::Table(handle) => self.validate_handle(handle),
            Value::Closure(handle) => self.validate_handle(handle),
            Value::Thread(handle) => self.validate_handle(handle),
            Value::UserData(handle) => self.validate_handle(handle),
            Value::FunctionProto(handle) => self.validate_handle(handle),
        }
    }

    /// A scope in which handles are validated together before they are used.
    pub fn validation_scope(&mut self) -> ValidScope<'a, '_> {
        ValidScope::new(self)
    }

    /// How many handles are known to be valid.
    pub(super) fn validated_count(&self) -> usize {
        self.journal.validated_count()
    }

    /// What precedes each use of a handle.
    fn check<H: ValidatableHandle>(&mut self, handle: &H) -> LuaResult<()> {
        self.journal.check_active()?;
        self.validate_handle(handle)
    }

    /// Notes that a new object's handle is valid.
    fn created<H: ValidatableHandle>(&mut self, handle: H) -> H {
        self.journal.mark_validated(handle.validation_key());
        handle
    }

    // Strings.

    /// The string of this text. At once.
    pub fn create_string(&mut self, text: &str) -> LuaResult<StringHandle> {
        self.create_string_bytes(text.as_bytes())
    }

    /// The string of these bytes. At once.
    pub fn create_string_bytes(&mut self, bytes: &[u8]) -> LuaResult<StringHandle> {
        self.journal.check_active()?;
        let handle = self.heap.create_string(bytes)?;
        Ok(self.created(handle))
    }

    /// The text of a string, if it is UTF-8.
    pub fn get_string_value(&mut self, string: StringHandle) -> LuaResult<String> {
        match std::str::from_utf8(self.get_string_bytes(string)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(LuaError::RuntimeError("Invalid UTF-8 in string".to_owned())),
        }
    }

    /// The bytes of a string.
    pub fn get_string_bytes(&mut self, string: StringHandle) -> LuaResult<&[u8]> {
        self.check(&string)?;
        Ok(&self.heap.string(string)?.bytes)
    }

    /// The bytes of a string, to be kept.
    pub fn share_string_bytes(&mut self, string: StringHandle) -> LuaResult<Arc<[u8]>> {
        self.check(&string)?;
        Ok(Arc::clone(&self.heap.string(string)?.bytes))
    }

    /// The metatable of all strings.
    pub fn string_metatable(&self) -> Option<TableHandle> {
        self.heap.string_metatable()
    }

    // Tables.

    /// A new table. At once.
    pub fn create_table(&mut self) -> LuaResult<TableHandle> {
        self.create_table_with_capacity(0, 0)
    }

    /// A new table with room for so many elements and other keys. At once.
    pub fn create_table_with_capacity(&mut self, elements: usize, keys: usize) -> LuaResult<TableHandle> {
        self.journal.check_active()?;
        let handle = self.heap.create_table(elements, keys)?;
        Ok(self.created(handle))
    }

    /// A table.
    pub fn get_table(&mut self, table: TableHandle) -> LuaResult<&Table> {
        self.check(&table)?;
        self.heap.table(table)
    }

    /// The table of globals.
    pub fn get_globals_table(&mut self) -> LuaResult<TableHandle> {
        self.journal.check_active()?;
        Ok(self.heap.globals())
    }

    /// `table[key]`, without metamethods; nil if there is no such field.
    pub fn read_table_field(&mut self, table: TableHandle, key: &Value) -> LuaResult<Value> {
        self.check(&table)?;
        self.validate_value(key)?;
        Ok(self.heap.table(table)?.get(key))
    }

    /// Queues `table[key] := value`, without metamethods. Refused if the key is nil or NaN.
    pub fn set_table_field(&mut self, table: TableHandle, key: Value, value: Value) -> LuaResult<()> {
        self.check(&table)?;
        self.validate_value(&key)?;
        self.validate_value(&value)?;
        check_key(&key).map_err(|bad| LuaError::TableIndexError(bad.message().to_owned()))?;
        self.journal.queue(HeapChange::SetTableField { table, key, value })
    }

    /// Gives a table an array part for so many elements at least. At once: no field changes.
    pub(super) fn grow_array(&mut self, table: TableHandle, elements: usize) -> LuaResult<()> {
        self.check(&table)?;
        self.heap.grow_array(table, elements)
    }

    /// A border of a table (manual §2.5.5).
    pub fn table_length(&mut self, table: TableHandle) -> LuaResult<usize> {
        self.check(&table)?;
        Ok(self.heap.table(table)?.border())
    }

    /// The field after `current_key`; the first one after nil, `None` after the last. A key that the table does not have is a
    /// `TableIndexError`, unless its field was cleared after it was visited.
    pub fn table_next(&mut self, table: TableHandle, current_key: Value) -> LuaResult<Option<(Value, Value)>> {
        self.check(&table)?;
        self.validate_value(&current_key)?;
        let next = self.heap.table(table)?.next(&current_key);
        next.map_err(|()| LuaError::TableIndexError("invalid key to 'next'".to_owned()))
    }

    /// The metatable of a table.
    pub fn get_table_metatable(&mut self, table: TableHandle) -> LuaResult<Option<TableHandle>> {
        self.check(&table)?;
        Ok(self.heap.table(table)?.metatable())
    }

    /// Queues a change of a table's metatable.
    pub fn set_table_metatable(&mut self, table: TableHandle, metatable: Option<TableHandle>) -> LuaResult<()> {
        self.check(&table)?;
        if let Some(metatable) = metatable {
            self.validate_handle(&metatable)?;
        }
        self.journal.queue(HeapChange::SetTableMetatable { table, metatable })
    }

    /// The metatable of any value.
    pub fn get_metatable(&mut self, value: &Value) -> LuaResult<Option<TableHandle>> {
        match *value {
            Value::Table(table) => self.get_table_metatable(table),
            Value::UserData(userdata) => self.get_userdata_metatable(userdata),
            Value::String(_) => {
                self.journal.check_active()?;
                Ok(self.heap.string_metatable())
            }
            _ => {
                self.journal.check_active()?;
                Ok(None)
            }
        }
    }

    /// The metamethod of a value for an event, such as `__index`; nil if there is none.
    pub fn get_metamethod(&mut self, value: &Value, event: &str) -> LuaResult<Value> {
        let Some(metatable) = self.get_metatable(value)? else { return Ok(Value::Nil) };
        // A name that is no string yet is in no table.
        let Some(name) = self.heap.find_string(event.as_bytes()) else { return Ok(Value::Nil) };
        self.read_table_field(metatable, &Value::String(name))
    }

    // Functions and upvalues.

    /// A new closure. At once.
    pub fn create_closure(&mut self, closure: Closure) -> LuaResult<ClosureHandle> {
        self.check(&closure.proto)?;
        self.validate_handle(&closure.environment)?;
        for upvalue in &closure.upvalues {
            self.validate_handle(upvalue)?;
        }
        let handle = self.heap.create_closure(closure)?;
        Ok(self.created(handle))
    }

    /// A closure.
    pub fn get_closure(&mut self, closure: ClosureHandle) -> LuaResult<&Closure> {
        self.check(&closure)?;
        self.heap.closure(closure)
    }

    /// Queues a change of a closure's table of globals.
    pub fn set_closure_environment(&mut self, closure: ClosureHandle, environment: TableHandle) -> LuaResult<()> {
        self.check(&closure)?;
        self.validate_handle(&environment)?;
        self.journal.queue(HeapChange::SetClosureEnvironment { closure, environment })
    }

    /// An instruction of a closure.
    pub fn get_instruction(&mut self, closure: ClosureHandle, pc: usize) -> LuaResult<Instruction> {
        let proto = self.get_closure(closure)?.proto;
        let code = &self.get_function_proto(proto)?.proto.code;
        let out_of_bounds = || LuaError::RuntimeError(format!("PC {pc} out of bounds (bytecode size: {})", code.len()));
        code.get(pc).copied().ok_or_else(out_of_bounds)
    }

    /// A new function prototype. At once.
    pub fn create_function_proto(&mut self, proto: FunctionProto) -> LuaResult<FunctionProtoHandle> {
        self.journal.check_active()?;
        for constant in &proto.constants {
            self.validate_value(constant)?;
        }
        let handle = self.heap.create_function_proto(proto)?;
        Ok(self.created(handle))
    }

    /// A function prototype.
    pub fn get_function_proto(&mut self, proto: FunctionProtoHandle) -> LuaResult<&FunctionProto> {
        self.check(&proto)?;
        self.heap.function_proto(proto)
    }

    /// A new upvalue. At once. One that is to be open belongs to a register, and is made by
    /// [`HeapTransaction::find_or_create_upvalue`].
    pub fn create_upvalue(&mut self, upvalue: Upvalue) -> LuaResult<UpvalueHandle> {
        self.journal.check_active()?;
        match upvalue {
            Upvalue::Closed(value) => {
                self.validate_value(&value)?;
                let handle = self.heap.create_upvalue(upvalue)?;
                Ok(self.created(handle))
            }
            Upvalue::Open { thread, window, register } => self.find_or_create_upvalue(thread, window, register),
        }
    }

    /// The upvalue of a register: the one there is, or a new one. At once.
    pub fn find_or_create_upvalue(
        &mut self,
        thread: ThreadHandle,
        window: usize,
        register: usize,
    ) -> LuaResult<UpvalueHandle> {
        self.check(&thread)?;
        let handle = self.heap.find_or_create_upvalue(thread, window, register)?;
        Ok(self.created(handle))
    }

    /// An upvalue.
    pub fn get_upvalue(&mut self, upvalue: UpvalueHandle) -> LuaResult<&Upvalue> {
        self.check(&upvalue)?;
        self.heap.upvalue(upvalue)
    }

    /// The value of a captured variable, wherever it is.
    pub fn read_upvalue(&mut self, upvalue: UpvalueHandle) -> LuaResult<Value> {
        self.check(&upvalue)?;
        self.heap.upvalue_value(upvalue)
    }

    /// Queues a change of a captured variable. Refused if it is a register that is protected.
    pub fn set_upvalue(&mut self, upvalue: UpvalueHandle, value: Value) -> LuaResult<()> {
        self.check(&upvalue)?;
        self.validate_value(&value)?;
        if let Upvalue::Open { thread, window, register } = *self.heap.upvalue(upvalue)? {
            self.check_writable(thread, window, register)?;
        }
        self.journal.queue(HeapChange::SetUpvalue { upvalue, value })
    }

    /// The upvalues of a thread that are open in a window from a register on, and in all windows above.
    pub fn find_upvalues_above_threshold(
        &mut self,
        thread: ThreadHandle,
        window: usize,
        register: usize,
    ) -> LuaResult<Vec<UpvalueHandle>> {
        let open = &self.get_thread(thread)?.open_upvalues;
        let first = open.partition_point(|open| (open.window, open.register) < (window, register));
        Ok(open[first..].iter().map(|open| open.handle).collect())
    }

    /// Queues that those upvalues are closed.
    pub fn close_upvalues(&mut self, thread: ThreadHandle, window: usize, register: usize) -> LuaResult<()> {
        self.check(&thread)?;
        self.journal.queue(HeapChange::CloseUpvalues { thread, window, register })
    }

    // Userdata.

    /// A new userdata. At once.
    pub fn create_userdata(&mut self, userdata: UserData) -> LuaResult<UserDataHandle> {
        self.journal.check_active()?;
        if let Some(metatable) = userdata.metatable {
            self.validate_handle(&metatable)?;
        }
        let handle = self.heap.create_userdata(userdata)?;
        Ok(self.created(handle))
    }

    /// A userdata.
    pub fn get_userdata(&mut self, userdata: UserDataHandle) -> LuaResult<&UserData> {
        self.check(&userdata)?;
        self.heap.userdata(userdata)
    }

    /// The metatable of a userdata.
    pub fn get_userdata_metatable(&mut self, userdata: UserDataHandle) -> LuaResult<Option<TableHandle>> {
        Ok(self.get_userdata(userdata)?.metatable)
    }

    /// Queues a change of a userdata's metatable.
    pub fn set_userdata_metatable(
        &mut self,
        userdata: UserDataHandle,
        metatable: Option<TableHandle>,
    ) -> LuaResult<()> {
        self.check(&userdata)?;
        if let Some(metatable) = metatable {
            self.validate_handle(&metatable)?;
        }
        self.journal.queue(HeapChange::SetUserDataMetatable { userdata, metatable })
    }

    // Threads, windows and registers.

    /// A new thread, suspended and without calls, with the heap's globals. At once.
    pub fn create_thread(&mut self) -> LuaResult<ThreadHandle> {
        self.journal.check_active()?;
        let handle = self.heap.create_thread(self.heap.globals())?;
        Ok(self.created(handle))
    }

    /// A thread.
    pub fn get_thread(&mut self, thread: ThreadHandle) -> LuaResult<&Thread> {
        self.check(&thread)?;
        self.heap.thread(thread)
    }

    /// A new window of a thread, of nil registers. At once; refused while changes of the thread's calls are queued, because those
    /// end windows.
    pub fn allocate_window(&mut self, thread: ThreadHandle, size: usize) -> LuaResult<usize> {
        self.check(&thread)?;
        if self.outlook(thread).is_some() {
            let message = "a window cannot be allocated while changes of the thread's calls are queued";
            return Err(LuaError::TransactionError(message.to_owned()));
        }
        self.heap.allocate_window(thread, size)
    }

    /// Makes a window larger. At once.
    pub fn grow_window(&mut self, thread: ThreadHandle, window: usize, size: usize) -> LuaResult<()> {
        self.check(&thread)?;
        self.heap.grow_window(thread, window, size)
    }

    /// A register.
    pub fn read_register(&mut self, thread: ThreadHandle, window: usize, register: usize) -> LuaResult<Value> {
        self.check(&thread)?;
        Ok(*self.heap.thread(thread)?.windows.get_register(window, register)?)
    }

    /// Queues a change of a register. Refused if there is no such register, if its window ends by what is queued, or if it is
    /// protected, by its window or in this transaction.
    pub fn set_register(
        &mut self,
        thread: ThreadHandle,
        window: usize,
        register: usize,
        value: Value,
    ) -> LuaResult<()> {
        self.check(&thread)?;
        self.validate_value(&value)?;
        if let Some(outlook) = self.outlook(thread) {
            outlook.check_window(window)?;
        }
        self.check_writable(thread, window, register)?;
        self.journal.queue(HeapChange::SetRegister { thread, window, register, value })
    }

    fn check_writable(&self, thread: ThreadHandle, window: usize, register: usize) -> LuaResult<()> {
        let windows = &self.heap.thread(thread)?.windows;
        windows.check_writable(window, register)?;
        if self.protection_of(thread, window, register).is_some() {
            let bound = windows.window(window)?.size;
            return Err(LuaError::ProtectedRegister { window, register, bound });
        }
        Ok(())
    }

    /// Protects the registers from `start` to before `end` of a window from changes by this transaction, until it is reset.
    pub fn protect_registers(
        &mut self,
        thread: ThreadHandle,
        window: usize,
        start: usize,
        end: usize,
        reason: &str,
    ) -> LuaResult<()> {
        self.check(&thread)?;
        self.heap.thread(thread)?.windows.check_range(window, start, end)?;
        self.journal.protect((thread, window), start..end, reason)
    }

    /// Why this transaction may not change a register, if it was told so.
    pub fn protection_of(&self, thread: ThreadHandle, window: usize, register: usize) -> Option<&str> {
        self.journal.protection_of(&(thread, window), register)
    }

    // Calls.

    fn outlook(&self, thread: ThreadHandle) -> Option<&Outlook> {
        self.outlooks.iter().find(|outlook| outlook.thread == thread)
    }

    fn outlook_mut(&mut self, thread: ThreadHandle) -> LuaResult<(&mut Outlook, &Thread)> {
        let found = self.heap.thread(thread)?;
        let position = match self.outlooks.iter().position(|outlook| outlook.thread == thread) {
            Some(position) => position,
            None => {
                self.outlooks.push(Outlook::new(thread, found));
                self.outlooks.len() - 1
            }
        };
        Ok((&mut self.outlooks[position], found))
    }

    /// How many calls are active in a thread.
    pub fn get_thread_call_depth(&mut self, thread: ThreadHandle) -> LuaResult<usize> {
        Ok(self.get_thread(thread)?.frames.len())
    }

    /// The innermost call of a thread.
    pub fn get_current_frame(&mut self, thread: ThreadHandle) -> LuaResult<&CallFrame> {
        let no_frame = || LuaError::RuntimeError("No active call frame".to_owned());
        self.get_thread(thread)?.frames.last().ok_or_else(no_frame)
    }

    /// The next instruction of the innermost call.
    pub fn get_pc(&mut self, thread: ThreadHandle) -> LuaResult<usize> {
        Ok(self.get_current_frame(thread)?.pc)
    }

    /// Queues a change of the next instruction. Without a call it changes nothing.
    pub fn set_pc(&mut self, thread: ThreadHandle, pc: usize) -> LuaResult<()> {
        self.check(&thread)?;
        self.journal.queue(HeapChange::SetPc { thread, pc })
    }

    /// Queues that the instruction after the committed one is the next.
    pub fn increment_pc(&mut self, thread: ThreadHandle) -> LuaResult<()> {
        let pc = self.get_pc(thread)?;
        self.set_pc(thread, pc.saturating_add(1))
    }

    /// Queues a change of the top of the innermost call. Without a call it changes nothing.
    pub fn set_top(&mut self, thread: ThreadHandle, top: usize) -> LuaResult<()> {
        self.check(&thread)?;
        self.journal.queue(HeapChange::SetTop { thread, top })
    }

    /// Queues a call, whose window, if it has one, is there already.
    pub fn push_call_frame(&mut self, thread: ThreadHandle, frame: CallFrame) -> LuaResult<()> {
        self.check(&thread)?;
        self.validate_value(&frame.callee)?;
        for value in &frame.varargs {
            self.validate_value(value)?;
        }
        self.outlook_mut(thread)?.0.push(&frame)?;
        self.journal.queue(HeapChange::PushCallFrame { thread, frame: Box::new(frame) })
    }

    /// Queues that the innermost call is over: its upvalues are closed, and its window and those above it end. Without a call it
    /// changes nothing.
    pub fn pop_call_frame(&mut self, thread: ThreadHandle) -> LuaResult<()> {
        self.check(&thread)?;
        let (outlook, found) = self.outlook_mut(thread)?;
        if outlook.pop(found) { self.journal.queue(HeapChange::PopCallFrame { thread }) } else { Ok(()) }
    }
}
