//! Ctrl-C: one stops the program that runs, and one while none runs ends the process.
//!
//! So does a second one, if the first has not stopped the program yet. A thread waits for the signal, since little may be
//! done where it arrives.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a program runs that Ctrl-C has not been pressed for.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C calls `stop` while a program runs. What cannot be watched for keeps its effect: it ends the process.
#[cfg(unix)]
pub(super) fn watch(stop: impl Fn() + Send + 'static) {
    use signal_hook::consts::SIGINT;
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    let Ok(mut signals) = Signals::new([SIGINT]) else { return };
    let wait = move || {
        for signal in signals.forever() {
            if RUNNING.swap(false, Ordering::Relaxed) {
                stop();
            } else {
                // It fails for no signal that was waited for.
                let _ = emulate_default_handler(signal);
            }
        }
    };
    // Where there is no room for a thread the key has no effect.
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).stack_size(64 * 1024).spawn(wait);
}

#[cfg(not(unix))]
pub(super) fn watch(_: impl Fn() + Send + 'static) {}

/// Runs a program; says as well whether Ctrl-C was to stop it.
pub(super) fn during<R>(run: impl FnOnce() -> R) -> (R, bool) {
    RUNNING.store(true, Ordering::Relaxed);
    let result = run();
    (result, !RUNNING.swap(false, Ordering::Relaxed))
}
