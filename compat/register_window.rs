//! [`RegisterWindowSystem`]: register windows, as the old API offers them to callers.
//!
//! A container of its own, on the flat register file of the old VM's windows: no two windows overlap, and a new one shows nil
//! only. The machine does not use it. What is added here are the texts of the old errors.

use std::ops::Deref;

use super::error::{InOldWords, LuaError, LuaResult};
pub use super::register_guard::RegisterProtectionGuard;
use super::value::Value;
pub use crate::legacy::{
    DEFAULT_WINDOW_SIZE, DebugConfig, ExcessiveNesting, FORLOOP_INDEX_OFFSET, FORLOOP_LIMIT_OFFSET,
    FORLOOP_STEP_OFFSET, FORLOOP_VAR_OFFSET, LargeProtection, MAX_POOL_WINDOWS_PER_SIZE, MAX_REGISTERS_PER_WINDOW,
    MAX_TOTAL_POOL_WINDOWS, MIN_RECYCLABLE_WINDOW_SIZE, MemoryConcern, PoolInefficiency, RegisterWindow,
    TFORLOOP_CONTROL_OFFSET, TFORLOOP_ITER_OFFSET, TFORLOOP_STATE_OFFSET, TFORLOOP_VAR_OFFSET, TimelineEntry,
    UnusualWindowSize, WindowEvent, WindowIssues, WindowStack, WindowStats,
};

/// A stack of windows of registers.
#[derive(Debug)]
pub struct RegisterWindowSystem {
    windows: crate::legacy::RegisterWindowSystem<Value>,
}

/// Its public field `window_stack`, to be looked at.
impl Deref for RegisterWindowSystem {
    type Target = WindowStack;

    fn deref(&self) -> &WindowStack {
        &self.windows
    }
}

impl RegisterWindowSystem {
    /// A system without windows, with room for so many registers.
    pub fn new(initial_capacity: usize) -> Self {
        RegisterWindowSystem { windows: crate::legacy::RegisterWindowSystem::new(initial_capacity) }
    }

    /// Stepping half-way: the old VM's own windows, whose errors say more.
    pub fn windows_mut(&mut self) -> &mut crate::legacy::RegisterWindowSystem<Value> {
        &mut self.windows
    }

    /// Removes the current window.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if there is none.
    pub fn deallocate_window(&mut self) -> LuaResult<()> {
        if self.window_stack.is_empty() {
            return Err(LuaError::RuntimeError("No window to deallocate".to_owned()));
        }
        self.windows.deallocate_window().in_old_words()
    }

    /// A new window, which is the current one from now on: its index.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn allocate_window(&mut self, size: usize) -> LuaResult<usize> {
        self.windows.allocate_window(size).in_old_words()
    }

    /// A register.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn get_register(&self, window: usize, register: usize) -> LuaResult<&Value> {
        self.windows.get_register(window, register).in_old_words()
    }

    /// Sets a register.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn set_register(&mut self, window: usize, register: usize, value: Value) -> LuaResult<()> {
        self.windows.set_register(window, register, value).in_old_words()
    }

    /// Refuses writes to a register.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn protect_register(&mut self, window: usize, register: usize) -> LuaResult<()> {
        self.windows.protect_register(window, register).in_old_words()
    }

    /// Refuses writes to registers `start..end`.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn protect_range(&mut self, window: usize, start: usize, end: usize) -> LuaResult<()> {
        if let Some(size) = self.windows.get_window_size(window).filter(|&size| end > size) {
            let message = format!("Register range end {end} out of bounds for window {window} (size {size})");
            return Err(LuaError::RuntimeError(message));
        }
        self.windows.protect_range(window, start, end).in_old_words()
    }

    /// Allows writes to a register.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn unprotect_register(&mut self, window: usize, register: usize) -> LuaResult<()> {
        self.windows.unprotect_register(window, register).in_old_words()
    }

    /// Allows writes to all registers of a window.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn unprotect_all(&mut self, window: usize) -> LuaResult<()> {
        self.windows.unprotect_all(window).in_old_words()
    }

    /// Allows writes to all registers of a window.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn unprotect_all_registers(&mut self, window: usize) -> LuaResult<()> {
        self.windows.unprotect_all_registers(window).in_old_words()
    }

    /// The window with a name, which is made if there is none.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn use_named_window(&mut self, name: &str, size: usize) -> LuaResult<usize> {
        self.windows.use_named_window(name, size).in_old_words()
    }

    /// Names a window.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn set_window_name(&mut self, window: usize, name: &str) -> LuaResult<()> {
        self.windows.set_window_name(window, name).in_old_words()
    }

    /// Copies a register.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn copy_register(
        &mut self,
        from_window: usize,
        from_register: usize,
        to_window: usize,
        to_register: usize,
    ) -> LuaResult<()> {
        self.windows.copy_register(from_window, from_register, to_window, to_register).in_old_words()
    }

    /// Where in the register file a window begins.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn get_window_base(&self, window: usize) -> LuaResult<usize> {
        self.windows.get_window_base(window).in_old_words()
    }

    /// Copies a generic loop's iterator behind its variables.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn save_tforloop_iterator(&mut self, window: usize, base: usize, var_count: usize) -> LuaResult<()> {
        self.windows.save_tforloop_iterator(window, base, var_count).in_old_words()
    }

    /// Copies it back.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn restore_tforloop_iterator(&mut self, window: usize, base: usize, var_count: usize) -> LuaResult<()> {
        self.windows.restore_tforloop_iterator(window, base, var_count).in_old_words()
    }

    /// The index of a numeric loop.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn get_forloop_index(&self, window: usize, base: usize) -> LuaResult<&Value> {
        self.windows.get_forloop_index(window, base).in_old_words()
    }

    /// The limit of a numeric loop.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn get_forloop_limit(&self, window: usize, base: usize) -> LuaResult<&Value> {
        self.windows.get_forloop_limit(window, base).in_old_words()
    }

    /// The step of a numeric loop.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn get_forloop_step(&self, window: usize, base: usize) -> LuaResult<&Value> {
        self.windows.get_forloop_step(window, base).in_old_words()
    }

    /// Sets the index of a numeric loop.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn set_forloop_index(&mut self, window: usize, base: usize, value: Value) -> LuaResult<()> {
        self.windows.set_forloop_index(window, base, value).in_old_words()
    }

    /// Sets the variable of a numeric loop.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn set_forloop_var(&mut self, window: usize, base: usize, value: Value) -> LuaResult<()> {
        self.windows.set_forloop_var(window, base, value).in_old_words()
    }

    /// Checks that a numeric loop's registers exist.
    ///
    /// # Errors
    /// [`LuaError::RuntimeError`] if a window or register does not exist, is too large, or is protected.
    pub fn validate_forloop_bounds(&self, window: usize, base: usize) -> LuaResult<()> {
        self.windows.validate_forloop_bounds(window, base).in_old_words()
    }

    /// The current window.
    pub fn current_window(&self) -> Option<usize> {
        self.windows.current_window()
    }

    /// The name of a window.
    pub fn get_window_name(&self, window: usize) -> Option<&str> {
        self.windows.get_window_name(window)
    }

    /// The size of a window.
    pub fn get_window_size(&self, window: usize) -> Option<usize> {
        self.windows.get_window_size(window)
    }

    /// Whether a register exists.
    pub fn is_register_in_bounds(&self, window: usize, register: usize) -> bool {
        self.windows.is_register_in_bounds(window, register)
    }

    /// Drops pooled windows: those above half of what is allowed, or all.
    pub fn clean_pool(&mut self, force: bool) {
        self.windows.clean_pool(force);
    }

    /// How many windows are pooled, of one size and in all.
    pub fn set_pool_limits(&mut self, max_per_size: usize, max_total: usize) {
        self.windows.set_pool_limits(max_per_size, max_total);
    }

    /// Pooled windows, their different sizes, and the rate of allocations that found one.
    pub fn get_pool_stats(&self) -> (usize, usize, f64) {
        self.windows.get_pool_stats()
    }

    /// What has happened so far.
    pub fn get_stats(&self) -> &WindowStats {
        self.windows.get_stats()
    }

    /// Begins to count anew.
    pub fn reset_stats(&mut self) {
        self.windows.reset_stats();
    }

    /// The windows, as text.
    pub fn debug_dump(&self) -> String {
        self.windows.debug_dump()
    }

    /// The windows inside one another, as text.
    pub fn visualize_hierarchy(&self) -> String {
        self.windows.visualize_hierarchy()
    }

    /// The registers of a window, as text.
    pub fn visualize_window_registers(&self, window: usize) -> String {
        self.windows.visualize_window_registers(window)
    }

    /// How the windows are used, as text.
    pub fn generate_usage_summary(&self) -> String {
        self.windows.generate_usage_summary()
    }

    /// Everything there is to say, as text.
    pub fn debug_report(&self) -> String {
        self.windows.debug_report()
    }

    /// What looks wrong.
    pub fn detect_issues(&self) -> WindowIssues {
        self.windows.detect_issues()
    }

    /// Issues, as text.
    pub fn format_issues(&self, issues: &WindowIssues) -> String {
        self.windows.format_issues(issues)
    }

    /// What the timeline records.
    pub fn configure_debug(&mut self, config: DebugConfig) {
        self.windows.configure_debug(config);
    }

    /// What has been recorded.
    pub fn get_timeline(&self) -> &[TimelineEntry] {
        self.windows.get_timeline()
    }

    /// Forgets what has been recorded.
    pub fn clear_timeline(&mut self) {
        self.windows.clear_timeline();
    }

    /// The place that windows of the largest size would give a register.
    pub fn calculate_stack_position(&self, window: usize, register: usize) -> usize {
        window.saturating_mul(MAX_REGISTERS_PER_WINDOW).saturating_add(register)
    }
}
