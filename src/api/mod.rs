//! The embedder's interface: what [`LuaVM`] and [`Call`] can do.
//!
//! A host holds a [`LuaVM`]; a host function is lent a [`Call`], which is the same machine in the middle of running a
//! program. Nearly everything can be done with either, so the methods are written once, below, and differ in their error
//! alone: [`Error`] for the host, [`CallError`] for a host function.
//!
//! What is said not to collect fails with [`Error::Memory`] at the memory limit, even if there is garbage: then
//! [`LuaVM::collect_garbage`] makes room.
//!
//! Nothing here is unsafe, and nothing panics, whatever values it is given.

#![forbid(unsafe_code)]

mod call;
mod machine;
mod root;

pub use call::{Call, CallError};
pub use root::{Machine, Root};

use crate::arena::handle::{FunctionHandle, StringHandle, TableHandle, ThreadHandle, UserDataHandle};
use crate::error::{Error, RuntimeError};
use crate::value::Value;
pub use crate::vm::ThreadStatus;
use crate::vm::{Ctx, Fail, LuaVM};

/// Calls a function with arguments; the results are all that is above `base` afterwards.
fn call(ctx: &mut Ctx<'_>, function: Value, args: &[Value]) -> Result<Vec<Value>, Fail> {
    let base = push_call(ctx, function, args)?;
    ctx.call(args.len(), None)?;
    Ok(results(ctx, base))
}

/// Likewise; a Lua error is the inner one.
fn protected_call(ctx: &mut Ctx<'_>, function: Value, args: &[Value]) -> Result<Result<Vec<Value>, Value>, Fail> {
    let base = push_call(ctx, function, args)?;
    if ctx.protected_call(args.len(), None)? {
        return Ok(Ok(results(ctx, base)));
    }
    Ok(Err(ctx.export(ctx.top())))
}

/// Pushes a function and its arguments. They are safe then, so garbage is collected if that is due.
fn push_call(ctx: &mut Ctx<'_>, function: Value, args: &[Value]) -> Result<usize, Fail> {
    let base = ctx.top();
    ctx.import(function)?;
    for &arg in args {
        ctx.import(arg)?;
    }
    ctx.safepoint()?;
    Ok(base)
}

fn results(ctx: &Ctx<'_>, base: usize) -> Vec<Value> {
    (base + 1..=ctx.top()).map(|index| ctx.export(index)).collect()
}

fn resume(ctx: &mut Ctx<'_>, thread: ThreadHandle, args: &[Value]) -> Result<Vec<Value>, Fail> {
    let base = ctx.top();
    ctx.import(Value::Thread(thread))?;
    for &arg in args {
        ctx.import(arg)?;
    }
    // All of them are safe now from a collection.
    ctx.push_resume()?;
    ctx.insert(base + 1);
    ctx.safepoint()?;
    ctx.call(args.len() + 1, None)?;
    if !ctx.to_boolean(base + 1) {
        return Err(ctx.throw().into());
    }
    Ok(results(ctx, base + 1))
}

fn get(ctx: &mut Ctx<'_>, object: Value, key: Value) -> Result<Value, Fail> {
    ctx.import(object)?;
    let position = ctx.top();
    ctx.import(key)?;
    ctx.index(position)?;
    Ok(ctx.export(ctx.top()))
}

fn set(ctx: &mut Ctx<'_>, object: Value, key: Value, value: Value) -> Result<(), Fail> {
    ctx.check_limit(0)?;
    ctx.import(object)?;
    let position = ctx.top();
    ctx.import(key)?;
    ctx.import(value)?;
    Ok(ctx.set_index(position)?)
}

fn raw_set(ctx: &mut Ctx<'_>, table: TableHandle, key: Value, value: Value) -> Result<(), Fail> {
    ctx.check_limit(0)?;
    ctx.import(Value::Table(table))?;
    let position = ctx.top();
    ctx.import(key)?;
    ctx.import(value)?;
    Ok(ctx.raw_set(position)?)
}

fn set_metatable(ctx: &mut Ctx<'_>, value: Value, metatable: Option<TableHandle>) -> Result<(), Fail> {
    ctx.import(value)?;
    let position = ctx.top();
    ctx.import(metatable.map_or(Value::Nil, Value::Table))?;
    ctx.set_metatable(position);
    Ok(())
}

fn to_text(ctx: &mut Ctx<'_>, value: Value) -> Result<Vec<u8>, Fail> {
    ctx.import(value)?;
    let position = ctx.top();
    ctx.push_display(position)?;
    let position = ctx.top();
    if !ctx.convert_to_string(position)? {
        let message = b"'__tostring' must return a string".to_vec();
        return Err(Error::Runtime(RuntimeError { message }).into());
    }
    Ok(ctx.bytes(position).to_vec())
}

macro_rules! methods {
    ($machine:ty, $error:ty) => {
        /// Values and handles.
        impl $machine {
            /// Whether a value can be used with this machine: its handle, if it has one, names a live object.
            pub fn is_valid(&self, value: impl Into<Value>) -> bool {
                self.view().is_valid(value.into())
            }

            /// Keeps a value alive until the [`Root`] is dropped.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`].
            pub fn root(&mut self, value: impl Into<Value>) -> Result<Root, $error> {
                let (key, unrooted) = self.run(|ctx| Ok(ctx.root(value.into())?))?;
                Ok(Root::new(key, unrooted))
            }

            /// A value as text, as Lua's `tostring` makes it (manual §5.1). May run a `__tostring` metamethod, and collect.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`]; whatever the metamethod throws; if it does not return a string.
            pub fn to_text(&mut self, value: impl Into<Value>) -> Result<Vec<u8>, $error> {
                self.run(|ctx| to_text(ctx, value.into()))
            }

            /// The value with this number, from 0, that belongs to what runs: of a [`Call`], its arguments and what it has
            /// pushed; of a [`LuaVM`], the results of its last call, until anything else is done with it.
            pub fn get_register(&self, index: usize) -> Option<Value> {
                self.view().register(index)
            }

            /// Bytes allocated by this machine's objects at present. What a userdata holds is not counted.
            pub fn memory_used(&self) -> usize {
                self.view().memory_used()
            }

            /// Walks the whole machine and says what is first found wrong; for tests.
            #[doc(hidden)]
            #[cfg(any(debug_assertions, feature = "verify", feature = "alloc_fail"))]
            pub fn heap_check(&mut self) -> Result<(), String> {
                self.run(|ctx| Ok(ctx.heap_check())).unwrap_or_else(|error| Err(format!("{error:?}")))
            }

            /// Bytes in use, and bytes allocated, of the stack that runs: values and frames.
            pub fn stack_usage(&self) -> (usize, usize) {
                self.view().stack_usage()
            }
        }

        /// Strings.
        impl $machine {
            /// A string with these bytes, which need not be text. Does not collect.
            ///
            /// # Errors
            /// [`Error::Memory`].
            pub fn create_string(&mut self, bytes: impl AsRef<[u8]>) -> Result<StringHandle, $error> {
                self.run(|ctx| ctx.create_string(bytes.as_ref()))
            }

            /// The bytes of a string; `None` if the handle is not valid.
            pub fn string_bytes(&self, string: StringHandle) -> Option<&[u8]> {
                self.view().bytes(string)
            }
        }

        /// Tables. What is called *raw* disregards metamethods, and never collects.
        impl $machine {
            /// An empty table with room for `array` elements 1, 2, 3… and `nodes` other keys. Does not collect.
            ///
            /// # Errors
            /// [`Error::Memory`].
            pub fn create_table(&mut self, array: usize, nodes: usize) -> Result<TableHandle, $error> {
                self.run(|ctx| ctx.create_table(array, nodes))
            }

            /// Raw: the value at a key, nil if there is none. `None` if the table or the key is not valid.
            pub fn get_table_field(&self, table: TableHandle, key: impl Into<Value>) -> Option<Value> {
                self.view().raw_get(table, key.into())
            }

            /// Raw: stores a value at a key; nil removes it.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`]; [`Error::Memory`]; a Lua error if the key is nil or NaN.
            pub fn set_table_field(
                &mut self,
                table: TableHandle,
                key: impl Into<Value>,
                value: impl Into<Value>,
            ) -> Result<(), $error> {
                self.run(|ctx| raw_set(ctx, table, key.into(), value.into()))
            }

            /// Raw: the length (manual §2.5.5); `None` if the handle is not valid.
            pub fn table_len(&self, table: TableHandle) -> Option<usize> {
                self.view().raw_len(table)
            }

            /// Raw: the entry after the one with key `key`, in the table's order; `nil` asks for the first. As with Lua's
            /// `next` (manual §5.1), entries may be changed and removed between two calls, but none added.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`], which a key that was removed can become; a Lua error if there was no such key.
            pub fn table_next(
                &self,
                table: TableHandle,
                key: impl Into<Value>,
            ) -> Result<Option<(Value, Value)>, $error> {
                self.view().next(table, key.into()).map_err(Into::into)
            }

            /// `object[key]` (manual §2.8). May run an `__index` metamethod, and then collect.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`]; a Lua error if the object cannot be indexed; whatever the metamethod throws.
            pub fn get(&mut self, object: impl Into<Value>, key: impl Into<Value>) -> Result<Value, $error> {
                self.run(|ctx| get(ctx, object.into(), key.into()))
            }

            /// `object[key] = value` (manual §2.8). May run a `__newindex` metamethod, and then collect.
            ///
            /// # Errors
            /// As [`Self::get`]; [`Error::Memory`].
            pub fn set(
                &mut self,
                object: impl Into<Value>,
                key: impl Into<Value>,
                value: impl Into<Value>,
            ) -> Result<(), $error> {
                self.run(|ctx| set(ctx, object.into(), key.into(), value.into()))
            }

            /// `object.name`: [`Self::get`] with a string as the key.
            ///
            /// # Errors
            /// As [`Self::get`]; [`Error::Memory`].
            pub fn get_field(&mut self, object: impl Into<Value>, name: &str) -> Result<Value, $error> {
                let name = self.create_string(name)?;
                self.get(object, name)
            }

            /// `object.name = value`: [`Self::set`] with a string as the key.
            ///
            /// # Errors
            /// As [`Self::set`].
            pub fn set_field(
                &mut self,
                object: impl Into<Value>,
                name: &str,
                value: impl Into<Value>,
            ) -> Result<(), $error> {
                let name = self.create_string(name)?;
                self.set(object, name, value)
            }

            /// The table of global variables (manual §2.9).
            pub fn globals(&self) -> TableHandle {
                self.view().globals()
            }

            /// The table that only the host, and the debug library, can reach (C's `LUA_REGISTRYINDEX`, manual §3.5).
            pub fn registry(&self) -> TableHandle {
                self.view().registry()
            }

            /// A global variable.
            ///
            /// # Errors
            /// As [`Self::get_field`].
            pub fn get_global(&mut self, name: &str) -> Result<Value, $error> {
                self.get_field(self.globals(), name)
            }

            /// Sets a global variable.
            ///
            /// # Errors
            /// As [`Self::set_field`].
            pub fn set_global(&mut self, name: &str, value: impl Into<Value>) -> Result<(), $error> {
                self.set_field(self.globals(), name, value)
            }

            /// The metatable of a value (manual §2.8); `None` if it has none or is not valid.
            pub fn metatable(&self, value: impl Into<Value>) -> Option<TableHandle> {
                self.view().metatable(value.into())
            }

            /// Gives a table or userdata a metatable, or takes it away. All values of another type share one.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`].
            pub fn set_metatable(
                &mut self,
                value: impl Into<Value>,
                metatable: Option<TableHandle>,
            ) -> Result<(), $error> {
                self.run(|ctx| set_metatable(ctx, value.into(), metatable))
            }
        }

        /// Functions and coroutines.
        impl $machine {
            /// Compiles a chunk into a function, whose environment is the globals. Does not collect.
            ///
            /// `name` tells messages where the code is from, in Lua's convention: `@file.lua` names a file, `=label` is used
            /// as it is, and anything else is taken for the source itself. A precompiled chunk is refused unless
            /// [`LuaVM::set_allow_bytecode`] has allowed them.
            ///
            /// # Errors
            /// [`Error::Syntax`]; [`Error::Memory`]; [`Error::Runtime`] for a bad precompiled chunk.
            pub fn load(&mut self, source: impl AsRef<[u8]>, name: &str) -> Result<FunctionHandle, $error> {
                self.run(|ctx| ctx.create_chunk(source.as_ref(), name.as_bytes()))
            }

            /// Calls a function, or a value with a `__call` metamethod; returns all its results. May collect.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`]; whatever the function throws, or stops it.
            pub fn call(&mut self, function: impl Into<Value>, args: &[Value]) -> Result<Vec<Value>, $error> {
                self.run_call(|ctx| call(ctx, function.into(), args))
            }

            /// Like [`Self::call`], but a Lua error is caught, as by `pcall`: the inner error is its value.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`]; whatever stops the function.
            pub fn protected_call(
                &mut self,
                function: impl Into<Value>,
                args: &[Value],
            ) -> Result<Result<Vec<Value>, Value>, $error> {
                self.run_call(|ctx| protected_call(ctx, function.into(), args))
            }

            /// A Lua function that calls a Rust function. Does not collect.
            ///
            /// The Rust function finds its arguments in the [`Call`], pushes its results and returns how many they are.
            ///
            /// # Errors
            /// [`Error::Memory`].
            pub fn create_function<F>(&mut self, f: F) -> Result<FunctionHandle, $error>
            where
                F: Fn(&mut Call<'_>) -> Result<usize, CallError> + Send + Sync + 'static,
            {
                self.run(|ctx| ctx.create_function(call::host_function(f)))
            }

            /// Sets a global variable to a Lua function that calls a Rust function: see [`Self::create_function`].
            ///
            /// # Errors
            /// As [`Self::set_global`].
            pub fn register<F>(&mut self, name: &str, f: F) -> Result<(), $error>
            where
                F: Fn(&mut Call<'_>) -> Result<usize, CallError> + Send + Sync + 'static,
            {
                let function = self.create_function(f)?;
                self.set_global(name, function)
            }

            /// A coroutine (manual §2.11) that will run a Lua function. Does not collect.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`]; [`Error::Memory`]; a Lua error if the function is one of Rust.
            pub fn create_thread(&mut self, function: FunctionHandle) -> Result<ThreadHandle, $error> {
                self.run(|ctx| ctx.create_thread(function))
            }

            /// Starts or continues a coroutine; returns what it yields or returns. May collect.
            ///
            /// # Errors
            /// [`Error::InvalidHandle`]; whatever the coroutine throws, which ends it; a Lua error if it is not suspended.
            pub fn resume(&mut self, thread: ThreadHandle, args: &[Value]) -> Result<Vec<Value>, $error> {
                self.run_call(|ctx| resume(ctx, thread, args))
            }

            /// What a coroutine is doing; `None` if the handle is not valid.
            pub fn thread_status(&self, thread: ThreadHandle) -> Option<ThreadStatus> {
                self.view().thread_status(thread)
            }
        }

        /// Userdata.
        impl $machine {
            /// A userdata around a value of the host's. The value is dropped some time after the last use of the userdata.
            /// Does not collect.
            ///
            /// # Errors
            /// [`Error::Memory`].
            pub fn create_userdata<T: std::any::Any + Send + Sync>(
                &mut self,
                value: T,
            ) -> Result<UserDataHandle, $error> {
                self.run(|ctx| ctx.create_userdata(Box::new(value)))
            }

            /// Lends the value in a userdata to a function. `None` if the handle is not valid, or it is no `T`.
            pub fn with_userdata<T: std::any::Any, R>(
                &mut self,
                userdata: UserDataHandle,
                f: impl FnOnce(&mut T) -> R,
            ) -> Option<R> {
                let lent = self.run(|ctx| {
                    ctx.import(Value::UserData(userdata))?;
                    let position = ctx.top();
                    Ok(ctx.with_userdata(position, f))
                });
                lent.ok().flatten()
            }
        }
    };
}

methods!(LuaVM, Error);
methods!(Call<'_>, CallError);
