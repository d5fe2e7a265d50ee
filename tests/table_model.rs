//! Tables against a model: random keys, values, removals, traversals and collections.

use std::collections::BTreeMap;

use ferrous::{LuaVM, Root, TableHandle, Value};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

/// A key or value, as the model keeps it. Objects are numbered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Plain {
    Boolean(bool),
    /// The bits of a number that is no NaN and no negative zero.
    Number(u64),
    String(Vec<u8>),
    Object(usize),
}

#[derive(Debug, Clone)]
enum Step {
    Set(Plain, Plain),
    Remove(Plain),
    RemoveNth(usize),
    Get(Plain),
    /// Walks the table, and removes each entry whose number is a multiple.
    Walk(Option<usize>),
    Collect,
    CollectSome(usize),
}

fn number(n: f64) -> Plain {
    Plain::Number((n + 0.0).to_bits())
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        1 => any::<bool>().prop_map(Plain::Boolean),
        8 => (-2..40i32).prop_map(|n| number(n.into())),
        2 => any::<i32>().prop_map(|n| number(n.into())),
        1 => any::<f64>().prop_filter("NaN is no key", |n| !n.is_nan()).prop_map(number),
        4 => "[a-d]{0,3}".prop_map(|s| Plain::String(s.into())),
        1 => "[a-b]{38,45}".prop_map(|s| Plain::String(s.into())),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(Plain::String),
        3 => (0..8usize).prop_map(Plain::Object),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (plain(), plain()).prop_map(|(key, value)| Step::Set(key, value)),
        2 => plain().prop_map(Step::Remove),
        4 => any::<usize>().prop_map(Step::RemoveNth),
        4 => plain().prop_map(Step::Get),
        1 => prop::option::of(1..4usize).prop_map(Step::Walk),
        1 => Just(Step::Collect),
        2 => (1..64usize).prop_map(Step::CollectSome),
    ]
}

struct Tested {
    vm: LuaVM,
    table: TableHandle,
    objects: Vec<Root>,
    model: BTreeMap<Plain, Plain>,
    _root: Root,
}

impl Tested {
    fn new() -> Self {
        let mut vm = LuaVM::new().expect("there is memory");
        let table = vm.create_table(0, 0).expect("there is memory");
        let root = vm.root(table).expect("it is live");
        let objects = (0..8)
            .map(|index| {
                let value = match index % 2 {
                    0 => vm.create_table(0, 0).map(Value::from),
                    _ => vm.create_userdata(index).map(Value::from),
                };
                let value = value.expect("there is memory");
                vm.root(value).expect("it is live")
            })
            .collect();
        Tested { vm, table, objects, model: BTreeMap::new(), _root: root }
    }

    fn value(&mut self, plain: &Plain) -> Value {
        match plain {
            Plain::Boolean(b) => Value::from(*b),
            Plain::Number(bits) => Value::from(f64::from_bits(*bits)),
            Plain::String(bytes) => self.vm.create_string(bytes).expect("there is memory").into(),
            Plain::Object(index) => self.objects[*index].get(&self.vm),
        }
    }

    fn plain(&self, value: Value) -> Plain {
        match value {
            Value::Boolean(b) => Plain::Boolean(b),
            Value::Number(n) => number(n),
            Value::String(string) => Plain::String(self.vm.string_bytes(string).expect("a live string").to_vec()),
            object => {
                let index = self.objects.iter().position(|root| root.get(&self.vm) == object);
                Plain::Object(index.expect("one of the objects"))
            }
        }
    }

    fn set(&mut self, key: &Plain, value: Option<&Plain>) {
        let stored = value.map_or(Value::Nil, |value| self.value(value));
        let key_value = self.value(key);
        self.vm.set_table_field(self.table, key_value, stored).expect("it can be stored");
        match value {
            Some(value) => self.model.insert(key.clone(), value.clone()),
            None => self.model.remove(key),
        };
    }

    fn walk(&mut self, remove: Option<usize>) {
        let mut seen = BTreeMap::new();
        let mut key = Value::Nil;
        while let Some((next, value)) = self.vm.table_next(self.table, key).expect("the key is there") {
            let (plain_key, plain_value) = (self.plain(next), self.plain(value));
            if remove.is_some_and(|every| seen.len() % every == 0) {
                self.vm.set_table_field(self.table, next, Value::Nil).expect("nil can be stored");
                self.model.remove(&plain_key);
                // A collection may take the key that was removed, if it is a string: then it is of no use any more.
                if !matches!(next, Value::String(_)) {
                    self.vm.collect_garbage_step(8).expect("no finalizers");
                }
            }
            let twice = seen.insert(plain_key, plain_value);
            assert_eq!(twice, None, "a key came by twice");
            key = next;
        }
        if remove.is_none() {
            assert_eq!(seen, self.model);
        }
    }

    fn check(&mut self) {
        self.walk(None);
        let length = self.vm.table_len(self.table).expect("a live table");
        let has = |n: usize| self.model.contains_key(&number(n as f64));
        assert!((length == 0 || has(length)) && !has(length + 1), "{length} is no border");
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Set(key, value) => self.set(key, Some(value)),
            Step::Remove(key) => self.set(key, None),
            Step::RemoveNth(n) => {
                let key = self.model.keys().nth(n % self.model.len().max(1)).cloned();
                if let Some(key) = key {
                    self.set(&key, None);
                }
            }
            Step::Get(key) => {
                let value = self.value(key);
                let found = self.vm.get_table_field(self.table, value).expect("a live table");
                let found = (!found.is_nil()).then(|| self.plain(found));
                assert_eq!(found.as_ref(), self.model.get(key));
            }
            Step::Walk(remove) => self.walk(*remove),
            Step::Collect => self.vm.collect_garbage().expect("no finalizers"),
            Step::CollectSome(kilobytes) => {
                self.vm.collect_garbage_step(*kilobytes).expect("no finalizers");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_table_is_a_map(steps in prop::collection::vec(step(), 0..200)) {
        let mut tested = Tested::new();
        for step in &steps {
            tested.run(step);
        }
        tested.check();
    }
}
