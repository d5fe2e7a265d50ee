//! Runs the Lua scripts below `tests/scripts` on an engine, and compares what they print with the `-- expect:` comments in
//! them.
//!
//! Each script runs in its own folder under just its file name.
//! These comments count:
//!
//! - `-- expect: text`: the next line of stdout (in file order)
//! - `-- expect error: text`: the first line of stderr without the program's name;
//!   the exit status must be 1 then, and 0 otherwise
//! - `-- args: a b c`: arguments of the script
//! - `-- options: --x`: options of the program, which stand before the script
//! - `-- stdin: text`: what it reads, with the escapes `\n`, `\t`, `\r` and `\\`
//! - `-- needs: io debug`: what it uses beyond the basic libraries: libraries; `collector`, if it looks at what becomes of
//!   garbage; `speed`, if a much slower build takes minutes; `exit`, if it ends the process with its machine as it is
//!
//! An [`Engine`] is a way to run the program: the options before the script, and what it lacks (as in `-- needs:`). Scripts that need
//! that are skipped, and listed with the reason.
//!
//! The comments are written by `lua5.1 tests/regenerate.lua`.

use pretty_assertions::StrComparison;
use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const ENGINE: &str = env!("CARGO_BIN_EXE_ferrous");
/// Seconds a script may take, unless `FERROUS_TEST_SECONDS` says otherwise.
const TIMEOUT: u64 = 60;
const POLL: Duration = Duration::from_millis(3);
const MAX_OUTPUT: u64 = 16 << 20;
const MAX_WORKERS: usize = 4;

/// A way to run the program.
pub(crate) struct Engine {
    /// What comes before the script.
    pub(crate) args: Vec<String>,
    /// What it lacks, and why.
    pub(crate) lacks: Vec<(String, &'static str)>,
}

impl Engine {
    /// An engine. What `FERROUS_TEST_LACKS` names is lacking everywhere.
    pub(crate) fn new(args: &str, lacks: &[(&str, &'static str)]) -> Self {
        let lacks = lacks.iter().map(|&(what, why)| (what.to_owned(), why));
        let more = words_of_variable("FERROUS_TEST_LACKS").into_iter().map(|what| (what, "FERROUS_TEST_LACKS says so"));
        Engine { args: words(args), lacks: lacks.chain(more).collect() }
    }

    /// The engine whose options `FERROUS_TEST_ARGS` holds, split on spaces.
    pub(crate) fn from_environment() -> Self {
        Engine { args: words_of_variable("FERROUS_TEST_ARGS"), ..Engine::new("", &[]) }
    }
}

/// The folders of scripts.
pub(crate) const TOPICS: [&str; 5] = ["language", "limit", "programs", "regression", "stdlib"];

/// What a script says of itself in its comments.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expectations {
    stdout: Vec<String>,
    error: Option<String>,
    args: Vec<String>,
    options: Vec<String>,
    stdin: String,
    needs: Vec<String>,
}

impl Expectations {
    fn parse(source: &str) -> Self {
        let mut result = Self::default();
        for line in source.lines() {
            if let Some((_, text)) = line.split_once("-- expect:") {
                result.stdout.push(comment_text(text));
            } else if let Some((_, text)) = line.split_once("-- expect error:") {
                result.error = Some(comment_text(text));
            } else if let Some(text) = line.strip_prefix("-- args:") {
                result.args = words(text);
            } else if let Some(text) = line.strip_prefix("-- options:") {
                result.options = words(text);
            } else if let Some(text) = line.strip_prefix("-- stdin:") {
                result.stdin = unescape(&comment_text(text));
            } else if let Some(text) = line.strip_prefix("-- needs:") {
                result.needs = words(text);
            }
        }
        result
    }

    /// The number of things that get compared.
    fn count(&self) -> usize {
        self.stdout.len() + usize::from(self.error.is_some())
    }

    fn exit_code(&self) -> i32 {
        i32::from(self.error.is_some())
    }
}

fn comment_text(text: &str) -> String {
    text.strip_prefix(' ').unwrap_or(text).to_owned()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn unescape(text: &str) -> String {
    let mut result = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            result.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => result.push('\n'),
            Some('t') => result.push('\t'),
            Some('r') => result.push('\r'),
            Some(other) => result.push(other),
            None => result.push('\\'),
        }
    }
    result
}

fn words_of_variable(name: &str) -> Vec<String> {
    words(&env::var(name).unwrap_or_default())
}

/// All scripts in a folder and those in it, sorted.
fn find_scripts(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(OsStr::new("lua")) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Files that take the place of a script's standard streams. Unlike pipes,
/// they can't block it, and can be read though a child of it holds them open.
struct Streams {
    folder: PathBuf,
}

impl Streams {
    fn new(index: usize) -> io::Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("scripts-{index}-{number}-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        File::create(self.path(name))
    }

    fn read(&self, name: &str) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.path(name))?).into_owned())
    }

    fn len(&self, name: &str) -> u64 {
        fs::metadata(self.path(name)).map_or(0, |data| data.len())
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        // Files left behind in cargo's folder for them do no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

enum End {
    Exit(ExitStatus),
    Timeout,
    TooMuchOutput,
}

struct Run {
    end: End,
    stdout: String,
    stderr: String,
}

fn run_script(path: &Path, wanted: &Expectations, engine_args: &[String], streams: &Streams) -> io::Result<Run> {
    fs::write(streams.path("stdin"), &wanted.stdin)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::other("a script without a folder"));
    };
    let mut child = Command::new(ENGINE)
        .args(engine_args)
        .args(&wanted.options)
        .arg(name)
        .args(&wanted.args)
        .current_dir(folder)
        .env_remove("LUA_INIT")
        .env_remove("LUA_PATH")
        .env_remove("LUA_CPATH")
        .env("TZ", "UTC")
        .env("LC_ALL", "C")
        .stdin(File::open(streams.path("stdin"))?)
        .stdout(streams.create("stdout")?)
        .stderr(streams.create("stderr")?)
        .spawn()?;
    let start = Instant::now();
    let seconds = env::var("FERROUS_TEST_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let timeout = Duration::from_secs(seconds.unwrap_or(TIMEOUT));
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break End::Exit(status);
        }
        let end = if start.elapsed() > timeout {
            End::Timeout
        } else if streams.len("stdout").max(streams.len("stderr")) > MAX_OUTPUT {
            End::TooMuchOutput
        } else {
            thread::sleep(POLL);
            continue;
        };
        child.kill()?;
        child.wait()?;
        break end;
    };
    Ok(Run { end, stdout: streams.read("stdout")?, stderr: streams.read("stderr")? })
}

/// The message in the first line of stderr, without the program's name.
fn error_message(stderr: &str) -> &str {
    let line = stderr.lines().next().unwrap_or_default();
    line.split_once(": ").map_or(line, |(_, message)| message)
}

/// What differs from the expectations, or nothing.
fn complaint(wanted: &Expectations, run: &Run) -> Option<String> {
    let mut text = String::new();
    match run.end {
        End::Timeout => text.push_str("  it ran out of time\n"),
        End::TooMuchOutput => text.push_str("  it printed too much\n"),
        End::Exit(status) if status.code() != Some(wanted.exit_code()) => {
            let code = wanted.exit_code();
            let _ = writeln!(text, "  {status}, expected: {code}");
        }
        End::Exit(_) => {}
    }
    let actual: Vec<&str> = run.stdout.lines().collect();
    let expected: Vec<&str> = wanted.stdout.iter().map(String::as_str).collect();
    if actual != expected {
        text.push_str(&describe_difference(&expected, &actual));
    }
    let message = error_message(&run.stderr);
    if let Some(expected) = &wanted.error
        && expected != message
    {
        let _ = writeln!(text, "  the error message differs:");
        let _ = writeln!(text, "{}", StrComparison::new(expected, message));
    } else if !text.is_empty() && !run.stderr.is_empty() {
        let stderr: Vec<&str> = run.stderr.lines().take(10).collect();
        let _ = writeln!(text, "  stderr:\n    {}", stderr.join("\n    "));
    }
    (!text.is_empty()).then_some(text)
}

/// Shows the lines from the first one that differs, and at most a few of them.
fn describe_difference(expected: &[&str], actual: &[&str]) -> String {
    const SHOWN: usize = 12;
    let same = expected.iter().zip(actual).take_while(|(left, right)| left == right).count();
    let window = |lines: &[&str]| {
        let mut text = lines[same..].iter().take(SHOWN).copied().collect::<Vec<_>>();
        if text.is_empty() {
            text.push("(no more output)");
        }
        text.join("\n") + "\n"
    };
    format!(
        "  stdout differs from line {} on ({} lines expected, {} found):\n{}\n",
        same + 1,
        expected.len(),
        actual.len(),
        StrComparison::new(&window(expected), &window(actual))
    )
}

#[derive(Default)]
struct Tally {
    scripts: usize,
    /// Names, with what they need that is lacking.
    skipped: Vec<String>,
    expectations: usize,
    failures: Vec<(usize, String)>,
}

enum Checked {
    /// The engine lacks this, which the script needs.
    Skipped(String),
    /// With so many expectations, and maybe a complaint.
    Ran(usize, Option<String>),
}

/// Runs one script and adds what came out to the tally.
fn check_script(index: usize, path: &Path, engine: &Engine, tally: &Mutex<Tally>) {
    let checked = fs::read(path).and_then(|bytes| {
        let wanted = Expectations::parse(&String::from_utf8_lossy(&bytes));
        let lacking: Vec<String> = engine
            .lacks
            .iter()
            .filter(|(what, _)| wanted.needs.contains(what))
            .map(|(what, why)| format!("{what} ({why})"))
            .collect();
        if !lacking.is_empty() {
            return Ok(Checked::Skipped(lacking.join(", ")));
        }
        let streams = Streams::new(index)?;
        let run = run_script(path, &wanted, &engine.args, &streams)?;
        Ok(Checked::Ran(wanted.count(), complaint(&wanted, &run)))
    });
    let mut tally = tally.lock().expect("no worker panics");
    let failure = match checked {
        Ok(Checked::Skipped(lacking)) => {
            let name = path.file_name().unwrap_or_default().display();
            tally.skipped.push(format!("{name} needs {lacking}"));
            return;
        }
        Ok(Checked::Ran(0, None)) => Some("  it has no expectations\n".to_owned()),
        Ok(Checked::Ran(count, failure)) => {
            tally.expectations += count;
            failure
        }
        Err(error) => Some(format!("  {error}\n")),
    };
    tally.scripts += 1;
    if let Some(failure) = failure {
        let entry = format!("{}:\n{failure}", path.display());
        tally.failures.push((index, entry));
    }
}

/// Runs all scripts of some topics on an engine, a few at a time.
///
/// # Panics
/// With what differs, if anything does.
pub(crate) fn check(topics: &[&str], engine: &Engine) {
    let mut scripts = Vec::new();
    for topic in topics {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(topic);
        let found = find_scripts(&folder).expect("the folder of scripts can be read");
        assert!(!found.is_empty(), "no scripts in {}", folder.display());
        scripts.extend(found);
    }
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers.min(MAX_WORKERS) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = scripts.get(index) else {
                        break;
                    };
                    check_script(index, path, engine, &tally);
                }
            });
        }
    });
    let mut tally = tally.into_inner().expect("no worker panics");
    tally.failures.sort();
    tally.skipped.sort();
    for skipped in &tally.skipped {
        println!("skipped: {skipped}");
    }
    let summary = format!(
        "{} [{}]: {} scripts ran ({} skipped) with {} expectations; {} scripts failed",
        topics.join(" "),
        engine.args.join(" "),
        tally.scripts,
        tally.skipped.len(),
        tally.expectations,
        tally.failures.len()
    );
    println!("{summary}");
    if !tally.failures.is_empty() {
        let reports: Vec<&str> = tally.failures.iter().map(|(_, text)| &**text).collect();
        panic!("\n{}\n{summary}", reports.join("\n"));
    }
}

#[test]
fn comments_are_read() {
    let source = "-- args: a b\n-- stdin: x\\ny\n-- needs: io\n\
        print(1) -- expect: 1\n-- expect:\nerror('x') -- expect error: a:1: x\n";
    let wanted = Expectations {
        stdout: vec!["1".to_owned(), String::new()],
        error: Some("a:1: x".to_owned()),
        args: vec!["a".to_owned(), "b".to_owned()],
        options: Vec::new(),
        stdin: "x\ny".to_owned(),
        needs: vec!["io".to_owned()],
    };
    pretty_assertions::assert_eq!(wanted, Expectations::parse(source));
}
