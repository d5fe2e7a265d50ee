//! The constant table of the function being compiled.
//!
//! PUC finds constants by looking them up in a Lua table, so two numbers are one constant if they are equal:
//! `0` and `-0` share an entry, the first one to come.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::bytecode::{Constant, MAX_BX};
use crate::syntax::{Symbol, Symbols};

/// Most constants a function may have; PUC's table stops growing here.
pub(super) const MAX_CONSTANTS: usize = MAX_BX as usize;

/// Up to this many constants are found by looking at each.
const SCANNED: usize = 12;

#[derive(Debug, Clone, Copy)]
pub(super) enum ConstantKind {
    Nil,
    Boolean(bool),
    Number(f64),
    String(Symbol),
}

/// What makes two constants the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key(u8, u64);

impl ConstantKind {
    fn key(self) -> Key {
        match self {
            ConstantKind::Nil => Key(0, 0),
            ConstantKind::Boolean(b) => Key(1, u64::from(b)),
            // Adding zero makes `-0` the same as `0`.
            ConstantKind::Number(n) => Key(2, (n + 0.0).to_bits()),
            ConstantKind::String(symbol) => Key(3, symbol.index() as u64),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Constants {
    entries: Vec<(Key, ConstantKind)>,
    /// All keys, once there are too many to scan.
    index: HashMap<Key, u32, RandomState>,
}

impl Constants {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes they occupy.
    pub(super) fn size(&self) -> usize {
        self.entries.capacity() * size_of::<(Key, ConstantKind)>()
            + self.index.capacity() * (size_of::<(Key, u32)>() + 1)
    }

    /// The number of a constant; `None` if the table is full.
    pub(super) fn add(&mut self, constant: ConstantKind) -> Option<u32> {
        let key = constant.key();
        let number = self.entries.len() as u32;
        if self.entries.len() < SCANNED {
            if let Some(found) = self.entries.iter().position(|entry| entry.0 == key) {
                return Some(found as u32);
            }
        } else {
            if self.index.is_empty() {
                let numbers = self.entries.iter().zip(0..).map(|(entry, number)| (entry.0, number));
                self.index = numbers.collect();
            }
            if let Some(&found) = self.index.get(&key) {
                return Some(found);
            }
            if self.entries.len() >= MAX_CONSTANTS {
                return None;
            }
            self.index.insert(key, number);
        }
        self.entries.push((key, constant));
        Some(number)
    }

    pub(super) fn into_constants(self, symbols: &Symbols) -> Vec<Constant> {
        let constant = |(_, kind): (Key, ConstantKind)| match kind {
            ConstantKind::Nil => Constant::Nil,
            ConstantKind::Boolean(b) => Constant::Boolean(b),
            ConstantKind::Number(n) => Constant::Number(n),
            ConstantKind::String(symbol) => Constant::String(symbols.string(symbol).clone()),
        };
        self.entries.into_iter().map(constant).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn equal_constants_are_one() {
        let mut constants = Constants::default();
        for round in 0..2 {
            for n in 0..100u32 {
                assert_eq!(constants.add(ConstantKind::Number(f64::from(n))), Some(n), "round {round}");
            }
        }
        assert_eq!(constants.add(ConstantKind::Number(-0.0)), Some(0));
        assert_eq!(constants.add(ConstantKind::Nil), Some(100));
        assert_eq!(constants.add(ConstantKind::Boolean(false)), Some(101));
        assert_eq!(constants.len(), 102);
    }
}
