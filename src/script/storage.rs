//! [`Storage`]: what scripts' commands go to.

use std::time::SystemTime;

use crate::protocol::RespFrame;

/// A store, as scripts use it.
///
/// ```
/// use ferrous::RespFrame;
/// use ferrous::script::{CommandInfo, Invocation, ScriptEngine, Session, Storage};
///
/// /// A store with one command.
/// struct Greeter;
///
/// impl Storage for Greeter {
///     fn command_info(&self, name: &[u8]) -> Option<CommandInfo> {
///         name.eq_ignore_ascii_case(b"greet").then_some(CommandInfo { arity: 2, writes: false, in_scripts: true })
///     }
///
///     fn call(&self, _session: &mut Session, command: &[Vec<u8>]) -> RespFrame {
///         RespFrame::from_bytes([b"hello ", &command[1][..]].concat())
///     }
/// }
///
/// let engine = ScriptEngine::default();
/// let reply = engine.eval("return redis.call('GREET', 'you')", &Invocation::new(std::sync::Arc::new(Greeter)))?;
/// assert_eq!(reply, RespFrame::bulk_string("hello you"));
/// # Ok::<(), ferrous::script::Failure>(())
/// ```
pub trait Storage: Send + Sync {
    /// What there is to know about a command before it is called; `None` if there is no such command. Names come as the script
    /// wrote them: case should not matter.
    fn command_info(&self, name: &[u8]) -> Option<CommandInfo>;

    /// Carries out a command: its name and its arguments. The engine has checked their number.
    fn call(&self, session: &mut Session, command: &[Vec<u8>]) -> RespFrame;

    /// Runs a script, which will call [`Storage::call`] on this thread, so that nobody else's commands come between its own.
    /// `script` has to be called once. If nothing is done about it, commands of others do come between.
    fn exclusively(&self, script: &mut dyn FnMut()) {
        script();
    }
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandInfo {
    /// How many parts it has, the name among them; negative: at least so many.
    pub arity: i32,
    /// Whether it may change something. A script that has called such a command is not killed.
    pub writes: bool,
    /// Whether scripts may call it.
    pub in_scripts: bool,
}

impl CommandInfo {
    /// Whether the command can have so many parts, the name among them.
    pub fn accepts(&self, parts: usize) -> bool {
        let least = usize::try_from(self.arity.unsigned_abs()).unwrap_or(usize::MAX);
        if self.arity < 0 { parts >= least } else { parts == least }
    }
}

/// What a client, or a script, has chosen for its commands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The database.
    pub db: usize,
    /// The version of the protocol, 2 or 3, that replies are made for.
    pub protocol: u8,
    frozen: Option<SystemTime>,
}

impl Default for Session {
    fn default() -> Self {
        Session { db: 0, protocol: 2, frozen: None }
    }
}

impl Session {
    /// A session with a database, in version 2 of the protocol.
    pub fn new(db: usize) -> Self {
        Session { db, ..Session::default() }
    }

    /// The time that commands go by: that of the beginning, while a script runs, so that no key expires under its hands.
    pub fn time(&self) -> SystemTime {
        self.frozen.unwrap_or_else(SystemTime::now)
    }

    /// The session that a script begins with.
    pub(super) fn for_script(&self) -> Session {
        Session { protocol: 2, frozen: Some(self.time()), ..self.clone() }
    }
}
