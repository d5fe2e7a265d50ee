//! What the fuzz targets use: the library that the tests of properties use as well, and a machine and the real `lua5.1` for each process.

use std::cell::RefCell;

use ferrous::LuaVM;

#[path = "../../tests/support/mod.rs"]
mod support;

pub use support::choices::Choices;
pub use support::reference::Reference;
pub use support::{calls, commands, dumps, engines, formats, patterns, sources};

thread_local! {
    static REFERENCE: RefCell<Option<Reference>> = RefCell::new(Reference::start());
    static MACHINE: RefCell<LuaVM> = RefCell::new(LuaVM::with_stdlib().expect("a machine"));
}

/// Asks the real `lua5.1`, or nobody where it is not installed.
pub fn with_reference<R>(f: impl FnOnce(Option<&mut Reference>) -> R) -> R {
    REFERENCE.with_borrow_mut(|reference| f(reference.as_mut()))
}

/// Uses a machine that is made once.
pub fn with_machine<R>(f: impl FnOnce(&mut LuaVM) -> R) -> R {
    MACHINE.with_borrow_mut(f)
}
