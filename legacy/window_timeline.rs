//! [`Timeline`]: what happened to the windows of a system, for those who look for an error in its use.
//!
//! It records nothing until it is configured to, and never holds more than it is allowed to: the oldest entries go first.

use std::fmt;

/// What happened: the events of old, because callers may match them without a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowEvent {
    /// A window was made.
    WindowAllocated {
        /// The window.
        window_idx: usize,
        /// Its size.
        size: usize,
        /// Its name, which it gets later.
        name: Option<String>,
        /// The window that was the current one.
        parent: Option<usize>,
        /// Whether it was made of a pooled one.
        recycled: bool,
    },
    /// A window ended.
    WindowDeallocated {
        /// The window.
        window_idx: usize,
        /// Its size.
        size: usize,
        /// Whether its registers are pooled.
        recycled_to_pool: bool,
    },
    /// A register was written. Recorded if [`DebugConfig::track_value_changes`] is set.
    RegisterSet {
        /// The window.
        window_idx: usize,
        /// The register.
        register: usize,
        /// The name of the value's variant.
        value_type: String,
    },
    /// A register was protected.
    RegisterProtected {
        /// The window.
        window_idx: usize,
        /// The register.
        register: usize,
    },
    /// Registers were protected.
    RangeProtected {
        /// The window.
        window_idx: usize,
        /// The first register.
        start: usize,
        /// The register behind the last.
        end: usize,
    },
    /// A register is no longer protected.
    RegisterUnprotected {
        /// The window.
        window_idx: usize,
        /// The register.
        register: usize,
    },
    /// Someone tried to write a protected register.
    ProtectionViolation {
        /// The window.
        window_idx: usize,
        /// The register.
        register: usize,
    },
    /// Pooled windows were discarded.
    PoolCleaned {
        /// How many.
        windows_removed: usize,
        /// How many are still pooled.
        remaining: usize,
    },
    /// A window got a name.
    NamedWindowCreated {
        /// The name.
        name: String,
        /// The window.
        window_idx: usize,
    },
}

impl fmt::Display for WindowEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WindowEvent::WindowAllocated { window_idx, size, recycled, .. } => {
                let how = if *recycled { "recycled" } else { "allocated" };
                write!(f, "window {window_idx} {how} ({size} registers)")
            }
            WindowEvent::WindowDeallocated { window_idx, recycled_to_pool, .. } => {
                write!(
                    f,
                    "window {window_idx} {}",
                    if *recycled_to_pool { "returned to the pool" } else { "discarded" }
                )
            }
            WindowEvent::RegisterSet { window_idx, register, value_type } => {
                write!(f, "register {register} of window {window_idx} set to a {value_type}")
            }
            WindowEvent::RegisterProtected { window_idx, register } => {
                write!(f, "register {register} of window {window_idx} protected")
            }
            WindowEvent::RangeProtected { window_idx, start, end } => {
                write!(f, "registers {start}..{end} of window {window_idx} protected")
            }
            WindowEvent::RegisterUnprotected { window_idx, register } => {
                write!(f, "register {register} of window {window_idx} unprotected")
            }
            WindowEvent::ProtectionViolation { window_idx, register } => {
                write!(f, "write to protected register {register} of window {window_idx} refused")
            }
            WindowEvent::PoolCleaned { windows_removed, .. } => write!(f, "{windows_removed} pooled windows discarded"),
            WindowEvent::NamedWindowCreated { name, window_idx } => write!(f, "window {window_idx} named '{name}'"),
        }
    }
}

/// An event, and its place in the order of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    sequence: u64,
    event: WindowEvent,
}

impl TimelineEntry {
    /// How many events were recorded before.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The event.
    pub fn event(&self) -> &WindowEvent {
        &self.event
    }
}

impl fmt::Display for TimelineEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}", self.sequence, self.event)
    }
}

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugConfig {
    /// Whether anything is.
    pub enable_timeline: bool,
    /// How many entries are kept.
    pub max_timeline_entries: usize,
    /// Has no effect, and never had one.
    pub verbose_registers: bool,
    /// Whether writes to registers are.
    pub track_value_changes: bool,
}

impl Default for DebugConfig {
    fn default() -> Self {
        DebugConfig {
            enable_timeline: true,
            max_timeline_entries: 10_000,
            verbose_registers: false,
            track_value_changes: false,
        }
    }
}

/// The recorded events.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// `None` until someone asks for a recording.
    config: Option<DebugConfig>,
    entries: Vec<TimelineEntry>,
    recorded: u64,
}

impl Timeline {
    pub(super) fn configure(&mut self, config: DebugConfig) {
        let limit = config.max_timeline_entries;
        self.config = Some(config).filter(|config| config.enable_timeline && limit > 0);
        self.entries.drain(..self.entries.len().saturating_sub(limit));
    }

    pub(super) fn entries(&self) -> &[TimelineEntry] {
        &self.entries
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Whether writes are recorded.
    #[inline]
    pub(super) fn records_writes(&self) -> bool {
        self.config.as_ref().is_some_and(|config| config.track_value_changes)
    }

    /// Records an event, which is made only if it is wanted.
    #[inline]
    pub(super) fn record(&mut self, event: impl FnOnce() -> WindowEvent) {
        if let Some(config) = &self.config {
            if self.entries.len() >= config.max_timeline_entries {
                // A quarter at a time: the entries are a slice to the reader, and moving them each time would be quadratic.
                let excess = config.max_timeline_entries / 4 + 1;
                self.entries.drain(..excess.min(self.entries.len()));
            }
            self.entries.push(TimelineEntry { sequence: self.recorded, event: event() });
            self.recorded += 1;
        }
    }
}
