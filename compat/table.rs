//! [`Table`]: a table's contents, as the old API shows them.
//!
//! What a transaction gives out is a snapshot: the array part is everything from 1 up to the first nil, the map is the
//! rest. Keys that are no [`HashableValue`] (tables, functions …) are in the table all the same, but not in the snapshot.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::error::{LuaError, LuaResult};
use super::handle::{Handle, StringHandle, TableHandle};
use super::value::{LuaString, Value};

/// The contents of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The values at 1, 2, 3…
    pub array: Vec<Value>,
    /// Everything else.
    pub map: HashMap<HashableValue, Value>,
    /// The metatable.
    pub metatable: Option<TableHandle>,
}

impl Hash for Table {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.array.hash(state);
        self.metatable.hash(state);
        // The same whatever the order.
        let entries = self.map.iter().fold(0_u64, |sum, entry| {
            let mut hasher = DefaultHasher::new();
            entry.hash(&mut hasher);
            sum.wrapping_add(hasher.finish())
        });
        entries.hash(state);
    }
}

/// The place in the array part that a key names, from 0, if it can name one.
fn array_place(key: &Value) -> Option<usize> {
    match key {
        Value::Number(n) if *n >= 1.0 && n.fract() == 0.0 && *n <= usize::MAX as f64 => Some(*n as usize - 1),
        _ => None,
    }
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Table::default()
    }

    /// An empty table with room, as far as there is memory for it.
    pub fn with_capacity(array_capacity: usize, map_capacity: usize) -> Self {
        let mut table = Table::new();
        // Without room an insertion is slower, and nothing else.
        let _ = table.array.try_reserve(array_capacity);
        let _ = table.map.try_reserve(map_capacity);
        table
    }

    /// The metatable.
    pub fn metatable(&self) -> Option<TableHandle> {
        self.metatable
    }

    /// Sets the metatable.
    pub fn set_metatable(&mut self, metatable: Option<TableHandle>) {
        self.metatable = metatable;
    }

    /// The length of the array part.
    pub fn array_len(&self) -> usize {
        self.array.len()
    }

    /// The value at a place of the array part, from 1.
    pub fn get_array(&self, index: usize) -> Option<&Value> {
        self.array.get(index.checked_sub(1)?)
    }

    /// Sets a value of the array part, or appends one. Nothing happens if there would be a gap.
    pub fn set_array(&mut self, index: usize, value: Value) {
        match index.checked_sub(1) {
            Some(place) if place < self.array.len() => self.array[place] = value,
            Some(place) if place == self.array.len() => self.array.push(value),
            _ => {}
        }
    }

    /// The value at a key.
    pub fn get_field(&self, key: &Value) -> Option<&Value> {
        if let Some(value) = array_place(key).and_then(|place| self.array.get(place)) {
            return Some(value);
        }
        self.map.get(&HashableValue::from_value(key).ok()?)
    }

    /// The value at a key.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.get_field(key)
    }

    /// Sets the value at a key; nil removes it.
    ///
    /// # Errors
    /// If the key cannot be one of a snapshot.
    pub fn set_field(&mut self, key: Value, value: Value) -> LuaResult<()> {
        match array_place(&key) {
            Some(place) if place < self.array.len() => {
                if value.is_nil() && place + 1 == self.array.len() {
                    self.array.pop();
                } else {
                    self.array[place] = value;
                }
                return Ok(());
            }
            Some(place) if place == self.array.len() && !value.is_nil() => {
                self.map.remove(&HashableValue::from_value(&key)?);
                self.array.push(value);
                self.move_to_array();
                return Ok(());
            }
            _ => {}
        }
        let key = HashableValue::from_value_with_context(&key, "table key")?;
        if value.is_nil() {
            self.map.remove(&key);
        } else {
            self.map.insert(key, value);
        }
        Ok(())
    }

    /// What follows the array part belongs to it: no key is in both parts.
    fn move_to_array(&mut self) {
        while let Some(value) = self.map.remove(&HashableValue::Number(OrderedFloat((self.array.len() + 1) as f64))) {
            self.array.push(value);
        }
    }
}

/// A key of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HashableValue {
    /// `nil`
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// A number
    Number(OrderedFloat),
    /// A string
    String(StringHandle),
}

impl HashableValue {
    /// Whether a value can be a key of a snapshot.
    pub fn is_hashable(value: &Value) -> bool {
        matches!(value, Value::Nil | Value::Boolean(_) | Value::Number(_) | Value::String(_))
    }

    /// The key of a string.
    pub fn from_string_handle(handle: Handle<LuaString>) -> Self {
        HashableValue::String(handle.into())
    }

    /// A value as a key; `context` is named if it cannot be one.
    ///
    /// # Errors
    /// [`LuaError::TypeError`] if it cannot be one.
    pub fn from_value_with_context(value: &Value, context: &str) -> LuaResult<Self> {
        Ok(match value {
            Value::Nil => HashableValue::Nil,
            Value::Boolean(b) => HashableValue::Boolean(*b),
            Value::Number(n) => HashableValue::Number(OrderedFloat(*n)),
            Value::String(handle) => HashableValue::String(*handle),
            other => {
                let got = match other.type_name() {
                    "table" => "table (tables cannot be used as keys)".to_owned(),
                    "function" => "function (functions cannot be used as keys)".to_owned(),
                    name => format!("{name} (cannot be used as a key)"),
                };
                let expected = format!("nil, boolean, number, or string (in {context})");
                return Err(LuaError::TypeError { expected, got });
            }
        })
    }

    /// A value as a key.
    ///
    /// # Errors
    /// [`LuaError::TypeError`] if it cannot be one.
    pub fn from_value(value: &Value) -> LuaResult<Self> {
        HashableValue::from_value_with_context(value, "unknown")
    }

    /// The key as a value.
    pub fn to_value(&self) -> Value {
        match self {
            HashableValue::Nil => Value::Nil,
            HashableValue::Boolean(b) => Value::Boolean(*b),
            HashableValue::Number(n) => Value::Number(n.0),
            HashableValue::String(handle) => Value::String(*handle),
        }
    }
}

/// A number that is compared by its bits.
#[derive(Debug, Clone, Copy)]
pub struct OrderedFloat(pub f64);

impl PartialEq for OrderedFloat {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for OrderedFloat {}

impl Hash for OrderedFloat {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}
