//! [`LuaHeap`]: all objects of the old VM.
//!
//! One arena for each kind of object. Invariants:
//!
//! - every access goes through a handle that is validated there and then: one of another heap, or that was made up, is an
//!   error that names the index and what it was compared with;
//! - each distinct string exists once, so equal strings have equal handles;
//! - nothing is ever freed. What it all takes is counted, so that a limit can stop a program before the host is out of
//!   memory.
//!
//! Programs and hosts change a heap through a [`HeapTransaction`](super::transaction::HeapTransaction); only what makes new
//! objects, and the driver's own book-keeping, is immediate.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use foldhash::fast::RandomState;

use crate::bytecode::{Constant, Proto};

use super::arena::Arena;
use super::error::{LuaError, LuaResult};
use super::handle::{
    ClosureHandle, FunctionProtoHandle, HandleKind, StringHandle, TableHandle, ThreadHandle, UpvalueHandle,
    UserDataHandle,
};
use super::journal::ValidationKey;
use super::register_window::RegisterWindowSystem;
use super::table::Table;
use super::value::{Closure, FunctionProto, LuaString, OpenUpvalue, Thread, ThreadStatus, Upvalue, UserData, Value};

/// How many registers there is room for in a new thread.
const INITIAL_REGISTERS: usize = 256;
/// What the slot of an object costs besides the object itself.
const SLOT_OVERHEAD: usize = size_of::<u32>();
/// What an interned string costs besides its slot and bytes: its counts, and its place in the table of all strings.
const STRING_OVERHEAD: usize = 2 * size_of::<usize>() + size_of::<(Arc<[u8]>, StringHandle)>();

/// The number of the next heap: each has generations of its own, so that none takes the handles of another.
static NEXT_HEAP: AtomicU32 = AtomicU32::new(0);

/// A handle that a heap can validate.
pub trait ValidatableHandle: Copy {
    /// Whether it names an object of the heap.
    fn validate_against_heap(&self, heap: &LuaHeap) -> LuaResult<()>;
    /// What identifies it.
    fn validation_key(&self) -> ValidationKey;
}

/// The objects of a machine.
#[derive(Debug)]
pub struct LuaHeap {
    strings: Arena<LuaString>,
    tables: Arena<Table>,
    closures: Arena<Closure>,
    upvalues: Arena<Upvalue>,
    threads: Arena<Thread>,
    userdata: Arena<UserData>,
    protos: Arena<FunctionProto>,
    interned: HashMap<Arc<[u8]>, StringHandle, RandomState>,
    globals: TableHandle,
    registry: TableHandle,
    main_thread: ThreadHandle,
    string_metatable: Option<TableHandle>,
    used: usize,
    limit: Option<usize>,
}

macro_rules! object_access {
    ($($arena:ident: $object:ident, $handle:ident, $get:ident, $get_mut:ident;)*) => {
        $(impl ValidatableHandle for $handle {
            fn validate_against_heap(&self, heap: &LuaHeap) -> LuaResult<()> {
                heap.$arena.validate(self.0)
            }

            fn validation_key(&self) -> ValidationKey {
                ValidationKey::new($handle::KIND, self.0.index(), self.0.generation())
            }
        })*

        impl LuaHeap {
            $(#[doc = concat!("The object that a [`", stringify!($handle), "`] names.")]
            #[inline]
            pub fn $get(&self, handle: $handle) -> LuaResult<&$object> {
                self.$arena.get(handle.0)
            })*
        }
    };
}

object_access! {
    strings: LuaString, StringHandle, string, string_mut;
    tables: Table, TableHandle, table, table_mut;
    closures: Closure, ClosureHandle, closure, closure_mut;
    upvalues: Upvalue, UpvalueHandle, upvalue, upvalue_mut;
    threads: Thread, ThreadHandle, thread, thread_mut;
    userdata: UserData, UserDataHandle, userdata, userdata_mut;
    protos: FunctionProto, FunctionProtoHandle, function_proto, function_proto_mut;
}

impl LuaHeap {
    /// A heap with an empty table of globals, an empty registry and a main thread.
    pub fn new() -> LuaResult<Self> {
        // Versions are odd and begin at 1; generations of different heaps do not meet.
        let first = NEXT_HEAP.fetch_add(2, Ordering::Relaxed);
        let mut tables = Arena::new(HandleKind::Table, first);
        let mut threads = Arena::new(HandleKind::Thread, first);
        let globals = TableHandle(tables.insert(Table::new())?);
        let registry = TableHandle(tables.insert(Table::new())?);
        let mut main = Self::new_thread(globals);
        main.status = ThreadStatus::Running;
        let main_thread = ThreadHandle(threads.insert(main)?);
        Ok(LuaHeap {
            strings: Arena::new(HandleKind::String, first),
            tables,
            closures: Arena::new(HandleKind::Closure, first),
            upvalues: Arena::new(HandleKind::Upvalue, first),
            threads,
            userdata: Arena::new(HandleKind::UserData, first),
            protos: Arena::new(HandleKind::FunctionProto, first),
            interned: HashMap::default(),
            globals,
            registry,
            main_thread,
            string_metatable: None,
            used: INITIAL_REGISTERS * size_of::<Value>(),
            limit: None,
        })
    }

    fn new_thread(environment: TableHandle) -> Thread {
        Thread {
            status: ThreadStatus::Suspended,
            windows: RegisterWindowSystem::new(INITIAL_REGISTERS),
            frames: Vec::new(),
            open_upvalues: Vec::new(),
            environment,
        }
    }

    /// The table of globals.
    pub fn globals(&self) -> TableHandle {
        self.globals
    }

    /// The table of the host's own values.
    pub fn registry(&self) -> TableHandle {
        self.registry
    }

    /// The thread that is no coroutine.
    pub fn main_thread(&self) -> ThreadHandle {
        self.main_thread
    }

    /// The metatable of all strings.
    pub fn string_metatable(&self) -> Option<TableHandle> {
        self.string_metatable
    }

    pub(crate) fn set_string_metatable(&mut self, metatable: Option<TableHandle>) -> LuaResult<()> {
        if let Some(metatable) = metatable {
            self.table(metatable)?;
        }
        self.string_metatable = metatable;
        Ok(())
    }

    /// Whether a value's handle, if it has one, names an object of this heap.
    pub fn validate_value(&self, value: &Value) -> LuaResult<()> {
        match value {
            Value::Nil | Value::Boolean(_) | Value::Number(_) | Value::CFunction(_) => Ok(()),
            Value::String(handle) => handle.validate_against_heap(self),
            Value::Table(handle) => handle.validate_against_heap(self),
            Value::Closure(handle) => handle.validate_against_heap(self),
            Value::Thread(handle) => handle.validate_against_heap(self),
            Value::UserData(handle) => handle.validate_against_heap(self),
            Value::FunctionProto(handle) => handle.validate_against_heap(self),
        }
    }

    // Memory.

    /// How many bytes the objects take, about.
    pub fn memory_used(&self) -> usize {
        self.used
    }

    /// Sets how many bytes the objects may take. Whatever needs more than that fails with [`LuaError::OutOfMemory`].
    pub fn set_memory_limit(&mut self, limit: Option<usize>) {
        self.limit = limit;
    }

    /// Whether so many bytes more are allowed.
    pub(crate) fn check_memory(&self, bytes: usize) -> LuaResult<()> {
        match self.limit {
            Some(limit) if self.used.saturating_add(bytes) > limit => Err(LuaError::OutOfMemory),
            _ => Ok(()),
        }
    }

    /// Whether there is a limit at all.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Counts bytes, if they are allowed.
    fn charge(&mut self, bytes: usize) -> LuaResult<()> {
        self.check_memory(bytes)?;
        self.used += bytes;
        Ok(())
    }

    fn charge_object<T>(&mut self, beside: usize) -> LuaResult<()> {
        self.charge((size_of::<T>() + SLOT_OVERHEAD).saturating_add(beside))
    }

    // Making objects.

    /// The string of these bytes.
    pub fn create_string(&mut self, bytes: &[u8]) -> LuaResult<StringHandle> {
        if let Some(&handle) = self.interned.get(bytes) {
            return Ok(handle);
        }
        self.charge_object::<LuaString>(STRING_OVERHEAD.saturating_add(bytes.len()))?;
        let bytes: Arc<[u8]> = bytes.into();
        let handle = StringHandle(self.strings.insert(LuaString { bytes: Arc::clone(&bytes) })?);
        self.interned.insert(bytes, handle);
        Ok(handle)
    }

    /// The string of these bytes, if there is one already.
    pub fn find_string(&self, bytes: &[u8]) -> Option<StringHandle> {
        self.interned.get(bytes).copied()
    }

    pub(crate) fn create_table(&mut self, elements: usize, keys: usize) -> LuaResult<TableHandle> {
        self.charge_object::<Table>(Table::memory_for(elements, keys))?;
        Ok(TableHandle(self.tables.insert(Table::with_capacity(elements, keys))?))
    }

    pub(crate) fn create_closure(&mut self, closure: Closure) -> LuaResult<ClosureHandle> {
        self.charge_object::<Closure>(closure.upvalues.len() * size_of::<UpvalueHandle>())?;
        Ok(ClosureHandle(self.closures.insert(closure)?))
    }

    pub(crate) fn create_upvalue(&mut self, upvalue: Upvalue) -> LuaResult<UpvalueHandle> {
        self.charge_object::<Upvalue>(0)?;
        Ok(UpvalueHandle(self.upvalues.insert(upvalue)?))
    }

    /// A suspended thread without calls.
    pub(crate) fn create_thread(&mut self, environment: TableHandle) -> LuaResult<ThreadHandle> {
        self.charge_object::<Thread>(INITIAL_REGISTERS * size_of::<Value>())?;
        Ok(ThreadHandle(self.threads.insert(Self::new_thread(environment))?))
    }

    pub(crate) fn create_userdata(&mut self, userdata: UserData) -> LuaResult<UserDataHandle> {
        self.charge_object::<UserData>(userdata.data.len())?;
        Ok(UserDataHandle(self.userdata.insert(userdata)?))
    }

    pub(crate) fn create_function_proto(&mut self, proto: FunctionProto) -> LuaResult<FunctionProtoHandle> {
        self.charge_object::<FunctionProto>(proto.constants.len() * size_of::<Value>())?;
        Ok(FunctionProtoHandle(self.protos.insert(proto)?))
    }

    /// A compiled function with everything in it: strings interned, nested functions likewise.
    pub(crate) fn load_proto(&mut self, proto: &Arc<Proto>) -> LuaResult<FunctionProtoHandle> {
        let mut constants = Vec::with_capacity(proto.constants.len());
        for constant in &proto.constants {
            constants.push(match constant {
                Constant::Nil => Value::Nil,
                Constant::Boolean(value) => Value::Boolean(*value),
                Constant::Number(number) => Value::Number(*number),
                Constant::String(bytes) => Value::String(self.create_string(bytes)?),
                // As deep as the source nests functions, which the compiler limits.
                Constant::Function(nested) => Value::FunctionProto(self.load_proto(nested)?),
            });
        }
        self.create_function_proto(FunctionProto { proto: Arc::clone(proto), constants })
    }

    // Changing objects: for transactions when they commit, and for the driver's book-keeping.

    /// Sets a field. The key is one that can be a key.
    pub(crate) fn set_field(&mut self, table: TableHandle, key: Value, value: Value) -> LuaResult<()> {
        let table = self.tables.get_mut(table.0)?;
        let before = table.memory();
        table.set(key, value).map_err(|bad| LuaError::TableIndexError(bad.message().to_owned()))?;
        self.used = (self.used + table.memory()).saturating_sub(before);
        Ok(())
    }

    pub(crate) fn grow_array(&mut self, table: TableHandle, elements: usize) -> LuaResult<()> {
        let present = self.tables.get(table.0)?;
        self.check_memory(Table::memory_for(elements.saturating_sub(present.array().len()), 0))?;
        let table = self.tables.get_mut(table.0)?;
        let before = table.memory();
        table.grow_array(elements);
        self.used = (self.used + table.memory()).saturating_sub(before);
        Ok(())
    }

    pub(crate) fn set_metatable(&mut self, table: TableHandle, metatable: Option<TableHandle>) -> LuaResult<()> {
        self.tables.get_mut(table.0)?.set_metatable(metatable);
        Ok(())
    }

    pub(crate) fn userdata_mut(&mut self, userdata: UserDataHandle) -> LuaResult<&mut UserData> {
        self.userdata.get_mut(userdata.0)
    }

    pub(crate) fn closure_mut(&mut self, closure: ClosureHandle) -> LuaResult<&mut Closure> {
        self.closures.get_mut(closure.0)
    }

    pub(crate) fn thread_mut(&mut self, thread: ThreadHandle) -> LuaResult<&mut Thread> {
        self.threads.get_mut(thread.0)
    }

    /// Makes a window in a thread, and counts what the thread's registers grew by.
    pub(crate) fn allocate_window(&mut self, thread: ThreadHandle, size: usize) -> LuaResult<usize> {
        self.check_memory(size * size_of::<Value>())?;
        self.change_windows(thread, |windows| windows.allocate_window(size))
    }

    /// Makes a window larger.
    pub(crate) fn grow_window(&mut self, thread: ThreadHandle, window: usize, size: usize) -> LuaResult<()> {
        self.check_memory(size.saturating_mul(size_of::<Value>()))?;
        self.change_windows(thread, |windows| windows.grow_window(window, size))
    }

    fn change_windows<R>(
        &mut self,
        thread: ThreadHandle,
        change: impl FnOnce(&mut RegisterWindowSystem<Value>) -> LuaResult<R>,
    ) -> LuaResult<R> {
        let windows = &mut self.threads.get_mut(thread.0)?.windows;
        let before = windows.memory();
        let result = change(windows);
        self.used = (self.used + windows.memory()).saturating_sub(before);
        result
    }

    // Upvalues.

    /// The value of a captured variable.
    pub(crate) fn upvalue_value(&self, upvalue: UpvalueHandle) -> LuaResult<Value> {
        match *self.upvalue(upvalue)? {
            Upvalue::Closed(value) => Ok(value),
            Upvalue::Open { thread, window, register } => {
                Ok(*self.thread(thread)?.windows.get_register(window, register)?)
            }
        }
    }

    /// Sets a captured variable.
    pub(crate) fn set_upvalue(&mut self, upvalue: UpvalueHandle, value: Value) -> LuaResult<()> {
        let place = self.upvalues.get_mut(upvalue.0)?;
        match *place {
            Upvalue::Closed(_) => {
                *place = Upvalue::Closed(value);
                Ok(())
            }
            Upvalue::Open { thread, window, register } => {
                self.thread_mut(thread)?.windows.set_register(window, register, value)
            }
        }
    }

    /// The upvalue of a register: the one there is, or a new one.
    pub(crate) fn find_or_create_upvalue(
        &mut self,
        thread: ThreadHandle,
        window: usize,
        register: usize,
    ) -> LuaResult<UpvalueHandle> {
        let found = self.thread(thread)?;
        found.windows.get_register(window, register)?;
        let place = found.open_upvalues.binary_search_by_key(&(window, register), |open| (open.window, open.register));
        match place {
            Ok(position) => Ok(found.open_upvalues[position].handle),
            Err(position) => {
                let handle = self.create_upvalue(Upvalue::Open { thread, window, register })?;
                let list = &mut self.thread_mut(thread)?.open_upvalues;
                list.insert(position, OpenUpvalue { window, register, handle });
                Ok(handle)
            }
        }
    }

    /// Closes the upvalues of a thread from a register of a window on, and of all windows above it.
    pub(crate) fn close_upvalues(&mut self, thread: ThreadHandle, window: usize, register: usize) -> LuaResult<()> {
        let Thread { windows, open_upvalues, .. } = self.threads.get_mut(thread.0)?;
        while let Some(&open) = open_upvalues.last()
            && (open.window, open.register) >= (window, register)
        {
            let value = *windows.get_register(open.window, open.register)?;
            *self.upvalues.get_mut(open.handle.0)? = Upvalue::Closed(value);
            open_upvalues.pop();
        }
        Ok(())
    }

    /// Ends windows of a thread until `count` are left, closing what is open in them.
    pub(crate) fn deallocate_windows(&mut self, thread: ThreadHandle, count: usize) -> LuaResult<()> {
        self.close_upvalues(thread, count, 0)?;
        let windows = &mut self.thread_mut(thread)?.windows;
        while windows.window_stack.len() > count {
            windows.deallocate_window()?;
        }
        Ok(())
    }

    /// How many objects of each kind there are.
    pub fn object_counts(&self) -> ObjectCounts {
        ObjectCounts {
            strings: self.strings.len(),
            tables: self.tables.len(),
            closures: self.closures.len(),
            upvalues: self.upvalues.len(),
            threads: self.threads.len(),
            userdata: self.userdata.len(),
            function_protos: self.protos.len(),
        }
    }
}

/// How many objects of each kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectCounts {
    /// Strings.
    pub strings: usize,
    /// Tables.
    pub tables: usize,
    /// Closures.
    pub closures: usize,
    /// Upvalues.
    pub upvalues: usize,
    /// Threads.
    pub threads: usize,
    /// Userdata.
    pub userdata: usize,
    /// Function prototypes.
    pub function_protos: usize,
}
