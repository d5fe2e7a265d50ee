//! Room on the host's stack, for what recurses on it: Rust code and Lua that call one another, the parser, the compiler
//! and the matcher.
//!
//! Each of them counts its levels; how many bytes a level takes depends on how the crate was compiled, and how many there
//! are on the thread. So a level asks for room, and goes on in a segment of its own when the thread's stack is nearly used up.

#![forbid(unsafe_code)]

use memmap2::MmapMut;

/// What one level takes at most, with the functions it calls that do not ask for room: without optimisation, the loop alone
/// takes 56 KB.
const LEVEL: usize = if cfg!(debug_assertions) { 256 * 1024 } else { 128 * 1024 };
const SEGMENT: usize = 2 * 1024 * 1024;

/// The system has no memory for another segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfStack;

/// Runs a function with room for a level.
#[inline]
pub(crate) fn with_room<R>(f: impl FnOnce() -> R) -> Result<R, OutOfStack> {
    match stacker::remaining_stack() {
        Some(left) if left < LEVEL => in_segment(f),
        // Where the end of the stack is not known, the number of levels has to do.
        _ => Ok(f()),
    }
}

#[cold]
#[inline(never)]
fn in_segment<R>(f: impl FnOnce() -> R) -> Result<R, OutOfStack> {
    // A segment that cannot be mapped would be a panic.
    MmapMut::map_anon(SEGMENT).map_err(|_| OutOfStack)?;
    Ok(stacker::grow(SEGMENT, f))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    fn depth(left: u32) -> u32 {
        if left == 0 {
            return 0;
        }
        let page = std::hint::black_box([0_u8; 32 * 1024]);
        with_room(|| depth(left - 1) + 1).map_or(0, |depth| depth + u32::from(page[0]))
    }

    fn on_thread<R: Send + 'static>(bytes: usize, f: impl FnOnce() -> R + Send + 'static) -> std::thread::Result<R> {
        std::thread::Builder::new()
            .stack_size(bytes)
            .spawn(f)
            .map_or_else(|_| panic!("no thread"), |thread| thread.join())
    }

    #[test]
    fn levels_go_on_beyond_a_threads_stack() {
        assert_eq!(on_thread(128 * 1024, || depth(1000)).ok(), Some(1000));
    }

    #[test]
    fn a_panic_passes_the_segments() {
        fn fail(left: u32) -> u32 {
            if left == 0 { panic!("at the bottom") } else { with_room(|| fail(left - 1)).map_or(0, |depth| depth + 1) }
        }
        let panic = on_thread(128 * 1024, || fail(10)).err();
        assert_eq!(panic.and_then(|panic| panic.downcast_ref::<&str>().copied()), Some("at the bottom"));
    }
}
