//! Runs embedded scripts with a script context, and checks their results.

use std::time::Duration;

use ferrous::lua::compiler::compile;
use ferrous::lua::error::LuaError;
use ferrous::lua::transaction::HeapTransaction;
use ferrous::lua::value::Value;
use ferrous::lua::vm::LuaVM;
use ferrous::lua::ScriptContext;
use ferrous::storage::StorageEngine;

const TESTS: [(&str, &str, &str); 10] = [
    ("arithmetic", "return 2 + 3 * 4", "14"),
    ("strings", "local s = 'hello' return s .. ' ' .. 'world'", "hello world"),
    ("conditions", "local x = 5 if x > 3 then return 'big' else return 'small' end", "big"),
    ("loops", "local sum = 0 for i = 1, 100 do sum = sum + i end return sum", "5050"),
    ("functions", "local function f(n) if n <= 1 then return 1 end return n * f(n - 1) end return f(5)", "120"),
    ("tables", "local t = {a = 1, b = {c = 2}} return t.a + t.b.c", "3"),
    (
        "closures",
        "local function c() local n = 0 return function() n = n + 1 return n end end local f = c() f() return f()",
        "2",
    ),
    ("metatables", "local t = setmetatable({}, {__index = function(_, k) return k .. '!' end}) return t.x", "x!"),
    ("pcall", "local ok, e = pcall(error, 'oops') return tostring(ok) .. ':' .. e", "false:oops"),
    ("context", "return KEYS[1] .. '=' .. ARGV[1]", "key=value"),
];

fn show(vm: &mut LuaVM, value: &Value) -> Result<String, LuaError> {
    Ok(match value {
        Value::Nil => "nil".to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(handle) => {
            let mut tx = HeapTransaction::new(vm.heap_mut());
            let s = tx.get_string_value(*handle)?;
            tx.commit()?;
            s
        }
        Value::Table(handle) => format!("table {:?}", handle),
        Value::Closure(handle) => format!("closure {:?}", handle),
        Value::Thread(handle) => format!("thread {:?}", handle),
        Value::CFunction(_) => "cfunction".to_string(),
        Value::UserData(handle) => format!("userdata {:?}", handle),
        Value::FunctionProto(handle) => format!("proto {:?}", handle),
    })
}

fn run(source: &str) -> Result<String, LuaError> {
    let mut vm = LuaVM::new()?;
    vm.init_stdlib()?;
    vm.init_stdlib()?;
    vm.set_context(ScriptContext {
        storage: StorageEngine::new(),
        db: 0,
        keys: vec![b"key".to_vec()],
        args: vec![b"value".to_vec()],
        timeout: Duration::from_secs(5),
    })?;
    let module = compile(source)?;
    let value = vm.execute_module(&module, &[])?;
    show(&mut vm, &value)
}

fn main() {
    let mut passed = 0;
    for (name, source, expected) in TESTS.iter() {
        match run(source) {
            Ok(result) if result == *expected => passed += 1,
            Ok(result) => println!("{}: expected {}, got {}", name, expected, result),
            Err(e) => println!("{}: {}", name, e),
        }
    }
    println!("{} of {} passed", passed, TESTS.len());
    assert_eq!(passed, TESTS.len());
}
