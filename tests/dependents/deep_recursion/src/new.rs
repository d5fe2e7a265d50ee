//! The API.

use ferrous::{LuaVM, Value};

use crate::{DEEP_SCRIPTS, LEVELS, deep_sources, panics_with};

fn machine() -> LuaVM {
    let mut vm = LuaVM::with_stdlib().expect("a machine");
    vm.register("down", |call| {
        let n = call.check_number(1)?;
        if n < 0.0 {
            panic!("at the bottom");
        }
        let function = call.check_function(2)?;
        let sum = match n {
            0.0 => 0.0,
            _ => call.call(function, &[(n - 1.0).into(), function.into()])?[0].as_number().unwrap_or(f64::NAN) + 1.0,
        };
        call.push(sum)?;
        Ok(1)
    })
    .expect("a function");
    vm
}

fn text(vm: &mut LuaVM, source: &str) -> String {
    match vm.eval(source) {
        Ok(values) => {
            let value = values.first().copied().unwrap_or_default();
            String::from_utf8_lossy(&vm.to_text(value).expect("a text")).into_owned()
        }
        Err(error) => error.to_string(),
    }
}

pub fn all() {
    let mut vm = machine();
    let deepest = format!("return down({LEVELS}, function(...) return (down(...)) end)");
    assert_eq!(text(&mut vm, &deepest), LEVELS.to_string());
    let message = text(&mut vm, "return down(1000, function(...) return (down(...)) end)");
    assert!(message.contains("C stack overflow"), "{message}");
    // A panic in the innermost one.
    vm.eval("function panic(n, f) return (down(n > 100 and n or -1, f)) end").expect("it runs");
    let fails = || {
        let _ = vm.eval("return down(200 - 20, panic)");
    };
    assert!(panics_with("at the bottom", fails));
    assert_eq!(text(&mut vm, &deepest), LEVELS.to_string());
    for source in deep_sources() {
        match vm.load(&source, "=deep") {
            Ok(function) => {
                let _ = vm.call(function, &[Value::Nil]);
            }
            Err(error) => assert!(error.to_string().contains("too many syntax levels"), "{error}"),
        }
    }
    for source in DEEP_SCRIPTS {
        assert_eq!(text(&mut vm, source), "end", "{source}");
    }
    // Finalizers inside callbacks.
    let source = "
        local finished
        local proxy = newproxy(true)
        getmetatable(proxy).__gc = function() finished = (string.gsub('a', 'a', 'end')) end
        proxy = nil
        down(150, function(n, f) if n == 0 then collectgarbage() end return (down(n, f)) end)
        return finished";
    assert_eq!(text(&mut vm, source), "end");
    let source = "
        local lines = 0
        local function hook() lines = lines + #string.rep('x', 10) end
        debug.sethook(hook, 'l')
        down(150, function(n, f)
            return (down(n, f))
        end)
        debug.sethook()
        return lines > 150 and 'end'";
    assert_eq!(text(&mut vm, source), "end");
}
