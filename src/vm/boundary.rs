//! The boundary between the machine and its host: values become handles on their way out, and handles are checked on
//! their way in.
//!
//! Nothing here collects. So the handles a host holds stay valid until it runs Lua code, or asks for a collection.

use std::any::Any;
use std::sync::Arc;

use parking_lot::Mutex;

use super::frame::NativeKind;
use super::load::ESCAPE;
use super::machine::LuaVM;
use super::native::{Ctx, NativeResult, Throw};
use super::state::State;
use crate::arena::handle::{
    FunctionHandle, Handle, HandleError, Resolve, StringHandle, TableHandle, ThreadHandle, UserDataHandle,
};
use crate::arena::heap::RootKey;
use crate::arena::{AllocError, Frame, Gc, TValue, TableError, ThreadStatus, Unpacked, UserData};
use crate::compiler::Refusal;
use crate::error::{Error, RuntimeError};
use crate::value::Value;

/// Why an operation at the boundary failed.
#[derive(Debug)]
pub(crate) enum Fail {
    /// A Lua error, or a stop, is on its way; its value is in the machine.
    Throw(Throw),
    /// The operation was refused.
    Error(Error),
}

impl From<Throw> for Fail {
    fn from(throw: Throw) -> Self {
        Fail::Throw(throw)
    }
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Fail::Error(error)
    }
}

impl From<AllocError> for Fail {
    fn from(_: AllocError) -> Self {
        Fail::Error(Error::Memory)
    }
}

/// The roots a host has dropped, wherever it was when it did. Shared by a machine and its roots.
pub(crate) type Unrooted = Arc<Mutex<Vec<RootKey>>>;

/// What a native function of kind [`NativeKind::Host`] calls.
pub(crate) type HostFunction = Box<dyn Fn(&mut Ctx<'_>) -> NativeResult + Send + Sync>;

/// What is added to the size of an object that is about to be made: its head.
const OBJECT_SIZE: usize = 64;

fn handle_error<T>(what: &'static str, handle: Handle<T>) -> Error {
    Error::InvalidHandle { what, index: handle.index(), generation: handle.generation() }
}

impl State {
    pub(super) fn export(&self, value: TValue) -> Value {
        match value.unpack() {
            Unpacked::Nil => Value::Nil,
            Unpacked::Boolean(b) => Value::Boolean(b),
            Unpacked::Number(n) => Value::Number(n),
            Unpacked::String(string) => Value::String(self.heap.handle(string)),
            Unpacked::Table(table) => Value::Table(self.heap.handle(table)),
            Unpacked::Function(function) => Value::Function(self.heap.handle(function)),
            Unpacked::UserData(userdata) => Value::UserData(self.heap.handle(userdata)),
            Unpacked::Thread(thread) => Value::Thread(self.heap.handle(thread)),
        }
    }

    pub(super) fn import(&self, value: Value) -> Result<TValue, Error> {
        fn object<T: Resolve>(st: &State, what: &'static str, handle: Handle<T>) -> Result<TValue, Error>
        where
            TValue: From<Gc<T::Object>>,
        {
            match st.heap.resolve(handle) {
                Ok(object) => Ok(object.into()),
                Err(HandleError::Invalid | HandleError::Stale) => Err(handle_error(what, handle)),
            }
        }
        let what = value.type_name();
        match value {
            Value::Nil => Ok(TValue::NIL),
            Value::Boolean(b) => Ok(TValue::boolean(b)),
            Value::Number(n) => Ok(TValue::number(n)),
            Value::String(handle) => object(self, what, handle),
            Value::Table(handle) => object(self, what, handle),
            Value::Function(handle) => object(self, what, handle),
            Value::UserData(handle) => object(self, what, handle),
            Value::Thread(handle) => object(self, what, handle),
        }
    }

    pub(super) fn view(&self) -> View<'_> {
        View(self)
    }

    /// Forgets the roots that have been dropped.
    fn drain_unrooted(&mut self) {
        let mut unrooted = self.unrooted.lock();
        for key in unrooted.drain(..) {
            self.heap.roots.remove(key);
        }
    }
}

/// A machine that is only looked at.
#[derive(Clone, Copy)]
pub(crate) struct View<'vm>(&'vm State);

impl<'vm> View<'vm> {
    /// Whether a value can be used with this machine now.
    pub(crate) fn is_valid(self, value: Value) -> bool {
        self.0.import(value).is_ok()
    }

    pub(crate) fn bytes(self, string: StringHandle) -> Option<&'vm [u8]> {
        self.0.heap.resolve(string).ok().map(|string| string.bytes())
    }

    pub(crate) fn raw_get(self, table: TableHandle, key: Value) -> Option<Value> {
        let table = self.0.heap.resolve(table).ok()?;
        let key = self.0.import(key).ok()?;
        Some(self.0.export(table.get(&self.0.heap, key)))
    }

    pub(crate) fn raw_len(self, table: TableHandle) -> Option<usize> {
        self.0.heap.resolve(table).ok().map(|table| table.length(&self.0.heap))
    }

    pub(crate) fn next(self, table: TableHandle, key: Value) -> Result<Option<(Value, Value)>, Error> {
        let table = self.0.heap.resolve(table).map_err(|_| handle_error("table", table))?;
        match table.next(&self.0.heap, self.0.import(key)?) {
            Ok(entry) => Ok(entry.map(|(key, value)| (self.0.export(key), self.0.export(value)))),
            Err(TableError::Memory(_)) => Err(Error::Memory),
            Err(_) => Err(Error::Runtime(RuntimeError { message: b"invalid key to 'next'".to_vec() })),
        }
    }

    pub(crate) fn metatable(self, value: Value) -> Option<TableHandle> {
        let value = self.0.import(value).ok()?;
        self.0.metatable_of(value).map(|metatable| self.0.heap.handle(metatable))
    }

    pub(crate) fn globals(self) -> TableHandle {
        self.0.heap.handle(self.0.thread.globals.get())
    }

    pub(crate) fn registry(self) -> TableHandle {
        self.0.heap.handle(self.0.registry())
    }

    /// Value `index`, from 0, of the function that runs.
    pub(crate) fn register(self, index: usize) -> Option<Value> {
        let base = self.0.current().base;
        let count = (self.0.top as usize - base as usize) / size_of::<TValue>();
        // SAFETY: the values of a native frame, and of the host's, are `base..top`, all initialised.
        (index < count).then(|| self.0.export(unsafe { *base.add(index) }))
    }

    pub(crate) fn thread_status(self, thread: ThreadHandle) -> Option<ThreadStatus> {
        self.0.heap.resolve(thread).ok().map(|thread| thread.status.get())
    }

    /// The value of a root, if it is one of this machine's.
    pub(crate) fn root(self, key: RootKey, unrooted: &Unrooted) -> Option<Value> {
        if !Arc::ptr_eq(unrooted, &self.0.unrooted) {
            return None;
        }
        self.0.heap.roots.get(key).map(|&value| self.0.export(value))
    }

    pub(crate) fn memory_used(self) -> usize {
        self.0.heap.total()
    }

    /// Bytes in use and bytes allocated of the running thread's stack and frames.
    pub(crate) fn stack_usage(self) -> (usize, usize) {
        let (st, thread) = (self.0, self.0.thread);
        let (value, frame) = (size_of::<TValue>(), size_of::<Frame>());
        let used = st.slot_number(st.top) * value + (st.frame_number() + 1) * frame;
        (used, thread.stack_size.get() as usize * value + thread.frames_size.get() as usize * frame)
    }
}

impl LuaVM {
    pub(crate) fn view(&self) -> View<'_> {
        self.state.view()
    }
}

impl Ctx<'_> {
    /// The same machine, for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Ctx<'_> {
        Ctx { st: self.st }
    }

    pub(crate) fn view(&self) -> View<'_> {
        self.st.view()
    }

    /// The value at a position, as the host sees it.
    pub(crate) fn export(&self, index: usize) -> Value {
        self.st.export(self.get(index))
    }

    /// Pushes a value of the host's.
    pub(crate) fn import(&mut self, value: Value) -> Result<(), Fail> {
        let value = self.st.import(value)?;
        Ok(self.push(value)?)
    }

    /// Forgets the roots that have been dropped.
    pub(super) fn drain_unrooted(&mut self) {
        self.st.drain_unrooted();
    }

    /// Collects if that is due. What the host holds and has not rooted may be gone afterwards.
    pub(crate) fn safepoint(&mut self) -> Result<(), Throw> {
        self.st.drain_unrooted();
        self.st.native_safepoint()
    }

    /// The host holds nothing that is not on the stack, so that a refusal of memory may be answered by a collection.
    pub(crate) fn let_collect(&mut self) {
        self.st.host_in_control = false;
    }

    /// Fails if an object of `size` bytes would exceed the memory limit.
    pub(crate) fn check_limit(&mut self, size: usize) -> Result<(), Fail> {
        Ok(self.st.with_room(|st| st.heap.check_room(size.saturating_add(OBJECT_SIZE)))?)
    }

    pub(crate) fn root(&mut self, value: Value) -> Result<(RootKey, Unrooted), Error> {
        let value = self.st.import(value)?;
        self.st.drain_unrooted();
        Ok((self.st.heap.roots.insert(value), Arc::clone(&self.st.unrooted)))
    }

    pub(crate) fn create_string(&mut self, bytes: &[u8]) -> Result<StringHandle, Fail> {
        self.check_limit(bytes.len())?;
        let string = self.st.heap.string(bytes)?;
        Ok(self.st.heap.handle(string))
    }

    pub(crate) fn create_table(&mut self, array: usize, nodes: usize) -> Result<TableHandle, Fail> {
        self.check_limit(0)?;
        let table = self.st.heap.table_sized(array, nodes)?;
        Ok(self.st.heap.handle(table))
    }

    pub(crate) fn create_userdata(&mut self, data: Box<dyn Any + Send + Sync>) -> Result<UserDataHandle, Fail> {
        let userdata = self.make_userdata(data)?;
        Ok(self.st.heap.handle(userdata))
    }

    fn make_userdata(&mut self, data: Box<dyn Any + Send + Sync>) -> Result<Gc<UserData>, Fail> {
        self.check_limit(0)?;
        let env = self.st.thread.globals.get();
        Ok(self.st.heap.userdata(&mut Some(data), None, env)?)
    }

    pub(crate) fn create_function(&mut self, function: HostFunction) -> Result<FunctionHandle, Fail> {
        let userdata = self.make_userdata(Box::new(function))?;
        let (kind, entry) = (NativeKind::Host as u8, call_host_function as *const ());
        let env = self.st.thread.globals.get();
        let function = self.st.heap.native_function(kind, entry, std::ptr::null(), env, &[userdata.into()])?;
        Ok(self.st.heap.handle(function.closure()))
    }

    /// Compiles a chunk. Whatever is wrong with it is a refusal, not a Lua error.
    pub(crate) fn create_chunk(&mut self, chunk: &[u8], name: &[u8]) -> Result<FunctionHandle, Fail> {
        let proto = match self.compile_whole(chunk, name) {
            Ok(Ok(proto)) => proto,
            Ok(Err(Refusal { error, .. })) if chunk.first() == Some(&ESCAPE) => {
                return Err(Error::Runtime(RuntimeError { message: error.message }).into());
            }
            Ok(Err(Refusal { error, .. })) => return Err(Error::Syntax(error).into()),
            Err(Throw::Stop) => return Err(Throw::Stop.into()),
            Err(_) => {
                self.st.take_thrown();
                return Err(Error::Memory.into());
            }
        };
        let function = self.st.with_room(|st| st.instantiate(&proto))?;
        // Loading makes functions alone.
        let function = function.as_function().ok_or(Error::Memory)?;
        Ok(self.st.heap.handle(function))
    }

    /// A function of a compiled chunk, which the verifier accepts.
    #[cfg(feature = "compat")]
    pub(crate) fn create_compiled(&mut self, proto: &Arc<crate::bytecode::Proto>) -> Result<FunctionHandle, Fail> {
        self.check_limit(0)?;
        let function = self.st.instantiate(proto)?.as_function().ok_or(Error::Memory)?;
        Ok(self.st.heap.handle(function))
    }

    pub(crate) fn create_thread(&mut self, function: FunctionHandle) -> Result<ThreadHandle, Fail> {
        self.check_limit(0)?;
        let closure = self.st.heap.resolve(function).map_err(|_| handle_error("function", function))?;
        if !closure.is_lua() {
            let message = b"Lua function expected".to_vec();
            return Err(Error::Runtime(RuntimeError { message }).into());
        }
        let thread = self.st.new_coroutine(closure)?;
        Ok(self.st.heap.handle(thread))
    }

    /// Pushes the function that resumes coroutines.
    pub(crate) fn push_resume(&mut self) -> Result<(), Throw> {
        super::protect::push_special(self, NativeKind::Resume, 0)
    }

    /// The error "not enough memory".
    pub(crate) fn memory_error(&mut self) -> Throw {
        self.st.memory_error()
    }

    /// Whether the program is being stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.st.heap.meter.stopped().is_some()
    }

    /// The error being thrown has been dealt with.
    pub(crate) fn forget_error(&mut self) {
        let _ = self.st.take_thrown();
    }
}

/// Every native function of kind [`NativeKind::Host`].
fn call_host_function(ctx: &mut Ctx<'_>) -> NativeResult {
    ctx.safepoint()?;
    // The running function is on the stack, so its upvalue is alive during the call.
    ctx.send_gathered();
    let Some(userdata) = ctx.upvalue(1).as_userdata() else { return Ok(0) };
    let Ok(data) = userdata.data.try_borrow() else { return Ok(0) };
    let Some(function) = data.as_ref().and_then(|data| data.downcast_ref::<HostFunction>()) else { return Ok(0) };
    // Should it panic, the machine goes back to the host, or to a function of the host.
    ctx.st.host_in_control = true;
    let result = function(ctx);
    ctx.st.host_in_control = false;
    result
}
