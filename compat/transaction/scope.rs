//! Scopes of validation and protection in a transaction.

use std::collections::HashSet;

use super::{HeapTransaction, ValidatableHandle, ValidationKey};
use crate::compat::error::LuaResult;
use crate::compat::handle::ThreadHandle;

/// Remembers which handles it has checked.
pub struct ValidScope<'a, 'tx> {
    transaction: &'tx mut HeapTransaction<'a>,
    checked: HashSet<ValidationKey>,
}

impl<'a, 'tx> ValidScope<'a, 'tx> {
    /// A scope in which nothing has been checked.
    pub fn new(transaction: &'tx mut HeapTransaction<'a>) -> Self {
        ValidScope { transaction, checked: HashSet::new() }
    }

    /// Checks a handle, once.
    ///
    /// # Errors
    /// As [`HeapTransaction::validate_handle`].
    pub fn validate<H: ValidatableHandle>(&mut self, handle: &H) -> LuaResult<()> {
        if !self.checked.contains(&handle.validation_key()) {
            self.transaction.validate_handle(handle)?;
            self.checked.insert(handle.validation_key());
        }
        Ok(())
    }

    /// Checks a handle, then calls a function.
    ///
    /// # Errors
    /// If the handle is not valid; that of the function.
    pub fn use_handle<H, F, R>(&mut self, handle: &H, f: F) -> LuaResult<R>
    where
        H: ValidatableHandle,
        F: FnOnce(&mut Self) -> LuaResult<R>,
    {
        self.validate(handle)?;
        f(self)
    }

    /// Checks handles, then calls a function.
    ///
    /// # Errors
    /// If a handle is not valid; that of the function.
    pub fn use_handles<H, F, R>(&mut self, handles: &[H], f: F) -> LuaResult<R>
    where
        H: ValidatableHandle,
        F: FnOnce(&mut Self) -> LuaResult<R>,
    {
        self.validate_all(handles)?;
        f(self)
    }

    /// Checks handles.
    ///
    /// # Errors
    /// If one is not valid.
    pub fn validate_all<H: ValidatableHandle>(&mut self, handles: &[H]) -> LuaResult<()> {
        handles.iter().try_for_each(|handle| self.validate(handle))
    }

    /// The transaction.
    pub fn transaction(&mut self) -> &mut HeapTransaction<'a> {
        self.transaction
    }

    /// How many handles have been checked.
    pub fn validation_report(&self) -> String {
        format!("{} handles validated", self.checked.len())
    }
}

/// Protects registers of one thread. The protection lasts until the transaction is reset.
pub struct RegisterProtectionScope<'tx> {
    transaction: &'tx mut HeapTransaction<'tx>,
    thread: ThreadHandle,
}

impl RegisterProtectionScope<'_> {
    /// Protects a register.
    ///
    /// # Errors
    /// As [`HeapTransaction::protect_registers`].
    pub fn protect(&mut self, register: usize, reason: &str) -> LuaResult<()> {
        self.protect_range(register, register.saturating_add(1), reason)
    }

    /// Protects registers `start..end`.
    ///
    /// # Errors
    /// As [`HeapTransaction::protect_registers`].
    pub fn protect_range(&mut self, start: usize, end: usize, reason: &str) -> LuaResult<()> {
        self.transaction.protect_registers(self.thread, start, end, reason)
    }

    /// Protects registers, then calls a function.
    ///
    /// # Errors
    /// That of protecting them; that of the function.
    pub fn with_protected<F, R>(&mut self, registers: &[usize], reason: &str, f: F) -> LuaResult<R>
    where
        F: FnOnce(&mut Self) -> LuaResult<R>,
    {
        registers.iter().try_for_each(|&register| self.protect(register, reason))?;
        f(self)
    }
}

/// Scopes.
impl<'a> HeapTransaction<'a> {
    /// A scope that protects registers of a thread. It borrows the transaction for as long as that exists.
    pub fn register_protection_scope(&'a mut self, thread: ThreadHandle) -> RegisterProtectionScope<'a> {
        RegisterProtectionScope { transaction: self, thread }
    }

    /// A scope that remembers which handles it has checked.
    pub fn validation_scope(&mut self) -> ValidScope<'a, '_> {
        ValidScope::new(self)
    }
}
