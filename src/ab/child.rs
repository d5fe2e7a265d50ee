//! One run of a script in a process of its own.
//!
//! A run ends when its output does and the process is gone, or at the time limit, or when it has printed more than is
//! kept; the last two kill it. The pipes are read by threads, because a full pipe would stop the child, and are left
//! alone after a kill: a grandchild may hold them open.

use std::io::{ErrorKind, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Bytes of each stream that a run may print.
const MOST_OUTPUT: usize = 16 << 20;

/// How long a process is watched without a pause once its output has ended, and how long a pause is.
const SHORT: Duration = Duration::from_millis(2);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// With this exit code.
    Exit(i32),
    /// Killed by the system, with its words for it.
    Crash(String),
    /// At the time limit.
    TimedOut,
    /// After printing too much.
    TooMuchOutput,
}

/// What a run printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) end: End,
}

/// An outcome and the time on the wall from the start of the process to its end.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    pub(crate) time: Duration,
}

/// What a stream has given so far.
type Stream = Arc<Mutex<Vec<u8>>>;

/// Runs a command without input. Of a run that was stopped, the output is not kept: how much there is of it is chance.
///
/// # Errors
/// If it cannot be started.
pub(crate) fn run(command: &mut Command, limit: Duration) -> std::io::Result<Run> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (sender, receiver) = mpsc::channel();
    let stdout = child.stdout.take().map(|stream| read(stream, sender.clone())).unwrap_or_default();
    let stderr = child.stderr.take().map(|stream| read(stream, sender)).unwrap_or_default();
    let mut end = None;
    for _ in 0..2 {
        match receiver.recv_timeout(limit.saturating_sub(start.elapsed())) {
            Ok(true) => {}
            Ok(false) => {
                end = Some(End::TooMuchOutput);
                break;
            }
            Err(_) => break,
        }
    }
    let quiet = Instant::now();
    while end.is_none() {
        match child.try_wait()? {
            Some(status) => end = Some(describe(status)),
            None if start.elapsed() >= limit => end = Some(End::TimedOut),
            // Most processes end right after their output; that wait is measured.
            None if quiet.elapsed() < SHORT => thread::yield_now(),
            None => thread::sleep(SHORT),
        }
    }
    let time = start.elapsed();
    let end = end.unwrap_or(End::TimedOut);
    if matches!(end, End::TimedOut | End::TooMuchOutput) {
        // It may have ended by itself in between; then there is nothing to kill.
        let _ = child.kill();
        child.wait()?;
        return Ok(Run { outcome: Outcome { stdout: Vec::new(), stderr: Vec::new(), end }, time });
    }
    let take = |stream: &Stream| std::mem::take(&mut *stream.lock());
    Ok(Run { outcome: Outcome { stdout: take(&stdout), stderr: take(&stderr), end }, time })
}

/// Reads a stream to its end, and then says whether there was not too much.
fn read(mut stream: impl Read + Send + 'static, sender: Sender<bool>) -> Stream {
    let bytes = Stream::default();
    let shared = Arc::clone(&bytes);
    thread::spawn(move || {
        let mut chunk = [0; 16 * 1024];
        loop {
            let count = match stream.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // What a broken pipe has given until then counts.
                Ok(0) | Err(_) => break,
                Ok(count) => count,
            };
            let mut bytes = shared.lock();
            bytes.extend_from_slice(&chunk[..count]);
            if bytes.len() > MOST_OUTPUT {
                break;
            }
        }
        let whole = shared.lock().len() <= MOST_OUTPUT;
        // After a kill nobody listens any more.
        let _ = sender.send(whole);
    });
    bytes
}

fn describe(status: ExitStatus) -> End {
    match status.code() {
        Some(code) => End::Exit(code),
        None => End::Crash(status.to_string()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn shell(text: &str, limit: Duration) -> Run {
        run(Command::new("sh").arg("-c").arg(text), limit).unwrap()
    }

    #[test]
    fn a_run_is_what_it_writes_and_how_it_ends() {
        let run = shell("echo out; echo err >&2; exit 7", Duration::from_secs(20));
        let expected = Outcome { stdout: b"out\n".to_vec(), stderr: b"err\n".to_vec(), end: End::Exit(7) };
        assert_eq!(run.outcome, expected);
        let run = shell("kill -9 $$", Duration::from_secs(20));
        assert!(matches!(run.outcome.end, End::Crash(_)), "{run:?}");
    }

    #[test]
    fn nothing_is_kept_of_a_run_that_was_stopped() {
        let run = shell("echo out; exec sleep 20", Duration::from_millis(100));
        assert_eq!(run.outcome, Outcome { stdout: Vec::new(), stderr: Vec::new(), end: End::TimedOut });
        let run = shell("exec >&- 2>&-; exec sleep 20", Duration::from_millis(100));
        assert_eq!(run.outcome.end, End::TimedOut);
        let run = shell("exec yes", Duration::from_secs(20));
        assert_eq!(run.outcome.end, End::TooMuchOutput);
        assert!(run.time < Duration::from_secs(20));
    }

    #[test]
    fn a_grandchild_that_holds_the_pipes_takes_nothing_away() {
        let run = shell("echo out; sleep 1 & exit 3", Duration::from_millis(200));
        assert_eq!(run.outcome, Outcome { stdout: b"out\n".to_vec(), stderr: Vec::new(), end: End::Exit(3) });
    }
}
