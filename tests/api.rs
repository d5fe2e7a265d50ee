//! The embedder's interface: values, handles, roots, host functions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ferrous::{Call, Error, Handle, KillHandle, LuaVM, Root, ThreadStatus, Value, object};
use pretty_assertions::assert_eq;

type Result<T = ()> = std::result::Result<T, Error>;

fn machine() -> LuaVM {
    LuaVM::with_stdlib().expect("there is memory for a machine")
}

fn text(vm: &LuaVM, value: Value) -> String {
    let bytes = value.as_string().and_then(|string| vm.string_bytes(string)).expect("a live string");
    String::from_utf8_lossy(bytes).into_owned()
}

/// The message of the error that a program ends with.
fn failure(vm: &mut LuaVM, source: &str) -> String {
    vm.eval(source).expect_err("the program fails").to_string()
}

const _: () = {
    const fn is_send<T: Send>() {}
    const fn is_sync<T: Sync>() {}
    is_send::<LuaVM>();
    is_send::<Root>();
    is_sync::<Root>();
    is_send::<Error>();
    is_sync::<Error>();
    is_send::<Value>();
    is_sync::<Value>();
    is_send::<KillHandle>();
    is_sync::<KillHandle>();
    is_send::<Handle<object::Table>>();
    is_sync::<Handle<object::Table>>();
    assert!(size_of::<Handle<object::Table>>() == 8);
};

// Values.

#[test]
fn values_convert() {
    assert_eq!(Value::from(3), Value::Number(3.0));
    assert_eq!(Value::from(2.5f32).as_number(), Some(2.5));
    assert_eq!(Value::from(true).as_boolean(), Some(true));
    assert_eq!(Value::default().type_name(), "nil");
    assert!(Value::Nil.is_nil() && !Value::Nil.is_truthy() && !Value::from(false).is_truthy());
    assert!(Value::from(0).is_truthy() && Value::from(0).as_string().is_none());
}

#[test]
fn eval_returns_every_result() -> Result {
    let mut vm = machine();
    let results = vm.eval("return nil, true, 1.5, 'text', {}, print, io.stdout, coroutine.create(function() end)")?;
    let names: Vec<_> = results.iter().map(|value| value.type_name()).collect();
    assert_eq!(names, ["nil", "boolean", "number", "string", "table", "function", "userdata", "thread"]);
    assert!(results.iter().all(|&value| vm.is_valid(value)));
    assert_eq!(text(&vm, results[3]), "text");
    assert_eq!(vm.eval("")?, []);
    Ok(())
}

#[test]
fn results_are_registers_until_something_else_is_done() -> Result {
    let mut vm = machine();
    vm.eval("return 1, 2")?;
    assert_eq!([0, 1, 2, usize::MAX].map(|index| vm.get_register(index)), [Some(1.into()), Some(2.into()), None, None]);
    vm.create_table(0, 0)?;
    assert_eq!(vm.get_register(0), None);
    Ok(())
}

#[test]
fn syntax_errors_have_a_position() {
    let mut vm = machine();
    match vm.load("x = 1\nx = = 2", "@a.lua") {
        Err(Error::Syntax(error)) => {
            assert_eq!((error.line, error.column), (2, 5));
            assert_eq!(error.to_string(), "a.lua:2: unexpected symbol near '='");
        }
        other => panic!("not a syntax error: {other:?}"),
    }
}

#[test]
fn precompiled_chunks_are_refused_unless_allowed() -> Result {
    let mut vm = machine();
    let dumped = vm.eval("return string.dump(function() return 7 end)")?[0];
    let chunk = vm.string_bytes(dumped.as_string().expect("a string")).expect("live").to_vec();
    assert!(matches!(vm.load(&chunk, "=x"), Err(Error::Runtime(_))));
    vm.set_allow_bytecode(true);
    let function = vm.load(&chunk, "=x")?;
    assert_eq!(vm.call(function, &[])?, [7.into()]);
    assert!(matches!(vm.load(&chunk[..chunk.len() / 2], "=x"), Err(Error::Runtime(_))));
    Ok(())
}

#[test]
fn errors_reach_the_host() {
    let mut vm = machine();
    assert_eq!(failure(&mut vm, "error('oops', 0)"), "oops");
    assert_eq!(failure(&mut vm, "error({})"), "(error object is a table value)");
    assert_eq!(
        failure(&mut vm, "local x = nil; return x.y"),
        "[string \"local x = nil; return x.y\"]:1: attempt to index local 'x' (a nil value)"
    );
    assert_eq!(vm.call(Value::Nil, &[]).expect_err("nil is no function").to_string(), "attempt to call a nil value");
}

#[test]
fn a_protected_call_gives_the_error_value() -> Result {
    let mut vm = machine();
    let function = vm.load("local t = ...; error(t)", "=f")?;
    let table = vm.create_table(0, 0)?;
    assert_eq!(vm.protected_call(function, &[table.into()])?, Err(table.into()));
    let good = vm.load("return ...", "=g")?;
    assert_eq!(vm.protected_call(good, &[1.into(), 2.into()])?, Ok(vec![1.into(), 2.into()]));
    Ok(())
}

#[test]
fn metamethods_are_respected_where_they_should_be() -> Result {
    let mut vm = machine();
    let object = vm.eval(
        "local log = {}
         return setmetatable({}, {
             __index = function(_, key) return key .. '!' end,
             __newindex = function(t, key, value) rawset(t, key, value * 2) end,
             __tostring = function() return 'me' end,
             __call = function(_, n) return n + 1 end,
         })",
    )?[0];
    let table = object.as_table().expect("a table");
    let value = vm.get_field(object, "name")?;
    assert_eq!(text(&vm, value), "name!");
    let key = vm.create_string("name")?;
    assert_eq!(vm.get_table_field(table, key), Some(Value::Nil));
    vm.set(object, key, 4)?;
    assert_eq!(vm.get_table_field(table, key), Some(8.into()));
    vm.set_table_field(table, key, 3)?;
    assert_eq!(vm.get(object, key)?, 3.into());
    assert_eq!(vm.to_text(object)?, b"me");
    assert_eq!(vm.call(object, &[1.into()])?, [2.into()]);
    assert_eq!(vm.to_text(1.5)?, b"1.5");
    vm.set_metatable(object, None)?;
    assert_eq!(vm.metatable(object), None);
    assert!(vm.to_text(object)?.starts_with(b"table: 0x"));
    assert!(vm.get(Value::Nil, 1).is_err() && vm.set(1, 1, 1).is_err());
    Ok(())
}

#[test]
fn a_type_may_have_a_metatable() -> Result {
    let mut vm = machine();
    let methods = vm.eval("return {__index = {half = function(n) return n / 2 end}}")?[0].as_table();
    vm.set_metatable(0, methods)?;
    assert_eq!(vm.eval("return (10):half()")?, [5.into()]);
    vm.set_metatable(0, None)?;
    assert!(vm.eval("return (10):half()").is_err());
    Ok(())
}

#[test]
fn tables_are_read_and_written_raw() -> Result {
    let mut vm = machine();
    let table = vm.create_table(4, 4)?;
    for n in 1..=10 {
        vm.set_table_field(table, n, n * n)?;
    }
    assert_eq!(vm.table_len(table), Some(10));
    assert_eq!(vm.get_table_field(table, 7), Some(49.into()));
    assert_eq!(vm.get_table_field(table, Value::Nil), Some(Value::Nil));
    assert_eq!(vm.get_table_field(table, f64::NAN), Some(Value::Nil));
    for key in [Value::Nil, f64::NAN.into()] {
        let message = vm.set_table_field(table, key, 1).expect_err("no such key is possible").to_string();
        assert!(message.starts_with("table index is "), "{message}");
    }
    let (mut key, mut sum) = (Value::Nil, 0.0);
    while let Some((next, value)) = vm.table_next(table, key)? {
        sum += value.as_number().expect("a number");
        key = next;
    }
    assert_eq!(sum, 385.0);
    assert_eq!(vm.table_next(table, 99).expect_err("no such key").to_string(), "invalid key to 'next'");
    assert_eq!(vm.create_table(usize::MAX, 0), Err(Error::Memory));
    assert_eq!(vm.create_table(0, usize::MAX), Err(Error::Memory));
    Ok(())
}

#[test]
fn globals_and_registry() -> Result {
    let mut vm = machine();
    vm.set_global("answer", 42)?;
    assert_eq!(vm.eval("return answer, _G.answer")?, [42.into(), 42.into()]);
    assert_eq!(vm.get_global("missing")?, Value::Nil);
    assert_eq!(vm.eval("return _G")?, [vm.globals().into()]);
    assert_eq!(vm.eval("return debug.getregistry()")?, [vm.registry().into()]);
    Ok(())
}

#[test]
fn coroutines_are_resumed() -> Result {
    let mut vm = machine();
    let function = vm.load("local a = ...; local b = coroutine.yield(a + 1); return a + b, 'end'", "=co")?;
    let thread = vm.create_thread(function)?;
    let _root = vm.root(thread)?;
    assert_eq!(vm.thread_status(thread), Some(ThreadStatus::Suspended));
    assert_eq!(vm.resume(thread, &[1.into()])?, [2.into()]);
    let results = vm.resume(thread, &[10.into()])?;
    assert_eq!((results[0], text(&vm, results[1])), (11.into(), "end".to_owned()));
    assert_eq!(vm.thread_status(thread), Some(ThreadStatus::Dead));
    assert_eq!(vm.resume(thread, &[]).expect_err("it is dead").to_string(), "cannot resume dead coroutine");
    let print = vm.get_global("print")?.as_function().expect("a function");
    assert!(vm.create_thread(print).is_err());
    let bad = vm.load("error('inside', 0)", "=bad")?;
    let bad = vm.create_thread(bad)?;
    assert_eq!(vm.resume(bad, &[]).expect_err("it fails").to_string(), "inside");
    Ok(())
}

// Handles and roots.

#[test]
fn stale_handles_are_refused() -> Result {
    let mut vm = machine();
    let table = vm.create_table(0, 0)?;
    let long = vm.create_string("s".repeat(100))?;
    let function = vm.create_function(|_| Ok(0))?;
    let userdata = vm.create_userdata(5u32)?;
    let chunk = vm.load("return 1", "=c")?;
    let thread = vm.create_thread(chunk)?;
    let values: [Value; 6] = [table.into(), long.into(), function.into(), userdata.into(), chunk.into(), thread.into()];
    assert!(values.iter().all(|&value| vm.is_valid(value)));
    vm.collect_garbage()?;
    for value in values {
        assert!(!vm.is_valid(value), "{value:?}");
        let expected = value.type_name();
        let failures = [
            vm.root(value).err(),
            vm.call(value, &[]).err(),
            vm.call(Value::Nil, &[value]).err(),
            vm.get(value, 1).err(),
            vm.set(value, 1, 1).err(),
            vm.to_text(value).err(),
            vm.set_metatable(value, None).err(),
            vm.set_global("x", value).err(),
            vm.set_table_field(vm.globals(), value, 1).err(),
            vm.table_next(vm.globals(), value).err(),
        ];
        for failure in failures {
            assert!(matches!(failure, Some(Error::InvalidHandle { what, .. }) if what == expected), "{failure:?}");
        }
        assert_eq!(vm.metatable(value), None);
        assert_eq!(vm.get_table_field(vm.globals(), value), None);
    }
    assert_eq!((vm.get_table_field(table, 1), vm.table_len(table)), (None, None));
    assert!(matches!(vm.set_table_field(table, 1, 1), Err(Error::InvalidHandle { what: "table", .. })));
    assert!(matches!(vm.table_next(table, Value::Nil), Err(Error::InvalidHandle { .. })));
    assert!(matches!(vm.create_thread(chunk), Err(Error::InvalidHandle { .. })));
    assert!(matches!(vm.resume(thread, &[]), Err(Error::InvalidHandle { what: "thread", .. })));
    assert_eq!(vm.string_bytes(long), None);
    assert_eq!(vm.thread_status(thread), None);
    assert_eq!(vm.with_userdata(userdata, |n: &mut u32| *n), None);
    Ok(())
}

#[test]
fn a_reused_slot_does_not_revive_a_handle() -> Result {
    let mut vm = machine();
    let old: Vec<_> = (0..100).map(|_| vm.create_table(0, 0)).collect::<Result<_>>()?;
    vm.collect_garbage()?;
    let new: Vec<_> = (0..1000).map(|_| vm.create_table(0, 0)).collect::<Result<_>>()?;
    assert!(old.iter().all(|&table| !vm.is_valid(table)));
    assert!(new.iter().all(|&table| vm.is_valid(table)));
    let reused = new.iter().filter(|new| old.iter().any(|old| old.index() == new.index())).count();
    assert!(reused > 0, "no slot was reused: the test tests nothing");
    Ok(())
}

#[test]
fn stale_handles_are_refused_at_every_point_of_a_cycle() -> Result {
    let mut vm = machine();
    vm.eval("keep = {} for i = 1, 20000 do keep[i] = {tostring(i)} end")?;
    vm.collect_garbage()?;
    for steps in 0..60 {
        let (dead, live) = (vm.create_table(0, 0)?, vm.create_table(0, 0)?);
        let name = vm.create_string(format!("a string of its own for step {steps}, longer than the short ones"))?;
        let root = vm.root(live)?;
        vm.set_table_field(live, 1, name)?;
        for _ in 0..steps {
            vm.collect_garbage_step(16)?;
        }
        // Whatever the phase, a handle either works or is refused, and what is stored stays.
        if vm.is_valid(dead) {
            vm.set_table_field(live, 2, dead)?;
            vm.set_table_field(dead, 1, "kept".len() as u32)?;
        }
        while !vm.collect_garbage_step(64)? {}
        assert_eq!(root.get(&vm), live.into());
        assert_eq!(vm.get_table_field(live, 1), Some(name.into()));
        if let Some(Value::Table(dead)) = vm.get_table_field(live, 2) {
            assert_eq!(vm.get_table_field(dead, 1), Some(4.into()));
        }
    }
    Ok(())
}

#[test]
fn handles_of_another_machine_never_crash() -> Result {
    let (mut one, mut two) = (machine(), LuaVM::new()?);
    one.eval("t = {} for i = 1, 1000 do t[i] = {i, ('x'):rep(i), function() return i end} end")?;
    let mut foreign = Vec::new();
    for index in 0..1000 {
        foreign.push(Value::from(one.create_table(index % 7, 0)?));
        foreign.push(one.create_string(format!("string {index}"))?.into());
        foreign.push(one.create_userdata(index)?.into());
        foreign.push(one.create_function(|_| Ok(0))?.into());
        let chunk = one.load("return 1", "=c")?;
        foreign.push(one.create_thread(chunk)?.into());
    }
    // The other machine is nearly empty, then is not.
    for _ in 0..2 {
        for &value in &foreign {
            let _ = two.is_valid(value);
            let _ = two.get(value, 1);
            let _ = two.set(value, value, value);
            let _ = two.to_text(value);
            let _ = two.call(value, &[value, value]);
            let _ = two.root(value);
            let _ = two.metatable(value);
            let _ = value.as_table().map(|table| (two.table_len(table), two.table_next(table, value)));
            let _ = value.as_string().map(|string| two.string_bytes(string).map(<[u8]>::len));
            let _ = value.as_userdata().map(|userdata| two.with_userdata(userdata, |n: &mut usize| *n));
            let _ = value.as_thread().map(|thread| two.resume(thread, &[]));
            two.collect_garbage_step(1)?;
        }
        for index in 0..1000 {
            let table = two.create_table(0, 0)?;
            two.set_table_field(two.registry(), index, table)?;
            two.create_userdata(String::new())?;
            two.create_function(|_| Ok(0))?;
        }
    }
    two.collect_garbage()?;
    Ok(())
}

#[test]
fn a_root_keeps_its_value_alive() -> Result {
    let mut vm = machine();
    let table = vm.create_table(0, 0)?;
    let inner = vm.create_string("inside".repeat(20))?;
    vm.set_table_field(table, 1, inner)?;
    let first = vm.root(table)?;
    let second = vm.root(table)?;
    vm.collect_garbage()?;
    drop(first);
    vm.collect_garbage()?;
    assert_eq!(second.get(&vm), table.into());
    assert_eq!(text(&vm, inner.into()), "inside".repeat(20));
    // On another thread, and when the machine is gone.
    std::thread::spawn(move || drop(second)).join().expect("dropping a root does not panic");
    vm.collect_garbage()?;
    assert!(!vm.is_valid(table) && !vm.is_valid(inner));
    let root = vm.root(7)?;
    assert_eq!(root.get(&vm), 7.into());
    assert_eq!(root.get(&LuaVM::new()?), Value::Nil);
    drop(vm);
    drop(root);
    Ok(())
}

#[test]
fn creating_does_not_collect() -> Result {
    let mut vm = machine();
    let first = vm.create_table(0, 0)?;
    for index in 0..20_000 {
        vm.create_string(format!("a string that fills the heap: {index:060}"))?;
    }
    assert!(vm.memory_used() > 1_000_000);
    assert!(vm.is_valid(first));
    vm.collect_garbage()?;
    assert!(!vm.is_valid(first));
    assert!(vm.memory_used() < 500_000);
    Ok(())
}

// Host functions.

#[test]
fn a_host_function_sees_its_arguments() -> Result {
    let mut vm = machine();
    vm.register("show", |call| {
        let mut line = format!("{}:", call.arg_count());
        for value in call.args() {
            line += " ";
            line += &String::from_utf8_lossy(&call.to_text(value)?);
        }
        assert_eq!(call.arg(0), Value::Nil);
        assert_eq!(call.arg(usize::MAX), Value::Nil);
        call.push_bytes(line)?;
        // What it pushes is no argument.
        assert_eq!(call.arg(call.arg_count() + 1), Value::Nil);
        assert!(call.check_string(call.arg_count() + 1).is_err());
        Ok(1)
    })?;
    let results = vm.eval("return show(1, 'two', nil, true), show()")?;
    assert_eq!([text(&vm, results[0]), text(&vm, results[1])], ["4: 1 two nil true", "0:"]);
    Ok(())
}

#[test]
fn argument_errors_are_worded_as_lua_does() -> Result {
    let mut vm = machine();
    vm.register("number", |call| call.check_number(1).map(|_| 0))?;
    vm.register("integer", |call| call.check_integer(1).map(|_| 0))?;
    vm.register("str", |call| call.check_string(2).map(|_| 0))?;
    vm.register("tab", |call| call.check_table(1).map(|_| 0))?;
    vm.register("func", |call| call.check_function(1).map(|_| 0))?;
    vm.register("file", |call| call.check_userdata::<u8>(1, "file").map(|_| 0))?;
    vm.register("own", |call| Err(call.arg_error(1, "too odd")))?;
    let cases = [
        ("number('x')", "bad argument #1 to 'number' (number expected, got string)"),
        ("integer()", "bad argument #1 to 'integer' (number expected, got no value)"),
        ("str(1, {})", "bad argument #2 to 'str' (string expected, got table)"),
        ("str()", "bad argument #2 to 'str' (string expected, got no value)"),
        ("tab(nil)", "bad argument #1 to 'tab' (table expected, got nil)"),
        ("func(1)", "bad argument #1 to 'func' (function expected, got number)"),
        ("file(io.stdout)", "bad argument #1 to 'file' (file expected, got userdata)"),
        ("own(1)", "bad argument #1 to 'own' (too odd)"),
    ];
    for (source, expected) in cases {
        let chunk = vm.load(source, "=x")?;
        assert_eq!(vm.call(chunk, &[]).expect_err("it fails").to_string(), format!("x:1: {expected}"));
    }
    vm.eval("number('0x10') str(nil, 5) integer(' 7.9 ')")?;
    Ok(())
}

#[test]
fn host_and_lua_call_each_other() -> Result {
    let mut vm = machine();
    // Calls itself through Lua, so the closure is entered while it runs.
    let depth = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&depth);
    vm.register("down", move |call| {
        seen.fetch_add(1, Ordering::Relaxed);
        let n = call.check_number(1)?;
        let function = call.check_function(2)?;
        let results = if n > 0.0 { call.call(function, &[(n - 1.0).into(), function.into()])? } else { vec![0.into()] };
        let sum = results[0].as_number().unwrap_or(f64::NAN) + n;
        call.push(sum)?;
        Ok(1)
    })?;
    assert_eq!(vm.eval("return down(100, function(...) return down(...) end)")?, [5050.into()]);
    assert_eq!(depth.load(Ordering::Relaxed), 101);
    let message = failure(&mut vm, "return down(1000, function(...) return down(...) end)");
    assert!(message.contains("C stack overflow"), "{message}");
    assert_eq!(vm.eval("return down(1, down)")?, [1.into()]);
    Ok(())
}

#[test]
fn errors_pass_through_a_host_function_as_they_are() -> Result {
    let mut vm = machine();
    vm.register("through", |call| {
        let function = call.check_function(1)?;
        call.call(function, &[])?;
        Ok(0)
    })?;
    vm.register("catch", |call| {
        let function = call.check_function(1)?;
        match call.protected_call(function, &[])? {
            Ok(_) => Ok(0),
            Err(value) => call.push(value).map(|()| 1),
        }
    })?;
    vm.register("swallow", |call| {
        let function = call.check_function(1)?;
        let _ = call.call(function, &[]);
        call.push(true)?;
        Ok(1)
    })?;
    vm.register("rethrow", |call| {
        let value = call.arg(1);
        Err(call.throw(value))
    })?;
    vm.register("plain", |_| Err(ferrous::CallError::new("plain")))?;
    vm.register("worded", |call| Err(call.error("worded")))?;
    vm.register("memory", |_| Err(Error::Memory.into()))?;
    vm.eval(
        "local e = {}
         local function fail() error(e) end
         assert(select(2, pcall(through, fail)) == e)
         assert(catch(fail) == e)
         assert(swallow(fail) == true)
         assert(select(2, pcall(rethrow, e)) == e)
         local traced = select(2, xpcall(function() through(function() error('deep', 0) end) end, debug.traceback))
         assert(traced:find('deep') and traced:find('in function .through'), traced)
         local handled = 0
         xpcall(function() catch(fail) end, function() handled = handled + 1 end)
         assert(handled == 0, 'a caught error is nobody else\\'s business')
         assert(select(2, pcall(function() plain() end)):find(':%d+: plain$'))
         assert(select(2, pcall(function() worded() end)):find(':%d+: worded$'))
         assert(select(2, pcall(memory)) == 'not enough memory')
         -- After an error was swallowed, the next one has its own handler.
         local seen
         xpcall(function() swallow(fail) error('second', 0) end, function(m) seen = m end)
         assert(seen == 'second')",
    )?;
    Ok(())
}

#[test]
fn a_call_error_kept_from_another_call_is_harmless() -> Result {
    let kept = Arc::new(Mutex::new(None));
    let mut vm = machine();
    let slot = Arc::clone(&kept);
    vm.register("keep", move |call| {
        *slot.lock().expect("not poisoned") = Some(call.error("kept"));
        Ok(0)
    })?;
    vm.register("give", move |_| Err(kept.lock().expect("not poisoned").take().expect("one was kept")))?;
    assert!(failure(&mut vm, "keep() give()").ends_with("a host function failed"));
    Ok(())
}

#[test]
fn too_many_or_too_few_results_are_what_there_is() -> Result {
    let mut vm = machine();
    vm.register("greedy", |_| Ok(usize::MAX))?;
    vm.register("one_of_two", |call| {
        call.push(1)?;
        call.push(2)?;
        Ok(1)
    })?;
    assert_eq!(vm.eval("return greedy('a')")?.len(), 1);
    assert_eq!(vm.eval("return greedy()")?, []);
    assert_eq!(vm.eval("return one_of_two()")?, [2.into()]);
    Ok(())
}

#[test]
fn a_host_function_is_dropped_with_its_closure() -> Result {
    let token = Arc::new(());
    let mut vm = machine();
    let held = Arc::clone(&token);
    let function = vm.create_function(move |_| {
        let _ = &held;
        Ok(0)
    })?;
    let root = vm.root(function)?;
    vm.collect_garbage()?;
    assert_eq!(Arc::strong_count(&token), 2);
    drop(root);
    vm.collect_garbage()?;
    assert_eq!(Arc::strong_count(&token), 1);
    let held = Arc::clone(&token);
    vm.create_userdata(held)?;
    drop(vm);
    assert_eq!(Arc::strong_count(&token), 1);
    Ok(())
}

#[test]
fn debug_cannot_take_a_host_function_apart() -> Result {
    let mut vm = machine();
    vm.register("host", |call| call.push(1).map(|()| 1))?;
    vm.eval(
        "local name, inner = debug.getupvalue(host, 1)
         debug.setupvalue(host, 1, {})
         debug.setupvalue(host, 1, nil)
         if inner then debug.setmetatable(inner, {__gc = function() end}) end
         debug.setfenv(host, {})
         inner = nil
         collectgarbage() collectgarbage()
         assert(host() == 1)",
    )?;
    Ok(())
}

#[test]
fn host_functions_collect_what_they_make() -> Result {
    let mut vm = machine();
    vm.register("make", |call| {
        let table = call.create_table(100, 0)?;
        call.push(table)?;
        Ok(1)
    })?;
    vm.set_memory_limit(Some(vm.memory_used() + 4_000_000));
    vm.eval("for i = 1, 200000 do make() end")?;
    Ok(())
}

#[test]
fn a_host_function_roots() -> Result {
    let mut vm = machine();
    let kept = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&kept);
    vm.register("keep", move |call| {
        let root = call.root(call.arg(1))?;
        assert_eq!(root.get(call), call.arg(1));
        *slot.lock().expect("not poisoned") = Some(root);
        Ok(0)
    })?;
    vm.eval("keep({x = 1}) collectgarbage()")?;
    let root = kept.lock().expect("not poisoned").take().expect("one was kept");
    assert_eq!(vm.get_field(root.get(&vm), "x")?, 1.into());
    Ok(())
}

#[test]
fn userdata_lends_its_value() -> Result {
    struct Counter(u32);
    let mut vm = machine();
    let methods = vm.create_table(0, 0)?;
    let index = vm.create_string("__index")?;
    vm.set_table_field(methods, index, methods)?;
    let add = vm.create_function(|call| {
        let counter = call.check_userdata::<Counter>(1, "counter")?;
        let n = call.check_integer(2)?;
        let total = call.with_userdata(counter, |counter: &mut Counter| {
            counter.0 += n as u32;
            counter.0
        });
        call.push(total.unwrap_or_default())?;
        Ok(1)
    })?;
    vm.set_field(methods, "add", add)?;
    let counter = vm.create_userdata(Counter(1))?;
    vm.set_metatable(counter, Some(methods))?;
    vm.set_global("counter", counter)?;
    assert_eq!(vm.eval("counter:add(2) return counter:add(3)")?, [6.into()]);
    assert_eq!(vm.with_userdata(counter, |counter: &mut Counter| counter.0), Some(6));
    assert_eq!(vm.with_userdata(counter, |_: &mut String| ()), None);
    let message = failure(&mut vm, "counter.add(io.stdout, 1)");
    assert!(message.ends_with("bad argument #1 to 'add' (counter expected, got userdata)"), "{message}");
    Ok(())
}

// Panics.

fn panics(vm: &mut LuaVM, source: &str) -> bool {
    catch_unwind(AssertUnwindSafe(|| vm.eval(source))).is_err()
}

fn assert_usable(vm: &mut LuaVM) {
    vm.collect_garbage().expect("it collects");
    let results = vm.eval(
        "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
         local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
         local order = {3, 1, 2}
         table.sort(order, function(a, b) return a < b end)
         return fib(15), co() + co() + co(), select(2, pcall(error, 'e')), table.concat(order)",
    );
    let results = results.expect("it runs");
    assert_eq!((results[0], results[1]), (610.into(), 6.into()));
    assert_eq!((text(vm, results[2]), text(vm, results[3])), ("e".to_owned(), "123".to_owned()));
}

#[test]
fn a_panic_unwinds_to_the_host_and_the_machine_stays_usable() -> Result {
    let mut vm = machine();
    vm.register("panic", |_| panic!("on purpose"))?;
    let unhook = vm.eval("return debug.sethook")?[0];
    let unhook = vm.root(unhook)?;
    let programs = [
        "panic()",
        "pcall(panic)",
        "xpcall(function() error('x') end, panic)",
        "local x = 1; local f = function() x = x + 1 return x end; keep = f; panic()",
        "coroutine.wrap(function() local y = {}; keep = function() return y end; panic() end)()",
        "coroutine.wrap(function() coroutine.wrap(function() table.sort({3, 2, 1}, panic) end)() end)()",
        "table.sort({3, 2, 1}, function(a, b) panic() end)",
        "string.gsub('abc', '.', function() coroutine.wrap(panic)() end)",
        "string.gsub('abc', '.', function() coroutine.wrap(function() panic() end)() end)",
        "return setmetatable({}, {__index = panic}).x",
        "return setmetatable({}, {__lt = panic}) < setmetatable({}, {__lt = panic})",
        "return tostring(setmetatable({}, {__tostring = panic}))",
        "local p = newproxy(true); getmetatable(p).__gc = panic; p = nil; collectgarbage()",
        "debug.sethook(panic, 'l')\nlocal x = 1",
        "for x in panic do end",
    ];
    for _ in 0..3 {
        for program in programs {
            assert!(panics(&mut vm, program) || program.contains("wrap(panic)"), "{program}");
            // Any Lua code would run into the hook again.
            vm.call(unhook.get(&vm), &[])?;
            vm.eval("if keep then keep() keep() end keep = nil")?;
            assert_usable(&mut vm);
        }
    }
    // Finalizers run again, too.
    vm.eval("local p = newproxy(true); getmetatable(p).__gc = function() done = true end; p = nil; collectgarbage()")?;
    assert_eq!(vm.get_global("done")?, true.into());
    Ok(())
}

#[test]
fn a_host_function_may_catch_the_panic_of_another() -> Result {
    let mut vm = machine();
    vm.register("panic", |_| panic!("on purpose"))?;
    vm.register("calm", |call: &mut Call<'_>| {
        let function = call.check_function(1)?;
        let calm = catch_unwind(AssertUnwindSafe(|| call.call(function, &[]))).is_err();
        call.push(calm)?;
        Ok(1)
    })?;
    let results = vm.eval(
        "local keep
         local function deep(n) if n == 0 then panic() end local x = n; keep = function() x = x + 1 return x end deep(n - 1) return x end
         local t = {}
         for i = 1, 20 do
             t[i] = calm(function() deep(i) end)
             local a, b, c = i, i, i
             keep() keep()
             assert(a == i and b == i and c == i)
             assert(calm(function() setmetatable({}, {__index = panic}).x = coroutine.wrap(function() return ({})[deep(3)] end)() end))
         end
         for i = 1, 20 do assert(t[i] == true) end
         return #t",
    )?;
    assert_eq!(results, [20.into()]);
    assert_usable(&mut vm);
    Ok(())
}

#[test]
fn a_destructor_that_panics_does_not_stop_the_sweep() -> Result {
    struct Bomb(Arc<AtomicUsize>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("on purpose");
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let mut vm = machine();
    for _ in 0..10 {
        vm.create_userdata(Bomb(Arc::clone(&dropped)))?;
    }
    vm.collect_garbage()?;
    assert_eq!(dropped.load(Ordering::Relaxed), 10);
    assert_usable(&mut vm);
    vm.create_userdata(Bomb(Arc::clone(&dropped)))?;
    drop(vm);
    assert_eq!(dropped.load(Ordering::Relaxed), 11);
    Ok(())
}

/// Every function of the library, called by the host with all sorts of arguments.
#[test]
fn library_functions_take_anything_from_the_host() -> Result {
    // These end the process, wait for input, or change files.
    const LEFT_OUT: &[&str] = &[
        "exit",
        "read",
        "lines",
        "execute",
        "remove",
        "rename",
        "tmpname",
        "debug",
        "popen",
        "open",
        "output",
        "input",
        "close",
        "dofile",
        "tmpfile",
        "loadfile",
        "setlocale",
        "write",
        "print",
    ];
    let mut vm = machine();
    let mut functions = Vec::new();
    let mut libraries = vec![vm.globals()];
    for name in ["string", "table", "math", "os", "coroutine", "debug", "package", "io"] {
        libraries.extend(vm.get_global(name)?.as_table());
    }
    for library in libraries {
        let mut key = Value::Nil;
        while let Some((name, value)) = vm.table_next(library, key)? {
            key = name;
            let left_out = name.as_string().is_some_and(|_| LEFT_OUT.contains(&text(&vm, name).as_str()));
            if value.as_function().is_some() && !left_out {
                functions.push(vm.root(value)?);
            }
        }
    }
    assert!(functions.len() > 90, "only {} functions", functions.len());
    let arguments = vm.eval(
        "return nil, true, 0, -1, 3, 1e300, 0/0, '', 'abc', '%d', {}, {1, 2, 3}, function(...) return ... end,
             coroutine.create(function(...) coroutine.yield(...) end), newproxy(true)",
    )?;
    let arguments: Vec<_> = arguments.iter().map(|&value| vm.root(value)).collect::<Result<_>>()?;
    for function in &functions {
        for first in &arguments {
            for second in &arguments {
                vm.set_fuel(Some(100_000));
                vm.set_memory_limit(Some(64 << 20));
                let (first, second, function) = (first.get(&vm), second.get(&vm), function.get(&vm));
                let _ = vm.call(function, &[first, second]);
                let _ = vm.protected_call(function, &[first, second, first]);
            }
            let (first, function) = (first.get(&vm), function.get(&vm));
            let _ = vm.call(function, &[first]);
        }
        let function = function.get(&vm);
        let _ = vm.call(function, &[]);
    }
    Ok(())
}
