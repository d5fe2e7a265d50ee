//! Functions: closures of Lua functions and of Rust functions, and the upvalues that Lua closures share.
//!
//! Both kinds of closure begin alike, so that the environment and the kind can be read without knowing which it is. A
//! closure's upvalues follow it in the same slot.
//!
//! An *open* upvalue points at a stack slot and is on its thread's list, which is sorted by address, highest first; a *closed* one
//! holds the value itself and points at that.

use std::cell::Cell;

use super::Gc;
use super::header::{Header, Kind};
use super::proto::FunctionProto;
use super::table::Table;
use super::value::TValue;

/// What the two kinds of closure have in common.
#[repr(C)]
pub(crate) struct Closure {
    /// `flags` of a native function is its [`NativeKind`]; `aux` is the number of upvalues.
    pub(crate) header: Header,
    pub(crate) env: Cell<Gc<Table>>,
}

/// A closure of a Lua function.
#[repr(C)]
pub(crate) struct LuaFunction {
    pub(crate) closure: Closure,
    pub(crate) proto: Gc<FunctionProto>,
}

/// A closure of a Rust function. Its upvalues are values of its own.
#[repr(C)]
pub(crate) struct NativeFunction {
    pub(crate) closure: Closure,
    /// The function, as the layer above defines it.
    pub(crate) entry: Cell<*const ()>,
    /// A frameless version of it, or null.
    pub(crate) fast: Cell<*const ()>,
}

pub(crate) const LUA_FUNCTION_HEAD: usize = size_of::<LuaFunction>();
pub(crate) const NATIVE_FUNCTION_HEAD: usize = size_of::<NativeFunction>();

/// An upvalue.
#[repr(C)]
pub(crate) struct Upvalue {
    pub(crate) header: Header,
    /// Where the value is: on a stack, or in `closed`.
    pub(crate) value: Cell<*mut TValue>,
    /// The value of a closed upvalue; of an open one, the address of the next on its thread's list (0: none).
    pub(crate) closed: Cell<TValue>,
}

const _: () = assert!(size_of::<Upvalue>() == 24 && LUA_FUNCTION_HEAD == 24);

impl Gc<Closure> {
    #[inline(always)]
    pub(crate) fn is_lua(self) -> bool {
        self.header.kind() == Kind::LuaFunction
    }

    #[inline(always)]
    pub(crate) fn as_lua(self) -> Option<Gc<LuaFunction>> {
        // SAFETY: the kind says so.
        self.is_lua().then(|| unsafe { Gc::from_ptr(self.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(crate) fn as_native(self) -> Option<Gc<NativeFunction>> {
        // SAFETY: there are only two kinds of function.
        (!self.is_lua()).then(|| unsafe { Gc::from_ptr(self.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(crate) fn upvalue_count(self) -> usize {
        self.header.aux.get() as usize
    }
}

impl Gc<LuaFunction> {
    #[inline(always)]
    pub(crate) fn closure(self) -> Gc<Closure> {
        // SAFETY: a Lua function begins with its closure.
        unsafe { Gc::from_ptr(self.as_ptr().cast()) }
    }

    /// The address of upvalue slot `index`.
    #[inline(always)]
    pub(crate) fn upvalue_slot(self, index: usize) -> *mut Option<Gc<Upvalue>> {
        debug_assert!(index < self.closure().upvalue_count(), "upvalue {index} out of bounds");
        // SAFETY: the slot was allocated with room for `aux` upvalues behind the head.
        unsafe { self.as_ptr().cast::<u8>().add(LUA_FUNCTION_HEAD).cast::<Option<Gc<Upvalue>>>().add(index) }
    }

    /// Upvalue `index`; `None` only while the closure is being made.
    #[inline(always)]
    pub(crate) fn upvalue(self, index: usize) -> Option<Gc<Upvalue>> {
        // SAFETY: `upvalue_slot` is in bounds, and initialised when the closure is made.
        unsafe { *self.upvalue_slot(index) }
    }
}

impl Gc<NativeFunction> {
    #[inline(always)]
    pub(crate) fn closure(self) -> Gc<Closure> {
        // SAFETY: a native function begins with its closure.
        unsafe { Gc::from_ptr(self.as_ptr().cast()) }
    }

    /// The address of value `index` among its upvalues.
    #[inline(always)]
    pub(crate) fn upvalue_slot(self, index: usize) -> *mut TValue {
        debug_assert!(index < self.closure().upvalue_count(), "upvalue {index} out of bounds");
        // SAFETY: the slot was allocated with room for `aux` values behind the head.
        unsafe { self.as_ptr().cast::<u8>().add(NATIVE_FUNCTION_HEAD).cast::<TValue>().add(index) }
    }

    #[inline(always)]
    pub(crate) fn upvalue(self, index: usize) -> TValue {
        // SAFETY: in bounds, and initialised when the closure is made.
        unsafe { *self.upvalue_slot(index) }
    }
}

impl Gc<Upvalue> {
    #[inline(always)]
    pub(crate) fn get(self) -> TValue {
        // SAFETY: the pointer is kept to a slot of a live stack or to `closed`.
        unsafe { *self.value.get() }
    }

    /// The next open upvalue of the same thread.
    #[inline(always)]
    pub(crate) fn next_open(self) -> Option<Gc<Upvalue>> {
        let address = self.closed.get().bits() as *mut Upvalue;
        // SAFETY: an open upvalue's `closed` holds 0 or the address of an open upvalue of the same thread, which the
        // sweep unlinks before it frees it.
        (!address.is_null()).then(|| unsafe { Gc::from_ptr(address) })
    }

    #[inline(always)]
    pub(crate) fn set_next_open(self, next: Option<Gc<Upvalue>>) {
        self.closed.set(TValue::from_bits(next.map_or(0, |next| next.as_ptr() as u64)));
    }

    /// Takes the value off the stack.
    #[inline(always)]
    pub(crate) fn close(self) {
        self.closed.set(self.get());
        self.value.set(self.closed.as_ptr());
    }
}
