//! [`ScriptEngine`]: compiles, keeps and runs scripts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::cache::{Cache, Script, digest_of, parse_digest};
use super::failure::Failure;
use super::pool::Pool;
use super::running::Running;
use super::storage::{Session, Storage};
use crate::protocol::RespFrame;

/// How an engine runs scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Bytes that a script may allocate, with what its machine needs itself (about 100 KiB); `None`: no limit.
    pub memory: Option<usize>,
    /// How many machines wait for a script. More can run at the same time.
    pub machines: usize,
    /// How many scripts that were run, but not loaded, are kept.
    pub kept: usize,
    /// How long scripts that come as commands ([`ScriptEngine::execute`]) may run; `None`: until they are killed.
    pub timeout: Option<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        let machines = std::thread::available_parallelism().map_or(4, usize::from);
        Config { memory: None, machines, kept: 500, timeout: Some(Duration::from_secs(5)) }
    }
}

/// For whom a script runs, and with what.
#[derive(Clone)]
#[non_exhaustive]
pub struct Invocation {
    /// What the script's commands go to.
    pub storage: Arc<dyn Storage>,
    /// The database the script begins with, and the version of the protocol its reply is for.
    pub session: Session,
    /// The script's `KEYS`.
    pub keys: Vec<Vec<u8>>,
    /// The script's `ARGV`.
    pub args: Vec<Vec<u8>>,
    /// How long it may run; `None`: until it is killed.
    pub timeout: Option<Duration>,
    /// Whether commands that write are refused.
    pub read_only: bool,
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Invocation");
        shown.field("session", &self.session).field("keys", &self.keys).field("args", &self.args);
        shown.field("timeout", &self.timeout).field("read_only", &self.read_only).finish_non_exhaustive()
    }
}

impl Invocation {
    /// An invocation in database 0, without keys, arguments or limit.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        let (session, keys, args) = (Session::default(), Vec::new(), Vec::new());
        Invocation { storage, session, keys, args, timeout: None, read_only: false }
    }

    /// The same with another session.
    #[must_use]
    pub fn session(self, session: Session) -> Self {
        Invocation { session, ..self }
    }

    /// The same with other keys.
    #[must_use]
    pub fn keys(self, keys: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Invocation { keys: keys.into_iter().map(Into::into).collect(), ..self }
    }

    /// The same with other arguments.
    #[must_use]
    pub fn args(self, args: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        Invocation { args: args.into_iter().map(Into::into).collect(), ..self }
    }

    /// The same with another limit.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Invocation { timeout: Some(timeout), ..self }
    }

    /// The same, but commands that write are refused.
    #[must_use]
    pub fn read_only(self) -> Self {
        Invocation { read_only: true, ..self }
    }
}

/// Compiles, keeps and runs scripts. Any number of threads may use it.
#[derive(Default)]
pub struct ScriptEngine {
    config: Config,
    cache: Mutex<Cache>,
    pool: Pool,
    running: Running,
}

impl fmt::Debug for ScriptEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptEngine").field("config", &self.config).finish_non_exhaustive()
    }
}

impl ScriptEngine {
    /// An engine without scripts.
    pub fn new(config: Config) -> Self {
        ScriptEngine { config, ..Self::default() }
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Runs a script, which is kept if it compiles.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn eval(&self, source: impl AsRef<[u8]>, invocation: &Invocation) -> Result<RespFrame, Failure> {
        let source = source.as_ref();
        let digest = digest_of(source);
        let kept = self.cache.lock().get(&digest);
        let script = kept.unwrap_or_else(|| Arc::new(Script { source: source.to_vec(), digest }));
        self.run(&script, invocation)
    }

    /// Runs the script with this digest: 40 hexadecimal digits, in any case.
    ///
    /// # Errors
    /// [`Failure::NotFound`] if there is none; otherwise as [`ScriptEngine::eval`].
    pub fn evalsha(&self, digest: impl AsRef<[u8]>, invocation: &Invocation) -> Result<RespFrame, Failure> {
        let text = digest.as_ref();
        let script = parse_digest(text).and_then(|digest| self.cache.lock().get(&digest));
        let script = script.ok_or_else(|| Failure::NotFound(String::from_utf8_lossy(text).into_owned()))?;
        self.run(&script, invocation)
    }

    fn run(&self, script: &Arc<Script>, invocation: &Invocation) -> Result<RespFrame, Failure> {
        let mut machine = self.pool.take(self.config.memory).map_err(internal)?;
        if let Err(failure) = machine.compile(script) {
            self.pool.give(machine, self.config.machines);
            return Err(failure);
        }
        self.cache.lock().run(Arc::clone(script), self.config.kept);
        let outcome = machine.run(script, invocation, &self.running);
        let stopped =
            matches!(outcome, Err(Failure::Timeout | Failure::Killed | Failure::Memory | Failure::Internal(_)));
        if !stopped && machine.is_clean() {
            self.pool.give(machine, self.config.machines);
        }
        outcome
    }

    /// Keeps a script, without running it, until the cache is flushed; returns its digest, 40 hexadecimal digits.
    ///
    /// # Errors
    /// [`Failure::Compile`].
    pub fn load(&self, source: impl AsRef<[u8]>) -> Result<String, Failure> {
        let source = source.as_ref();
        let script = Arc::new(Script { source: source.to_vec(), digest: digest_of(source) });
        let mut machine = self.pool.take(self.config.memory).map_err(internal)?;
        let compiled = machine.compile(&script);
        self.pool.give(machine, self.config.machines);
        compiled?;
        let digest = script.digest_text();
        self.cache.lock().load(script);
        Ok(digest)
    }

    /// Whether there is a script with this digest: 40 hexadecimal digits, in any case.
    pub fn exists(&self, digest: impl AsRef<[u8]>) -> bool {
        parse_digest(digest.as_ref()).is_some_and(|digest| self.cache.lock().contains(&digest))
    }

    /// Forgets all scripts. Those that run are not disturbed.
    pub fn flush(&self) {
        self.cache.lock().clear();
        self.pool.flush();
    }

    /// Stops every script that runs, whatever it catches, unless it has written.
    ///
    /// # Errors
    /// [`Failure::NotRunning`] if none runs; [`Failure::Unkillable`] if all that run have written.
    pub fn kill(&self) -> Result<(), Failure> {
        self.running.kill()
    }
}

fn internal(error: crate::Error) -> Failure {
    Failure::Internal(error.to_string())
}
