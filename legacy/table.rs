//! [`Table`]: an array part and a hash part.
//!
//! Sizes follow the rule of PUC's tables: a new key that finds the hash part full makes both parts anew, the array part as large as it
//! can be while more than half of it is used. So keys migrate from one part to the other, and a border is found as PUC does. Among holes
//! it may yet be another one: when the hash part is full depends on how many keys came, not on where they collide, and a new key
//! without a value takes no place.
//! Invariants:
//!
//! - no key is in both parts: an integer key that the array part covers is only there;
//! - the entries of the hash part stay in the order in which they were made. An entry whose value becomes nil stays, dead, until the part is made
//!   anew, and only a new key does that. So a traversal may clear fields, and going on from a key takes constant time;
//! - a key is never nil nor NaN, and never -0.

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;

use super::handle::TableHandle;
use super::value::Value;

/// The array part has at most `2^MAX_ARRAY_BITS` elements.
const MAX_ARRAY_BITS: usize = 26;
const FREE: u32 = u32::MAX;
/// An entry of the hash part, with its share of the index.
const ENTRY_BYTES: usize = size_of::<(Value, Value)>() + 2 * size_of::<u32>();

/// Why a value cannot be the key of a new entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadKey {
    Nil,
    NaN,
}

impl BadKey {
    /// What is wrong, in PUC's words.
    pub(crate) fn message(self) -> &'static str {
        match self {
            BadKey::Nil => "table index is nil",
            BadKey::NaN => "table index is NaN",
        }
    }
}

/// Why a value cannot be a key, if so.
pub(crate) fn check_key(key: &Value) -> Result<(), BadKey> {
    match key {
        Value::Nil => Err(BadKey::Nil),
        Value::Number(number) if number.is_nan() => Err(BadKey::NaN),
        _ => Ok(()),
    }
}

/// A table.
#[derive(Debug, Default)]
pub struct Table {
    /// The values of the keys 1, 2, …; some may be nil.
    array: Vec<Value>,
    hash: HashPart,
    metatable: Option<TableHandle>,
}

#[derive(Debug, Default)]
struct HashPart {
    /// Keys and values in the order in which the keys came.
    entries: Vec<(Value, Value)>,
    /// The number of entries at which the part is full: a power of two, or 0.
    capacity: usize,
    /// Positions of entries, by hash; twice as many places as there can be entries.
    index: Vec<u32>,
    hasher: RandomState,
}

/// The array index a key stands for, counted from 1.
fn array_key(key: &Value) -> Option<usize> {
    match *key {
        Value::Number(number) => {
            let index = number as usize;
            (index as f64 == number && (1..=1 << MAX_ARRAY_BITS).contains(&index)).then_some(index)
        }
        _ => None,
    }
}

struct Key<'a>(&'a Value);

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self.0).hash(state);
        match *self.0 {
            Value::Nil => {}
            Value::Boolean(value) => value.hash(state),
            // Equal numbers have equal bits but for the zeros.
            Value::Number(number) => (number + 0.0).to_bits().hash(state),
            Value::String(handle) => handle.hash(state),
            Value::Table(handle) => handle.hash(state),
            Value::Closure(handle) => handle.hash(state),
            Value::Thread(handle) => handle.hash(state),
            Value::CFunction(function) => (function as usize).hash(state),
            Value::UserData(handle) => handle.hash(state),
            Value::FunctionProto(handle) => handle.hash(state),
        }
    }
}

impl HashPart {
    fn with_room_for(entries: usize, hasher: RandomState) -> Self {
        if entries == 0 {
            return HashPart { hasher, ..HashPart::default() };
        }
        let capacity = entries.next_power_of_two();
        HashPart { entries: Vec::with_capacity(capacity), capacity, index: vec![FREE; capacity * 2], hasher }
    }

    /// The position of a key's entry, or else the place in the index where it would be.
    fn find(&self, key: &Value) -> Result<usize, usize> {
        let mask = self.index.len().wrapping_sub(1);
        let mut place = self.hasher.hash_one(Key(key)) as usize & mask;
        while let Some(&position) = self.index.get(place) {
            if position == FREE {
                return Err(place);
            }
            if self.entries[position as usize].0 == *key {
                return Ok(position as usize);
            }
            place = (place + 1) & mask;
        }
        // Without entries there is no index either.
        Err(0)
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity
    }

    /// Adds an entry at the place that `find` gave. There is room.
    fn push(&mut self, place: usize, key: Value, value: Value) {
        self.index[place] = self.entries.len() as u32;
        self.entries.push((key, value));
    }

    fn live(&self) -> impl Iterator<Item = &(Value, Value)> {
        self.entries.iter().filter(|(_, value)| !value.is_nil())
    }

    fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<(Value, Value)>() + self.index.capacity() * size_of::<u32>()
    }
}

/// The size of both parts of a table.
struct Sizes {
    array: usize,
    hash: usize,
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Table::default()
    }

    /// An empty table with an array part for `elements`, and room for `keys` others.
    pub fn with_capacity(elements: usize, keys: usize) -> Self {
        Table {
            array: vec![Value::Nil; elements.min(1 << MAX_ARRAY_BITS)],
            hash: HashPart::with_room_for(keys.min(1 << MAX_ARRAY_BITS), RandomState::default()),
            metatable: None,
        }
    }

    /// The metatable.
    pub fn metatable(&self) -> Option<TableHandle> {
        self.metatable
    }

    pub(crate) fn set_metatable(&mut self, metatable: Option<TableHandle>) {
        self.metatable = metatable;
    }

    /// The array part: the values of the keys from 1 on, as many as it has room for.
    pub fn array(&self) -> &[Value] {
        &self.array
    }

    /// How many bytes the table takes besides its place in the arena.
    pub(crate) fn memory(&self) -> usize {
        self.array.capacity() * size_of::<Value>() + self.hash.memory()
    }

    /// The value of a key; nil if there is none.
    pub fn get(&self, key: &Value) -> Value {
        if let Some(index) = array_key(key)
            && let Some(&value) = self.array.get(index - 1)
        {
            return value;
        }
        match self.hash.find(key) {
            Ok(position) => self.hash.entries[position].1,
            Err(_) => Value::Nil,
        }
    }

    /// Whether there is a place for a key, so that setting it moves nothing and needs no memory.
    pub(super) fn has_place(&self, key: &Value) -> bool {
        array_key(key).is_some_and(|index| index <= self.array.len()) || self.hash.find(key).is_ok()
    }

    /// By how many bytes the table would grow if a key were set, and `new` other new ones.
    pub(crate) fn growth(&self, key: &Value, new: usize) -> usize {
        if self.has_place(key) || self.hash.entries.len() + new < self.hash.capacity {
            return 0;
        }
        let sizes = self.sizes_with(key);
        Table::memory_for(sizes.array, sizes.hash + new).saturating_sub(self.memory())
    }

    /// How many bytes a table of this size takes.
    pub(crate) fn memory_for(elements: usize, keys: usize) -> usize {
        let entries = if keys == 0 { 0 } else { keys.checked_next_power_of_two().unwrap_or(usize::MAX) };
        elements.saturating_mul(size_of::<Value>()).saturating_add(entries.saturating_mul(ENTRY_BYTES))
    }

    /// Sets the value of a key. `Err` if the value is not one that can be a key.
    pub(crate) fn set(&mut self, key: Value, value: Value) -> Result<(), BadKey> {
        check_key(&key)?;
        if let Some(index) = array_key(&key)
            && let Some(slot) = self.array.get_mut(index - 1)
        {
            *slot = value;
            return Ok(());
        }
        match self.hash.find(&key) {
            Ok(position) => self.hash.entries[position].1 = value,
            Err(_) if value.is_nil() => {}
            Err(place) => self.insert(place, key, value),
        }
        Ok(())
    }

    fn insert(&mut self, place: usize, key: Value, value: Value) {
        let key = match key {
            Value::Number(number) => Value::Number(number + 0.0),
            key => key,
        };
        if !self.hash.is_full() {
            self.hash.push(place, key, value);
            return;
        }
        let sizes = self.sizes_with(&key);
        self.resize(sizes);
        self.insert_after_resize(key, value);
    }

    /// Sets a key for which the parts have been made large enough.
    fn insert_after_resize(&mut self, key: Value, value: Value) {
        if let Some(index) = array_key(&key)
            && let Some(slot) = self.array.get_mut(index - 1)
        {
            *slot = value;
        } else if let Err(place) = self.hash.find(&key) {
            self.hash.push(place, key, value);
        }
    }

    /// The sizes that fit what the table holds, and one more key.
    fn sizes_with(&self, key: &Value) -> Sizes {
        // counts[b]: how many array keys there are above 2^(b-1) and up to 2^b.
        let mut counts = [0; MAX_ARRAY_BITS + 1];
        let mut total = 1;
        let mut count = |index: usize| counts[index.next_power_of_two().trailing_zeros() as usize] += 1;
        for (position, _) in self.array.iter().enumerate().filter(|(_, value)| !value.is_nil()) {
            count(position + 1);
            total += 1;
        }
        for (key, _) in self.hash.live() {
            array_key(key).into_iter().for_each(&mut count);
            total += 1;
        }
        array_key(key).into_iter().for_each(count);

        let mut sizes = Sizes { array: 0, hash: total };
        let mut up_to = 0;
        for (bits, count) in counts.into_iter().enumerate() {
            up_to += count;
            if count > 0 && up_to > (1 << bits) / 2 {
                sizes = Sizes { array: 1 << bits, hash: total - up_to };
            }
        }
        sizes
    }

    /// Makes the array part as large as this, if it is smaller.
    pub(super) fn grow_array(&mut self, elements: usize) {
        if elements > self.array.len() {
            self.resize(Sizes { array: elements.min(1 << MAX_ARRAY_BITS), hash: self.hash.capacity });
        }
    }

    fn resize(&mut self, sizes: Sizes) {
        let hash = HashPart::with_room_for(sizes.hash, self.hash.hasher.clone());
        let old = std::mem::replace(&mut self.hash, hash);
        let cut: Vec<Value> = self.array.drain(sizes.array.min(self.array.len())..).collect();
        let kept = self.array.len();
        if sizes.array > kept {
            self.array.reserve_exact(sizes.array - kept);
            self.array.resize(sizes.array, Value::Nil);
        } else {
            self.array.shrink_to_fit();
        }
        for (offset, &value) in cut.iter().enumerate().filter(|(_, value)| !value.is_nil()) {
            self.insert_after_resize(Value::Number((kept + offset + 1) as f64), value);
        }
        for &(key, value) in old.live() {
            self.insert_after_resize(key, value);
        }
    }

    /// A border: `t[n]` is not nil and `t[n + 1]` is, or 0 (manual §2.5.5).
    pub fn border(&self) -> usize {
        if self.array.last().is_some_and(Value::is_nil) {
            // Between a non-nil one (or the beginning) and a nil one there is a border.
            let (mut low, mut high) = (0, self.array.len());
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if self.array[middle - 1].is_nil() { high = middle } else { low = middle }
            }
            return low;
        }
        if self.hash.capacity == 0 {
            return self.array.len();
        }
        self.border_beyond(self.array.len())
    }

    /// A border among the keys of the hash part.
    fn border_beyond(&self, array: usize) -> usize {
        let is_nil = |index: usize| self.get(&Value::Number(index as f64)).is_nil();
        let (mut low, mut high) = (array, array + 1);
        while !is_nil(high) {
            low = high;
            high *= 2;
            if high > i32::MAX as usize {
                // Someone made a table to be slow; then it is.
                let mut border = 1;
                while !is_nil(border) {
                    border += 1;
                }
                return border - 1;
            }
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_nil(middle) { high = middle } else { low = middle }
        }
        low
    }

    /// The entry after a key; the first one after nil, `Ok(None)` after the last. `Err` if the key is in no entry, not even a dead one.
    pub(crate) fn next(&self, key: &Value) -> Result<Option<(Value, Value)>, ()> {
        let start = if key.is_nil() {
            0
        } else if let Some(index) = array_key(key).filter(|&index| index <= self.array.len()) {
            index
        } else {
            self.array.len() + self.hash.find(key).map_err(|_| ())? + 1
        };
        for (position, &value) in self.array.iter().enumerate().skip(start) {
            if !value.is_nil() {
                return Ok(Some((Value::Number((position + 1) as f64), value)));
            }
        }
        let start = start.saturating_sub(self.array.len());
        Ok(self.hash.entries[start..].iter().find(|(_, value)| !value.is_nil()).copied())
    }

    /// The fields, in the order of a traversal.
    pub fn iter(&self) -> impl Iterator<Item = (Value, Value)> {
        let elements =
            self.array.iter().enumerate().map(|(position, &value)| (Value::Number((position + 1) as f64), value));
        elements.chain(self.hash.entries.iter().copied()).filter(|(_, value)| !value.is_nil())
    }
}
