//! [`LuaError`]: the errors of the old API, and how those of the core and of the old VM become them.
//!
//! It has exactly the variants it always had, because callers may match them without a wildcard. What the old VM says more
//! precisely is told in the words of old.

use std::fmt;

use crate::legacy::LuaError as Old;
use crate::{Error, FerrousError};

/// The result of an operation of the old API.
pub type LuaResult<T> = Result<T, LuaError>;

/// One active call, in a [`LuaTraceback`].
#[derive(Debug, Clone, PartialEq)]
pub struct CallInfo {
    /// The function's name, if it has one.
    pub function_name: Option<String>,
    /// The file it was loaded from.
    pub source_file: Option<String>,
    /// The line that was executed, counted from 1.
    pub line_number: Option<usize>,
    /// The instruction that was executed.
    pub pc: usize,
}

/// The active calls at the time of an error, the outermost first.
#[derive(Debug, Clone, PartialEq)]
pub struct LuaTraceback {
    /// The calls.
    pub frames: Vec<CallInfo>,
}

impl fmt::Display for LuaTraceback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stack traceback:")?;
        for frame in self.frames.iter().rev() {
            let name = frame.function_name.as_deref().unwrap_or("<anonymous>");
            match (&frame.source_file, frame.line_number) {
                (Some(file), Some(line)) => write!(f, "\n\t{file}:{line}: in function '{name}'")?,
                (Some(file), None) => write!(f, "\n\t{file}: in function '{name}'")?,
                _ => write!(f, "\n\t[pc={}]: in function '{name}'", frame.pc)?,
            }
        }
        Ok(())
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum LuaError {
    /// The source is not Lua.
    SyntaxError {
        /// What is wrong with it.
        message: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The source is Lua, but exceeds a limit of the compiler; or what was put together by hand is not valid.
    CompileError(String),
    /// The program threw an error, or an operation was refused.
    RuntimeError(String),
    /// The same, with the calls that were active.
    RuntimeErrorWithTrace {
        /// The message.
        message: String,
        /// The calls.
        traceback: LuaTraceback,
    },
    /// A value has another type than is needed.
    TypeError {
        /// What is needed.
        expected: String,
        /// What there is.
        got: String,
    },
    /// The same, with the calls that were active.
    TypeErrorWithTrace {
        /// What is needed.
        expected: String,
        /// What there is.
        got: String,
        /// The calls.
        traceback: LuaTraceback,
    },
    /// Arithmetic on something that is no number.
    ArithmeticError(String),
    /// Concatenation of something that is no string.
    ConcatenationError(String),
    /// A comparison of values that have no order.
    ComparisonError(String),
    /// No memory is left.
    OutOfMemory,
    /// Calls are nested too deeply.
    StackOverflow,
    /// The instruction budget is used up.
    InstructionLimitExceeded,
    /// The time is over.
    Timeout,
    /// A handle names no object.
    InvalidHandle,
    /// A handle names an object that is gone, and another has its place.
    StaleHandle,
    /// A table was indexed with something that cannot be a key.
    TableIndexError(String),
    /// A metamethod failed.
    MetamethodError(String),
    /// A host function got another number of arguments than it takes.
    ArgumentError {
        /// How many it takes.
        expected: usize,
        /// How many it got.
        got: usize,
    },
    /// A value that cannot be called was called.
    CallError(String),
    /// A global that does not exist was needed.
    UndefinedGlobal(String),
    /// A transaction could not be carried out.
    TransactionError(String),
    /// A transaction that is not active was used.
    InvalidTransactionState,
    /// The same, in words.
    DetailedTransactionStateError {
        /// The state the transaction is in.
        current_state: String,
        /// The state it would have to be in.
        expected_state: String,
        /// What was tried.
        operation: String,
        /// Where.
        location: String,
    },
    /// A host function failed.
    CFunctionError(String),
    /// The machine contradicts itself.
    InternalError(String),
    /// Something the machine does not do.
    NotImplemented(String),
    /// The program was killed.
    ScriptKilled,
}

impl fmt::Display for LuaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SyntaxError { message, line, column } => write!(f, "syntax error at line {line}:{column}: {message}"),
            Self::CompileError(message) => write!(f, "compile error: {message}"),
            Self::RuntimeError(message) => write!(f, "runtime error: {message}"),
            Self::RuntimeErrorWithTrace { message, traceback } => write!(f, "runtime error: {message}\n{traceback}"),
            Self::TypeError { expected, got } => write!(f, "type error: expected {expected}, got {got}"),
            Self::TypeErrorWithTrace { expected, got, traceback } => {
                write!(f, "type error: expected {expected}, got {got}\n{traceback}")
            }
            Self::ArithmeticError(message) => write!(f, "arithmetic error: {message}"),
            Self::ConcatenationError(message) => write!(f, "concatenation error: {message}"),
            Self::ComparisonError(message) => write!(f, "comparison error: {message}"),
            Self::OutOfMemory => f.write_str("out of memory"),
            Self::StackOverflow => f.write_str("stack overflow"),
            Self::InstructionLimitExceeded => f.write_str("instruction limit exceeded"),
            Self::Timeout => f.write_str("script execution timeout"),
            Self::InvalidHandle => f.write_str("invalid handle"),
            Self::StaleHandle => f.write_str("stale handle (generation mismatch)"),
            Self::TableIndexError(message) => write!(f, "table index error: {message}"),
            Self::MetamethodError(message) => write!(f, "metamethod error: {message}"),
            Self::ArgumentError { expected, got } => {
                write!(f, "wrong number of arguments: expected {expected}, got {got}")
            }
            Self::CallError(message) => write!(f, "call error: {message}"),
            Self::UndefinedGlobal(name) => write!(f, "undefined global '{name}'"),
            Self::TransactionError(message) => write!(f, "transaction error: {message}"),
            Self::InvalidTransactionState => f.write_str("invalid transaction state"),
            Self::DetailedTransactionStateError { current_state, expected_state, operation, location } => write!(
                f,
                "transaction state error: expected state '{expected_state}' but was '{current_state}' when performing \
                 '{operation}' at '{location}'"
            ),
            Self::CFunctionError(message) => write!(f, "C function error: {message}"),
            Self::InternalError(message) => write!(f, "internal error: {message}"),
            Self::NotImplemented(what) => write!(f, "not implemented: {what}"),
            Self::ScriptKilled => f.write_str("script killed by user"),
        }
    }
}

impl std::error::Error for LuaError {}

/// Stepping in, by name: a second `From` would leave the error type of an old closure that ends in `?` open.
impl LuaError {
    /// An error of the core's, as the old API reports it.
    pub fn from_core(error: Error) -> Self {
        match error {
            Error::Syntax(error) => LuaError::from_syntax(error),
            Error::Runtime(error) => LuaError::RuntimeError(String::from_utf8_lossy(&error.message).into_owned()),
            Error::Memory => LuaError::OutOfMemory,
            Error::FuelExhausted => LuaError::InstructionLimitExceeded,
            Error::Timeout => LuaError::Timeout,
            Error::Killed => LuaError::ScriptKilled,
            Error::InvalidHandle { .. } => LuaError::InvalidHandle,
            error @ (Error::Diverged | Error::Output(_)) => LuaError::RuntimeError(error.to_string()),
        }
    }

    /// An error of the front end, as the old API reports it.
    pub fn from_syntax(error: crate::syntax::SyntaxError) -> Self {
        LuaError::SyntaxError {
            message: String::from_utf8_lossy(&error.message).into_owned(),
            line: error.line as usize,
            column: error.column as usize,
        }
    }

    /// An error of the old VM's windows and journals, in the words of old.
    pub(super) fn from_legacy(error: Old) -> Self {
        LuaError::RuntimeError(match error {
            Old::InvalidTransactionState | Old::DoubleAbort { .. } => return LuaError::InvalidTransactionState,
            Old::HandleStale { .. } => return LuaError::StaleHandle,
            Old::HandleOutOfRange { .. } => return LuaError::InvalidHandle,
            Old::OutOfMemory => return LuaError::OutOfMemory,
            Old::RuntimeError(message) => message,
            Old::WindowTooLarge { size, bound } => format!("Window size {size} exceeds maximum of {bound}"),
            Old::WindowOutOfRange { index, .. } => format!("Invalid window index: {index}"),
            Old::RegisterOutOfRange { window, register, bound } => {
                format!("Register {register} out of bounds for window {window} (size {bound})")
            }
            Old::ProtectedRegister { window, register, .. } => {
                format!("Cannot modify protected register {register} in window {window}")
            }
            // No window and no journal has another.
            other => other.to_string(),
        })
    }
}

/// Stepping in, for a result.
pub(super) trait InOldWords<T> {
    /// The result, with its error as the old API reports it.
    fn in_old_words(self) -> LuaResult<T>;
}

impl<T> InOldWords<T> for Result<T, Error> {
    fn in_old_words(self) -> LuaResult<T> {
        self.map_err(LuaError::from_core)
    }
}

impl<T> InOldWords<T> for Result<T, Old> {
    fn in_old_words(self) -> LuaResult<T> {
        self.map_err(LuaError::from_legacy)
    }
}

/// For those who reply to commands.
impl From<LuaError> for FerrousError {
    fn from(error: LuaError) -> Self {
        match error {
            LuaError::SyntaxError { message, line, column } => {
                FerrousError::LuaCompilationError(format!("line {line}:{column}: {message}"))
            }
            LuaError::CompileError(message) => FerrousError::LuaCompilationError(message),
            LuaError::RuntimeError(message) => FerrousError::LuaRuntimeError(message),
            LuaError::RuntimeErrorWithTrace { message, traceback } => {
                FerrousError::LuaRuntimeError(format!("{message}\n{traceback}"))
            }
            LuaError::Timeout => FerrousError::LuaTimeout,
            LuaError::ScriptKilled => FerrousError::ScriptKilled,
            other => FerrousError::LuaError(other.to_string()),
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
