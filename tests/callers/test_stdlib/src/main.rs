//! One machine, six scripts, the whole standard library.

use ferrous::lua::{compile, LuaVM};

fn main() {
    let mut vm = LuaVM::new().expect("VM");
    vm.init_stdlib().expect("stdlib");
    let scripts = [
        "assert(math.floor(3.7) == 3 and math.max(1, 5, 2) == 5 and math.huge > 1e300)",
        "assert(string.upper('abc') == 'ABC' and ('x'):rep(3) == 'xxx' and #string.format('%5.2f', 1/3) == 5)",
        "local t = {3, 1, 2} table.sort(t) assert(table.concat(t, ',') == '1,2,3')",
        "shared = {} for k, v in pairs({a = 1, b = 2}) do shared[k] = v end",
        "assert(shared.a == 1 and shared.b == 2 and next({}) == nil)",
        "local ok, message = pcall(function() error('expected', 0) end) assert(not ok and message == 'expected')",
    ];
    for (i, script) in scripts.iter().enumerate() {
        let module = compile(script).expect("it compiles");
        match vm.execute_module(&module, &[]) {
            Ok(_) => println!("script {} passed", i + 1),
            Err(e) => panic!("script {} failed: {}", i + 1, e),
        }
    }
}
