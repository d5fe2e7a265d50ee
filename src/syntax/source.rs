//! Where a source text comes from, and who pays for what is done with it.

use std::fmt::Debug;

/// Units of work of a byte of the text; see [`crate::kernel::meter`].
pub(crate) const UNITS_PER_BYTE: u64 = 4;
/// Units of work of a part of the tree that is compiled, and of an instruction.
pub(crate) const UNITS_PER_NODE: u64 = 4;
/// Bytes of text, or nodes, between two payments.
pub(crate) const PAID_AT_ONCE: usize = 4096;

/// A source text that comes in pieces.
///
/// What goes wrong while one is read, the source keeps for whoever made it; for the lexer, the text ends there.
pub(crate) trait Source: Debug {
    /// Appends the next piece to what is in memory, or nothing at the end. It is not asked again after the end.
    fn read(&mut self, text: &mut Vec<u8>);

    /// Pays for work, and for the bytes that the front end holds by now. If it says `false`, the front end has to give up.
    fn pay(&mut self, units: u64, held: usize) -> bool;
}

/// Bytes that come together are read so many at a time.
pub(crate) const PIECE: usize = 1 << 16;

/// A text that is in memory as a whole. Nobody counts what is done with it.
#[derive(Debug)]
pub(crate) struct Whole<'s>(pub(crate) &'s [u8]);

impl Source for Whole<'_> {
    fn read(&mut self, text: &mut Vec<u8>) {
        let (piece, rest) = self.0.split_at(self.0.len().min(PIECE));
        text.extend_from_slice(piece);
        self.0 = rest;
    }

    fn pay(&mut self, _units: u64, _held: usize) -> bool {
        true
    }
}
