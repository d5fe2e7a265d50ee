//! The processor time of the running thread, as `os.clock` shows it.
//!
//! std does not tell it, and `clock_gettime` would need unsafe code. Linux shows it in `/proc`: in nanoseconds in
//! `schedstat`, but brought up to date only when the thread leaves the processor and by the timer's ticks (each 1 to 10 ms).
//! As long as the number stays the same, the thread has not left the processor; so the time since the number was first
//! seen is processor time too, and is added. (Not quite: a virtual machine's host may take the processor away unseen. So
//! that time never goes back, what was shown is the least that is shown next.)
//!
//! The machine's thread is what counts, not (as in C) the whole process: a script that measures itself does not see what
//! else its host is doing. Without `/proc` it is the time since the thread's first question.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::time::Instant;

#[derive(Clone, Copy)]
struct Seen {
    /// The number last read, in nanoseconds.
    number: u64,
    /// When it was first seen.
    since: Instant,
    /// The time last shown, in nanoseconds.
    shown: u64,
}

thread_local! {
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };
}

/// Nanoseconds that the thread has run for, as of the last tick. 0 of a thread that has seen none yet, and always where the
/// system keeps no count.
fn scheduled_nanoseconds() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|time| time.parse().ok()).unwrap_or(0)
}

/// Processor time in seconds, with C's resolution of a microsecond.
pub(crate) fn processor_seconds() -> f64 {
    let number = scheduled_nanoseconds();
    let mut seen = SEEN.get().unwrap_or_else(|| Seen { number, since: Instant::now(), shown: 0 });
    if seen.number != number {
        seen.number = number;
        seen.since = Instant::now();
    }
    seen.shown = seen.shown.max(number.saturating_add(nanoseconds(seen.since)));
    SEEN.set(Some(seen));
    in_seconds(seen.shown)
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn in_seconds(nanoseconds: u64) -> f64 {
    (nanoseconds / 1000) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_forward_while_the_thread_works() {
        let start = processor_seconds();
        let wall = Instant::now();
        let mut last = start;
        while wall.elapsed().as_millis() < 30 {
            let time = processor_seconds();
            assert!(time >= last);
            last = time;
        }
        assert!(last > start);
    }
}
