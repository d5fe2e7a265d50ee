//! The registers of `for` loops in a window.
//!
//! A loop's registers lie together from a base on: the generic one's iterator, state, control variable and the loop's variables;
//! the numeric one's index, limit, step and the loop's variable. The generic loop keeps its iterator a second time, behind
//! its variables, where the call of the iterator does not reach it.

use super::error::LuaResult;
use super::register_window::{RegisterValue, RegisterWindowSystem};
use super::window_guard::RegisterProtectionGuard;

/// Generic loop: the iterator.
pub const TFORLOOP_ITER_OFFSET: usize = 0;
/// Generic loop: the state.
pub const TFORLOOP_STATE_OFFSET: usize = 1;
/// Generic loop: the control variable.
pub const TFORLOOP_CONTROL_OFFSET: usize = 2;
/// Generic loop: the first variable.
pub const TFORLOOP_VAR_OFFSET: usize = 3;
/// Numeric loop: the index.
pub const FORLOOP_INDEX_OFFSET: usize = 0;
/// Numeric loop: the limit.
pub const FORLOOP_LIMIT_OFFSET: usize = 1;
/// Numeric loop: the step.
pub const FORLOOP_STEP_OFFSET: usize = 2;
/// Numeric loop: the variable.
pub const FORLOOP_VAR_OFFSET: usize = 3;

/// The register in which a generic loop keeps its iterator.
fn iterator_copy(base: usize, var_count: usize) -> usize {
    base.saturating_add(TFORLOOP_VAR_OFFSET).saturating_add(var_count)
}

impl<V: RegisterValue> RegisterWindowSystem<V> {
    /// A guard of what a generic loop needs for its next round.
    pub fn protect_tforloop_registers(
        &mut self,
        window: usize,
        base: usize,
        var_count: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        let mut guard = self.protect_range_guarded(window, base, base.saturating_add(TFORLOOP_VAR_OFFSET))?;
        guard.protect_register(iterator_copy(base, var_count))?;
        Ok(guard)
    }

    /// A guard of index, limit and step of a numeric loop.
    pub fn protect_forloop_registers(
        &mut self,
        window: usize,
        base: usize,
    ) -> LuaResult<RegisterProtectionGuard<'_, V>> {
        self.protect_range_guarded(window, base, base.saturating_add(FORLOOP_VAR_OFFSET))
    }

    /// Copies the iterator behind the variables.
    pub fn save_tforloop_iterator(&mut self, window: usize, base: usize, var_count: usize) -> LuaResult<()> {
        self.copy_register(window, base, window, iterator_copy(base, var_count))
    }

    /// Copies the iterator back.
    pub fn restore_tforloop_iterator(&mut self, window: usize, base: usize, var_count: usize) -> LuaResult<()> {
        self.copy_register(window, iterator_copy(base, var_count), window, base)
    }

    /// The index of a numeric loop.
    pub fn get_forloop_index(&self, window: usize, base: usize) -> LuaResult<&V> {
        self.get_register(window, base)
    }

    /// The limit of a numeric loop.
    pub fn get_forloop_limit(&self, window: usize, base: usize) -> LuaResult<&V> {
        self.get_register(window, base.saturating_add(FORLOOP_LIMIT_OFFSET))
    }

    /// The step of a numeric loop.
    pub fn get_forloop_step(&self, window: usize, base: usize) -> LuaResult<&V> {
        self.get_register(window, base.saturating_add(FORLOOP_STEP_OFFSET))
    }

    /// Sets the index of a numeric loop.
    pub fn set_forloop_index(&mut self, window: usize, base: usize, value: V) -> LuaResult<()> {
        self.set_register(window, base, value)
    }

    /// Sets the variable of a numeric loop.
    pub fn set_forloop_var(&mut self, window: usize, base: usize, value: V) -> LuaResult<()> {
        self.set_register(window, base.saturating_add(FORLOOP_VAR_OFFSET), value)
    }

    /// Whether a numeric loop's registers all exist.
    pub fn validate_forloop_bounds(&self, window: usize, base: usize) -> LuaResult<()> {
        self.get_register(window, base.saturating_add(FORLOOP_VAR_OFFSET)).map(|_| ())
    }
}
