//! Runs checks of the library that return true.

use ferrous::lua::compiler::compile;
use ferrous::lua::error::LuaResult;
use ferrous::lua::stdlib::init_all;
use ferrous::lua::value::Value;
use ferrous::lua::vm::LuaVM;

fn run_test(source: &str) -> LuaResult<bool> {
    let mut vm = LuaVM::new()?;
    init_all(&mut vm)?;
    let module = compile(source)?;
    let value = vm.execute_module(&module, &[])?;
    Ok(matches!(value, Value::Boolean(true)))
}

fn main() -> LuaResult<()> {
    let tests = [
        "return tostring(nil) == 'nil' and tonumber('0x1F') == 31 and tonumber('z', 36) == 35",
        "return select('#', unpack({1, 2, nil, 4}, 1, 4)) == 4",
        "return string.find('hello world', 'o w') == 5 and string.match('key=val', '(%w+)=') == 'key'",
        "local n = 0 for w in string.gmatch('one two', '%a+') do n = n + #w end return n == 6",
        "local t = setmetatable({}, {__add = function(a, b) return 42 end}) return t + 1 == 42",
        "local co = coroutine.wrap(function() coroutine.yield(1) return 2 end) return co() + co() == 3",
        "return rawequal(_G, _G) and rawget({5}, 1) == 5 and getmetatable('').__index == string",
    ];
    for test in tests.iter() {
        assert!(run_test(test)?, "{}", test);
    }
    println!("{} tests passed", tests.len());
    Ok(())
}
