//! The header of a heap object, and the pointer to one.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Nothing: the slot is on its page's free list, or was never used.
    Free = 0,
    String,
    Table,
    LuaFunction,
    NativeFunction,
    Upvalue,
    UserData,
    Thread,
    Proto,
    /// Storage of another object, without a header.
    Buffer,
}

/// The first eight bytes of every slot that holds an object. `generation` outlives the object: freeing the slot
/// raises it, which is what makes a stale handle detectable.
#[repr(C)]
pub(crate) struct Header {
    kind: Cell<Kind>,
    mark: Cell<u8>,
    /// Bits that belong to the object's type.
    pub(crate) flags: Cell<u8>,
    /// A small number that belongs to the object's type.
    pub(crate) aux: Cell<u8>,
    generation: Cell<u32>,
}

/// The mark bits. No bit at all is grey. There are two whites, so that what is born during a sweep is told apart from
/// what that sweep is to free.
pub(crate) mod mark {
    pub(crate) const WHITE_0: u8 = 1;
    pub(crate) const WHITE_1: u8 = 2;
    pub(crate) const WHITES: u8 = WHITE_0 | WHITE_1;
    pub(crate) const BLACK: u8 = 4;
    /// Never collected: the names the core itself uses.
    pub(crate) const FIXED: u8 = 8;
}

impl Header {
    #[inline(always)]
    pub(crate) fn kind(&self) -> Kind {
        self.kind.get()
    }

    #[inline(always)]
    pub(crate) fn mark(&self) -> u8 {
        self.mark.get()
    }

    #[inline(always)]
    pub(crate) fn set_mark(&self, bits: u8) {
        self.mark.set(bits);
    }

    #[inline(always)]
    pub(crate) fn is_white(&self) -> bool {
        self.mark.get() & mark::WHITES != 0
    }

    #[inline(always)]
    pub(crate) fn is_black(&self) -> bool {
        self.mark.get() & mark::BLACK != 0
    }

    #[inline(always)]
    pub(crate) fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// Turns a free slot's header into that of a new object.
    #[inline(always)]
    pub(crate) fn occupy(&self, kind: Kind, mark: u8) {
        debug_assert!(self.kind.get() == Kind::Free, "only a free slot is occupied");
        self.kind.set(kind);
        self.mark.set(mark);
        self.flags.set(0);
        self.aux.set(0);
    }

    /// Turns an object's header into that of a free slot, and makes handles to it stale.
    #[inline(always)]
    pub(crate) fn vacate(&self) {
        self.kind.set(Kind::Free);
        self.generation.set(self.generation.get().wrapping_add(1));
    }

    /// A never-used slot starts where its page's last incarnation ended.
    pub(crate) fn start_at_generation(&self, generation: u32) {
        self.kind.set(Kind::Free);
        self.generation.set(generation);
    }
}

/// A pointer to a live heap object.
///
/// It is `Copy` and keeps nothing alive. Dereferencing is safe to write because of one rule, which everything in
/// `arena` and `vm` keeps: **a `Gc` is not used beyond a safepoint unless its object is reachable from a root**. The
/// collector frees nothing between safepoints. Debug builds check at each dereference that the slot is not free.
///
/// Objects are shared freely, so their mutable fields are `Cell`s: a `Gc` never yields `&mut`.
#[repr(transparent)]
pub(crate) struct Gc<T>(NonNull<T>, PhantomData<*const T>);

impl<T> Gc<T> {
    /// # Safety
    /// `ptr` is the address of a live slot that holds a `T`.
    #[inline(always)]
    pub(crate) const unsafe fn from_ptr(ptr: *mut T) -> Self {
        // SAFETY: a slot's address is not null.
        Gc(unsafe { NonNull::new_unchecked(ptr) }, PhantomData)
    }

    #[inline(always)]
    pub(crate) const fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    #[inline(always)]
    pub(crate) fn header(self) -> Gc<Header> {
        Gc(self.0.cast(), PhantomData)
    }
}

impl Gc<Header> {
    /// The object behind a header.
    ///
    /// # Safety
    /// The header's kind is that of `T`.
    #[inline(always)]
    pub(crate) const unsafe fn cast<T>(self) -> Gc<T> {
        Gc(self.0.cast(), PhantomData)
    }
}

impl<T> Deref for Gc<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        #[cfg(debug_assertions)]
        {
            // SAFETY: every slot begins with a header, free or not; pages with live references are mapped.
            let header = unsafe { self.0.cast::<Header>().as_ref() };
            assert!(header.kind.get() != Kind::Free, "use of a freed slot");
        }
        // SAFETY: the rule above: the object is alive, and all access to it is shared.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<T> {}

impl<T> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Gc<T> {}

impl<T> std::fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:p}", self.0)
    }
}

const _: () = assert!(size_of::<Header>() == 8);
