//! [`LuaError`]: what can go wrong in the old VM.
//!
//! Errors carry text, never a Lua value: the error values of programs travel inside the machine, and become text where
//! they leave it. The bridge has the old API's type of that name, and words these in its terms.

use std::fmt;

/// The result of an operation of the old VM.
pub type LuaResult<T> = Result<T, LuaError>;

macro_rules! define_errors {
    ($($(#[$doc:meta])* $name:ident $(($($tuple:ident: $tuple_type:ty),*))? $({$($(#[$field_doc:meta])* $field:ident: $field_type:ty),* $(,)?})? => ($($text:tt)*);)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, PartialEq)]
        pub enum LuaError {
            $($(#[$doc])* $name $(($($tuple_type),*))? $({$($(#[$field_doc])* $field: $field_type),*})?,)*
        }

        impl fmt::Display for LuaError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(LuaError::$name $(($($tuple),*))? $({$($field),*})? => write!(f, $($text)*),)*
                }
            }
        }
    };
}

define_errors! {
    /// The source is not Lua.
    SyntaxError {
        /// What is wrong with it.
        message: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    } => ("syntax error at line {line}:{column}: {message}");
    /// The program threw an error, or an operation was refused.
    RuntimeError(message: String) => ("runtime error: {message}");
    /// A value has another type than is needed.
    TypeError {
        /// What is needed.
        expected: String,
        /// What there is.
        got: String,
    } => ("type error: expected {expected}, got {got}");
    /// No memory is left.
    OutOfMemory => ("out of memory");
    /// The instruction budget is used up.
    InstructionLimitExceeded => ("instruction limit exceeded");
    /// The time is over.
    Timeout => ("script execution timeout");
    /// A table was indexed with something that cannot be a key.
    TableIndexError(message: String) => ("table index error: {message}");
    /// A transaction could not be carried out.
    TransactionError(message: String) => ("transaction error: {message}");
    /// A transaction that is not active was used.
    InvalidTransactionState => ("invalid transaction state");
    /// The VM contradicts itself.
    InternalError(message: String) => ("internal error: {message}");
    /// The program was killed.
    ScriptKilled => ("script killed by user");
    /// A handle's index is beyond the objects there are.
    HandleOutOfRange {
        /// The kind of object the handle is for.
        what: &'static str,
        /// The handle's index.
        index: u32,
        /// How many places the arena has.
        bound: u32,
    } => ("invalid {what} handle: index {index} is out of range, the heap has {bound} places for a {what}");
    /// A handle's object is gone.
    HandleStale {
        /// The kind of object the handle is for.
        what: &'static str,
        /// The handle's index.
        index: u32,
        /// The handle's generation.
        generation: u32,
    } => ("stale {what} handle: the object of generation {generation} at index {index} is gone");
    /// A transaction was aborted for the second time.
    DoubleAbort {
        /// How many changes the first abort dropped.
        dropped: usize,
    } => ("transaction already aborted ({dropped} queued changes were dropped): reset it to use it again");
    /// A protected register was written.
    ProtectedRegister {
        /// The window it is in.
        window: usize,
        /// The register.
        register: usize,
        /// How many registers the window has.
        bound: usize,
    } => ("cannot modify protected register {register} of window {window} (which has {bound} registers): release the protection first");
    /// There is no such window.
    WindowOutOfRange {
        /// The index of the window.
        index: usize,
        /// How many windows there are.
        bound: usize,
    } => ("window index {index} is out of range: there are {bound} windows");
    /// There is no such register.
    RegisterOutOfRange {
        /// The window it would be in.
        window: usize,
        /// The register.
        register: usize,
        /// How many registers the window has.
        bound: usize,
    } => ("register {register} is out of range: window {window} has {bound} registers");
    /// A window cannot be that large.
    WindowTooLarge {
        /// The size asked for.
        size: usize,
        /// The largest there is.
        bound: usize,
    } => ("window size {size} exceeds the maximum of {bound}");
}

impl std::error::Error for LuaError {}

impl From<crate::syntax::SyntaxError> for LuaError {
    fn from(error: crate::syntax::SyntaxError) -> Self {
        LuaError::SyntaxError {
            message: String::from_utf8_lossy(&error.message).into_owned(),
            line: error.line as usize,
            column: error.column as usize,
        }
    }
}
