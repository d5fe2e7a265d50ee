//! What the machine reports to its host.

#![forbid(unsafe_code)]

#[cfg(feature = "script")]
mod service;

use crate::syntax::SyntaxError;

#[cfg(feature = "script")]
pub use service::{CommandError, FerrousError, Result, ScriptError, StorageError};

/// Why a program could not be loaded or run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The source is not Lua.
    Syntax(SyntaxError),
    /// The program threw an error that it did not catch.
    Runtime(RuntimeError),
    /// The memory limit was reached, or the system has no more memory.
    Memory,
    /// The instruction limit was reached.
    FuelExhausted,
    /// The time limit was reached.
    Timeout,
    /// Another thread killed the program.
    Killed,
    /// A strict shadow run has found a difference between an old opcode and the core's.
    Diverged,
    /// What the program printed could not be written to standard output, and the program was not told.
    Output(std::io::ErrorKind),
    /// A handle names no object of this machine, or one that is gone.
    InvalidHandle {
        /// The kind of object the handle is for.
        what: &'static str,
        /// The handle's index.
        index: u32,
        /// The handle's generation.
        generation: u32,
    },
}

/// An error thrown by a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeError {
    /// The message, with position and, if one was asked for, traceback. It may hold any bytes.
    pub message: Vec<u8>,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Syntax(error) => write!(f, "{error}"),
            Error::Runtime(error) => f.write_str(&String::from_utf8_lossy(&error.message)),
            Error::Memory => f.write_str("not enough memory"),
            Error::FuelExhausted => f.write_str("instruction limit exceeded: raise it with set_fuel"),
            Error::Timeout => f.write_str("time limit exceeded: raise it with set_time_limit"),
            Error::Killed => f.write_str("program killed"),
            Error::Diverged => {
                f.write_str("stopped at a difference between an old opcode and the core's: see the report")
            }
            Error::Output(kind) => write!(f, "cannot write standard output: {kind}"),
            Error::InvalidHandle { what, index, generation } => {
                write!(f, "invalid {what} handle: no live object at index {index} with generation {generation}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Syntax(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SyntaxError> for Error {
    fn from(error: SyntaxError) -> Self {
        Error::Syntax(error)
    }
}
