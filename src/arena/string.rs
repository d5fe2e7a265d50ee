//! Strings: immutable bytes.
//!
//! A string of at most [`MAX_SHORT`] bytes is *short*: it is interned, so equal short strings are one object and are
//! compared by address. A longer one is *long*: it is not interned, and its hash is computed when first needed. A long
//! string of at most [`MAX_INLINE`] bytes lies in its slot, behind the header; a longer one in storage of its own.
//!
//! Unless the host wants another order of keys, the hash covers every byte and is keyed by a random seed of the heap, so
//! nobody can prepare colliding keys.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::kernel::memory::reserve;
use crate::kernel::meter::{ELEMENTS, Meter};

use super::Gc;
use super::header::Header;
use super::heap::AllocError;
use crate::kernel::key_order::{KeyOrder, puc_hash};

/// Longest string that is interned.
pub(crate) const MAX_SHORT: usize = 40;
/// Longest string that lies in its own slot.
pub(crate) const MAX_INLINE: usize = 2048 - size_of::<Str>();
/// Longest string there can be.
pub(crate) const MAX_STRING: usize = i32::MAX as usize - 64;

const LONG: u8 = 1;
const EXTERNAL: u8 = 2;

/// The head of a string object. The bytes, or for an external string their address, follow.
#[repr(C)]
pub(crate) struct Str {
    /// `aux` is 1 + the number of the metamethod event the string names, or 0.
    pub(crate) header: Header,
    /// Of a long string, 0 until it is needed. Atomic because a machine that several threads look at may be asked for a field with a
    /// long name: whoever comes first writes what everybody would.
    hash: AtomicU32,
    len: u32,
}

const _: () = assert!(size_of::<Str>() == 16);

/// Where an external string keeps its bytes: behind the head.
#[repr(C)]
pub(crate) struct External {
    head: Str,
    data: *mut u8,
}

pub(crate) const EXTERNAL_SLOT: usize = size_of::<External>();

impl Str {
    /// Makes the head of a new string in a slot; returns where its `len` bytes go.
    ///
    /// # Safety
    /// `slot` holds an occupied header and has room for the head and, unless `external` is given, `len` bytes; a slot of an
    /// external string has [`EXTERNAL_SLOT`] bytes.
    #[inline(always)]
    pub(crate) unsafe fn init(
        slot: *mut u8,
        len: usize,
        short_hash: Option<u32>,
        external: Option<*mut u8>,
    ) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe {
            let head = slot.cast::<Str>();
            (&raw mut (*head).len).write(len as u32);
            (&raw mut (*head).hash).write(AtomicU32::new(short_hash.unwrap_or(0)));
            let flags = &(*head).header.flags;
            match external {
                Some(data) => {
                    flags.set(LONG | EXTERNAL);
                    (&raw mut (*slot.cast::<External>()).data).write(data);
                    data
                }
                None => {
                    flags.set(if short_hash.is_some() { 0 } else { LONG });
                    slot.add(size_of::<Str>())
                }
            }
        }
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline(always)]
    pub(crate) fn is_long(&self) -> bool {
        self.header.flags.get() & LONG != 0
    }

    #[inline(always)]
    pub(crate) fn is_external(&self) -> bool {
        self.header.flags.get() & EXTERNAL != 0
    }

    /// The hash of a short string.
    #[inline(always)]
    pub(crate) fn short_hash(&self) -> u32 {
        debug_assert!(!self.is_long());
        self.hash.load(Ordering::Relaxed)
    }

    /// The hash of any string.
    pub(crate) fn hash_with(&self, seed: &StringSeed, bytes: &[u8]) -> u32 {
        let known = self.hash.load(Ordering::Relaxed);
        if known != 0 || !self.is_long() {
            return known;
        }
        let hash = seed.hash(bytes).max(1);
        self.hash.store(hash, Ordering::Relaxed);
        hash
    }
}

impl Gc<Str> {
    /// The bytes. The lifetime is the caller's word that the string stays alive: see the rule at [`Gc`].
    #[inline(always)]
    pub(crate) fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: `init` was given that many bytes of room, and its caller filled them; strings never change.
        unsafe { std::slice::from_raw_parts(self.data(), self.len()) }
    }

    #[inline(always)]
    pub(crate) fn data(self) -> *mut u8 {
        let slot = self.as_ptr();
        if self.is_external() {
            // SAFETY: the flag says that the slot holds an `External`.
            return unsafe { (*slot.cast::<External>()).data };
        }
        // SAFETY: the bytes follow the head in the same slot.
        unsafe { slot.cast::<u8>().add(size_of::<Str>()) }
    }
}

/// How a heap hashes its strings.
pub(crate) enum StringSeed {
    Keyed(foldhash::quality::FixedState),
    Puc,
}

impl StringSeed {
    pub(crate) fn new(order: KeyOrder) -> Self {
        let seed = match order {
            // The standard library's keys come from the system's generator.
            KeyOrder::Random => std::collections::hash_map::RandomState::new().build_hasher().finish(),
            KeyOrder::Seeded(seed) => seed,
            KeyOrder::Puc => return StringSeed::Puc,
        };
        StringSeed::Keyed(foldhash::quality::FixedState::with_seed(seed))
    }

    /// Whether tables keep to PUC's order for string keys, too.
    #[inline(always)]
    pub(crate) fn is_puc(&self) -> bool {
        matches!(self, StringSeed::Puc)
    }

    #[inline(always)]
    pub(crate) fn hash(&self, bytes: &[u8]) -> u32 {
        match self {
            StringSeed::Keyed(state) => {
                let mut hasher = state.build_hasher();
                hasher.write(bytes);
                hasher.finish() as u32
            }
            StringSeed::Puc => puc_hash(bytes),
        }
    }
}

/// Whether two short strings of the same length are equal. They almost always are, so this wants to be without a call.
#[inline(always)]
fn same_short(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        8.. => {
            // The last bytes are compared twice if they are no whole word.
            let (x, y) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
            a.last_chunk::<8>() == b.last_chunk::<8>() && x.iter().zip(y).all(|(x, y)| x == y)
        }
        4.. => a.first_chunk::<4>() == b.first_chunk::<4>() && a.last_chunk::<4>() == b.last_chunk::<4>(),
        _ => a.iter().zip(b).all(|(x, y)| x == y),
    }
}

/// The table of short strings: open addressing, linear probing, each entry a slot's address with the hash's top sixteen bits in
/// the address's unused ones, so that almost no string but the one that is sought is ever touched.
pub(crate) struct Interner {
    entries: Vec<u64>,
    /// Entries that are not [`VACANT`]: strings and tombstones.
    used: usize,
    live: usize,
}

const VACANT: u64 = 0;
const TOMBSTONE: u64 = 1;
const ADDRESS: u64 = (1 << 48) - 1;
const INITIAL: usize = 1024;

impl Interner {
    pub(crate) fn new() -> Self {
        Interner { entries: vec![VACANT; INITIAL], used: 0, live: 0 }
    }

    /// Bytes of the table itself.
    pub(crate) fn size(&self) -> usize {
        self.entries.len() * size_of::<u64>()
    }

    #[inline(always)]
    fn tag(hash: u32) -> u64 {
        u64::from(hash >> 16) << 48
    }

    /// The short string with these bytes, dead or alive.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u32, bytes: &[u8]) -> Option<Gc<Str>> {
        let mask = self.entries.len() - 1;
        let mut index = hash as usize & mask;
        loop {
            let entry = self.entries[index & mask];
            if entry == VACANT {
                return None;
            }
            // With the same tag only the address is left.
            let address = entry ^ Self::tag(hash);
            if address > TOMBSTONE && address <= ADDRESS {
                // SAFETY: an entry's address is that of a string; its sweep removes it before the slot is freed.
                let string: Gc<Str> = unsafe { Gc::from_ptr(address as *mut Str) };
                if string.len() == bytes.len() && same_short(string.bytes(), bytes) {
                    return Some(string);
                }
            }
            index += 1;
        }
    }

    /// Whether it has to be rebuilt before a string is added.
    #[inline(always)]
    pub(crate) fn is_full(&self) -> bool {
        (self.used + 1) * 4 > self.entries.len() * 3
    }

    /// Adds a string that [`Interner::find`] did not find. There is room for it.
    #[inline(always)]
    pub(crate) fn insert(&mut self, string: Gc<Str>) {
        debug_assert!(!self.is_full());
        self.live += 1;
        // A tombstone on the way will do.
        let mask = self.entries.len() - 1;
        let mut index = string.short_hash() as usize & mask;
        while self.entries[index] & ADDRESS > TOMBSTONE {
            index = (index + 1) & mask;
        }
        self.used += usize::from(self.entries[index] == VACANT);
        self.entries[index] = string.as_ptr() as u64 | Self::tag(string.short_hash());
    }

    #[inline(always)]
    fn put(&mut self, address: u64, hash: u32) {
        let mask = self.entries.len() - 1;
        let mut index = hash as usize & mask;
        while self.entries[index] != VACANT {
            index = (index + 1) & mask;
        }
        self.entries[index] = address | Self::tag(hash);
    }

    /// Checks that it holds so many strings, each where it is found.
    #[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
    pub(super) fn check(&self, strings: usize) -> Result<(), String> {
        let mut live = 0;
        for &entry in self.entries.iter().filter(|&&entry| entry & ADDRESS > TOMBSTONE) {
            // SAFETY: as in `find`.
            let string: Gc<Str> = unsafe { Gc::from_ptr((entry & ADDRESS) as *mut Str) };
            if self.find(string.short_hash(), string.bytes()) != Some(string) {
                return Err("an interned string is not found".into());
            }
            live += 1;
        }
        let used = self.entries.iter().filter(|&&entry| entry != VACANT).count();
        if (live, live, used) != (self.live, strings, self.used) {
            return Err(format!("{live} strings interned, {} counted, {strings} on the heap", self.live));
        }
        Ok(())
    }

    /// Removes a string that is about to be freed.
    pub(crate) fn remove(&mut self, string: Gc<Str>) {
        let mask = self.entries.len() - 1;
        let mut index = string.short_hash() as usize & mask;
        let address = string.as_ptr() as u64;
        while self.entries[index] & ADDRESS != address {
            debug_assert!(self.entries[index] != VACANT, "a short string is interned");
            index = (index + 1) & mask;
        }
        self.live -= 1;
        if self.entries[(index + 1) & mask] == VACANT {
            self.entries[index] = VACANT;
            self.used -= 1;
        } else {
            self.entries[index] = TOMBSTONE;
        }
    }

    /// The number of entries that its strings, and more, need.
    fn fitting(&self) -> usize {
        ((self.live + 1) * 2).next_power_of_two().max(INITIAL)
    }

    /// Bytes that [`Interner::rebuild`] adds.
    pub(crate) fn growth(&self) -> usize {
        self.fitting().saturating_sub(self.entries.len()) * size_of::<u64>()
    }

    /// Gives it the size that fits: it grows, or shrinks, or only drops the tombstones if they are what fills it. Without memory for
    /// that, or if the program has to end meanwhile, it stays as it is. It costs no fuel: what fills it may be garbage.
    #[cold]
    pub(crate) fn rebuild(&mut self, meter: &mut Meter) -> Result<(), AllocError> {
        let capacity = self.fitting();
        let mut entries = Vec::new();
        reserve(&mut entries, capacity)?;
        while entries.len() < capacity {
            meter.look()?;
            entries.resize(capacity.min(entries.len() + ELEMENTS), VACANT);
        }
        let old = std::mem::replace(&mut self.entries, entries);
        for (index, &entry) in old.iter().enumerate() {
            if index % ELEMENTS == ELEMENTS - 1
                && let Err(stop) = meter.look()
            {
                self.entries = old;
                return Err(stop.into());
            }
            if entry != VACANT && entry & ADDRESS != TOMBSTONE {
                let address = entry & ADDRESS;
                // SAFETY: as in `find`.
                let string: Gc<Str> = unsafe { Gc::from_ptr(address as *mut Str) };
                self.put(address, string.short_hash());
            }
        }
        self.used = self.live;
        Ok(())
    }

    /// Shrinks a table that has become much too large.
    pub(crate) fn shrink(&mut self, meter: &mut Meter) {
        if self.entries.len() > INITIAL && self.live * 8 < self.entries.len() {
            let _ = self.rebuild(meter);
        }
    }
}
