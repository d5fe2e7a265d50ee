//! Memory that is garbage stands in nobody's way: with a limit set and all but full, whatever needs a buffer collects first.

use ferrous::{Error, LuaVM, Value};
use pretty_assertions::assert_eq;

/// Fills what the limit allows with garbage, but for a little, without a single step of the collector.
const FILL: &str = r#"
    collectgarbage("collect") collectgarbage("stop")
    local limit = ...
    function fill()
        collectgarbage("stop")
        while collectgarbage("count") * 1024 < limit - 9000 do local s = ("x"):rep(4000) end
    end
"#;

/// What is prepared, and what then has to work in spite of the garbage.
const PROGRAMS: [(&str, &str, &str); 30] = [
    ("a field", "t = {} for i = 1, 1024 do t['k' .. i] = i end", "t.a = 1 return t.k1 + t.a == 2"),
    ("a global", "for i = 1, 4096 do _G['g' .. i] = i end", "brand_new = 1 another_one = 2 return brand_new == 1"),
    ("a key", "t = {} for i = 1, 1024 do t['k' .. i] = i end k = 'a'", "t[k] = 1 return t.a == 1"),
    ("rawset", "t = {} for i = 1, 1024 do t['k' .. i] = i end", "rawset(t, 'a', 1) return t.a == 1"),
    ("an element", "t = {} for i = 1, 4096 do t[i] = i end", "t[4097] = 1 return #t == 4097"),
    ("table.insert", "t = {} for i = 1, 4096 do t[i] = i end", "table.insert(t, 1) return #t == 4097"),
    ("a function as a key", "t = {} for i = 1, 1024 do t[function() end] = i end", "t[print] = 1 return t[print] == 1"),
    ("recursion", "function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end", "return f(3000) == 3000"),
    ("recursion through pcall", "function f(n) if n > 0 then pcall(f, n - 1) end end", "f(3000) return true"),
    ("arguments", "t = {} for i = 1, 3000 do t[i] = i end", "return select('#', unpack(t)) == 3000"),
    (
        "varargs",
        "function f(...) return select('#', ..., ...) end t = {} for i = 1, 3000 do t[i] = i end",
        "return f(unpack(t)) == 3001",
    ),
    (
        "the table arg",
        "function f(...) return arg.n end t = {} for i = 1, 3000 do t[i] = i end",
        "return f(unpack(t)) == 3000",
    ),
    (
        "resuming",
        "t = {} for i = 1, 3000 do t[i] = {i} end co = coroutine.create(function(...) return select('#', ...) end)",
        "local ok, n = coroutine.resume(co, unpack(t)) return n == 3000",
    ),
    (
        "yielding",
        "co = coroutine.create(function() local t = {} for i = 1, 3000 do t[i] = {i} end fill() coroutine.yield(unpack(t)) end)",
        "local t = {coroutine.resume(co)} return #t == 3001 and t[3001][1] == 3000",
    ),
    (
        "returning from a coroutine",
        "co = coroutine.wrap(function() local t = {} for i = 1, 3000 do t[i] = {i} end fill() return unpack(t) end)",
        "local t = {co()} return #t == 3000 and t[3000][1] == 3000",
    ),
    (
        "coroutines",
        "",
        "local t = {} for i = 1, 50 do t[i] = coroutine.wrap(function() coroutine.yield(i) end) t[i]() end return #t == 50",
    ),
    ("rep", "", "return #('y'):rep(20000) == 20000"),
    ("concatenation", "s = ('y'):rep(10000)", "return #(s .. s .. 1) == 20001"),
    ("table.concat", "t = {} for i = 1, 1000 do t[i] = 'abcdefgh' end", "return #table.concat(t, 'ijklmnop') == 15992"),
    ("format", "s = ('y'):rep(10000)", "return #('%s%q'):format(s, s) == 20002"),
    ("gsub", "s = ('y'):rep(5000)", "return #s:gsub('y', 'abcd') == 20000"),
    ("upper", "s = ('y'):rep(20000)", "return #s:upper() == 20000"),
    ("a constructor", "", "return #{unpack({}, 1, 2000)} == 0"),
    ("loading", "s = 'return 0' .. (' + x'):rep(3000)", "return type(loadstring(s)) == 'function'"),
    ("dumping", "f = loadstring('return 0' .. (' + x'):rep(1000))", "return #string.dump(f) > 8000"),
    ("an error", "s = ('y'):rep(20000)", "local ok, e = pcall(error, s, 2) return #e >= 20000"),
    ("an error thrown on", "s = ('y'):rep(20000)", "local ok, e = pcall(assert, false, s) return #e >= 20000"),
    (
        "setting a metatable",
        "mt = {__index = function(t, k) return k end}",
        "local t = setmetatable({}, mt) for i = 1, 500 do t[i] = t['x' .. i] end return #t == 500",
    ),
    ("upvalues", "", "local t = {} for i = 1, 500 do t[i] = function() return i end end return t[500]() == 500"),
    ("strings", "", "local t = {} for i = 1, 1000 do t[i] = 'new string ' .. i end return #t == 1000"),
];

fn machine() -> LuaVM {
    LuaVM::with_stdlib().expect("there is memory for a machine")
}

fn assert_sound(vm: &mut LuaVM) {
    #[cfg(debug_assertions)]
    assert_eq!(vm.heap_check(), Ok(()));
    assert_eq!(vm.eval("return 6 * 7"), Ok(vec![Value::from(42)]));
}

#[test]
fn whatever_needs_a_buffer_collects_first() -> Result<(), Error> {
    for (name, prepare, program) in PROGRAMS {
        let mut vm = machine();
        let fill = vm.load(FILL, "=fill")?;
        let _root = vm.root(fill)?;
        vm.eval(prepare)?;
        vm.collect_garbage()?;
        let limit = vm.memory_used() + 1_500_000;
        vm.set_memory_limit(Some(limit));
        vm.call(fill, &[(limit as f64).into()])?;
        let result = vm.eval(format!("fill() {program}"));
        assert_eq!(result, Ok(vec![true.into()]), "{name}");
        assert_sound(&mut vm);
    }
    Ok(())
}

#[test]
fn no_message_handler_sees_that_there_is_no_memory() -> Result<(), Error> {
    let mut vm = machine();
    vm.set_memory_limit(Some(vm.memory_used() + 1_000_000));
    for hoard in [
        "local t = {} while true do t[#t + 1] = {} end",
        "return ('x'):rep(1e8)",
        "local s = 'x' while true do s = s .. s end",
    ] {
        let results = vm.eval(format!("return xpcall(function() {hoard} end, function(m) return 'handled' end)"))?;
        let message = results[1].as_string().and_then(|message| vm.string_bytes(message));
        assert_eq!((results[0], message), (false.into(), Some(&b"not enough memory"[..])), "{hoard}");
        assert_sound(&mut vm);
    }
    // Nor does a handler that needs more than there is make another error of it.
    let results = vm.eval("return xpcall(function() error('x') end, function() return ('x'):rep(1e8) end)")?;
    assert_eq!(results[1].as_string().and_then(|message| vm.string_bytes(message)), Some(&b"not enough memory"[..]));
    assert_sound(&mut vm);
    Ok(())
}

#[test]
fn a_message_that_grows_is_garbage_at_each_level() -> Result<(), Error> {
    let mut vm = machine();
    vm.set_memory_limit(Some(vm.memory_used() + 8_000_000));
    // Each level makes a new message, 30 MB of them all together.
    let program = "local function f(n) if n == 0 then error('x') end assert(pcall(f, n - 1)) end
        local ok, e = pcall(f, 2500) return #e";
    let length = vm.eval(program)?[0].as_number().unwrap_or(0.0);
    assert!(length > 2500.0 * 10.0, "{length} bytes");
    let length = vm.eval(program.replace("assert(pcall(f, n - 1))", "local ok, e = pcall(f, n - 1) error(e)"))?[0];
    assert!(length.as_number().unwrap_or(0.0) > 2500.0 * 10.0);
    assert_sound(&mut vm);
    Ok(())
}

#[test]
fn numbers_that_become_text_are_paid_for() -> Result<(), Error> {
    let mut vm = machine();
    let before = vm.memory_used();
    vm.eval("for i = 1, 100000 do string.len(i + 0.5) end")?;
    assert!(vm.memory_used() < before + 2_000_000, "{} bytes", vm.memory_used() - before);
    Ok(())
}

#[test]
fn loaded_code_counts_and_is_given_back() -> Result<(), Error> {
    let mut vm = machine();
    vm.collect_garbage()?;
    let before = vm.memory_used();
    let function = vm.load("x = y ".repeat(10_000), "=x")?;
    let root = vm.root(function)?;
    assert!(vm.memory_used() > before + 20_000 * 8, "20,000 instructions and their lines");
    drop(root);
    vm.eval("for i = 1, 1000 do loadstring('return ' .. i)() end")?;
    vm.collect_garbage()?;
    assert!(vm.memory_used().abs_diff(before) < 20_000, "{before} bytes before, {} now", vm.memory_used());
    assert_sound(&mut vm);
    Ok(())
}

#[test]
fn what_the_compiler_holds_counts() -> Result<(), Error> {
    let sources = [
        ("a long string", "rep('x', n)", "return [[", "]]"),
        ("a constructor", "rep('1,', n / 8)", "return {", "}"),
        ("a function", "rep('x = y ', n / 16)", "return function() ", " end"),
        ("functions", "rep('f = function() end ', n / 64)", "", ""),
        ("an expression in small pieces", "rep('1+', n / 16)", "return ", "1"),
        ("names", "gsub(rep('x', n / 16), '.', function() i = (i or 0) + 1 return 'v' .. i .. '=1 ' end)", "", ""),
    ];
    for (name, text, begin, end) in sources {
        let mut vm = machine();
        // In pieces, so that the text itself need not be in memory.
        let text = format!("local rep, gsub, i, n = string.rep, string.gsub, 0, 16000 return ({text})");
        let load = format!(
            "local left, piece = ..., (function() {text} end)()
            local function read()
                left = left - 1
                if left == LAST - 1 then return '{begin}' elseif left > 0 then return piece elseif left == 0 then return '{end}' end
            end
            LAST = left
            return load(read)"
        );
        let function = vm.load(load, "=load")?;
        let _root = vm.root(function)?;
        let small = vm.call(function, &[3.into()])?;
        assert!(!small[0].is_nil(), "{name}");
        vm.set_memory_limit(Some(vm.memory_used() + 2_000_000));
        let before = vm.memory_used();
        let results = vm.call(function, &[2000.into()])?;
        let message = results[1].as_string().and_then(|message| vm.string_bytes(message));
        assert_eq!((results[0], message), (Value::Nil, Some(&b"not enough memory"[..])), "{name}");
        assert!(vm.memory_used() < before + 500_000, "{name}: {} bytes are not given back", vm.memory_used() - before);
        assert_sound(&mut vm);
    }
    // The host's own chunks count, too.
    let mut vm = machine();
    vm.set_memory_limit(Some(vm.memory_used() + 2_000_000));
    assert_eq!(vm.load("x = y ".repeat(500_000), "=x").err(), Some(Error::Memory));
    assert_eq!(vm.load(format!("return '{}'", "x".repeat(3_000_000)), "=x").err(), Some(Error::Memory));
    assert_sound(&mut vm);
    Ok(())
}

#[test]
fn no_argument_of_the_collector_overflows() -> Result<(), Error> {
    let mut vm = machine();
    for multiplier in ["2^31-1", "-2^31", "0", "1", "1e308", "-1"] {
        for amount in ["2^31-1", "-2^31", "0", "1e308", "-1"] {
            vm.eval(format!(
                "collectgarbage('setstepmul', {multiplier}) collectgarbage('setpause', {amount})
                for i = 1, 3 do collectgarbage('step', {amount}) end
                local t = {{}} for i = 1, 1000 do t[i] = {{}} end collectgarbage()"
            ))?;
            vm.collect_garbage_step(usize::MAX)?;
        }
    }
    assert_sound(&mut vm);
    Ok(())
}
