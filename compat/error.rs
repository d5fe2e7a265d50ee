//! The errors of the old API, and how those of the core become them.

pub use crate::legacy::{CallInfo, LuaError, LuaResult, LuaTraceback};

use crate::Error;

/// Stepping in: an error of the core's, as the old API reports it.
impl From<Error> for LuaError {
    fn from(error: Error) -> Self {
        match error {
            Error::Syntax(error) => error.into(),
            Error::Runtime(error) => LuaError::RuntimeError(String::from_utf8_lossy(&error.message).into_owned()),
            Error::Memory => LuaError::OutOfMemory,
            Error::FuelExhausted => LuaError::InstructionLimitExceeded,
            Error::Timeout => LuaError::Timeout,
            Error::Killed => LuaError::ScriptKilled,
            Error::InvalidHandle { .. } => LuaError::InvalidHandle,
            Error::Diverged => LuaError::RuntimeError(Error::Diverged.to_string()),
        }
    }
}

/// What a program that catches the error of a host function sees.
pub(super) fn message_for_lua(error: &LuaError) -> String {
    match error {
        LuaError::RuntimeError(message) | LuaError::RuntimeErrorWithTrace { message, .. } => message.clone(),
        other => other.to_string(),
    }
}
