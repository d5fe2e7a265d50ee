//! Marking: from the roots to everything they reach, and the atomic phase that ends it.

use super::fits;
use crate::arena::Gc;
use crate::arena::closure::{Closure, LuaFunction, NativeFunction, Upvalue};
use crate::arena::header::{Header, Kind, mark as bits};
use crate::arena::heap::Heap;
use crate::arena::page::slot_at;
use crate::arena::proto::FunctionProto;
use crate::arena::string::Str;
use crate::arena::table::{Node, Table};
use crate::arena::thread::{Thread, ThreadStatus};
use crate::arena::userdata::{FINALIZED, UserData};
use crate::arena::value::{TValue, Unpacked};
use crate::kernel::meter::Stop;

/// Entries of a table that are traversed at a time.
const PIECE: usize = 4096;

/// Bytes that are looked at between two looks at the clock.
const LOOK_BYTES: isize = 1024 * 1024;

/// Whether a table's keys and values keep what they refer to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Strength {
    keys: bool,
    values: bool,
}

impl Heap {
    #[inline(always)]
    fn mark_value(&mut self, value: TValue) {
        if let Some(object) = value.as_object()
            && object.is_white()
        {
            self.mark_object(object);
        }
    }

    /// Marks a white object: grey if it refers to others, black if not.
    pub(super) fn mark_object(&mut self, object: Gc<Header>) {
        debug_assert!(object.is_white());
        let fixed = object.mark() & bits::FIXED;
        match object.kind() {
            Kind::String => object.set_mark(fixed | bits::BLACK),
            Kind::Upvalue => {
                object.set_mark(fixed | bits::BLACK);
                // SAFETY: the kind says so.
                let upvalue: Gc<Upvalue> = unsafe { object.cast() };
                // An upvalue refers to one value, which may be another closure's: the mark stack bounds the depth.
                let value = upvalue.get();
                if let Some(inner) = value.as_object()
                    && inner.is_white()
                {
                    self.mark_object(inner);
                }
            }
            _ => {
                object.set_mark(fixed);
                self.collector.push_grey(object);
            }
        }
    }

    fn mark_table(&mut self, table: Option<Gc<Table>>) {
        if let Some(table) = table
            && table.header.is_white()
        {
            self.mark_object(table.header());
        }
    }

    /// Forgets what an interrupted cycle has marked: it starts over.
    pub(super) fn abandon_mark(&mut self) {
        // A sweep without an atomic phase frees nothing, since nothing has the old white, and whitens everything.
        self.collector.forget_marked();
        self.pages.begin_sweep();
        self.collector.phase = super::Phase::Sweep(0);
    }

    pub(super) fn mark_roots(&mut self) {
        self.collector.forget_marked();
        self.mark_root_set();
    }

    fn mark_root_set(&mut self) {
        self.mark_table(self.registry);
        for table in self.type_metatables {
            self.mark_table(table);
        }
        for thread in [self.main_thread, self.running].into_iter().flatten() {
            if thread.header.is_white() {
                self.mark_object(thread.header());
            }
        }
        self.mark_value(self.thrown);
        let roots: Vec<TValue> = self.roots.values().copied().collect();
        for value in roots {
            self.mark_value(value);
        }
        for index in 0..self.to_finalize.len() {
            let userdata = self.to_finalize[index];
            if userdata.header.is_white() {
                self.mark_object(userdata.header());
            }
        }
    }

    /// Traverses one grey object, or a piece of one; `None` if there is none left.
    pub(super) fn propagate(&mut self) -> Option<isize> {
        // What a piece of a large table has greyed comes before its next piece: so the mark stack stays small.
        if let Some(object) = self.collector.grey.pop() {
            return Some(self.traverse(object));
        }
        if let Some((table, position)) = self.collector.partial.pop() {
            return Some(self.traverse_piece(table, position));
        }
        self.collector.lost.then(|| self.traverse_lost())
    }

    /// Traverses every grey object, because some are not on the mark stack. What stays grey, weak tables and threads that run, is
    /// traversed once more, which does no harm.
    #[cold]
    #[inline(never)]
    fn traverse_lost(&mut self) -> isize {
        self.collector.lost = false;
        let mut cost = 1;
        for number in 0..self.pages.page_count() {
            let Some(page) = self.pages.page(number) else { continue };
            // SAFETY: the page is live; a slot that is not free holds an object of its page's kind.
            unsafe {
                if (*page).kind() == Kind::Buffer {
                    continue;
                }
                for slot in 0..(*page).carved() {
                    let header = slot_at(page, slot).cast::<Header>();
                    if (*header).kind() != Kind::Free && (*header).mark() & (bits::WHITES | bits::BLACK) == 0 {
                        cost += self.traverse(Gc::from_ptr(header));
                    }
                }
            }
        }
        cost
    }

    fn drain(&mut self) -> Result<(), Stop> {
        while let Some(cost) = self.propagate() {
            self.worked(cost)?;
        }
        // What a traversal that ended early has left out is not marked, and must not be taken for dead.
        self.meter.stopped().map_or(Ok(()), Err)
    }

    /// Looks at the clock now and then: work that is not done in steps would delay the end of the program. A stop stays in
    /// the meter.
    pub(super) fn worked(&mut self, cost: isize) -> Result<(), Stop> {
        self.collector.since_look += cost;
        if self.collector.since_look >= LOOK_BYTES {
            self.collector.since_look = 0;
            self.meter.look()?;
        }
        Ok(())
    }

    fn traverse(&mut self, object: Gc<Header>) -> isize {
        object.set_mark(object.mark() & bits::FIXED | bits::BLACK);
        // SAFETY: the kind says what the object is, for each of the casts.
        unsafe {
            match object.kind() {
                Kind::Table => self.traverse_table(object.cast()),
                Kind::LuaFunction => {
                    let function: Gc<LuaFunction> = object.cast();
                    self.mark_table(Some(function.closure.env.get()));
                    if function.proto.header.is_white() {
                        self.mark_object(function.proto.header());
                    }
                    let count = function.closure().upvalue_count();
                    for upvalue in (0..count).filter_map(|index| function.upvalue(index)) {
                        if upvalue.header.is_white() {
                            self.mark_object(upvalue.header());
                        }
                    }
                    32 + 8 * count as isize
                }
                Kind::NativeFunction => {
                    let function: Gc<NativeFunction> = object.cast();
                    self.mark_table(Some(function.closure.env.get()));
                    let count = object.cast::<Closure>().upvalue_count();
                    for index in 0..count {
                        self.mark_value(function.upvalue(index));
                    }
                    48 + 8 * count as isize
                }
                Kind::UserData => {
                    let userdata: Gc<UserData> = object.cast();
                    self.mark_table(userdata.metatable.get());
                    self.mark_table(Some(userdata.env.get()));
                    64
                }
                Kind::Proto => self.traverse_proto(object.cast()),
                Kind::Thread => {
                    let thread: Gc<Thread> = object.cast();
                    if matches!(thread.status.get(), ThreadStatus::Running | ThreadStatus::Normal) {
                        // It goes on changing its stack: the atomic phase looks again.
                        thread.header.set_mark(0);
                        self.collector.push_again(thread);
                    }
                    self.traverse_thread(thread)
                }
                Kind::String | Kind::Upvalue | Kind::Free | Kind::Buffer => 8,
            }
        }
    }

    fn traverse_proto(&mut self, proto: Gc<FunctionProto>) -> isize {
        for &constant in &proto.detail.constants {
            self.mark_value(constant);
        }
        for child in proto.detail.children.iter().flatten() {
            if child.header.is_white() {
                self.mark_object(child.header());
            }
        }
        for &template in &*proto.detail.templates.borrow() {
            self.mark_table(Some(template));
        }
        64 + 16 * proto.detail.constants.len() as isize
    }

    /// Marks what is on a stack, and clears what is above: no dead slot survives a cycle in which its object may.
    fn traverse_thread(&mut self, thread: Gc<Thread>) -> isize {
        self.mark_table(Some(thread.globals.get()));
        self.mark_value(thread.hook.get());
        if let Some(resumer) = thread.resumer.get()
            && resumer.header.is_white()
        {
            self.mark_object(resumer.header());
        }
        let mut slot = thread.stack.get();
        while slot < thread.top.get() {
            // SAFETY: between the stack's start and its top, which is within the allocation.
            self.mark_value(unsafe { *slot });
            slot = slot.wrapping_add(1);
        }
        while slot < thread.stack_end() {
            // SAFETY: within the allocation, and above everything live.
            unsafe { slot.write(TValue::NIL) };
            slot = slot.wrapping_add(1);
        }
        let mut frame = thread.frames.get();
        while frame <= thread.frame.get() {
            // SAFETY: the frames from the first to the innermost are initialised, and their functions are alive.
            let function = unsafe { (*frame).function };
            if !function.is_null() {
                // A function that was called by a tail call lies on the stack no more.
                // SAFETY: likewise.
                self.mark_value(unsafe { Gc::<Closure>::from_ptr(function) }.into());
            }
            frame = frame.wrapping_add(1);
        }
        let mut open = thread.open_upvalues.get();
        while let Some(upvalue) = open {
            if upvalue.header.is_white() {
                self.mark_object(upvalue.header());
            }
            open = upvalue.next_open();
        }
        128 + 8 * thread.stack_size.get() as isize
    }

    fn strength(&self, table: Gc<Table>) -> Strength {
        let mode = table
            .metatable
            .get()
            .and_then(|metatable| metatable.get_str(self.mode_name()?).as_string().map(|mode| mode.bytes()));
        let mode = mode.unwrap_or_default();
        Strength { keys: !mode.contains(&b'k'), values: !mode.contains(&b'v') }
    }

    fn mode_name(&self) -> Option<Gc<Str>> {
        self.collector_names.map(|names| names.mode)
    }

    fn traverse_table(&mut self, table: Gc<Table>) -> isize {
        if table.is_template() {
            // Its keys are constants of its prototype, although it has no values.
            return 48;
        }
        self.mark_table(table.metatable.get());
        let strength = self.strength(table);
        // One that cannot be remembered is traversed as if it were not weak: it loses its dead entries another time.
        if strength.keys && strength.values || !fits(&mut self.collector.weak) {
            return self.traverse_piece(table, 0);
        }
        // A weak table stays grey: the atomic phase traverses it again, and no barrier applies to it.
        table.header.set_mark(0);
        self.collector.weak.push(table);
        // After a stop nothing comes of this cycle.
        if strength.values {
            for index in 0..table.len.get() {
                if self.worked(8).is_err() {
                    return 0;
                }
                self.mark_value(table.array_get(index).unwrap_or(TValue::NIL));
            }
        }
        for index in 0..table.node_count() {
            if self.worked(24).is_err() {
                return 0;
            }
            // SAFETY: below the number of nodes; nobody else holds a reference to it.
            self.traverse_node(unsafe { &mut *table.node.get().add(index) }, strength);
        }
        48
    }

    fn traverse_node(&mut self, node: &mut Node, strength: Strength) {
        if node.value.is_nil() {
            if node.key.is_collectable() {
                node.key = node.key.into_dead_key();
            }
            return;
        }
        if strength.keys {
            self.mark_value(node.key);
        }
        if strength.values {
            self.mark_value(node.value);
        }
    }

    fn traverse_piece(&mut self, table: Gc<Table>, mut start: usize) -> isize {
        const STRONG: Strength = Strength { keys: true, values: true };
        let (len, nodes) = (table.len.get() as usize, table.node_count());
        let asize = table.asize.get() as usize;
        loop {
            let end = start + PIECE;
            for index in start..end.min(len) {
                // SAFETY: `array[..len]` is initialised.
                self.mark_value(unsafe { *table.array_slots().add(index) });
            }
            for index in start.max(asize) - asize..end.max(asize).min(asize + nodes) - asize {
                // SAFETY: below the number of nodes; nobody else holds a reference to it.
                self.traverse_node(unsafe { &mut *table.node.get().add(index) }, STRONG);
            }
            if end >= asize + nodes {
                return 48 + table.storage().min(PIECE * 24) as isize;
            }
            if fits(&mut self.collector.partial) {
                self.collector.partial.push((table, end));
                return PIECE as isize * 16;
            }
            start = end;
        }
    }

    /// Ends marking, in one go, and turns the whites. If the program has to end meanwhile, the caller gives the cycle up.
    pub(super) fn atomic(&mut self) -> Result<(), Stop> {
        self.mark_root_set();
        let again = std::mem::take(&mut self.collector.grey_again);
        for thread in again {
            thread.header.set_mark(bits::BLACK);
            let cost = self.traverse_thread(thread);
            self.worked(cost)?;
        }
        // Those that are not on the list are grey, too.
        self.collector.lost |= std::mem::take(&mut self.collector.lost_threads);
        self.drain()?;
        self.remark_open_upvalues();
        self.drain()?;
        for table in std::mem::take(&mut self.collector.weak) {
            // One that is no longer weak may be traversed in pieces.
            let cost = self.traverse(table.header());
            self.worked(cost)?;
            self.drain()?;
        }
        self.separate_userdata();
        for index in 0..self.to_finalize.len() {
            let userdata = self.to_finalize[index];
            if userdata.header.is_white() {
                self.mark_object(userdata.header());
            }
        }
        self.drain()?;
        // Traversing threads may have put running ones back.
        for thread in std::mem::take(&mut self.collector.grey_again) {
            thread.header.set_mark(bits::BLACK);
        }
        let weak = std::mem::take(&mut self.collector.weak);
        for table in weak {
            self.clear_weak(table)?;
        }
        self.close_dead_threads();
        self.white ^= bits::WHITES;
        self.pages.begin_sweep();
        Ok(())
    }

    /// Finds the userdata that died with a finalizer, and forgets those without. Where there is no memory to remember it by, one
    /// that died lives on until the next time.
    fn separate_userdata(&mut self) {
        let mut all = std::mem::take(&mut self.userdata);
        let (mut dead, mut kept) = (Vec::new(), 0);
        for index in 0..all.len() {
            let userdata = all[index];
            if userdata.header.is_white() {
                if !self.has_finalizer(userdata) {
                    continue;
                }
                if fits(&mut dead) && self.to_finalize.try_reserve(dead.len() + 1).is_ok() {
                    userdata.header.flags.set(FINALIZED);
                    dead.push(userdata);
                    continue;
                }
                self.mark_object(userdata.header());
            }
            all[kept] = userdata;
            kept += 1;
        }
        all.truncate(kept);
        // They live once more, without a finalizer. There is room for them, since they were in the list.
        all.extend_from_slice(&dead);
        self.userdata = all;
        // Called in the reverse order of creation, after those still waiting: the last of the list is next.
        self.to_finalize.extend_from_slice(&dead);
        self.to_finalize.rotate_right(dead.len());
    }

    fn has_finalizer(&self, userdata: Gc<UserData>) -> bool {
        userdata.header.flags.get() & FINALIZED == 0
            && userdata.metatable.get().is_some_and(|metatable| {
                self.collector_names.is_some_and(|names| !metatable.get_str(names.gc).is_nil())
            })
    }

    /// Every userdata with a finalizer that has not been called is put on `to_finalize`: the machine closes.
    pub(crate) fn separate_all_userdata(&mut self) {
        let all = std::mem::take(&mut self.userdata);
        let (dead, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|&userdata| self.has_finalizer(userdata));
        for userdata in &dead {
            userdata.header.flags.set(FINALIZED);
        }
        self.to_finalize.splice(0..0, dead.iter().copied());
        self.userdata = rest;
        self.userdata.extend(dead);
    }

    /// Removes the entries of a weak table whose key or value is going to be freed.
    fn clear_weak(&mut self, table: Gc<Table>) -> Result<(), Stop> {
        let strength = self.strength(table);
        if !strength.values {
            for index in 0..table.len.get() {
                self.worked(8)?;
                let value = table.array_get(index).unwrap_or(TValue::NIL);
                if self.is_cleared(value, false) {
                    table.clear_element(index);
                }
            }
        }
        for index in 0..table.node_count() {
            self.worked(24)?;
            // SAFETY: below the number of nodes; nobody else holds a reference to it.
            let node = unsafe { &mut *table.node.get().add(index) };
            if node.value.is_nil() {
                continue;
            }
            if self.is_cleared(node.value, false) || self.is_cleared(node.key, true) {
                node.value = TValue::NIL;
                if node.key.is_collectable() {
                    node.key = node.key.into_dead_key();
                }
            }
        }
        Ok(())
    }

    fn is_cleared(&mut self, value: TValue, is_key: bool) -> bool {
        match value.unpack() {
            // Strings are values: a weak table keeps them.
            Unpacked::String(string) => {
                if string.header.is_white() {
                    self.mark_object(string.header());
                }
                false
            }
            Unpacked::UserData(userdata) => {
                userdata.header.is_white() || !is_key && userdata.header.flags.get() & FINALIZED != 0
            }
            _ => value.as_object().is_some_and(|object| object.is_white()),
        }
    }

    /// An open upvalue that is reached keeps its value, even if the thread whose stack that is on is not reached, and has
    /// written it since.
    fn remark_open_upvalues(&mut self) {
        for number in 0..self.pages.page_count() {
            for slot in 0_u32.. {
                let Some(thread) = self.thread_at(number, slot) else { break };
                let mut open = thread.and_then(|thread| thread.open_upvalues.get());
                while let Some(upvalue) = open {
                    if !upvalue.header.is_white() {
                        self.mark_value(upvalue.get());
                    }
                    open = upvalue.next_open();
                }
            }
        }
    }

    /// The thread in a slot of a page, if there is one; `None` behind the slots of the page, or if it is none of threads.
    fn thread_at(&self, page: usize, slot: u32) -> Option<Option<Gc<Thread>>> {
        let page = self.pages.page(page)?;
        // SAFETY: the page is live; a slot that is not free holds an object of its page's kind.
        unsafe {
            if (*page).kind() != Kind::Thread || slot >= (*page).carved() {
                return None;
            }
            let header = slot_at(page, slot).cast::<Header>();
            let is_thread = (*header).kind() == Kind::Thread && !self.is_dead(Gc::from_ptr(header));
            Some(is_thread.then(|| Gc::from_ptr(header.cast())))
        }
    }

    /// A dead thread's stack goes; closures that survive it take their upvalues' values with them.
    fn close_dead_threads(&mut self) {
        self.for_each_thread(|thread| {
            if thread.header.is_white() {
                let mut open = thread.open_upvalues.take();
                while let Some(upvalue) = open {
                    open = upvalue.next_open();
                    upvalue.close();
                }
            }
        });
    }
}
