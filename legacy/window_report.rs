//! Counts of what a window system did, reports about it, and the search for signs of wrong use.
//!
//! The counts are kept while the system works; everything else is computed when it is asked for.

use std::fmt::Write;

use super::register_window::{MAX_REGISTERS_PER_WINDOW, RegisterValue, RegisterWindowSystem};

/// Deeper nesting than this is reported.
const RECOMMENDED_NESTING: usize = 50;
/// A larger share of protected registers than this is reported.
const LARGE_PROTECTION_RATIO: f64 = 0.5;
/// Larger windows than this are reported.
const UNUSUALLY_LARGE: usize = 200;
/// Smaller files than this are never too large for what they hold.
const NOTABLE_FILE: usize = 4 * MAX_REGISTERS_PER_WINDOW;
/// A smaller share of registers in use than this is reported.
const LOW_UTILIZATION: f64 = 0.25;
/// A smaller share of recycled allocations than this is reported.
const LOW_HIT_RATE: f64 = 0.3;
/// Fewer allocations than this say nothing about the pool.
const NOTABLE_ALLOCATIONS: usize = 20;

/// What a window system did.
#[derive(Debug, Clone, Default)]
pub struct WindowStats {
    windows_allocated: usize,
    peak_window_count: usize,
    max_nesting_depth: usize,
    pub(super) register_allocations: usize,
    pub(super) protection_violations: usize,
    pub(super) windows_recycled: usize,
    pub(super) recycling_hits: usize,
    pub(super) recycling_misses: usize,
    pub(super) windows_discarded: usize,
}

impl WindowStats {
    pub(super) fn allocated(&mut self, size: usize, depth: usize) {
        self.windows_allocated += 1;
        self.register_allocations += size;
        self.peak_window_count = self.peak_window_count.max(depth);
        self.max_nesting_depth = self.max_nesting_depth.max(depth);
    }

    /// How many windows were allocated.
    pub fn windows_allocated(&self) -> usize {
        self.windows_allocated
    }

    /// The largest number of windows there was at a time.
    pub fn peak_window_count(&self) -> usize {
        self.peak_window_count
    }

    /// How many registers the allocated windows have.
    pub fn register_allocations(&self) -> usize {
        self.register_allocations
    }

    /// How many writes to protected registers were refused.
    pub fn protection_violations(&self) -> usize {
        self.protection_violations
    }

    /// How deep windows were nested.
    pub fn max_nesting_depth(&self) -> usize {
        self.max_nesting_depth
    }

    /// How many windows went to the pool.
    pub fn windows_recycled(&self) -> usize {
        self.windows_recycled
    }

    /// How many windows were made from the pool.
    pub fn recycling_hits(&self) -> usize {
        self.recycling_hits
    }

    /// How many windows could not be.
    pub fn recycling_misses(&self) -> usize {
        self.recycling_misses
    }

    /// How many windows were given up: not taken by the pool, or removed from it.
    pub fn windows_discarded(&self) -> usize {
        self.windows_discarded
    }

    /// Which share of the windows was made from the pool; 0 if there were none.
    pub(super) fn hit_rate(&self) -> f64 {
        ratio(self.recycling_hits, self.recycling_hits + self.recycling_misses)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Signs of wrong use.
#[derive(Debug, Clone)]
pub struct WindowIssues {
    /// Windows are nested deeply.
    pub excessive_nesting: Option<ExcessiveNesting>,
    /// Much of a window is protected.
    pub large_protections: Vec<LargeProtection>,
    /// Windows that are very small or very large.
    pub unusual_sizes: Vec<UnusualWindowSize>,
    /// Few of the registers are in use.
    pub memory_concerns: Option<MemoryConcern>,
    /// The pool seldom helps.
    pub pool_inefficiency: Option<PoolInefficiency>,
}

/// Windows are nested deeply.
#[derive(Debug, Clone)]
pub struct ExcessiveNesting {
    /// How many there are.
    pub current_depth: usize,
    /// How many are usual.
    pub recommended_max: usize,
}

/// Much of a window is protected.
#[derive(Debug, Clone)]
pub struct LargeProtection {
    /// The window.
    pub window_idx: usize,
    /// How many of its registers are protected.
    pub protected_count: usize,
    /// How many it has.
    pub window_size: usize,
    /// The share.
    pub protection_ratio: f64,
}

/// A window that is very small or very large.
#[derive(Debug, Clone)]
pub struct UnusualWindowSize {
    /// The window.
    pub window_idx: usize,
    /// Its size.
    pub size: usize,
    /// What is unusual about it.
    pub reason: String,
}

/// Few of the registers are in use.
#[derive(Debug, Clone)]
pub struct MemoryConcern {
    /// How many registers there are.
    pub global_pool_size: usize,
    /// How many are in windows.
    pub utilized_registers: usize,
    /// The share.
    pub utilization_ratio: f64,
    /// What to do.
    pub recommendation: String,
}

/// The pool seldom helps.
#[derive(Debug, Clone)]
pub struct PoolInefficiency {
    /// The share of windows that were made from it.
    pub hit_rate: f64,
    /// The sizes of the pooled windows.
    pub pool_sizes: Vec<usize>,
    /// What to do.
    pub recommendation: String,
}

impl WindowIssues {
    fn is_empty(&self) -> bool {
        self.excessive_nesting.is_none()
            && self.large_protections.is_empty()
            && self.unusual_sizes.is_empty()
            && self.memory_concerns.is_none()
            && self.pool_inefficiency.is_none()
    }
}

// Writing to a `String` cannot fail, so the results of `write!` below are dropped.
impl<V: RegisterValue> RegisterWindowSystem<V> {
    /// Looks for signs of wrong use.
    pub fn detect_issues(&self) -> WindowIssues {
        let depth = self.window_stack.len();
        let mut large_protections = Vec::new();
        let mut unusual_sizes = Vec::new();
        for (window_idx, window) in self.window_stack.iter().enumerate() {
            let protected_count = window.protected_count();
            let protection_ratio = ratio(protected_count, window.size);
            if protection_ratio > LARGE_PROTECTION_RATIO {
                let window_size = window.size;
                large_protections.push(LargeProtection { window_idx, protected_count, window_size, protection_ratio });
            }
            let reason = match window.size {
                0 => "it has no registers",
                1 => "it has a single register",
                size if size > UNUSUALLY_LARGE => "it is close to the largest window there can be, or beyond",
                _ => continue,
            };
            unusual_sizes.push(UnusualWindowSize { window_idx, size: window.size, reason: reason.to_owned() });
        }
        WindowIssues {
            excessive_nesting: (depth > RECOMMENDED_NESTING)
                .then_some(ExcessiveNesting { current_depth: depth, recommended_max: RECOMMENDED_NESTING }),
            large_protections,
            unusual_sizes,
            memory_concerns: self.memory_concern(),
            pool_inefficiency: self.pool_inefficiency(),
        }
    }

    fn registers_in_windows(&self) -> usize {
        self.window_stack.iter().map(|window| window.size).sum()
    }

    fn memory_concern(&self) -> Option<MemoryConcern> {
        let (registers, used) = (self.register_count(), self.registers_in_windows());
        let utilization_ratio = ratio(used, registers);
        (registers >= NOTABLE_FILE && utilization_ratio < LOW_UTILIZATION).then(|| MemoryConcern {
            global_pool_size: registers,
            utilized_registers: used,
            utilization_ratio,
            recommendation: "clean the pool (clean_pool), or lower its limits (set_pool_limits)".to_owned(),
        })
    }

    fn pool_inefficiency(&self) -> Option<PoolInefficiency> {
        let hit_rate = self.get_stats().hit_rate();
        (self.get_stats().windows_allocated() >= NOTABLE_ALLOCATIONS && hit_rate < LOW_HIT_RATE).then(|| {
            PoolInefficiency {
                hit_rate,
                pool_sizes: self.pool.pooled_sizes().map(|(size, _)| size).collect(),
                recommendation: "allocate windows of few different sizes, or raise the pool's limits (set_pool_limits)"
                    .to_owned(),
            }
        })
    }

    /// The issues in words.
    pub fn format_issues(&self, issues: &WindowIssues) -> String {
        if issues.is_empty() {
            return "no issues found\n".to_owned();
        }
        let mut text = String::new();
        if let Some(ExcessiveNesting { current_depth, recommended_max }) = &issues.excessive_nesting {
            let _ = writeln!(text, "deep nesting: {current_depth} windows, more than {recommended_max}");
        }
        for LargeProtection { window_idx, protected_count, window_size, protection_ratio } in &issues.large_protections
        {
            let percent = protection_ratio * 100.0;
            let _ = writeln!(
                text,
                "large protection: {protected_count} of {window_size} registers of window {window_idx} ({percent:.0}%)"
            );
        }
        for UnusualWindowSize { window_idx, size, reason } in &issues.unusual_sizes {
            let _ = writeln!(text, "unusual size: window {window_idx} has {size} registers, {reason}");
        }
        if let Some(concern) = &issues.memory_concerns {
            let _ = writeln!(
                text,
                "memory: {} of {} registers are in windows ({:.0}%); {}",
                concern.utilized_registers,
                concern.global_pool_size,
                concern.utilization_ratio * 100.0,
                concern.recommendation
            );
        }
        if let Some(PoolInefficiency { hit_rate, pool_sizes, recommendation }) = &issues.pool_inefficiency {
            let percent = hit_rate * 100.0;
            let _ = writeln!(
                text,
                "pool: {percent:.0}% of the windows were recycled, pooled sizes {pool_sizes:?}; {recommendation}"
            );
        }
        text
    }

    /// The windows, a line each, the current one last.
    pub fn visualize_hierarchy(&self) -> String {
        if self.window_stack.is_empty() {
            return "no windows\n".to_owned();
        }
        let mut text = String::new();
        for (index, window) in self.window_stack.iter().enumerate() {
            let _ = write!(text, "{:depth$}window {index}", "", depth = index.min(RECOMMENDED_NESTING));
            if let Some(name) = window.name() {
                let _ = write!(text, " '{name}'");
            }
            let _ = write!(text, ": {} registers", window.size);
            match window.protected_count() {
                0 => text.push('\n'),
                count => {
                    let _ = writeln!(text, ", {count} protected");
                }
            }
        }
        text
    }

    /// The registers of a window, a line each.
    pub fn visualize_window_registers(&self, window: usize) -> String {
        let (found, values) = match (self.window(window), self.get_registers(window)) {
            (Ok(found), Ok(values)) => (found, values),
            (Err(error), _) | (_, Err(error)) => return format!("{error}\n"),
        };
        let mut text = format!("window {window}: {} registers\n", found.size);
        for (register, value) in values.iter().enumerate() {
            let mark = if found.protection.contains(register) { " (protected)" } else { "" };
            let _ = writeln!(text, "R({register}) = {value:?}{mark}");
        }
        text
    }

    /// The counts, a line each.
    pub fn generate_usage_summary(&self) -> String {
        let stats = self.get_stats();
        let (pooled, sizes, hit_rate) = self.get_pool_stats();
        let mut text = String::new();
        let _ = writeln!(text, "windows: {} now, {} at most", self.window_stack.len(), stats.peak_window_count());
        let _ = writeln!(
            text,
            "allocated: {} windows, {} registers",
            stats.windows_allocated(),
            stats.register_allocations()
        );
        let _ = writeln!(
            text,
            "registers: {} in windows, {} pooled, {} in all",
            self.registers_in_windows(),
            self.pool.pooled_registers(),
            self.register_count()
        );
        let _ = writeln!(text, "pool: {pooled} windows of {sizes} sizes, {:.0}% of the allocations", hit_rate * 100.0);
        let _ = writeln!(text, "discarded: {} windows", stats.windows_discarded());
        let _ = writeln!(text, "refused writes to protected registers: {}", stats.protection_violations());
        text
    }

    /// Everything: counts, windows, issues.
    pub fn debug_report(&self) -> String {
        let issues = self.format_issues(&self.detect_issues());
        format!("{}{}{issues}", self.generate_usage_summary(), self.visualize_hierarchy())
    }

    /// Every window with its registers.
    pub fn debug_dump(&self) -> String {
        (0..self.window_stack.len()).map(|window| self.visualize_window_registers(window)).collect()
    }
}
