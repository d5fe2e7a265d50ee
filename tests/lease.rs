//! A machine that is lent to a host function by value: it can be used there, and nowhere else.

use ferrous::{Error, LuaVM, Value};
use pretty_assertions::assert_eq;

fn shared(_: &(impl Send + Sync)) {}

#[test]
fn a_machine_is_send_and_sync() {
    shared(&LuaVM::new().unwrap());
}

#[test]
fn the_lent_machine_runs_programs_in_the_middle_of_a_call() {
    let mut vm = LuaVM::with_stdlib().unwrap();
    vm.register("nested", |call| {
        let results = call.lend(|mut vm| {
            let results = vm.eval("counter = (counter or 0) + 1; return counter, 'x'");
            let failed = vm.eval("error('inner')").unwrap_err().to_string();
            let name = vm.create_string(failed).unwrap();
            vm.set_global("failed", name).unwrap();
            (vm, results)
        })??;
        // The arguments are where they were.
        let first = call.arg(1);
        call.push(first)?;
        call.push(results[0])?;
        Ok(2)
    })
    .unwrap();
    let results =
        vm.eval("local a, b = nested('arg') local c, d = pcall(nested, 5) return a == 'arg', b, c, d").unwrap();
    assert_eq!(results, [true.into(), 1.into(), true.into(), 5.into()]);
    let failed = vm.eval("return failed:find('inner') ~= nil").unwrap();
    assert_eq!(failed, [true.into()]);
}

#[test]
fn another_machine_given_back_is_refused_and_the_lent_one_is_empty_from_then_on() {
    let kept = std::sync::Arc::new(std::sync::Mutex::new(None));
    let mut vm = LuaVM::with_stdlib().unwrap();
    let keep = kept.clone();
    vm.register("exchange", move |call| {
        call.lend(|lent| {
            *keep.lock().unwrap() = Some(lent);
            (LuaVM::new().unwrap(), ())
        })?;
        Ok(0)
    })
    .unwrap();
    vm.eval("here = 1").unwrap();
    let error = vm.eval("exchange()").unwrap_err().to_string();
    assert!(error.contains("exchanged the machine"), "{error}");
    let mut lent = kept.lock().unwrap().take().unwrap();
    assert_eq!(lent.get_global("here"), Ok(Value::Nil));
    assert_eq!(vm.get_global("here"), Ok(1.into()));
    drop(lent);
    assert_eq!(vm.eval("return here"), Ok(vec![1.into()]));
}

#[test]
fn another_thread_sees_an_empty_machine() {
    let mut vm = LuaVM::with_stdlib().unwrap();
    vm.register("elsewhere", |call| {
        let seen = call.lend(|lent| {
            std::thread::spawn(move || {
                let mut lent = lent;
                let seen = lent.get_global("here").unwrap();
                (lent, seen)
            })
            .join()
            .unwrap()
        })?;
        call.push(seen)?;
        Ok(1)
    })
    .unwrap();
    assert_eq!(vm.eval("here = 1 return elsewhere()"), Ok(vec![Value::Nil]));
}

#[test]
fn a_stop_cannot_be_swallowed_by_the_borrower() {
    let mut vm = LuaVM::with_stdlib().unwrap();
    vm.register("spin", |call| {
        let result = call.lend(|mut vm| {
            let result = vm.eval("while true do end");
            (vm, result)
        })?;
        assert_eq!(result, Err(Error::FuelExhausted));
        Ok(0)
    })
    .unwrap();
    vm.set_fuel(Some(10_000));
    assert_eq!(vm.eval("pcall(spin) return 1"), Err(Error::FuelExhausted));
}

#[test]
fn a_panicking_borrower_leaves_the_machine_usable() {
    let mut vm = LuaVM::with_stdlib().unwrap();
    vm.register("panics", |call| {
        call.lend(|lent| -> (LuaVM, ()) {
            drop(lent);
            std::panic::panic_any("borrower")
        })?;
        Ok(0)
    })
    .unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| vm.eval("panics()")));
    assert!(caught.is_err());
    assert_eq!(vm.eval("return 7"), Ok(vec![7.into()]));
}

#[test]
fn host_data_is_kept_by_type() {
    let mut vm = LuaVM::new().unwrap();
    assert_eq!(vm.set_host_data(5u32), None);
    assert_eq!(vm.set_host_data("text"), None);
    assert_eq!(vm.set_host_data(6u32), Some(5));
    *vm.host_data_mut::<u32>().unwrap() += 1;
    assert_eq!((vm.host_data::<u32>(), vm.host_data::<&str>(), vm.host_data::<u8>()), (Some(&7), Some(&"text"), None));
}
