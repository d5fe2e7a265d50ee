//! [`LuaHeap`]: the object store of the old API, which is a machine of the core.
//!
//! Values cross between the two APIs here: [`LuaHeap::to_old`] pins what it gives out, [`LuaHeap::to_core`] checks what it gets.

use super::error::{InOldWords, LuaError, LuaResult};
use super::handle::{
    ClosureHandle, FunctionProtoHandle, Handle, Numbers, StringHandle, TableHandle, ThreadHandle, UpvalueHandle,
    UserDataHandle,
};
use super::native;
use super::side::{Captured, Side};
use super::transaction::ValidatableHandle;
use super::value::{Closure, FunctionProto, Upvalue, UserData, Value};
use crate::LuaVM as Core;
use crate::compat::deprecation::{self, Api};

/// The longest string the core interns.
const INTERNED: usize = 40;
/// What the main thread's stack begins with.
const MAIN_STACK: usize = 256;

/// Every object of a machine.
#[cfg_attr(
    feature = "deprecations",
    deprecated(since = "0.3.0", note = "use ferrous::LuaVM; see MIGRATION.md#old-objects")
)]
pub struct LuaHeap {
    pub(super) core: Core,
}

/// What stands for a function prototype in the core.
struct ProtoObject(FunctionProtoHandle);

impl Default for LuaHeap {
    fn default() -> Self {
        LuaHeap::new().expect("there is memory for an empty heap")
    }
}

impl LuaHeap {
    /// A heap with globals, a registry and a main thread.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::new; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn new() -> LuaResult<Self> {
        deprecation::used(Api::LuaHeapNew);
        let mut heap = LuaHeap { core: Core::with_stdlib().in_old_words()? };
        heap.attach(true)?;
        super::stdlib::withdraw_system_access(&mut heap)?;
        Ok(heap)
    }

    /// Stepping in: a heap that is this machine. Its globals stay as they are.
    ///
    /// # Errors
    /// [`LuaError::OutOfMemory`].
    pub fn from_core(core: Core) -> LuaResult<Self> {
        let mut heap = LuaHeap { core };
        heap.attach(false)?;
        Ok(heap)
    }

    /// Stepping out: the machine under this heap.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Stepping out: the machine under this heap, to be used. Handles and values convert with `From`.
    pub fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    /// Stepping out for good: what callers have got is not pinned any more. Host functions still work.
    pub fn into_core(mut self) -> Core {
        self.unpin_all();
        self.core
    }

    /// Makes the side structures of a machine that has none. A fresh one has the library in its globals.
    fn attach(&mut self, fresh: bool) -> LuaResult<()> {
        if self.side().is_some_and(|side| side.main_thread.is_some()) {
            return Ok(());
        }
        self.side_mut();
        // The thread that runs while no program does.
        let main = self
            .core
            .enter(|ctx| {
                ctx.push_thread()?;
                Ok(ctx.export(ctx.top()))
            })
            .in_old_words()?;
        let main = ThreadHandle::from(main.as_thread().ok_or(LuaError::InvalidHandle)?);
        self.thread(main).stack = vec![Value::Nil; MAIN_STACK];
        self.side_mut().main_thread = Some(main);
        super::stdlib::remember_library(self, fresh)
    }

    /// The table of global variables.
    ///
    /// # Errors
    /// None.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::globals; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn globals(&self) -> LuaResult<TableHandle> {
        deprecation::used(Api::LuaHeapGlobals);
        Ok(self.core.globals().into())
    }

    /// The table only the host can reach.
    ///
    /// # Errors
    /// None.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::registry; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn registry(&self) -> LuaResult<TableHandle> {
        deprecation::used(Api::LuaHeapRegistry);
        Ok(self.core.registry().into())
    }

    /// The main thread.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`] if another machine was put in the place of this heap's.
    pub fn main_thread(&self) -> LuaResult<ThreadHandle> {
        self.side().and_then(|side| side.main_thread).ok_or(LuaError::InvalidHandle)
    }

    /// A string as text; bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::string_bytes; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn get_string_value(&self, handle: StringHandle) -> LuaResult<String> {
        deprecation::used(Api::LuaHeapGetStringValue);
        let bytes = self.core.string_bytes(handle.into()).ok_or(LuaError::InvalidHandle)?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// A string, after checking these handles.
    ///
    /// # Errors
    /// If a handle is not valid; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_string; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_string_with_validation(&mut self, text: &str, handles: &[StringHandle]) -> LuaResult<StringHandle> {
        deprecation::used(Api::LuaHeapCreateStringWithValidation);
        handles.iter().try_for_each(|handle| handle.validate_against_heap(self))?;
        self.create_string(text.as_bytes())
    }

    /// A table, after checking these handles.
    ///
    /// # Errors
    /// If a handle is not valid; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::create_table; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_table_with_validation(&mut self, handles: &[TableHandle]) -> LuaResult<TableHandle> {
        deprecation::used(Api::LuaHeapCreateTableWithValidation);
        handles.iter().try_for_each(|handle| handle.validate_against_heap(self))?;
        self.create_table()
    }

    /// A closure, after checking these handles.
    ///
    /// # Errors
    /// If a handle is not valid; [`LuaError::OutOfMemory`].
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::load; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_closure_with_validation(
        &mut self,
        closure: Closure,
        handles: &[ClosureHandle],
    ) -> LuaResult<ClosureHandle> {
        deprecation::used(Api::LuaHeapCreateClosureWithValidation);
        handles.iter().try_for_each(|handle| handle.validate_against_heap(self))?;
        self.create_closure(closure)
    }

    /// A function prototype, after checking these handles.
    ///
    /// # Errors
    /// If a handle is not valid.
    #[cfg_attr(
        feature = "deprecations",
        deprecated(since = "0.3.0", note = "use ferrous::LuaVM::load; see MIGRATION.md#old-objects")
    )]
    #[track_caller]
    pub fn create_function_proto_with_validation(
        &mut self,
        proto: FunctionProto,
        handles: &[FunctionProtoHandle],
    ) -> LuaResult<FunctionProtoHandle> {
        deprecation::used(Api::LuaHeapCreateFunctionProtoWithValidation);
        handles.iter().try_for_each(|handle| handle.validate_against_heap(self))?;
        Ok(self.create_proto(proto))
    }

    /// Whether the next object of this type needs more memory. The core has no arena of the old kind, so this looks at the one given.
    pub fn might_reallocate<T>(&self, arena: &super::arena::Arena<T>) -> bool {
        arena.might_reallocate_on_insert()
    }

    /// Calls a function with each handle.
    ///
    /// # Errors
    /// The first error of the function.
    pub fn validate_before_reallocation<T: 'static, F>(&self, handles: &[Handle<T>], mut validate: F) -> LuaResult<()>
    where
        F: FnMut(&Self, &Handle<T>) -> LuaResult<()>,
    {
        handles.iter().try_for_each(|handle| validate(self, handle))
    }

    // Pins.

    /// Keeps an object alive until [`LuaHeap::unpin`]. What the old API gives out is pinned already.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`].
    pub fn pin(&mut self, value: &Value) -> LuaResult<()> {
        let value = self.import(value)?;
        self.pin_core(value);
        Ok(())
    }

    /// Lets an object go: its handle is valid as long as the program can reach the object, and then no more.
    pub fn unpin(&mut self, value: &Value) {
        if let Some(key) = object_key(value) {
            self.side_mut().pins.remove(&key);
        }
    }

    /// Lets all objects go that callers have got.
    pub fn unpin_all(&mut self) {
        let keep: std::collections::HashSet<u64> = self.side().into_iter().flat_map(Side::needed).collect();
        let side = self.side_mut();
        side.pins.retain(|key, _| keep.contains(key));
        side.long_strings.clear();
    }

    /// How many objects are pinned.
    pub fn pinned(&self) -> usize {
        self.side().map_or(0, |side| side.pins.len())
    }

    pub(super) fn pin_core(&mut self, value: crate::Value) {
        let Some(key) = core_key(value) else { return };
        if self.side_mut().pins.contains_key(&key) {
            return;
        }
        // A value that is not valid has nothing to be kept.
        if let Ok(root) = self.core.root(value) {
            self.side_mut().pins.insert(key, root);
        }
    }

    // Values.

    /// Stepping out: a value as the core's. A host function becomes a function of the core.
    ///
    /// # Errors
    /// [`LuaError::InvalidHandle`].
    pub fn to_core(&mut self, value: &Value) -> LuaResult<crate::Value> {
        self.import(value)
    }

    /// Stepping in: a value of the core's, which is pinned.
    pub fn to_old(&mut self, value: crate::Value) -> Value {
        self.export(value)
    }

    /// A value of the core's, for a caller of the old API.
    pub(super) fn export(&mut self, value: crate::Value) -> Value {
        let value = match value {
            crate::Value::String(string) if self.core.string_bytes(string).is_some_and(|b| b.len() > INTERNED) => {
                self.canonical_string(string).into()
            }
            other => other,
        };
        self.pin_core(value);
        match value {
            crate::Value::Nil => Value::Nil,
            crate::Value::Boolean(b) => Value::Boolean(b),
            crate::Value::Number(n) => Value::Number(n),
            crate::Value::String(handle) => Value::String(handle.into()),
            crate::Value::Table(handle) => Value::Table(handle.into()),
            crate::Value::Thread(handle) => Value::Thread(handle.into()),
            crate::Value::Function(handle) => {
                let closure = ClosureHandle::from(handle);
                match self.side().and_then(|side| side.native_of.get(&closure.key())) {
                    Some(&function) => Value::CFunction(function),
                    None => Value::Closure(closure),
                }
            }
            crate::Value::UserData(handle) => {
                match self.core.with_userdata(handle, |object: &mut ProtoObject| object.0) {
                    Some(proto) => Value::FunctionProto(proto),
                    None => Value::UserData(handle.into()),
                }
            }
        }
    }

    /// A value of a caller's, for the core.
    pub(super) fn import(&mut self, value: &Value) -> LuaResult<crate::Value> {
        let value = match value {
            Value::Nil => crate::Value::Nil,
            Value::Boolean(b) => crate::Value::Boolean(*b),
            Value::Number(n) => crate::Value::Number(*n),
            Value::String(handle) => crate::Value::String((*handle).into()),
            Value::Table(handle) => crate::Value::Table((*handle).into()),
            Value::Closure(handle) => crate::Value::Function((*handle).into()),
            Value::Thread(handle) => crate::Value::Thread((*handle).into()),
            Value::UserData(handle) => crate::Value::UserData((*handle).into()),
            Value::CFunction(function) => crate::Value::Function(native::object_of(self, *function)?),
            Value::FunctionProto(handle) => crate::Value::UserData(self.proto_object(*handle)?),
        };
        if self.core.is_valid(value) { Ok(value) } else { Err(LuaError::InvalidHandle) }
    }

    fn proto_object(&mut self, proto: FunctionProtoHandle) -> LuaResult<crate::UserDataHandle> {
        proto.validate_against_heap(self)?;
        if let Some(&object) = self.side_mut().proto_objects.get(&proto.key()) {
            return Ok(object);
        }
        let object = self.core.create_userdata(ProtoObject(proto)).in_old_words()?;
        self.pin_core(object.into());
        self.side_mut().proto_objects.insert(proto.key(), object);
        Ok(object)
    }

    // Objects.

    pub(super) fn create_string(&mut self, bytes: &[u8]) -> LuaResult<StringHandle> {
        let string = self.core.create_string(bytes).in_old_words()?;
        match self.export(string.into()) {
            Value::String(handle) => Ok(handle),
            _ => Err(LuaError::InternalError("a string is something else".to_owned())),
        }
    }

    pub(super) fn create_table(&mut self) -> LuaResult<TableHandle> {
        let table = self.core.create_table(0, 0).in_old_words()?;
        self.pin_core(table.into());
        Ok(table.into())
    }

    pub(super) fn create_thread(&mut self) -> LuaResult<ThreadHandle> {
        // A thread of the old API is never run. For the program it is a coroutine that does nothing.
        let function = self.core.load("", "=thread").in_old_words()?;
        let thread = self.core.create_thread(function).in_old_words()?;
        self.pin_core(thread.into());
        let handle = ThreadHandle::from(thread);
        self.thread(handle);
        Ok(handle)
    }

    pub(super) fn create_upvalue(&mut self, upvalue: Upvalue) -> UpvalueHandle {
        UpvalueHandle(self.side_mut().upvalues.insert(Captured { upvalue, links: Vec::new() }).cast())
    }

    pub(super) fn create_proto(&mut self, proto: FunctionProto) -> FunctionProtoHandle {
        self.side_mut().protos.insert(proto).into()
    }

    pub(super) fn create_userdata(&mut self, userdata: UserData) -> LuaResult<UserDataHandle> {
        let metatable = userdata.metatable;
        let handle = self.core.create_userdata(userdata).in_old_words()?;
        self.pin_core(handle.into());
        if metatable.is_some() {
            self.core.set_metatable(handle, metatable.map(Into::into)).in_old_words()?;
        }
        Ok(handle.into())
    }

    /// A copy of a userdata. One that was not made through the old API has no bytes.
    pub(super) fn userdata(&mut self, handle: UserDataHandle) -> UserData {
        let core = crate::UserDataHandle::from(handle);
        let metatable = self.metatable(core.into());
        let copy = self.core.with_userdata(core, |userdata: &mut UserData| userdata.clone());
        let other = || UserData { type_id: std::any::TypeId::of::<()>(), data: Vec::new(), metatable: None };
        UserData { metatable, ..copy.unwrap_or_else(other) }
    }

    /// The number a string stands for, as Lua converts it.
    pub(super) fn number_of(&self, string: StringHandle) -> LuaResult<Option<f64>> {
        let bytes = self.core.string_bytes(string.into()).ok_or(LuaError::InvalidHandle)?;
        Ok(crate::kernel::number::parse_number(bytes))
    }

    pub(super) fn metatable(&mut self, value: crate::Value) -> Option<TableHandle> {
        let metatable = self.core.metatable(value)?;
        self.pin_core(metatable.into());
        Some(metatable.into())
    }

    pub(super) fn captured(&mut self, upvalue: UpvalueHandle) -> LuaResult<&mut Captured> {
        self.side_mut().upvalues.get_mut(upvalue.0.cast()).ok_or(LuaError::InvalidHandle)
    }
}

impl Side {
    /// What the side structures themselves rely on.
    fn needed(&self) -> impl Iterator<Item = u64> + '_ {
        let functions =
            self.library.values().chain(self.natives.values()).map(|&function| ClosureHandle::from(function).key());
        let protos = self.proto_objects.values().map(|&object| UserDataHandle::from(object).key());
        functions.chain(protos).chain(self.threads.keys().copied()).chain(self.closures.keys().copied())
    }
}

fn object_key(value: &Value) -> Option<u64> {
    match value {
        Value::String(handle) => Some(handle.key()),
        Value::Table(handle) => Some(handle.key()),
        Value::Closure(handle) => Some(handle.key()),
        Value::Thread(handle) => Some(handle.key()),
        Value::UserData(handle) => Some(handle.key()),
        Value::Nil | Value::Boolean(_) | Value::Number(_) | Value::CFunction(_) | Value::FunctionProto(_) => None,
    }
}

fn core_key(value: crate::Value) -> Option<u64> {
    match value {
        crate::Value::Nil | crate::Value::Boolean(_) | crate::Value::Number(_) => None,
        crate::Value::String(handle) => Some(StringHandle::from(handle).key()),
        crate::Value::Table(handle) => Some(TableHandle::from(handle).key()),
        crate::Value::Function(handle) => Some(ClosureHandle::from(handle).key()),
        crate::Value::Thread(handle) => Some(ThreadHandle::from(handle).key()),
        crate::Value::UserData(handle) => Some(UserDataHandle::from(handle).key()),
    }
}

macro_rules! validation {
    ($($handle:ident: $validate:ident, $index:ident, $generation:ident;)*) => {
        /// Checks of handles.
        impl LuaHeap {
            $(
                /// Checks a handle.
                ///
                /// # Errors
                /// [`LuaError::InvalidHandle`] or [`LuaError::StaleHandle`].
                pub fn $validate(&self, handle: $handle) -> LuaResult<()> {
                    handle.validate_against_heap(self)
                }

                /// Whether the object with this index has been given to a caller.
                pub fn $index(&self, index: u32) -> bool {
                    self.generations(index).any(|generation| self.$generation(index, generation))
                }

                /// Whether the object with this index has this generation.
                pub fn $generation(&self, index: u32, generation: u32) -> bool {
                    $handle(Handle::from_parts(index, generation)).validate_against_heap(self).is_ok()
                }
            )*
        }
    };
}
validation! {
    StringHandle: validate_string_handle, is_valid_string_index, is_valid_string_generation;
    TableHandle: validate_table_handle, is_valid_table_index, is_valid_table_generation;
    ClosureHandle: validate_closure_handle, is_valid_closure_index, is_valid_closure_generation;
    ThreadHandle: validate_thread_handle, is_valid_thread_index, is_valid_thread_generation;
    UpvalueHandle: validate_upvalue_handle, is_valid_upvalue_index, is_valid_upvalue_generation;
    UserDataHandle: validate_userdata_handle, is_valid_userdata_index, is_valid_userdata_generation;
    FunctionProtoHandle: validate_function_proto_handle, is_valid_function_proto_index,
        is_valid_function_proto_generation;
}

impl LuaHeap {
    /// The generations under which objects with this index have been given out.
    fn generations(&self, index: u32) -> impl Iterator<Item = u32> + '_ {
        let side = self.side();
        let pinned = side.into_iter().flat_map(|side| side.pins.keys());
        let pinned = pinned.filter(move |&&key| key as u32 == index).map(|&key| (key >> 32) as u32);
        let own = side.into_iter().flat_map(move |side| {
            [side.upvalues.generation_at(index), side.protos.generation_at(index)].into_iter().flatten()
        });
        pinned.chain(own)
    }
}
