//! Work is charged: whatever a program does over and over, fuel and kills end it soon, at the same place on every route.

#![forbid(unsafe_code)]

mod steps;

use ferrous::{Error, FunctionHandle, LuaVM, Value};
use pretty_assertions::assert_eq;
use steps::{ONCE, SETUP, STEPS};

const FUEL: u64 = 1_500_000;

/// A machine after the setup.
fn machine() -> LuaVM {
    let mut vm = LuaVM::with_stdlib().expect("there is memory for a machine");
    assert_eq!(vm.eval(SETUP), Ok(vec![]));
    vm
}

/// A machine whose programs can kill it, as another thread would: by `kill()`.
fn machine_that_kills_itself() -> LuaVM {
    let mut vm = machine();
    let handle = vm.kill_handle();
    vm.register("kill", move |_| {
        handle.kill();
        Ok(0)
    })
    .expect("there is memory for it");
    vm
}

/// A function with this body, safe from the collector.
fn function(vm: &mut LuaVM, body: &str) -> FunctionHandle {
    let function = vm.load(body, "=step").unwrap_or_else(|error| panic!("{body}: {error}"));
    vm.set_global("step", function).expect("there is memory for it");
    function
}

/// Does a step until the fuel is used up; returns how often it was begun.
fn steps_until_stop(vm: &mut LuaVM, step: &str) -> f64 {
    vm.set_global("count", 0).expect("there is memory for it");
    let function = function(vm, &format!("while true do count = count + 1 {step} end"));
    vm.set_fuel(Some(FUEL));
    assert_eq!(vm.call(function, &[]), Err(Error::FuelExhausted), "{step}");
    assert_eq!(vm.fuel(), Some(0), "{step}");
    vm.set_fuel(None);
    match vm.get_global("count") {
        Ok(Value::Number(count)) => count,
        other => panic!("{step}: {other:?}"),
    }
}

#[test]
fn fuel_ends_whatever_is_done_over_and_over() {
    let mut vm = machine();
    for &(step, least) in STEPS {
        let count = steps_until_stop(&mut vm, step);
        let most = (FUEL / least + 1) as f64;
        assert!(count <= most, "{step}: begun {count} times, not at most {most}");
        assert_eq!(vm.eval("return 1 + 1"), Ok(vec![2.into()]), "{step}");
    }
}

#[test]
fn it_ends_at_the_same_place_each_time() {
    let (mut one, mut other) = (machine(), machine());
    for &(step, _) in STEPS {
        assert_eq!(steps_until_stop(&mut one, step), steps_until_stop(&mut other, step), "{step}");
    }
}

#[test]
fn a_kill_ends_what_a_native_function_is_at() {
    let mut vm = machine_that_kills_itself();
    // Nothing but the step itself can see the kill: there is no jump back and no call of a Lua function before the end.
    for &(step, least) in STEPS.iter().filter(|(step, least)| *least >= ONCE - 1 && !step.contains("function")) {
        vm.set_global("ended", false).expect("there is memory for it");
        let function = function(&mut vm, &format!("kill(); {step} ended = true"));
        assert_eq!(vm.call(function, &[]), Err(Error::Killed), "{step}, of {least} units");
        assert_eq!(vm.get_global("ended"), Ok(Value::Boolean(false)), "{step}");
    }
}

#[test]
fn a_long_function_costs_more_than_a_short_one() {
    let mut vm = machine();
    let body = "local x = 1 ".to_owned() + &"x = x + 1 ".repeat(2000);
    vm.eval(format!("function long() {body} end")).expect("it is a program");
    assert!(steps_until_stop(&mut vm, "long()") <= (FUEL / 125) as f64);
}

#[test]
fn what_the_host_does_costs_no_fuel() {
    let mut vm = machine();
    vm.set_fuel(Some(10));
    let text = vm.create_string(vec![b'x'; 1 << 20]).expect("the host is free");
    assert_eq!(vm.string_bytes(text).map(<[u8]>::len), Some(1 << 20));
    assert_eq!(vm.fuel(), Some(10));
}

#[test]
fn a_limit_ends_the_finalizers_at_the_end() {
    let mut vm = machine();
    let setup = "ran = 0 for i = 1, 100 do local p = newproxy(true)
        getmetatable(p).__gc = function() ran = ran + 1 while true do end end end";
    assert_eq!(vm.eval(setup), Ok(vec![]));
    vm.set_fuel(Some(10_000));
    vm.close();
    vm.set_fuel(None);
    assert_eq!(vm.get_global("ran"), Ok(1.into()));
}

#[cfg(unix)]
#[test]
fn a_kill_ends_what_is_waited_for() {
    let mut vm = machine_that_kills_itself();
    for step in [
        "os.execute('sleep 3')",
        "local f = io.popen('sleep 3') kill() f:read()",
        "local f = io.popen('sleep 3') kill() f:read('*a')",
        "local f = io.popen('sleep 3') kill() f:close()",
        "local f = io.popen('sleep 3', 'w') kill() f:write(('x'):rep(1e6)) f:flush() f:close()",
    ] {
        let function = function(&mut vm, &format!("kill() {step}"));
        assert_eq!(vm.call(function, &[]), Err(Error::Killed), "{step}");
        assert_eq!(vm.eval("return 1"), Ok(vec![1.into()]), "{step}");
    }
}
