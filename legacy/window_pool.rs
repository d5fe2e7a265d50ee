//! [`WindowPool`]: which parts of the flat register file no live window uses.
//!
//! A free part is either *pooled*, which means that it waits, at its size, for the next window of that size, or it is in a
//! *hole*. Invariants:
//!
//! - live windows, pooled parts and holes never overlap, and together they are the whole file;
//! - holes do not touch each other, and none touches the end of the file: such a one is cut off;
//! - the pool holds no more than its limits allow. What is beyond them goes to the holes, so no register is ever lost.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::register_window::{
    MAX_POOL_WINDOWS_PER_SIZE, MAX_REGISTERS_PER_WINDOW, MAX_TOTAL_POOL_WINDOWS, MIN_RECYCLABLE_WINDOW_SIZE,
};

const WORD_BITS: usize = u64::BITS as usize;
const SIZE_WORDS: usize = MAX_REGISTERS_PER_WINDOW / WORD_BITS + 1;

/// A part of the register file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) base: usize,
    pub(super) len: usize,
}

/// What became of a part that was to be pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Pooled,
    /// It is pooled, and this one no longer is.
    InPlaceOf(Region),
    Refused,
}

/// The free parts of a register file.
#[derive(Debug)]
pub(super) struct WindowPool {
    /// The bases of the pooled parts, by size.
    by_size: Vec<Vec<usize>>,
    /// A bit for each size of which there is a pooled part.
    sizes: [u64; SIZE_WORDS],
    pooled: usize,
    /// Lengths by base.
    holes: BTreeMap<usize, usize>,
    max_per_size: usize,
    max_total: usize,
}

impl WindowPool {
    pub(super) fn new() -> Self {
        WindowPool {
            by_size: Vec::new(),
            sizes: [0; SIZE_WORDS],
            pooled: 0,
            holes: BTreeMap::new(),
            max_per_size: MAX_POOL_WINDOWS_PER_SIZE,
            max_total: MAX_TOTAL_POOL_WINDOWS,
        }
    }

    /// Takes a pooled part of this size, or else of the next larger size there is.
    pub(super) fn take_pooled(&mut self, size: usize) -> Option<Region> {
        let len = self.smallest_pooled(size)?;
        let bases = &mut self.by_size[len];
        let base = bases.pop()?;
        if bases.is_empty() {
            self.sizes[len / WORD_BITS] &= !(1 << (len % WORD_BITS));
        }
        self.pooled -= 1;
        Some(Region { base, len })
    }

    fn smallest_pooled(&self, size: usize) -> Option<usize> {
        let first = size / WORD_BITS;
        let mut mask = u64::MAX << (size % WORD_BITS);
        for (word, &bits) in self.sizes.iter().enumerate().skip(first) {
            let bits = bits & mask;
            if bits != 0 {
                return Some(word * WORD_BITS + bits.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }

    /// Takes the beginning of the first hole that is large enough.
    pub(super) fn take_hole(&mut self, size: usize) -> Option<usize> {
        let (&base, &len) = self.holes.iter().find(|&(_, &len)| len >= size)?;
        self.holes.remove(&base);
        if len > size {
            self.holes.insert(base + size, len - size);
        }
        Some(base)
    }

    /// Keeps a part for another window, if its size and the limits allow it. If there is no room, the part furthest back has to
    /// go, this one or another: what is at the end of the file can be given back. Returns which.
    pub(super) fn keep(&mut self, region: Region) -> Kept {
        let Region { base, len } = region;
        let poolable = (MIN_RECYCLABLE_WINDOW_SIZE..=MAX_REGISTERS_PER_WINDOW).contains(&len);
        if !poolable || self.max_per_size == 0 || self.max_total == 0 {
            return Kept::Refused;
        }
        if self.by_size.len() <= len {
            self.by_size.resize_with(len + 1, Vec::new);
        }
        let crowded = if self.by_size[len].len() >= self.max_per_size {
            len..=len
        } else if self.pooled >= self.max_total {
            0..=self.by_size.len() - 1
        } else {
            self.put(region);
            return Kept::Pooled;
        };
        match self.furthest(crowded) {
            Some((position, furthest)) if furthest.base > base => {
                self.by_size[furthest.len].remove(position);
                self.note_size(furthest.len);
                self.pooled -= 1;
                self.put(region);
                Kept::InPlaceOf(furthest)
            }
            _ => Kept::Refused,
        }
    }

    fn put(&mut self, region: Region) {
        self.by_size[region.len].push(region.base);
        self.note_size(region.len);
        self.pooled += 1;
    }

    /// The pooled part furthest back of some sizes, with its place in the list of its size.
    fn furthest(&self, sizes: RangeInclusive<usize>) -> Option<(usize, Region)> {
        let parts = sizes.flat_map(|len| {
            self.by_size[len].iter().enumerate().map(move |(position, &base)| (position, Region { base, len }))
        });
        parts.max_by_key(|(_, region)| region.base)
    }

    /// Makes a part a hole in a file that ends at `end`. Returns where the file ends now.
    pub(super) fn discard(&mut self, region: Region, end: usize) -> usize {
        let Region { mut base, mut len } = region;
        if len == 0 {
            return end;
        }
        if let Some((&before, &before_len)) = self.holes.range(..base).next_back()
            && before + before_len == base
        {
            self.holes.remove(&before);
            base = before;
            len += before_len;
        }
        if let Some(after_len) = self.holes.remove(&(base + len)) {
            len += after_len;
        }
        if base + len == end {
            return base;
        }
        self.holes.insert(base, len);
        end
    }

    /// Discards pooled parts, the largest first, until no more than `target` are left. Returns how many went, and where the file ends.
    pub(super) fn shrink(&mut self, target: usize, mut end: usize) -> (usize, usize) {
        let before = self.pooled;
        for len in (0..self.by_size.len()).rev() {
            while self.pooled > target {
                let Some(base) = self.by_size[len].pop() else { break };
                self.pooled -= 1;
                end = self.discard(Region { base, len }, end);
            }
            self.note_size(len);
        }
        (before - self.pooled, end)
    }

    /// Sets the limits, and discards what is beyond them. Returns how many parts went, and where the file ends.
    pub(super) fn set_limits(&mut self, max_per_size: usize, max_total: usize, mut end: usize) -> (usize, usize) {
        self.max_per_size = max_per_size;
        self.max_total = max_total;
        let before = self.pooled;
        for len in 0..self.by_size.len() {
            while self.by_size[len].len() > max_per_size {
                let Some(base) = self.by_size[len].pop() else { break };
                self.pooled -= 1;
                end = self.discard(Region { base, len }, end);
            }
            self.note_size(len);
        }
        let (_, end) = self.shrink(max_total, end);
        (before - self.pooled, end)
    }

    fn note_size(&mut self, len: usize) {
        let bit = 1 << (len % WORD_BITS);
        if self.by_size[len].is_empty() {
            self.sizes[len / WORD_BITS] &= !bit;
        } else {
            self.sizes[len / WORD_BITS] |= bit;
        }
    }

    /// How many parts are pooled.
    pub(super) fn pooled(&self) -> usize {
        self.pooled
    }

    /// How many may be.
    pub(super) fn max_total(&self) -> usize {
        self.max_total
    }

    /// The sizes of which there are pooled parts, and how many of each.
    pub(super) fn pooled_sizes(&self) -> impl Iterator<Item = (usize, usize)> {
        self.by_size.iter().enumerate().filter(|(_, bases)| !bases.is_empty()).map(|(size, bases)| (size, bases.len()))
    }

    /// How many registers are pooled.
    pub(super) fn pooled_registers(&self) -> usize {
        self.pooled_sizes().map(|(size, count)| size * count).sum()
    }
}
