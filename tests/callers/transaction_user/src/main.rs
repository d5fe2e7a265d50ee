//! Works on a heap through transactions, with and without a machine.

use ferrous::lua::error::{LuaError, LuaResult};
use ferrous::lua::handle::TableHandle;
use ferrous::lua::heap::LuaHeap;
use ferrous::lua::transaction::HeapTransaction;
use ferrous::lua::value::Value;
use ferrous::lua::{compile, LuaVM};

fn fill(tx: &mut HeapTransaction, table: TableHandle, names: &[&str]) -> LuaResult<()> {
    for (i, name) in names.iter().enumerate() {
        let handle = tx.create_string(name)?;
        tx.set_table_field(table, Value::Number((i + 1) as f64), Value::String(handle))?;
    }
    Ok(())
}

fn without_a_machine() -> LuaResult<()> {
    let mut heap = LuaHeap::new()?;
    let mut tx = HeapTransaction::new(&mut heap);
    let table = tx.create_table()?;
    fill(&mut tx, table, &["a", "b", "c"])?;
    assert_eq!(tx.get_table(table)?.array.len(), 0);
    tx.commit()?;
    assert!(tx.commit()?.is_empty());
    assert_eq!(tx.create_table(), Err(LuaError::InvalidTransactionState));

    let mut tx = HeapTransaction::new(&mut heap);
    assert_eq!(tx.get_table(table)?.array.len(), 3);
    fill(&mut tx, table, &["x", "y", "z", "w"])?;
    tx.abort()?;
    let mut tx = HeapTransaction::new(&mut heap);
    let first = tx.read_table_field(table, &Value::Number(1.0))?;
    let a = tx.create_string("a")?;
    assert_eq!(first, Value::String(a));
    assert_eq!(tx.get_string_value(a)?, "a");
    let mut count = 0;
    let mut key = Value::Nil;
    while let Some((next, _)) = tx.table_next(table, key)? {
        key = next;
        count += 1;
    }
    assert_eq!(count, 3);
    Ok(())
}

fn with_a_machine() -> LuaResult<()> {
    let mut vm = LuaVM::new()?;
    let globals = vm.globals()?;
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let config = tx.create_table()?;
    let (name, key) = (tx.create_string("config")?, tx.create_string("answer")?);
    tx.set_table_field(config, Value::String(key), Value::Number(42.0))?;
    tx.set_table_field(globals, Value::String(name), Value::Table(config))?;
    tx.commit()?;
    let module = compile("config.seen = true return config.answer")?;
    let value = vm.execute_module(&module, &[])?;
    assert_eq!(value, Value::Number(42.0));
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let seen = tx.create_string("seen")?;
    assert_eq!(tx.read_table_field(config, &Value::String(seen))?, Value::Boolean(true));
    Ok(())
}

fn main() -> LuaResult<()> {
    without_a_machine()?;
    with_a_machine()
}
