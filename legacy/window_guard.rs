//! [`RegisterProtectionGuard`]: protection of registers that ends with a scope.
//!
//! A guard borrows the system and lends it out again, so that work goes on under its protection. When it ends, by being
//! dropped (also by unwinding) or released, it takes away what it added and nothing else: registers that were protected by
//! request, or by a guard around it, stay so. If its window ended before it did, another that has its place is left alone.

use std::collections::HashSet;

use super::error::LuaResult;
use super::register_window::{RegisterValue, RegisterWindowSystem};

/// Protects registers of a window while it lives.
#[derive(Debug)]
pub struct RegisterProtectionGuard<'a, V: RegisterValue> {
    /// `None` only while the guard is being released.
    system: Option<&'a mut RegisterWindowSystem<V>>,
    window: usize,
    serial: u64,
    registers: HashSet<usize>,
}

impl<'a, V: RegisterValue> RegisterProtectionGuard<'a, V> {
    fn new(system: &'a mut RegisterWindowSystem<V>, window: usize) -> LuaResult<Self> {
        let serial = system.window(window)?.serial;
        Ok(RegisterProtectionGuard { system: Some(system), window, serial, registers: HashSet::new() })
    }

    /// Protects one more register.
    pub fn protect_register(&mut self, register: usize) -> LuaResult<()> {
        self.system().get_register(self.window, register)?;
        self.protect_range(register, register.saturating_add(1))
    }

    /// Protects the registers from `start` to before `end`: all of them, or none if one does not exist.
    pub fn protect_range(&mut self, start: usize, end: usize) -> LuaResult<()> {
        let window = self.window;
        let Some(system) = &mut self.system else { return Ok(()) };
        system.check_range(window, start, end)?;
        let found = system.window_mut(window)?;
        // In the place of a window that ended, another one is not this guard's to protect.
        if found.serial == self.serial {
            self.registers.extend((start..end).filter(|&register| found.protection.protect_guarded(register)));
            system.note_protected(window, start, end);
        }
        Ok(())
    }

    /// The system, to look at.
    ///
    /// # Panics
    ///
    /// Never: the guard has the system until it is released, which ends the guard.
    pub fn system(&self) -> &RegisterWindowSystem<V> {
        self.system.as_deref().expect("a guard has its system until it is released")
    }

    /// Works with the system while the protection holds.
    ///
    /// # Panics
    ///
    /// Only if `work` does.
    pub fn with_system<F, R>(&mut self, work: F) -> R
    where
        F: FnOnce(&mut RegisterWindowSystem<V>) -> R,
    {
        work(self.system.as_deref_mut().expect("a guard has its system until it is released"))
    }

    /// Ends the protection and gives the system back.
    ///
    /// # Panics
    ///
    /// Never, as [`RegisterProtectionGuard::system`].
    pub fn release(mut self) -> &'a mut RegisterWindowSystem<V> {
        self.unprotect();
        self.system.take().expect("a guard has its system until it is released")
    }

    /// The window whose registers are protected.
    pub fn window_idx(&self) -> usize {
        self.window
    }

    /// The registers that this guard protects.
    pub fn protected_registers(&self) -> &HashSet<usize> {
        &self.registers
    }

    fn unprotect(&mut self) {
        let Some(system) = &mut self.system else { return };
        let Ok(found) = system.window_mut(self.window) else { return };
        if found.serial != self.serial {
            return;
        }
        for &register in &self.registers {
            found.protection.unprotect_guarded(register);
        }
        for &register in &self.registers {
            system.note_unprotected(self.window, register);
        }
    }
}

impl<V: RegisterValue> Drop for RegisterProtectionGuard<'_, V> {
    fn drop(&mut self) {
        self.unprotect();
    }
}

impl<V: RegisterValue> RegisterWindowSystem<V> {
    /// A guard that protects nothing yet.
    pub fn protection_guard(&mut self, window: usize) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        RegisterProtectionGuard::new(self, window)
    }

    /// A guard of the registers from `start` to before `end`.
    pub fn protect_range_guarded(
        &mut self,
        window: usize,
        start: usize,
        end: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_range(start, end)?;
        Ok(guard)
    }

    /// A guard of some registers.
    pub fn protect_registers_guarded(
        &mut self,
        window: usize,
        registers: &[usize],
    ) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        let mut guard = self.protection_guard(window)?;
        for &register in registers {
            guard.protect_register(register)?;
        }
        Ok(guard)
    }

    /// A guard of a function and its arguments.
    pub fn protect_call_registers(
        &mut self,
        window: usize,
        func_reg: usize,
        arg_count: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_register(func_reg)?;
        guard.protect_range(func_reg, func_reg.saturating_add(arg_count).saturating_add(1))?;
        Ok(guard)
    }

    /// A guard of a table and, if it is in a register, the key.
    pub fn protect_table_operation(
        &mut self,
        window: usize,
        table_reg: usize,
        key_reg: Option<usize>,
    ) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        let mut guard = self.protection_guard(window)?;
        guard.protect_register(table_reg)?;
        if let Some(register) = key_reg {
            guard.protect_register(register)?;
        }
        Ok(guard)
    }

    /// A guard of the operands of a concatenation, the last included.
    pub fn protect_concat_operands(
        &mut self,
        window: usize,
        start_reg: usize,
        end_reg: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        self.protect_range_guarded(window, start_reg, end_reg.saturating_add(1))
    }
}
