//! [`Database`]: keys, their values, and when they expire.
//!
//! Invariants: `when` and `queue` say the same; a key in them is in `values`. A hash, list or set in `values` is not empty
//! once a command is done. Handlers never see a key that is due: [`Database::expire`] has run before them.

use std::collections::{BTreeSet, HashMap, VecDeque};

use indexmap::{IndexMap, IndexSet};

use crate::error::CommandError;

pub(super) type Bytes = Vec<u8>;
pub(super) type Hash = IndexMap<Bytes, Bytes>;
pub(super) type List = VecDeque<Bytes>;
pub(super) type Set = IndexSet<Bytes>;

/// Up to so many entries a hash or set keeps its order when one is removed.
const ORDERED: usize = 128;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    String(Bytes),
    Hash(Hash),
    List(List),
    Set(Set),
}

impl Data {
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Data::String(_) => "string",
            Data::Hash(_) => "hash",
            Data::List(_) => "list",
            Data::Set(_) => "set",
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Data::String(_) => false,
            Data::Hash(hash) => hash.is_empty(),
            Data::List(list) => list.is_empty(),
            Data::Set(set) => set.is_empty(),
        }
    }
}

#[derive(Default)]
pub(super) struct Database {
    values: HashMap<Bytes, Data>,
    when: HashMap<Bytes, i64>,
    queue: BTreeSet<(i64, Bytes)>,
}

macro_rules! typed {
    ($($get:ident, $get_mut:ident, $entry:ident: $variant:ident($type:ty);)*) => {
        impl Database {
            $(
                /// The value at a key, which has to be of this type if there is one.
                pub(super) fn $get(&self, key: &[u8]) -> Result<Option<&$type>, CommandError> {
                    match self.values.get(key) {
                        None => Ok(None),
                        Some(Data::$variant(value)) => Ok(Some(value)),
                        Some(_) => Err(CommandError::WrongType),
                    }
                }

                /// Likewise, to change it.
                pub(super) fn $get_mut(&mut self, key: &[u8]) -> Result<Option<&mut $type>, CommandError> {
                    match self.values.get_mut(key) {
                        None => Ok(None),
                        Some(Data::$variant(value)) => Ok(Some(value)),
                        Some(_) => Err(CommandError::WrongType),
                    }
                }

                /// Likewise; an empty one is made if there is none.
                pub(super) fn $entry(&mut self, key: &[u8]) -> Result<&mut $type, CommandError> {
                    if !self.values.contains_key(key) {
                        self.values.insert(key.to_vec(), Data::$variant(<$type>::default()));
                    }
                    self.$get_mut(key)?.ok_or(CommandError::WrongType)
                }
            )*
        }
    };
}
typed! {
    string, string_mut, string_entry: String(Bytes);
    hash, hash_mut, hash_entry: Hash(Hash);
    list, list_mut, list_entry: List(List);
    set, set_mut, set_entry: Set(Set);
}

impl Database {
    /// Removes what is due.
    pub(super) fn expire(&mut self, now: i64) {
        while let Some((when, _)) = self.queue.first()
            && *when <= now
        {
            if let Some((_, key)) = self.queue.pop_first() {
                self.when.remove(&key);
                self.values.remove(&key);
            }
        }
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<&Data> {
        self.values.get(key)
    }

    pub(super) fn contains(&self, key: &[u8]) -> bool {
        self.values.contains_key(key)
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Bytes> {
        self.values.keys()
    }

    /// Stores a value that does not expire.
    pub(super) fn put(&mut self, key: &[u8], data: Data) {
        self.persist(key);
        self.put_keeping(key, data);
    }

    /// Stores a value that expires when the old one did.
    pub(super) fn put_keeping(&mut self, key: &[u8], data: Data) {
        if data.is_empty() {
            self.take(key);
        } else {
            self.values.insert(key.to_vec(), data);
        }
    }

    /// Removes a key; its value, if there was one.
    pub(super) fn take(&mut self, key: &[u8]) -> Option<Data> {
        self.persist(key);
        self.values.remove(key)
    }

    /// Removes a hash, list or set that has become empty.
    pub(super) fn drop_if_empty(&mut self, key: &[u8]) {
        if self.values.get(key).is_some_and(Data::is_empty) {
            self.take(key);
        }
    }

    pub(super) fn expires(&self, key: &[u8]) -> Option<i64> {
        self.when.get(key).copied()
    }

    /// Lets a key, which is there, expire.
    pub(super) fn set_expires(&mut self, key: &[u8], when: i64) {
        self.persist(key);
        self.when.insert(key.to_vec(), when);
        self.queue.insert((when, key.to_vec()));
    }

    /// Lets a key not expire; whether it would have.
    pub(super) fn persist(&mut self, key: &[u8]) -> bool {
        if self.when.is_empty() {
            return false;
        }
        match self.when.remove_entry(key) {
            Some((key, when)) => self.queue.remove(&(when, key)),
            None => false,
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Database::default();
    }
}

pub(super) fn remove_field(hash: &mut Hash, field: &[u8]) -> Option<Bytes> {
    if hash.len() <= ORDERED { hash.shift_remove(field) } else { hash.swap_remove(field) }
}

pub(super) fn remove_member(set: &mut Set, member: &[u8]) -> bool {
    if set.len() <= ORDERED { set.shift_remove(member) } else { set.swap_remove(member) }
}
