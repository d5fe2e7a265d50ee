//! Traversal, and the border of a table.

use super::{Table, TableError, array_index};
use crate::arena::{AllocError, Gc, Heap, TValue};
use crate::kernel::meter::ELEMENTS;

/// What a traversal comes by.
pub(crate) enum Walk {
    /// An entry, and its position.
    Entry(usize, TValue, TValue),
    /// Many places without one; it may go on at this position.
    Gap(usize),
    End,
}

impl Gc<Table> {
    /// A border (manual §2.5.5): the one PUC would find.
    #[inline]
    pub(crate) fn length(self, heap: &Heap) -> usize {
        let (len, asize) = (self.len.get(), self.asize.get());
        if !self.is_holey() && (len < asize || !self.has_nodes()) {
            return len as usize;
        }
        self.length_slow(heap)
    }

    #[cold]
    #[inline(never)]
    fn length_slow(self, heap: &Heap) -> usize {
        let asize = self.asize.get() as usize;
        if asize > 0 && self.get_int(heap, asize).is_nil() {
            return self.border_between(heap, 0, asize);
        }
        if !self.has_nodes() {
            return asize;
        }
        let (mut low, mut high) = (asize, asize + 1);
        while !self.get_int(heap, high).is_nil() {
            low = high;
            if high > i32::MAX as usize {
                // A table made to mislead the doubling: count.
                return self.count_from_one(heap);
            }
            high *= 2;
        }
        self.border_between(heap, low, high)
    }

    /// How many elements there are from 1 on; fewer if the program has to end meanwhile.
    fn count_from_one(self, heap: &Heap) -> usize {
        let mut count = 0;
        while !self.get_int(heap, count + 1).is_nil() {
            count += 1;
            if count.is_multiple_of(ELEMENTS) {
                heap.meter.owe(ELEMENTS as u64);
                if heap.meter.is_over() {
                    break;
                }
            }
        }
        heap.meter.owe((count % ELEMENTS) as u64);
        count
    }

    /// A border between a non-nil (or zero) and a nil index.
    fn border_between(self, heap: &Heap, mut low: usize, mut high: usize) -> usize {
        while high - low > 1 {
            let middle = (low + high) / 2;
            if self.get_int(heap, middle).is_nil() { high = middle } else { low = middle }
        }
        low
    }

    /// The entry after `key` in traversal order: array part, then nodes. Nil starts.
    pub(crate) fn next(self, heap: &Heap, key: TValue) -> Result<Option<(TValue, TValue)>, TableError> {
        let mut position = self.position_after(heap, key)?;
        loop {
            match self.entry_from(position) {
                Walk::Entry(_, key, value) => return Ok(Some((key, value))),
                Walk::End => return Ok(None),
                Walk::Gap(end) => position = end,
            }
        }
    }

    /// As [`Self::next`], within the limits.
    pub(crate) fn next_limited(self, heap: &mut Heap, key: TValue) -> Result<Option<(TValue, TValue)>, TableError> {
        let mut position = self.position_after(heap, key)?;
        loop {
            match self.entry_from(position) {
                Walk::Entry(_, key, value) => return Ok(Some((key, value))),
                Walk::End => return Ok(None),
                Walk::Gap(end) => {
                    heap.meter.charge_values(end - position).map_err(AllocError::from)?;
                    position = end;
                }
            }
        }
    }

    /// The first non-nil entry at or after traversal position `start`.
    #[inline]
    pub(crate) fn entry_from(self, start: usize) -> Walk {
        let len = self.len.get() as usize;
        let stop = start + ELEMENTS;
        for index in start..len.min(stop) {
            // SAFETY: `array[..len]` is initialised.
            let value = unsafe { *self.array.get().add(index) };
            if !value.is_nil() {
                return Walk::Entry(index, TValue::number(index as f64 + 1.0), value);
            }
        }
        if len > stop {
            return Walk::Gap(stop);
        }
        let (asize, count) = (self.asize.get() as usize, self.node_count());
        let first = start.max(asize) - asize;
        let last = count.min(first + ELEMENTS);
        for index in first..last {
            // SAFETY: below the number of nodes.
            let node = unsafe { &*self.node.get().add(index) };
            if !node.value.is_nil() {
                return Walk::Entry(asize + index, node.key, node.value);
            }
        }
        if last < count { Walk::Gap(asize + last) } else { Walk::End }
    }

    /// The traversal position behind `key`.
    pub(crate) fn position_after(self, heap: &Heap, key: TValue) -> Result<usize, TableError> {
        if key.is_nil() {
            return Ok(0);
        }
        let asize = self.asize.get();
        if let Some(index) = key.as_number().map(array_index)
            && index < asize
        {
            return Ok(index as usize + 1);
        }
        let node = match self.find(heap, key) {
            Some(node) => node,
            None => self
                .find_from(self.node_at(Self::hash_of(heap, key)), |node| key.was_key(node.key))
                .ok_or(TableError::UnknownKey)?,
        };
        // SAFETY: a found node is one of this table's.
        let index = unsafe { node.offset_from(self.node.get()) };
        Ok(asize as usize + index as usize + 1)
    }
}
