//! The methods of [`Ctx`]: values, results, tables, calls, errors. Checks of arguments are in `arguments.rs`.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use super::event::Event;
use super::frame::NativeKind;
use super::limits::MAX_STACK;
use super::native::{Ctx, NativeFn, Throw, Type};
use super::state::State;
use crate::arena::{Gc, Held, TValue, Table, TableError, Unpacked, UserData};
use crate::bytecode::dump::{dump, dump_bound};
use crate::kernel::memory::reserve;
use crate::kernel::meter::Meter;
use crate::kernel::number;

impl State {
    /// A value as a number, if it is one or a string that reads as one, as arithmetic and argument checks want it.
    pub(crate) fn coerce(&mut self, value: TValue) -> Result<Option<f64>, Throw> {
        match (value.as_number(), value.as_string()) {
            (Some(n), _) => Ok(Some(n)),
            (None, Some(string)) => Ok(number::parse_number_paying(string.bytes(), &mut self.heap.meter)?),
            (None, None) => Ok(None),
        }
    }
}

/// C's conversion of a double to a 64-bit integer on the machines Lua runs on: what does not fit becomes the smallest.
pub(crate) fn to_integer(n: f64) -> i64 {
    crate::arena::table::truncate_wide(n)
}

impl<'vm> Ctx<'vm> {
    pub(super) fn new(st: &'vm mut State) -> Self {
        Ctx { st }
    }

    // The stack.

    fn base(&self) -> *mut TValue {
        self.st.current().base
    }

    /// Number of values.
    #[inline]
    pub(crate) fn top(&self) -> usize {
        (self.st.top as usize - self.base() as usize) / size_of::<TValue>()
    }

    /// The value at a position.
    #[inline]
    pub(super) fn value(&self, index: usize) -> Option<TValue> {
        // SAFETY: the values of a native frame are `base..top`, all initialised.
        (index.wrapping_sub(1) < self.top()).then(|| unsafe { *self.base().add(index - 1) })
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> TValue {
        self.value(index).unwrap_or(TValue::NIL)
    }

    /// Replaces the value at a position that exists.
    pub(super) fn put(&mut self, index: usize, value: TValue) {
        if index.wrapping_sub(1) < self.top() {
            // SAFETY: as in `value`.
            unsafe { *self.base().add(index - 1) = value };
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: TValue) -> Result<(), Throw> {
        // SAFETY: `top` is at most the limit, above which the margin lies.
        unsafe { self.st.top.write(value) };
        self.st.top = self.st.top.wrapping_add(1);
        // The value has to be on the stack when it grows.
        if self.st.top > self.st.stack_limit { self.grow_below() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn grow_below(&mut self) -> Result<(), Throw> {
        self.st.grow_stack(0).inspect_err(|_| self.drop_top(1))
    }

    pub(super) fn pop(&mut self) -> TValue {
        if self.top() == 0 {
            return TValue::NIL;
        }
        self.st.top = self.st.top.wrapping_sub(1);
        // SAFETY: there was a value below `top`.
        unsafe { *self.st.top }
    }

    /// Makes the number of values `count`: drops the topmost, or adds nils.
    pub(crate) fn set_top(&mut self, count: usize) -> Result<(), Throw> {
        while self.top() < count {
            self.push(TValue::NIL)?;
        }
        self.st.top = self.base().wrapping_add(count);
        Ok(())
    }

    /// Drops the topmost `count` values.
    pub(crate) fn drop_top(&mut self, count: usize) {
        let keep = self.top().saturating_sub(count);
        self.st.top = self.base().wrapping_add(keep);
    }

    /// Makes sure that `count` more values fit; the error is PUC's "stack overflow (`what`)".
    pub(crate) fn reserve(&mut self, count: usize, what: &str) -> Result<(), Throw> {
        if count > MAX_STACK || self.st.grow_stack_for(count).is_err() {
            return Err(self.error(format!("stack overflow ({what})")));
        }
        Ok(())
    }

    /// Whether `count` more values fit.
    pub(crate) fn can_push(&mut self, count: usize) -> bool {
        count < MAX_STACK && self.st.grow_stack_for(count).is_ok()
    }

    // Types.

    /// The type of a value.
    pub(crate) fn type_of(&self, index: usize) -> Type {
        match self.value(index).map(TValue::unpack) {
            None => Type::None,
            Some(Unpacked::Nil) => Type::Nil,
            Some(Unpacked::Boolean(_)) => Type::Boolean,
            Some(Unpacked::Number(_)) => Type::Number,
            Some(Unpacked::String(_)) => Type::String,
            Some(Unpacked::Table(_)) => Type::Table,
            Some(Unpacked::Function(_)) => Type::Function,
            Some(Unpacked::UserData(_)) => Type::UserData,
            Some(Unpacked::Thread(_)) => Type::Thread,
        }
    }

    /// The name of a value's type; "no value" if there is none.
    pub(crate) fn type_name(&self, index: usize) -> &'static str {
        self.value(index).map_or("no value", TValue::type_name)
    }

    pub(crate) fn is_none(&self, index: usize) -> bool {
        self.value(index).is_none()
    }

    pub(crate) fn is_none_or_nil(&self, index: usize) -> bool {
        self.get(index).is_nil()
    }

    /// Whether a value counts as true.
    pub(crate) fn to_boolean(&self, index: usize) -> bool {
        !self.get(index).is_falsy()
    }

    /// The value as a number, converting strings.
    pub(crate) fn coerce_number(&mut self, index: usize) -> Result<Option<f64>, Throw> {
        self.st.coerce(self.get(index))
    }

    /// Whether two values are the same, without metamethods.
    pub(crate) fn raw_equal(&mut self, a: usize, b: usize) -> Result<bool, Throw> {
        match (self.value(a), self.value(b)) {
            (Some(a), Some(b)) => self.st.same_value(a, b),
            _ => Ok(false),
        }
    }

    /// Whether the function at a position is a native one.
    pub(crate) fn is_native(&self, index: usize) -> bool {
        self.get(index).as_function().is_some_and(|function| !function.is_lua())
    }

    /// Whether the value at a position is a closure of this native function.
    pub(crate) fn is_function(&self, index: usize, function: NativeFn) -> bool {
        let native = self.get(index).as_function().and_then(|closure| closure.as_native());
        native.is_some_and(|native| std::ptr::eq(native.entry.get(), function as *const ()))
    }

    /// The address a value prints as: of a table, function, thread or userdata.
    pub(crate) fn address(&self, index: usize) -> usize {
        self.get(index).as_object().map_or(0, |object| object.as_ptr() as usize)
    }

    /// The bytes of a string; none of anything else. Use [`Ctx::check_string`] first to convert numbers.
    #[inline]
    pub(crate) fn bytes(&self, index: usize) -> &[u8] {
        self.get(index).as_string().map_or(&[], |string| string.bytes())
    }

    // Pushing.

    pub(crate) fn push_nil(&mut self) -> Result<(), Throw> {
        self.push(TValue::NIL)
    }

    pub(crate) fn push_boolean(&mut self, b: bool) -> Result<(), Throw> {
        self.push(TValue::boolean(b))
    }

    #[inline]
    pub(crate) fn push_number(&mut self, n: f64) -> Result<(), Throw> {
        self.push(TValue::number(n))
    }

    /// Pushes a new string.
    #[inline]
    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Throw> {
        self.st.native_safepoint()?;
        let string = self.st.string_behind_safepoint(bytes)?;
        self.push(string.into())
    }

    /// Pushes a part of the string at a position.
    #[inline]
    pub(crate) fn push_part(&mut self, index: usize, range: Range<usize>) -> Result<(), Throw> {
        self.st.native_safepoint()?;
        let Some(source) = self.get(index).as_string() else { return self.push(TValue::NIL) };
        let bytes = source.bytes();
        let part = bytes.get(range).unwrap_or_default();
        if part.len() == bytes.len() {
            return self.push(source.into());
        }
        let string = self.st.string_behind_safepoint(part)?;
        self.push(string.into())
    }

    /// Pushes the numbers of some bytes of the string at a position.
    pub(crate) fn push_byte_values(&mut self, index: usize, range: Range<usize>) -> Result<(), Throw> {
        let bytes = self.get(index).as_string().and_then(|string| string.bytes().get(range));
        for &byte in bytes.unwrap_or_default() {
            self.push(TValue::number(byte.into()))?;
        }
        Ok(())
    }

    /// Pushes a copy of the value at a position.
    #[inline]
    pub(crate) fn push_value(&mut self, index: usize) -> Result<(), Throw> {
        self.push(self.get(index))
    }

    /// Pops a value and puts it at a position.
    pub(crate) fn replace(&mut self, index: usize) {
        let value = self.pop();
        self.put(index, value);
    }

    /// Pops a value and inserts it at a position.
    pub(crate) fn insert(&mut self, index: usize) {
        let value = self.get(self.top());
        for i in (index..self.top()).rev() {
            self.put(i + 1, self.get(i));
        }
        self.put(index, value);
    }

    /// Removes the value at a position.
    pub(crate) fn remove(&mut self, index: usize) {
        for i in index..self.top() {
            self.put(i, self.get(i + 1));
        }
        self.drop_top(1);
    }

    /// Pushes a function; the topmost `upvalues` values become its upvalues and are popped.
    pub(crate) fn push_function(&mut self, function: NativeFn, upvalues: usize) -> Result<(), Throw> {
        self.push_native(NativeKind::Plain, function, upvalues)
    }

    pub(super) fn push_native(&mut self, kind: NativeKind, function: NativeFn, upvalues: usize) -> Result<(), Throw> {
        self.st.native_safepoint()?;
        let count = upvalues.min(self.top());
        let values: Vec<TValue> = (self.top() - count + 1..=self.top()).map(|index| self.get(index)).collect();
        let env = self.st.current_env();
        let entry = function as *const ();
        let closure =
            self.st.allocate(|st| st.heap.native_function(kind as u8, entry, std::ptr::null(), env, &values))?;
        self.drop_top(count);
        self.push(closure.closure().into())
    }

    /// Pushes upvalue `index` (from 1) of the running function.
    pub(crate) fn push_upvalue(&mut self, index: usize) -> Result<(), Throw> {
        let value = self.upvalue(index);
        self.push(value)
    }

    pub(super) fn upvalue(&self, index: usize) -> TValue {
        let native = self.st.running_closure().and_then(|closure| closure.as_native());
        match native {
            Some(native) if index.wrapping_sub(1) < native.closure().upvalue_count() => native.upvalue(index - 1),
            _ => TValue::NIL,
        }
    }

    /// Pops a value and makes it upvalue `index` of the running function.
    pub(crate) fn set_upvalue(&mut self, index: usize) {
        let value = self.pop();
        if let Some(native) = self.st.running_closure().and_then(|closure| closure.as_native())
            && index.wrapping_sub(1) < native.closure().upvalue_count()
        {
            // SAFETY: in bounds.
            unsafe { *native.upvalue_slot(index - 1) = value };
            self.st.heap.barrier(native.header(), value);
        }
    }

    /// A buffer to build a string in; give it back with [`Ctx::push_buffer`] or [`Ctx::give_buffer`].
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        self.st.take_buffer()
    }

    /// Pushes a buffer's bytes as a string.
    pub(crate) fn push_buffer(&mut self, buffer: Vec<u8>) -> Result<(), Throw> {
        let result = self.push_bytes(&buffer);
        self.st.give_buffer(buffer);
        result
    }

    /// Gives a buffer back unused.
    pub(crate) fn give_buffer(&mut self, buffer: Vec<u8>) {
        self.st.give_buffer(buffer);
    }

    /// Fails with "not enough memory" if `size` more bytes may not be allocated. For results whose size is known.
    pub(crate) fn check_room(&mut self, size: usize) -> Result<(), Throw> {
        if size > crate::arena::string::MAX_STRING {
            return Err(self.st.memory_error());
        }
        self.st.allocate(|st| st.heap.check_room(size))
    }

    /// Counts at least so many bytes for a buffer, for as long as `held` exists; fails as [`Ctx::check_room`] does.
    pub(crate) fn hold_at_least(&mut self, held: &mut Option<Held>, size: usize) -> Result<(), Throw> {
        if size > crate::arena::string::MAX_STRING {
            return Err(self.st.memory_error());
        }
        self.st.allocate(|st| st.heap.hold_at_least(held, size))
    }

    /// Likewise, of what it has beyond what is needed: that may as well not be there.
    pub(crate) fn hold_spare(&mut self, held: &mut Option<Held>, size: usize) {
        let _ = self.st.heap.hold_at_least(held, size);
    }

    /// What a function pays with for the bytes and elements it touches.
    #[inline]
    pub(crate) fn meter(&mut self) -> &mut Meter {
        &mut self.st.heap.meter
    }

    /// The bytes of strings, as [`Ctx::bytes`] gives them, beside the meter.
    #[inline]
    pub(crate) fn bytes_and_meter<const N: usize>(&mut self, indices: [usize; N]) -> ([&[u8]; N], &mut Meter) {
        // Strings on the stack stay as they are while the machine is borrowed: the meter runs nothing.
        let bytes = indices.map(|index| self.get(index).as_string().map_or(&[][..], |string| string.bytes()));
        (bytes, &mut self.st.heap.meter)
    }

    /// Appends the bytes of a string to a buffer, which has room for them.
    #[inline(always)]
    pub(crate) fn append(&mut self, out: &mut Vec<u8>, index: usize) -> Result<(), Throw> {
        let ([bytes], meter) = self.bytes_and_meter([index]);
        Ok(meter.append(out, bytes)?)
    }

    /// Appends element `key` of the table at `index` to a buffer, if it is text of at most `most` bytes; says whether it is.
    #[inline]
    pub(crate) fn append_element(
        &mut self,
        out: &mut Vec<u8>,
        index: usize,
        key: usize,
        most: usize,
    ) -> Result<bool, Throw> {
        let Some(table) = self.table(index) else { return Ok(false) };
        match table.get_int(&self.st.heap, key).unpack() {
            Unpacked::String(string) if string.len() <= most => self.st.heap.meter.append(out, string.bytes())?,
            Unpacked::Number(n) if number::MAX_NUMBER <= most => number::write_number(out, n),
            _ => return Ok(false),
        }
        Ok(true)
    }

    // Tables.

    /// Pushes a new table with room for `array` elements and `nodes` other keys.
    pub(crate) fn new_table(&mut self, array: usize, nodes: usize) -> Result<(), Throw> {
        self.st.native_safepoint()?;
        let table = self.st.allocate(|st| st.heap.table_sized(array, nodes))?;
        self.push(table.into())
    }

    fn table(&self, index: usize) -> Option<Gc<Table>> {
        self.get(index).as_table()
    }

    /// Replaces the key on the top by its value in the table at `index`, without metamethods.
    pub(crate) fn raw_get(&mut self, index: usize) -> Result<(), Throw> {
        let table = self.table(index);
        let key = self.pop();
        self.st.pay_key(key)?;
        let value = table.map_or(TValue::NIL, |table| table.get(&self.st.heap, key));
        self.push(value)
    }

    /// Pops a value and a key below it and stores them in the table at `index`, without metamethods.
    pub(crate) fn raw_set(&mut self, index: usize) -> Result<(), Throw> {
        let top = self.top();
        let (table, key, value) = (self.table(index), self.get(top.saturating_sub(1)), self.get(top));
        self.st.pay_key(key)?;
        let stored = match table {
            // Both stay on the stack until they are in the table.
            Some(table) => self.st.set_with_room(table, key, value),
            None => Ok(()),
        };
        self.drop_top(2);
        stored.map_err(|error| self.table_error(error))
    }

    pub(super) fn table_error(&mut self, error: TableError) -> Throw {
        self.st.table_error(error)
    }

    /// Pushes the value at an integer key of the table at `index`, without metamethods.
    #[inline]
    pub(crate) fn raw_get_int(&mut self, index: usize, key: usize) -> Result<(), Throw> {
        let value = self.table(index).map_or(TValue::NIL, |table| table.get_int(&self.st.heap, key));
        self.push(value)
    }

    /// Pops a value and stores it at an integer key of the table at `index`, without metamethods.
    #[inline]
    pub(crate) fn raw_set_int(&mut self, index: usize, key: usize) -> Result<(), Throw> {
        let (table, value) = (self.table(index), self.get(self.top()));
        let stored = match table {
            // The value stays on the stack until it is in the table.
            Some(table) => self.st.allocate(|st| table.set_int(&mut st.heap, key, value)),
            None => Ok(()),
        };
        self.drop_top(1);
        stored
    }

    /// Pushes the value at a string key of the table at `index`, without metamethods.
    pub(crate) fn raw_get_field(&mut self, index: usize, key: &str) -> Result<(), Throw> {
        let table = self.table(index);
        self.push_bytes(key.as_bytes())?;
        let key = self.pop();
        let value = table.map_or(TValue::NIL, |table| table.get(&self.st.heap, key));
        self.push(value)
    }

    /// Pops a value and stores it at a string key of the table at `index`, without metamethods.
    pub(crate) fn raw_set_field(&mut self, index: usize, key: &str) -> Result<(), Throw> {
        self.push_bytes(key.as_bytes())?;
        self.insert(self.top() - 1);
        self.raw_set(index)
    }

    /// Length of a string or table, without metamethods; 0 of anything else (C's `lua_objlen`).
    pub(crate) fn raw_len(&self, index: usize) -> usize {
        match self.get(index).unpack() {
            Unpacked::String(string) => string.len(),
            Unpacked::Table(table) => table.length(&self.st.heap),
            _ => 0,
        }
    }

    /// Replaces the key on the top by the entry after it in the table at `index`: key, then value. At the end it pops the
    /// key and returns `false`.
    pub(crate) fn next(&mut self, index: usize) -> Result<bool, Throw> {
        let Some(table) = self.table(index) else { return Ok(false) };
        let key = self.pop();
        self.st.pay_key(key)?;
        match table.next_limited(&mut self.st.heap, key) {
            Ok(Some((key, value))) => {
                self.push(key)?;
                self.push(value)?;
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error) => Err(self.table_error(error)),
        }
    }

    /// Replaces the key on the top by its value in the value at `index`, with metamethods.
    pub(crate) fn index(&mut self, index: usize) -> Result<(), Throw> {
        let (object, key) = (self.get(index), self.pop());
        let value = self.st.index_value(object, key)?;
        self.push(value)
    }

    /// Pushes field `name` of the value at `index`, with metamethods.
    pub(crate) fn field(&mut self, index: usize, name: &str) -> Result<(), Throw> {
        self.push_bytes(name.as_bytes())?;
        self.index(index)
    }

    /// Pops a value and a key below it and stores them in the value at `index`, with metamethods.
    pub(crate) fn set_index(&mut self, index: usize) -> Result<(), Throw> {
        let top = self.top();
        let (object, key, value) = (self.get(index), self.get(top.saturating_sub(1)), self.get(top));
        // Key and value stay on the stack until they are stored.
        let result = self.st.set_index_value(object, key, value);
        self.drop_top(2);
        result
    }

    /// Whether the first value is less than the second, with metamethods.
    pub(crate) fn less_than(&mut self, a: usize, b: usize) -> Result<bool, Throw> {
        let (a, b) = (self.get(a), self.get(b));
        self.st.less_than(a, b)
    }

    /// Replaces the topmost `count` values, at least one, by their concatenation, with metamethods.
    pub(crate) fn concat(&mut self, count: usize) -> Result<(), Throw> {
        for _ in 1..count {
            let joined = self.st.concat_pair()?;
            self.drop_top(2);
            self.push(joined)?;
        }
        Ok(())
    }

    // Metatables and environments.

    /// Pushes the metatable of the value at `index`; pushes nothing and returns `false` if it has none.
    pub(crate) fn get_metatable(&mut self, index: usize) -> Result<bool, Throw> {
        match self.st.metatable_of(self.get(index)) {
            Some(metatable) => self.push(metatable.into()).map(|()| true),
            None => Ok(false),
        }
    }

    /// Pops a table or nil and makes it the metatable of the value at `index`: of that table or userdata, or of all values of its type.
    pub(crate) fn set_metatable(&mut self, index: usize) {
        let metatable = self.pop().as_table();
        let value = self.get(index);
        self.st.set_metatable(value, metatable);
    }

    /// Pushes a metatable's field for the value at `index`; pushes nothing and returns `false` if there is none.
    pub(crate) fn metafield(&mut self, index: usize, name: &str) -> Result<bool, Throw> {
        let Some(metatable) = self.st.metatable_of(self.get(index)) else { return Ok(false) };
        self.push(metatable.into())?;
        let position = self.top();
        self.raw_get_field(position, name)?;
        self.remove(position);
        if self.get(self.top()).is_nil() {
            self.drop_top(1);
            return Ok(false);
        }
        Ok(true)
    }

    /// Pushes the table of global variables of the running thread.
    pub(crate) fn push_globals(&mut self) -> Result<(), Throw> {
        let globals = self.st.thread.globals.get();
        self.push(globals.into())
    }

    /// Pushes the running thread.
    pub(crate) fn push_thread(&mut self) -> Result<(), Throw> {
        let thread = self.st.thread;
        self.push(thread.into())
    }

    /// Pushes the registry.
    pub(crate) fn push_registry(&mut self) -> Result<(), Throw> {
        let registry = self.st.registry();
        self.push(registry.into())
    }

    /// Pushes the environment of the running function.
    pub(crate) fn push_env(&mut self) -> Result<(), Throw> {
        let env = self.st.current_env();
        self.push(env.into())
    }

    /// Pushes the environment of the function, userdata or thread at `index`; nil for other types (C's `lua_getfenv`).
    pub(crate) fn get_fenv(&mut self, index: usize) -> Result<(), Throw> {
        let env = match self.get(index).unpack() {
            Unpacked::Function(function) => function.env.get().into(),
            Unpacked::UserData(userdata) => userdata.env.get().into(),
            Unpacked::Thread(thread) => thread.globals.get().into(),
            _ => TValue::NIL,
        };
        self.push(env)
    }

    /// Pops a table and makes it the environment of the function, userdata or thread at `index`; says whether that is
    /// one of these.
    pub(crate) fn set_fenv(&mut self, index: usize) -> bool {
        let (value, object) = (self.pop(), self.get(index));
        let Some(env) = value.as_table() else { return false };
        match object.unpack() {
            Unpacked::Function(function) => function.env.set(env),
            Unpacked::UserData(userdata) => userdata.env.set(env),
            Unpacked::Thread(thread) => thread.globals.set(env),
            _ => return false,
        }
        if let Some(object) = object.as_object() {
            self.st.heap.barrier(object, value);
        }
        true
    }

    /// How many frames the running thread has.
    pub(crate) fn depth(&self) -> usize {
        self.st.frame_number()
    }

    /// Pushes the function active at a level: 0 is the running one, 1 the one that called it. Pushes nothing and returns
    /// `false` if there is no such level; a level that a tail call took pushes nil.
    pub(crate) fn push_level(&mut self, level: i64) -> Result<bool, Throw> {
        match self.st.function_at(self.st.thread, level) {
            Some(function) => self.push(function).map(|()| true),
            None => Ok(false),
        }
    }

    // Calls.

    /// Calls the function below the topmost `args` values, which are its arguments; they are replaced by its results, of which
    /// there are `wanted`, or all if that is `None`.
    pub(crate) fn call(&mut self, args: usize, wanted: Option<usize>) -> Result<(), Throw> {
        let func = self.st.top.wrapping_sub(args + 1);
        debug_assert!(self.top() > args, "there is a function below the arguments");
        self.st.call(func, wanted)
    }

    /// Like [`Ctx::call`], but a Lua error is caught: then it returns `false`, and the only result is the error value.
    pub(crate) fn protected_call(&mut self, args: usize, wanted: Option<usize>) -> Result<bool, Throw> {
        let func = self.st.top.wrapping_sub(args + 1);
        self.st.protected_call(func, wanted)
    }

    /// Pushes the value at `index` as text, as `tostring` does.
    pub(crate) fn push_display(&mut self, index: usize) -> Result<(), Throw> {
        match self.get(index).unpack() {
            Unpacked::String(_) => return self.push_value(index),
            Unpacked::Number(n) => {
                let string = self.st.number_to_string(n)?;
                return self.push(string.into());
            }
            _ => {}
        }
        if self.metafield(index, Event::ToString.name())? {
            self.push_value(index)?;
            return self.call(1, Some(1));
        }
        match self.get(index).unpack() {
            Unpacked::Nil => self.push_bytes(b"nil"),
            Unpacked::Boolean(b) => self.push_bytes(if b { b"true" } else { b"false" }),
            _ => {
                let text = format!("{}: {:#x}", self.type_name(index), self.address(index));
                self.push_bytes(text.as_bytes())
            }
        }
    }

    // Errors.

    /// The error of C's `luaL_error`: the position of the caller, then the message.
    pub(crate) fn error(&mut self, message: impl AsRef<[u8]>) -> Throw {
        let position = self.st.position_at(1);
        self.st.throw_behind(&position, message.as_ref())
    }

    /// Throws the first `len` bytes of the string at `index` behind the position of a level.
    pub(crate) fn throw_text(&mut self, level: i64, index: usize, len: usize) -> Throw {
        let position = self.st.position_at(level);
        let Some(string) = self.get(index).as_string() else { return self.st.throw_behind(&position, b"") };
        let message = string.bytes();
        match &message[..len.min(message.len())] {
            // Without a position it is the very same string.
            all if position.is_empty() && all.len() == message.len() => self.st.throw_value(string.into()),
            part => self.st.throw_behind(&position, part),
        }
    }

    /// An error whose value is just these bytes.
    pub(crate) fn plain_error(&mut self, message: impl AsRef<[u8]>) -> Throw {
        self.st.throw_bytes(message.as_ref())
    }

    /// Throws the value on the top.
    pub(crate) fn throw(&mut self) -> Throw {
        let value = self.pop();
        self.st.throw_value(value)
    }

    // Userdata.

    /// Pushes a new userdata around a host value, without a metatable.
    pub(crate) fn new_userdata(&mut self, mut data: Option<Box<dyn Any + Send + Sync>>) -> Result<(), Throw> {
        self.st.native_safepoint()?;
        let env = self.st.current_env();
        let userdata = self.st.allocate(|st| st.heap.userdata(&mut data, None, env))?;
        self.push(userdata.into())
    }

    fn userdata(&self, index: usize) -> Option<Gc<UserData>> {
        self.get(index).as_userdata()
    }

    /// Whether the userdata at `index` holds a `T`.
    pub(crate) fn is_userdata<T: Any>(&self, index: usize) -> bool {
        self.userdata(index).is_some_and(|userdata| {
            userdata.data.try_borrow().is_ok_and(|data| data.as_ref().is_some_and(|data| data.is::<T>()))
        })
    }

    /// Lends the `T` in the userdata at `index` to a function; `None` if there is none, or it is lent already.
    pub(crate) fn with_userdata<T: Any, R>(&mut self, index: usize, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        let userdata = self.userdata(index)?;
        let mut data = userdata.data.try_borrow_mut().ok()?;
        data.as_mut()?.downcast_mut::<T>().map(f)
    }

    // Chunks.

    /// The Lua function at `index` as a precompiled chunk; `None` if it is not a Lua function.
    pub(crate) fn dump(&mut self, index: usize, strip: bool) -> Result<Option<Vec<u8>>, Throw> {
        let Some(function) = self.get(index).as_function().and_then(|function| function.as_lua()) else {
            return Ok(None);
        };
        let proto = Arc::clone(&function.proto.detail.proto);
        let (mut out, bound) = (Vec::new(), dump_bound(&proto));
        self.check_room(bound)?;
        reserve(&mut out, bound).map_err(|_| self.st.memory_error())?;
        dump(&proto, strip, &mut out);
        Ok(Some(out))
    }

    // The collector.

    /// Bytes allocated.
    pub(crate) fn memory_used(&self) -> usize {
        self.st.heap.total()
    }

    /// A whole cycle.
    pub(crate) fn collect_garbage(&mut self) -> Result<(), Throw> {
        self.st.collect_garbage()
    }

    /// A step for `kilobytes` of allocation; says whether it ended a cycle.
    pub(crate) fn step_garbage(&mut self, kilobytes: usize) -> Result<bool, Throw> {
        self.st.step_garbage(kilobytes)
    }

    /// Stops or restarts the collector.
    pub(crate) fn set_collecting(&mut self, collecting: bool) {
        self.st.set_collecting(collecting);
    }

    /// Sets `setpause` (percent); returns the old one.
    pub(crate) fn set_gc_pause(&mut self, percent: i32) -> i32 {
        std::mem::replace(&mut self.st.heap.collector.pause, percent)
    }

    /// Sets `setstepmul` (percent); returns the old one.
    pub(crate) fn set_gc_step_multiplier(&mut self, percent: i32) -> i32 {
        std::mem::replace(&mut self.st.heap.collector.step_multiplier, percent)
    }

    /// The next number of the generator, uniform in [0, 1).
    pub(crate) fn random(&mut self) -> f64 {
        self.st.random.next()
    }

    /// Starts the generator anew.
    pub(crate) fn seed_random(&mut self, seed: u32) {
        self.st.random.seed(seed);
    }
}
