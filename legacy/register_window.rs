//! [`RegisterWindowSystem`]: the registers of a thread, a window of them for each call.
//!
//! All registers are in one flat file; a window is a part of it, and names its registers from 0. Windows are a stack. A window
//! that ends leaves its part to a pool, from which later windows are made. Invariants:
//!
//! - no two windows share a register, and none shares one with the pool;
//! - a register that is in no window is nil (the type's default), so a window never shows what another one left;
//! - every access is checked against the number of windows, the size of the window and, if it writes, its protection.
//!
//! A window is named by its place in the stack, not by where its registers are: they move when it grows.

use std::collections::HashMap;
use std::fmt::Debug;
use std::ops::Deref;

use super::error::{LuaError, LuaResult};
use super::window_pool::{Kept, Region, WindowPool};
use super::window_protection::Protection;
use super::window_report::WindowStats;
use super::window_timeline::{DebugConfig, Timeline, TimelineEntry, WindowEvent};

/// The size of a window for callers that do not know what they need.
pub const DEFAULT_WINDOW_SIZE: usize = 256;
/// The largest window that can be allocated.
pub const MAX_REGISTERS_PER_WINDOW: usize = 256;
/// The largest window that another can grow to, to hold an open list of values.
pub const MAX_OPEN_REGISTERS: usize = 1 << 20;
/// How many windows of one size the pool holds, unless told otherwise.
pub const MAX_POOL_WINDOWS_PER_SIZE: usize = 10;
/// How many windows the pool holds, unless told otherwise.
pub const MAX_TOTAL_POOL_WINDOWS: usize = 50;
/// The smallest window that is pooled.
pub const MIN_RECYCLABLE_WINDOW_SIZE: usize = 8;
/// The largest initial capacity that is reserved at once.
const MAX_INITIAL_CAPACITY: usize = 1 << 20;

/// What can be in a register. The default is nil.
pub trait RegisterValue: Clone + Default + Debug {}

impl<T: Clone + Default + Debug> RegisterValue for T {}

/// A window: the registers of one call.
#[derive(Debug, Clone)]
pub struct RegisterWindow {
    /// How many registers it has.
    pub size: usize,
    base: usize,
    /// How much of the file is its own; at least `size`.
    capacity: usize,
    name: Option<Box<str>>,
    pub(super) protection: Protection,
    /// Tells windows apart that are at the same place of the stack one after the other.
    pub(super) serial: u64,
}

impl RegisterWindow {
    /// Its name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How many of its registers are protected.
    pub fn protected_count(&self) -> usize {
        self.protection.count()
    }
}

/// The stack of windows, to be looked at: [`RegisterWindowSystem`] dereferences to it.
#[derive(Debug)]
pub struct WindowStack {
    /// The windows, the current one last.
    pub window_stack: Vec<RegisterWindow>,
}

/// The registers of a thread.
#[derive(Debug)]
pub struct RegisterWindowSystem<V> {
    stack: WindowStack,
    registers: Vec<V>,
    pub(super) pool: WindowPool,
    /// The windows that have names.
    names: HashMap<Box<str>, usize>,
    pub(super) stats: WindowStats,
    timeline: Timeline,
    serials: u64,
}

impl<V> Deref for RegisterWindowSystem<V> {
    type Target = WindowStack;

    fn deref(&self) -> &WindowStack {
        &self.stack
    }
}

impl<V: RegisterValue> RegisterWindowSystem<V> {
    /// A system without windows, with room for so many registers.
    pub fn new(initial_capacity: usize) -> Self {
        RegisterWindowSystem {
            stack: WindowStack { window_stack: Vec::new() },
            registers: Vec::with_capacity(initial_capacity.min(MAX_INITIAL_CAPACITY)),
            pool: WindowPool::new(),
            names: HashMap::new(),
            stats: WindowStats::default(),
            timeline: Timeline::default(),
            serials: 0,
        }
    }

    // Windows.

    /// Makes a window of nil registers, which becomes the current one. Returns its index.
    pub fn allocate_window(&mut self, size: usize) -> LuaResult<usize> {
        if size > MAX_REGISTERS_PER_WINDOW {
            return Err(LuaError::WindowTooLarge { size, bound: MAX_REGISTERS_PER_WINDOW });
        }
        let window = self.window_stack.len();
        let pooled = self.pool.take_pooled(size);
        let recycled = pooled.is_some();
        let region = match pooled {
            Some(region) => {
                self.stats.recycling_hits += 1;
                region
            }
            None => {
                self.stats.recycling_misses += 1;
                self.take_region(size)
            }
        };
        self.serials += 1;
        self.stack.window_stack.push(RegisterWindow {
            size,
            base: region.base,
            capacity: region.len,
            name: None,
            protection: Protection::default(),
            serial: self.serials,
        });
        self.stats.allocated(size, self.stack.window_stack.len());
        let parent = window.checked_sub(1);
        self.timeline.record(|| WindowEvent::WindowAllocated {
            window_idx: window,
            size,
            name: None,
            parent,
            recycled,
        });
        Ok(window)
    }

    /// Ends the current window.
    pub fn deallocate_window(&mut self) -> LuaResult<()> {
        let Some(window) = self.stack.window_stack.pop() else {
            return Err(LuaError::WindowOutOfRange { index: 0, bound: 0 });
        };
        if let Some(name) = &window.name {
            self.names.remove(name);
        }
        self.registers[window.base..window.base + window.size].fill(V::default());
        let region = Region { base: window.base, len: window.capacity };
        let kept = self.pool.keep(region);
        let recycled_to_pool = kept != Kept::Refused;
        self.stats.windows_recycled += usize::from(recycled_to_pool);
        if let Some(given_up) = match kept {
            Kept::Pooled => None,
            Kept::InPlaceOf(other) => Some(other),
            Kept::Refused => Some(region),
        } {
            self.stats.windows_discarded += 1;
            let end = self.pool.discard(given_up, self.registers.len());
            self.registers.truncate(end);
        }
        let (window_idx, size) = (self.window_stack.len(), window.size);
        self.timeline.record(|| WindowEvent::WindowDeallocated { window_idx, size, recycled_to_pool });
        Ok(())
    }

    /// Makes a window larger. What is added is nil; what it holds stays.
    pub fn grow_window(&mut self, window: usize, size: usize) -> LuaResult<()> {
        if size > MAX_OPEN_REGISTERS {
            return Err(LuaError::WindowTooLarge { size, bound: MAX_OPEN_REGISTERS });
        }
        let RegisterWindow { size: old_size, base, capacity, .. } = *self.window(window)?;
        if size <= old_size {
            return Ok(());
        }
        let mut region = Region { base, len: capacity };
        if size > capacity {
            // By half at least, so that growing one by one is not quadratic.
            let len = size.max(capacity + capacity / 2);
            if base + capacity == self.registers.len() {
                self.registers.resize_with(base + len, V::default);
                region.len = len;
            } else {
                region = self.take_region(len);
                for register in 0..old_size {
                    self.registers.swap(base + register, region.base + register);
                }
                let end = self.pool.discard(Region { base, len: capacity }, self.registers.len());
                self.registers.truncate(end);
            }
        }
        self.stats.register_allocations += size - old_size;
        let window = &mut self.stack.window_stack[window];
        window.size = size;
        window.base = region.base;
        window.capacity = region.len;
        Ok(())
    }

    /// A part of the file that is in no window and not pooled.
    fn take_region(&mut self, len: usize) -> Region {
        // Empty windows have no place in the file; they must not depend on where it ends.
        if len == 0 {
            return Region { base: 0, len: 0 };
        }
        let base = self.pool.take_hole(len).unwrap_or_else(|| {
            let end = self.registers.len();
            self.registers.resize_with(end + len, V::default);
            end
        });
        Region { base, len }
    }

    /// The index of the current window.
    pub fn current_window(&self) -> Option<usize> {
        self.window_stack.len().checked_sub(1)
    }

    /// A window by its index.
    #[inline]
    pub fn window(&self, window: usize) -> LuaResult<&RegisterWindow> {
        match self.stack.window_stack.get(window) {
            Some(window) => Ok(window),
            None => Err(self.no_window(window)),
        }
    }

    pub(super) fn window_mut(&mut self, window: usize) -> LuaResult<&mut RegisterWindow> {
        let bound = self.window_stack.len();
        self.stack.window_stack.get_mut(window).ok_or(LuaError::WindowOutOfRange { index: window, bound })
    }

    fn no_window(&self, index: usize) -> LuaError {
        LuaError::WindowOutOfRange { index, bound: self.window_stack.len() }
    }

    /// How many registers a window has.
    pub fn get_window_size(&self, window: usize) -> Option<usize> {
        self.window_stack.get(window).map(|window| window.size)
    }

    /// Where in the file the registers of a window are, until the window grows.
    pub fn get_window_base(&self, window: usize) -> LuaResult<usize> {
        Ok(self.window(window)?.base)
    }

    /// The number that old callers know a register by when they count through windows of the largest size.
    pub fn calculate_stack_position(&self, window: usize, register: usize) -> usize {
        window.saturating_mul(MAX_REGISTERS_PER_WINDOW).saturating_add(register)
    }

    /// How many registers the file has, used or not.
    pub fn register_count(&self) -> usize {
        self.registers.len()
    }

    /// How many bytes the file takes.
    pub(super) fn memory(&self) -> usize {
        self.registers.capacity() * size_of::<V>() + self.stack.window_stack.capacity() * size_of::<RegisterWindow>()
    }

    // Names.

    /// The window of this name; if there is none, a new one of this size that gets the name.
    pub fn use_named_window(&mut self, name: &str, size: usize) -> LuaResult<usize> {
        if let Some(&window) = self.names.get(name) {
            return Ok(window);
        }
        let window = self.allocate_window(size)?;
        self.set_window_name(window, name)?;
        Ok(window)
    }

    /// Names a window. A name belongs to one window: whichever had it before loses it.
    pub fn set_window_name(&mut self, window: usize, name: &str) -> LuaResult<()> {
        self.window(window)?;
        if let Some(previous) = self.names.insert(name.into(), window) {
            self.stack.window_stack[previous].name = None;
        }
        if let Some(old) = self.stack.window_stack[window].name.replace(name.into()) {
            self.names.remove(&old);
        }
        self.timeline.record(|| WindowEvent::NamedWindowCreated { name: name.to_owned(), window_idx: window });
        Ok(())
    }

    /// The name of a window, if it has one.
    pub fn get_window_name(&self, window: usize) -> Option<&str> {
        self.window_stack.get(window)?.name()
    }

    // Registers.

    /// Whether there is such a register.
    pub fn is_register_in_bounds(&self, window: usize, register: usize) -> bool {
        self.window_stack.get(window).is_some_and(|window| register < window.size)
    }

    /// The place of a register in the file.
    #[inline]
    fn position(&self, window: usize, register: usize) -> LuaResult<usize> {
        let found = self.window(window)?;
        if register < found.size {
            Ok(found.base + register)
        } else {
            Err(LuaError::RegisterOutOfRange { window, register, bound: found.size })
        }
    }

    /// A register's value.
    #[inline]
    pub fn get_register(&self, window: usize, register: usize) -> LuaResult<&V> {
        Ok(&self.registers[self.position(window, register)?])
    }

    /// The values of all registers of a window.
    pub fn get_registers(&self, window: usize) -> LuaResult<&[V]> {
        let found = self.window(window)?;
        Ok(&self.registers[found.base..found.base + found.size])
    }

    /// Writes a register.
    #[inline]
    pub fn set_register(&mut self, window: usize, register: usize, value: V) -> LuaResult<()> {
        let position = self.position(window, register)?;
        if let Err(error) = self.check_writable(window, register) {
            self.stats.protection_violations += 1;
            self.timeline.record(|| WindowEvent::ProtectionViolation { window_idx: window, register });
            return Err(error);
        }
        if self.timeline.records_writes() {
            let text = format!("{value:?}");
            let value_type = text.split(['(', ' ']).next().unwrap_or_default().to_owned();
            self.timeline.record(|| WindowEvent::RegisterSet { window_idx: window, register, value_type });
        }
        self.registers[position] = value;
        Ok(())
    }

    /// Whether a register is there, and may be written.
    pub fn check_writable(&self, window: usize, register: usize) -> LuaResult<()> {
        let found = self.window(window)?;
        if register >= found.size {
            Err(LuaError::RegisterOutOfRange { window, register, bound: found.size })
        } else if found.protection.contains(register) {
            Err(LuaError::ProtectedRegister { window, register, bound: found.size })
        } else {
            Ok(())
        }
    }

    /// Copies the value of one register to another.
    pub fn copy_register(
        &mut self,
        from_window: usize,
        from_register: usize,
        to_window: usize,
        to_register: usize,
    ) -> LuaResult<()> {
        let value = self.get_register(from_window, from_register)?.clone();
        self.set_register(to_window, to_register, value)
    }

    // Protection.

    /// Protects a register from being written.
    pub fn protect_register(&mut self, window: usize, register: usize) -> LuaResult<()> {
        self.position(window, register)?;
        self.protect_range(window, register, register.saturating_add(1))
    }

    /// Protects the registers from `start` to before `end`: all of them, or none if one does not exist.
    pub fn protect_range(&mut self, window: usize, start: usize, end: usize) -> LuaResult<()> {
        self.check_range(window, start, end)?;
        let found = self.window_mut(window)?;
        for register in start..end {
            found.protection.protect(register);
        }
        self.note_protected(window, start, end);
        Ok(())
    }

    /// Whether there are all registers from `start` to before `end`.
    pub(super) fn check_range(&self, window: usize, start: usize, end: usize) -> LuaResult<()> {
        let bound = self.window(window)?.size;
        if start < end && end > bound {
            return Err(LuaError::RegisterOutOfRange { window, register: start.max(bound), bound });
        }
        Ok(())
    }

    pub(super) fn note_protected(&mut self, window: usize, start: usize, end: usize) {
        match end.checked_sub(start) {
            None | Some(0) => {}
            Some(1) => self.timeline.record(|| WindowEvent::RegisterProtected { window_idx: window, register: start }),
            _ => self.timeline.record(|| WindowEvent::RangeProtected { window_idx: window, start, end }),
        }
    }

    pub(super) fn note_unprotected(&mut self, window: usize, register: usize) {
        self.timeline.record(|| WindowEvent::RegisterUnprotected { window_idx: window, register });
    }

    /// Takes the protection of a register away, whoever asked for it.
    pub fn unprotect_register(&mut self, window: usize, register: usize) -> LuaResult<()> {
        self.position(window, register)?;
        if self.window_mut(window)?.protection.unprotect(register) {
            self.note_unprotected(window, register);
        }
        Ok(())
    }

    /// Takes the protection of all registers of a window away, whoever asked for it.
    pub fn unprotect_all(&mut self, window: usize) -> LuaResult<()> {
        let protection = std::mem::take(&mut self.window_mut(window)?.protection);
        protection.registers().for_each(|register| self.note_unprotected(window, register));
        Ok(())
    }

    /// The same as [`RegisterWindowSystem::unprotect_all`].
    pub fn unprotect_all_registers(&mut self, window: usize) -> LuaResult<()> {
        self.unprotect_all(window)
    }

    /// Whether a register is protected.
    pub fn is_protected(&self, window: usize, register: usize) -> LuaResult<bool> {
        self.position(window, register)?;
        Ok(self.window(window)?.protection.contains(register))
    }

    // The pool.

    /// Discards pooled windows: all of them if `force` is set; otherwise the largest, until the pool is half full.
    pub fn clean_pool(&mut self, force: bool) {
        let target = if force { 0 } else { self.pool.max_total() / 2 };
        let (discarded, end) = self.pool.shrink(target, self.registers.len());
        self.discarded_from_pool(discarded, end);
    }

    /// Sets how many windows the pool holds, of one size and of all. What is beyond that is discarded.
    pub fn set_pool_limits(&mut self, max_per_size: usize, max_total: usize) {
        let (discarded, end) = self.pool.set_limits(max_per_size, max_total, self.registers.len());
        self.discarded_from_pool(discarded, end);
    }

    fn discarded_from_pool(&mut self, discarded: usize, end: usize) {
        if discarded > 0 {
            self.registers.truncate(end);
            self.stats.windows_discarded += discarded;
            let remaining = self.pool.pooled();
            self.timeline.record(|| WindowEvent::PoolCleaned { windows_removed: discarded, remaining });
        }
    }

    /// How many windows are pooled, of how many sizes, and which share of the allocations was made from the pool.
    pub fn get_pool_stats(&self) -> (usize, usize, f64) {
        (self.pool.pooled(), self.pool.pooled_sizes().count(), self.stats.hit_rate())
    }

    // What happened.

    /// The counts.
    pub fn get_stats(&self) -> &WindowStats {
        &self.stats
    }

    /// Sets the counts to zero.
    pub fn reset_stats(&mut self) {
        self.stats = WindowStats::default();
    }

    /// Says what the timeline records. Without this it records nothing.
    pub fn configure_debug(&mut self, config: DebugConfig) {
        self.timeline.configure(config);
    }

    /// What was recorded, in order.
    pub fn get_timeline(&self) -> &[TimelineEntry] {
        self.timeline.entries()
    }

    /// Forgets what was recorded.
    pub fn clear_timeline(&mut self) {
        self.timeline.clear();
    }
}
