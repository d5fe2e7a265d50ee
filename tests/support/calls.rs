//! The safe interface as a sequence of calls: with handles that are stale or another machine's, with limits that change midway, and with host
//! functions that do the same from inside, fail, and panic.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferrous::{Call, CallError, Error, LuaVM, Root, Value};

use super::choices::Choices;

/// What a planned panic carries.
const PLANNED: &str = "planned";
/// Host functions inside one another in which something is done.
const DEPTH: usize = 4;
/// Values that are kept to be used again, however stale.
const POOL: usize = 40;

/// Chunks whose results, and what they do with their arguments, are of every kind.
const CHUNKS: &[&str] = &[
    "return ...",
    "local a, b = ... local t = {a, b, k = a} return t, function() a = b return a, t end, #t",
    "local f, x = ... return pcall(f, x, f)",
    "local f, x = ... return f(x)",
    "local a = ... for i = 1, 3 do a = coroutine.yield(a, i) end return a",
    "return coroutine.create(function(...) local n = select('#', ...) while true do n = n + coroutine.yield(n, ...) end end)",
    "local co, x = ... return coroutine.resume(co, x, co)",
    "local t = ... for i = 1, 60 do t[i] = {i, 'v' .. i} end return t",
    "local t = ... for k, v in pairs(t) do t[k] = nil end return next(t)",
    "local mt = {} for _, name in ipairs{'index', 'newindex', 'call', 'add', 'concat', 'eq', 'lt', 'len', 'unm', 'tostring'} do
       mt['__' .. name] = function(a, b) return b end end return setmetatable({}, mt), mt",
    "local u = newproxy(true) getmetatable(u).__gc = function() G = (G or 0) + 1 end getmetatable(u).__index = function(_, k) return k end return u",
    "local f = ... local t = {5, 3, 8, 1, 9, 2} table.sort(t, function(a, b) f(a) return a < b end) return t",
    "local f = ... return (('abc'):gsub('.', f))",
    "local v = ... error(v)",
    "local t = setmetatable({}, {__mode = 'kv'}) for i = 1, 20 do t[{}] = {} t[i] = {} end G = t return t",
    "local s = ... return s .. s, s < s, #s, -s",
    "local function deep(n) if n > 0 then return 1 + deep(n - 1) end return 0 end return deep(...)",
    "local s = 'x' for i = 1, 12 do s = s .. s end return s",
    "for k, v in pairs(_G) do if k == 'G' then return k, v end end",
    "while true do end",
    "local t = {} while true do t[#t + 1] = {} end",
    "collectgarbage() return collectgarbage('count') > 0",
    "return loadstring('return ...')(...)",
    "return",
    "syntax error here",
];

struct Kept {
    machine: usize,
    value: Value,
    root: Root,
}

/// What all machines of a run, and their host functions, have in common.
#[derive(Default)]
struct World {
    values: Vec<Value>,
    kept: Vec<Kept>,
}

type Shared = Arc<Mutex<World>>;

fn keep(world: &Shared, value: impl Into<Value>) {
    let values = &mut world.lock().unwrap().values;
    let value = value.into();
    match values.len() < POOL {
        true => values.push(value),
        false => {
            values.rotate_left(1);
            values[POOL - 1] = value;
        }
    }
}

/// A value of any machine, or a plain one.
fn pick(world: &Shared, choices: &mut Choices<'_>) -> Value {
    match choices.below(8) {
        0 => Value::Nil,
        1 => choices.chance(2).into(),
        2 => choices.one(&[0.0, -0.0, 1.0, 2.0, 3.5, -1.0, f64::NAN, f64::INFINITY, 1e300]).into(),
        _ => {
            let values = &world.lock().unwrap().values;
            if values.is_empty() { Value::Nil } else { values[choices.below(values.len())] }
        }
    }
}

/// A value for which `of` has something, if one is found soon.
fn pick_as<T>(world: &Shared, choices: &mut Choices<'_>, of: impl Fn(Value) -> Option<T>) -> Option<T> {
    (0..6).find_map(|_| of(pick(world, choices)))
}

fn picks(world: &Shared, choices: &mut Choices<'_>) -> Vec<Value> {
    (0..choices.below(4)).map(|_| pick(world, choices)).collect()
}

/// What can be done with a machine as well as from inside a host function.
macro_rules! act {
    ($name:ident, $machine:ty) => {
        fn $name(vm: &mut $machine, world: &Shared, choices: &mut Choices<'_>, machine: usize, depth: usize) {
            let any = |choices: &mut Choices<'_>| pick(world, choices);
            match choices.below(24) {
                0 => {
                    let length = choices.one(&[0, 1, 3, 39, 40, 41, 300, 5000]);
                    let byte = choices.below(256) as u8;
                    if let Ok(string) = vm.create_string(vec![byte; length]) {
                        assert_eq!(vm.string_bytes(string).map(<[u8]>::len), Some(length));
                        keep(world, string);
                    }
                }
                1 => {
                    let sizes = [0, 1, 4, 60, 5000, usize::MAX];
                    if let Ok(table) = vm.create_table(choices.one(&sizes), choices.one(&sizes)) {
                        assert_eq!(vm.table_len(table), Some(0));
                        keep(world, table);
                    }
                }
                2 => {
                    if let Ok(function) = vm.create_function(host_function(world, choices, machine, depth)) {
                        keep(world, function);
                    }
                }
                3 | 4 => {
                    if let Ok(function) = vm.load(choices.one(CHUNKS), "=chunk") {
                        keep(world, function);
                    }
                }
                5 => {
                    if let Some(function) = pick_as(world, choices, Value::as_function)
                        && let Ok(thread) = vm.create_thread(function)
                    {
                        keep(world, thread);
                    }
                }
                6 => {
                    if let Ok(userdata) = vm.create_userdata(choices.next()) {
                        assert!(vm.with_userdata(userdata, |n: &mut u64| *n ^= 1).is_some());
                        assert!(vm.with_userdata(userdata, |_: &mut String| ()).is_none());
                        keep(world, userdata);
                    }
                }
                7 => {
                    if let Ok(found) = vm.get(any(choices), any(choices)) {
                        keep(world, found);
                    }
                }
                8 | 9 => drop(vm.set(any(choices), any(choices), any(choices))),
                10 => {
                    if let Some(table) = pick_as(world, choices, Value::as_table) {
                        let (key, value) = (any(choices), any(choices));
                        if vm.set_table_field(table, key, value).is_ok() {
                            assert!(same(vm.get_table_field(table, key).unwrap_or_default(), value));
                        }
                    }
                }
                11 => {
                    if let Some(table) = pick_as(world, choices, Value::as_table)
                        && let Ok(Some((key, value))) = vm.table_next(table, any(choices))
                    {
                        assert!(vm.is_valid(key) && vm.is_valid(value));
                        keep(world, key);
                        keep(world, value);
                    }
                }
                12 => {
                    let metatable = pick_as(world, choices, Value::as_table);
                    let value = any(choices);
                    if vm.set_metatable(value, metatable).is_ok() {
                        assert_eq!(vm.metatable(value), metatable);
                    }
                }
                13 | 14 => {
                    let args = picks(world, choices);
                    for result in vm.call(any(choices), &args).unwrap_or_default() {
                        assert!(vm.is_valid(result));
                        keep(world, result);
                    }
                }
                15 => {
                    let args = picks(world, choices);
                    match vm.protected_call(any(choices), &args) {
                        Ok(Ok(results)) => results.into_iter().for_each(|result| keep(world, result)),
                        Ok(Err(thrown)) => keep(world, thrown),
                        Err(_) => {}
                    }
                }
                16 | 17 => {
                    if let Some(thread) = pick_as(world, choices, Value::as_thread) {
                        let args = picks(world, choices);
                        for result in vm.resume(thread, &args).unwrap_or_default() {
                            keep(world, result);
                        }
                        let _ = vm.thread_status(thread);
                    }
                }
                18 => {
                    let value = any(choices);
                    if let Ok(root) = vm.root(value) {
                        world.lock().unwrap().kept.push(Kept { machine, value, root });
                    }
                }
                19 => {
                    let count = world.lock().unwrap().kept.len();
                    if count > 0 {
                        let kept = world.lock().unwrap().kept.swap_remove(choices.below(count));
                        if kept.machine == machine {
                            assert!(same(kept.root.get(vm), kept.value) && vm.is_valid(kept.value));
                        }
                    }
                }
                20 => drop(vm.to_text(any(choices))),
                21 => drop(vm.set_global(choices.one(&["G", "H", "print"]), any(choices))),
                22 => {
                    if let Ok(found) = vm.get_global(choices.one(&["G", "string", "_G"])) {
                        keep(world, found);
                    }
                }
                _ => {
                    let _ = vm.get_register(choices.below(4)).map(|value| keep(world, value));
                    let _ = (vm.memory_used(), vm.stack_usage());
                    keep(world, vm.globals());
                    keep(world, vm.registry());
                }
            }
        }
    };
}
act!(act_on_machine, LuaVM);
act!(act_in_call, Call<'_>);

/// Equal, or both NaN.
fn same(left: Value, right: Value) -> bool {
    left == right
        || matches!((left, right), (Value::Number(left), Value::Number(right)) if left.is_nan() && right.is_nan())
}

/// A function that does something with the machine that calls it, and ends in one of several ways.
fn host_function(
    world: &Shared,
    choices: &mut Choices<'_>,
    machine: usize,
    depth: usize,
) -> impl Fn(&mut Call<'_>) -> Result<usize, CallError> + Send + Sync + use<> {
    let world = Arc::clone(world);
    let seed = Mutex::new(choices.next());
    move |call| {
        let own = {
            let mut seed = seed.lock().unwrap();
            *seed = seed.wrapping_add(1);
            *seed
        };
        let mut choices = Choices::seeded(own);
        if depth < DEPTH {
            for _ in 0..choices.below(4) {
                act_in_call(call, &world, &mut choices, machine, depth + 1);
            }
        }
        for arg in call.args() {
            keep(&world, arg);
        }
        match choices.below(12) {
            0 => Err(CallError::new("refused")),
            1 => {
                let value = pick(&world, &mut choices);
                Err(call.throw(value))
            }
            2 => Err(call.arg_error(choices.below(4), "wrong")),
            3 if depth < DEPTH => {
                let limit = choices.below(3);
                call.lend(|mut vm| {
                    change_limits(&mut vm, limit, &mut choices);
                    act_on_machine(&mut vm, &world, &mut choices, machine, depth + 1);
                    (vm, ())
                })?;
                Ok(0)
            }
            4 => resume_unwind(Box::new(PLANNED)),
            5 => Ok(choices.below(1000)),
            6 => call.check_number(1).map(|_| 0),
            7 => call.check_string(1).map(|_| 0),
            8 => call.check_userdata::<u64>(1, "counter").map(|_| 1),
            _ => {
                let count = choices.below(5);
                for _ in 0..count {
                    // A stale handle ends the function.
                    call.push(pick(&world, &mut choices))?;
                }
                Ok(count)
            }
        }
    }
}

fn change_limits(vm: &mut LuaVM, which: usize, choices: &mut Choices<'_>) {
    match which {
        0 => vm.set_fuel(Some(choices.below(3000) as u64)),
        1 => vm.set_memory_limit(Some(vm.memory_used() + choices.below(20_000))),
        _ => {
            vm.set_fuel(Some(20_000));
            vm.set_memory_limit(Some(16 << 20));
        }
    }
}

/// What only the host itself does.
fn act_as_host(vm: &mut LuaVM, choices: &mut Choices<'_>) {
    match choices.below(8) {
        0 => drop(vm.collect_garbage()),
        1 => drop(vm.collect_garbage_step(choices.below(64))),
        2 => {
            let which = choices.below(3);
            change_limits(vm, which, choices);
        }
        3 => change_limits(vm, 2, choices),
        4 => vm.kill_handle().kill(),
        5 => vm.close(),
        6 => drop(vm.eval(choices.one(CHUNKS))),
        _ => vm.set_time_limit(choices.chance(2).then_some(Duration::from_millis(5))),
    }
}

/// Two machines go through what the choices say, and can be used afterwards.
pub fn check_calls(choices: &mut Choices<'_>) {
    let world = Shared::default();
    let mut machines = [0; 2].map(|_| LuaVM::with_stdlib().expect("a machine"));
    for vm in &mut machines {
        // What runs is not to touch files or end the process.
        for name in ["io", "os", "package", "require", "module", "dofile", "loadfile", "print"] {
            vm.set_global(name, Value::Nil).expect("a global");
        }
        change_limits(vm, 2, choices);
    }
    let mut steps = 0;
    while !choices.is_spent() && steps < 200 {
        steps += 1;
        let index = usize::from(choices.chance(4));
        let vm = &mut machines[index];
        if vm.fuel() == Some(0) {
            change_limits(vm, 2, choices);
        }
        let done = catch_unwind(AssertUnwindSafe(|| {
            if choices.chance(5) {
                act_as_host(vm, choices);
            } else {
                act_on_machine(vm, &world, choices, index, 0);
            }
        }));
        if let Err(payload) = done
            && payload.downcast_ref::<&str>() != Some(&PLANNED)
        {
            resume_unwind(payload);
        }
    }
    for (index, vm) in machines.iter_mut().enumerate() {
        vm.set_fuel(None);
        vm.set_memory_limit(None);
        vm.set_time_limit(None);
        for kept in world.lock().unwrap().kept.iter().filter(|kept| kept.machine == index) {
            assert!(same(kept.root.get(vm), kept.value) && vm.is_valid(kept.value));
        }
        // A kill that nothing has run into yet stops the first program.
        let first = vm.eval("return 1 + 1");
        assert!(matches!(first, Ok(_) | Err(Error::Killed)), "{first:?}");
        assert_eq!(vm.eval("return 1 + 1"), Ok(vec![2.into()]));
    }
    world.lock().unwrap().kept.clear();
    for vm in &mut machines {
        // Finalizers may be host functions that panic.
        vm.set_fuel(Some(100_000));
        let _ = catch_unwind(AssertUnwindSafe(|| vm.collect_garbage()));
    }
}
