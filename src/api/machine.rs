//! What only the host itself can do with a machine.

use crate::error::Error;
use crate::value::Value;
use crate::vm::{Ctx, Fail, LuaVM};

impl LuaVM {
    /// Runs a function on an empty stack.
    pub(super) fn run<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Fail>) -> Result<R, Error> {
        self.enter(|ctx| settle(f(ctx)))?
    }

    /// Likewise; what the function leaves on the stack stays there.
    pub(super) fn run_call<R>(&mut self, f: impl FnOnce(&mut Ctx<'_>) -> Result<R, Fail>) -> Result<R, Error> {
        self.enter_keeping(|ctx| settle(f(ctx)))?
    }

    /// Runs a chunk: loads it, with itself as its name, and calls it without arguments; returns its results. May collect.
    ///
    /// ```
    /// # use ferrous::{LuaVM, Value};
    /// let mut vm = LuaVM::with_stdlib()?;
    /// assert_eq!(vm.eval("return 6 * 7, type(print) == 'function'")?, [Value::from(42), Value::from(true)]);
    /// # Ok::<(), ferrous::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`LuaVM::load`] and [`LuaVM::call`].
    pub fn eval(&mut self, source: impl AsRef<[u8]>) -> Result<Vec<Value>, Error> {
        let source = source.as_ref();
        self.run_call(|ctx| {
            ctx.let_collect();
            let function = ctx.create_chunk(source, source)?;
            super::call(ctx, function.into(), &[])
        })
    }
}

/// Keeps refusals apart from what Lua has thrown.
fn settle<R>(result: Result<R, Fail>) -> Result<Result<R, Error>, crate::vm::Throw> {
    match result {
        Ok(result) => Ok(Ok(result)),
        Err(Fail::Error(error)) => Ok(Err(error)),
        Err(Fail::Throw(throw)) => Err(throw),
    }
}
