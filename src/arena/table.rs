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
//! **Order.** Programs rely on the order in which PUC's `next` comes by numbers. So whatever decides about it is as
//! in PUC: the hash and the main position of numbers and booleans, which free node is taken next, when the parts get
//! new sizes and which, the order in which keys then move, and that a store of nil makes a node, too. Strings are
//! hashed as the heap's [`super::string::StringSeed`] says; objects by their address.
//!
//! **Flags.** Bit *n* of the header's flags says that no node of the table, whatever its value, has the name of event
//! *n* as its key. [`Gc::<Table>::event`] alone sets them, and [`Gc::<Table>::insert_new`], which every new key goes
//! through, alone clears them: a store into a node that is there already cannot make them wrong.

mod order;
pub(crate) use order::Walk;
mod size;

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Gc;
use super::header::Header;
use super::heap::{AllocError, Heap};
use super::string::Str;
use super::value::TValue;

/// A table object.
#[repr(C)]
pub(crate) struct Table {
    /// `flags`: absent events; `aux`: [`HOLEY`], [`TEMPLATE`].
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

const HOLEY: u8 = 1;
/// Nodes of new tables are copied from this one's.
const TEMPLATE: u8 = 2;

/// Largest array part and largest number of nodes, as powers of two.
const MAX_BITS: u32 = 28;

/// Steps of a search that are made without a thought of paying.
const NEAR: usize = 4;
/// Steps of a search that are for nothing.
const FREE_STEPS: u64 = 64;

/// Pays for a search that took so many steps; says whether it was a long one.
#[inline]
fn pay_for_steps(heap: &Heap, steps: u64) -> bool {
    let is_long = steps > FREE_STEPS;
    if is_long {
        heap.meter.owe(steps - FREE_STEPS);
    }
    is_long
}

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

/// The hash part of a table without one: a single node that is never written. Nobody finds it, since its key is nil; and nobody takes
/// it for a free one, since it has a value.
struct NoNodes(Node);
// SAFETY: it is never written, and its values are not heap values.
unsafe impl Sync for NoNodes {}
static NO_NODES: NoNodes = NoNodes(Node { value: TValue::FALSE, ..Node::FREE });

fn no_nodes() -> *mut Node {
    (&raw const NO_NODES.0).cast_mut()
}

/// Multiplier of the hash of objects: random for each process.
static MULTIPLIER: AtomicU64 = AtomicU64::new(0);

/// Chooses the multiplier, if that has not been done yet.
pub(super) fn seed_multiplier() {
    if MULTIPLIER.load(Ordering::Relaxed) == 0 {
        // The standard library's keys come from the system's generator.
        let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
        let _ = MULTIPLIER.compare_exchange(0, random | 1 << 63 | 1, Ordering::Relaxed, Ordering::Relaxed);
    }
}

fn hash_object(bits: u64) -> u32 {
    let product = u128::from(bits) * u128::from(MULTIPLIER.load(Ordering::Relaxed));
    (product >> 64) as u32 ^ product as u32
}

/// The two halves of a double, added. The zeros are equal, so they have one hash.
#[inline(always)]
fn hash_number(n: f64) -> u32 {
    let bits = (n + 0.0).to_bits();
    (bits as u32).wrapping_add((bits >> 32) as u32)
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

    pub(super) fn is_template(&self) -> bool {
        self.header.aux.get() & TEMPLATE != 0
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

    /// Where a number with this hash belongs. The low bits of most doubles are zeros: a remainder spreads them.
    #[inline(always)]
    fn node_of_number(self, hash: u32) -> *mut Node {
        let mask = self.node_mask.get();
        // SAFETY: there are `mask + 1` nodes, and the divisor is the mask, or 1 if that is 0.
        unsafe { self.node.get().add((hash % (mask | 1)) as usize) }
    }

    /// Where a key with this hash belongs.
    #[inline(always)]
    fn main_position(self, key: TValue, hash: u32) -> *mut Node {
        if key.is_number() { self.node_of_number(hash) } else { self.node_at(hash) }
    }

    #[inline(always)]
    fn find_from(self, main: *mut Node, matches: impl Fn(&Node) -> bool) -> Option<*mut Node> {
        let mut node = main;
        loop {
            // SAFETY: `main` is a node of this table, and chains link nodes of it.
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

    /// As [`Self::find_from`], for keys that can be chosen so that many of them belong in one place: there a long search is work
    /// that is paid for.
    #[inline(always)]
    fn find_paying(self, heap: &Heap, main: *mut Node, matches: impl Fn(&Node) -> bool) -> Option<*mut Node> {
        let mut node = main;
        for _ in 0..NEAR {
            // SAFETY: as in `find_from`.
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
        self.find_far(heap, node, matches)
    }

    #[cold]
    #[inline(never)]
    fn find_far(self, heap: &Heap, near: *mut Node, matches: impl Fn(&Node) -> bool) -> Option<*mut Node> {
        let steps = Cell::new(0);
        let found = self.find_from(near, |node| {
            // Which strings belong here is another thing with another seed, so they must not count.
            steps.set(steps.get() + u64::from(node.key.is_number()));
            matches(node)
        });
        pay_for_steps(heap, steps.get());
        found
    }

    /// The node of a short string.
    #[inline(always)]
    pub(crate) fn find_str(self, key: Gc<Str>) -> Option<*mut Node> {
        let bits = TValue::from(key);
        self.find_from(self.node_at(key.short_hash()), |node| node.key == bits)
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

    /// The node of a number that is not in the array part.
    #[inline(always)]
    fn find_number(self, heap: &Heap, n: f64) -> Option<*mut Node> {
        // Compared as doubles: the key may be the other zero, and what is no number equals none.
        self.find_paying(heap, self.node_of_number(hash_number(n)), |node| node.key.as_double() == n)
    }

    /// The node of any key that is not in the array part.
    fn find(self, heap: &Heap, key: TValue) -> Option<*mut Node> {
        if let Some(n) = key.as_number() {
            return self.find_number(heap, n);
        }
        let hash = Self::hash_of(heap, key);
        let main = self.node_at(hash);
        match key.as_string() {
            Some(string) if string.is_long() => {
                let bytes = string.bytes();
                self.find_from(main, |node| {
                    node.hash == hash && node.key.as_string().is_some_and(|k| k.is_long() && k.bytes() == bytes)
                })
            }
            _ => self.find_paying(heap, main, |node| node.key == key),
        }
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
    pub(crate) fn get_int(self, heap: &Heap, i: usize) -> TValue {
        if let Ok(index) = u32::try_from(i.wrapping_sub(1))
            && let Some(value) = self.array_get(index)
        {
            return value;
        }
        // SAFETY: a found node is one of this table's.
        self.find_number(heap, i as f64).map_or(TValue::NIL, |node| unsafe { (*node).value })
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
        match self.find_str(key) {
            Some(node) => {
                self.set_node(heap, node, value);
                Ok(())
            }
            None => self.insert_absent(heap, key.into(), value),
        }
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

    /// Stores values behind the last element, up to the first nil and as long as there is room; returns how many.
    #[inline]
    pub(crate) fn append(self, heap: &mut Heap, values: &[TValue]) -> usize {
        let len = self.len.get() as usize;
        let room = self.asize.get() as usize - len;
        let mut count = 0;
        for &value in values.iter().take(room).take_while(|value| !value.is_nil()) {
            // SAFETY: within the allocation.
            unsafe { self.array.get().add(len + count).write(value) };
            heap.barrier(self.header(), value);
            count += 1;
        }
        self.len.set((len + count) as u32);
        count
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
                    self.make_holey(heap)?;
                    // SAFETY: `make_holey` initialised the whole array part.
                    unsafe { *self.array.get().add(index as usize) = value };
                }
                return Ok(());
            }
            self.make_holey(heap)?;
            // SAFETY: as above.
            unsafe { *self.array.get().add(index as usize) = value };
            heap.barrier(self.header(), value);
            return Ok(());
        }
        if index == asize && len == asize && !self.is_holey() && !self.has_nodes() && !value.is_nil() {
            // What a rehash would find, without counting.
            self.grow_array(heap, (index + 1).next_power_of_two())?;
            return self.set_index(heap, index, value);
        }
        self.set_hash(heap, TValue::number(f64::from(index) + 1.0), value)
    }

    /// Stores `value` at a key that is not in the array part, and neither nil nor NaN.
    fn set_hash(self, heap: &mut Heap, key: TValue, value: TValue) -> Result<(), AllocError> {
        match self.find(heap, key) {
            Some(node) => {
                self.set_node(heap, node, value);
                Ok(())
            }
            None => self.insert_absent(heap, key, value),
        }
    }

    /// Stores `value` in a node that was found. The shared one of tables without a hash part never is.
    #[inline(always)]
    fn set_node(self, heap: &mut Heap, node: *mut Node, value: TValue) {
        // SAFETY: a found node is one of this table's.
        unsafe { (*node).value = value };
        heap.barrier(self.header(), value);
    }

    /// Stores `value` at a key that is in neither part, and neither nil nor NaN.
    #[inline]
    pub(crate) fn insert_absent(self, heap: &mut Heap, key: TValue, value: TValue) -> Result<(), AllocError> {
        if value.is_nil() && key.is_collectable() && !heap.seed.is_puc() {
            // Nobody can tell where such a key would have been.
            return Ok(());
        }
        self.insert_new(heap, key, value)
    }

    #[inline(always)]
    fn hash_of(heap: &Heap, key: TValue) -> u32 {
        if let Some(n) = key.as_number() {
            return hash_number(n);
        }
        match key.as_string() {
            Some(string) if !string.is_long() => string.short_hash(),
            Some(string) => string.hash_with(&heap.seed, string.bytes()),
            None if key.is_collectable() => hash_object(key.bits()),
            None => u32::from(!key.is_falsy()),
        }
    }

    /// Adds a key that is in neither part.
    #[inline(never)]
    fn insert_new(self, heap: &mut Heap, key: TValue, value: TValue) -> Result<(), AllocError> {
        if key.as_string().is_some_and(|s| s.header.aux.get() != 0) {
            self.header.flags.set(0);
        }
        let hash = Self::hash_of(heap, key);
        if !self.place(heap, key, hash, value) {
            return self.insert_with_room(heap, key, hash, value);
        }
        heap.barrier(self.header(), key);
        heap.barrier(self.header(), value);
        Ok(())
    }

    /// Adds a key for which there is no free node.
    #[cold]
    #[inline(never)]
    fn insert_with_room(self, heap: &mut Heap, key: TValue, hash: u32, value: TValue) -> Result<(), AllocError> {
        self.rehash(heap, key)?;
        // The key may belong to the array part now, or there is a free node.
        if let Some(index) = key.as_number().map(array_index)
            && index < self.asize.get()
        {
            return self.set_index(heap, index, value);
        }
        if !self.place(heap, key, hash, value) {
            return Err(size::no_room(heap));
        }
        heap.barrier(self.header(), key);
        heap.barrier(self.header(), value);
        Ok(())
    }

    /// Puts a new key into a free node; says whether there was one. There may seem to be none when the program has to end.
    #[inline(always)]
    fn place(self, heap: &mut Heap, key: TValue, hash: u32, value: TValue) -> bool {
        let main = self.main_position(key, hash);
        // SAFETY: it is a node of this table. The shared node, which must not be written, has a value.
        unsafe {
            if !(*main).value.is_nil() {
                return self.place_elsewhere(heap, main, key, hash, value);
            }
            (*main).value = value;
            (*main).key = key;
            (*main).hash = hash;
        }
        true
    }

    /// Puts a new key, whose main position is taken, into a free node; says whether there was one.
    #[inline(never)]
    fn place_elsewhere(self, heap: &mut Heap, main: *mut Node, key: TValue, hash: u32, value: TValue) -> bool {
        let Some(free) = self.free_node() else { return false };
        // SAFETY: all pointers are to nodes of this table, found by mask, chain or `free_node`.
        unsafe {
            let other_main = self.main_position((*main).key, (*main).hash);
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
                let mut near = NEAR;
                while previous.offset((*previous).next as isize) != main {
                    previous = previous.offset((*previous).next as isize);
                    near -= 1;
                    if near == 0 {
                        let Some(found) = Self::far_predecessor(heap, previous, main) else {
                            self.last_free.set(self.last_free.get() + 1);
                            return false;
                        };
                        previous = found;
                        break;
                    }
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

    /// The node of a long chain that is before `node`, from `first` on; `None` if the program has to end.
    ///
    /// # Safety
    /// Both are nodes of one chain, in this order.
    #[cold]
    #[inline(never)]
    unsafe fn far_predecessor(heap: &Heap, first: *mut Node, node: *mut Node) -> Option<*mut Node> {
        let (mut previous, mut steps) = (first, 0);
        // SAFETY: the caller's promise: the chain leads to `node`.
        unsafe {
            while previous.offset((*previous).next as isize) != node {
                previous = previous.offset((*previous).next as isize);
                steps += 1;
            }
        }
        let is_over = pay_for_steps(heap, steps) && heap.meter.is_over();
        (!is_over).then_some(previous)
    }

    #[inline(always)]
    fn free_node(self) -> Option<*mut Node> {
        let mut index = self.last_free.get();
        while index > 0 {
            index -= 1;
            // SAFETY: `last_free` is at most the number of nodes.
            let node = unsafe { self.node.get().add(index as usize) };
            // SAFETY: it is a node of this table.
            if unsafe { (*node).key.is_nil() } {
                self.last_free.set(index);
                return Some(node);
            }
        }
        self.last_free.set(0);
        None
    }
}
