//! The heap: all objects of one virtual machine, their allocation and its account, and the roots.
//!
//! Allocation goes through [`Heap::allocate`] (objects) and [`Heap::allocate_buffer`] (storage that an object owns)
//! alone. Neither ever collects: collecting happens at the machine's safepoints, which watch [`Heap::debt`].

use std::alloc::Layout;
use std::any::Any;
use std::cell::{Cell, RefCell};

use slotmap::SlotMap;

use super::Gc;
use super::closure::{Closure, LUA_FUNCTION_HEAD, LuaFunction, NATIVE_FUNCTION_HEAD, NativeFunction, Upvalue};
use super::gc::Collector;
use super::header::{Header, Kind, mark};
use super::held::Outside;
use super::large::{LargeBuffers, MIN_LARGE};
use super::page::{ClassId, Pages};
use super::proto::{FunctionProto, ProtoDetail};
use super::string::{EXTERNAL_SLOT, Interner, MAX_INLINE, MAX_SHORT, MAX_STRING, Str, StringSeed};
use super::table::{self, Table};
use super::thread::{Frame, Thread, ThreadStatus};
use super::userdata::UserData;
use super::value::TValue;
use crate::kernel::key_order::KeyOrder;
use crate::kernel::memory::{OutOfMemory, refusal, reserve};
use crate::kernel::meter::{Meter, Stop};

/// The memory limit would be exceeded, or the system has no more memory; or the meter says stop, which it will say again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AllocError;

impl From<OutOfMemory> for AllocError {
    fn from(_: OutOfMemory) -> Self {
        AllocError
    }
}

impl From<Stop> for AllocError {
    fn from(_: Stop) -> Self {
        AllocError
    }
}

slotmap::new_key_type! {
    /// Names a root.
    pub(crate) struct RootKey;
}

/// Storage up to this size comes from pages, larger storage from the system's allocator, and from [`MIN_LARGE`] on from the
/// system itself.
pub(super) const MAX_SMALL: usize = 1024;

const STRING_SIZES: &[usize] = &[
    24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024, 1280, 1536, 2048,
];
const BUFFER_SIZES: &[usize] =
    &[16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 896, MAX_SMALL];
const FUNCTION_SIZES: &[usize] = &[24, 32, 40, 48, 56, 64, 80, 96, 128, 192, 256, 384, 512, 1024, 1536, 2112];

/// The classes of one kind, by size.
struct SizeClasses {
    /// Index: size in words.
    by_words: Box<[ClassId]>,
}

impl SizeClasses {
    fn new(pages: &mut Pages, kind: Kind, sizes: &[usize]) -> Self {
        let mut by_words = Vec::new();
        for &size in sizes {
            let class = pages.add_class(kind, size);
            by_words.resize(size / 8 + 1, class);
        }
        SizeClasses { by_words: by_words.into() }
    }

    #[inline(always)]
    fn class(&self, size: usize) -> ClassId {
        self.by_words[size.div_ceil(8)]
    }
}

struct Classes {
    strings: SizeClasses,
    buffers: SizeClasses,
    lua_functions: SizeClasses,
    native_functions: SizeClasses,
    table: ClassId,
    upvalue: ClassId,
    userdata: ClassId,
    thread: ClassId,
    proto: ClassId,
}

/// All objects of one virtual machine.
pub(crate) struct Heap {
    /// Bytes allocated beyond what the collector allows before its next step. At a safepoint, positive means: step.
    pub(crate) debt: isize,
    /// `allowance + debt` is what is allocated now.
    pub(crate) allowance: isize,
    /// The white of new objects.
    pub(crate) white: u8,
    pub(super) pages: Pages,
    large: LargeBuffers,
    classes: Classes,
    pub(super) strings: Interner,
    pub(crate) seed: StringSeed,
    pub(crate) collector: Collector,
    /// What of the account is outside the heap.
    pub(super) outside: Outside,
    /// Most bytes that may be allocated.
    pub(crate) limit: usize,
    /// What pays for work, the heap's own included: filling large strings, hashing, moving tables.
    pub(crate) meter: Meter,
    /// Values the embedder keeps.
    pub(crate) roots: SlotMap<RootKey, TValue>,
    pub(crate) registry: Option<Gc<Table>>,
    /// The names the collector looks up in metatables.
    pub(crate) collector_names: Option<CollectorNames>,
    /// Metatables of the types whose values have no metatable of their own, by [`type_index`].
    pub(crate) type_metatables: [Option<Gc<Table>>; 9],
    pub(crate) main_thread: Option<Gc<Thread>>,
    pub(crate) running: Option<Gc<Thread>>,
    /// A value outside every table and stack that must survive: the error being thrown.
    pub(crate) thrown: TValue,
    /// Every userdata, oldest first.
    pub(super) userdata: Vec<Gc<UserData>>,
    /// Dead userdata whose finalizers have to be called, the next one last.
    pub(crate) to_finalize: Vec<Gc<UserData>>,
}

/// See [`Heap::collector_names`]. Both strings are fixed.
#[derive(Clone, Copy)]
pub(crate) struct CollectorNames {
    /// `__mode`
    pub(crate) mode: Gc<Str>,
    /// `__gc`
    pub(crate) gc: Gc<Str>,
}

/// [`type_index`] of strings.
pub(crate) const STRING_TYPE: usize = 4;

/// Index of a value's type among [`Heap::type_metatables`].
pub(crate) fn type_index(value: TValue) -> usize {
    match value.type_name() {
        "nil" => 0,
        "boolean" => 1,
        "number" => 3,
        "string" => STRING_TYPE,
        "table" => 5,
        "function" => 6,
        "userdata" => 7,
        _ => 8,
    }
}

impl Heap {
    pub(crate) fn new(order: KeyOrder) -> Self {
        let mut pages = Pages::new();
        let classes = Classes {
            strings: SizeClasses::new(&mut pages, Kind::String, STRING_SIZES),
            buffers: SizeClasses::new(&mut pages, Kind::Buffer, BUFFER_SIZES),
            lua_functions: SizeClasses::new(&mut pages, Kind::LuaFunction, FUNCTION_SIZES),
            native_functions: SizeClasses::new(&mut pages, Kind::NativeFunction, FUNCTION_SIZES),
            table: pages.add_class(Kind::Table, size_of::<Table>()),
            upvalue: pages.add_class(Kind::Upvalue, size_of::<Upvalue>()),
            userdata: pages.add_class(Kind::UserData, size_of::<UserData>().next_multiple_of(8)),
            thread: pages.add_class(Kind::Thread, size_of::<Thread>().next_multiple_of(8)),
            proto: pages.add_class(Kind::Proto, size_of::<FunctionProto>().next_multiple_of(8)),
        };
        let seed = StringSeed::new(order);
        table::seed_multiplier();
        let strings = Interner::new();
        let mut meter = Meter::default();
        meter.rest();
        let allowance = super::gc::FIRST_ALLOWANCE;
        Heap {
            debt: strings.size() as isize - allowance,
            allowance,
            white: mark::WHITE_0,
            pages,
            large: LargeBuffers::default(),
            classes,
            strings,
            seed,
            collector: Collector::default(),
            outside: Outside::default(),
            limit: usize::MAX,
            meter,
            roots: SlotMap::with_key(),
            registry: None,
            collector_names: None,
            type_metatables: [None; 9],
            main_thread: None,
            running: None,
            thrown: TValue::NIL,
            userdata: Vec::new(),
            to_finalize: Vec::new(),
        }
    }

    /// Bytes allocated.
    pub(crate) fn total(&self) -> usize {
        ((self.allowance + self.debt).max(0) as usize).saturating_sub(self.outside.dropped())
    }

    /// Fails if `size` more bytes would exceed the limit.
    pub(crate) fn check_room(&self, size: usize) -> Result<(), AllocError> {
        if size > self.limit.saturating_sub(self.total()) { Err(AllocError) } else { Ok(()) }
    }

    /// The one way objects are allocated.
    #[inline(always)]
    fn allocate(&mut self, class: ClassId, kind: Kind, size: usize) -> Result<*mut u8, AllocError> {
        refusal::request()?;
        let slot = self.pages.allocate(class)?;
        self.debt += size as isize;
        // SAFETY: a page slot begins with a header.
        unsafe { (*slot.cast::<Header>()).occupy(kind, self.white) };
        Ok(slot)
    }

    /// Puts an object's slot back.
    ///
    /// # Safety
    /// `slot` holds an object that nothing will use again, and that owns nothing any more; `size` is what it was
    /// allocated with.
    #[inline(always)]
    pub(super) unsafe fn free_slot(&mut self, slot: *mut u8, size: usize) {
        self.debt -= size as isize;
        // SAFETY: the caller's promise.
        unsafe {
            (*slot.cast::<Header>()).vacate();
            self.pages.free(slot);
        }
    }

    // Buffers.

    /// Storage of `size` bytes, not initialised.
    #[inline]
    pub(crate) fn allocate_buffer(&mut self, size: usize) -> Result<*mut u8, AllocError> {
        refusal::request()?;
        if size <= MAX_SMALL {
            let slot = self.pages.allocate(self.classes.buffers.class(size))?;
            self.debt += size as isize;
            return Ok(slot);
        }
        self.check_room(size)?;
        if size >= MIN_LARGE {
            let block = self.large.allocate(size).ok_or(AllocError)?;
            self.debt += size as isize;
            return Ok(block);
        }
        // SAFETY: the size is not 0.
        let block = unsafe { std::alloc::alloc(medium_layout(size)?) };
        if block.is_null() {
            return Err(AllocError);
        }
        self.debt += size as isize;
        Ok(block)
    }

    /// Gives storage back.
    #[inline]
    pub(crate) fn free_buffer(&mut self, buffer: *mut u8, size: usize) {
        if size == 0 {
            return;
        }
        self.debt -= size as isize;
        if size <= MAX_SMALL {
            // SAFETY: storage of this size came from the pages, and its owner gives it up.
            unsafe { self.pages.free(buffer) };
        } else if size >= MIN_LARGE {
            self.large.free(buffer);
        } else if let Ok(layout) = medium_layout(size) {
            // SAFETY: storage of this size came from the allocator with this layout.
            unsafe { std::alloc::dealloc(buffer, layout) };
        }
    }

    /// Storage of `new` bytes that begins with what `buffer` held. On failure `buffer` is as it was.
    pub(crate) fn reallocate_buffer(&mut self, buffer: *mut u8, old: usize, new: usize) -> Result<*mut u8, AllocError> {
        if new == 0 {
            self.free_buffer(buffer, old);
            return Ok(std::ptr::null_mut());
        }
        if old == 0 {
            return self.allocate_buffer(new);
        }
        if old > MAX_SMALL && new > MAX_SMALL && (old >= MIN_LARGE) == (new >= MIN_LARGE) {
            return self.resize_block(buffer, old, new);
        }
        if old <= MAX_SMALL && new <= MAX_SMALL && self.classes.buffers.class(old) == self.classes.buffers.class(new) {
            // The slot is large enough.
            self.debt += new as isize - old as isize;
            return Ok(buffer);
        }
        let block = self.allocate_buffer(new)?;
        // SAFETY: both are that large, and distinct.
        unsafe { std::ptr::copy_nonoverlapping(buffer, block, old.min(new)) };
        self.free_buffer(buffer, old);
        Ok(block)
    }

    /// [`Heap::reallocate_buffer`] where the storage stays of its kind: from the allocator, or a mapping of its own.
    fn resize_block(&mut self, buffer: *mut u8, old: usize, new: usize) -> Result<*mut u8, AllocError> {
        refusal::request()?;
        self.check_room(new.saturating_sub(old))?;
        let block = if old >= MIN_LARGE {
            self.large.resize(buffer, new).ok_or(AllocError)?
        } else {
            // SAFETY: the storage came from the allocator with the old layout; the new size is one it can have.
            unsafe { std::alloc::realloc(buffer, medium_layout(old)?, new) }
        };
        if block.is_null() {
            return Err(AllocError);
        }
        self.debt += new as isize - old as isize;
        Ok(block)
    }

    // Objects.

    /// A string with these bytes.
    #[inline]
    pub(crate) fn string(&mut self, bytes: &[u8]) -> Result<Gc<Str>, AllocError> {
        if bytes.len() > MAX_SHORT {
            return self.copied_string(bytes);
        }
        let hash = self.seed.hash(bytes);
        if let Some(string) = self.strings.find(hash, bytes) {
            // It may be dead and wait for its sweep: then it is needed after all.
            if string.header.mark() & (self.white ^ mark::WHITES) & mark::WHITES != 0 {
                string.header.set_mark(string.header.mark() ^ mark::WHITES);
            }
            return Ok(string);
        }
        self.interned_string(hash, bytes)
    }

    #[inline(never)]
    fn copied_string(&mut self, bytes: &[u8]) -> Result<Gc<Str>, AllocError> {
        let string = self.long_string(bytes.len())?;
        // SAFETY: a new long string has that much room, and nobody reads it yet.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), string.data(), bytes.len()) };
        Ok(string)
    }

    /// A short string that there is not yet.
    #[inline(never)]
    fn interned_string(&mut self, hash: u32, bytes: &[u8]) -> Result<Gc<Str>, AllocError> {
        if self.strings.is_full() {
            self.rebuild_strings()?;
        }
        let size = size_of::<Str>() + bytes.len();
        let slot = self.allocate(self.classes.strings.class(size), Kind::String, size)?;
        // SAFETY: the slot is large enough; the bytes are copied to where `init` says.
        let string: Gc<Str> = unsafe {
            let data = Str::init(slot, bytes.len(), Some(hash), None);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
            Gc::from_ptr(slot.cast())
        };
        self.strings.insert(string);
        Ok(string)
    }

    #[cold]
    #[inline(never)]
    fn rebuild_strings(&mut self) -> Result<(), AllocError> {
        self.check_room(self.strings.growth())?;
        let before = self.strings.size();
        self.strings.rebuild(&mut self.meter)?;
        self.debt += self.strings.size() as isize - before as isize;
        Ok(())
    }

    /// A long string of `len` bytes, which the caller fills before anybody reads them.
    pub(crate) fn long_string(&mut self, len: usize) -> Result<Gc<Str>, AllocError> {
        debug_assert!(len > MAX_SHORT, "short strings are interned");
        if len > MAX_STRING {
            return Err(AllocError);
        }
        if len <= MAX_INLINE {
            let size = size_of::<Str>() + len;
            let slot = self.allocate(self.classes.strings.class(size), Kind::String, size)?;
            // SAFETY: the slot is large enough.
            return Ok(unsafe {
                Str::init(slot, len, None, None);
                Gc::from_ptr(slot.cast())
            });
        }
        let data = self.allocate_buffer(len)?;
        let slot = match self.allocate(self.classes.strings.class(EXTERNAL_SLOT), Kind::String, EXTERNAL_SLOT) {
            Ok(slot) => slot,
            Err(error) => {
                self.free_buffer(data, len);
                return Err(error);
            }
        };
        // SAFETY: the slot has the size of an external string's.
        Ok(unsafe {
            Str::init(slot, len, None, Some(data));
            Gc::from_ptr(slot.cast())
        })
    }

    /// An empty table.
    #[inline(always)]
    pub(crate) fn table(&mut self) -> Result<Gc<Table>, AllocError> {
        let slot = self.allocate(self.classes.table, Kind::Table, size_of::<Table>())?;
        // SAFETY: a slot of the table class.
        Ok(unsafe { Table::init(slot) })
    }

    /// An empty table with room for `array` elements and `nodes` other keys.
    pub(crate) fn table_sized(&mut self, array: usize, nodes: usize) -> Result<Gc<Table>, AllocError> {
        let table = self.table()?;
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if nodes == 0 {
            table.grow_array(self, clamp(array))?;
        } else {
            table.resize(self, clamp(array), clamp(nodes))?;
        }
        Ok(table)
    }

    /// A closure of a Lua function; its upvalue slots are empty.
    #[inline]
    pub(crate) fn lua_function(
        &mut self,
        proto: Gc<FunctionProto>,
        env: Gc<Table>,
        upvalues: usize,
    ) -> Result<Gc<LuaFunction>, AllocError> {
        let size = LUA_FUNCTION_HEAD + upvalues * 8;
        let slot = self.allocate(self.classes.lua_functions.class(size), Kind::LuaFunction, size)?;
        let function = slot.cast::<LuaFunction>();
        // SAFETY: the slot has room for the head and that many upvalues.
        unsafe {
            (*function).closure.header.aux.set(upvalues as u8);
            (&raw mut (*function).closure.env).write(Cell::new(env));
            (&raw mut (*function).proto).write(proto);
            let function = Gc::from_ptr(function);
            for index in 0..upvalues {
                function.upvalue_slot(index).write(None);
            }
            Ok(function)
        }
    }

    /// A closure of a Rust function. `kind` and the two addresses mean what the machine makes of them.
    pub(crate) fn native_function(
        &mut self,
        kind: u8,
        entry: *const (),
        fast: *const (),
        env: Gc<Table>,
        upvalues: &[TValue],
    ) -> Result<Gc<NativeFunction>, AllocError> {
        let size = NATIVE_FUNCTION_HEAD + upvalues.len() * 8;
        let slot = self.allocate(self.classes.native_functions.class(size), Kind::NativeFunction, size)?;
        let function = slot.cast::<NativeFunction>();
        // SAFETY: the slot has room for the head and that many upvalues.
        unsafe {
            (*function).closure.header.aux.set(upvalues.len() as u8);
            (*function).closure.header.flags.set(kind);
            (&raw mut (*function).closure.env).write(Cell::new(env));
            (&raw mut (*function).entry).write(Cell::new(entry));
            (&raw mut (*function).fast).write(Cell::new(fast));
            let function = Gc::from_ptr(function);
            for (index, &value) in upvalues.iter().enumerate() {
                function.upvalue_slot(index).write(value);
            }
            Ok(function)
        }
    }

    /// An upvalue that is closed and holds `value`.
    pub(crate) fn closed_upvalue(&mut self, value: TValue) -> Result<Gc<Upvalue>, AllocError> {
        let upvalue = self.open_upvalue(std::ptr::null_mut(), None)?;
        upvalue.closed.set(value);
        upvalue.value.set(upvalue.closed.as_ptr());
        Ok(upvalue)
    }

    /// An upvalue that is open at `slot` of a stack, and its place in the list of open ones.
    #[inline]
    pub(crate) fn open_upvalue(
        &mut self,
        slot: *mut TValue,
        next: Option<Gc<Upvalue>>,
    ) -> Result<Gc<Upvalue>, AllocError> {
        let upvalue = self.allocate(self.classes.upvalue, Kind::Upvalue, size_of::<Upvalue>())?.cast::<Upvalue>();
        // SAFETY: a slot of the upvalue class.
        unsafe {
            (&raw mut (*upvalue).value).write(Cell::new(slot));
            (&raw mut (*upvalue).closed).write(Cell::new(TValue::NIL));
            let upvalue = Gc::from_ptr(upvalue);
            upvalue.set_next_open(next);
            Ok(upvalue)
        }
    }

    /// A userdata, which takes what is in `data`.
    pub(crate) fn userdata(
        &mut self,
        data: &mut Option<Box<dyn Any + Send + Sync>>,
        metatable: Option<Gc<Table>>,
        env: Gc<Table>,
    ) -> Result<Gc<UserData>, AllocError> {
        let size = size_of::<UserData>();
        reserve(&mut self.userdata, 1)?;
        let userdata = self.allocate(self.classes.userdata, Kind::UserData, size)?.cast::<UserData>();
        // SAFETY: a slot of the userdata class.
        let userdata = unsafe {
            (&raw mut (*userdata).metatable).write(Cell::new(metatable));
            (&raw mut (*userdata).env).write(Cell::new(env));
            (&raw mut (*userdata).data).write(RefCell::new(data.take()));
            Gc::from_ptr(userdata)
        };
        self.userdata.push(userdata);
        Ok(userdata)
    }

    /// A function prototype. `entry` is the word that lowers it.
    pub(crate) fn proto(&mut self, detail: ProtoDetail, entry: *const u64) -> Result<Gc<FunctionProto>, AllocError> {
        let size = size_of::<FunctionProto>();
        let slot = self.allocate(self.classes.proto, Kind::Proto, size)?.cast::<FunctionProto>();
        self.debt += detail.size() as isize;
        let proto = &detail.proto;
        let (max_stack, num_params) = (u16::from(proto.max_stack_size), proto.num_params);
        let is_vararg = proto.vararg.is_vararg;
        // SAFETY: a slot of the prototype class.
        unsafe {
            (&raw mut (*slot).entry).write(Cell::new(entry));
            (&raw mut (*slot).max_stack).write(max_stack);
            (&raw mut (*slot).num_params).write(num_params);
            (&raw mut (*slot).is_vararg).write(is_vararg);
            (&raw mut (*slot).plain_size).write(if is_vararg { u32::MAX } else { max_stack.into() });
            (&raw mut (*slot).detail).write(Box::new(detail));
            Ok(Gc::from_ptr(slot))
        }
    }

    /// A thread with room for `stack` values and `frames` frames; it has one frame, which the caller writes.
    pub(crate) fn thread(&mut self, globals: Gc<Table>, stack: usize, frames: usize) -> Result<Gc<Thread>, AllocError> {
        let stack_bytes = stack * size_of::<TValue>();
        let frame_bytes = frames * size_of::<Frame>();
        let values = self.allocate_buffer(stack_bytes)?.cast::<TValue>();
        let frame = match self.allocate_buffer(frame_bytes) {
            Ok(frame) => frame.cast::<Frame>(),
            Err(error) => {
                self.free_buffer(values.cast(), stack_bytes);
                return Err(error);
            }
        };
        let slot = match self.allocate(self.classes.thread, Kind::Thread, size_of::<Thread>()) {
            Ok(slot) => slot.cast::<Thread>(),
            Err(error) => {
                self.free_buffer(values.cast(), stack_bytes);
                self.free_buffer(frame.cast(), frame_bytes);
                return Err(error);
            }
        };
        // SAFETY: the storage and the slot have just been allocated with these sizes.
        unsafe {
            for index in 0..stack {
                values.add(index).write(TValue::NIL);
            }
            let header = (&raw const (*slot).header).read();
            slot.write(Thread {
                header,
                stack: Cell::new(values),
                stack_size: Cell::new(stack as u32),
                frames_size: Cell::new(frames as u32),
                top: Cell::new(values),
                frames: Cell::new(frame),
                frame: Cell::new(frame),
                open_upvalues: Cell::new(None),
                globals: Cell::new(globals),
                resumer: Cell::new(None),
                status: Cell::new(ThreadStatus::Suspended),
                hook_mask: Cell::new(0),
                in_hook: Cell::new(false),
                boundaries: Cell::new(0),
                machine_calls: Cell::new(0),
                handlers: Cell::new(0),
                hook: Cell::new(TValue::NIL),
                hook_count: Cell::new(0),
                hook_left: Cell::new(0),
                hook_pc: Cell::new(0),
                call_hooked: Cell::new(false),
            });
            Ok(Gc::from_ptr(slot))
        }
    }

    /// Bytes of a string's slot.
    pub(super) fn string_slot(string: Gc<Str>) -> usize {
        if string.is_external() { EXTERNAL_SLOT } else { size_of::<Str>() + string.len() }
    }

    /// The number of large buffers.
    #[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
    pub(super) fn large_buffers(&self) -> usize {
        self.large.count()
    }

    /// Frees an object and what it owns.
    ///
    /// # Safety
    /// Nothing will use the object again.
    pub(super) unsafe fn free_object(&mut self, object: Gc<Header>) {
        let slot = object.as_ptr().cast::<u8>();
        // SAFETY: the kind says what the slot holds; the caller's promise covers the rest.
        unsafe {
            let size = match object.kind() {
                Kind::Free | Kind::Buffer => return,
                Kind::String => {
                    let string: Gc<Str> = object.cast();
                    if string.is_external() {
                        self.free_buffer(string.data(), string.len());
                    } else if !string.is_long() {
                        self.strings.remove(string);
                    }
                    Self::string_slot(string)
                }
                Kind::Table => {
                    object.cast::<Table>().release(self);
                    size_of::<Table>()
                }
                Kind::LuaFunction => LUA_FUNCTION_HEAD + object.cast::<Closure>().upvalue_count() * 8,
                Kind::NativeFunction => NATIVE_FUNCTION_HEAD + object.cast::<Closure>().upvalue_count() * 8,
                Kind::Upvalue => size_of::<Upvalue>(),
                Kind::UserData => {
                    let data = std::ptr::replace(&raw mut (*slot.cast::<UserData>()).data, RefCell::new(None));
                    drop_host_value(data.into_inner());
                    size_of::<UserData>()
                }
                Kind::Thread => {
                    let thread: Gc<Thread> = object.cast();
                    let stack_bytes = thread.stack_size.get() as usize * size_of::<TValue>();
                    self.free_buffer(thread.stack.get().cast(), stack_bytes);
                    let frame_bytes = thread.frames_size.get() as usize * size_of::<Frame>();
                    self.free_buffer(thread.frames.get().cast(), frame_bytes);
                    size_of::<Thread>()
                }
                Kind::Proto => {
                    let proto = slot.cast::<FunctionProto>();
                    self.debt -= (*proto).detail.size() as isize;
                    std::ptr::drop_in_place(&raw mut (*proto).detail);
                    size_of::<FunctionProto>()
                }
            };
            self.free_slot(slot, size);
        }
    }

    /// Calls a function with every thread.
    pub(crate) fn for_each_thread(&self, f: impl FnMut(Gc<Thread>)) {
        self.for_each(Kind::Thread, f);
    }

    /// Calls a function with every prototype.
    pub(crate) fn for_each_proto(&self, f: impl FnMut(Gc<FunctionProto>)) {
        self.for_each(Kind::Proto, f);
    }

    fn for_each<T>(&self, kind: Kind, mut f: impl FnMut(Gc<T>)) {
        for page in (0..self.pages.page_count()).filter_map(|number| self.pages.page(number)) {
            // SAFETY: the pages are live; a slot that is not free holds an object of its page's kind.
            unsafe {
                if (*page).kind() != kind {
                    continue;
                }
                for slot in 0..(*page).carved() {
                    let header = super::page::slot_at(page, slot).cast::<Header>();
                    if (*header).kind() == kind && !self.is_dead(Gc::from_ptr(header)) {
                        f(Gc::from_ptr(header.cast()));
                    }
                }
            }
        }
    }

    /// A string that is never collected.
    pub(crate) fn fixed_string(&mut self, bytes: &[u8]) -> Result<Gc<Str>, AllocError> {
        let string = self.string(bytes)?;
        string.header.set_mark(string.header.mark() | mark::FIXED);
        Ok(string)
    }
}

/// Drops what a userdata held. Should that panic, the panic ends here: the sweep that drops it must go on.
fn drop_host_value(data: Option<Box<dyn Any + Send + Sync>>) {
    if let Err(payload) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(data))) {
        // It may panic, too, when it is dropped.
        std::mem::forget(payload);
    }
}

fn medium_layout(size: usize) -> Result<Layout, AllocError> {
    Layout::from_size_align(size, 16).map_err(|_| AllocError)
}

impl Drop for Heap {
    fn drop(&mut self) {
        for number in 0..self.pages.page_count() {
            let Some(page) = self.pages.page(number) else { continue };
            // SAFETY: the pages are live; the heap is going, so nobody uses an object again. Every slot that is not
            // free holds an object of its page's kind.
            unsafe {
                if (*page).kind() == Kind::Buffer {
                    continue;
                }
                for slot in 0..(*page).carved() {
                    let header = super::page::slot_at(page, slot).cast::<Header>();
                    if (*header).kind() != Kind::Free {
                        self.release_owned(Gc::from_ptr(header));
                    }
                }
            }
        }
    }
}

impl Heap {
    /// Gives back what an object owns outside the pages, which are about to be unmapped as a whole.
    ///
    /// # Safety
    /// Nothing will use the object again.
    unsafe fn release_owned(&mut self, object: Gc<Header>) {
        // SAFETY: the kind says what the slot holds; storage in pages needs no freeing.
        unsafe {
            match object.kind() {
                Kind::String if object.cast::<Str>().is_external() => {
                    let string: Gc<Str> = object.cast();
                    self.free_buffer(string.data(), string.len());
                }
                Kind::Table => object.cast::<Table>().release(self),
                Kind::UserData | Kind::Proto | Kind::Thread => self.free_object(object),
                _ => {}
            }
        }
    }
}
