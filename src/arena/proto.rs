//! Function prototypes on the heap: a classic `Proto` with its constants made values, and the code lowered from it.
//!
//! The arena knows words and maps; what the words mean is known to `vm::lower` and `vm::exec` alone.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::Gc;
use super::header::Header;
use super::held::Held;
use super::table::Table;
use super::value::TValue;
use crate::bytecode::Proto;

/// A function prototype object.
#[repr(C)]
pub(crate) struct FunctionProto {
    pub(crate) header: Header,
    /// First word of the code to run. Until the function is first called, a word that lowers it.
    pub(crate) entry: Cell<*const u64>,
    /// Registers a frame needs.
    pub(crate) max_stack: u16,
    pub(crate) num_params: u8,
    /// Whether a call has to set up variable arguments.
    pub(crate) is_vararg: bool,
    /// What a frame needs if its arguments can stay where they are; more than any stack has if they are variable.
    pub(crate) plain_size: u32,
    pub(crate) detail: Box<ProtoDetail>,
}

/// What calls do not need to look at.
pub(crate) struct ProtoDetail {
    pub(crate) proto: Arc<Proto>,
    /// The constants as values; nil in place of functions.
    pub(crate) constants: Box<[TValue]>,
    /// The nested functions, by constant index.
    pub(crate) children: Box<[Option<Gc<FunctionProto>>]>,
    pub(crate) lowered: RefCell<Option<Box<Lowered>>>,
    /// The chunk's name, which can be its whole source, counted once for all of its functions.
    #[expect(dead_code, reason = "it counts as long as it is there")]
    pub(crate) name: Arc<Held>,
    /// Tables that the code's constructors copy the hash part of.
    pub(crate) templates: RefCell<Vec<Gc<Table>>>,
}

impl ProtoDetail {
    /// Bytes it occupies, with the `Proto`, but for what that shares with others: nested functions, names and strings.
    pub(crate) fn size(&self) -> usize {
        let lowered = self.lowered.borrow().as_ref().map_or(0, |lowered| lowered.size());
        size_of::<Self>() + self.constants.len() * 16 + self.proto.size() + lowered
    }
}

/// Code of the core, and where each word comes from.
pub(crate) struct Lowered {
    /// The words. Inline caches make them mutable.
    pub(crate) words: Box<[Cell<u64>]>,
    /// Classic pc of each word.
    pub(crate) classic: Box<[u32]>,
    /// First word of each classic instruction.
    pub(crate) entries: Box<[u32]>,
}

impl Lowered {
    /// The classic pc of the word at `address`, if it is one of these.
    pub(crate) fn classic_pc(&self, address: *const u64) -> Option<usize> {
        let start = self.words.as_ptr().cast::<u64>();
        let index = (address as usize).checked_sub(start as usize)? / size_of::<u64>();
        self.classic.get(index).map(|&pc| pc as usize)
    }

    /// Bytes it occupies.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.words.len() * 12 + self.entries.len() * 4
    }
}
