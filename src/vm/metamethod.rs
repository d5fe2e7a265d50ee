//! Metamethods: looking them up, and the operations that may end in one (manual §2.8).
//!
//! An operation comes in two forms. The loop's form *begins* the metamethod's call and lets the frame's kind deliver the
//! result, so that it neither recurses nor stops a coroutine from yielding. The form for Rust code (`index_value`, …) calls it and waits.
//! Both use the same search.

use super::call::{Continuation, Flow, Next};
use super::event::{Event, FLAGGED};
use super::frame::FrameKind;
use super::native::Throw;
use super::state::State;
use crate::arena::heap::type_index;
use crate::arena::string::{MAX_SHORT, MAX_STRING};
use crate::arena::{AllocError, Frame, Gc, TValue, Table, TableError, Unpacked};
use crate::kernel::number::{MAX_NUMBER, write_number};

/// Longest chain of `__index` or `__newindex` (PUC's `MAXTAGLOOP`).
const MAX_CHAIN: usize = 100;

/// An arithmetic operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Unm,
}

impl Arith {
    pub(crate) fn event(self) -> Event {
        match self {
            Arith::Add => Event::Add,
            Arith::Sub => Event::Sub,
            Arith::Mul => Event::Mul,
            Arith::Div => Event::Div,
            Arith::Mod => Event::Mod,
            Arith::Pow => Event::Pow,
            Arith::Unm => Event::Unm,
        }
    }

    /// The operation on numbers.
    #[inline(always)]
    pub(crate) fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Arith::Add => a + b,
            Arith::Sub => a - b,
            Arith::Mul => a * b,
            Arith::Div => a / b,
            Arith::Mod => modulo(a, b),
            Arith::Pow => power(a, b),
            Arith::Unm => -a,
        }
    }
}

/// The largest integer not above `x`, without the library call that `f64::floor` is on machines without SSE 4.1.
#[inline(always)]
pub(crate) fn floor(x: f64) -> f64 {
    let truncated = crate::arena::table::truncate_wide(x);
    let back = truncated as f64;
    if back == x {
        // `x` itself: it may be the negative zero.
        return x;
    }
    if truncated == i64::MIN {
        // Too large to have a fraction, or no number.
        return x;
    }
    if back > x { back - 1.0 } else { back }
}

/// `a % b` as Lua 5.1 defines it (manual §2.5.1).
#[inline(always)]
pub(crate) fn modulo(a: f64, b: f64) -> f64 {
    a - floor(a / b) * b
}

#[inline(always)]
pub(crate) fn power(a: f64, b: f64) -> f64 {
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// Where a search for a key ended.
enum Found {
    Value(TValue),
    /// A metamethod is to be called with this object.
    Call(TValue, TValue),
}

impl State {
    /// The metatable of a value.
    #[inline]
    pub(crate) fn metatable_of(&self, value: TValue) -> Option<Gc<Table>> {
        match value.unpack() {
            Unpacked::Table(table) => table.metatable.get(),
            Unpacked::UserData(userdata) => userdata.metatable.get(),
            _ => self.heap.type_metatables[type_index(value)],
        }
    }

    /// Gives a table or userdata, or every value of another type, a metatable.
    pub(crate) fn set_metatable(&mut self, value: TValue, metatable: Option<Gc<Table>>) {
        match value.unpack() {
            Unpacked::Table(table) => table.metatable.set(metatable),
            Unpacked::UserData(userdata) => userdata.metatable.set(metatable),
            _ => self.heap.type_metatables[type_index(value)] = metatable,
        }
        if let (Some(object), Some(metatable)) = (value.as_object(), metatable) {
            self.heap.barrier(object, metatable.into());
        }
    }

    /// A metatable's entry for an event.
    #[inline]
    pub(crate) fn table_metamethod(&self, metatable: Gc<Table>, event: Event) -> TValue {
        let bit = if (event as u8) < FLAGGED { 1 << event as u8 } else { 0 };
        metatable.event(self.name(event), bit)
    }

    /// A value's metamethod for an event; nil if it has none.
    #[inline]
    pub(crate) fn metamethod(&self, value: TValue, event: Event) -> TValue {
        self.metatable_of(value).map_or(TValue::NIL, |metatable| self.table_metamethod(metatable, event))
    }

    // Reading a key.

    fn find_index(&mut self, mut object: TValue, key: TValue) -> Result<Found, Throw> {
        for _ in 0..MAX_CHAIN {
            let handler = match object.as_table() {
                Some(table) => {
                    let value = table.get(&self.heap, key);
                    let Some(metatable) = table.metatable.get().filter(|_| value.is_nil()) else {
                        return Ok(Found::Value(value));
                    };
                    let handler = self.table_metamethod(metatable, Event::Index);
                    if handler.is_nil() {
                        return Ok(Found::Value(TValue::NIL));
                    }
                    handler
                }
                None => {
                    let handler = self.metamethod(object, Event::Index);
                    if handler.is_nil() {
                        return Err(self.type_error(object, "index"));
                    }
                    handler
                }
            };
            if handler.is_function() {
                return Ok(Found::Call(handler, object));
            }
            object = handler;
        }
        Err(self.run_error("loop in gettable"))
    }

    /// `object[key]`, for Rust code.
    pub(crate) fn index_value(&mut self, object: TValue, key: TValue) -> Result<TValue, Throw> {
        self.pay_key(key)?;
        match self.find_index(object, key)? {
            Found::Value(value) => Ok(value),
            Found::Call(handler, object) => self.call_value(handler, &[object, key]),
        }
    }

    /// `R(target) := object[key]`, for the loop.
    pub(crate) fn begin_index(&mut self, object: TValue, key: TValue, target: u8) -> Result<Flow, Throw> {
        self.pay_key(key)?;
        match self.find_index(object, key)? {
            Found::Value(value) => {
                self.set_register(target, value);
                Ok(Flow::Run)
            }
            Found::Call(handler, object) => {
                let continuation = Continuation { kind: FrameKind::Store, extra: target, wanted: 1 };
                self.begin_metamethod(handler, &[object, key], continuation)
            }
        }
    }

    pub(crate) fn set_register(&mut self, register: u8, value: TValue) {
        // SAFETY: the loop names registers of the running Lua frame.
        unsafe { *self.current().base.add(register as usize) = value };
    }

    // Writing a key.

    fn find_new_index(
        &mut self,
        mut object: TValue,
        key: TValue,
        value: TValue,
    ) -> Result<Option<(TValue, TValue)>, Throw> {
        self.pay_key(key)?;
        for _ in 0..MAX_CHAIN {
            let handler = match object.as_table() {
                Some(table) => {
                    let handler = match table.metatable.get() {
                        Some(metatable) if table.get(&self.heap, key).is_nil() => {
                            let handler = self.table_metamethod(metatable, Event::NewIndex);
                            if !handler.is_nil() {
                                // PUC makes the node before it looks for the metamethod: what cannot be a key is
                                // refused, and the order of number keys depends on it.
                                self.set_with_room(table, key, TValue::NIL).map_err(|error| self.table_error(error))?;
                            }
                            handler
                        }
                        _ => TValue::NIL,
                    };
                    if handler.is_nil() {
                        return match self.set_with_room(table, key, value) {
                            Ok(()) => Ok(None),
                            Err(error) => Err(self.table_error(error)),
                        };
                    }
                    handler
                }
                None => {
                    let handler = self.metamethod(object, Event::NewIndex);
                    if handler.is_nil() {
                        return Err(self.type_error(object, "index"));
                    }
                    handler
                }
            };
            if handler.is_function() {
                return Ok(Some((handler, object)));
            }
            object = handler;
        }
        Err(self.run_error("loop in settable"))
    }

    /// [`Table::set`], once more after making room if the memory limit is in the way. The operands are on the stack.
    pub(crate) fn set_with_room(&mut self, table: Gc<Table>, key: TValue, value: TValue) -> Result<(), TableError> {
        match table.set(&mut self.heap, key, value) {
            Err(TableError::Memory(_)) if self.heap.meter.stopped().is_none() => {
                self.make_room();
                table.set(&mut self.heap, key, value)
            }
            result => result,
        }
    }

    /// `object[key] = value`, for Rust code.
    pub(crate) fn set_index_value(&mut self, object: TValue, key: TValue, value: TValue) -> Result<(), Throw> {
        if let Some((handler, object)) = self.find_new_index(object, key, value)? {
            self.call_value(handler, &[object, key, value])?;
        }
        Ok(())
    }

    /// `object[key] = value`, for the loop.
    pub(crate) fn begin_set_index(&mut self, object: TValue, key: TValue, value: TValue) -> Result<Flow, Throw> {
        match self.find_new_index(object, key, value)? {
            None => Ok(Flow::Run),
            Some((handler, object)) => {
                let continuation = Continuation { kind: FrameKind::Drop, extra: 0, wanted: 0 };
                self.begin_metamethod(handler, &[object, key, value], continuation)
            }
        }
    }

    // Arithmetic.

    /// `R(target) := a op b`, for operands that are not both numbers, or whose result is a NaN.
    pub(crate) fn begin_arith(&mut self, op: Arith, a: TValue, b: TValue, target: u8) -> Result<Flow, Throw> {
        let numbers = (self.coerce(a)?, self.coerce(b)?);
        if let (Some(x), Some(y)) = numbers {
            self.set_register(target, TValue::number(op.apply(x, y)));
            return Ok(Flow::Run);
        }
        let handler = self.binary_handler(a, b, op.event());
        if handler.is_nil() {
            let (culprit, side) = if numbers.0.is_some() { (b, 1) } else { (a, 0) };
            return Err(self.arith_error(culprit, side));
        }
        let continuation = Continuation { kind: FrameKind::Store, extra: target, wanted: 1 };
        self.begin_metamethod(handler, &[a, b], continuation)
    }

    fn binary_handler(&mut self, a: TValue, b: TValue, event: Event) -> TValue {
        let handler = self.metamethod(a, event);
        if handler.is_nil() { self.metamethod(b, event) } else { handler }
    }

    /// `R(target) := #value`, for what is neither a string nor a table.
    pub(crate) fn begin_len(&mut self, value: TValue, target: u8) -> Result<Flow, Throw> {
        let handler = self.metamethod(value, Event::Len);
        if handler.is_nil() {
            return Err(self.type_error(value, "get length of"));
        }
        let continuation = Continuation { kind: FrameKind::Store, extra: target, wanted: 1 };
        self.begin_metamethod(handler, &[value, TValue::NIL], continuation)
    }

    // Comparison.

    /// [`TValue::raw_equals`], paid for.
    #[inline]
    pub(crate) fn same_value(&mut self, a: TValue, b: TValue) -> Result<bool, Throw> {
        match (a.as_string(), b.as_string()) {
            (Some(x), Some(y)) if x == y => Ok(true),
            (Some(x), Some(y)) => Ok(x.is_long() && y.is_long() && self.heap.meter.same(x.bytes(), y.bytes())?),
            _ => Ok(a.raw_equals(b)),
        }
    }

    /// Pays for looking for a key: a long string is hashed, and compared.
    #[inline]
    pub(crate) fn pay_key(&mut self, key: TValue) -> Result<(), Throw> {
        match key.as_string() {
            Some(string) if string.is_long() => Ok(self.heap.meter.charge_bytes(string.len())?),
            _ => Ok(()),
        }
    }

    /// The metamethod that both operands have in common (5.1's rule for comparisons).
    fn common_handler(&mut self, a: TValue, b: TValue, event: Event) -> TValue {
        let first = self.metamethod(a, event);
        if first.is_nil() {
            return TValue::NIL;
        }
        let second = self.metamethod(b, event);
        if first.raw_equals(second) { first } else { TValue::NIL }
    }

    /// Whether two values that are not raw-equal are equal: the answer, or the metamethod that knows it.
    fn find_equal(&mut self, a: TValue, b: TValue) -> Result<bool, TValue> {
        let (Some(first), Some(second)) = (match (a.unpack(), b.unpack()) {
            (Unpacked::Table(a), Unpacked::Table(b)) => (a.metatable.get(), b.metatable.get()),
            (Unpacked::UserData(a), Unpacked::UserData(b)) => (a.metatable.get(), b.metatable.get()),
            _ => (None, None),
        }) else {
            return Ok(false);
        };
        let handler = self.table_metamethod(first, Event::Eq);
        if handler.is_nil() {
            return Ok(false);
        }
        if first == second || handler.raw_equals(self.table_metamethod(second, Event::Eq)) {
            return Err(handler);
        }
        Ok(false)
    }

    /// Begins `a == b` for the loop: the answer, or the frame that will give it.
    pub(crate) fn begin_equal(&mut self, a: TValue, b: TValue, negate: bool) -> Result<Compared, Throw> {
        if self.same_value(a, b)? {
            return Ok(Compared::Known(true));
        }
        match self.find_equal(a, b) {
            Ok(equal) => Ok(Compared::Known(equal)),
            Err(handler) => self.begin_test(handler, a, b, negate),
        }
    }

    fn begin_test(&mut self, handler: TValue, a: TValue, b: TValue, negate: bool) -> Result<Compared, Throw> {
        let continuation = Continuation { kind: FrameKind::Test, extra: u8::from(negate), wanted: 1 };
        self.begin_metamethod(handler, &[a, b], continuation).map(Compared::Later)
    }

    /// Begins `a < b` for the loop.
    pub(crate) fn begin_less(&mut self, a: TValue, b: TValue, negate: bool) -> Result<Compared, Throw> {
        match self.find_less(a, b)? {
            Ordered::Known(less) => Ok(Compared::Known(less)),
            Ordered::Ask(handler) => self.begin_test(handler, a, b, negate),
        }
    }

    /// Begins `a <= b` for the loop.
    pub(crate) fn begin_less_equal(&mut self, a: TValue, b: TValue, negate: bool) -> Result<Compared, Throw> {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return Ok(Compared::Known(x <= y));
        }
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return Ok(Compared::Known(self.heap.meter.compare(x.bytes(), y.bytes())?.is_le()));
        }
        if a.type_name() == b.type_name() {
            let handler = self.common_handler(a, b, Event::Le);
            if !handler.is_nil() {
                return self.begin_test(handler, a, b, negate);
            }
            let handler = self.common_handler(b, a, Event::Lt);
            if !handler.is_nil() {
                return self.begin_test(handler, b, a, !negate);
            }
        }
        Err(self.compare_error(a, b))
    }

    fn find_less(&mut self, a: TValue, b: TValue) -> Result<Ordered, Throw> {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return Ok(Ordered::Known(x < y));
        }
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return Ok(Ordered::Known(self.heap.meter.compare(x.bytes(), y.bytes())?.is_lt()));
        }
        if a.type_name() == b.type_name() {
            let handler = self.common_handler(a, b, Event::Lt);
            if !handler.is_nil() {
                return Ok(Ordered::Ask(handler));
            }
        }
        Err(self.compare_error(a, b))
    }

    /// `a < b`, for Rust code.
    pub(crate) fn less_than(&mut self, a: TValue, b: TValue) -> Result<bool, Throw> {
        match self.find_less(a, b)? {
            Ordered::Known(less) => Ok(less),
            Ordered::Ask(handler) => Ok(!self.call_value(handler, &[a, b])?.is_falsy()),
        }
    }

    // Concatenation.

    /// `R(target) := R(first) .. … .. R(last)`: begins it, or goes on with the `count` values below `self.top`, which are what is left.
    ///
    /// The operands are worked off from the right, as many at a time as are strings or numbers.
    pub(super) fn concat(&mut self, mut count: usize, target: u8) -> Result<Next, Throw> {
        loop {
            let top = self.top;
            // SAFETY: `count` operands lie below `top`.
            let operand = |index: usize| unsafe { *top.sub(index) };
            if count == 1 {
                let value = operand(1);
                self.set_register(target, value);
                return Ok(Next::Flow(Flow::Run));
            }
            let (a, b) = (operand(2), operand(1));
            if !is_text(a) || !is_text(b) {
                let handler = self.binary_handler(a, b, Event::Concat);
                if handler.is_nil() {
                    let (culprit, place) = if is_text(a) { (b, count - 1) } else { (a, count - 2) };
                    return Err(self.concat_error(culprit, place));
                }
                // The rest waits on the stack, below the call; `wanted` tells how much it is.
                let continuation = Continuation { kind: FrameKind::Concat, extra: target, wanted: (count - 2) as i16 };
                let func = self.push_call(handler, &[a, b])?;
                return Ok(Next::Call(func, continuation));
            }
            let mut joined = 2;
            while joined < count && is_text(operand(joined + 1)) {
                joined += 1;
            }
            let string = self.join(joined)?;
            // SAFETY: the operands that were joined are gone; the result takes the place of the first.
            unsafe { *top.sub(joined) = string };
            self.top = top.wrapping_sub(joined - 1);
            count -= joined - 1;
        }
    }

    /// A `__concat` metamethod has returned: its result takes the place of the two operands it was called for.
    pub(super) fn resume_concat(&mut self, frame: Frame, value: TValue) -> Result<Next, Throw> {
        let rest = frame.wanted as usize;
        let func = frame.func();
        // SAFETY: the two operands lie right below the call.
        unsafe { *func.sub(2) = value };
        self.top = func.wrapping_sub(1);
        self.concat(rest + 1, frame.extra)
    }

    /// The concatenation of the two topmost values.
    pub(crate) fn concat_pair(&mut self) -> Result<TValue, Throw> {
        // SAFETY: they lie below `top`.
        let (a, b) = unsafe { (*self.top.sub(2), *self.top.sub(1)) };
        if is_text(a) && is_text(b) {
            return self.join(2);
        }
        let handler = self.binary_handler(a, b, Event::Concat);
        if handler.is_nil() {
            return Err(self.type_error(if is_text(a) { b } else { a }, "concatenate"));
        }
        self.call_value(handler, &[a, b])
    }

    /// The topmost `count` values, all strings or numbers, as one string. Joining them is paid for, and making a long string.
    pub(crate) fn join(&mut self, count: usize) -> Result<TValue, Throw> {
        // SAFETY: the operands lie below `top`. Until they are joined nothing writes to the stack or moves it.
        let operands = unsafe { std::slice::from_raw_parts(self.top.sub(count), count) };
        let (mut length, mut numbers) = (0, 0);
        for operand in operands {
            match operand.as_string() {
                Some(string) => length += string.len(),
                None => numbers += 1,
            }
        }
        if numbers > 0 {
            return self.join_numbers(operands, length + numbers * MAX_NUMBER);
        }
        if length > MAX_SHORT {
            return self.join_long(operands, length);
        }
        self.heap.meter.charge_bytes(length)?;
        let mut text = [0; MAX_SHORT];
        let mut end = 0;
        for bytes in operands.iter().filter_map(|operand| operand.as_string()).map(|string| string.bytes()) {
            text[end..end + bytes.len()].copy_from_slice(bytes);
            end += bytes.len();
        }
        Ok(self.new_string(&text[..end])?.into())
    }

    /// Strings, `length` bytes in all, as one long string.
    fn join_long(&mut self, operands: &[TValue], length: usize) -> Result<TValue, Throw> {
        if length > MAX_STRING {
            return Err(self.run_error("string length overflow"));
        }
        self.heap.meter.charge_bytes(length)?;
        self.inner_safepoint()?;
        let parts = operands.iter().filter_map(|operand| operand.as_string()).map(|string| string.bytes());
        Ok(self.allocate(|st| st.long_string(parts.clone()))?.into())
    }

    /// Strings and numbers, at most `length` bytes in all, as one string, which is put together in a buffer.
    fn join_numbers(&mut self, operands: &[TValue], length: usize) -> Result<TValue, Throw> {
        if length > MAX_STRING {
            return Err(self.run_error("string length overflow"));
        }
        let mut buffer = self.take_buffer();
        if length > buffer.capacity() {
            self.allocate(|st| {
                st.heap.check_room(length)?;
                buffer.try_reserve(length).map_err(|_| AllocError)
            })?;
        }
        for operand in operands {
            match operand.unpack() {
                Unpacked::String(string) => self.heap.meter.carry(&mut buffer, string.bytes())?,
                Unpacked::Number(n) => write_number(&mut buffer, n),
                _ => {}
            }
        }
        self.heap.meter.charge_bytes(buffer.len())?;
        let string = self.new_string(&buffer);
        self.give_buffer(buffer);
        Ok(string?.into())
    }
}

/// Whether a value can be joined with others of its kind.
fn is_text(value: TValue) -> bool {
    value.is_string() || value.is_number()
}

/// The outcome of a comparison that the loop has begun.
pub(crate) enum Compared {
    Known(bool),
    /// A metamethod has been called; its frame delivers the outcome.
    Later(Flow),
}

enum Ordered {
    Known(bool),
    Ask(TValue),
}
