//! [`LuaError`]: what can go wrong in the old VM, and what the old API reports.
//!
//! Errors carry text, never a Lua value: the error values of programs travel inside the machine, and become text where
//! they leave it. The bridge uses the same type, so that callers of the old API match the variants they know.

use std::fmt;

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
    /// The source is Lua, but exceeds a limit of the compiler.
    CompileError(message: String) => ("compile error: {message}");
    /// The program threw an error, or an operation was refused.
    RuntimeError(message: String) => ("runtime error: {message}");
    /// The same, with the calls that were active.
    RuntimeErrorWithTrace {
        /// The message.
        message: String,
        /// The calls.
        traceback: LuaTraceback,
    } => ("runtime error: {message}\n{traceback}");
    /// A value has another type than is needed.
    TypeError {
        /// What is needed.
        expected: String,
        /// What there is.
        got: String,
    } => ("type error: expected {expected}, got {got}");
    /// The same, with the calls that were active.
    TypeErrorWithTrace {
        /// What is needed.
        expected: String,
        /// What there is.
        got: String,
        /// The calls.
        traceback: LuaTraceback,
    } => ("type error: expected {expected}, got {got}\n{traceback}");
    /// Arithmetic on something that is no number.
    ArithmeticError(message: String) => ("arithmetic error: {message}");
    /// Concatenation of something that is no string.
    ConcatenationError(message: String) => ("concatenation error: {message}");
    /// A comparison of values that have no order.
    ComparisonError(message: String) => ("comparison error: {message}");
    /// No memory is left.
    OutOfMemory => ("out of memory");
    /// Calls are nested too deeply.
    StackOverflow => ("stack overflow");
    /// The instruction budget is used up.
    InstructionLimitExceeded => ("instruction limit exceeded");
    /// The time is over.
    Timeout => ("script execution timeout");
    /// A handle names no object.
    InvalidHandle => ("invalid handle");
    /// A handle names an object that is gone, and another has its place.
    StaleHandle => ("stale handle (generation mismatch)");
    /// A table was indexed with something that cannot be a key.
    TableIndexError(message: String) => ("table index error: {message}");
    /// A metamethod failed.
    MetamethodError(message: String) => ("metamethod error: {message}");
    /// A host function got another number of arguments than it takes.
    ArgumentError {
        /// How many it takes.
        expected: usize,
        /// How many it got.
        got: usize,
    } => ("wrong number of arguments: expected {expected}, got {got}");
    /// A value that cannot be called was called.
    CallError(message: String) => ("call error: {message}");
    /// A global that does not exist was needed.
    UndefinedGlobal(name: String) => ("undefined global '{name}'");
    /// A transaction could not be carried out.
    TransactionError(message: String) => ("transaction error: {message}");
    /// A transaction that is not active was used.
    InvalidTransactionState => ("invalid transaction state");
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
    } => ("transaction state error: expected state '{expected_state}' but was '{current_state}' when performing '{operation}' at '{location}'");
    /// A host function failed.
    CFunctionError(message: String) => ("C function error: {message}");
    /// The VM contradicts itself.
    InternalError(message: String) => ("internal error: {message}");
    /// Something the VM does not do.
    NotImplemented(what: String) => ("not implemented: {what}");
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
