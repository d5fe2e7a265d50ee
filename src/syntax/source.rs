//! Where a source text comes from.

use std::fmt::Debug;

/// A source text that comes in pieces.
///
/// What goes wrong while one is read, the source keeps for whoever made it; for the lexer, the text ends there.
pub(crate) trait Source: Debug {
    /// Appends the next piece to what is in memory, or nothing at the end. It is not asked again after the end.
    fn read(&mut self, text: &mut Vec<u8>);
}

/// Bytes that come together are read so many at a time.
const PIECE: usize = 1 << 16;

/// A text that is in memory as a whole.
#[derive(Debug)]
pub(crate) struct Whole<'s>(pub(crate) &'s [u8]);

impl Source for Whole<'_> {
    fn read(&mut self, text: &mut Vec<u8>) {
        let (piece, rest) = self.0.split_at(self.0.len().min(PIECE));
        text.extend_from_slice(piece);
        self.0 = rest;
    }
}
