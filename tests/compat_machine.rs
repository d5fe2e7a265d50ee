//! The machine of the old API: executions, host functions, limits, errors, compiled modules.

#![cfg(feature = "compat")]
#![allow(deprecated, reason = "the old API is what is tested")]

use ferrous::lua::error::{LuaError, LuaResult};
use ferrous::lua::transaction::HeapTransaction;
use ferrous::lua::value::{CFunction, Value};
use ferrous::lua::vm::{ExecutionContext, LuaVM};
use ferrous::lua::{CompiledModule, compile};
use pretty_assertions::assert_eq;

fn vm() -> LuaVM {
    let mut vm = LuaVM::new().unwrap();
    vm.init_stdlib().unwrap();
    vm
}

/// The result of a chunk, which is a number.
fn number(vm: &mut LuaVM, source: &str) -> f64 {
    match vm.eval(source) {
        Ok(Value::Number(n)) => n,
        other => panic!("{source}: {other:?}"),
    }
}

fn text(vm: &mut LuaVM, source: &str) -> String {
    match vm.eval(source) {
        Ok(Value::String(handle)) => HeapTransaction::new(vm.heap_mut()).get_string_value(handle).unwrap(),
        other => panic!("{source}: {other:?}"),
    }
}

fn register(vm: &mut LuaVM, name: &str, function: CFunction) {
    let (globals, name) = (vm.globals().unwrap(), vm.create_string(name).unwrap());
    vm.set_table(globals, Value::String(name), Value::CFunction(function)).unwrap();
}

#[test]
fn what_never_worked_works() {
    let mut vm = vm();
    for (source, expected) in [
        ("local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(10)", 55.0),
        ("local t = {a = {b = 4}} return t.a.b", 4.0),
        ("local s = 0 for i = 1, 10 do s = s + i end return s", 55.0),
        ("local function f(...) return select('#', ...) end return f(1, nil, nil)", 3.0),
        ("return #('a' .. 'b' .. 1)", 3.0),
        ("local ok, e = pcall(error, {code = 7}) return e.code", 7.0),
        ("return 0x10 + '5'", 21.0),
    ] {
        assert_eq!(number(&mut vm, source), expected, "{source}");
    }
    assert_eq!(vm.eval("return 5 == 5, 6").unwrap(), Value::Boolean(true));
    assert_eq!(vm.eval("-- nothing").unwrap(), Value::Nil);
    assert_eq!(text(&mut vm, "return ('%5.2f|%q'):format(1/3, 'x')"), " 0.33|\"x\"");
    assert_eq!(number(&mut vm, "return eval('return 1 + 1')"), 2.0);
}

#[test]
fn globals_last_and_arguments_arrive() {
    let mut vm = vm();
    vm.execute_module(&compile("count = (count or 0) + 1").unwrap(), &[]).unwrap();
    vm.execute_module(&compile("count = (count or 0) + 1").unwrap(), &[]).unwrap();
    assert_eq!(vm.debug_get_global("count").unwrap(), (true, Value::Number(2.0)));
    let module = compile("local a, b = ... return a + b").unwrap();
    assert_eq!(vm.execute_module(&module, &[Value::Number(1.0), Value::Number(2.0)]).unwrap(), Value::Number(3.0));
    assert!(vm.debug_list_globals().unwrap().contains(&"print".to_owned()));
}

#[test]
fn scripts_get_nothing_that_reaches_the_system() {
    let mut vm = vm();
    for name in ["io", "debug", "package", "require", "dofile", "loadfile"] {
        assert_eq!(vm.debug_get_global(name).unwrap(), (false, Value::Nil), "{name}");
    }
    for name in ["execute", "exit", "remove", "getenv"] {
        assert_eq!(vm.eval(&format!("return os.{name}")).unwrap(), Value::Nil, "{name}");
    }
    assert!(number(&mut vm, "return os.time()") > 0.0);
}

#[test]
fn the_library_can_be_installed_again() {
    let mut vm = vm();
    vm.eval("string.rep = nil; print = nil; math = nil").unwrap();
    vm.init_stdlib().unwrap();
    assert_eq!(text(&mut vm, "assert(print and math.pi) return ('x'):rep(3)"), "xxx");
}

fn add(ctx: &mut ExecutionContext<'_>) -> LuaResult<i32> {
    let sum = ctx.get_number_arg(0)? + ctx.get_number_arg(1)?;
    ctx.push_result(Value::Number(sum))?;
    Ok(1)
}

#[test]
fn host_functions_get_arguments_and_give_results() {
    let mut vm = vm();
    register(&mut vm, "add", add);
    assert_eq!(number(&mut vm, "return add(1, '2')"), 3.0);
    // It comes back as itself.
    assert_eq!(vm.eval("return add").unwrap(), Value::CFunction(add));
    let swap: CFunction = |ctx| {
        let (a, b) = (ctx.get_arg(0)?, ctx.get_arg(1)?);
        ctx.push_result(b)?;
        // Arguments stay as they are.
        assert_eq!(ctx.get_arg(0)?, a);
        ctx.push_result(a)?;
        assert_eq!((ctx.arg_count(), ctx.get_results_pushed()), (2, 2));
        Ok(2)
    };
    register(&mut vm, "swap", swap);
    assert_eq!(text(&mut vm, "local a, b = swap(1, 2) return a .. b"), "21");
    // Fewer results than pushed, and more.
    register(&mut vm, "first", |ctx| ctx.push_result(Value::Number(1.0)).and(ctx.push_result(Value::Nil)).and(Ok(1)));
    register(&mut vm, "padded", |ctx| ctx.push_result(Value::Number(1.0)).and(Ok(3)));
    assert_eq!(text(&mut vm, "return select('#', first()) .. select('#', padded())"), "13");
    register(&mut vm, "negative", |_| Ok(-1));
    let error = vm.eval("return negative()").unwrap_err();
    assert_eq!(error, LuaError::CFunctionError("a host function returned -1 results".to_owned()));
}

#[test]
fn host_functions_use_the_machine() {
    let mut vm = vm();
    // A transaction stays in scope while the context is used again.
    let keys: CFunction = |ctx| {
        let table = ctx.get_table_arg(0)?;
        let mut tx = HeapTransaction::new(ctx.vm_access.heap_mut());
        let list = tx.create_table()?;
        let (mut key, mut count) = (Value::Nil, 0.0);
        while let Some((next, _)) = tx.table_next(table, key)? {
            count += 1.0;
            tx.set_table_field(list, Value::Number(count), next.clone())?;
            key = next;
        }
        tx.commit()?;
        ctx.push_result(Value::Table(list))?;
        Ok(1)
    };
    register(&mut vm, "keys", keys);
    assert_eq!(number(&mut vm, "return #keys({a = 1, b = 2, [1e9] = 3, [{}] = 4})"), 4.0);
    // Lua code and functions run inside.
    register(&mut vm, "twice", |ctx| {
        let function = ctx.get_arg(0)?;
        let first = ctx.call_function(&function, vec![Value::Number(1.0)])?;
        let again = ctx.call_metamethod(function, vec![first])?;
        let source = ctx.vm_access.eval("return 100")?;
        ctx.push_result(again[0].clone())?;
        ctx.push_result(source)?;
        Ok(2)
    });
    assert_eq!(text(&mut vm, "local a, b = twice(function(x) return x * 3 end) return a .. '/' .. b"), "9/100");
    // Arguments can be read, and results set, as registers.
    register(&mut vm, "registers", |ctx| {
        let (thread, base) = (ctx.get_current_thread()?, ctx.get_base_index()?);
        let mut tx = HeapTransaction::new(ctx.get_heap());
        let second = tx.read_register(thread, base + 1)?;
        tx.set_register(thread, base, second)?;
        tx.commit()?;
        Ok(1)
    });
    assert_eq!(number(&mut vm, "return registers(1, 2)"), 2.0);
    // Metamethods are found.
    register(&mut vm, "has_call", |ctx| {
        let value = ctx.get_arg(0)?;
        let found = ctx.check_metamethod(&value, "__call").is_some();
        ctx.push_result(Value::Boolean(found))?;
        Ok(1)
    });
    assert_eq!(vm.eval("return has_call(setmetatable({}, {__call = print}))").unwrap(), Value::Boolean(true));
    register(&mut vm, "calls", |ctx| {
        let depth = ctx.vm_access.capture_traceback()?.frames.len();
        ctx.push_result(Value::Number(depth as f64))?;
        Ok(1)
    });
    assert!(number(&mut vm, "local function f() local n = calls() return n end local n = f() return n") >= 3.0);
    assert!(vm.capture_traceback().unwrap().frames.is_empty());
}

#[test]
fn errors_of_host_functions_come_back_as_they_are() {
    let mut vm = vm();
    register(&mut vm, "fail", |_| Err(LuaError::TypeError { expected: "table".into(), got: "nil".into() }));
    let error = LuaError::TypeError { expected: "table".into(), got: "nil".into() };
    assert_eq!(vm.eval("fail()").unwrap_err(), error);
    assert_eq!(text(&mut vm, "return select(2, pcall(fail))"), "type error: expected table, got nil");
    register(&mut vm, "add", add);
    let missing = LuaError::ArgumentError { expected: 1, got: 1 };
    assert_eq!(vm.eval("return add(1)").unwrap_err(), missing);
    match vm.eval("local t = nil; return t.x") {
        Err(LuaError::RuntimeError(message)) => assert!(message.contains("attempt to index local 't'"), "{message}"),
        other => panic!("{other:?}"),
    }
    match vm.eval("x = = 1") {
        Err(LuaError::SyntaxError { line: 1, column: 5, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_execution_has_its_own_budget() {
    let mut vm = vm();
    for _ in 0..3 {
        assert_eq!(vm.eval("while true do end").unwrap_err(), LuaError::InstructionLimitExceeded);
        assert_eq!(number(&mut vm, "local n = 0 for i = 1, 50000 do n = n + 1 end return n"), 50_000.0);
    }
    vm.set_instruction_limit(Some(1000));
    assert_eq!(vm.eval("pcall(function() while true do end end)").unwrap_err(), LuaError::InstructionLimitExceeded);
    // What a host function runs counts, too.
    register(&mut vm, "run", |ctx| ctx.vm_access.eval("for i = 1, 600 do end").map(|_| 0));
    assert_eq!(vm.eval("run() run()").unwrap_err(), LuaError::InstructionLimitExceeded);
    vm.set_instruction_limit(None);
    assert_eq!(number(&mut vm, "local n = 0 for i = 1, 3000000 do n = n + 1 end return n"), 3e6);
    vm.set_timeout(Some(std::time::Duration::from_millis(20)));
    assert_eq!(vm.eval("while true do end").unwrap_err(), LuaError::Timeout);
    assert_eq!(number(&mut vm, "return 1"), 1.0);
}

#[test]
fn a_panic_in_a_host_function_leaves_a_usable_machine() {
    let mut vm = vm();
    register(&mut vm, "panic", |_| panic!("in a host function"));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| vm.eval("panic()")));
    assert!(outcome.is_err());
    assert_eq!(vm.eval("while true do end").unwrap_err(), LuaError::InstructionLimitExceeded);
    assert_eq!(number(&mut vm, "return 3"), 3.0);
}

#[test]
fn a_host_function_cannot_exchange_the_machine() {
    let mut vm = vm();
    register(&mut vm, "exchange", |ctx| {
        let mut other = LuaVM::new()?;
        std::mem::swap(ctx.vm_access, &mut other);
        ctx.push_result(Value::Number(1.0))?;
        Ok(1)
    });
    match vm.eval("return exchange()") {
        Err(LuaError::RuntimeError(message)) => assert!(message.contains("exchanged the machine"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(number(&mut vm, "return 3"), 3.0);
    // Another machine's handle is refused.
    let mut other = LuaVM::new().unwrap();
    let table = (0..100).map(|_| other.create_table().unwrap()).last().unwrap();
    let module = compile("return ...").unwrap();
    assert_eq!(vm.execute_module(&module, &[Value::Table(table)]), Err(LuaError::InvalidHandle));
}

#[test]
fn modules_are_what_their_fields_say() {
    let mut vm = vm();
    let source = "local function f(x) return function() x = x + 1 return x end end local g = f(40) g() return g()";
    let module = compile(source).unwrap();
    assert_eq!(vm.execute_module(&module, &[]).unwrap(), Value::Number(42.0));
    // The same module, made anew from its fields.
    let mut copy = module.clone();
    copy.strings.push("unused".to_owned());
    assert_eq!(vm.execute_module(&copy, &[]).unwrap(), Value::Number(42.0));
    // Changed by hand: another constant.
    use ferrous::lua::codegen::CompilationConstant;
    let mut changed: CompiledModule = compile("return 1").unwrap();
    assert_eq!(changed.constants, [CompilationConstant::Number(1.0)]);
    changed.constants[0] = CompilationConstant::Number(5.0);
    assert_eq!(vm.execute_module(&changed, &[]).unwrap(), Value::Number(5.0));
    changed.constants[0] = CompilationConstant::String(9);
    assert_eq!(vm.execute_module(&changed, &[]), Err(LuaError::CompileError("Invalid string index: 9".to_owned())));
    changed.bytecode = vec![63];
    changed.constants.clear();
    match vm.execute_module(&changed, &[]) {
        Err(LuaError::CompileError(message)) => assert!(message.starts_with("invalid bytecode: "), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn words_are_in_the_old_layout() {
    use ferrous::lua::codegen::{OpCode, u8_to_opcode};
    use ferrous::lua::vm::Instruction;
    let module = compile("local t = {} t.x = 1 return t.x").unwrap();
    let opcodes: Vec<OpCode> = module.bytecode.iter().map(|word| u8_to_opcode((word & 0x3f) as u8)).collect();
    assert_eq!(opcodes, [OpCode::NewTable, OpCode::SetTable, OpCode::GetTable, OpCode::Return, OpCode::Return]);
    let set = Instruction(module.bytecode[1]);
    assert_eq!((set.a(), set.b(), set.b_wide(), set.c_wide()), (0, 0, 0x100, 0x101));
    for number in 0..39 {
        assert_eq!(ferrous::lua::codegen::opcode_to_u8(u8_to_opcode(number)), number);
        let name = format!("{:?}", ferrous::lua::vm::u8_to_opcode(number));
        assert_eq!(name, format!("{:?}", u8_to_opcode(number)));
        assert_eq!(name, format!("{:?}", ferrous::bytecode::OpCode::from_u8(number).unwrap()));
    }
}

#[test]
fn functions_of_the_library_are_host_functions() {
    use ferrous::lua::stdlib;
    let mut vm = vm();
    let print: CFunction = stdlib::base::lua_print;
    let floor: CFunction = stdlib::math::math_floor;
    assert_eq!(vm.eval("return print"), Ok(Value::CFunction(print)));
    assert_eq!(vm.eval("return math.floor"), Ok(Value::CFunction(floor)));
    assert_eq!(vm.debug_get_global("print"), Ok((true, Value::CFunction(print))));
    // Those that the old library did not have are no others.
    for name in ["print", "string.gsub", "coroutine.wrap", "os.time", "xpcall", "eval"] {
        let value = vm.eval(&format!("return {name}")).unwrap();
        assert!(matches!(value, Value::CFunction(_)), "{name}: {value:?}");
        assert_eq!((value.to_string().as_str(), value.type_name()), ("<C function>", "function"));
        assert!(format!("{value:?}").starts_with("CFunction(0x"), "{value:?}");
    }
    assert!(matches!(vm.eval("return function() end"), Ok(Value::Closure(_))));
    assert!(matches!(vm.eval("return ('x'):gmatch('.')"), Ok(Value::Closure(_))));
    // They come back as themselves.
    let same: CFunction = |ctx| {
        let value = ctx.get_arg(0)?;
        ctx.push_result(value)?;
        Ok(1)
    };
    register(&mut vm, "same", same);
    let source = "return same(print) == print and same(string.gsub) == string.gsub and same(math.floor)(1.5) == 1";
    assert_eq!(vm.eval(source), Ok(Value::Boolean(true)));
    register(&mut vm, "floor", floor);
    assert_eq!(vm.eval("return floor == math.floor"), Ok(Value::Boolean(true)));
    // A table of functions, read as data.
    let Ok(Value::Table(library)) = vm.eval("return math") else { panic!("a table") };
    let mut tx = HeapTransaction::new(vm.heap_mut());
    let name = Value::String(tx.create_string("floor").unwrap());
    assert_eq!(tx.read_table_field(library, &name), Ok(Value::CFunction(floor)));
}

#[test]
#[allow(clippy::needless_question_mark, reason = "the question mark is what is tested")]
fn closures_that_end_in_a_question_mark_have_one_error() {
    let mut vm = vm();
    // No type is named: the only error that becomes a `LuaError` is itself.
    let run = |vm: &mut LuaVM, source: &str| -> LuaResult<Value> {
        let mut twice = || {
            vm.eval(source)?;
            Ok(vm.eval(source)?)
        };
        let value = twice()?;
        Ok(value)
    };
    assert_eq!(run(&mut vm, "return 1"), Ok(Value::Number(1.0)));
    assert!(matches!(run(&mut vm, "return"), Ok(Value::Nil)));
    assert!(matches!(run(&mut vm, "return +"), Err(LuaError::SyntaxError { .. })));
    let error = ferrous::LuaVM::new().unwrap().eval("return nil + 1").unwrap_err();
    let message = error.to_string();
    assert_eq!(LuaError::from_core(error), LuaError::RuntimeError(message));
    let error = ferrous::syntax::parse(b"x", b"=x").unwrap_err();
    assert!(matches!(LuaError::from_syntax(*error), LuaError::SyntaxError { line: 1, .. }));
}

#[test]
fn stepping_out_and_back() {
    let mut vm = vm();
    vm.eval("function double(x) return x * 2 end").unwrap();
    let core = vm.core_mut();
    let double = core.get_global("double").unwrap();
    assert_eq!(core.call(double, &[ferrous::Value::Number(4.0)]).unwrap(), [ferrous::Value::Number(8.0)]);
    let old = vm.heap_mut().to_old(double);
    let Value::Closure(handle) = old else { panic!("{old:?}") };
    assert_eq!(ferrous::Value::Function(handle.into()), double);
    assert_eq!(vm.heap_mut().to_core(&old).unwrap(), double);
    assert_eq!((ferrous::Value::try_from(old.clone()), Value::from(double)), (Ok(double), old.clone()));
    assert_eq!(ferrous::Value::try_from(Value::CFunction(add)), Err(Value::CFunction(add)));
    assert_eq!(vm.execute_function(handle, &[Value::Number(5.0)]).unwrap(), Value::Number(10.0));
    register(&mut vm, "add", add);
    let mut core = vm.into_core();
    assert_eq!(core.fuel(), None);
    core.collect_garbage().unwrap();
    assert_eq!(core.eval("return add(2, 3)").unwrap(), [ferrous::Value::Number(5.0)]);
    assert_eq!(core.eval("return double(1)").unwrap(), [ferrous::Value::Number(2.0)]);
    let mut vm = LuaVM::from_core(core).unwrap();
    assert_eq!(number(&mut vm, "return double(3)"), 6.0);
    // A machine of the core with nothing in it, and one whose library was changed.
    let mut bare = LuaVM::from_core(ferrous::LuaVM::new().unwrap()).unwrap();
    assert_eq!(bare.debug_list_globals().unwrap(), Vec::<String>::new());
    bare.init_stdlib().unwrap();
    assert_eq!(text(&mut bare, "return ('x'):upper()"), "X");
    let mut core = ferrous::LuaVM::with_stdlib().unwrap();
    core.eval("string.upper = nil; io.marker = true").unwrap();
    let mut changed = LuaVM::from_core(core).unwrap();
    assert_eq!(changed.eval("return string.upper").unwrap(), Value::Nil);
    assert_eq!(changed.eval("return io.marker").unwrap(), Value::Boolean(true));
    changed.init_stdlib().unwrap();
    assert_eq!(text(&mut changed, "return string.upper('y')"), "Y");
}

#[test]
fn threads_and_shared_references() {
    fn check<T: Send + Sync>() {}
    check::<LuaVM>();
    check::<ferrous::lua::heap::LuaHeap>();
    check::<HeapTransaction<'_>>();
    check::<ExecutionContext<'_>>();
    check::<Value>();
}

/// Runs this very test again, in a process of its own with this in `FERROUS_OPS`.
fn again_with(test: &str, ops: &str) {
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    let output =
        process.args(["--exact", test]).env("FERROUS_OPS", ops).env("FERROUS_TEST_INNER", "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{ops}: {text}");
}

fn is_inner() -> bool {
    std::env::var_os("FERROUS_TEST_INNER").is_some()
}

#[test]
fn the_environment_routes_opcodes() {
    if !is_inner() {
        again_with("the_environment_routes_opcodes", "ADD=legacy");
        return again_with("the_environment_routes_opcodes", "ADD=shadow-core");
    }
    let mut vm = vm();
    assert_eq!(number(&mut vm, "local s = 0 for i = 1, 10 do s = s + i end return s"), 55.0);
    let additions = vm.core_mut().op_counts().total();
    assert_eq!((additions.legacy + additions.shadowed, additions.mismatched), (10, 0));
    assert_eq!(vm.core_mut().op_mismatches().len(), 0);
}

#[test]
fn a_mistake_in_the_environment_is_named() {
    if !is_inner() {
        return again_with("a_mistake_in_the_environment_is_named", "legacy,ADDD=core");
    }
    for _ in 0..2 {
        let Some(LuaError::RuntimeError(message)) = LuaVM::new().err() else { panic!("no error") };
        assert!(message.contains("FERROUS_OPS") && message.contains("ADDD") && message.contains("ADD"), "{message}");
    }
}

#[test]
fn a_context_gives_scripts_their_keys_and_their_store() {
    let mut vm = vm();
    let storage = ferrous::storage::StorageEngine::new();
    let timeout = std::time::Duration::from_secs(5);
    let (keys, args) = (vec![b"k".to_vec()], vec![b"41".to_vec()]);
    vm.set_context(ferrous::lua::ScriptContext { storage, db: 0, keys, args, timeout }).unwrap();
    let script = "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('INCR', KEYS[1])";
    assert_eq!(number(&mut vm, script), 42.0);
}
