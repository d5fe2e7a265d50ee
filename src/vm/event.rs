//! The events that metamethods are named after (manual §2.8).

/// An event. The first eight have a bit in the flags of a table that has no node for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Event {
    Index,
    NewIndex,
    Gc,
    Mode,
    Eq,
    Len,
    Call,
    Concat,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Unm,
    Lt,
    Le,
    ToString,
    Metatable,
}

/// Number of events.
pub(crate) const EVENTS: usize = 19;
/// Number of events with a flag.
pub(crate) const FLAGGED: u8 = 8;

impl Event {
    pub(crate) const ALL: [Event; EVENTS] = [
        Event::Index,
        Event::NewIndex,
        Event::Gc,
        Event::Mode,
        Event::Eq,
        Event::Len,
        Event::Call,
        Event::Concat,
        Event::Add,
        Event::Sub,
        Event::Mul,
        Event::Div,
        Event::Mod,
        Event::Pow,
        Event::Unm,
        Event::Lt,
        Event::Le,
        Event::ToString,
        Event::Metatable,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Event::Index => "__index",
            Event::NewIndex => "__newindex",
            Event::Gc => "__gc",
            Event::Mode => "__mode",
            Event::Eq => "__eq",
            Event::Len => "__len",
            Event::Call => "__call",
            Event::Concat => "__concat",
            Event::Add => "__add",
            Event::Sub => "__sub",
            Event::Mul => "__mul",
            Event::Div => "__div",
            Event::Mod => "__mod",
            Event::Pow => "__pow",
            Event::Unm => "__unm",
            Event::Lt => "__lt",
            Event::Le => "__le",
            Event::ToString => "__tostring",
            Event::Metatable => "__metatable",
        }
    }
}
