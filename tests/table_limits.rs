//! Long work in tables ends when the program has to end, and leaves the table as it was.

#![forbid(unsafe_code)]

use ferrous::{Error, LuaVM, TableHandle, Value};
use pretty_assertions::assert_eq;

/// As many as fill a hash part: the next one needs a larger one.
const KEYS: usize = 1 << 16;

fn fraction(index: usize) -> Value {
    Value::from(index as f64 + 0.5)
}

fn full_table(vm: &mut LuaVM) -> TableHandle {
    let table = vm.create_table(0, KEYS).expect("there is memory");
    for index in 0..KEYS {
        vm.set_table_field(table, fraction(index), Value::from(index as f64)).expect("it can be stored");
    }
    table
}

#[test]
fn a_resize_that_is_stopped_leaves_the_table_as_it_was() {
    let mut vm = LuaVM::new().expect("there is memory");
    let table = full_table(&mut vm);
    let _root = vm.root(table).expect("it is live");
    let mut first = Vec::new();
    let mut key = Value::Nil;
    while first.len() < 100 {
        let (next, _) = vm.table_next(table, key).expect("a live table").expect("an entry");
        first.push(next);
        key = next;
    }
    let handle = vm.kill_handle();
    vm.register("kill", move |_| {
        handle.kill();
        Ok(0)
    })
    .expect("there is memory");
    let store = vm.load("local t, key = ... kill() t[key] = true", "=store").expect("it compiles");
    let store = vm.root(store).expect("it is live");
    let arguments = [table.into(), fraction(KEYS)];
    assert_eq!(vm.call(store.get(&vm), &arguments), Err(Error::Killed));
    for index in 0..KEYS {
        assert_eq!(vm.get_table_field(table, fraction(index)), Some(Value::from(index as f64)));
    }
    assert_eq!(vm.get_table_field(table, fraction(KEYS)), Some(Value::Nil));
    let mut key = Value::Nil;
    for expected in first {
        let (next, _) = vm.table_next(table, key).expect("a live table").expect("an entry");
        assert_eq!(next, expected);
        key = next;
    }
    vm.set_table_field(table, fraction(KEYS), Value::from(true)).expect("the stop is over");
    assert_eq!(vm.get_table_field(table, fraction(KEYS)), Some(Value::from(true)));
}

#[test]
fn a_walk_over_a_cleared_table_is_paid_for() {
    let mut vm = LuaVM::with_stdlib().expect("there is memory");
    vm.eval("t = {} for i = 1, 2^17 do t[i + 0.5] = i end for k in next, t do t[k] = nil end").expect("it runs");
    vm.set_fuel(Some(10_000_000));
    vm.eval("for i = 1, 10 do assert(next(t) == nil) end for i = 1, 10 do for k in pairs(t) do error(k) end end")
        .expect("it is within the limits");
    let used = 10_000_000 - vm.fuel().expect("it is limited");
    assert!(used > 10 << 16, "{used} units for twenty walks over 2^17 nodes");
}
