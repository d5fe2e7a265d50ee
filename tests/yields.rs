//! Coroutines that yield from where PUC-Rio Lua 5.1 cannot: inside `pcall`, `xpcall`, metamethods and iterators. And where
//! this machine cannot either: across a call that a library function makes.

#![forbid(unsafe_code)]

use ferrous::{LuaVM, Value};
use pretty_assertions::assert_eq;

/// Runs a chunk whose asserts are the test.
fn run(source: &str) {
    let mut vm = LuaVM::with_stdlib().expect("a machine");
    let results = vm.eval(source).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(results, [Value::Boolean(true)]);
}

#[test]
fn from_protected_calls() {
    run(r#"
        local co = coroutine.wrap(function(...)
            local ok, a = pcall(function(x)
                local y = coroutine.yield(x + 1)
                return y * 2
            end, ...)
            local ok2, message = pcall(function() coroutine.yield("again") error("late", 0) end)
            local ok3, handled = xpcall(function() coroutine.yield("handler") error("third", 0) end, string.upper)
            return ok, a, ok2, message, ok3, handled
        end)
        assert(co(1) == 2)
        assert(co(21) == "again")
        assert(co() == "handler")
        local results = { co() }
        assert(table.concat({ tostring(results[1]), results[2], tostring(results[3]), results[4],
            tostring(results[5]), results[6] }, " ") == "true 42 false late false THIRD")
        return true
    "#);
}

#[test]
fn from_every_metamethod() {
    run(r#"
        local function ask(...) return coroutine.yield(...) end
        local mt = {
            __index = function(_, k) return ask("index", k) end,
            __newindex = function(_, k, v) ask("newindex", k, v) end,
            __call = function(_, x) return ask("call", x) end,
            __add = function() return ask("add") end,
            __unm = function() return ask("unm") end,
            __concat = function() return ask("concat") end,
            __eq = function() return ask("eq") end,
            __lt = function() return ask("lt") end,
            __le = function() return ask("le") end,
        }
        local a, b = setmetatable({}, mt), setmetatable({}, mt)
        local co = coroutine.wrap(function()
            local log = {}
            log[1] = a.field
            a.other = 1
            log[2] = a(7)
            log[3] = a + 1
            log[4] = -a
            log[5] = "x" .. a .. "y"
            log[6] = a == b and "equal" or "different"
            log[7] = a < b and "less" or "not less"
            if not (a <= b) then log[8] = "greater" end
            return table.concat(log, " ")
        end)
        local function expect(question, reply)
            local asked = co(reply)
            assert(asked == question, tostring(asked) .. " instead of " .. question)
        end
        expect("index")
        expect("newindex", "field")
        expect("call")
        expect("add", "called")
        expect("unm", "sum")
        expect("concat", "minus")
        -- `a .. "y"` comes first, from the right.
        expect("eq", "joined")
        expect("lt", true)
        expect("le", false)
        local log = co(false)
        assert(log == "field called sum minus xjoined equal not less greater", log)
        return true
    "#);
}

#[test]
fn from_iterators() {
    run(r#"
        local co = coroutine.wrap(function()
            local sum = 0
            for i in function(_, i) i = (i or 0) + 1 if i <= 3 then return coroutine.yield(i) end end do
                sum = sum + i
            end
            return "sum " .. sum
        end)
        assert(co() == 1)
        assert(co(1) == 2)
        assert(co(2) == 3)
        assert(co(3) == "sum 6")
        return true
    "#);
}

#[test]
fn not_across_a_library_function() {
    run(r#"
        local co = coroutine.create(function()
            table.sort({ 2, 1 }, function() return coroutine.yield() end)
        end)
        local ok, message = coroutine.resume(co)
        assert(not ok and message == "attempt to yield across metamethod/C-call boundary", message)
        local ok, message = pcall(coroutine.yield)
        assert(not ok and message == "attempt to yield across metamethod/C-call boundary", message)
        return true
    "#);
}
