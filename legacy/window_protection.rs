//! [`Protection`]: which registers of a window must not be written.
//!
//! A register is protected by request, by a guard, or by both, and the two are kept apart: a guard that ends takes away what it added, and
//! never what someone else asked for, before it or while it lived.

const WORD_BITS: usize = u64::BITS as usize;

/// A set of registers. It allocates nothing while it is empty.
#[derive(Debug, Clone, Default)]
struct RegisterSet {
    words: Vec<u64>,
}

impl RegisterSet {
    fn contains(&self, register: usize) -> bool {
        self.words.get(register / WORD_BITS).is_some_and(|word| word >> (register % WORD_BITS) & 1 != 0)
    }

    /// Returns whether the register was not in the set.
    fn insert(&mut self, register: usize) -> bool {
        let word = register / WORD_BITS;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let bit = 1 << (register % WORD_BITS);
        let fresh = self.words[word] & bit == 0;
        self.words[word] |= bit;
        fresh
    }

    fn remove(&mut self, register: usize) -> bool {
        let Some(word) = self.words.get_mut(register / WORD_BITS) else { return false };
        let bit = 1 << (register % WORD_BITS);
        let present = *word & bit != 0;
        *word &= !bit;
        present
    }
}

/// The protected registers of a window.
#[derive(Debug, Clone, Default)]
pub(super) struct Protection {
    by_request: RegisterSet,
    by_guard: RegisterSet,
}

impl Protection {
    pub(super) fn contains(&self, register: usize) -> bool {
        self.by_request.contains(register) || self.by_guard.contains(register)
    }

    pub(super) fn protect(&mut self, register: usize) {
        self.by_request.insert(register);
    }

    /// Takes every protection of a register away. Returns whether there was one.
    pub(super) fn unprotect(&mut self, register: usize) -> bool {
        self.by_request.remove(register) | self.by_guard.remove(register)
    }

    /// Protects for a guard. Returns whether no guard protected the register yet.
    pub(super) fn protect_guarded(&mut self, register: usize) -> bool {
        self.by_guard.insert(register)
    }

    pub(super) fn unprotect_guarded(&mut self, register: usize) {
        self.by_guard.remove(register);
    }

    /// How many registers are protected.
    pub(super) fn count(&self) -> usize {
        self.registers().count()
    }

    /// The protected registers, in order.
    pub(super) fn registers(&self) -> impl Iterator<Item = usize> {
        let words = self.by_request.words.len().max(self.by_guard.words.len());
        (0..words * WORD_BITS).filter(|&register| self.contains(register))
    }
}
