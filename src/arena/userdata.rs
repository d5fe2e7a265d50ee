//! Full userdata: a Rust value that Lua can hold.

use std::any::Any;
use std::cell::{Cell, RefCell};

use super::Gc;
use super::header::Header;
use super::table::Table;

/// A userdata object.
#[repr(C)]
pub(crate) struct UserData {
    /// `flags`: see [`FINALIZED`].
    pub(crate) header: Header,
    pub(crate) metatable: Cell<Option<Gc<Table>>>,
    pub(crate) env: Cell<Gc<Table>>,
    /// The host's value. `None` for what `newproxy` makes, and while the host has taken it out.
    pub(crate) data: RefCell<Option<Box<dyn Any + Send + Sync>>>,
}

/// The `__gc` metamethod has been called, or is about to be.
pub(crate) const FINALIZED: u8 = 1;
