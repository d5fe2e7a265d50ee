//! The old VM.

use ferrous::legacy::{LuaVM, Value};

use crate::{DEEP_SCRIPTS, LEVELS, deep_sources};

fn text(vm: &mut LuaVM, source: &str) -> String {
    match vm.eval(source.as_bytes(), b"=deep") {
        Ok(values) => {
            let value = values.first().copied().unwrap_or(Value::Nil);
            String::from_utf8_lossy(&vm.text_of(&value).unwrap_or_default()).into_owned()
        }
        Err(failure) => String::from_utf8_lossy(&vm.failure_text(&failure).unwrap_or_default()).into_owned(),
    }
}

pub fn all() {
    let mut vm = LuaVM::with_stdlib().expect("a machine");
    let down = "
        function down(n)
            local result
            string.gsub('a', 'a', function() result = n == 0 and 0 or 1 + down(n - 1) end)
            return result
        end";
    text(&mut vm, down);
    assert_eq!(text(&mut vm, &format!("return down({})", LEVELS - 1)), (LEVELS - 1).to_string());
    assert!(text(&mut vm, "return down(1000)").contains("C stack overflow"));
    for source in deep_sources() {
        text(&mut vm, &source);
    }
    for source in DEEP_SCRIPTS {
        assert_eq!(text(&mut vm, source), "end", "{source}");
    }
}
