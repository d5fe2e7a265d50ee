//! [`Holder`]: a machine's state, as a [`LuaVM`](super::LuaVM) holds it: its own, or one it has on lease.
//!
//! A host function can be lent the machine that runs it as a `LuaVM` by value, because that is what its own host owns. Such
//! a machine is a *lease*. Invariants that make it sound:
//!
//! - a state is freed by the holder that owns it alone; a lease frees nothing;
//! - a lease reaches the state only on the thread that lent it and only until the function it was lent to has returned. While that function
//!   runs, nothing else uses the state: everything further out waits for it. Afterwards, or on another thread, the lease holds an
//!   empty machine of its own;
//! - the state never moves, so its owner may.

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;

use super::machine::LuaVM;
use super::native::Ctx;
use super::state::State;
use crate::error::{Error, RuntimeError};

pub(super) struct Holder {
    state: NonNull<State>,
    lease: Option<Box<Lease>>,
}

struct Lease {
    thread: ThreadId,
    over: Arc<AtomicBool>,
    /// What is held once the lease is over.
    instead: OnceLock<Holder>,
}

impl Lease {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.thread != std::thread::current().id()
    }

    fn instead(&self) -> &Holder {
        self.instead.get_or_init(|| match State::new(crate::kernel::key_order::KeyOrder::Random) {
            Ok(state) => Holder::own(state),
            // There is no way to report it, as with any other allocation of a few kilobytes.
            Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<State>()),
        })
    }
}

impl Holder {
    pub(super) fn own(state: Box<State>) -> Holder {
        Holder { state: NonNull::from(Box::leak(state)), lease: None }
    }

    /// Whether it is a lease that is not over: a program is running on the state.
    pub(super) fn is_leased(&self) -> bool {
        self.lease.as_ref().is_some_and(|lease| !lease.is_over())
    }
}

impl Deref for Holder {
    type Target = State;

    fn deref(&self) -> &State {
        match &self.lease {
            Some(lease) if lease.is_over() => lease.instead(),
            // SAFETY: an owner's state lives as long as the owner; a lease's until the lease is over.
            _ => unsafe { self.state.as_ref() },
        }
    }
}

impl DerefMut for Holder {
    fn deref_mut(&mut self) -> &mut State {
        if let Some(lease) = &mut self.lease
            && lease.is_over()
        {
            lease.instead();
            if let Some(instead) = lease.instead.get_mut() {
                return instead;
            }
        }
        // SAFETY: as in `deref`; the owner is borrowed mutably, and so is, through `Ctx::lend`, whoever waits for a lease.
        unsafe { self.state.as_mut() }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if self.lease.is_none() {
            // SAFETY: the owner is the only one that frees the state, and it came from a box.
            drop(unsafe { Box::from_raw(self.state.as_ptr()) });
        }
    }
}

/// Ends a lease, also when the function it was lent to panics.
struct Ending(Arc<AtomicBool>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Ctx<'_> {
    /// Lends the machine to a function that gives it back.
    pub(crate) fn lend<R>(&mut self, f: impl FnOnce(LuaVM) -> (LuaVM, R)) -> Result<R, Error> {
        let ending = Ending(Arc::new(AtomicBool::new(false)));
        let lease =
            Lease { thread: std::thread::current().id(), over: Arc::clone(&ending.0), instead: OnceLock::new() };
        let state = NonNull::from(&mut *self.st);
        let (machine, result) = f(LuaVM { state: Holder { state, lease: Some(Box::new(lease)) } });
        let same = machine.state.state == state && machine.state.lease.is_some();
        drop(ending);
        if same {
            return Ok(result);
        }
        let message = b"a host function has exchanged the machine that runs it: give back the one it was lent".to_vec();
        Err(Error::Runtime(RuntimeError { message }))
    }
}

impl LuaVM {
    /// What the host has stored in the machine under its type: see [`LuaVM::set_host_data`].
    pub fn host_data<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.state.host_data.iter().find_map(|data| data.downcast_ref())
    }

    /// Likewise, to be changed.
    pub fn host_data_mut<T: Any + Send + Sync>(&mut self) -> Option<&mut T> {
        self.state.host_data.iter_mut().find_map(|data| data.downcast_mut())
    }

    /// Stores a value of the host's in the machine, where host functions find it; returns the one of the same type that
    /// was there before.
    pub fn set_host_data<T: Any + Send + Sync>(&mut self, data: T) -> Option<T> {
        match self.host_data_mut::<T>() {
            Some(old) => Some(std::mem::replace(old, data)),
            None => {
                self.state.host_data.push(Box::new(data));
                None
            }
        }
    }
}
