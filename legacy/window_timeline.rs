//! [`Timeline`]: what happened to the windows of a system, for those who look for an error in its use.
//!
//! It records nothing until it is configured to, and never holds more than it is allowed to: the oldest entries go first.

use std::fmt;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowEvent {
    /// A window was made of registers that were never used, or of a hole.
    WindowAllocated {
        /// The window.
        window: usize,
        /// Its size.
        size: usize,
    },
    /// A window was made of a pooled one.
    WindowRecycled {
        /// The window.
        window: usize,
        /// Its size.
        size: usize,
    },
    /// A window ended.
    WindowDeallocated {
        /// The window.
        window: usize,
        /// Whether its registers are pooled.
        pooled: bool,
    },
    /// A window got a name.
    WindowNamed {
        /// The window.
        window: usize,
        /// The name.
        name: String,
    },
    /// Registers were protected.
    RegistersProtected {
        /// The window.
        window: usize,
        /// The first register.
        start: usize,
        /// The register behind the last.
        end: usize,
    },
    /// Registers are no longer protected.
    RegistersUnprotected {
        /// The window.
        window: usize,
        /// The first register.
        start: usize,
        /// The register behind the last.
        end: usize,
    },
    /// A register was written. Recorded if [`DebugConfig::verbose_registers`] or [`DebugConfig::track_value_changes`] is set.
    RegisterWritten {
        /// The window.
        window: usize,
        /// The register.
        register: usize,
        /// The value before and after, if [`DebugConfig::track_value_changes`] is set.
        change: Option<(String, String)>,
    },
    /// Someone tried to write a protected register.
    ProtectionViolation {
        /// The window.
        window: usize,
        /// The register.
        register: usize,
    },
    /// Pooled windows were discarded.
    PoolCleaned {
        /// How many.
        discarded: usize,
    },
}

impl fmt::Display for WindowEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WindowEvent::WindowAllocated { window, size } => write!(f, "window {window} allocated ({size} registers)"),
            WindowEvent::WindowRecycled { window, size } => write!(f, "window {window} recycled ({size} registers)"),
            WindowEvent::WindowDeallocated { window, pooled: true } => {
                write!(f, "window {window} returned to the pool")
            }
            WindowEvent::WindowDeallocated { window, pooled: false } => write!(f, "window {window} discarded"),
            WindowEvent::WindowNamed { window, name } => write!(f, "window {window} named '{name}'"),
            WindowEvent::RegistersProtected { window, start, end } => {
                write!(f, "registers {start}..{end} of window {window} protected")
            }
            WindowEvent::RegistersUnprotected { window, start, end } => {
                write!(f, "registers {start}..{end} of window {window} unprotected")
            }
            WindowEvent::RegisterWritten { window, register, change: None } => {
                write!(f, "register {register} of window {window} written")
            }
            WindowEvent::RegisterWritten { window, register, change: Some((from, to)) } => {
                write!(f, "register {register} of window {window} written: {from} -> {to}")
            }
            WindowEvent::ProtectionViolation { window, register } => {
                write!(f, "write to protected register {register} of window {window} refused")
            }
            WindowEvent::PoolCleaned { discarded } => write!(f, "{discarded} pooled windows discarded"),
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
    /// Whether writes to registers are.
    pub verbose_registers: bool,
    /// Whether writes to registers are, with the values.
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

    /// Whether writes are recorded, and whether with their values.
    #[inline]
    pub(super) fn records_writes(&self) -> Option<bool> {
        let config = self.config.as_ref()?;
        (config.verbose_registers || config.track_value_changes).then_some(config.track_value_changes)
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
