//! [`Call`]: the machine, as a host function sees it.

use std::any::Any;
use std::fmt;

use crate::arena::handle::{FunctionHandle, TableHandle, UserDataHandle};
use crate::error::{Error, RuntimeError};
use crate::value::Value;
use crate::vm::{Ctx, Fail, HostFunction, LuaVM, NativeResult, Throw, View};

/// A call of a host function: its arguments, its results, and the machine.
///
/// Arguments are numbered from 1, as in Lua's messages. Handles of arguments are valid for the whole call; what the
/// function makes, or gets from calls, should be rooted or pushed before it runs Lua code again.
///
/// ```
/// # use ferrous::LuaVM;
/// let mut vm = LuaVM::with_stdlib()?;
/// vm.register("hypot", |call| {
///     let (x, y) = (call.check_number(1)?, call.check_number(2)?);
///     call.push(x.hypot(y))?;
///     Ok(1)
/// })?;
/// assert_eq!(vm.eval("return hypot(3, 4)")?, [5.into()]);
/// let error = vm.eval("hypot(3)").unwrap_err().to_string();
/// assert!(error.ends_with("bad argument #2 to 'hypot' (number expected, got no value)"));
/// # Ok::<(), ferrous::Error>(())
/// ```
pub struct Call<'vm> {
    ctx: Ctx<'vm>,
    /// Number of arguments: what is above them has been pushed.
    args: usize,
    /// A Lua error was thrown, and the function has got to know of it.
    thrown: bool,
}

/// Why a host function fails.
///
/// Passing one on with `?` passes on the Lua error it stands for, with the error value as it is. Not passing it on catches
/// that error; a stop (fuel, time, kill) cannot be caught.
#[derive(Debug)]
pub struct CallError(Reason);

#[derive(Debug)]
enum Reason {
    /// What has been thrown is in the machine.
    Throw(Throw),
    Message(Vec<u8>),
    Error(Error),
}

impl CallError {
    /// An error with this message; the position of the Lua code that called the host function is put before it.
    pub fn new(message: impl AsRef<[u8]>) -> Self {
        CallError(Reason::Message(message.as_ref().to_vec()))
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        CallError(Reason::Error(error))
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Throw(Throw::Error) => f.write_str("a Lua error"),
            Reason::Throw(Throw::Stop) => f.write_str("the program is being stopped"),
            Reason::Message(message) => f.write_str(&String::from_utf8_lossy(message)),
            Reason::Error(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Reason::Error(error) => Some(error),
            _ => None,
        }
    }
}

/// Wraps a function of the host's for the machine.
pub(super) fn host_function<F>(f: F) -> HostFunction
where
    F: Fn(&mut Call<'_>) -> Result<usize, CallError> + Send + Sync + 'static,
{
    Box::new(move |ctx| {
        let args = ctx.top();
        let mut call = Call { ctx: ctx.reborrow(), args, thrown: false };
        let result = f(&mut call);
        call.finish(result)
    })
}

impl Call<'_> {
    pub(super) fn view(&self) -> View<'_> {
        self.ctx.view()
    }

    /// Runs a function, and leaves the stack as it is.
    pub(super) fn run<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Fail>) -> Result<R, CallError> {
        let top = self.ctx.top();
        let result = f(&mut self.ctx);
        self.ctx.send_gathered();
        self.ctx.drop_top(self.ctx.top().saturating_sub(top));
        result.map_err(|fail| match fail {
            Fail::Throw(throw) => self.throws(throw),
            Fail::Error(error) => error.into(),
        })
    }

    /// Has the program pay for work that is done for it.
    #[cfg(feature = "script")]
    pub(crate) fn charge(&mut self, units: u64) -> Result<(), CallError> {
        self.ctx.meter().charge(units).map_err(|_| self.throws(Throw::Stop))
    }

    pub(super) fn run_call<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Fail>) -> Result<R, CallError> {
        self.run(f)
    }

    /// Lends the running machine, as a [`LuaVM`], to a function that gives it back: for hosts whose own type owns a machine. On it,
    /// programs can be run and values used as usual; the stack is that of this call.
    ///
    /// # Errors
    /// If another machine is given back. The one that was lent is an empty machine from then on, wherever it is.
    pub fn lend<R>(&mut self, f: impl FnOnce(LuaVM) -> (LuaVM, R)) -> Result<R, Error> {
        self.ctx.lend(f)
    }

    fn throws(&mut self, throw: Throw) -> CallError {
        self.thrown = true;
        CallError(Reason::Throw(throw))
    }

    /// What the host function returned, as the machine wants it.
    fn finish(mut self, result: Result<usize, CallError>) -> NativeResult {
        let ctx = &mut self.ctx;
        if ctx.is_stopped() {
            return Err(Throw::Stop);
        }
        let Err(CallError(reason)) = result else {
            if self.thrown {
                ctx.forget_error();
            }
            return result.map_err(|_| Throw::Error);
        };
        Err(match reason {
            Reason::Throw(Throw::Error) if self.thrown => Throw::Error,
            // It is from another call.
            Reason::Throw(_) => ctx.error("a host function failed"),
            Reason::Message(message) => ctx.error(message),
            Reason::Error(Error::Memory) => ctx.memory_error(),
            Reason::Error(Error::Runtime(RuntimeError { message })) => ctx.plain_error(message),
            Reason::Error(error) => ctx.error(error.to_string()),
        })
    }

    /// An error with this message, and the position of the Lua code that called this function before it (C's `luaL_error`).
    pub fn error(&mut self, message: impl AsRef<[u8]>) -> CallError {
        let throw = self.ctx.error(message);
        self.throws(throw)
    }

    /// An error with this value, as Lua's `error` throws it (manual §5.1).
    pub fn throw(&mut self, value: impl Into<Value>) -> CallError {
        let thrown = self.run(|ctx| {
            ctx.import(value.into())?;
            Err::<(), _>(ctx.throw().into())
        });
        thrown.err().unwrap_or_else(|| CallError::new("error"))
    }

    // Results.

    /// Pushes a value.
    ///
    /// # Errors
    /// If the handle is not valid; if the stack is full.
    pub fn push(&mut self, value: impl Into<Value>) -> Result<(), CallError> {
        self.ctx.import(value.into()).map_err(|fail| match fail {
            Fail::Throw(throw) => self.throws(throw),
            Fail::Error(error) => error.into(),
        })
    }

    /// Pushes a new string.
    ///
    /// # Errors
    /// If there is no memory for it; if the stack is full.
    pub fn push_bytes(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), CallError> {
        let string = self.create_string(bytes)?;
        self.push(string)
    }

    // Arguments.

    /// Number of arguments.
    pub fn arg_count(&self) -> usize {
        self.args
    }

    /// Argument `index`, from 1; nil if there is none.
    pub fn arg(&self, index: usize) -> Value {
        if index <= self.args { self.ctx.export(index) } else { Value::Nil }
    }

    /// All arguments.
    pub fn args(&self) -> Vec<Value> {
        (1..=self.args).map(|index| self.arg(index)).collect()
    }

    /// The bytes of argument `index`, if it is a string; else none. See [`Call::check_string`].
    pub fn bytes(&self, index: usize) -> &[u8] {
        if index <= self.args { self.ctx.bytes(index) } else { &[] }
    }

    /// Fails if there is no argument `index`.
    fn check_present(&mut self, index: usize, expected: &str) -> Result<(), CallError> {
        if index.wrapping_sub(1) < self.args {
            return Ok(());
        }
        let throw = self.ctx.arg_error(index, format!("{expected} expected, got no value"));
        Err(self.throws(throw))
    }

    /// "bad argument #`index` to 'name' (`message`)", where `name` is what the caller calls this function (C's
    /// `luaL_argerror`).
    pub fn arg_error(&mut self, index: usize, message: impl AsRef<[u8]>) -> CallError {
        let throw = self.ctx.arg_error(index, message);
        self.throws(throw)
    }

    fn type_error(&mut self, index: usize, expected: &str) -> CallError {
        let throw = self.ctx.type_error(index, expected);
        self.throws(throw)
    }

    /// Argument `index` as a number; strings are converted (manual §2.2.1).
    ///
    /// # Errors
    /// "number expected", if it is none.
    pub fn check_number(&mut self, index: usize) -> Result<f64, CallError> {
        self.check_present(index, "number")?;
        self.ctx.check_number(index).map_err(|throw| self.throws(throw))
    }

    /// Argument `index` as an integer: a number without its fraction (C's `lua_Integer`).
    ///
    /// # Errors
    /// "number expected", if it is none.
    pub fn check_integer(&mut self, index: usize) -> Result<i64, CallError> {
        self.check_present(index, "number")?;
        self.ctx.check_integer(index).map_err(|throw| self.throws(throw))
    }

    /// The bytes of argument `index`; a number is converted (manual §2.2.1).
    ///
    /// # Errors
    /// "string expected", if it is none.
    pub fn check_string(&mut self, index: usize) -> Result<&[u8], CallError> {
        self.check_present(index, "string")?;
        match self.ctx.check_string(index) {
            Ok(()) => Ok(self.ctx.bytes(index)),
            Err(throw) => Err(self.throws(throw)),
        }
    }

    /// Argument `index`, a table.
    ///
    /// # Errors
    /// "table expected", if it is none.
    pub fn check_table(&mut self, index: usize) -> Result<TableHandle, CallError> {
        self.check_present(index, "table")?;
        self.arg(index).as_table().ok_or_else(|| self.type_error(index, "table"))
    }

    /// Argument `index`, a function.
    ///
    /// # Errors
    /// "function expected", if it is none.
    pub fn check_function(&mut self, index: usize) -> Result<FunctionHandle, CallError> {
        self.check_present(index, "function")?;
        self.arg(index).as_function().ok_or_else(|| self.type_error(index, "function"))
    }

    /// Argument `index`, a userdata that holds a `T`. Messages call it `expected`.
    ///
    /// # Errors
    /// "`expected` expected", if it is none.
    pub fn check_userdata<T: Any>(&mut self, index: usize, expected: &str) -> Result<UserDataHandle, CallError> {
        self.check_present(index, expected)?;
        match self.arg(index) {
            Value::UserData(userdata) if self.ctx.is_userdata::<T>(index) => Ok(userdata),
            _ => Err(self.type_error(index, expected)),
        }
    }
}
