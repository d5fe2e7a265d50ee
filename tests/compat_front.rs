//! The rest of the old API: lexer, parser, syntax tree, code generator, arenas, register book-keeping, snapshots of tables.

#![cfg(feature = "compat")]
#![allow(deprecated, reason = "the old API is what is tested")]

use ferrous::lua::arena::Arena;
use ferrous::lua::ast::{BinaryOperator, Chunk, Expression, ReturnStatement, Statement};
use ferrous::lua::error::{CallInfo, LuaError, LuaTraceback};
use ferrous::lua::lexer::{Token, tokenize};
use ferrous::lua::metamethod::{MetamethodType, can_coerce_arithmetic, resolve_metamethod};
use ferrous::lua::parser::{Parser, parse};
use ferrous::lua::register_management::{self, RegisterManagementSystem};
use ferrous::lua::stdlib;
use ferrous::lua::transaction::HeapTransaction;
use ferrous::lua::value::{HashableValue, LuaString, Table, Value};
use ferrous::lua::vm::LuaVM;
use ferrous::lua::{codegen, compile};
use pretty_assertions::assert_eq;

#[test]
fn tokens_have_places() {
    let tokens = tokenize("local x = [[a\nb]] .. 0x10 -- end\n  return x ~= goto").unwrap();
    let found: Vec<(String, usize, usize)> =
        tokens.iter().map(|token| (token.token.to_string(), token.line, token.column)).collect();
    let expected = [
        ("local", 1, 1),
        ("x", 1, 7),
        ("=", 1, 9),
        ("\"a\nb\"", 2, 11),
        ("..", 2, 5),
        ("16", 2, 8),
        ("return", 3, 3),
        ("x", 3, 10),
        ("~=", 3, 12),
        ("goto", 3, 15),
        ("<eof>", 3, 19),
    ];
    assert_eq!(found, expected.map(|(text, line, column)| (text.to_owned(), line, column)));
    assert_eq!(tokens[9].token, Token::Identifier("goto".to_owned()));
    assert!(matches!(tokenize("x = $"), Err(LuaError::SyntaxError { line: 1, column: 5, .. })));
    assert!(matches!(tokenize("'open"), Err(LuaError::SyntaxError { line: 1, .. })));
}

/// Programs and their results, to be run by way of the old syntax tree.
const PROGRAMS: &[(&str, &str)] = &[
    ("local a, b = 1, 2 return a + b * 2 ^ 2 ^ 3 - (a - b) - (4 - 3)", "513"),
    ("return (1 + 2) * 3 .. 'x' .. 2 * -3 ^ 2", "9x-18"),
    ("local t = {1, 2, x = {y = 5}, ['k k'] = 7; 3} return #t + t.x.y + t['k k']", "15"),
    ("local s = 0 for i = 10, 1, -3 do s = s + i end return s", "22"),
    ("local s = '' for k, v in pairs({a = 1}) do s = s .. k .. v end return s", "a1"),
    (
        "local function f(...) local a, b = ... return select('#', ...), b end local n, b = f(1, 'z') return n .. b",
        "2z",
    ),
    ("local o = {n = 1} function o:add(k) self.n = self.n + k return self end return o:add(2):add(3).n", "6"),
    ("local n = 0 repeat local done = n > 3 n = n + 1 until done return n", "5"),
    (
        "local n = 0 while true do n = n + 1 if n > 5 then break elseif n > 90 then n = 0 else n = n + 1 end end return n",
        "7",
    ),
    ("do local x = 'a\\n\"\\065\\0b' return #x .. x:sub(4, 4) end", "6A"),
    ("return not (1 == 2) and -(-5) or nil", "5"),
    ("return 1e999 == 1/0", "true"),
    ("return 1e300 * 1e10 == 1/0 and 0.1 + 0.2 ~= 0.3", "true"),
    ("return (function(x) return x .. '!' end) 'hey'", "hey!"),
];

#[test]
fn the_old_tree_means_what_the_source_means() {
    let mut vm = LuaVM::new().unwrap();
    let show = |vm: &mut LuaVM, value: Value| match value {
        Value::String(handle) => vm.heap().get_string_value(handle).unwrap(),
        other => other.to_string(),
    };
    for (source, expected) in PROGRAMS {
        let trees = [parse(source).unwrap(), Parser::new(tokenize(source).unwrap()).parse().unwrap()];
        assert_eq!(trees[0], trees[1], "{source}");
        let output = codegen::generate_bytecode(&trees[0]).unwrap();
        // The same code, put into a module.
        let mut module = compile("").unwrap();
        (module.bytecode, module.constants) = (output.main.bytecode, output.main.constants);
        (module.upvalues, module.prototypes) = (output.main.upvalues, output.main.prototypes);
        (module.max_stack_size, module.strings) = (output.main.max_stack_size, output.strings);
        let result = vm.execute_module(&module, &[]).unwrap_or_else(|error| panic!("{source}: {error}"));
        let direct = vm.eval(source).unwrap();
        assert_eq!(
            (show(&mut vm, result), show(&mut vm, direct)),
            (expected.to_string(), expected.to_string()),
            "{source}"
        );
    }
}

#[test]
fn trees_made_by_hand_are_checked() {
    let refused = |statement: Statement, expected: &str| {
        let chunk = Chunk { statements: vec![statement], return_statement: None };
        match codegen::generate_bytecode(&chunk) {
            Err(LuaError::CompileError(message)) => assert!(message.contains(expected), "{message}"),
            other => panic!("{other:?}"),
        }
    };
    refused(Statement::Goto("x".to_owned()), "Lua 5.1 has no goto");
    refused(Statement::LabelDefinition("x".to_owned()), "Lua 5.1 has no labels");
    let local = |name: &str| {
        let names = vec![name.to_owned()];
        Statement::LocalDeclaration(ferrous::lua::ast::LocalDeclaration { names, expressions: vec![] })
    };
    refused(local("x = os.exit() --"), "is not a name");
    refused(local("end"), "'end' is not a name");
    refused(Statement::Break, "no loop to break");
    let mut deep = Expression::Number(1.0);
    for _ in 0..3000 {
        let operand = Box::new(deep);
        deep = Expression::UnaryOp { operator: ferrous::lua::ast::UnaryOperator::Not, operand };
    }
    refused(Statement::Return { expressions: vec![deep] }, "nests too deep");
    let sum = |left, right| Expression::BinaryOp {
        left: Box::new(Expression::Number(left)),
        operator: BinaryOperator::Add,
        right: Box::new(Expression::Number(right)),
    };
    let parsed = parse("return 1 + 2").unwrap();
    assert_eq!(parsed.return_statement, Some(ReturnStatement { expressions: vec![sum(1.0, 2.0)] }));
    let long = format!("return 1{}", " + 1".repeat(5000));
    assert!(matches!(parse(&long), Err(LuaError::CompileError(_))));
    assert!(compile(&long).is_ok());
}

#[test]
fn arenas_refuse_old_handles() {
    let mut arena: Arena<&str> = Arena::new();
    let first = arena.insert("first");
    assert_eq!(format!("{first:?}"), "Handle { index: 0, generation: 1 }");
    assert_eq!(arena.remove(first), Some("first"));
    assert_eq!(arena.validate_handle(&first), Err(LuaError::InvalidHandle));
    let second = arena.insert("second");
    assert_eq!(format!("{second:?}"), "Handle { index: 0, generation: 2 }");
    assert_eq!(arena.validate_handle(&first), Err(LuaError::StaleHandle));
    assert_eq!((arena.get(first), arena.get(second), arena.len()), (None, Some(&"second"), 1));
    assert_eq!(arena.remove(first), None);
    arena.clear();
    let third = arena.insert("third");
    assert!(!arena.contains(second) && arena.contains(third));
}

#[test]
fn snapshots_can_be_changed() {
    let mut table = Table::new();
    for key in [5.0, 1.0, 3.0, 2.0, 4.0] {
        table.set_field(Value::Number(key), Value::Number(key * 10.0)).unwrap();
    }
    assert_eq!((table.array_len(), table.map.len()), (5, 0));
    assert_eq!(table.get(&Value::Number(4.0)), Some(&Value::Number(40.0)));
    table.set_field(Value::Number(5.0), Value::Nil).unwrap();
    assert_eq!(table.array_len(), 4);
    table.set_array(9, Value::Nil);
    assert_eq!((table.array_len(), table.get_array(0), table.get_array(5)), (4, None, None));
    let mut vm = LuaVM::new().unwrap();
    let key = Value::Table(vm.create_table().unwrap());
    let error = table.set_field(key.clone(), Value::Nil).unwrap_err();
    let expected = "type error: expected nil, boolean, number, or string (in table key), got table (tables cannot be used as keys)";
    assert_eq!(error.to_string(), expected);
    assert!(!HashableValue::is_hashable(&key));
    assert_eq!(LuaString::from("abc").to_str(), Ok("abc"));
}

#[test]
fn registers_are_booked() {
    let vm = LuaVM::new().unwrap();
    let thread = vm.heap().main_thread().unwrap();
    let mut system = RegisterManagementSystem::new();
    assert_eq!(system.free_register(thread, 0), Err(LuaError::RuntimeError("Thread not found".to_owned())));
    assert_eq!(register_management::allocate_register(&mut system, thread, 1), Ok(0));
    assert_eq!(register_management::allocate_local(&mut system, thread, 1, "x".to_owned()), Ok(1));
    register_management::protect_function_registers(&mut system, thread, 1).unwrap();
    let message = "Cannot free protected register 1: function call".to_owned();
    assert_eq!(system.free_register(thread, 1), Err(LuaError::RuntimeError(message)));
    assert_eq!(system.free_register(thread, 77), Ok(()));
    assert!(system.is_protected(thread, 1) && !system.is_protected(thread, 0));
    assert!(system.debug_report(thread).contains("R1"));
}

#[test]
fn metamethods_are_found_and_numbers_coerced() {
    let mut vm = LuaVM::new().unwrap();
    let value = vm.eval("return setmetatable({}, {__add = print})").unwrap();
    let mut tx = HeapTransaction::new(vm.heap_mut());
    assert!(resolve_metamethod(&mut tx, &value, MetamethodType::Add).unwrap().is_some());
    assert_eq!(resolve_metamethod(&mut tx, &value, MetamethodType::Sub), Ok(None));
    let text = Value::String(tx.create_string(" 0x10 ").unwrap());
    assert_eq!(can_coerce_arithmetic(&mut tx, &text, &Value::Number(1.0)), Ok(Some((16.0, 1.0))));
    assert_eq!(MetamethodType::NewIndex.to_string(), "__newindex");
}

#[test]
fn library_functions_are_host_functions() {
    let mut vm = LuaVM::new().unwrap();
    let globals = vm.globals().unwrap();
    let functions = [
        ("old_format", stdlib::string::string_format as ferrous::lua::value::CFunction),
        ("old_sort", stdlib::table::table_sort),
        ("old_pcall", stdlib::base::lua_pcall),
        ("old_floor", stdlib::math::math_floor),
    ];
    for (name, function) in functions {
        let name = vm.create_string(name).unwrap();
        vm.set_table(globals, Value::String(name), Value::CFunction(function)).unwrap();
    }
    // Whatever has become of the globals.
    let source = "string.format, math, table, pcall = nil
        local t = {3, 1, 2} old_sort(t, function(a, b) return a > b end)
        local ok, e = old_pcall(error, 'caught', 0)
        return old_format('%d%d%d %s %s %d', t[1], t[2], t[3], tostring(ok), e, old_floor(2.9)) == '321 false caught 2'";
    assert_eq!(vm.eval(source).unwrap(), Value::Boolean(true));
    assert_eq!(stdlib::math::create_math_lib().len(), 28);
    assert!(stdlib::base::create_base_lib().contains_key("pcall"));
}

#[test]
fn tracebacks_print_from_the_outside() {
    let frame = |name: Option<&str>, line: Option<usize>| CallInfo {
        function_name: name.map(str::to_owned),
        source_file: line.map(|_| "a.lua".to_owned()),
        line_number: line,
        pc: 7,
    };
    let traceback = LuaTraceback { frames: vec![frame(Some("inner"), Some(3)), frame(None, None)] };
    let expected = "stack traceback:\n\t[pc=7]: in function '<anonymous>'\n\ta.lua:3: in function 'inner'";
    assert_eq!(traceback.to_string(), expected);
}
