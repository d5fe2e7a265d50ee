//! The old API over the core.

use ferrous::lua::error::LuaResult;
use ferrous::lua::value::{CFunction, Value};
use ferrous::lua::vm::LuaVM;

use crate::{DEEP_SCRIPTS, LEVELS, deep_sources, panics_with};

fn machine() -> LuaResult<LuaVM> {
    let mut vm = LuaVM::new()?;
    vm.init_stdlib()?;
    let call: CFunction = |ctx| {
        let (n, function) = (ctx.get_number_arg(0)?, ctx.get_arg(1)?);
        let result = match n {
            0.0 => Value::Number(0.0),
            _ => ctx.call_function(&function, vec![Value::Number(n - 1.0), function.clone()])?,
        };
        ctx.push_result(Value::Number(result.to_number().unwrap_or(f64::NAN) + 1.0))?;
        Ok(1)
    };
    let execute: CFunction = |ctx| {
        let (n, function) = (ctx.get_number_arg(0)?, ctx.get_arg(1)?);
        let Value::Closure(closure) = function else { panic!("at the bottom") };
        let result = match n {
            0.0 => Value::Number(0.0),
            _ => ctx.vm_access.execute_function(closure, &[Value::Number(n - 1.0), function])?,
        };
        ctx.push_result(Value::Number(result.to_number().unwrap_or(f64::NAN) + 1.0))?;
        Ok(1)
    };
    let evaluate: CFunction = |ctx| {
        let n = ctx.get_number_arg(0)?;
        let result = match n {
            0.0 => Value::Number(0.0),
            _ => ctx.vm_access.eval(&format!("return (evaluate({}))", n - 1.0))?,
        };
        ctx.push_result(Value::Number(result.to_number().unwrap_or(f64::NAN) + 1.0))?;
        Ok(1)
    };
    let globals = vm.globals()?;
    for (name, function) in [("call", call), ("execute", execute), ("evaluate", evaluate)] {
        let name = vm.create_string(name)?;
        vm.set_table(globals, Value::String(name), Value::CFunction(function))?;
    }
    Ok(vm)
}

pub fn all() {
    let mut vm = machine().expect("a machine");
    vm.set_instruction_limit(None);
    let deepest = [
        format!("return call({LEVELS}, function(...) return (call(...)) end)"),
        format!("return execute({LEVELS}, function(...) return (execute(...)) end)"),
        format!("return evaluate({LEVELS})"),
    ];
    for source in &deepest {
        assert_eq!(vm.eval(source), Ok(Value::Number(f64::from(LEVELS) + 1.0)), "{source}");
        let deeper = source.replace(&LEVELS.to_string(), "1000");
        let message = vm.eval(&deeper).expect_err("too deep").to_string();
        assert!(message.contains("C stack overflow"), "{message}");
    }
    let fails = || {
        let _ = vm.eval("return execute(180, function(n, f) return (execute(n, n > 100 and f or 1)) end)");
    };
    assert!(panics_with("at the bottom", fails));
    assert_eq!(vm.eval(&deepest[0]), Ok(Value::Number(f64::from(LEVELS) + 1.0)));
    for source in deep_sources() {
        let compiled = ferrous::lua::compile(&source);
        if let Ok(module) = &compiled {
            let result = vm.execute_module(module, &[]);
            assert!(result.is_ok(), "{result:?}: {source}");
        }
        assert_eq!(compiled.is_ok(), source.len() < 100_000);
    }
    for source in DEEP_SCRIPTS {
        let result = vm.eval(source).expect("it runs");
        let Value::String(text) = result else { panic!("{result:?}: {source}") };
        assert_eq!(vm.heap().get_string_value(text), Ok("end".to_owned()), "{source}");
    }
}

/// Syntax trees and modules, shown, copied and compared.
pub fn trees() {
    for source in deep_sources() {
        if let Ok(module) = ferrous::lua::compile(&source) {
            assert!(!format!("{module:?}").is_empty() && module.clone() == module);
        }
        if let Ok(chunk) = ferrous::lua::parser::parse(&source) {
            assert!(!format!("{chunk:?}").is_empty() && chunk.clone() == chunk);
            let compiled = ferrous::lua::codegen::generate_bytecode(&chunk);
            assert!(compiled.is_ok(), "{compiled:?}: {source}");
        }
    }
}
