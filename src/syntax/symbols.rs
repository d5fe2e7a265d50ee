//! Interned strings of one compilation.
//!
//! Every name and string literal becomes a [`Symbol`]: equal bytes, equal number. Everything after the lexer compares
//! and hashes numbers only, and the `Proto`s share one allocation per distinct string.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// An interned string: an index of [`Symbols`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// Its number; the symbols of one compilation are numbered from 0 without gaps.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The interned strings of one compilation.
#[derive(Debug, Default)]
pub struct Symbols {
    strings: Vec<Arc<[u8]>>,
    numbers: HashMap<Arc<[u8]>, u32, RandomState>,
    /// Bytes of the strings, with the counts of those who share them.
    bytes: usize,
}

impl Symbols {
    /// The symbol of these bytes.
    pub fn intern(&mut self, bytes: &[u8]) -> Symbol {
        if let Some(&number) = self.numbers.get(bytes) {
            return Symbol(number);
        }
        let number = self.strings.len() as u32;
        let string: Arc<[u8]> = bytes.into();
        self.bytes += bytes.len() + 2 * size_of::<usize>();
        self.strings.push(Arc::clone(&string));
        self.numbers.insert(string, number);
        Symbol(number)
    }

    /// The bytes of a symbol.
    pub fn bytes(&self, symbol: Symbol) -> &[u8] {
        &self.strings[symbol.index()]
    }

    /// The shared string of a symbol.
    pub fn string(&self, symbol: Symbol) -> &Arc<[u8]> {
        &self.strings[symbol.index()]
    }

    /// Bytes they occupy.
    pub(crate) fn size(&self) -> usize {
        let entry = size_of::<(Arc<[u8]>, u32)>() + 1;
        self.bytes + self.strings.capacity() * size_of::<Arc<[u8]>>() + self.numbers.capacity() * entry
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.strings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn equal_bytes_are_one_symbol() {
        let mut symbols = Symbols::default();
        let a = symbols.intern(b"a");
        let b = symbols.intern(b"b\0");
        assert_ne!(a, b);
        assert_eq!(symbols.intern(b"a"), a);
        assert_eq!(symbols.bytes(b), b"b\0");
        assert_eq!(symbols.len(), 2);
    }
}
