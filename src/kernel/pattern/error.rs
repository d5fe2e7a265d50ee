//! The ways a pattern match can fail.
#![forbid(unsafe_code)]

use std::fmt;

use crate::kernel::meter::Stop;

/// Why a match ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatchError {
    /// `%` is the pattern's last character.
    EndsWithEscape,
    /// A set without its `]`.
    MissingBracket,
    /// `%b` without its two characters.
    Unbalanced,
    /// `%f` without a set.
    FrontierWithoutSet,
    /// `)` without a `(`.
    InvalidCapture,
    /// `%1` or the like for a capture that is not there or not closed.
    InvalidCaptureIndex,
    /// A capture that was never closed.
    UnfinishedCapture,
    /// More than 32.
    TooManyCaptures,
    /// Items with suffixes nest too deeply; PUC 5.1 has no such limit.
    TooComplex,
    /// A subject of 4 GiB or more.
    SubjectTooLong,
    /// The meter said stop.
    Interrupted,
}

impl MatchError {
    /// PUC's message.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::EndsWithEscape => "malformed pattern (ends with '%')",
            Self::MissingBracket => "malformed pattern (missing ']')",
            Self::Unbalanced => "unbalanced pattern",
            Self::FrontierWithoutSet => "missing '[' after '%f' in pattern",
            Self::InvalidCapture => "invalid pattern capture",
            Self::InvalidCaptureIndex => "invalid capture index",
            Self::UnfinishedCapture => "unfinished capture",
            Self::TooManyCaptures => "too many captures",
            Self::TooComplex => "pattern too complex",
            Self::SubjectTooLong => "string too long to match",
            Self::Interrupted => "pattern matching interrupted",
        }
    }
}

impl fmt::Display for MatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for MatchError {}

/// Why is in the meter.
impl From<Stop> for MatchError {
    fn from(_: Stop) -> Self {
        MatchError::Interrupted
    }
}
