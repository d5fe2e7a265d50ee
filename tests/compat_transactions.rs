//! Transactions of the old API: what is visible when, what is refused, and that the hard constraints of the old types hold.

#![cfg(feature = "compat")]
#![allow(deprecated, reason = "the old API is what is tested")]

use std::any::TypeId;

use ferrous::lua::error::LuaError;
use ferrous::lua::heap::LuaHeap;
use ferrous::lua::transaction::{HeapTransaction, TransactionState};
use ferrous::lua::value::{
    CallFrame, Closure, FunctionProto, HashableValue, Table, Upvalue, UpvalueInfo, UserData, Value,
};
use ferrous::lua::vm::{LuaVM, PendingOperation};
use ferrous::lua::{StringHandle, TableHandle, compile, compiler};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

fn heap() -> LuaHeap {
    LuaHeap::new().unwrap()
}

#[test]
fn writes_are_invisible_until_the_commit() {
    let mut heap = heap();
    let mut tx = HeapTransaction::new(&mut heap);
    let table = tx.create_table().unwrap();
    let key = Value::String(tx.create_string("key").unwrap());
    tx.set_table_field(table, key.clone(), Value::Number(1.0)).unwrap();
    tx.set_table_field(table, key.clone(), Value::Number(2.0)).unwrap();
    assert_eq!(tx.read_table_field(table, &key).unwrap(), Value::Nil);
    assert!(tx.commit().unwrap().is_empty());
    assert!(tx.commit().unwrap().is_empty());
    assert_eq!((tx.state(), tx.is_active()), (TransactionState::Committed, false));
    assert_eq!(tx.read_table_field(table, &key), Err(LuaError::InvalidTransactionState));
    tx.reset().unwrap();
    assert_eq!(tx.read_table_field(table, &key).unwrap(), Value::Number(2.0));
}

#[test]
fn an_abort_and_a_drop_leave_no_trace() {
    let mut heap = heap();
    let mut tx = HeapTransaction::new(&mut heap);
    let table = tx.create_table().unwrap();
    tx.set_table_field(table, Value::Number(1.0), Value::Boolean(true)).unwrap();
    tx.abort().unwrap();
    assert_eq!(tx.abort(), Err(LuaError::InvalidTransactionState));
    assert_eq!(tx.commit().unwrap_err(), LuaError::InvalidTransactionState);
    tx.reset().unwrap();
    tx.set_table_field(table, Value::Number(1.0), Value::Boolean(true)).unwrap();
    // Validation works in any state, and the table survives.
    let mut tx = HeapTransaction::new(&mut heap);
    assert_eq!(tx.get_table(table).unwrap(), &Table::new());
    tx.commit().unwrap();
    assert_eq!(tx.validate_handle(&table), Ok(()));
}

#[test]
fn a_commit_without_memory_changes_nothing() {
    let mut vm = LuaVM::new().unwrap();
    let table = vm.create_table().unwrap();
    vm.set_table(table, Value::Number(1.0), Value::Number(10.0)).unwrap();
    let used = vm.core_mut().memory_used();
    vm.core_mut().set_memory_limit(Some(used + 4096));
    let mut tx = HeapTransaction::new(vm.heap_mut());
    for index in 1..10_000 {
        tx.set_table_field(table, Value::Number(f64::from(index)), Value::Boolean(true)).unwrap();
    }
    assert_eq!(tx.commit().unwrap_err(), LuaError::OutOfMemory);
    vm.core_mut().set_memory_limit(None);
    let mut tx = HeapTransaction::new(vm.heap_mut());
    assert_eq!(tx.get_table(table).unwrap().array, [Value::Number(10.0)]);
    // The whole of it: metatables and stacks, too.
    let (thread, metatable) = (tx.create_thread().unwrap(), tx.create_table().unwrap());
    vm.core_mut().set_memory_limit(Some(used + 8192));
    let mut tx = HeapTransaction::new(vm.heap_mut());
    tx.push_stack(thread, Value::Boolean(true)).unwrap();
    tx.set_table_metatable(table, Some(metatable)).unwrap();
    for index in 1..10_000 {
        tx.set_table_field(table, Value::Number(f64::from(index)), Value::Boolean(true)).unwrap();
    }
    assert_eq!(tx.commit().unwrap_err(), LuaError::OutOfMemory);
    tx.reset().unwrap();
    assert_eq!(tx.get_table_metatable(table).unwrap(), None);
    assert_eq!(tx.get_stack_size(thread).unwrap(), 0);
}

#[test]
fn equal_strings_are_equal_handles_and_last() {
    let mut vm = LuaVM::new().unwrap();
    vm.init_stdlib().unwrap();
    let long = "long ".repeat(100);
    let handle = vm.create_string(&long).unwrap();
    assert_eq!(vm.create_string(&long).unwrap(), handle);
    assert_eq!(vm.eval("return ('long '):rep(100)").unwrap(), Value::String(handle));
    let table = vm.eval("return {x = {1, 2, 3}}").unwrap();
    vm.eval("collectgarbage() collectgarbage()").unwrap();
    vm.core_mut().collect_garbage().unwrap();
    let Value::Table(table) = table else { panic!("{table:?}") };
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let (key, value) = tx.table_next(table, Value::Nil).unwrap().unwrap();
    let (Value::String(key), Value::Table(inner)) = (key, value) else { panic!("no table") };
    assert_eq!(tx.get_string_value(key).unwrap(), "x");
    assert_eq!(tx.get_table(inner).unwrap().array.len(), 3);
    assert_eq!(tx.get_string_value(handle).unwrap(), long);
    // Letting go is possible.
    let pinned = vm.heap().pinned();
    vm.heap_mut().unpin_all();
    vm.core_mut().collect_garbage().unwrap();
    assert!(vm.heap().pinned() < pinned);
    let error = HeapTransaction::new(vm.heap_mut()).get_table(inner).unwrap_err();
    let LuaError::RuntimeError(message) = error else { panic!("{error:?}") };
    assert!(message.starts_with("Invalid handle in get_table: index "), "{message}");
    assert_eq!(vm.eval("return 1 + 1").unwrap(), Value::Number(2.0));
}

#[test]
fn snapshots_show_array_and_map() {
    let mut vm = LuaVM::new().unwrap();
    let table = vm.eval("return setmetatable({10, 20, 30, [5] = 50, name = 'n', [2.5] = 1, [{}] = 2}, {})").unwrap();
    let Value::Table(table) = table else { panic!("{table:?}") };
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let name = HashableValue::String(tx.create_string("name").unwrap());
    let snapshot = tx.get_table(table).unwrap().clone();
    assert_eq!(snapshot.array, [10.0, 20.0, 30.0].map(Value::Number));
    assert_eq!(snapshot.map.len(), 3);
    assert_eq!(snapshot.map[&HashableValue::from(5.0)], Value::Number(50.0));
    assert!(matches!(snapshot.map[&name], Value::String(_)));
    assert!(snapshot.metatable.is_some());
    assert_eq!(tx.get_table_metatable(table).unwrap(), snapshot.metatable);
}

#[test]
fn bad_input_is_refused_when_it_is_queued() {
    let mut other = heap();
    let foreign = {
        let mut tx = HeapTransaction::new(&mut other);
        (0..50).map(|_| tx.create_table().unwrap()).last().unwrap()
    };
    let mut heap = heap();
    let mut tx = HeapTransaction::new(&mut heap);
    let table = tx.create_table().unwrap();
    let message = |error| match error {
        LuaError::RuntimeError(message) => message,
        other => panic!("{other:?}"),
    };
    let error = message(tx.set_table_field(table, Value::Number(1.0), Value::Table(foreign)).unwrap_err());
    assert!(error.starts_with("Invalid handle in set_table_field value (table): index "), "{error}");
    assert_eq!(message(tx.set_table_field(table, Value::Nil, Value::Nil).unwrap_err()), "table index is nil");
    let nan = Value::Number(f64::NAN);
    assert_eq!(message(tx.set_table_field(table, nan, Value::Nil).unwrap_err()), "table index is NaN");
    // Tables are keys.
    let key = Value::Table(table);
    tx.set_table_field(table, key.clone(), Value::Number(7.0)).unwrap();
    tx.commit().unwrap();
    tx.reset().unwrap();
    assert_eq!(tx.read_table_field(table, &key).unwrap(), Value::Number(7.0));
    let binary = tx.heap_mut().core_mut().create_string([0xff, 0xfe]).unwrap();
    let binary = StringHandle::from(binary);
    assert_eq!(message(tx.get_string_value(binary).unwrap_err()), "Invalid UTF-8 in string");
    assert_eq!(tx.get_string_bytes(binary).unwrap(), [0xff, 0xfe]);
}

#[test]
fn threads_are_stacks_of_registers() {
    let mut heap = heap();
    let main = heap.main_thread().unwrap();
    let mut tx = HeapTransaction::new(&mut heap);
    assert_eq!(tx.get_stack_size(main).unwrap(), 256);
    let thread = tx.create_thread().unwrap();
    tx.set_register(thread, 2, Value::Number(5.0)).unwrap();
    tx.push_stack(thread, Value::Boolean(true)).unwrap();
    assert_eq!(tx.get_stack_size(thread).unwrap(), 0);
    tx.commit().unwrap();
    tx.reset().unwrap();
    assert_eq!(tx.get_thread(thread).unwrap().stack.len(), 4);
    assert_eq!(tx.read_register(thread, 2).unwrap(), Value::Number(5.0));
    let out = LuaError::RuntimeError("Stack index 9 out of bounds (stack size: 4)".to_owned());
    assert_eq!(tx.read_register(thread, 9), Err(out));
    tx.protect_registers(thread, 0, 2, "a test").unwrap();
    let error = LuaError::RuntimeError("Cannot modify protected register 1 (protected for: a test)".to_owned());
    assert_eq!(tx.set_register(thread, 1, Value::Nil), Err(error));
    assert_eq!(tx.set_register(thread, usize::MAX, Value::Nil), Err(LuaError::StackOverflow));
    assert_eq!(tx.get_pc(thread), Err(LuaError::RuntimeError("No active call frame".to_owned())));
    tx.pop_stack(thread, 100).unwrap();
    tx.commit().unwrap();
    tx.reset().unwrap();
    assert_eq!((tx.get_stack_size(thread).unwrap(), tx.get_stack_top(thread).unwrap()), (0, 0));
}

#[test]
fn frames_count_instructions() {
    let mut vm = LuaVM::new().unwrap();
    let Value::Closure(closure) = vm.eval("return function() end").unwrap() else { panic!("no function") };
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let thread = tx.create_thread().unwrap();
    let frame = CallFrame { closure, pc: 3, base_register: 4, expected_results: None, varargs: None };
    tx.push_call_frame(thread, frame.clone()).unwrap();
    tx.commit().unwrap();
    tx.reset().unwrap();
    tx.increment_pc(thread).unwrap();
    tx.increment_pc(thread).unwrap();
    tx.commit().unwrap();
    tx.reset().unwrap();
    // Both read what was committed.
    assert_eq!(tx.get_pc(thread).unwrap(), 4);
    assert_eq!(tx.current_frame_base(thread).unwrap(), 4);
    assert_eq!(tx.get_current_frame(thread).unwrap(), CallFrame { pc: 4, ..frame });
    assert_eq!(tx.get_thread_call_depth(thread).unwrap(), 1);
    assert_eq!(tx.get_instruction(closure, 0).unwrap() & 0x3f, 30);
    let out = LuaError::RuntimeError("PC 9 out of bounds (bytecode size: 1)".to_owned());
    assert_eq!(tx.get_instruction(closure, 9), Err(out));
}

#[test]
fn upvalues_open_and_close() {
    let mut heap = heap();
    let mut tx = HeapTransaction::new(&mut heap);
    let thread = tx.create_thread().unwrap();
    for index in 0..3 {
        tx.push_stack(thread, Value::Number(f64::from(index))).unwrap();
    }
    let one = tx.find_or_create_upvalue(thread, 1).unwrap();
    let two = tx.find_or_create_upvalue(thread, 2).unwrap();
    assert_eq!(tx.find_or_create_upvalue(thread, 1).unwrap(), one);
    assert_eq!(tx.get_thread(thread).unwrap().open_upvalues, [two, one]);
    tx.set_upvalue(one, Value::Number(11.0), thread).unwrap();
    tx.commit().unwrap();
    tx.reset().unwrap();
    assert_eq!(tx.read_register(thread, 1).unwrap(), Value::Number(11.0));
    assert_eq!(tx.find_upvalues_above_threshold(thread, 2).unwrap(), [two]);
    tx.close_thread_upvalues(thread, 1).unwrap();
    assert_eq!(tx.get_upvalue(one).unwrap(), &Upvalue { stack_index: None, value: Some(Value::Number(11.0)) });
    assert!(tx.get_thread(thread).unwrap().open_upvalues.is_empty());
    // One that no stack can hold.
    let far = tx.find_or_create_upvalue(thread, usize::MAX).unwrap();
    assert_eq!(tx.set_upvalue(far, Value::Nil, thread), Err(LuaError::StackOverflow));
}

#[test]
fn no_size_is_too_large_to_ask_for() {
    let mut arena = ferrous::lua::arena::Arena::with_capacity(usize::MAX);
    arena.reserve(usize::MAX);
    let handle = arena.insert(1);
    assert_eq!((arena.get(handle), arena.len()), (Some(&1), 1));
    assert_eq!(Table::with_capacity(usize::MAX, usize::MAX), Table::new());
}

#[test]
fn hand_made_functions_run() {
    let mut vm = LuaVM::new().unwrap();
    // Two functions that share an upvalue: `u = u + 1 return u`.
    let module = compile("local u = 0 return function() u = u + 1 return u end").unwrap();
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let main = compiler::loader::load_module(&mut tx, &module).unwrap();
    let main = tx.get_function_proto_copy(main).unwrap();
    let inner = main.constants.iter().find_map(|constant| match constant {
        Value::FunctionProto(inner) => Some(*inner),
        _ => None,
    });
    let proto = tx.get_function_proto_copy(inner.unwrap()).unwrap();
    assert_eq!(proto.upvalues, [UpvalueInfo { in_stack: true, index: 0 }]);
    let upvalue = tx.create_upvalue(Upvalue { stack_index: None, value: Some(Value::Number(40.0)) }).unwrap();
    let first = tx.create_closure(Closure { proto: proto.clone(), upvalues: vec![upvalue] }).unwrap();
    let second = tx.create_closure(Closure { proto, upvalues: vec![upvalue] }).unwrap();
    tx.commit().unwrap();
    assert_eq!(vm.execute_function(first, &[]).unwrap(), Value::Number(41.0));
    assert_eq!(vm.execute_function(second, &[]).unwrap(), Value::Number(42.0));
    let thread = vm.heap().main_thread().unwrap();
    let mut tx = HeapTransaction::new(vm.heap_mut());
    assert_eq!(tx.get_upvalue(upvalue).unwrap().value, Some(Value::Number(42.0)));
    tx.set_upvalue(upvalue, Value::Number(1.0), thread).unwrap();
    tx.commit().unwrap();
    assert_eq!(vm.execute_function(second, &[]).unwrap(), Value::Number(2.0));
    assert_eq!(vm.execute_function(first, &[]).unwrap(), Value::Number(3.0));
    // A program's own function can be looked at.
    let Value::Closure(made) = vm.eval("local n = 5 return function() n = n + 1 return n end").unwrap() else {
        panic!("no function")
    };
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let upvalue = tx.get_closure(made).unwrap().upvalues[0];
    assert_eq!(tx.get_upvalue(upvalue).unwrap().value, Some(Value::Number(5.0)));
    vm.execute_function(made, &[]).unwrap();
    let mut tx = HeapTransaction::new(vm.heap_mut());
    assert_eq!(tx.get_upvalue(upvalue).unwrap().value, Some(Value::Number(6.0)));
    // Nonsense is refused when it is called.
    let nonsense = FunctionProto {
        bytecode: vec![63, 1, 2],
        constants: vec![],
        num_params: 0,
        is_vararg: false,
        max_stack_size: 2,
        upvalues: vec![],
    };
    let nonsense = tx.create_closure(Closure { proto: nonsense, upvalues: vec![] }).unwrap();
    let LuaError::RuntimeError(message) = vm.execute_function(nonsense, &[]).unwrap_err() else { panic!("no error") };
    assert!(message.contains("invalid bytecode: "), "{message}");
}

#[test]
fn functions_that_multiply_are_refused() {
    let mut vm = LuaVM::new().unwrap();
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let proto = |constants| FunctionProto {
        bytecode: vec![30 | 1 << 23],
        constants,
        num_params: 0,
        is_vararg: false,
        max_stack_size: 2,
        upvalues: vec![],
    };
    let mut inner = tx.create_function_proto(proto(vec![])).unwrap();
    for _ in 0..40 {
        // Each has the one before it twice.
        inner = tx.create_function_proto(proto(vec![Value::FunctionProto(inner); 2])).unwrap();
    }
    let outer = tx.get_function_proto_copy(inner).unwrap();
    let outer = tx.create_closure(Closure { proto: outer, upvalues: vec![] }).unwrap();
    let LuaError::RuntimeError(message) = vm.execute_function(outer, &[]).unwrap_err() else { panic!("no error") };
    assert!(message.contains("more than 65536 functions"), "{message}");
}

#[test]
fn userdata_and_operations() {
    let mut heap = heap();
    let mut tx = HeapTransaction::new(&mut heap);
    let metatable = tx.create_table().unwrap();
    let userdata = UserData { type_id: TypeId::of::<u8>(), data: vec![1, 2], metatable: Some(metatable) };
    let handle = tx.create_userdata(userdata.clone()).unwrap();
    assert_eq!(tx.get_userdata(handle).unwrap(), &userdata);
    assert_eq!(tx.get_userdata_metatable(handle).unwrap(), Some(metatable));
    tx.queue_operation(PendingOperation::ConcatContinuation { values: vec![], dest_register: 7 }).unwrap();
    let operations = tx.commit().unwrap();
    assert!(matches!(operations[..], [PendingOperation::ConcatContinuation { dest_register: 7, .. }]));
}

#[test]
fn scopes_check_handles() {
    let mut heap = heap();
    let mut tx = HeapTransaction::new(&mut heap);
    let tables: Vec<TableHandle> = (0..3).map(|_| tx.create_table().unwrap()).collect();
    let mut scope = tx.validation_scope();
    scope.validate_all(&tables).unwrap();
    let sum = scope.use_handle(&tables[0], |scope| Ok(scope.transaction().create_table()? != tables[1]));
    assert_eq!(sum, Ok(true));
    tx.commit().unwrap();
}

#[test]
fn values_print_as_they_did() {
    let mut vm = LuaVM::new().unwrap();
    let table = vm.create_table().unwrap();
    let text = format!("{table:?}");
    let numbers = text.strip_prefix("TableHandle(Handle { index: ").and_then(|rest| rest.strip_suffix(" })"));
    let (index, generation) = numbers.unwrap().split_once(", generation: ").unwrap();
    assert!(index.parse::<u32>().is_ok() && generation.parse::<u32>().is_ok(), "{text}");
    assert_eq!(format!("{:?}", Value::Table(table)), format!("Table({text})"));
    for (value, expected) in
        [(1e15, "1000000000000000"), (3.0, "3"), (-0.0, "-0"), (0.5, "0.5"), (f64::INFINITY, "inf"), (f64::NAN, "NaN")]
    {
        assert_eq!(Value::Number(value).to_string(), expected);
    }
    assert_eq!(Value::Table(table).to_string(), "<table>");
    assert_eq!(size_of::<Value>(), 16);
    assert_eq!(size_of::<TableHandle>(), 8);
}

/// All ten variants, and no wildcard.
fn exhaustive(value: &Value) -> u8 {
    match value {
        Value::Nil => 0,
        Value::Boolean(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Table(_) => 4,
        Value::Closure(_) => 5,
        Value::Thread(_) => 6,
        Value::CFunction(_) => 7,
        Value::UserData(_) => 8,
        Value::FunctionProto(_) => 9,
    }
}

#[test]
fn values_are_matched_without_a_wildcard() {
    let mut vm = LuaVM::new().unwrap();
    let kinds = ["nil", "true", "1", "'s'", "{}", "function() end", "coroutine.create(function() end)", "eval"];
    let found: Vec<u8> =
        kinds.iter().map(|source| exhaustive(&vm.eval(&format!("return {source}")).unwrap())).collect();
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[derive(Debug, Clone)]
enum Step {
    Set(u8, i8),
    Commit,
    Abort,
    Create,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..12_u8, any::<i8>()).prop_map(|(key, value)| Step::Set(key, value)),
        1 => Just(Step::Commit),
        1 => Just(Step::Abort),
        1 => Just(Step::Create),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing is visible before the commit, everything after it, nothing after an abort.
    #[test]
    fn transactions_follow_the_model(steps in steps()) {
        let mut heap = heap();
        let mut tx = HeapTransaction::new(&mut heap);
        let table = tx.create_table().unwrap();
        let (mut committed, mut queued) = ([None; 12], Vec::new());
        for step in steps {
            match step {
                Step::Set(key, value) => {
                    let stored = if value == 0 { Value::Nil } else { Value::Number(f64::from(value)) };
                    tx.set_table_field(table, Value::Number(f64::from(key)), stored).unwrap();
                    queued.push((key, (value != 0).then_some(value)));
                }
                Step::Commit => {
                    tx.commit().unwrap();
                    for (key, value) in queued.drain(..) {
                        committed[usize::from(key)] = value;
                    }
                    tx.reset().unwrap();
                }
                Step::Abort => {
                    tx.abort().unwrap();
                    queued.clear();
                    tx.reset().unwrap();
                }
                Step::Create => drop(tx.create_string("created").unwrap()),
            }
            for (key, expected) in committed.iter().enumerate() {
                let expected = expected.map_or(Value::Nil, |value| Value::Number(f64::from(value)));
                prop_assert_eq!(tx.read_table_field(table, &Value::Number(key as f64)).unwrap(), expected);
            }
        }
    }
}
