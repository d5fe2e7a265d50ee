//! Tables: an array part and a hash part.
//!
//! **Array part.** `array[..asize]` is allocated. As long as the table has no holes, `array[..len]` are non-nil and
//! everything from `len` on is uninitialised and counts as nil: appending is a push, `#t` is `len`, and memory that
//! was never used is never touched. A store that would leave a hole makes the table *holey*: then `len == asize`, the
//! whole part is initialised, and the border is found by PUC's binary search. Sizes follow PUC's rule (the largest
//! power of two of which more than half would be used), so `#t` of a table with holes gives what PUC gives.
//!
//! **Hash part.** A power of two of nodes, chained scatter with Brent's variation as in PUC: a node that is not in
//! its main position is displaced by one that is, so chains stay short at full load, and a node never moves while no
//! new key is added, so `next` is stable. Nodes keep the key's hash: growing touches no key object. A removed key
//! stays in its node until the next growth; the collector turns it into a dead key, which only `next` still finds.
//!
//! **Flags.** Bit *n* of the header's flags says that no node of the table, whatever its value, has the name of event
//! *n* as its key. [`Gc::<Table>::event`] alone sets them, and [`Gc::<Table>::insert_new`], which every new key goes
//! through, alone clears them: a store into a node that is there already cannot make them wrong.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Gc;
use super::header::Header;
use super::heap::{AllocError, Heap};
use super::string::Str;
use super::value::TValue;

/// A table object.
#[repr(C)]
pub(crate) struct Table {
    /// `flags`: absent events; `aux`: [`HOLEY`], [`WEAK_KEYS`], [`WEAK_VALUES`].
    pub(crate) header: Header,
    pub(crate) array: Cell<*mut TValue>,
    pub(crate) node: Cell<*mut Node>,
    pub(crate) metatable: Cell<Option<Gc<Table>>>,
    pub(crate) len: Cell<u32>,
    pub(crate) asize: Cell<u32>,
    /// Number of nodes less one.
    pub(crate) node_mask: Cell<u32>,
    /// Every node at or above this one is taken.
    last_free: Cell<u32>,
}

/// One entry of the hash part.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) value: TValue,
    pub(crate) key: TValue,
    hash: u32,
    /// Distance in nodes to the next of the chain; 0 ends it.
    next: i32,
}

impl Node {
    pub(super) const FREE: Node = Node { value: TValue::NIL, key: TValue::NIL, hash: 0, next: 0 };
}

const _: () = assert!(size_of::<Table>() == 48 && size_of::<Node>() == 24);

pub(crate) const HOLEY: u8 = 1;

/// Largest array part and largest number of nodes, as powers of two.
const MAX_BITS: u32 = 28;

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableError {
    NilKey,
    NanKey,
    /// `next` was given a key that is not in the table.
    UnknownKey,
    Memory(AllocError),
}

impl From<AllocError> for TableError {
    fn from(error: AllocError) -> Self {
        TableError::Memory(error)
    }
}

/// The hash part of a table without one: a single free node that is never written.
struct NoNodes(Node);
// SAFETY: it is never written, and its values are not heap values.
unsafe impl Sync for NoNodes {}
static NO_NODES: NoNodes = NoNodes(Node::FREE);

fn no_nodes() -> *mut Node {
    (&raw const NO_NODES.0).cast_mut()
}

/// Multiplier of the hash of keys that are not strings: random for each process.
static MULTIPLIER: AtomicU64 = AtomicU64::new(0);

pub(super) fn seed_multiplier(random: u64) {
    let _ = MULTIPLIER.compare_exchange(0, random | 1 << 63 | 1, Ordering::Relaxed, Ordering::Relaxed);
}

#[inline(always)]
fn hash_bits(bits: u64) -> u32 {
    let product = u128::from(bits) * u128::from(MULTIPLIER.load(Ordering::Relaxed));
    (product >> 64) as u32 ^ product as u32
}

/// The integer part of a number that has one of 32 bits; something else of any other number.
#[inline(always)]
fn truncate(n: f64) -> i32 {
    // Rust's own conversion saturates, which takes three more instructions here.
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si32, _mm_set_sd};
        // SAFETY: every x86-64 processor has SSE2.
        unsafe { _mm_cvttsd_si32(_mm_set_sd(n)) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        n as i32
    }
}

/// The integer part of a number that has one of 64 bits; the smallest integer of any other number.
#[inline(always)]
pub(crate) fn truncate_wide(n: f64) -> i64 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_cvttsd_si64, _mm_set_sd};
        // SAFETY: every x86-64 processor has SSE2.
        unsafe { _mm_cvttsd_si64(_mm_set_sd(n)) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        if n > -9.3e18 && n < 9.2e18 { n as i64 } else { i64::MIN }
    }
}

/// What [`array_index`] returns for an integer key is below this.
pub(crate) const MAX_INDEX: u32 = i32::MAX as u32;

/// The array index, counted from 0, that a number names; at least [`MAX_INDEX`] if none.
#[inline(always)]
pub(crate) fn array_index(n: f64) -> u32 {
    // Anything that is no `i32` fails the comparison.
    let i = truncate(n);
    if f64::from(i) == n { (i as u32).wrapping_sub(1) } else { u32::MAX }
}

impl Table {
    /// Makes a new, empty table in a slot.
    ///
    /// # Safety
    /// `slot` has room for a `Table`, and its header is that of a new one.
    #[inline(always)]
    pub(crate) unsafe fn init(slot: *mut u8) -> Gc<Table> {
        let table = slot.cast::<Table>();
        // SAFETY: the caller's promise.
        unsafe {
            (&raw mut (*table).array).write(Cell::new(std::ptr::null_mut()));
            (&raw mut (*table).node).write(Cell::new(no_nodes()));
            (&raw mut (*table).metatable).write(Cell::new(None));
            (&raw mut (*table).len).write(Cell::new(0));
            (&raw mut (*table).asize).write(Cell::new(0));
            (&raw mut (*table).node_mask).write(Cell::new(0));
            (&raw mut (*table).last_free).write(Cell::new(0));
            Gc::from_ptr(table)
        }
    }

    #[inline(always)]
    pub(crate) fn has_nodes(&self) -> bool {
        self.node.get() != no_nodes()
    }

    /// Number of nodes, 0 if there is no hash part.
    #[inline(always)]
    pub(crate) fn node_count(&self) -> usize {
        if self.has_nodes() { self.node_mask.get() as usize + 1 } else { 0 }
    }

    #[inline(always)]
    pub(crate) fn is_holey(&self) -> bool {
        self.header.aux.get() & HOLEY != 0
    }

    fn set_holey(&self, holey: bool) {
        let aux = self.header.aux.get();
        self.header.aux.set(if holey { aux | HOLEY } else { aux & !HOLEY });
    }

    /// Bytes of the storage it owns.
    pub(crate) fn storage(&self) -> usize {
        self.asize.get() as usize * size_of::<TValue>() + self.node_count() * size_of::<Node>()
    }
}

impl Gc<Table> {
    /// The initialised part of the array part.
    #[inline(always)]
    pub(crate) fn array_slots(self) -> *mut TValue {
        self.array.get()
    }

    /// Element `index`, counted from 0, of the array part.
    #[inline(always)]
    pub(crate) fn array_get(self, index: u32) -> Option<TValue> {
        // SAFETY: `array[..len]` is initialised.
        (index < self.len.get()).then(|| unsafe { *self.array.get().add(index as usize) })
    }

    /// Node `index`, which the mask brings into bounds.
    #[inline(always)]
    pub(crate) fn node_at(self, index: u32) -> *mut Node {
        // SAFETY: there are `node_mask + 1` nodes.
        unsafe { self.node.get().add((index & self.node_mask.get()) as usize) }
    }

    #[inline(always)]
    fn find_from(self, hash: u32, matches: impl Fn(&Node) -> bool) -> Option<*mut Node> {
        let mut node = self.node_at(hash);
        loop {
            // SAFETY: chains link nodes of this table.
            unsafe {
                if matches(&*node) {
                    return Some(node);
                }
                let next = (*node).next;
                if next == 0 {
                    return None;
                }
                node = node.offset(next as isize);
            }
        }
    }

    /// The node of a short string.
    #[inline(always)]
    pub(crate) fn find_str(self, key: Gc<Str>) -> Option<*mut Node> {
        let bits = TValue::from(key);
        self.find_from(key.short_hash(), |node| node.key == bits)
    }

    /// The value at a short string.
    #[inline(always)]
    pub(crate) fn get_str(self, key: Gc<Str>) -> TValue {
        // SAFETY: a found node is one of this table's.
        self.find_str(key).map_or(TValue::NIL, |node| unsafe { (*node).value })
    }

    /// The value at the name of an event, whose bit of the flags is given if it has one.
    #[inline]
    pub(crate) fn event(self, name: Gc<Str>, bit: u8) -> TValue {
        let flags = &self.header.flags;
        if flags.get() & bit != 0 {
            if cfg!(any(debug_assertions, feature = "verify")) {
                assert!(self.find_str(name).is_none(), "a name that is said to be absent has a node");
            }
            return TValue::NIL;
        }
        match self.find_str(name) {
            // SAFETY: a found node is one of this table's.
            Some(node) => unsafe { (*node).value },
            None => {
                flags.set(flags.get() | bit);
                TValue::NIL
            }
        }
    }

    /// The node of an integer that is not in the array part.
    #[inline(always)]
    fn find_number(self, n: f64) -> Option<*mut Node> {
        // The sum makes one zero of the two.
        let key = TValue::number(n + 0.0);
        self.find_from(hash_bits(key.bits()), |node| node.key == key)
    }

    /// The node of any key that is not in the array part.
    fn find(self, heap: &Heap, key: TValue) -> Option<*mut Node> {
        if let Some(string) = key.as_string() {
            if !string.is_long() {
                return self.find_str(string);
            }
            let bytes = string.bytes();
            let hash = string.hash_with(&heap.seed, bytes);
            return self.find_from(hash, |node| {
                node.hash == hash && node.key.as_string().is_some_and(|k| k.is_long() && k.bytes() == bytes)
            });
        }
        if let Some(n) = key.as_number() {
            return self.find_number(n);
        }
        self.find_from(hash_bits(key.bits()), |node| node.key == key)
    }

    /// The value at `key`, without metamethods.
    #[inline]
    pub(crate) fn get(self, heap: &Heap, key: TValue) -> TValue {
        if let Some(n) = key.as_number()
            && let Some(value) = self.array_get(array_index(n))
        {
            return value;
        }
        if key.is_nil() || !self.has_nodes() {
            return TValue::NIL;
        }
        // SAFETY: a found node is one of this table's.
        self.find(heap, key).map_or(TValue::NIL, |node| unsafe { (*node).value })
    }

    /// The value at integer `i`.
    #[inline]
    pub(crate) fn get_int(self, i: usize) -> TValue {
        if let Ok(index) = u32::try_from(i.wrapping_sub(1))
            && let Some(value) = self.array_get(index)
        {
            return value;
        }
        // SAFETY: a found node is one of this table's.
        self.find_number(i as f64).map_or(TValue::NIL, |node| unsafe { (*node).value })
    }

    /// Stores `value` at `key`, without metamethods.
    #[inline]
    pub(crate) fn set(self, heap: &mut Heap, key: TValue, value: TValue) -> Result<(), TableError> {
        if let Some(n) = key.as_number() {
            let index = array_index(n);
            if index < MAX_INDEX {
                return Ok(self.set_index(heap, index, value)?);
            }
            if n.is_nan() {
                return Err(TableError::NanKey);
            }
        } else if key.is_nil() {
            return Err(TableError::NilKey);
        }
        Ok(self.set_hash(heap, key, value)?)
    }

    /// Stores `value` at a short string.
    #[inline]
    pub(crate) fn set_str(self, heap: &mut Heap, key: Gc<Str>, value: TValue) -> Result<(), AllocError> {
        self.set_hash(heap, key.into(), value)
    }

    /// Stores `value` at integer `i`.
    #[inline]
    pub(crate) fn set_int(self, heap: &mut Heap, i: usize, value: TValue) -> Result<(), AllocError> {
        match u32::try_from(i.wrapping_sub(1)) {
            Ok(index) if index < MAX_INDEX => self.set_index(heap, index, value),
            _ => self.set_hash(heap, TValue::number(i as f64), value),
        }
    }

    /// Stores `value` at integer `index + 1`.
    #[inline]
    pub(crate) fn set_index(self, heap: &mut Heap, index: u32, value: TValue) -> Result<(), AllocError> {
        let len = self.len.get();
        if index < len && (!value.is_nil() || self.is_holey()) {
            // SAFETY: `array[..len]` is initialised.
            unsafe { *self.array.get().add(index as usize) = value };
        } else if index == len && index < self.asize.get() && !value.is_nil() {
            // SAFETY: `index` is within the allocation.
            unsafe { self.array.get().add(index as usize).write(value) };
            self.len.set(len + 1);
        } else {
            return self.set_index_slow(heap, index, value);
        }
        heap.barrier(self.header(), value);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn set_index_slow(self, heap: &mut Heap, index: u32, value: TValue) -> Result<(), AllocError> {
        let (len, asize) = (self.len.get(), self.asize.get());
        if index < asize {
            // Not holey here: a holey table's stores are all within `len`.
            if value.is_nil() {
                if index + 1 == len {
                    self.len.set(index);
                } else if index < len {
                    self.make_holey();
                    // SAFETY: `make_holey` initialised the whole array part.
                    unsafe { *self.array.get().add(index as usize) = value };
                }
                return Ok(());
            }
            self.make_holey();
            // SAFETY: as above.
            unsafe { *self.array.get().add(index as usize) = value };
            heap.barrier(self.header(), value);
            return Ok(());
        }
        if index == asize && len == asize && !self.is_holey() && !self.has_nodes() && !value.is_nil() {
            // What a rehash would find, without counting.
            self.resize_array(heap, (index + 1).next_power_of_two())?;
            return self.set_index(heap, index, value);
        }
        self.set_hash(heap, TValue::number(f64::from(index) + 1.0), value)
    }

    fn make_holey(self) {
        let (len, asize) = (self.len.get() as usize, self.asize.get() as usize);
        for index in len..asize {
            // SAFETY: within the allocation.
            unsafe { self.array.get().add(index).write(TValue::NIL) };
        }
        self.len.set(asize as u32);
        self.set_holey(true);
    }

    /// Undoes [`Self::make_holey`] if the holes are gone.
    fn recover_from_holes(self) {
        let slots = (0..self.len.get()).map(|index| self.array_get(index).is_some_and(|v| !v.is_nil()));
        let full = slots.clone().take_while(|&set| set).count();
        if slots.skip(full).all(|set| !set) {
            self.len.set(full as u32);
            self.set_holey(false);
        }
    }

    /// Stores `value` at a key that is not in the array part, and neither nil nor NaN.
    fn set_hash(self, heap: &mut Heap, key: TValue, value: TValue) -> Result<(), AllocError> {
        if let Some(node) = self.find(heap, key) {
            // SAFETY: a found node is one of this table's; the shared empty node is never found, its key is nil.
            unsafe { (*node).value = value };
            heap.barrier(self.header(), value);
            return Ok(());
        }
        if value.is_nil() {
            return Ok(());
        }
        self.insert_new(heap, key, value)
    }

    /// Stores a value that is not known to be new at a short string, without metamethods.
    pub(crate) fn insert_field(self, heap: &mut Heap, key: TValue, value: TValue) -> Result<(), AllocError> {
        self.set_hash(heap, key, value)
    }

    fn hash_of(heap: &Heap, key: TValue) -> u32 {
        match key.as_string() {
            Some(string) if !string.is_long() => string.short_hash(),
            Some(string) => string.hash_with(&heap.seed, string.bytes()),
            None => hash_bits(key.bits()),
        }
    }

    /// Adds a key that is in neither part.
    #[inline(never)]
    pub(crate) fn insert_new(self, heap: &mut Heap, key: TValue, value: TValue) -> Result<(), AllocError> {
        let key = key.as_number().map_or(key, |n| TValue::number(n + 0.0));
        if key.as_string().is_some_and(|s| s.header.aux.get() != 0) {
            self.header.flags.set(0);
        }
        let hash = Self::hash_of(heap, key);
        if !self.place(heap, key, hash, value) {
            self.rehash(heap, key)?;
            // The key may belong to the array part now, or there is a free node.
            if let Some(index) = key.as_number().map(array_index)
                && index < self.asize.get()
            {
                return self.set_index(heap, index, value);
            }
            let placed = self.place(heap, key, hash, value);
            debug_assert!(placed, "a rehash makes room for the key it was made for");
        }
        heap.barrier(self.header(), key);
        heap.barrier(self.header(), value);
        Ok(())
    }

    /// Puts a new key into a free node; says whether there was one.
    fn place(self, heap: &mut Heap, key: TValue, hash: u32, value: TValue) -> bool {
        if !self.has_nodes() {
            return false;
        }
        let main = self.node_at(hash);
        // SAFETY: all pointers are to nodes of this table, found by mask, chain or `free_node`.
        unsafe {
            if (*main).value.is_nil() {
                (*main).value = value;
                (*main).key = key;
                (*main).hash = hash;
                return true;
            }
            let Some(free) = self.free_node() else { return false };
            let other_main = self.node_at((*main).hash);
            if other_main == main {
                // The node there is at home: the new one goes second in its chain.
                let next = (*main).next;
                let link = if next == 0 { 0 } else { main.offset(next as isize).offset_from(free) as i32 };
                *free = Node { value, key, hash, next: link };
                (*main).next = free.offset_from(main) as i32;
            } else {
                // It is not: it makes way, perhaps to where a traversal in pieces has been already.
                heap.barrier(self.header(), (*main).key);
                heap.barrier(self.header(), (*main).value);
                let mut previous = other_main;
                while previous.offset((*previous).next as isize) != main {
                    previous = previous.offset((*previous).next as isize);
                }
                (*previous).next = free.offset_from(previous) as i32;
                *free = *main;
                if (*main).next != 0 {
                    (*free).next += main.offset_from(free) as i32;
                }
                *main = Node { value, key, hash, next: 0 };
            }
        }
        true
    }

    fn free_node(self) -> Option<*mut Node> {
        let mut index = self.last_free.get();
        while index > 0 {
            index -= 1;
            let node = self.node_at(index);
            // SAFETY: `index` is below the number of nodes.
            if unsafe { (*node).key.is_nil() } {
                self.last_free.set(index);
                return Some(node);
            }
        }
        self.last_free.set(0);
        None
    }

    /// Chooses new sizes for the keys that are there and one more.
    #[cold]
    #[inline(never)]
    fn rehash(self, heap: &mut Heap, extra: TValue) -> Result<(), AllocError> {
        // counts[b]: integer keys k with 2^(b-1) < k <= 2^b.
        let mut counts = [0u32; 33];
        let mut integers = 0;
        let mut count = |index: u32| {
            if index < 1 << MAX_BITS {
                counts[(u32::BITS - index.leading_zeros()) as usize] += 1;
                integers += 1;
            }
        };
        let mut total = 1;
        for index in 0..self.len.get() {
            if self.array_get(index).is_some_and(|v| !v.is_nil()) {
                total += 1;
                count(index);
            }
        }
        for index in 0..self.node_count() {
            // SAFETY: below the number of nodes.
            let node = unsafe { *self.node.get().add(index) };
            if !node.value.is_nil() {
                total += 1;
                if let Some(n) = node.key.as_number() {
                    count(array_index(n));
                }
            }
        }
        if let Some(n) = extra.as_number() {
            count(array_index(n));
        }
        let (asize, used) = array_size(&counts, integers);
        self.resize(heap, asize, total - used)
    }

    /// Gives the array part and the hash part new sizes; the latter has room for at least `nodes` keys.
    pub(crate) fn resize(self, heap: &mut Heap, asize: u32, nodes: u32) -> Result<(), AllocError> {
        let count = if nodes == 0 { 0 } else { nodes.checked_next_power_of_two().unwrap_or(u32::MAX) as usize };
        if count > 1 << MAX_BITS || asize > 1 << MAX_BITS {
            return Err(AllocError);
        }
        let new_nodes = if count == 0 { no_nodes() } else { heap.allocate_nodes(count)? };
        let old_len = self.len.get();
        if asize > self.asize.get()
            && let Err(error) = self.resize_array(heap, asize)
        {
            if count != 0 {
                heap.free_buffer(new_nodes.cast(), count * size_of::<Node>());
            }
            return Err(error);
        }
        let (old_nodes, old_count) = (self.node.get(), self.node_count());
        self.node.set(new_nodes);
        self.node_mask.set(count.saturating_sub(1) as u32);
        self.last_free.set(count as u32);
        if asize < self.asize.get() {
            // The tail moves to the hash part.
            self.len.set(old_len.min(asize));
            for index in asize..old_len {
                // SAFETY: `array[..old_len]` is initialised, and the storage has not been shrunk yet.
                let value = unsafe { *self.array.get().add(index as usize) };
                if !value.is_nil() {
                    let key = TValue::number(f64::from(index) + 1.0);
                    let placed = self.place(heap, key, hash_bits(key.bits()), value);
                    debug_assert!(placed, "the new hash part has room for the array's tail");
                }
            }
            self.resize_array(heap, asize)?;
        }
        for index in (0..old_count).rev() {
            // SAFETY: the old nodes are still there.
            let node = unsafe { *old_nodes.add(index) };
            if node.value.is_nil() {
                continue;
            }
            match node.key.as_number().map(array_index) {
                Some(index) if index < self.asize.get() => self.set_index(heap, index, node.value)?,
                _ => {
                    let placed = self.place(heap, node.key, node.hash, node.value);
                    debug_assert!(placed, "the new hash part has room for all keys");
                }
            }
        }
        if old_count != 0 {
            heap.free_buffer(old_nodes.cast(), old_count * size_of::<Node>());
        }
        if self.is_holey() {
            self.recover_from_holes();
        }
        heap.table_moved(self);
        Ok(())
    }

    /// Changes the allocation of the array part alone. Elements beyond a smaller size are dropped.
    pub(crate) fn resize_array(self, heap: &mut Heap, asize: u32) -> Result<(), AllocError> {
        if asize > 1 << MAX_BITS {
            return Err(AllocError);
        }
        let old = self.asize.get();
        let slot = size_of::<TValue>();
        let array = heap.reallocate_buffer(self.array.get().cast(), old as usize * slot, asize as usize * slot)?;
        self.array.set(array.cast());
        self.asize.set(asize);
        if self.is_holey() {
            for index in old..asize {
                // SAFETY: within the new allocation.
                unsafe { self.array.get().add(index as usize).write(TValue::NIL) };
            }
            self.len.set(asize);
        } else {
            self.len.set(self.len.get().min(asize));
        }
        Ok(())
    }

    /// A border (manual §2.5.5): the one PUC would find.
    #[inline]
    pub(crate) fn length(self) -> usize {
        let (len, asize) = (self.len.get(), self.asize.get());
        if !self.is_holey() && (len < asize || !self.has_nodes()) {
            return len as usize;
        }
        self.length_slow()
    }

    #[cold]
    #[inline(never)]
    fn length_slow(self) -> usize {
        let asize = self.asize.get() as usize;
        if asize > 0 && self.get_int(asize).is_nil() {
            return self.border_between(0, asize);
        }
        if !self.has_nodes() {
            return asize;
        }
        let (mut low, mut high) = (asize, asize + 1);
        while !self.get_int(high).is_nil() {
            low = high;
            if high > i32::MAX as usize {
                // A table made to mislead the doubling: count.
                return (1..).find(|&i| self.get_int(i).is_nil()).map_or(0, |i| i - 1);
            }
            high *= 2;
        }
        self.border_between(low, high)
    }

    /// A border between a non-nil (or zero) and a nil index.
    fn border_between(self, mut low: usize, mut high: usize) -> usize {
        while high - low > 1 {
            let middle = (low + high) / 2;
            if self.get_int(middle).is_nil() { high = middle } else { low = middle }
        }
        low
    }

    /// The entry after `key` in traversal order: array part, then nodes. Nil starts.
    pub(crate) fn next(self, heap: &Heap, key: TValue) -> Result<Option<(TValue, TValue)>, TableError> {
        let start = self.position_after(heap, key)?;
        Ok(self.entry_from(start).map(|(_, key, value)| (key, value)))
    }

    /// The first non-nil entry at or after traversal position `start`, and its position.
    #[inline]
    pub(crate) fn entry_from(self, start: usize) -> Option<(usize, TValue, TValue)> {
        let len = self.len.get() as usize;
        for index in start..len {
            // SAFETY: `array[..len]` is initialised.
            let value = unsafe { *self.array.get().add(index) };
            if !value.is_nil() {
                return Some((index, TValue::number(index as f64 + 1.0), value));
            }
        }
        let asize = self.asize.get() as usize;
        for index in start.max(asize) - asize..self.node_count() {
            // SAFETY: below the number of nodes.
            let node = unsafe { &*self.node.get().add(index) };
            if !node.value.is_nil() {
                return Some((asize + index, node.key, node.value));
            }
        }
        None
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
            None => {
                self.find_from(Self::hash_of(heap, key), |node| key.was_key(node.key)).ok_or(TableError::UnknownKey)?
            }
        };
        // SAFETY: a found node is one of this table's.
        let index = unsafe { node.offset_from(self.node.get()) };
        Ok(asize as usize + index as usize + 1)
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

/// The size of the array part for integer keys counted by power of two, and how many of them it will hold.
fn array_size(counts: &[u32; 33], integers: u32) -> (u32, u32) {
    let (mut size, mut used, mut below) = (0, 0, 0);
    for (bit, &count) in counts.iter().enumerate().take(MAX_BITS as usize + 1) {
        let power = 1u32 << bit;
        if power / 2 >= integers {
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
