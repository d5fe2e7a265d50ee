//! Precompiled chunks with bytes changed at random: what the verifier lets through is run, and looked at with all that the
//! library `debug` has. Nothing is expected of it but that the machine stays whole.

#![forbid(unsafe_code)]

use ferrous::{LuaVM, Value};

/// Looks at every level and every variable from within hooks and functions, and writes what it can.
const SPY: &str = r#"
    local getinfo, getlocal, setlocal, traceback = debug.getinfo, debug.getlocal, debug.setlocal, debug.traceback
    local function spy()
        for level = 1, 6 do
            local info = getinfo(level, "nSlufL")
            if not info then break end
            for number = 1, 260 do
                local name, value = getlocal(level, number)
                if not name then break end
                if level > 1 and number % 7 == 3 then setlocal(level, number, value) end
            end
            for number = 1, 70 do
                if not debug.getupvalue(info.func or print, number) then break end
            end
        end
        return #traceback("spy")
    end
    local masks = { "crl", "l", "c", "r", "" }
    function attack(chunk, turn)
        debug.sethook(spy, masks[turn % #masks + 1], turn % 4)
        local ok, result = pcall(chunk, spy, 3, "x", { 1, 2 })
        if type(result) == "function" then pcall(result, spy, 2) end
        local thread = coroutine.create(chunk)
        coroutine.resume(thread, spy)
        debug.sethook()
        for number = 1, 260 do
            if not pcall(debug.getlocal, thread, 0, number) then break end
        end
        traceback(thread)
        return ok
    end
"#;

const VICTIMS: [&str; 4] = [
    "local f, n, s, t = ... for i = 1, n do local a, b = i, f() t[i] = a .. s end return function(...) return f, n, ... end",
    "local f = ... local function g(a, b, ...) local c = a if c then return f(...) end return b end return g(1, g(2, 3), ...)",
    "local t, f = { ... } for k, v in pairs(t) do local x, y = k, v f = x end return f",
    "local f, n = ... local a, b, c repeat local d = n n = n - 1 a = function() b = d return f() end until n < 1 return a()",
];

/// A small generator, so that every run tries the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn dump(vm: &mut LuaVM, source: &str) -> Vec<u8> {
    let function = vm.load(source, "=victim").unwrap();
    let globals = vm.eval("return string.dump").unwrap();
    let dumped = vm.call(globals[0], &[function.into()]).unwrap();
    vm.string_bytes(dumped[0].as_string().unwrap()).unwrap().to_vec()
}

#[test]
fn changed_chunks_do_no_harm() {
    let mut vm = LuaVM::with_stdlib().unwrap();
    vm.set_allow_bytecode(true);
    vm.set_memory_limit(Some(64 << 20));
    vm.eval(SPY).unwrap();
    let attack = vm.eval("return attack").unwrap()[0];
    let attack = vm.root(attack).unwrap();
    let mut random = Random(5);
    let (mut tried, mut ran) = (0, 0);
    for source in VICTIMS {
        vm.set_fuel(None);
        let original = dump(&mut vm, source);
        for turn in 0..200 {
            let mut bytes = original.clone();
            for _ in 0..=random.below(3) {
                let at = 4 + random.below(bytes.len() - 4);
                bytes[at] = match random.below(3) {
                    0 => random.below(256) as u8,
                    1 => bytes[at] ^ 1 << random.below(8),
                    _ => bytes[at].wrapping_add(1),
                };
            }
            tried += 1;
            vm.set_fuel(Some(20_000));
            let Ok(chunk) = vm.load(&bytes, "=changed") else { continue };
            ran += 1;
            // An error, or running out of fuel, is as good as a result.
            let _ = vm.call(attack.get(&vm), &[chunk.into(), Value::Number(f64::from(turn))]);
        }
    }
    vm.set_fuel(None);
    vm.eval("debug.sethook() collectgarbage()").unwrap();
    assert_eq!(vm.eval("return 6 * 7").unwrap(), [Value::Number(42.0)]);
    assert!(ran > tried / 10, "{ran} of {tried} were run");
}
