//! [`RegisterProtectionGuard`]: protection of registers that ends with its scope.
//!
//! A guard takes away what it has added, and nothing that was protected before it.

use std::collections::HashSet;

#[cfg(doc)]
use super::error::LuaError;
use super::error::LuaResult;
use super::register_window::{FORLOOP_VAR_OFFSET, RegisterWindowSystem, TFORLOOP_VAR_OFFSET};

/// Protects registers of a window as long as it exists.
#[derive(Debug)]
pub struct RegisterProtectionGuard<'a> {
    /// Taken when the guard is released.
    system: Option<&'a mut RegisterWindowSystem>,
    window: usize,
    registers: HashSet<usize>,
}

impl<'a> RegisterProtectionGuard<'a> {
    /// Protects one more register.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if it does not exist.
    pub fn protect_register(&mut self, register: usize) -> LuaResult<()> {
        let window = self.window;
        self.with_system(|system| system.get_register(window, register).map(|_| ()))?;
        self.protect_range(register, register.saturating_add(1))
    }

    /// Protects registers `start..end`.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if one does not exist.
    pub fn protect_range(&mut self, start: usize, end: usize) -> LuaResult<()> {
        let window = self.window;
        let added = self.with_system(|system| {
            let windows = system.windows_mut();
            let free = start..end.min(windows.get_window_size(window).unwrap_or(0));
            let free: Vec<usize> = free.filter(|&r| windows.is_protected(window, r) == Ok(false)).collect();
            system.protect_range(window, start, end).map(|()| free)
        })?;
        self.registers.extend(added);
        Ok(())
    }

    /// The system.
    pub fn system(&self) -> &RegisterWindowSystem {
        self.system.as_deref().expect("a guard has its system until it is released")
    }

    /// Lends the system to a function while the protection lasts.
    pub fn with_system<F, R>(&mut self, f: F) -> R
    where
        F: FnOnce(&mut RegisterWindowSystem) -> R,
    {
        f(self.system.as_deref_mut().expect("a guard has its system until it is released"))
    }

    /// Ends the protection, and gives the system back.
    pub fn release(mut self) -> &'a mut RegisterWindowSystem {
        self.unprotect();
        self.system.take().expect("a guard has its system until it is released")
    }

    /// The window.
    pub fn window_idx(&self) -> usize {
        self.window
    }

    /// The registers that this guard protects.
    pub fn protected_registers(&self) -> &HashSet<usize> {
        &self.registers
    }

    fn unprotect(&mut self) {
        let Some(system) = self.system.as_deref_mut() else { return };
        for register in self.registers.drain() {
            // The window may be gone.
            let _ = system.unprotect_register(self.window, register);
        }
    }
}

impl Drop for RegisterProtectionGuard<'_> {
    fn drop(&mut self) {
        self.unprotect();
    }
}

/// Guards.
impl RegisterWindowSystem {
    /// A guard that protects nothing yet.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if the window does not exist.
    pub fn protection_guard(&mut self, window: usize) -> LuaResult<RegisterProtectionGuard<'_>> {
        self.get_window_base(window)?;
        Ok(RegisterProtectionGuard { system: Some(self), window, registers: HashSet::new() })
    }

    /// A guard of registers `start..end`.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a register does not exist.
    pub fn protect_range_guarded(
        &mut self,
        window: usize,
        start: usize,
        end: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_range(start, end)?;
        Ok(guard)
    }

    /// A guard of these registers.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a register does not exist.
    pub fn protect_registers_guarded(
        &mut self,
        window: usize,
        registers: &[usize],
    ) -> LuaResult<RegisterProtectionGuard<'_>> {
        let mut guard = self.protection_guard(window)?;
        registers.iter().try_for_each(|&register| guard.protect_register(register))?;
        Ok(guard)
    }

    /// A guard of a function and its arguments.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a register does not exist.
    pub fn protect_call_registers(
        &mut self,
        window: usize,
        func_reg: usize,
        arg_count: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_register(func_reg)?;
        guard.protect_range(func_reg, func_reg.saturating_add(arg_count).saturating_add(1))?;
        Ok(guard)
    }

    /// A guard of a table and, if it is in a register, a key.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a register does not exist.
    pub fn protect_table_operation(
        &mut self,
        window: usize,
        table_reg: usize,
        key_reg: Option<usize>,
    ) -> LuaResult<RegisterProtectionGuard<'_>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_register(table_reg)?;
        key_reg.map_or(Ok(()), |register| guard.protect_register(register))?;
        Ok(guard)
    }

    /// A guard of registers, the last one included.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a register does not exist.
    pub fn protect_concat_operands(
        &mut self,
        window: usize,
        start: usize,
        end_inclusive: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_range(start, end_inclusive.saturating_add(1))?;
        Ok(guard)
    }

    /// A guard of what a generic loop needs for its next turn.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a register does not exist.
    pub fn protect_tforloop_registers(
        &mut self,
        window: usize,
        base: usize,
        var_count: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_range(base, base.saturating_add(TFORLOOP_VAR_OFFSET))?;
        guard.protect_register(base.saturating_add(TFORLOOP_VAR_OFFSET).saturating_add(var_count))?;
        Ok(guard)
    }

    /// A guard of a numeric loop's index, limit and step.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a register does not exist.
    pub fn protect_forloop_registers(&mut self, window: usize, base: usize) -> LuaResult<RegisterProtectionGuard<'_>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_range(base, base.saturating_add(FORLOOP_VAR_OFFSET))?;
        Ok(guard)
    }
}
