//! Compiles and runs a script given on the command line, or a built-in one, and shows its result in detail.

use ferrous::lua::transaction::HeapTransaction;
use ferrous::lua::{compile, vm as lua_vm, Value};

const SCRIPT: &str = "
local t = {10, 20, 30, name = 'table', [2.5] = true}
t.total = 0
for _, n in ipairs(t) do t.total = t.total + n end
return t
";

fn main() {
    let source = match std::env::args().nth(1) {
        Some(path) => std::fs::read_to_string(path).expect("the script can be read"),
        None => SCRIPT.to_string(),
    };
    let module = match compile(&source) {
        Ok(module) => module,
        Err(e) => {
            eprintln!("Compilation failed: {}", e);
            std::process::exit(1);
        }
    };
    println!("Compiled: {} instructions, {} constants", module.bytecode.len(), module.constants.len());
    let mut vm = lua_vm::LuaVM::new().expect("VM");
    vm.init_stdlib().expect("stdlib");
    let value = match vm.execute_module(&module, &[]) {
        Ok(value) => value,
        Err(e) => {
            eprintln!("Execution failed: {}", e);
            std::process::exit(1);
        }
    };
    let shown = describe(&mut vm, &value);
    println!("{}", shown);
    assert!(shown.starts_with("Table TableHandle(Handle { index: "), "{}", shown);
    assert!(shown.contains("array (3): Number(10.0) Number(20.0) Number(30.0)"), "{}", shown);
    assert!(shown.contains("map (3):"), "{}", shown);
    assert!(shown.contains("Number(OrderedFloat(2.5)) = Boolean(true)"), "{}", shown);
    assert!(shown.contains("= Number(60.0)"), "{}", shown);
}

fn describe(vm: &mut lua_vm::LuaVM, value: &Value) -> String {
    match value {
        Value::Nil => "nil".to_string(),
        Value::Boolean(b) => format!("Boolean {}", b),
        Value::Number(n) => format!("Number {}", n),
        Value::String(handle) => {
            let mut tx = HeapTransaction::new(vm.heap_mut());
            match tx.get_string_value(*handle) {
                Ok(s) => format!("String {:?}", s),
                Err(e) => format!("<bad string: {}>", e),
            }
        }
        Value::Table(handle) => {
            let mut tx = HeapTransaction::new(vm.heap_mut());
            let mut out = format!("Table {:?}\n", handle);
            let table = tx.get_table(*handle).expect("table");
            out += &format!("array ({}):", table.array.len());
            for i in 0..table.array.len() {
                out += &format!(" {:?}", table.array[i]);
            }
            out += &format!("\nmap ({}):", table.map.len());
            for (k, v) in &table.map {
                out += &format!("\n  {:?} = {:?}", k, v);
            }
            out
        }
        Value::Closure(handle) => format!("Closure {:?}", handle),
        Value::Thread(handle) => format!("Thread {:?}", handle),
        Value::CFunction(_) => "C function".to_string(),
        Value::UserData(handle) => format!("UserData {:?}", handle),
        Value::FunctionProto(handle) => format!("FunctionProto {:?}", handle),
    }
}
