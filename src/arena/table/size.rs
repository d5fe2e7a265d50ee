//! The sizes of a table's two parts: choosing them, and changing them.
//!
//! A change of size is all or nothing. The new hash part is filled while the old one is still there, and a larger
//! array part keeps what it had; so whatever fails on the way, the table is put back as it was. A part that is to
//! become smaller and gets no memory for that stays as large as it is, which is no error.
//!
//! What takes long is done in pieces, with a look at the clock in between: a stop is one of the ways to fail. It costs no
//! fuel, since when a table with string keys changes its size depends on the seed of their hashes.

use std::ops::Range;

use super::{HOLEY, MAX_BITS, Node, TEMPLATE, Table, array_index, hash_number, no_nodes};
use crate::arena::heap::{AllocError, Heap};
use crate::arena::{Gc, TValue};
use crate::kernel::meter::ELEMENTS;

/// Has `count` entries worked on, a piece of them at a time, with a look at the clock in between.
#[inline(always)]
fn in_pieces(
    heap: &mut Heap,
    count: usize,
    mut work: impl FnMut(&mut Heap, Range<usize>) -> Result<(), AllocError>,
) -> Result<(), AllocError> {
    let mut start = 0;
    loop {
        let end = count.min(start + ELEMENTS);
        work(heap, start..end)?;
        if end == count {
            return Ok(());
        }
        heap.meter.look()?;
        start = end;
    }
}

/// A new hash part has room for all keys that it is made for, unless the program has to end.
#[cold]
pub(super) fn no_room(heap: &mut Heap) -> AllocError {
    let goes_on = heap.meter.look().is_ok() && heap.meter.charge(1).is_ok();
    debug_assert!(!goes_on, "a new hash part has room for all keys");
    AllocError
}

/// A hash part: that of a table, or one that is not in use yet or any more.
#[derive(Clone, Copy)]
struct Nodes {
    first: *mut Node,
    /// 0 if there is no hash part: `first` is the shared free node then.
    count: usize,
    last_free: u32,
}

impl Nodes {
    /// Free nodes for at least so many keys.
    fn allocate(heap: &mut Heap, keys: u32) -> Result<Nodes, AllocError> {
        if keys == 0 {
            return Ok(Nodes { first: no_nodes(), count: 0, last_free: 0 });
        }
        if keys > 1 << MAX_BITS {
            return Err(AllocError);
        }
        let last_free = keys.next_power_of_two();
        let count = last_free as usize;
        let first = heap.allocate_buffer(count * size_of::<Node>())?.cast::<Node>();
        let nodes = Nodes { first, count, last_free };
        let filled = in_pieces(heap, count, |_, piece| {
            for index in piece {
                // SAFETY: within the storage just allocated.
                unsafe { first.add(index).write(Node::FREE) };
            }
            Ok(())
        });
        if let Err(error) = filled {
            nodes.free(heap);
            return Err(error);
        }
        Ok(nodes)
    }

    fn free(self, heap: &mut Heap) {
        if self.count != 0 {
            heap.free_buffer(self.first.cast(), self.count * size_of::<Node>());
        }
    }
}

/// How an array part is in use, besides its storage.
#[derive(Clone, Copy)]
struct Extent {
    asize: u32,
    len: u32,
    holey: bool,
}

impl Table {
    fn set_holey(&self, holey: bool) {
        let aux = self.header.aux.get();
        self.header.aux.set(if holey { aux | HOLEY } else { aux & !HOLEY });
    }
}

impl Gc<Table> {
    /// The initialised elements, for as long as the array part is left alone.
    #[inline(always)]
    fn elements<'a>(self) -> &'a [TValue] {
        match self.len.get() {
            0 => &[],
            // SAFETY: `array[..len]` is initialised.
            len => unsafe { std::slice::from_raw_parts(self.array.get(), len as usize) },
        }
    }

    fn extent(self) -> Extent {
        Extent { asize: self.asize.get(), len: self.len.get(), holey: self.is_holey() }
    }

    fn exchange_nodes(self, new: Nodes) -> Nodes {
        let old = Nodes { first: self.node.get(), count: self.node_count(), last_free: self.last_free.get() };
        self.node.set(new.first);
        self.node_mask.set(new.count.saturating_sub(1) as u32);
        self.last_free.set(new.last_free);
        old
    }

    /// Chooses new sizes for the keys that are there and one more.
    #[cold]
    #[inline(never)]
    pub(super) fn rehash(self, heap: &mut Heap, extra: TValue) -> Result<(), AllocError> {
        let mut keys = Keys::default();
        self.count_elements(heap, &mut keys)?;
        in_pieces(heap, self.node_count(), |_, piece| {
            for index in piece {
                // SAFETY: below the number of nodes.
                let node = unsafe { &*self.node.get().add(index) };
                if !node.value.is_nil() {
                    keys.add(node.key);
                }
            }
            Ok(())
        })?;
        keys.add(extra);
        let (asize, used) = keys.array_size();
        self.resize(heap, asize, keys.total - used)
    }

    /// Counts the elements of the array part, class by class. Without holes that is only where they end.
    fn count_elements(self, heap: &mut Heap, keys: &mut Keys) -> Result<(), AllocError> {
        let (len, holey) = (self.len.get(), self.is_holey());
        let mut start = 0;
        for (class, count) in keys.classes.iter_mut().enumerate() {
            if start == len {
                break;
            }
            let end = len.min(1 << class);
            *count = end - start;
            if holey {
                in_pieces(heap, (end - start) as usize, |_, piece| {
                    let holes = self.elements()[start as usize..][piece].iter().filter(|value| value.is_nil()).count();
                    *count -= holes as u32;
                    Ok(())
                })?;
            }
            keys.integers += *count;
            start = end;
        }
        keys.total = keys.integers;
        Ok(())
    }

    /// Gives the array part and the hash part new sizes; the latter has room for at least `keys` keys.
    pub(crate) fn resize(self, heap: &mut Heap, asize: u32, keys: u32) -> Result<(), AllocError> {
        let before = self.extent();
        let smaller = if asize < before.asize { self.begin_of_array(heap, asize)? } else { None };
        let changed = Nodes::allocate(heap, keys).and_then(|nodes| {
            let old = self.exchange_nodes(nodes);
            let tail = if smaller.is_some() { asize.min(before.len) as usize..before.len as usize } else { 0..0 };
            let moved = self.grow_array(heap, asize).and_then(|()| self.refill(heap, tail, old));
            let unused = if moved.is_ok() { old } else { self.exchange_nodes(old) };
            unused.free(heap);
            moved
        });
        if let Err(error) = changed {
            if let Some(array) = smaller {
                heap.free_buffer(array.cast(), asize as usize * size_of::<TValue>());
            }
            self.restore(heap, before);
            return Err(error);
        }
        if let Some(array) = smaller {
            heap.free_buffer(self.array.get().cast(), before.asize as usize * size_of::<TValue>());
            self.array.set(array);
            self.asize.set(asize);
            self.len.set(before.len.min(asize));
        }
        if self.is_holey() {
            self.recover_from_holes(heap);
        }
        heap.table_moved(self);
        Ok(())
    }

    /// Puts the elements of `tail` and the entries of `old` where they belong now, in PUC's order.
    fn refill(self, heap: &mut Heap, tail: Range<usize>, old: Nodes) -> Result<(), AllocError> {
        let mut room = true;
        let elements = &self.elements()[tail.clone()];
        in_pieces(heap, elements.len(), |heap, piece| {
            for index in piece {
                let value = elements[index];
                if !value.is_nil() {
                    let n = (tail.start + index) as f64 + 1.0;
                    room &= self.place(heap, TValue::number(n), hash_number(n), value);
                }
            }
            Ok(())
        })?;
        in_pieces(heap, old.count, |heap, piece| {
            for index in piece {
                // SAFETY: below the number of the old nodes, which are still there.
                let node = unsafe { *old.first.add(old.count - 1 - index) };
                if node.value.is_nil() {
                    continue;
                }
                match node.key.as_number().map(array_index) {
                    Some(index) if index < self.asize.get() => self.set_index(heap, index, node.value)?,
                    _ => room &= self.place(heap, node.key, node.hash, node.value),
                }
            }
            Ok(())
        })?;
        if room { Ok(()) } else { Err(no_room(heap)) }
    }

    /// A copy of the first `asize` elements, as far as they are initialised; `None` if there is no memory for it.
    fn begin_of_array(self, heap: &mut Heap, asize: u32) -> Result<Option<*mut TValue>, AllocError> {
        if asize == 0 {
            return Ok(Some(std::ptr::null_mut()));
        }
        let bytes = asize as usize * size_of::<TValue>();
        let Ok(buffer) = heap.allocate_buffer(bytes) else { return Ok(None) };
        let copy = buffer.cast::<TValue>();
        let used = self.len.get().min(asize) as usize;
        let copied = in_pieces(heap, used, |_, piece| {
            let elements = &self.elements()[piece.clone()];
            // SAFETY: the copy has room for `asize` elements, and is new.
            unsafe { std::ptr::copy_nonoverlapping(elements.as_ptr(), copy.add(piece.start), elements.len()) };
            Ok(())
        });
        if let Err(error) = copied {
            heap.free_buffer(buffer, bytes);
            return Err(error);
        }
        Ok(Some(copy))
    }

    /// Makes the array part larger, if it is not that large. On failure it is as it was.
    #[inline]
    pub(crate) fn grow_array(self, heap: &mut Heap, asize: u32) -> Result<(), AllocError> {
        if asize <= self.asize.get() { Ok(()) } else { self.enlarge_array(heap, asize) }
    }

    #[inline(never)]
    fn enlarge_array(self, heap: &mut Heap, asize: u32) -> Result<(), AllocError> {
        if asize > 1 << MAX_BITS {
            return Err(AllocError);
        }
        let before = self.extent();
        let (slot, old) = (size_of::<TValue>(), before.asize as usize);
        let array = heap.reallocate_buffer(self.array.get().cast(), old * slot, asize as usize * slot)?;
        self.array.set(array.cast());
        self.asize.set(asize);
        if before.holey
            && let Err(stop) = self.make_holey(heap)
        {
            self.restore(heap, before);
            return Err(stop);
        }
        Ok(())
    }

    /// Puts the array part back to what it was before it grew and was filled from the hash part.
    #[cold]
    #[inline(never)]
    fn restore(self, heap: &mut Heap, before: Extent) {
        let (slot, asize) = (size_of::<TValue>(), self.asize.get());
        self.len.set(before.len);
        self.set_holey(before.holey);
        if asize == before.asize {
            return;
        }
        let (large, small) = (asize as usize * slot, before.asize as usize * slot);
        match heap.reallocate_buffer(self.array.get().cast(), large, small) {
            Ok(array) => {
                self.array.set(array.cast());
                self.asize.set(before.asize);
            }
            // It stays large, and is empty there.
            Err(_) if before.holey => self.make_holey_at_once(),
            Err(_) => {}
        }
    }

    /// Gives everything behind `len` a value: there is going to be a hole, or the array part of a table with holes has
    /// grown.
    pub(super) fn make_holey(self, heap: &mut Heap) -> Result<(), AllocError> {
        in_pieces(heap, (self.asize.get() - self.len.get()) as usize, |_, piece| {
            self.clear_unused(piece);
            Ok(())
        })?;
        self.len.set(self.asize.get());
        self.set_holey(true);
        Ok(())
    }

    /// [`Self::make_holey`] where nothing may come in between.
    fn make_holey_at_once(self) {
        self.clear_unused(0..(self.asize.get() - self.len.get()) as usize);
        self.len.set(self.asize.get());
        self.set_holey(true);
    }

    /// Makes some of the elements behind `len` nil.
    #[inline(always)]
    fn clear_unused(self, piece: Range<usize>) {
        debug_assert!(self.len.get() as usize + piece.end <= self.asize.get() as usize);
        for index in piece {
            // SAFETY: within the allocation, and behind what is in use.
            unsafe { self.array.get().add(self.len.get() as usize + index).write(TValue::NIL) };
        }
    }

    /// Removes an element of the array part, for the collector.
    pub(crate) fn clear_element(self, index: u32) {
        if index >= self.len.get() {
            return;
        }
        self.make_holey_at_once();
        // SAFETY: below `len`, up to which the array is initialised.
        unsafe { *self.array.get().add(index as usize) = TValue::NIL };
    }

    /// Undoes [`Self::make_holey`] if the holes are gone.
    fn recover_from_holes(self, heap: &mut Heap) {
        let elements = self.elements();
        let mut full = 0;
        for (number, piece) in elements.chunks(ELEMENTS).enumerate() {
            if number > 0 && heap.meter.look().is_err() {
                return;
            }
            for (index, _) in piece.iter().enumerate().filter(|(_, value)| !value.is_nil()) {
                if number * ELEMENTS + index != full {
                    return;
                }
                full += 1;
            }
        }
        self.len.set(full as u32);
        self.set_holey(false);
    }

    /// A copy of `template`'s hash part, all of its values nil, for a table that has no parts yet.
    pub(crate) fn copy_nodes(self, heap: &mut Heap, template: Gc<Table>) -> Result<(), AllocError> {
        let count = template.node_count();
        if count == 0 {
            return Ok(());
        }
        let nodes = heap.allocate_buffer(count * size_of::<Node>())?.cast::<Node>();
        // SAFETY: both are `count` nodes large and distinct.
        unsafe { std::ptr::copy_nonoverlapping(template.node.get(), nodes, count) };
        self.node.set(nodes);
        self.node_mask.set(count as u32 - 1);
        self.last_free.set(template.last_free.get());
        Ok(())
    }

    /// Sets every value of the hash part to nil and keeps the keys: the table is a template from now on.
    pub(crate) fn make_template(self) {
        for index in 0..self.node_count() {
            // SAFETY: below the number of nodes.
            unsafe { (*self.node.get().add(index)).value = TValue::NIL };
        }
        self.header.aux.set(self.header.aux.get() | TEMPLATE);
    }

    /// Gives the storage back. The table must not be used afterwards.
    pub(crate) fn release(self, heap: &mut Heap) {
        if self.asize.get() != 0 {
            heap.free_buffer(self.array.get().cast(), self.asize.get() as usize * size_of::<TValue>());
        }
        if self.has_nodes() {
            heap.free_buffer(self.node.get().cast(), self.node_count() * size_of::<Node>());
        }
    }
}

/// The keys of a table, counted for its new sizes.
#[derive(Default)]
struct Keys {
    total: u32,
    /// Those that could be in the array part.
    integers: u32,
    /// Of these, by class: `classes[c]` has the `k` with 2^(c-1) < k <= 2^c.
    classes: [u32; MAX_BITS as usize + 1],
}

impl Keys {
    #[inline(always)]
    fn add(&mut self, key: TValue) {
        self.total += 1;
        let Some(index) = key.as_number().map(array_index) else { return };
        if let Some(count) = self.classes.get_mut((u32::BITS - index.leading_zeros()) as usize) {
            *count += 1;
            self.integers += 1;
        }
    }

    /// The size of the array part, and how many keys it will hold.
    fn array_size(&self) -> (u32, u32) {
        let (mut size, mut used, mut below) = (0, 0, 0);
        for (class, &count) in self.classes.iter().enumerate() {
            let power = 1u32 << class;
            if power / 2 >= self.integers {
                break;
            }
            below += count;
            if below > power / 2 {
                size = power;
                used = below;
            }
        }
        (size, used)
    }
}
