//! A check of the whole heap, for tests: it walks everything and says what is first found wrong.
//!
//! Pages: a slot is on its page's free list or holds an object of the page's kind. Objects: what they refer to lives, and is what
//! the value's tag says; no black object refers to a white one while the collector marks. The account: what is allocated is what
//! the objects own, to the byte, so that nothing leaks. Strings: the interner holds the short ones, each where it is found. Threads: tops
//! and frames within their blocks, open upvalues sorted and on the stack.

use super::Gc;
use super::closure::{Closure, LuaFunction, NativeFunction, Upvalue};
use super::header::{Header, Kind, mark};
use super::heap::{Heap, MAX_SMALL};
use super::large::MIN_LARGE;
use super::page::slot_at;
use super::proto::FunctionProto;
use super::string::Str;
use super::table::{Node, Table};
use super::thread::{Frame, Thread, ThreadStatus};
use super::userdata::UserData;
use super::value::{TValue, Unpacked};

/// What is wrong.
type Checked = Result<(), String>;

macro_rules! ensure {
    ($condition:expr, $($message:tt)*) => {
        if !$condition {
            return Err(format!($($message)*));
        }
    };
}

/// What the objects that were walked own.
#[derive(Default)]
struct Owned {
    bytes: usize,
    small_buffers: usize,
    large_buffers: usize,
    short_strings: usize,
    userdata: usize,
}

impl Owned {
    fn buffer(&mut self, size: usize) {
        self.bytes += size;
        match size {
            0 => {}
            1..=MAX_SMALL => self.small_buffers += 1,
            MIN_LARGE.. => self.large_buffers += 1,
            _ => {}
        }
    }
}

impl Heap {
    /// Walks everything. The running thread's registers have been put back into it.
    pub(crate) fn check(&self) -> Checked {
        let mut owned = Owned { bytes: self.strings.size(), ..Owned::default() };
        let mut buffers = 0;
        for page in self.pages.pages() {
            let (kind, live) = self.pages.check_page(page)?;
            if kind == Kind::Buffer {
                buffers += live;
                continue;
            }
            // SAFETY: the page is live; a slot that is not free holds an object of its page's kind, which `check_page` saw.
            unsafe {
                for slot in 0..(*page).carved() {
                    let object: Gc<Header> = Gc::from_ptr(slot_at(page, slot).cast());
                    if (*object.as_ptr()).kind() != Kind::Free {
                        self.check_object(object, &mut owned)?;
                    }
                }
            }
        }
        ensure!(buffers == owned.small_buffers, "{buffers} small buffers, {} of them owned", owned.small_buffers);
        let large = self.large_buffers();
        ensure!(large == owned.large_buffers, "{large} large buffers, {} of them owned", owned.large_buffers);
        let (account, used) = (self.total(), owned.bytes + self.outside.in_use());
        ensure!(account == used, "{account} bytes in the account, {used} in use");
        self.strings.check(owned.short_strings)?;
        for &userdata in self.userdata.iter().chain(&self.to_finalize) {
            ensure!(kind_of(userdata.header()) == Kind::UserData, "a list of userdata holds something else");
        }
        ensure!(self.userdata.len() <= owned.userdata, "{} userdata are listed twice", self.userdata.len());
        for &root in self.roots.values() {
            self.check_value(root)?;
        }
        let running = self.running.ok_or("no thread runs")?;
        ensure!(running.status.get() == ThreadStatus::Running, "the running thread is not known to run");
        Ok(())
    }

    fn check_object(&self, object: Gc<Header>, owned: &mut Owned) -> Checked {
        let bits = object.mark();
        let known = mark::WHITES | mark::BLACK | mark::FIXED;
        let colours = (bits & (mark::WHITES | mark::BLACK)).count_ones();
        ensure!(bits & !known == 0 && colours <= 1, "mark bits {bits:#x}");
        // What a dead object refers to may have been freed before it.
        let is_dead = self.is_dead(object);
        let parent = (!is_dead).then_some(object);
        // SAFETY: the kind says what the object is, for each of the casts.
        unsafe {
            match object.kind() {
                Kind::Free | Kind::Buffer => Ok(()),
                Kind::String => {
                    let string: Gc<Str> = object.cast();
                    if string.is_external() {
                        owned.buffer(string.len());
                    }
                    owned.short_strings += usize::from(!string.is_long());
                    owned.bytes += Heap::string_slot(string);
                    Ok(())
                }
                Kind::Table => {
                    owned.bytes += size_of::<Table>();
                    self.check_table(object.cast(), parent, owned)
                }
                Kind::LuaFunction => {
                    let function: Gc<LuaFunction> = object.cast();
                    let count = function.closure().upvalue_count();
                    owned.bytes += size_of::<LuaFunction>() + 8 * count;
                    self.check_reference(parent, function.closure.env.get().header(), Kind::Table)?;
                    self.check_reference(parent, function.proto.header(), Kind::Proto)?;
                    (0..count)
                        .filter_map(|index| function.upvalue(index))
                        .try_for_each(|upvalue| self.check_reference(parent, upvalue.header(), Kind::Upvalue))
                }
                Kind::NativeFunction => {
                    let function: Gc<NativeFunction> = object.cast();
                    let count = function.closure().upvalue_count();
                    owned.bytes += size_of::<NativeFunction>() + 8 * count;
                    self.check_reference(parent, function.closure.env.get().header(), Kind::Table)?;
                    (0..count).try_for_each(|index| self.check_stored(parent, function.upvalue(index)))
                }
                Kind::Upvalue => {
                    owned.bytes += size_of::<Upvalue>();
                    let upvalue: Gc<Upvalue> = object.cast();
                    // A stack is written without a barrier.
                    let is_open = upvalue.value.get() != upvalue.closed.as_ptr();
                    if is_open || is_dead { Ok(()) } else { self.check_stored(parent, upvalue.get()) }
                }
                Kind::UserData => {
                    owned.bytes += size_of::<UserData>();
                    owned.userdata += 1;
                    let userdata: Gc<UserData> = object.cast();
                    self.check_reference(parent, userdata.env.get().header(), Kind::Table)?;
                    let metatable = userdata.metatable.get();
                    metatable.map_or(Ok(()), |table| self.check_reference(parent, table.header(), Kind::Table))
                }
                Kind::Thread => {
                    let thread: Gc<Thread> = object.cast();
                    owned.bytes += size_of::<Thread>();
                    owned.buffer(thread.stack_size.get() as usize * size_of::<TValue>());
                    owned.buffer(thread.frames_size.get() as usize * size_of::<Frame>());
                    if is_dead { Ok(()) } else { self.check_thread(thread) }
                }
                Kind::Proto => {
                    let proto: Gc<FunctionProto> = object.cast();
                    owned.bytes += size_of::<FunctionProto>() + proto.detail.size();
                    for &constant in &proto.detail.constants {
                        self.check_stored(parent, constant)?;
                    }
                    let templates = proto.detail.templates.borrow();
                    for template in templates.iter() {
                        self.check_reference(parent, template.header(), Kind::Table)?;
                    }
                    proto
                        .detail
                        .children
                        .iter()
                        .flatten()
                        .try_for_each(|child| self.check_reference(parent, child.header(), Kind::Proto))
                }
            }
        }
    }

    fn check_table(&self, table: Gc<Table>, parent: Option<Gc<Header>>, owned: &mut Owned) -> Checked {
        owned.buffer(table.asize.get() as usize * size_of::<TValue>());
        owned.buffer(table.node_count() * size_of::<Node>());
        let (len, asize) = (table.len.get(), table.asize.get());
        ensure!(len <= asize, "a table of {asize} slots has {len} elements");
        ensure!(!table.is_holey() || len == asize, "a table with holes is not initialised");
        ensure!((table.node_mask.get() as usize + 1).is_power_of_two(), "{} nodes", table.node_mask.get());
        if let Some(metatable) = table.metatable.get() {
            self.check_reference(parent, metatable.header(), Kind::Table)?;
        }
        // One that is traversed piece by piece is black before it has been seen whole.
        let parent = parent.filter(|_| !self.collector.is_partial(table));
        for index in 0..len {
            let value = table.array_get(index).unwrap_or(TValue::NIL);
            ensure!(table.is_holey() || !value.is_nil(), "a hole in a table without holes");
            self.check_stored(parent, value)?;
        }
        for index in 0..table.node_count() {
            // SAFETY: below the number of nodes.
            let node = unsafe { *table.node_at(index as u32) };
            if !node.value.is_nil() {
                ensure!(!node.key.is_nil() && !node.key.is_dead_key(), "a value without a key");
                self.check_stored(parent, node.key)?;
                self.check_stored(parent, node.value)?;
            }
        }
        Ok(())
    }

    fn check_thread(&self, thread: Gc<Thread>) -> Checked {
        let (stack, end) = (thread.stack.get(), thread.stack_end());
        let within = stack..=end;
        ensure!(within.contains(&thread.top.get()), "a stack's top is outside of it");
        let mut slot = stack;
        while slot < thread.top.get() {
            // SAFETY: below the top, which is on the stack.
            self.check_value(unsafe { *slot })?;
            slot = slot.wrapping_add(1);
        }
        let frames = thread.frames.get();
        let last = frames.wrapping_add(thread.frames_size.get() as usize - 1);
        ensure!((frames..=last).contains(&thread.frame.get()), "the innermost frame is outside of its block");
        let mut frame = frames;
        let mut below = stack;
        while frame <= thread.frame.get() {
            // SAFETY: the frames from the first to the innermost are initialised.
            let this = unsafe { *frame };
            ensure!(within.contains(&this.base) && below <= this.base, "a frame is outside of the stack, or of order");
            if !this.function.is_null() {
                ensure!(this.func() >= below && this.func() < this.base, "a frame's function is not below it");
                // SAFETY: a frame's function is one.
                let function: Gc<Closure> = unsafe { Gc::from_ptr(this.function) };
                self.check_value(function.into())?;
                if let Some(function) = function.as_lua() {
                    let top = this.base.wrapping_add(function.proto.max_stack as usize);
                    ensure!(top <= end, "a frame's registers end beyond the stack");
                }
            }
            below = this.base;
            frame = frame.wrapping_add(1);
        }
        let mut open = thread.open_upvalues.get();
        let mut above = end;
        while let Some(upvalue) = open {
            ensure!(kind_of(upvalue.header()) == Kind::Upvalue, "a list of upvalues holds something else");
            let value = upvalue.value.get();
            ensure!(stack <= value && value < above, "an open upvalue is outside of the stack, or of order");
            above = value;
            open = upvalue.next_open();
        }
        Ok(())
    }

    /// What `parent`, if it is known to live, holds.
    fn check_stored(&self, parent: Option<Gc<Header>>, value: TValue) -> Checked {
        let Some(parent) = parent else { return Ok(()) };
        self.check_value(value)?;
        value.as_object().map_or(Ok(()), |object| self.check_colour(parent, object))
    }

    fn check_reference(&self, parent: Option<Gc<Header>>, object: Gc<Header>, kind: Kind) -> Checked {
        let Some(parent) = parent else { return Ok(()) };
        let found = kind_of(object);
        ensure!(found == kind, "a reference to a {kind:?} leads to a {found:?}");
        self.check_colour(parent, object)
    }

    fn check_colour(&self, parent: Gc<Header>, object: Gc<Header>) -> Checked {
        let white = object.is_white() && object.mark() & mark::FIXED == 0;
        let broken = self.collector.is_marking() && parent.is_black() && white;
        ensure!(!broken, "a black {:?} refers to a white {:?}", parent.kind(), object.kind());
        Ok(())
    }

    /// The object behind a value lives, and is what the tag says.
    fn check_value(&self, value: TValue) -> Checked {
        let Some(object) = value.as_object() else { return Ok(()) };
        let kind = kind_of(object);
        let right = match value.unpack() {
            Unpacked::String(_) => kind == Kind::String,
            Unpacked::Table(_) => kind == Kind::Table,
            Unpacked::Function(_) => matches!(kind, Kind::LuaFunction | Kind::NativeFunction),
            Unpacked::UserData(_) => kind == Kind::UserData,
            Unpacked::Thread(_) => kind == Kind::Thread,
            Unpacked::Nil | Unpacked::Boolean(_) | Unpacked::Number(_) => false,
        };
        ensure!(right, "a {} is a slot of kind {kind:?}", value.type_name());
        ensure!(!self.is_dead(object), "a {} that is to be freed is referred to", value.type_name());
        Ok(())
    }
}

/// The kind in an object's header, which may be that of a free slot.
fn kind_of(object: Gc<Header>) -> Kind {
    // SAFETY: pages that objects were in are mapped as long as something refers to them, and begin each slot with a header.
    unsafe { (*object.as_ptr()).kind() }
}
