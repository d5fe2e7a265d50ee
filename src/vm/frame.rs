//! Frames: what happens when one returns.

/// How the results of a frame are delivered when it returns. A tail call keeps its frame's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FrameKind {
    /// Called by an instruction: `wanted` results go where the function was.
    Call = 0,
    /// Called from Rust: the loop ends, the results lie where the function was.
    Entry,
    /// The function `pcall` or `xpcall` protects: the frame below is that function's.
    Protected,
    /// A coroutine's function: the coroutine is dead, the results go to who resumed it.
    Coroutine,
    /// A metamethod whose first result goes to register `extra` of the frame below.
    Store,
    /// A metamethod whose first result decides the comparison before the frame's pc; `extra` 1 negates it.
    Test,
    /// A metamethod whose results nobody wants.
    Drop,
    /// A metamethod in the middle of a concatenation; `extra` values remain to be concatenated.
    Concat,
    /// An iterator: `wanted` results go to register `extra` + 3 of the frame below, which decides its loop.
    Iterator,
    /// A message handler: its first result is the error, which is then thrown on.
    Handler,
    /// A hook or finalizer called between two instructions.
    Aside,
    /// Under the first frame of a thread.
    Bottom,
}

/// `wanted` of a protecting function that was called in the wrong way, and so protects nothing.
pub(super) const REFUSED: i16 = i16::MIN;

impl FrameKind {
    #[inline(always)]
    pub(crate) fn of(number: u8) -> FrameKind {
        const ALL: [FrameKind; 12] = [
            FrameKind::Call,
            FrameKind::Entry,
            FrameKind::Protected,
            FrameKind::Coroutine,
            FrameKind::Store,
            FrameKind::Test,
            FrameKind::Drop,
            FrameKind::Concat,
            FrameKind::Iterator,
            FrameKind::Handler,
            FrameKind::Aside,
            FrameKind::Bottom,
        ];
        ALL[number as usize]
    }
}

impl FrameKind {
    /// Whether no call instruction pushed a frame of the kind of this number, but the machine in the course of another one.
    #[inline(always)]
    pub(crate) fn is_machine_call(number: u8) -> bool {
        (FrameKind::Store as u8..=FrameKind::Handler as u8).contains(&number)
    }
}

/// What the machine does with a native function instead of, or besides, calling it. Stored in its header's flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum NativeKind {
    /// It is called.
    Plain = 0,
    /// It is called, and has a frameless version for the loop.
    Fast,
    /// `pcall`: a frame that catches.
    Pcall,
    /// `xpcall`: a frame that catches and has a message handler.
    Xpcall,
    /// `coroutine.resume`: switches threads.
    Resume,
    /// What `coroutine.wrap` makes: its first upvalue is the thread.
    Wrap,
    /// `coroutine.yield`.
    Yield,
    /// `next`: called, fast, and known to generic `for`.
    Next,
    /// The iterator of `ipairs`: likewise.
    InextAux,
    /// It holds a closure of the host in its first upvalue.
    Host,
}

impl NativeKind {
    #[inline(always)]
    pub(crate) fn of(number: u8) -> NativeKind {
        const ALL: [NativeKind; 10] = [
            NativeKind::Plain,
            NativeKind::Fast,
            NativeKind::Pcall,
            NativeKind::Xpcall,
            NativeKind::Resume,
            NativeKind::Wrap,
            NativeKind::Yield,
            NativeKind::Next,
            NativeKind::InextAux,
            NativeKind::Host,
        ];
        ALL[number as usize]
    }
}

impl NativeKind {
    /// Whether the machine does functions of the kind of this number itself, by pushing a frame or switching threads.
    #[inline(always)]
    pub(crate) fn is_switch(number: u8) -> bool {
        (NativeKind::Pcall as u8..=NativeKind::Yield as u8).contains(&number)
    }
}

impl crate::arena::Gc<crate::arena::NativeFunction> {
    /// Whether the machine relies on this function being what it was made as.
    pub(crate) fn is_special(self) -> bool {
        matches!(NativeKind::of(self.closure().header.flags.get()), NativeKind::Wrap | NativeKind::Host)
    }
}
