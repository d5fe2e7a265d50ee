//! [`StorageEngine`]: the databases, their lock, and the way from a command to its handler.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::ReentrantMutex;

use super::command::{self, Run};
use super::database::Database;
use super::random::Random;
use crate::protocol::RespFrame;
use crate::script::{CommandInfo, ScriptEngine, Session, Storage};

/// How many databases a store has.
const DATABASES: usize = 16;

/// A store in memory that behaves as a Redis server does.
///
/// ```
/// use ferrous::{RespFrame, StorageEngine, script::Session};
///
/// let store = StorageEngine::new();
/// let mut session = Session::default();
/// assert_eq!(store.execute(&mut session, &["SET", "greeting", "hello"]), RespFrame::ok());
/// assert_eq!(store.execute(&mut session, &["STRLEN", "greeting"]), RespFrame::Integer(5));
/// ```
pub struct StorageEngine {
    /// Reentrant, because a script holds it while its commands take it.
    state: ReentrantMutex<RefCell<State>>,
    scripts: OnceLock<Arc<ScriptEngine>>,
}

struct State {
    databases: Vec<Database>,
    random: Random,
}

impl fmt::Debug for StorageEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageEngine").finish_non_exhaustive()
    }
}

impl StorageEngine {
    /// An empty store.
    pub fn new() -> Arc<Self> {
        let databases = (0..DATABASES).map(|_| Database::default()).collect();
        let state = ReentrantMutex::new(RefCell::new(State { databases, random: Random::seeded() }));
        Arc::new(StorageEngine { state, scripts: OnceLock::new() })
    }

    /// An empty store; the same as [`StorageEngine::new`], as this store is always in memory.
    pub fn new_in_memory() -> Arc<Self> {
        Self::new()
    }

    /// The database of those who have not chosen another: 0.
    pub fn get_current_db(&self) -> usize {
        0
    }

    /// The engine for the scripts of this store's users, who share its cache.
    pub fn scripts(&self) -> &Arc<ScriptEngine> {
        self.scripts.get_or_init(|| Arc::new(ScriptEngine::default()))
    }

    /// Carries out a command: its name, in any case, and its arguments.
    pub fn execute<A: AsRef<[u8]>>(&self, session: &mut Session, command: &[A]) -> RespFrame {
        let command: Vec<Vec<u8>> = command.iter().map(|part| part.as_ref().to_vec()).collect();
        self.call(session, &command)
    }
}

impl Storage for StorageEngine {
    fn command_info(&self, name: &[u8]) -> Option<CommandInfo> {
        command::find(name).map(|command| command.info())
    }

    fn call(&self, session: &mut Session, command: &[Vec<u8>]) -> RespFrame {
        let Some(name) = command.first() else {
            return RespFrame::error("ERR unknown command '', with args beginning with: ");
        };
        let Some(found) = command::find(name) else { return command::unknown(command) };
        if !found.info().accepts(command.len()) {
            return RespFrame::error(format!("ERR wrong number of arguments for '{}' command", found.name));
        }
        let guard = self.state.lock();
        // A handler calls nothing that could come back here, so that this is never taken twice.
        let Ok(mut state) = guard.try_borrow_mut() else {
            return RespFrame::error("ERR the store is in use");
        };
        let State { databases, random } = &mut *state;
        if session.db >= databases.len() {
            return RespFrame::error("ERR DB index is out of range");
        }
        let now = milliseconds(session.time());
        databases[session.db].expire(now);
        let mut run = Run { databases, random, session, args: command, now };
        (found.handler)(&mut run).unwrap_or_else(|refusal| RespFrame::error(refusal.to_string()))
    }

    fn exclusively(&self, script: &mut dyn FnMut()) {
        let _guard = self.state.lock();
        script();
    }
}

/// Milliseconds since 1970.
fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
