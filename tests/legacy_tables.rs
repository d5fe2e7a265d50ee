//! The old VM's tables against a model: any key, migration between the parts, borders, and traversals that clear what they visit.

#![cfg(feature = "legacy")]

use std::collections::BTreeMap;

use ferrous::legacy::{HeapTransaction, LuaHeap, TableHandle, Value};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Integer(i16),
    Half(i8),
    Text(u8),
    Boolean(bool),
    Table(u8),
}

#[derive(Debug, Clone)]
enum Op {
    Set(Key, Option<u16>),
    /// Appends so many elements.
    Append(u8),
    /// Removes so many from the end.
    Remove(u8),
    /// Visits everything, and clears every so-many-th field.
    Traverse(usize),
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        6 => (-3..40i16).prop_map(Key::Integer),
        1 => any::<i16>().prop_map(Key::Integer),
        1 => any::<i8>().prop_map(Key::Half),
        2 => (0..20u8).prop_map(Key::Text),
        1 => any::<bool>().prop_map(Key::Boolean),
        1 => (0..4u8).prop_map(Key::Table),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        10 => (key(), prop::option::weighted(0.7, any::<u16>())).prop_map(|(key, value)| Op::Set(key, value)),
        1 => (0..20u8).prop_map(Op::Append),
        1 => (0..20u8).prop_map(Op::Remove),
        1 => (1..4usize).prop_map(Op::Traverse),
    ]
}

struct World {
    heap: LuaHeap,
    table: TableHandle,
    others: Vec<TableHandle>,
}

impl World {
    fn new(elements: usize, keys: usize) -> Self {
        let mut heap = LuaHeap::new().unwrap();
        let mut tx = HeapTransaction::new(&mut heap);
        let table = tx.create_table_with_capacity(elements, keys).unwrap();
        let others = (0..4).map(|_| tx.create_table().unwrap()).collect();
        World { heap, table, others }
    }

    fn value(&mut self, key: Key) -> Value {
        match key {
            Key::Integer(number) => Value::Number(number.into()),
            Key::Half(number) => Value::Number(f64::from(number) + 0.5),
            Key::Text(number) => Value::String(self.heap.create_string(&[number]).unwrap()),
            Key::Boolean(value) => Value::Boolean(value),
            Key::Table(number) => Value::Table(self.others[usize::from(number)]),
        }
    }

    fn set(&mut self, key: Value, value: Value) {
        let mut tx = HeapTransaction::new(&mut self.heap);
        tx.set_table_field(self.table, key, value).unwrap();
        tx.commit().unwrap();
    }

    fn get(&mut self, key: Value) -> Value {
        HeapTransaction::new(&mut self.heap).read_table_field(self.table, &key).unwrap()
    }

    fn next(&mut self, key: Value) -> Option<(Value, Value)> {
        HeapTransaction::new(&mut self.heap).table_next(self.table, key).unwrap()
    }
}

fn number(value: Option<u16>) -> Value {
    value.map_or(Value::Nil, |value| Value::Number(value.into()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn tables_hold_what_they_are_given(elements in 0..10usize, keys in 0..10usize, ops in prop::collection::vec(op(), 1..80)) {
        let mut world = World::new(elements, keys);
        let mut model: BTreeMap<Key, u16> = BTreeMap::new();
        let mut known: Vec<Key> = Vec::new();
        for op in ops {
            match op {
                Op::Set(key, value) => {
                    let real = world.value(key);
                    world.set(real, number(value));
                    known.push(key);
                    match value {
                        Some(value) => model.insert(key, value),
                        None => model.remove(&key),
                    };
                }
                Op::Append(count) => for _ in 0..count {
                    let border = world.heap.table(world.table).unwrap().border();
                    world.set(Value::Number((border + 1) as f64), number(Some(7)));
                    model.insert(Key::Integer(border as i16 + 1), 7);
                },
                Op::Remove(count) => for _ in 0..count {
                    let border = world.heap.table(world.table).unwrap().border();
                    if border > 0 {
                        world.set(Value::Number(border as f64), Value::Nil);
                        model.remove(&Key::Integer(border as i16));
                    }
                },
                Op::Traverse(step) => {
                    let mut seen = BTreeMap::new();
                    let expected: Vec<(Value, u16)> = model.clone().into_iter().map(|(key, value)| (world.value(key), value)).collect();
                    let keys: Vec<Key> = model.keys().copied().collect();
                    let mut last = Value::Nil;
                    while let Some((key, value)) = world.next(last) {
                        let position = expected.iter().position(|entry| (entry.0, number(Some(entry.1))) == (key, value));
                        let position = position.expect("only what is there is visited");
                        prop_assert!(seen.insert(keys[position], ()).is_none(), "{:?} was visited twice", keys[position]);
                        if seen.len() % step == 0 {
                            world.set(key, Value::Nil);
                            model.remove(&keys[position]);
                        }
                        last = key;
                    }
                    prop_assert_eq!(seen.len(), expected.len());
                }
            }
            let border = world.heap.table(world.table).unwrap().border();
            prop_assert!(border == 0 || model.contains_key(&Key::Integer(border as i16)));
            prop_assert!(!model.contains_key(&Key::Integer(border as i16 + 1)));
        }
        for key in known {
            let real = world.value(key);
            prop_assert_eq!(world.get(real), number(model.get(&key).copied()));
        }
        prop_assert_eq!(world.heap.table(world.table).unwrap().iter().count(), model.len());
    }
}

#[test]
fn elements_migrate_to_the_array_part() {
    let mut world = World::new(0, 0);
    // From behind, so that they go to the hash part first.
    for index in (1..=64).rev() {
        world.set(Value::Number(index.into()), Value::Number(index.into()));
    }
    world.set(Value::Boolean(true), Value::Boolean(true));
    let table = world.heap.table(world.table).unwrap();
    assert_eq!((table.array().len(), table.border()), (64, 64));
    let keys: Vec<Value> = table.iter().map(|(key, _)| key).take(64).collect();
    assert_eq!(keys, (1..=64).map(|index| Value::Number(index.into())).collect::<Vec<_>>());
}

#[test]
fn the_zeros_are_one_key() {
    let mut world = World::new(0, 0);
    world.set(Value::Number(-0.0), Value::Boolean(true));
    assert_eq!(world.get(Value::Number(0.0)), Value::Boolean(true));
    let (key, _) = world.next(Value::Nil).unwrap();
    assert_eq!(key.to_number().map(f64::is_sign_negative), Some(false));
    world.set(Value::Number(0.0), Value::Nil);
    assert_eq!(world.get(Value::Number(-0.0)), Value::Nil);
}

#[test]
fn traversal_takes_linear_time() {
    let mut world = World::new(0, 0);
    let count = 100_000;
    for index in 0..count {
        world.set(Value::Number(f64::from(index) + 0.5), Value::Boolean(true));
    }
    let start = std::time::Instant::now();
    let mut last = Value::Nil;
    let mut seen = 0;
    while let Some((key, _)) = world.next(last) {
        (seen, last) = (seen + 1, key);
    }
    assert_eq!(seen, count);
    // Quadratic it would be minutes.
    assert!(start.elapsed().as_secs() < 5);
}
