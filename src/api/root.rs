//! [`Root`]: what keeps a value alive for the host.

use super::Call;
use crate::value::Value;
use crate::vm::RootKey;
use crate::vm::{LuaVM, Unrooted};

/// Keeps a value alive.
///
/// It is owned: the value is let go when the root is dropped, on whatever thread that is, and whether or not the machine
/// still exists.
///
/// ```
/// # use ferrous::{LuaVM, Value};
/// # fn main() -> Result<(), ferrous::Error> {
/// let mut vm = LuaVM::new()?;
/// let table = vm.create_table(0, 0)?;
/// let root = vm.root(table)?;
/// vm.collect_garbage()?;
/// assert_eq!(root.get(&vm), Value::Table(table));
/// drop(root);
/// vm.collect_garbage()?;
/// assert!(!vm.is_valid(table));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a root that is dropped keeps nothing alive"]
pub struct Root {
    key: RootKey,
    unrooted: Unrooted,
}

impl Root {
    pub(super) fn new(key: RootKey, unrooted: Unrooted) -> Self {
        Root { key, unrooted }
    }

    /// The value; nil if `machine` is not the one it was rooted in.
    pub fn get(&self, machine: &impl Machine) -> Value {
        machine.look().root(self.key, &self.unrooted).unwrap_or_default()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        self.unrooted.lock().push(self.key);
    }
}

mod sealed {
    use crate::vm::View;

    /// What can be looked at. The name cannot be reached from outside.
    pub trait Look {
        #[expect(private_interfaces, reason = "the trait is sealed")]
        fn look(&self) -> View<'_>;
    }
}

/// A machine: a [`LuaVM`], or the [`Call`] that a host function is lent.
pub trait Machine: sealed::Look {}

macro_rules! machine {
    ($($machine:ty),*) => {
        $(
            #[expect(private_interfaces, reason = "the trait is sealed")]
            impl sealed::Look for $machine {
                fn look(&self) -> crate::vm::View<'_> {
                    self.view()
                }
            }

            impl Machine for $machine {}
        )*
    };
}
machine!(LuaVM, Call<'_>);
