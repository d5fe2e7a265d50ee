//! Precompiled chunks that no compiler made: refused, or run without harm.

use std::sync::Arc;

use ferrous::LuaVM;
use ferrous::bytecode::dump::{DumpError, SIGNATURE, dump, undump};
use ferrous::bytecode::{Constant, Instruction, LocalVar, Proto, UpvalueDesc};
use ferrous::compiler::compile;

use super::choices::Choices;

const FUEL: u64 = 200_000;
const MEMORY: usize = 32 << 20;

/// Programs whose dumps are changed.
const SOURCES: &[&str] = &[
    "local a, b = 1, 'x' local t = {a, b, k = a} return a + t[1], b .. t.k, #t, -a, not b, t.k == a and a or b",
    "local function f(...) local a, b = ... return select('#', ...), a, b, ... end return f(1, 2, 3)",
    "for i = 1, 3 do for k, v in pairs({i, x = i}) do if v ~= i then break end G = k end end return G",
    "local fs = {} for i = 1, 4 do local j = i fs[i] = function(x) j = j + x return j, i, fs end end return fs[2](1)",
    "local o = {} function o:m(a) return self, a end return pcall(o.m, o, 1), o:m(2)",
    "local co = coroutine.wrap(function(a) local b = coroutine.yield(a) while b do b = coroutine.yield(b) end end) return co(1), co(2), co(nil)",
    "local s = setmetatable({}, {__index = function(t, k) return k end, __call = function(_, ...) return ... end}) return s.x, s(1, 2), pcall(error)",
    "local function g(n) if n == 0 then return 'done' end return g(n - 1) end local t = {g(9), g(3)} t[#t + 1] = g return t",
    "local function v(a, ...) local arg = arg return a, arg end local x repeat local y = x x = (x or 0) + 1 until x >= 3 return v(x)",
];

/// Runs a chunk, what it returns, and the chunk as a coroutine, under a hook that looks at everything that debug information
/// leads to and changes some of it.
const PROBE: &str = r#"
    local getinfo, getlocal, setlocal, sethook = debug.getinfo, debug.getlocal, debug.setlocal, debug.sethook
    local getupvalue, setupvalue, traceback = debug.getupvalue, debug.setupvalue, debug.traceback
    local pcall, type, create, resume = pcall, type, coroutine.create, coroutine.resume
    local busy, count = false, 0
    local function look()
      if busy then return end
      busy, count = true, count + 1
      for level = 2, 6 do
        local info = getinfo(level, "nSlufL")
        if not info then break end
        for n = 1, 260 do
          local name, value = getlocal(level, n)
          if not name then break end
          if count % 7 == 0 then setlocal(level, n, value) end
          if count % 31 == 0 then setlocal(level, n, count) end
        end
        for n = 1, 70 do
          if not getupvalue(info.func, n) then break end
          if count % 41 == 0 then setupvalue(info.func, n, count) end
        end
      end
      if count % 13 == 0 then traceback() end
      busy = false
    end
    return function(chunk, mask, every)
      sethook(look, mask, every)
      local ok, result = pcall(chunk, look, 2, "x", {})
      if ok and type(result) == "function" then pcall(result, look, 2) end
      local thread = create(chunk)
      resume(thread, look, 2)
      sethook()
      for n = 1, 260 do
        local ok, name = pcall(getlocal, thread, 0, n)
        if not ok or not name then break end
      end
      traceback(thread)
    end"#;

/// What a hook is called for, and after how many instructions.
const MASKS: [(&str, i32); 8] = [("crl", 1), ("l", 0), ("c", 2), ("r", 3), ("", 1), ("crl", 0), ("cr", 1), ("l", 4)];

/// Bytes behind the signature, as they are or as changes of a good dump.
pub fn check_dump(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else { return };
    let chunk = match how % 4 {
        0 => [SIGNATURE, rest].concat(),
        1 => change_bytes(&mut Choices::of(rest)),
        _ => change_functions(&mut Choices::of(rest)),
    };
    run(&chunk, (how & 0x80 != 0).then(|| MASKS[usize::from(how >> 2) % MASKS.len()]));
}

fn good_dump(choices: &mut Choices<'_>) -> Arc<Proto> {
    compile(choices.one(SOURCES).as_bytes(), b"=dump").expect("the sources are good")
}

fn change_bytes(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut chunk = Vec::new();
    dump(&good_dump(choices), choices.chance(8), &mut chunk);
    while !choices.is_spent() {
        let at = SIGNATURE.len() + choices.below(chunk.len() - SIGNATURE.len());
        match choices.below(4) {
            0 => chunk[at] = choices.below(256) as u8,
            1 => chunk[at] ^= 1 << choices.below(8),
            2 => chunk[at] = chunk[at].wrapping_add(1),
            _ => chunk[at] = chunk[at].wrapping_sub(1),
        }
    }
    chunk
}

fn change_functions(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut proto = good_dump(choices);
    while !choices.is_spent() {
        change(Arc::make_mut(&mut proto), choices);
    }
    let mut chunk = Vec::new();
    dump(&proto, choices.chance(8), &mut chunk);
    chunk
}

/// Changes one thing in a function or in one inside it.
fn change(proto: &mut Proto, choices: &mut Choices<'_>) {
    let inner = choices.below(4);
    if inner > 0 {
        let mut functions = proto.constants.iter_mut().filter_map(|constant| match constant {
            Constant::Function(function) => Some(function),
            _ => None,
        });
        if let Some(function) = functions.nth(inner - 1) {
            return change(Arc::make_mut(function), choices);
        }
    }
    let pc = choices.below(proto.code.len().max(1));
    let word = |choices: &mut Choices<'_>, of: u32| of & !(0x1ff << 14) | (choices.below(512) as u32) << 14;
    match choices.below(14) {
        0 if !proto.code.is_empty() => proto.code[pc].0 = proto.code[pc].0 & !0x3f | choices.below(40) as u32,
        1 if !proto.code.is_empty() => {
            proto.code[pc].0 = proto.code[pc].0 & !(0xff << 6) | (choices.below(256) as u32) << 6
        }
        2 if !proto.code.is_empty() => proto.code[pc].0 = word(choices, proto.code[pc].0),
        3 if !proto.code.is_empty() => {
            proto.code[pc].0 = proto.code[pc].0 & !(0x1ff << 23) | (choices.below(512) as u32) << 23
        }
        4 if !proto.code.is_empty() => {
            proto.code.remove(pc);
        }
        5 if proto.code.len() < 400 => {
            let word = proto.code.get(choices.below(proto.code.len().max(1))).map_or(0, |word| word.0);
            proto.code.insert(pc.min(proto.code.len()), Instruction(word));
        }
        6 => proto.max_stack_size = choices.below(256) as u8,
        7 => proto.num_params = choices.below(256) as u8,
        8 => {
            let [has_arg, is_vararg, needs_arg] = [0; 3].map(|_| choices.chance(2));
            proto.vararg.has_arg = has_arg;
            proto.vararg.is_vararg = is_vararg;
            proto.vararg.needs_arg = needs_arg;
        }
        9 => {
            let [start_pc, end_pc] = [0; 2].map(|_| choices.below(64) as u32);
            proto.locals.push(LocalVar { name: Arc::from(&b"more"[..]), start_pc, end_pc });
        }
        10 => {
            let (in_stack, index) = (choices.chance(2), choices.below(256) as u8);
            proto.upvalues.push(UpvalueDesc { name: Arc::from(&b"up"[..]), in_stack, index });
        }
        11 if !proto.constants.is_empty() => {
            let at = choices.below(proto.constants.len());
            proto.constants[at] = match choices.below(4) {
                0 => Constant::Nil,
                1 => Constant::Number(f64::from_bits(choices.next())),
                2 => Constant::String(Arc::from(&b"__index"[..])),
                _ => Constant::Boolean(true),
            };
        }
        12 => proto.clean_registers = choices.below(256) as u8,
        _ => proto.lines.truncate(choices.below(64)),
    }
}

fn run(chunk: &[u8], probe: Option<(&str, i32)>) {
    let loaded = undump(chunk);
    let mut vm = LuaVM::with_stdlib().expect("a machine");
    // What runs is not to touch files or end the process.
    for name in ["io", "os", "package", "require", "module", "dofile", "loadfile", "print"] {
        vm.set_global(name, ferrous::Value::Nil).expect("a global");
    }
    vm.set_allow_bytecode(true);
    vm.set_memory_limit(Some(MEMORY));
    let function = vm.load(chunk, "=dump");
    // What is loaded is read no further than to its end.
    let too_long = loaded == Err(DumpError::Malformed("bytes after the end"));
    assert_eq!(function.is_ok(), loaded.is_ok() || too_long);
    let Ok(function) = function else { return };
    let function = vm.root(function).expect("a live function");
    // The chunk may change the library.
    let sethook = vm.eval("return debug.sethook").expect("the library")[0];
    let sethook = vm.root(sethook).expect("a live function");
    let probed = vm.eval(PROBE).expect("the probe is good")[0];
    let probed = vm.root(probed).expect("a live function");
    vm.set_fuel(Some(FUEL));
    // Whatever happens inside, the machine can be used afterwards.
    let _ = match probe {
        Some((mask, every)) => {
            let mask = vm.create_string(mask).expect("a string");
            vm.call(probed.get(&vm), &[function.get(&vm), mask.into(), every.into()])
        }
        None => vm.call(function.get(&vm), &[1.into(), 2.into()]),
    };
    vm.set_fuel(None);
    vm.call(sethook.get(&vm), &[]).expect("no hook");
    vm.collect_garbage().expect("no finalizer");
    assert_eq!(vm.eval("local t = {} for i = 1, 99 do t[i] = i end return #t"), Ok(vec![99.into()]));
}
