//! Runs scripts without ever asking for the standard library, and prints what comes of it.

use ferrous::lua::{compile, LuaVM};

const SCRIPTS: [(&str, &str); 4] = [
    ("print", "print('hello from a script') return true"),
    ("assert", "assert(1 + 1 == 2, 'arithmetic') return type(assert)"),
    ("loop", "local t = {} for i = 1, 60 do t[#t + 1] = i end assert(#t == 60) return #t"),
    ("varargs", "local function f(...) return select('#', ...) end assert(f(1, nil, 3) == 3) return f()"),
];

fn main() {
    let mut failures = 0;
    for (name, source) in SCRIPTS.iter() {
        let mut vm = LuaVM::new().expect("VM");
        let outcome = compile(source).and_then(|module| vm.execute_module(&module, &[]));
        match outcome {
            Ok(value) => println!("PASS {}: {:?}", name, value),
            Err(error) => {
                failures += 1;
                println!("FAIL {}: {:?}", name, error);
            }
        }
    }
    assert_eq!(failures, 0);
}
