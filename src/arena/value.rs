//! The value inside the core: eight bytes, NaN-boxed.
//!
//! A double is itself. Everything else lies in the quiet-NaN space that no arithmetic produces, at or above
//! `0xFFF9 << 48`: sixteen bits of tag, and 48 bits of payload, which for a heap object is the address of its slot.
//!
//! | tag (top 16 bits) | meaning | payload |
//! |---|---|---|
//! | below `0xFFF9` | number | the double itself; a NaN keeps only its sign |
//! | `0xFFF9` | dead key of a table node | address of what it was |
//! | `0xFFFA` | thread | address |
//! | `0xFFFB` | userdata | address |
//! | `0xFFFC` | function | address |
//! | `0xFFFD` | string | address |
//! | `0xFFFE` | table | address |
//! | `0xFFFF` | the singletons nil `-1`, false `-2`, true `-3`, empty `-4` | |
//!
//! The order is chosen for the tests the loop makes: nil is all ones, "falsy" is one unsigned comparison with -2, and
//! because every boxed value is a NaN to the floating-point unit, `a + b` of two values that are not both numbers
//! yields a NaN: the fast path adds first and asks afterwards.
//!
//! Invariant: a value with a heap tag holds the address of a slot of that kind that is alive until the next safepoint
//! at least (see the head of [`super::gc`]).

use super::Gc;
use super::closure::Closure;
use super::header::Header;
use super::string::Str;
use super::table::Table;
use super::thread::Thread;
use super::userdata::UserData;

/// A value of the core. Copying it neither roots nor pins what it refers to.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct TValue(u64);

const TAG_SHIFT: u32 = 48;
const PAYLOAD: u64 = (1 << TAG_SHIFT) - 1;

/// The top sixteen bits of a boxed value.
pub(crate) mod tag {
    pub(crate) const DEAD_KEY: u64 = 0xFFF9;
    pub(crate) const THREAD: u64 = 0xFFFA;
    pub(crate) const USERDATA: u64 = 0xFFFB;
    pub(crate) const FUNCTION: u64 = 0xFFFC;
    pub(crate) const STRING: u64 = 0xFFFD;
    pub(crate) const TABLE: u64 = 0xFFFE;
    pub(crate) const SINGLETON: u64 = 0xFFFF;
}

const FIRST_BOXED: u64 = tag::DEAD_KEY << TAG_SHIFT;
const FIRST_HEAP: u64 = tag::THREAD << TAG_SHIFT;
const FIRST_SINGLETON: u64 = tag::SINGLETON << TAG_SHIFT;

/// A value taken apart, for code that is not in a hurry.
#[derive(Clone, Copy)]
pub(crate) enum Unpacked {
    Nil,
    Boolean(bool),
    Number(f64),
    String(Gc<Str>),
    Table(Gc<Table>),
    Function(Gc<Closure>),
    UserData(Gc<UserData>),
    Thread(Gc<Thread>),
}

impl TValue {
    pub(crate) const NIL: TValue = TValue(u64::MAX);
    pub(crate) const FALSE: TValue = TValue(u64::MAX - 1);
    pub(crate) const TRUE: TValue = TValue(u64::MAX - 2);
    /// Not a Lua value: "no result", where a function needs to say so in band.
    pub(crate) const EMPTY: TValue = TValue(u64::MAX - 3);

    /// Not a Lua value: "no result at all", of a function's frameless version.
    pub(crate) const NOTHING: TValue = TValue(u64::MAX - 4);

    #[inline(always)]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        TValue(bits)
    }

    #[inline(always)]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// A number. A NaN is reduced to its sign, so that none can pass for a boxed value.
    #[inline(always)]
    pub(crate) fn number(n: f64) -> Self {
        if n.is_nan() {
            return TValue((n.to_bits() & 1 << 63) | 0x7FF8 << TAG_SHIFT);
        }
        TValue(n.to_bits())
    }

    #[inline(always)]
    pub(crate) const fn boolean(b: bool) -> Self {
        if b { Self::TRUE } else { Self::FALSE }
    }

    #[inline(always)]
    fn object(tag: u64, address: *const u8) -> Self {
        let address = address as u64;
        debug_assert!(address & !PAYLOAD == 0, "heap addresses have 48 bits");
        TValue(tag << TAG_SHIFT | address)
    }

    #[inline(always)]
    pub(crate) const fn tag(self) -> u64 {
        self.0 >> TAG_SHIFT
    }

    #[inline(always)]
    pub(crate) const fn is_nil(self) -> bool {
        self.0 == Self::NIL.0
    }

    #[inline(always)]
    pub(crate) const fn is_falsy(self) -> bool {
        self.0 >= Self::FALSE.0
    }

    #[inline(always)]
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == Self::EMPTY.0
    }

    #[inline(always)]
    pub(crate) const fn is_number(self) -> bool {
        self.0 < FIRST_BOXED
    }

    #[inline(always)]
    pub(crate) const fn is_string(self) -> bool {
        self.tag() == tag::STRING
    }

    #[inline(always)]
    pub(crate) const fn is_table(self) -> bool {
        self.tag() == tag::TABLE
    }

    #[inline(always)]
    pub(crate) const fn is_function(self) -> bool {
        self.tag() == tag::FUNCTION
    }

    /// Whether the collector has to know of it.
    #[inline(always)]
    pub(crate) const fn is_collectable(self) -> bool {
        self.0 >= FIRST_HEAP && self.0 < FIRST_SINGLETON
    }

    #[inline(always)]
    pub(crate) fn as_number(self) -> Option<f64> {
        self.is_number().then(|| f64::from_bits(self.0))
    }

    /// The bits as a double, without asking whether they are one: a NaN if they are not.
    #[inline(always)]
    pub(crate) const fn as_double(self) -> f64 {
        f64::from_bits(self.0)
    }

    #[inline(always)]
    fn payload<T>(self) -> Gc<T> {
        let address = (self.0 & PAYLOAD) as *mut T;
        // SAFETY: only called for heap tags, whose payload is the non-null address of a slot (type invariant).
        unsafe { Gc::from_ptr(address) }
    }

    #[inline(always)]
    pub(crate) fn as_string(self) -> Option<Gc<Str>> {
        self.is_string().then(|| self.payload())
    }

    #[inline(always)]
    pub(crate) fn as_table(self) -> Option<Gc<Table>> {
        self.is_table().then(|| self.payload())
    }

    #[inline(always)]
    pub(crate) fn as_function(self) -> Option<Gc<Closure>> {
        self.is_function().then(|| self.payload())
    }

    #[inline(always)]
    pub(crate) fn as_userdata(self) -> Option<Gc<UserData>> {
        (self.tag() == tag::USERDATA).then(|| self.payload())
    }

    #[inline(always)]
    pub(crate) fn as_thread(self) -> Option<Gc<Thread>> {
        (self.tag() == tag::THREAD).then(|| self.payload())
    }

    /// The header of the heap object it refers to.
    #[inline(always)]
    pub(crate) fn as_object(self) -> Option<Gc<Header>> {
        self.is_collectable().then(|| self.payload())
    }

    /// The key of a node whose object may be freed: it equals nothing but can still be found by its address.
    pub(crate) fn into_dead_key(self) -> Self {
        TValue(tag::DEAD_KEY << TAG_SHIFT | self.0 & PAYLOAD)
    }

    pub(crate) fn is_dead_key(self) -> bool {
        self.tag() == tag::DEAD_KEY
    }

    /// Whether a dead key once was `self`.
    pub(crate) fn was_key(self, dead: TValue) -> bool {
        dead.is_dead_key() && self.is_collectable() && self.0 & PAYLOAD == dead.0 & PAYLOAD
    }

    pub(crate) fn unpack(self) -> Unpacked {
        match self.tag() {
            tag::STRING => Unpacked::String(self.payload()),
            tag::TABLE => Unpacked::Table(self.payload()),
            tag::FUNCTION => Unpacked::Function(self.payload()),
            tag::USERDATA => Unpacked::UserData(self.payload()),
            tag::THREAD => Unpacked::Thread(self.payload()),
            tag::SINGLETON if self == Self::TRUE => Unpacked::Boolean(true),
            tag::SINGLETON if self == Self::FALSE => Unpacked::Boolean(false),
            tag::SINGLETON | tag::DEAD_KEY => Unpacked::Nil,
            _ => Unpacked::Number(f64::from_bits(self.0)),
        }
    }

    /// The name of its type (manual §2.2).
    pub(crate) fn type_name(self) -> &'static str {
        match self.unpack() {
            Unpacked::Nil => "nil",
            Unpacked::Boolean(_) => "boolean",
            Unpacked::Number(_) => "number",
            Unpacked::String(_) => "string",
            Unpacked::Table(_) => "table",
            Unpacked::Function(_) => "function",
            Unpacked::UserData(_) => "userdata",
            Unpacked::Thread(_) => "thread",
        }
    }

    /// Equality without metamethods (manual §2.5.2).
    #[inline(always)]
    pub(crate) fn raw_equals(self, other: TValue) -> bool {
        if self.0 == other.0 {
            // The only values that differ from themselves.
            return !(self.is_number() && self.as_double().is_nan());
        }
        if self.is_number() {
            // Different bits of equal numbers: the two zeros.
            return self.as_double() == other.as_double();
        }
        match (self.as_string(), other.as_string()) {
            (Some(a), Some(b)) => a.is_long() && b.is_long() && a.bytes() == b.bytes(),
            _ => false,
        }
    }
}

macro_rules! from_object {
    ($($type:ty => $tag:ident),*) => {
        $(impl From<Gc<$type>> for TValue {
            #[inline(always)]
            fn from(object: Gc<$type>) -> Self {
                TValue::object(tag::$tag, object.as_ptr().cast())
            }
        })*
    };
}
from_object!(Str => STRING, Table => TABLE, Closure => FUNCTION, UserData => USERDATA, Thread => THREAD);

impl From<f64> for TValue {
    #[inline(always)]
    fn from(n: f64) -> Self {
        TValue::number(n)
    }
}

impl From<bool> for TValue {
    #[inline(always)]
    fn from(b: bool) -> Self {
        TValue::boolean(b)
    }
}

impl std::fmt::Debug for TValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.unpack() {
            Unpacked::Nil => f.write_str("nil"),
            Unpacked::Boolean(b) => write!(f, "{b}"),
            Unpacked::Number(n) => write!(f, "{n}"),
            _ => write!(f, "{}:{:#x}", self.type_name(), self.0 & PAYLOAD),
        }
    }
}

const _: () = assert!(size_of::<TValue>() == 8);

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    #[test]
    fn singletons_are_told_apart() {
        assert!(TValue::NIL.is_falsy() && TValue::FALSE.is_falsy() && !TValue::TRUE.is_falsy());
        assert!(!TValue::EMPTY.is_falsy() && TValue::NIL.is_nil() && !TValue::FALSE.is_nil());
        for v in [TValue::NIL, TValue::FALSE, TValue::TRUE, TValue::EMPTY] {
            assert!(!v.is_number() && !v.is_collectable());
            assert!(v.as_double().is_nan());
        }
    }

    #[test]
    fn numbers_are_themselves() {
        for n in [0.0, -0.0, 1.5, -1e308, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE] {
            assert_eq!(TValue::number(n).as_number().map(f64::to_bits), Some(n.to_bits()));
        }
    }

    #[test]
    fn a_nan_keeps_its_sign_and_nothing_else() {
        for bits in [u64::MAX, 0x7FF8_0000_0000_0000, 0xFFFC_1234_5678_9ABC, 0x7FF0_0000_0000_0001] {
            let v = TValue::number(f64::from_bits(bits));
            let n = v.as_number().expect("a NaN is a number");
            assert!(n.is_nan());
            assert_eq!(n.is_sign_negative(), bits >> 63 == 1);
            assert!(!v.raw_equals(v));
        }
    }

    #[test]
    fn zeros_are_equal() {
        assert!(TValue::number(0.0).raw_equals(TValue::number(-0.0)));
        assert!(!TValue::number(0.0).raw_equals(TValue::NIL));
    }
}
