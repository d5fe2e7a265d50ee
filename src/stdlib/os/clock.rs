//! The processor time of the running thread, as `os.clock` shows it.
//!
//! std does not tell it, and `clock_gettime` would need unsafe code. Linux shows it in `/proc`: in nanoseconds in
//! `schedstat`, but brought up to date only when the thread leaves the processor and by the timer's ticks (each 1 to 10 ms).
//! As long as the number stays the same, the thread has not left the processor; so the time since the number was first
//! seen is processor time too, and is added. What is shown never lies ahead of the truth, hence never goes back.
//!
//! The machine's thread is what counts, not (as in C) the whole process: a script that measures itself does not see what
//! else its host is doing. Without `/proc` it is the time since the first question.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::Instant;

thread_local! {
    /// The number last read, and when it was first seen.
    static SEEN: Cell<Option<(u64, Instant)>> = const { Cell::new(None) };
}

/// Nanoseconds that the thread has run for, as of the last tick.
fn scheduled_nanoseconds() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    // Zero: the system does not keep count.
    text.split_whitespace().next()?.parse().ok().filter(|&time| time > 0)
}

/// Processor time in seconds.
pub(super) fn processor_seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let Some(time) = scheduled_nanoseconds() else { return START.elapsed().as_secs_f64() };
    let now = Instant::now();
    let since = match SEEN.get() {
        Some((seen, since)) if seen == time => since,
        _ => {
            SEEN.set(Some((time, now)));
            now
        }
    };
    time as f64 / 1e9 + now.duration_since(since).as_secs_f64()
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
