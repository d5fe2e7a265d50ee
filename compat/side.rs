//! [`Side`]: what the old API knows of its objects and the core does not.
//!
//! It is stored in the machine itself, so that a machine that is lent to a host function brings it along, and [`LuaHeap`] is
//! nothing but a machine. Invariants:
//!
//! - every object whose handle a caller has got is in `pins`, once; so handles never go stale, as they never did;
//! - of the strings too long for the core to intern, `long_strings` knows the one handle that stands for all with its bytes;
//! - a host function is one object of the core, whatever the number of times it is passed there, and comes back as itself.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::fast::RandomState;

use super::arena::Arena;
use super::error::LuaError;
use super::handle::{Numbers, ThreadHandle};
use super::heap::LuaHeap;
use super::script::ScriptContext;
use super::value::{CFunction, Closure, FunctionProto, Thread, Upvalue};
use crate::{FunctionHandle, Root, StringHandle, UserDataHandle};

/// The instructions an execution may take, unless the caller sets another number.
pub(super) const DEFAULT_BUDGET: u64 = 1_000_000;

/// An upvalue, and the functions of the core it is an upvalue of.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) upvalue: Upvalue,
    /// Each with the number, from 1, that the upvalue has in it.
    pub(super) links: Vec<(FunctionHandle, usize)>,
}

/// What a program got as the message of an error of a host function, and the error.
#[derive(Debug)]
pub(super) struct Thrown {
    pub(super) message: String,
    pub(super) error: LuaError,
}

#[derive(Default)]
pub(super) struct Side {
    pub(super) pins: HashMap<u64, Root, RandomState>,
    /// By hash of their bytes.
    pub(super) long_strings: HashMap<u64, Vec<StringHandle>, RandomState>,
    pub(super) hasher: RandomState,
    /// The objects of host functions, by address.
    pub(super) natives: HashMap<usize, FunctionHandle, RandomState>,
    /// The host functions, by their objects.
    pub(super) native_of: HashMap<u64, CFunction, RandomState>,
    /// Functions of the library as it was when the machine was made, as `print` and `string.find`.
    pub(super) library: HashMap<String, FunctionHandle, RandomState>,
    pub(super) threads: HashMap<u64, Thread, RandomState>,
    pub(super) main_thread: Option<ThreadHandle>,
    pub(super) closures: HashMap<u64, Closure, RandomState>,
    pub(super) upvalues: Arena<Captured>,
    pub(super) protos: Arena<FunctionProto>,
    /// What stands for a prototype where a program can see it.
    pub(super) proto_objects: HashMap<u64, UserDataHandle, RandomState>,
    pub(super) thrown: Option<Thrown>,
    /// How many executions are active inside one another.
    pub(super) depth: usize,
    pub(super) budget: Budget,
    pub(super) timeout: Option<Duration>,
    pub(super) context: Option<ScriptContext>,
    /// Places of the main thread's stack that were set since the running host function began.
    pub(super) registers_set: BTreeSet<usize>,
}

/// How many instructions an execution may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget(pub(super) Option<u64>);

impl Default for Budget {
    fn default() -> Self {
        Budget(Some(DEFAULT_BUDGET))
    }
}

impl LuaHeap {
    pub(super) fn side(&self) -> Option<&Side> {
        self.core.host_data()
    }

    /// A machine that never met the old API has no side yet.
    pub(super) fn side_mut(&mut self) -> &mut Side {
        if self.core.host_data::<Side>().is_none() {
            self.core.set_host_data(Side::default());
        }
        self.core.host_data_mut().expect("it was stored just now")
    }

    /// The one handle of all strings with these bytes, which are those of `string`.
    pub(super) fn canonical_string(&mut self, string: StringHandle) -> StringHandle {
        let Some(bytes) = self.core.string_bytes(string) else { return string };
        let Some(side) = self.side() else { return string };
        let hash = side.hasher.hash_one(bytes);
        let same = side
            .long_strings
            .get(&hash)
            .and_then(|known| known.iter().copied().find(|&known| self.core.string_bytes(known) == Some(bytes)));
        same.unwrap_or_else(|| {
            self.side_mut().long_strings.entry(hash).or_default().push(string);
            string
        })
    }

    pub(super) fn thread(&mut self, thread: ThreadHandle) -> &mut Thread {
        self.side_mut().threads.entry(thread.key()).or_default()
    }
}
