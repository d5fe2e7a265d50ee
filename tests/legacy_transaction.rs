//! The old VM's transactions against a model: nothing is visible before the commit, everything after it, and nothing after an
//! abort, however the changes are mixed with the making of objects. And each refusal, with its text.

#![cfg(feature = "legacy")]

use std::collections::BTreeMap;

use ferrous::legacy::{
    HeapTransaction, LuaError, LuaHeap, PendingOperation, StringHandle, TableHandle, ThreadHandle, TransactionState,
    Upvalue, UpvalueHandle, Value,
};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

const WINDOW_SIZES: [usize; 2] = [6, 9];

#[derive(Debug, Clone)]
enum Op {
    Field(usize, i8, Content),
    Metatable(usize, Option<usize>),
    Register(usize, usize, Content),
    Upvalue(usize, Content),
    NewTable,
    NewString(u8),
    Capture(usize, usize),
    CloseFrom(usize, usize),
    Pending,
}

/// A value that does not yet know its handle.
#[derive(Debug, Clone, Copy)]
enum Content {
    Nil,
    Number(i8),
    Text(u8),
    Table(usize),
}

#[derive(Debug, Clone, Copy)]
enum End {
    Commit,
    CommitTwice,
    Abort,
    AbortTwice,
    Drop,
    ResetAndCommit,
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        Just(Content::Nil),
        any::<i8>().prop_map(Content::Number),
        (0..5u8).prop_map(Content::Text),
        (0..8usize).prop_map(Content::Table),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let place = (0..WINDOW_SIZES.len(), 0..WINDOW_SIZES[0]);
    prop_oneof![
        6 => (0..8usize, -2..6i8, content()).prop_map(|(table, key, value)| Op::Field(table, key, value)),
        1 => (0..8usize, prop::option::of(0..8usize)).prop_map(|(table, meta)| Op::Metatable(table, meta)),
        4 => (place.clone(), content()).prop_map(|((window, register), value)| Op::Register(window, register, value)),
        2 => (0..8usize, content()).prop_map(|(upvalue, value)| Op::Upvalue(upvalue, value)),
        1 => Just(Op::NewTable),
        1 => (0..9u8).prop_map(Op::NewString),
        2 => place.clone().prop_map(|(window, register)| Op::Capture(window, register)),
        1 => place.prop_map(|(window, register)| Op::CloseFrom(window, register)),
        1 => Just(Op::Pending),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        3 => Just(End::Commit),
        1 => Just(End::CommitTwice),
        1 => Just(End::Abort),
        1 => Just(End::AbortTwice),
        1 => Just(End::Drop),
        1 => Just(End::ResetAndCommit),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Variable {
    Register(usize, usize),
    Own(Value),
}

#[derive(Debug, Clone, Default, PartialEq)]
struct ModelTable {
    fields: BTreeMap<i8, Value>,
    metatable: Option<usize>,
}

/// What is committed.
#[derive(Debug, Clone, PartialEq)]
struct Committed {
    tables: Vec<ModelTable>,
    registers: Vec<Vec<Value>>,
    upvalues: Vec<Variable>,
}

/// The handles of the objects, which no abort takes away.
#[derive(Debug)]
struct Objects {
    thread: ThreadHandle,
    tables: Vec<TableHandle>,
    upvalues: Vec<UpvalueHandle>,
    strings: BTreeMap<u8, StringHandle>,
}

impl Objects {
    fn table(&self, number: usize) -> (usize, TableHandle) {
        let number = number % self.tables.len();
        (number, self.tables[number])
    }

    fn value(&self, content: Content) -> Value {
        match content {
            Content::Nil => Value::Nil,
            Content::Number(number) => Value::Number(number.into()),
            Content::Text(text) => Value::String(self.strings[&text]),
            Content::Table(number) => Value::Table(self.table(number).1),
        }
    }
}

fn text(number: u8) -> String {
    format!("text {number}")
}

fn key(number: i8) -> Value {
    Value::Number(number.into())
}

impl Committed {
    fn upvalue(&self, upvalue: usize) -> Value {
        match self.upvalues[upvalue] {
            Variable::Register(window, register) => self.registers[window][register],
            Variable::Own(value) => value,
        }
    }

    /// Compares with what a transaction reads.
    fn check(&self, objects: &Objects, tx: &mut HeapTransaction<'_>) {
        for (number, table) in self.tables.iter().enumerate() {
            let handle = objects.tables[number];
            for number in -2..6 {
                let expected = table.fields.get(&number).copied().unwrap_or_default();
                assert_eq!(tx.read_table_field(handle, &key(number)), Ok(expected));
            }
            let mut fields = 0;
            let mut last = Value::Nil;
            while let Some((key, _)) = tx.table_next(handle, last).unwrap() {
                (fields, last) = (fields + 1, key);
            }
            assert_eq!(fields, table.fields.len());
            assert_eq!(tx.get_table_metatable(handle), Ok(table.metatable.map(|number| objects.tables[number])));
        }
        for (window, registers) in self.registers.iter().enumerate() {
            for (register, value) in registers.iter().enumerate() {
                assert_eq!(tx.read_register(objects.thread, window, register), Ok(*value));
            }
        }
        for (upvalue, &handle) in objects.upvalues.iter().enumerate() {
            assert_eq!(tx.read_upvalue(handle), Ok(self.upvalue(upvalue)));
        }
        for (&number, &handle) in &objects.strings {
            assert_eq!(tx.get_string_value(handle), Ok(text(number)));
        }
    }
}

/// Does one thing in a transaction, and what it will amount to in `staged`. Objects are made in `committed` as well.
fn apply(
    op: &Op,
    tx: &mut HeapTransaction<'_>,
    objects: &mut Objects,
    committed: &mut Committed,
    staged: &mut Committed,
) {
    match *op {
        Op::Field(table, field, content) => {
            let (number, table) = objects.table(table);
            let value = objects.value(content);
            tx.set_table_field(table, key(field), value).unwrap();
            match value {
                Value::Nil => staged.tables[number].fields.remove(&field),
                value => staged.tables[number].fields.insert(field, value),
            };
        }
        Op::Metatable(table, metatable) => {
            let (number, table) = objects.table(table);
            let metatable = metatable.map(|metatable| objects.table(metatable));
            tx.set_table_metatable(table, metatable.map(|(_, handle)| handle)).unwrap();
            staged.tables[number].metatable = metatable.map(|(number, _)| number);
        }
        Op::Register(window, register, content) => {
            let value = objects.value(content);
            tx.set_register(objects.thread, window, register, value).unwrap();
            staged.registers[window][register] = value;
        }
        Op::Upvalue(upvalue, content) => {
            if objects.upvalues.is_empty() {
                return;
            }
            let upvalue = upvalue % objects.upvalues.len();
            let value = objects.value(content);
            tx.set_upvalue(objects.upvalues[upvalue], value).unwrap();
            match &mut staged.upvalues[upvalue] {
                Variable::Own(own) => *own = value,
                Variable::Register(window, register) => staged.registers[*window][*register] = value,
            }
        }
        Op::NewTable => {
            objects.tables.push(tx.create_table().unwrap());
            committed.tables.push(ModelTable::default());
            staged.tables.push(ModelTable::default());
        }
        Op::NewString(number) => {
            let handle = tx.create_string(&text(number)).unwrap();
            assert_eq!(*objects.strings.entry(number).or_insert(handle), handle, "strings are interned");
        }
        Op::Capture(window, register) => {
            let handle = tx.find_or_create_upvalue(objects.thread, window, register).unwrap();
            let variable = Variable::Register(window, register);
            match committed.upvalues.iter().position(|&open| open == variable) {
                Some(upvalue) => assert_eq!(objects.upvalues[upvalue], handle, "a variable has one upvalue"),
                None => {
                    assert!(!objects.upvalues.contains(&handle));
                    objects.upvalues.push(handle);
                    committed.upvalues.push(variable);
                    // The closing of what is above a register is queued for whatever is open there then. A capture after that
                    // is at once, so the commit closes it, too; the test closes first what it has staged.
                    staged.upvalues.push(variable);
                }
            }
        }
        Op::CloseFrom(window, register) => {
            tx.close_upvalues(objects.thread, window, register).unwrap();
            for upvalue in 0..staged.upvalues.len() {
                if let Variable::Register(at_window, at_register) = staged.upvalues[upvalue]
                    && (at_window, at_register) >= (window, register)
                {
                    staged.upvalues[upvalue] = Variable::Own(staged.upvalue(upvalue));
                }
            }
        }
        Op::Pending => {
            tx.queue_operation(PendingOperation::call(Value::Nil, vec![objects.value(Content::Table(0))])).unwrap()
        }
    }
}

fn world(heap: &mut LuaHeap) -> (Objects, Committed) {
    let thread = heap.main_thread();
    let mut tx = HeapTransaction::new(heap);
    for size in WINDOW_SIZES {
        tx.allocate_window(thread, size).unwrap();
    }
    let tables = vec![tx.create_table().unwrap(), tx.create_table().unwrap()];
    let strings = (0..5).map(|number| (number, tx.create_string(&text(number)).unwrap())).collect();
    let objects = Objects { thread, tables, upvalues: Vec::new(), strings };
    let registers = WINDOW_SIZES.iter().map(|&size| vec![Value::Nil; size]).collect();
    let committed = Committed { tables: vec![ModelTable::default(); 2], registers, upvalues: Vec::new() };
    (objects, committed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn all_or_nothing(transactions in prop::collection::vec((prop::collection::vec(op(), 0..25), end()), 1..8)) {
        let mut heap = LuaHeap::new().unwrap();
        let (mut objects, mut committed) = world(&mut heap);
        for (ops, end) in transactions {
            let mut tx = HeapTransaction::new(&mut heap);
            let mut staged = committed.clone();
            let mut closing = false;
            for op in &ops {
                // What a queued closing means for a variable captured after it was queued is not for this model to say.
                closing |= matches!(op, Op::CloseFrom(..));
                if closing && matches!(op, Op::Capture(..)) {
                    continue;
                }
                apply(op, &mut tx, &mut objects, &mut committed, &mut staged);
                committed.check(&objects, &mut tx);
            }
            let pending = ops.iter().filter(|op| matches!(op, Op::Pending)).count();
            match end {
                End::Commit | End::CommitTwice => {
                    prop_assert_eq!(tx.commit().map(|pending| pending.len()), Ok(pending));
                    prop_assert_eq!(tx.state(), TransactionState::Committed);
                    if matches!(end, End::CommitTwice) {
                        prop_assert_eq!(tx.commit(), Ok(Vec::new()));
                        prop_assert_eq!(tx.create_table(), Err(LuaError::InvalidTransactionState));
                    }
                    committed = staged;
                }
                End::Abort | End::AbortTwice => {
                    prop_assert_eq!(tx.abort(), Ok(()));
                    prop_assert_eq!(tx.commit(), Err(LuaError::InvalidTransactionState));
                    if matches!(end, End::AbortTwice) {
                        let dropped = ops.iter().filter(|op| matches!(op, Op::Field(..) | Op::Metatable(..) | Op::Register(..))).count();
                        match tx.abort() {
                            Err(LuaError::DoubleAbort { dropped: all }) => prop_assert!(all >= dropped),
                            other => prop_assert!(false, "{other:?}"),
                        }
                    }
                }
                End::Drop => {}
                End::ResetAndCommit => {
                    tx.reset().unwrap();
                    committed.check(&objects, &mut tx);
                    prop_assert_eq!(tx.commit(), Ok(Vec::new()));
                }
            }
            committed.check(&objects, &mut HeapTransaction::new(&mut heap));
        }
    }
}

fn heap() -> LuaHeap {
    LuaHeap::new().expect("an empty heap")
}

#[test]
fn the_last_of_several_writes_wins() {
    let mut heap = heap();
    let globals = heap.globals();
    let mut tx = HeapTransaction::new(&mut heap);
    for value in [1.0, 2.0, 3.0] {
        tx.set_table_field(globals, Value::Number(1.0), Value::Number(value)).unwrap();
        assert_eq!(tx.read_table_field(globals, &Value::Number(1.0)), Ok(Value::Nil));
    }
    tx.commit().unwrap();
    tx.reset().unwrap();
    assert_eq!(tx.read_table_field(globals, &Value::Number(1.0)), Ok(Value::Number(3.0)));
}

#[test]
fn what_is_over_refuses_everything_until_it_is_reset() {
    let mut heap = heap();
    let (globals, thread) = (heap.globals(), heap.main_thread());
    let mut tx = HeapTransaction::new(&mut heap);
    tx.set_table_field(globals, Value::Boolean(true), Value::Boolean(true)).unwrap();
    tx.abort().unwrap();
    let refused = LuaError::InvalidTransactionState;
    assert_eq!(tx.create_string("x"), Err(refused.clone()));
    assert_eq!(tx.read_table_field(globals, &Value::Nil), Err(refused.clone()));
    assert_eq!(tx.set_table_field(globals, Value::Boolean(true), Value::Nil), Err(refused.clone()));
    assert_eq!(tx.set_table_metatable(globals, None), Err(refused.clone()));
    assert_eq!(tx.get_globals_table(), Err(refused.clone()));
    assert_eq!(tx.allocate_window(thread, 3), Err(refused.clone()));
    assert_eq!(tx.set_register(thread, 0, 0, Value::Nil), Err(refused.clone()));
    assert_eq!(tx.set_pc(thread, 3), Err(refused.clone()));
    assert_eq!(tx.pop_call_frame(thread), Err(refused.clone()));
    assert_eq!(tx.close_upvalues(thread, 0, 0), Err(refused.clone()));
    assert_eq!(tx.create_thread(), Err(refused.clone()));
    assert_eq!(tx.protect_registers(thread, 0, 0, 0, "x"), Err(refused.clone()));
    assert_eq!(tx.queue_operation(PendingOperation::call(Value::Nil, vec![])), Err(refused.clone()));
    assert_eq!(tx.validate_handle(&globals), Ok(()), "validating changes nothing");
    assert_eq!(refused.to_string(), "invalid transaction state");

    let again = tx.abort().unwrap_err();
    assert_eq!(
        again.to_string(),
        "transaction already aborted (1 queued changes were dropped): reset it to use it again"
    );
    tx.reset().unwrap();
    tx.commit().unwrap();
    assert_eq!(tx.abort(), Err(refused), "what is committed cannot be aborted");
    assert_eq!((tx.state(), tx.is_active()), (TransactionState::Committed, false));
}

#[test]
fn handles_of_other_heaps_are_refused() {
    let (mut here, mut there) = (heap(), heap());
    let near = there.globals();
    let mut tx = HeapTransaction::new(&mut there);
    let far = (0..10).map(|_| tx.create_table().unwrap()).last().unwrap();
    let string = tx.create_string("only there").unwrap();
    let globals = here.globals();
    let mut tx = HeapTransaction::new(&mut here);

    // There are two tables here, the globals and the registry.
    let error = tx.get_table(far).map(|_| ()).unwrap_err();
    assert_eq!(error, LuaError::HandleOutOfRange { what: "table", index: 11, bound: 2 });
    assert_eq!(error.to_string(), "invalid table handle: index 11 is out of range, the heap has 2 places for a table");
    let error = tx.get_table(near).map(|_| ()).unwrap_err();
    let LuaError::HandleStale { what: "table", index: 0, generation } = error else { panic!("{error:?}") };
    assert_eq!(
        error.to_string(),
        format!("stale table handle: the object of generation {generation} at index 0 is gone")
    );

    // Inside of values as well, wherever they are.
    let foreign = LuaError::HandleOutOfRange { what: "string", index: 0, bound: 0 };
    let (string, key) = (Value::String(string), Value::Number(1.0));
    assert_eq!(tx.set_table_field(globals, string, key), Err(foreign.clone()));
    assert_eq!(tx.set_table_field(globals, key, string), Err(foreign.clone()));
    assert_eq!(tx.read_table_field(globals, &string), Err(foreign.clone()));
    assert_eq!(tx.create_upvalue(Upvalue::Closed(string)), Err(foreign.clone()));
    assert_eq!(tx.queue_operation(PendingOperation::call(Value::Nil, vec![string])), Err(foreign.clone()));
    assert!(tx.set_table_metatable(globals, Some(near)).is_err());
    assert_eq!(tx.commit(), Ok(vec![]), "nothing of it was queued");

    let mut tx = HeapTransaction::new(&mut here);
    let mut scope = tx.validation_scope();
    assert_eq!(scope.validate_all(&[globals, globals]), Ok(()));
    assert_eq!(scope.use_handle(&globals, |scope| scope.transaction().get_table(globals).map(|t| t.border())), Ok(0));
    assert!(scope.use_handles(&[globals, far], |_| -> Result<(), LuaError> { panic!("not reached") }).is_err());
    assert_eq!(scope.validation_report(), "5 validations, 1 new handles");
}

#[test]
fn registers_are_checked_when_they_are_written() {
    let mut heap = heap();
    let thread = heap.main_thread();
    let mut tx = HeapTransaction::new(&mut heap);
    let window = tx.allocate_window(thread, 4).unwrap();
    let text = |result: Result<(), LuaError>| result.unwrap_err().to_string();
    assert_eq!(
        text(tx.set_register(thread, window, 4, Value::Nil)),
        "register 4 is out of range: window 0 has 4 registers"
    );
    assert_eq!(text(tx.set_register(thread, 7, 0, Value::Nil)), "window index 7 is out of range: there are 1 windows");
    assert_eq!(
        text(tx.read_register(thread, window, 9).map(|_| ())),
        "register 9 is out of range: window 0 has 4 registers"
    );
    tx.protect_registers(thread, window, 1, 3, "arguments of a call").unwrap();
    assert_eq!(
        text(tx.set_register(thread, window, 2, Value::Nil)),
        "cannot modify protected register 2 of window 0 (which has 4 registers): release the protection first"
    );
    assert_eq!(tx.protection_of(thread, window, 2), Some("arguments of a call"));
    assert_eq!(tx.protection_of(thread, window, 3), None);
    assert_eq!(tx.set_register(thread, window, 3, Value::Nil), Ok(()));
    let captured = tx.find_or_create_upvalue(thread, window, 1).unwrap();
    assert!(matches!(tx.set_upvalue(captured, Value::Nil), Err(LuaError::ProtectedRegister { register: 1, .. })));
    assert_eq!(
        text(tx.protect_registers(thread, window, 3, 5, "x")),
        "register 4 is out of range: window 0 has 4 registers"
    );
    tx.reset().unwrap();
    assert_eq!(tx.set_register(thread, window, 2, Value::Boolean(true)), Ok(()));
    tx.commit().unwrap();
    assert_eq!(heap.thread(thread).unwrap().windows.get_register(window, 2), Ok(&Value::Boolean(true)));
    assert!(HeapTransaction::new(&mut heap).find_or_create_upvalue(thread, window, 4).is_err());
}

#[test]
fn keys_that_are_none_are_refused() {
    let mut heap = heap();
    let globals = heap.globals();
    let mut tx = HeapTransaction::new(&mut heap);
    let text = |result: Result<(), LuaError>| result.unwrap_err().to_string();
    assert_eq!(text(tx.set_table_field(globals, Value::Nil, Value::Nil)), "table index error: table index is nil");
    let nan = Value::Number(f64::NAN);
    assert_eq!(text(tx.set_table_field(globals, nan, Value::Nil)), "table index error: table index is NaN");
    assert_eq!(tx.read_table_field(globals, &nan), Ok(Value::Nil));
    assert_eq!(text(tx.table_next(globals, nan).map(|_| ())), "table index error: invalid key to 'next'");
    assert_eq!(tx.commit(), Ok(vec![]));
}

#[test]
fn a_commit_beyond_the_memory_limit_changes_nothing() {
    let mut heap = heap();
    let globals = heap.globals();
    let room = 100_000;
    heap.set_memory_limit(Some(heap.memory_used() + room));
    let mut tx = HeapTransaction::new(&mut heap);
    for number in 0..100_000 {
        tx.set_table_field(globals, Value::Number(f64::from(number)), Value::Boolean(true)).unwrap();
    }
    assert_eq!(tx.commit(), Err(LuaError::OutOfMemory));
    assert_eq!(tx.state(), TransactionState::Active);
    assert_eq!(tx.table_length(globals), Ok(0));
    tx.abort().unwrap();
    tx.reset().unwrap();

    // One at a time, until it is full; the account is right to within the last doubling.
    let mut count = 0;
    let refused = loop {
        tx.reset().unwrap();
        tx.set_table_field(globals, Value::Number(f64::from(count + 1)), Value::Boolean(true)).unwrap();
        match tx.commit() {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, LuaError::OutOfMemory);
    assert!(count >= 1_000, "{count} elements of 16 bytes are far from {room}");
    assert_eq!(tx.table_length(globals), Ok(count as usize));
    assert_eq!(tx.create_table_with_capacity(1 << 20, 0), Err(LuaError::OutOfMemory));
    assert_eq!(tx.create_string(&"x".repeat(room)), Err(LuaError::OutOfMemory));
    assert!(heap.memory_used() > room / 2);
}

#[test]
fn transactions_do_not_hold_the_heap_when_they_are_left_lying_about() {
    let mut heap = heap();
    let globals = heap.globals();
    let mut tx = HeapTransaction::new(&mut heap);
    tx.set_table_field(globals, Value::Boolean(true), Value::Boolean(true)).unwrap();
    assert_eq!(heap.object_counts().tables, 2);
    let send_and_sync = |_: &(dyn Send + Sync)| ();
    send_and_sync(&heap);
}
