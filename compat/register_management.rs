//! [`RegisterManagementSystem`]: book-keeping of registers that nothing in the machine uses.
//!
//! Registers of a thread are numbered from 0 and never used again; a protected one cannot be freed.

use std::collections::HashMap;

use super::error::{LuaError, LuaResult};
use super::handle::ThreadHandle;

/// What a register was allocated for. The name cannot be reached from outside.
mod kinds {
    /// What a register was allocated for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum AllocationType {
        /// A value in between.
        Temporary,
        /// A local variable.
        Local,
    }

    /// Who has protected a range.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum ProtectionOwner {
        /// A call.
        FunctionCall,
    }
}
use kinds::{AllocationType, ProtectionOwner};

#[derive(Debug)]
struct Allocation {
    frame: usize,
    kind: AllocationType,
    name: Option<String>,
}

#[derive(Debug)]
struct Protection {
    start: usize,
    end: usize,
    reason: String,
    owner: ProtectionOwner,
}

#[derive(Debug, Default)]
struct Registers {
    next: usize,
    allocated: HashMap<usize, Allocation>,
    protections: Vec<Protection>,
}

/// What has happened so far.
#[derive(Debug, Default, Clone)]
pub struct RegisterStats {
    allocated: usize,
    freed: usize,
    refused: usize,
}

/// Registers of threads.
#[derive(Debug, Default)]
pub struct RegisterManagementSystem {
    threads: HashMap<ThreadHandle, Registers>,
    stats: RegisterStats,
}

impl RegisterManagementSystem {
    /// One that knows no thread.
    pub fn new() -> Self {
        RegisterManagementSystem::default()
    }

    fn allocate(&mut self, thread: ThreadHandle, frame: usize, name: Option<String>, kind: AllocationType) -> usize {
        let registers = self.threads.entry(thread).or_default();
        let register = registers.next;
        registers.next += 1;
        registers.allocated.insert(register, Allocation { frame, kind, name });
        self.stats.allocated += 1;
        register
    }

    /// A new register.
    ///
    /// # Errors
    /// None.
    pub fn allocate_register(&mut self, thread: ThreadHandle, frame: usize, kind: AllocationType) -> LuaResult<usize> {
        Ok(self.allocate(thread, frame, None, kind))
    }

    /// A new register for a variable.
    ///
    /// # Errors
    /// None.
    pub fn allocate_variable(
        &mut self,
        thread: ThreadHandle,
        frame: usize,
        name: String,
        kind: AllocationType,
    ) -> LuaResult<usize> {
        Ok(self.allocate(thread, frame, Some(name), kind))
    }

    fn registers(&mut self, thread: ThreadHandle) -> LuaResult<&mut Registers> {
        self.threads.get_mut(&thread).ok_or_else(|| LuaError::RuntimeError("Thread not found".to_owned()))
    }

    /// Frees a register; one that was not allocated is no matter.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if the thread has no registers, or the register is protected.
    pub fn free_register(&mut self, thread: ThreadHandle, register: usize) -> LuaResult<()> {
        self.registers(thread)?;
        if let Some(reason) = self.get_protection_reason(thread, register) {
            let message = format!("Cannot free protected register {register}: {reason}");
            self.stats.refused += 1;
            return Err(LuaError::RuntimeError(message));
        }
        let freed = self.registers(thread)?.allocated.remove(&register).is_some();
        self.stats.freed += usize::from(freed);
        Ok(())
    }

    /// Frees the registers of a call.
    ///
    /// # Errors
    /// As [`RegisterManagementSystem::free_register`].
    pub fn free_frame_registers(&mut self, thread: ThreadHandle, frame: usize) -> LuaResult<()> {
        let registers = &self.registers(thread)?.allocated;
        let mut of_frame: Vec<usize> = registers
            .iter()
            .filter(|(_, allocation)| allocation.frame == frame)
            .map(|(&register, _)| register)
            .collect();
        of_frame.sort_unstable();
        of_frame.into_iter().try_for_each(|register| self.free_register(thread, register))
    }

    /// Protects registers `start..end`.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if the thread has no registers.
    pub fn protect_range(
        &mut self,
        thread: ThreadHandle,
        start: usize,
        end: usize,
        reason: &str,
        owner: ProtectionOwner,
    ) -> LuaResult<()> {
        self.registers(thread)?.protections.push(Protection { start, end, reason: reason.to_owned(), owner });
        Ok(())
    }

    /// Ends the protections of an owner.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if the thread has no registers.
    pub fn unprotect_by_owner(&mut self, thread: ThreadHandle, owner: ProtectionOwner) -> LuaResult<()> {
        self.registers(thread)?.protections.retain(|protection| protection.owner != owner);
        Ok(())
    }

    /// Whether a register is protected.
    pub fn is_protected(&self, thread: ThreadHandle, register: usize) -> bool {
        self.get_protection_reason(thread, register).is_some()
    }

    /// Why a register is protected.
    pub fn get_protection_reason(&self, thread: ThreadHandle, register: usize) -> Option<&str> {
        let protections = &self.threads.get(&thread)?.protections;
        let found = protections.iter().find(|protection| (protection.start..protection.end).contains(&register));
        found.map(|protection| &*protection.reason)
    }

    /// What has happened so far.
    pub fn get_stats(&self) -> &RegisterStats {
        &self.stats
    }

    /// Begins to count anew.
    pub fn reset_stats(&mut self) {
        self.stats = RegisterStats::default();
    }

    /// A thread's registers, as text.
    pub fn debug_report(&self, thread: ThreadHandle) -> String {
        let Some(registers) = self.threads.get(&thread) else { return "Thread not found\n".to_owned() };
        let mut allocated: Vec<_> = registers.allocated.iter().collect();
        allocated.sort_unstable_by_key(|&(&register, _)| register);
        let mut report = format!("{} registers allocated\n", allocated.len());
        for (register, Allocation { frame, kind, name }) in allocated {
            let name = name.as_deref().unwrap_or("-");
            report.push_str(&format!("R{register}: frame {frame}, {kind:?}, {name}\n"));
        }
        for Protection { start, end, reason, owner } in &registers.protections {
            report.push_str(&format!("R{start}..R{end} protected by {owner:?}: {reason}\n"));
        }
        report
    }
}

/// A new register for a value in between.
///
/// # Errors
/// None.
pub fn allocate_register(
    system: &mut RegisterManagementSystem,
    thread: ThreadHandle,
    frame: usize,
) -> LuaResult<usize> {
    system.allocate_register(thread, frame, AllocationType::Temporary)
}

/// A new register for a local variable.
///
/// # Errors
/// None.
pub fn allocate_local(
    system: &mut RegisterManagementSystem,
    thread: ThreadHandle,
    frame: usize,
    name: impl Into<String>,
) -> LuaResult<usize> {
    system.allocate_variable(thread, frame, name.into(), AllocationType::Local)
}

/// Protects the register of a function that is called.
///
/// # Errors
/// [`LuaError::RuntimeError`] if the thread has no registers.
pub fn protect_function_registers(
    system: &mut RegisterManagementSystem,
    thread: ThreadHandle,
    func_reg: usize,
) -> LuaResult<()> {
    let end = func_reg.saturating_add(1);
    system.protect_range(thread, func_reg, end, "function call", ProtectionOwner::FunctionCall)
}
