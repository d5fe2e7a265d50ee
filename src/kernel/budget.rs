//! What bounds a pattern match, and the ways it can fail.
//!
//! A pattern can take exponential time, and its author may be an adversary. So the matcher
//! pays a step for each thing it does, and at an interval's end asks whether to go on.
//!
//! Invariant: no more than an interval of steps passes between two calls of the hook, but for
//! the last thing paid for, which is bounded by the subject's length.
#![forbid(unsafe_code)]

use std::fmt;

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
    /// The budget's hook said stop, or the budget is spent.
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

/// What a budget calls when an interval of steps is used up; it gets the number of steps.
pub type BudgetHook<'a> = dyn FnMut(u64) -> Result<(), MatchError> + 'a;

/// How much work matching may do.
///
/// Steps are counted down in intervals; at an interval's end the hook is called, or, if there
/// is none, the match is interrupted.
pub struct Budget<'a> {
    left: usize,
    interval: usize,
    hook: Option<&'a mut BudgetHook<'a>>,
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("left", &self.left)
            .field("interval", &self.interval)
            .field("hook", &self.hook.is_some())
            .finish()
    }
}

impl<'a> Budget<'a> {
    /// No limit that could be reached.
    #[inline]
    #[must_use]
    pub fn unlimited() -> Self {
        Self::limited(usize::MAX)
    }

    /// At most `steps` steps, then [`MatchError::Interrupted`].
    #[inline]
    #[must_use]
    pub fn limited(steps: usize) -> Self {
        Self { left: steps, interval: steps, hook: None }
    }

    /// Calls `hook` after every `interval` steps (at least 1) with the number of steps used
    /// since it was last called; an error from it ends the match.
    #[inline]
    #[must_use]
    pub fn with_hook(interval: usize, hook: &'a mut BudgetHook<'a>) -> Self {
        let interval = interval.max(1);
        Self { left: interval, interval, hook: Some(hook) }
    }

    /// The steps used that no hook was told of yet.
    #[inline]
    #[must_use]
    pub fn used(&self) -> usize {
        self.interval.saturating_sub(self.left)
    }

    /// Takes `steps` steps.
    ///
    /// # Errors
    /// The hook's, or [`MatchError::Interrupted`] if a budget without one is spent.
    #[inline]
    pub fn charge(&mut self, steps: usize) -> Result<(), MatchError> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => self.refill(steps),
        }
    }

    #[cold]
    fn refill(&mut self, steps: usize) -> Result<(), MatchError> {
        let used = self.used().saturating_add(steps);
        let Some(hook) = &mut self.hook else {
            self.left = 0;
            return Err(MatchError::Interrupted);
        };
        self.left = self.interval;
        hook(used as u64)
    }
}
