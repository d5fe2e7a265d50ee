//! [`ValidScope`]: validating several handles before any of them is used.
//!
//! What a scope has validated, its transaction remembers; so using the handles afterwards does not look again.

use super::error::LuaResult;
use super::heap::ValidatableHandle;
use super::transaction::HeapTransaction;

/// A scope of a transaction in which handles are validated first.
#[derive(Debug)]
pub struct ValidScope<'a, 'tx> {
    transaction: &'tx mut HeapTransaction<'a>,
    /// How many handles the scope was asked to validate.
    requests: usize,
    known_before: usize,
}

impl<'a, 'tx> ValidScope<'a, 'tx> {
    /// A scope of this transaction.
    pub fn new(transaction: &'tx mut HeapTransaction<'a>) -> Self {
        let known_before = transaction.validated_count();
        ValidScope { transaction, requests: 0, known_before }
    }

    /// Whether a handle names an object of the heap.
    pub fn validate<H: ValidatableHandle>(&mut self, handle: &H) -> LuaResult<()> {
        self.requests += 1;
        self.transaction.validate_handle(handle)
    }

    /// Whether all of them do.
    pub fn validate_all<H: ValidatableHandle>(&mut self, handles: &[H]) -> LuaResult<()> {
        handles.iter().try_for_each(|handle| self.validate(handle))
    }

    /// Does something with a handle, if it is valid.
    pub fn use_handle<H, F, R>(&mut self, handle: &H, work: F) -> LuaResult<R>
    where
        H: ValidatableHandle,
        F: FnOnce(&mut Self) -> LuaResult<R>,
    {
        self.validate(handle)?;
        work(self)
    }

    /// Does something with handles, if all of them are valid.
    pub fn use_handles<H, F, R>(&mut self, handles: &[H], work: F) -> LuaResult<R>
    where
        H: ValidatableHandle,
        F: FnOnce(&mut Self) -> LuaResult<R>,
    {
        self.validate_all(handles)?;
        work(self)
    }

    /// The transaction.
    pub fn transaction(&mut self) -> &mut HeapTransaction<'a> {
        self.transaction
    }

    /// How many handles were validated, and how many of them had to be looked up.
    pub fn validation_report(&self) -> String {
        let looked_up = self.transaction.validated_count().saturating_sub(self.known_before);
        format!("{} validations, {looked_up} new handles", self.requests)
    }
}
