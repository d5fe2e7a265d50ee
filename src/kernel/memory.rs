//! Buffers whose size comes from input: growing them is refused, rather than ending the process, when there is no memory.
//!
//! With the feature `alloc_fail` a test can have the n-th of these requests, and of those of a heap's account, refused. See
//! [`refusal`]. Left out are lists that have another way when they cannot grow (the collector's), what is only probed for
//! ([`probe`]: syntax trees, code), and what is small and bounded (the texts of messages, tables of pages).
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

/// What small things need that nobody asks for one by one.
const HEADROOM: usize = 256 * 1024;

/// Fails if there is not so much memory left: to be asked before, and now and then during, work that cannot be refused memory
/// on its way. What it takes in small pieces is counted in.
///
/// # Errors
/// As [`reserve`]'s.
pub fn probe(bytes: usize) -> Result<(), OutOfMemory> {
    let mut room: Vec<u8> = Vec::new();
    let fits = room.try_reserve_exact(bytes.saturating_add(HEADROOM)).is_ok();
    // Or else it would not be asked for at all.
    std::hint::black_box(&room);
    if fits { Ok(()) } else { Err(OutOfMemory) }
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
