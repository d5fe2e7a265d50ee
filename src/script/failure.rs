//! [`Failure`]: why a script has no result.

use std::fmt;

use crate::error::{FerrousError, ScriptError};
use crate::protocol::RespFrame;

/// Why a script could not be run, or did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// It does not compile.
    Compile {
        /// What is wrong, with the line.
        message: Vec<u8>,
    },
    /// It threw an error, or a command did.
    Runtime {
        /// The error: its code and what happened.
        message: Vec<u8>,
        /// The script's digest.
        digest: String,
        /// Where it happened: chunk and line.
        position: Option<(Vec<u8>, i64)>,
    },
    /// It ran for longer than it may.
    Timeout,
    /// Another thread killed it.
    Killed,
    /// It needs more memory than it may have.
    Memory,
    /// No script has this digest.
    NotFound(String),
    /// There is no script to kill.
    NotRunning,
    /// The script has written, so that it cannot be killed.
    Unkillable,
    /// The machine could not be set up.
    Internal(String),
}

impl Failure {
    /// The failure as Redis replies it.
    pub fn reply(&self) -> RespFrame {
        let mut text = Vec::new();
        match self {
            Failure::Compile { message } => {
                text.extend_from_slice(b"ERR Error compiling script (new function): ");
                text.extend_from_slice(message);
            }
            Failure::Runtime { message, digest, position } => {
                text.extend_from_slice(message);
                if let Some((source, line)) = position {
                    text.extend_from_slice(format!(" script: {digest}, on ").as_bytes());
                    text.extend_from_slice(source);
                    text.extend_from_slice(format!(":{line}.").as_bytes());
                }
            }
            Failure::NotFound(_) => text.extend_from_slice(b"NOSCRIPT No matching script. Please use EVAL."),
            Failure::Timeout
            | Failure::Killed
            | Failure::Memory
            | Failure::NotRunning
            | Failure::Unkillable
            | Failure::Internal(_) => text.extend_from_slice(self.to_string().as_bytes()),
        }
        RespFrame::error(text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Compile { message } | Failure::Runtime { message, .. } => {
                f.write_str(&String::from_utf8_lossy(message))
            }
            Failure::Timeout => FerrousError::LuaTimeout.fmt(f),
            Failure::Killed => FerrousError::ScriptKilled.fmt(f),
            Failure::Memory => f.write_str("ERR Script needs more memory than it may have"),
            Failure::NotFound(digest) => ScriptError::NotFound(digest.clone()).fmt(f),
            Failure::NotRunning => ScriptError::NotRunning.fmt(f),
            Failure::Unkillable => ScriptError::Unkillable.fmt(f),
            Failure::Internal(message) => write!(f, "ERR {message}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for FerrousError {
    fn from(failure: Failure) -> Self {
        let text = |message: &[u8]| String::from_utf8_lossy(message).into_owned();
        match failure {
            Failure::Compile { message } => Self::LuaCompilationError(text(&message)),
            Failure::Runtime { message, .. } => {
                // The text of the old error says so itself.
                Self::LuaRuntimeError(text(message.strip_prefix(b"ERR ").unwrap_or(&message)))
            }
            Failure::Timeout => Self::LuaTimeout,
            Failure::Killed => Self::ScriptKilled,
            Failure::Memory => Self::LuaError("Script needs more memory than it may have".to_owned()),
            Failure::NotFound(digest) => Self::ScriptNotFound(digest),
            Failure::NotRunning => Self::NoScriptRunning,
            Failure::Unkillable => Self::Script(ScriptError::Unkillable),
            Failure::Internal(message) => Self::LuaError(message),
        }
    }
}
