//! Buffers whose size comes from input: growing them is refused, rather than ending the process, when there is no memory.
//!
//! With the feature `alloc_fail` a test can have the n-th of these requests, and of those of a heap's account, refused. See
//! [`refusal`].
#![forbid(unsafe_code)]

/// There is no memory for a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// Makes room for `more` elements.
///
/// # Errors
/// If there is none.
#[inline]
pub fn reserve<T>(buffer: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    if more <= buffer.capacity() - buffer.len() {
        return Ok(());
    }
    grow(buffer, more)
}

#[cold]
fn grow<T>(buffer: &mut Vec<T>, more: usize) -> Result<(), OutOfMemory> {
    refusal::request()?;
    // Half as much again, if there is that much.
    let generous = more.max(buffer.len() / 2).max(8);
    buffer.try_reserve_exact(generous).or_else(|_| buffer.try_reserve_exact(more)).map_err(|_| OutOfMemory)
}

/// A copy of some elements.
///
/// # Errors
/// If there is no memory for it.
pub fn copy<T: Clone>(elements: &[T]) -> Result<Vec<T>, OutOfMemory> {
    let mut buffer = Vec::new();
    reserve(&mut buffer, elements.len())?;
    buffer.extend_from_slice(elements);
    Ok(buffer)
}

/// Refusing memory on purpose, in a test: each thread counts its requests.
#[cfg(feature = "alloc_fail")]
pub mod refusal {
    use super::OutOfMemory;
    use std::cell::Cell;

    /// Which requests are refused.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Plan {
        /// None.
        Nothing,
        /// The one with this number, from 1.
        Once(u64),
        /// That one and all that follow.
        From(u64),
    }

    thread_local! {
        static PLAN: Cell<Plan> = const { Cell::new(Plan::Nothing) };
        static REQUESTS: Cell<u64> = const { Cell::new(0) };
    }

    /// Begins to count anew, and to refuse as planned. Returns how many requests there were since the last time.
    pub fn plan(plan: Plan) -> u64 {
        PLAN.set(plan);
        REQUESTS.replace(0)
    }

    /// A request for memory.
    ///
    /// # Errors
    /// If it is to be refused.
    pub fn request() -> Result<(), OutOfMemory> {
        let number = REQUESTS.get() + 1;
        REQUESTS.set(number);
        let refused = match PLAN.get() {
            Plan::Nothing => false,
            Plan::Once(wanted) => number == wanted,
            Plan::From(first) => number >= first,
        };
        if refused { Err(OutOfMemory) } else { Ok(()) }
    }
}

/// Nothing is refused on purpose.
#[cfg(not(feature = "alloc_fail"))]
pub mod refusal {
    use super::OutOfMemory;

    /// A request for memory.
    ///
    /// # Errors
    /// None.
    #[inline(always)]
    pub fn request() -> Result<(), OutOfMemory> {
        Ok(())
    }
}
