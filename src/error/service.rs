//! [`FerrousError`]: what goes wrong for those who run commands and scripts.
//!
//! The texts are replies of the protocol: they begin with a code where clients expect one.

use std::fmt;

/// A result whose error is a [`FerrousError`].
pub type Result<T> = std::result::Result<T, FerrousError>;

/// Why a command or a script failed.
#[derive(Debug)]
pub enum FerrousError {
    /// What a client sent is not the protocol.
    Protocol(String),
    /// A command was refused.
    Command(CommandError),
    /// The store failed.
    Storage(StorageError),
    /// Input or output failed.
    Io(String),
    /// The configuration is wrong.
    Config(String),
    /// A connection failed.
    Connection(String),
    /// A script was refused.
    Script(ScriptError),
    /// Something else went wrong with a script.
    LuaError(String),
    /// A script does not compile.
    LuaCompilationError(String),
    /// A script threw an error.
    LuaRuntimeError(String),
    /// A script ran for too long.
    LuaTimeout,
    /// A script was killed.
    ScriptKilled,
    /// No script has this digest.
    ScriptNotFound(String),
    /// There is no script to kill.
    NoScriptRunning,
    /// A script is running.
    LuaBusy,
    /// A script ran for too long.
    ScriptTimeout,
    /// A command has too few arguments, or too many.
    WrongNumberOfArguments(String),
    /// An argument of a command is wrong.
    InvalidArgument(String),
    /// There is no such command.
    UnknownCommand(String),
    /// What should not have happened.
    Internal(String),
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no such command.
    UnknownCommand(String),
    /// Too few arguments, or too many, for this command.
    WrongNumberOfArguments(String),
    /// The key holds a value of another type.
    WrongType,
    /// An argument is no integer.
    NotAnInteger,
    /// An argument is no number.
    NotAFloat,
    /// The arguments do not fit together.
    SyntaxError,
    /// Something else: the whole message.
    Other(String),
}

/// Why the store failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageError {
    /// There is no such key.
    KeyNotFound,
    /// The key holds a value of another type.
    WrongType,
    /// There is no such database.
    InvalidDatabase,
    /// The store is full.
    OutOfMemory,
    /// Something else: the whole message.
    Other(String),
}

/// Why a script was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptError {
    /// No script has this digest.
    NotFound(String),
    /// There is no script to kill.
    NotRunning,
    /// The script has written, so that it cannot be killed.
    Unkillable,
    /// Something else: the whole message.
    Other(String),
}

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

impl fmt::Display for FerrousError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(message) => write!(f, "ERR Protocol error: {message}"),
            Self::Command(error) => error.fmt(f),
            Self::Storage(error) => error.fmt(f),
            Self::Io(message) => write!(f, "I/O error: {message}"),
            Self::Config(message) => write!(f, "Configuration error: {message}"),
            Self::Connection(message) => write!(f, "Connection error: {message}"),
            Self::Script(error) => error.fmt(f),
            Self::LuaError(message) => write!(f, "ERR {message}"),
            Self::LuaCompilationError(message) => write!(f, "ERR Error compiling script: {message}"),
            Self::LuaRuntimeError(message) => write!(f, "ERR Error running script: {message}"),
            Self::LuaTimeout | Self::ScriptTimeout => f.write_str("ERR Script execution time limit exceeded"),
            Self::ScriptKilled => f.write_str("ERR Script killed by user"),
            Self::ScriptNotFound(message) => write!(f, "NOSCRIPT {message}"),
            Self::NoScriptRunning => ScriptError::NotRunning.fmt(f),
            Self::LuaBusy => {
                f.write_str("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
            }
            Self::WrongNumberOfArguments(command) => {
                write!(f, "ERR wrong number of arguments for '{command}' command")
            }
            Self::InvalidArgument(message) => write!(f, "ERR {message}"),
            Self::UnknownCommand(command) => write!(f, "ERR unknown command '{command}'"),
            Self::Internal(message) => write!(f, "Internal error: {message}"),
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCommand(command) => write!(f, "ERR unknown command '{command}'"),
            Self::WrongNumberOfArguments(command) => {
                write!(f, "ERR wrong number of arguments for '{command}' command")
            }
            Self::WrongType => f.write_str(WRONG_TYPE),
            Self::NotAnInteger => f.write_str("ERR value is not an integer or out of range"),
            Self::NotAFloat => f.write_str("ERR value is not a valid float"),
            Self::SyntaxError => f.write_str("ERR syntax error"),
            Self::Other(message) => f.write_str(message),
        }
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyNotFound => f.write_str("ERR no such key"),
            Self::WrongType => f.write_str(WRONG_TYPE),
            Self::InvalidDatabase => f.write_str("ERR DB index is out of range"),
            Self::OutOfMemory => f.write_str("OOM command not allowed when used memory > 'maxmemory'."),
            Self::Other(message) => f.write_str(message),
        }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(digest) => write!(f, "NOSCRIPT {digest}"),
            Self::NotRunning => f.write_str("NOTBUSY No scripts in execution right now."),
            Self::Unkillable => f.write_str(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
                 the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
            ),
            Self::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for FerrousError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Command(error) => Some(error),
            Self::Storage(error) => Some(error),
            Self::Script(error) => Some(error),
            _ => None,
        }
    }
}

impl std::error::Error for CommandError {}
impl std::error::Error for StorageError {}
impl std::error::Error for ScriptError {}

impl From<CommandError> for FerrousError {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

impl From<StorageError> for FerrousError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<ScriptError> for FerrousError {
    fn from(error: ScriptError) -> Self {
        Self::Script(error)
    }
}

impl From<std::io::Error> for FerrousError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.to_string())
    }
}
