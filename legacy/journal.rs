//! [`Journal`]: the part of a transaction that does not depend on what it changes.
//!
//! It holds the state, the queue of changes and of operations to be done after the commit, the protected registers and the
//! handles that are known to be valid. The transactions of the old VM and those of the bridge, which change the core, are
//! built on it, so that both obey the same rules:
//!
//! - changes and operations are accepted while the state is active, and only then;
//! - a commit hands out the changes in the order in which they were queued, exactly once; a second commit is empty;
//! - an abort drops them; a second abort and everything else that needs an active transaction is refused until
//!   [`reset`](Journal::reset), which brings any journal back to its beginning.

use std::collections::HashSet;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::error::{LuaError, LuaResult};
use super::handle::{HandleKind, ThreadHandle};

/// The room the cache of validated handles may keep when a journal is reset, so that one large transaction does not make the
/// small ones after it slow.
const KEPT_VALIDATIONS: usize = 64;

/// Whether a transaction is still open, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionState {
    /// It accepts changes.
    Active,
    /// Its changes are applied.
    Committed,
    /// Its changes are dropped.
    Aborted,
}

/// What identifies a handle that was validated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValidationKey {
    kind: HandleKind,
    index: u32,
    generation: u32,
}

impl ValidationKey {
    pub(crate) fn new(kind: HandleKind, index: u32, generation: u32) -> Self {
        ValidationKey { kind, index, generation }
    }
}

#[derive(Debug)]
struct Protection<Owner> {
    owner: Owner,
    registers: Range<usize>,
    reason: String,
}

/// The state, queues, protections and validations of a transaction. `Owner` says whose registers are protected.
#[derive(Debug)]
pub(crate) struct Journal<Change, Pending, Owner = ThreadHandle> {
    state: TransactionState,
    changes: Vec<Change>,
    pending: Vec<Pending>,
    protections: Vec<Protection<Owner>>,
    validated: HashSet<ValidationKey, RandomState>,
    /// How many changes the abort dropped.
    dropped: usize,
}

impl<Change, Pending, Owner: PartialEq> Journal<Change, Pending, Owner> {
    /// An active journal with nothing in it. It allocates nothing.
    pub(crate) fn new() -> Self {
        Journal {
            state: TransactionState::Active,
            changes: Vec::new(),
            pending: Vec::new(),
            protections: Vec::new(),
            validated: HashSet::default(),
            dropped: 0,
        }
    }

    pub(crate) fn state(&self) -> TransactionState {
        self.state
    }

    pub(crate) fn is_active(&self) -> bool {
        self.state == TransactionState::Active
    }

    /// `InvalidTransactionState` unless the transaction is active.
    pub(crate) fn check_active(&self) -> LuaResult<()> {
        if self.is_active() { Ok(()) } else { Err(LuaError::InvalidTransactionState) }
    }

    /// Queues a change.
    pub(crate) fn queue(&mut self, change: Change) -> LuaResult<()> {
        self.check_active()?;
        self.changes.push(change);
        Ok(())
    }

    /// Queues an operation that the commit returns.
    pub(crate) fn queue_operation(&mut self, operation: Pending) -> LuaResult<()> {
        self.check_active()?;
        self.pending.push(operation);
        Ok(())
    }

    /// The queued changes, in order.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Hands each queued change to `apply`, in order, and returns the queued operations. After a commit it is empty; after
    /// an abort it is refused.
    ///
    /// `apply` should not fail: what can be refused is refused before. If it does, the rest of the changes is dropped.
    pub(crate) fn commit(&mut self, mut apply: impl FnMut(Change) -> LuaResult<()>) -> LuaResult<Vec<Pending>> {
        match self.state {
            TransactionState::Committed => return Ok(Vec::new()),
            TransactionState::Aborted => return Err(LuaError::InvalidTransactionState),
            TransactionState::Active => self.state = TransactionState::Committed,
        }
        let pending = std::mem::take(&mut self.pending);
        self.changes.drain(..).try_for_each(&mut apply)?;
        Ok(pending)
    }

    /// Drops everything queued. A second abort is a `DoubleAbort`; one after a commit is `InvalidTransactionState`.
    pub(crate) fn abort(&mut self) -> LuaResult<()> {
        match self.state {
            TransactionState::Aborted => return Err(LuaError::DoubleAbort { dropped: self.dropped }),
            TransactionState::Committed => return Err(LuaError::InvalidTransactionState),
            TransactionState::Active => {}
        }
        self.state = TransactionState::Aborted;
        self.dropped = self.changes.len();
        self.changes.clear();
        self.pending.clear();
        Ok(())
    }

    /// Makes the journal active and empty, whatever state it was in. It keeps its buffers.
    pub(crate) fn reset(&mut self) {
        self.state = TransactionState::Active;
        self.changes.clear();
        self.pending.clear();
        self.protections.clear();
        self.validated.clear();
        if self.validated.capacity() > KEPT_VALIDATIONS {
            self.validated = HashSet::default();
        }
        self.dropped = 0;
    }

    /// Protects registers until the journal is reset. An empty range protects nothing.
    pub(crate) fn protect(&mut self, owner: Owner, registers: Range<usize>, reason: &str) -> LuaResult<()> {
        self.check_active()?;
        if !registers.is_empty() {
            self.protections.push(Protection { owner, registers, reason: reason.to_owned() });
        }
        Ok(())
    }

    /// Why a register is protected, if it is.
    pub(crate) fn protection_of(&self, owner: &Owner, register: usize) -> Option<&str> {
        self.protections
            .iter()
            .find(|protection| protection.owner == *owner && protection.registers.contains(&register))
            .map(|protection| &*protection.reason)
    }

    /// Whether a handle is known to be valid.
    pub(crate) fn is_validated(&self, key: ValidationKey) -> bool {
        self.validated.contains(&key)
    }

    /// Notes that a handle is valid: it was checked, or its object was created here.
    pub(crate) fn mark_validated(&mut self, key: ValidationKey) {
        self.validated.insert(key);
    }

    /// How many handles are known to be valid.
    pub(crate) fn validated_count(&self) -> usize {
        self.validated.len()
    }
}
