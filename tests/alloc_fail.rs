//! The n-th allocation fails, for every n: an error each time, the machine usable afterwards, and nothing leaked.

#![cfg(feature = "alloc_fail")]

use ferrous::kernel::memory::refusal::{Plan, plan};
use ferrous::{Error, LuaVM, Value};
use pretty_assertions::assert_eq;

type Outcome = Result<(), Error>;

fn machine() -> LuaVM {
    LuaVM::with_stdlib().expect("there is memory for a machine")
}

/// The machine is sound and can be used.
fn assert_usable(vm: &mut LuaVM, context: &str) {
    assert_eq!(vm.heap_check(), Ok(()), "{context}");
    assert_eq!(vm.collect_garbage(), Ok(()), "{context}");
    assert_eq!(vm.heap_check(), Ok(()), "after a collection, {context}");
    let program = "local t = {} for i = 1, 100 do t[i] = tostring(i) end return #table.concat(t)";
    assert_eq!(vm.eval(program), Ok(vec![Value::from(192)]), "{context}");
}

/// Refuses the first request, the second and so on, on a new machine each time, until there are no more requests. `all_after`
/// refuses all that follow, too.
fn refuse_each(name: &str, all_after: bool, sequence: impl Fn(&mut LuaVM) -> Outcome) {
    for number in 1.. {
        let mut vm = machine();
        plan(if all_after { Plan::From(number) } else { Plan::Once(number) });
        let outcome = sequence(&mut vm);
        let requests = plan(Plan::Nothing);
        let context = format!("{name}: request {number} of {requests}");
        if requests < number {
            assert_eq!(outcome, Ok(()), "{context}");
            assert!(number > 1, "{name} allocates");
            return;
        }
        // A request that is refused once may be granted after a collection.
        if all_after || outcome.is_err() {
            assert_eq!(outcome, Err(Error::Memory), "{context}");
        }
        assert_usable(&mut vm, &context);
    }
}

const PROGRAMS: [(&str, &str); 10] = [
    ("tables", "local t = {} for i = 1, 200 do t[i] = i t['k' .. i] = {i, x = i} end for i = 1, 200 do t['k' .. i] = nil end t.y = 1"),
    ("strings", "local s = '' for i = 1, 40 do s = s .. ('x'):rep(i * 3) .. i end
        assert(s:upper():lower():reverse():find('x')) s = s:gsub('x', 'yy'):gsub('%d', function(d) return d + 1 end)
        assert(#('%s %q %5.2f'):format(s, s, 1.5) > 0) assert(#table.concat({s, s, 1}, ',') > 0)"),
    ("closures", "local fs = {} for i = 1, 50 do local n = i fs[i] = function() n = n + 1 return function() return n + i end end end
        for i = 1, 50 do fs[i]()() end"),
    ("coroutines", "for i = 1, 10 do local co = coroutine.wrap(function(...) for j = 1, 5 do coroutine.yield(j, ...) end end)
        for j = 1, 6 do co(i, j, {}) end end
        local co = coroutine.create(function(...) return unpack({...}) end)
        local t = {} for i = 1, 300 do t[i] = i end
        local ok, e = coroutine.resume(co, unpack(t)) if not ok then error(e, 0) end"),
    ("recursion", "local function f(n, ...) if n == 0 then return select('#', ...) end return 1 + f(n - 1, n, ...) end f(100)"),
    ("errors", "for i = 1, 20 do local ok, e = pcall(error, 'message ' .. i, 2)
        if e == 'not enough memory' then error(e, 0) end
        ok, e = pcall(function() local x = nil + i end) if e == 'not enough memory' then error(e, 0) end
        ok, e = xpcall(function() error({i}) end, function(e) return debug.traceback(tostring(e)) end)
        if e == 'not enough memory' then error(e, 0) end end"),
    ("metamethods", "local mt = {} mt.__index = function(t, k) return k .. '!' end mt.__newindex = rawset
        mt.__concat = function(a, b) return setmetatable({tostring(a) .. tostring(b)}, mt) end mt.__tostring = function(t) return rawget(t, 1) or '' end
        local t = setmetatable({}, mt) for i = 1, 20 do t[i .. 'k'] = t[i] t = 'a' .. t .. i end"),
    ("loading", "for i = 1, 5 do local f = loadstring('local a, b = ... return function(c) local t = {x = a, y = b, c, ' .. i .. '} return t end')
        if not f then error('not enough memory', 0) end f(1, 2)(3)
        local s = string.dump(f) if #s == 0 then error('no dump') end end"),
    ("userdata", "for i = 1, 20 do local p = newproxy(true) getmetatable(p).__index = {x = i} getmetatable(p).__len = function() return p.x end assert(#p == i) end"),
    ("libraries", "local t = {} for w in ('the quick brown fox'):gmatch('%a+') do t[#t + 1] = w end table.sort(t) table.insert(t, 1, 'a') table.remove(t)
        os.date('%c', 0) math.max(unpack({1, 2, 3})) require('string') tostring(t) tostring(1.5) debug.getinfo(1) string.char(65, 66)
        setfenv(function() end, {}) next({}, nil) ipairs(t) pairs(t)"),
];

#[test]
fn programs() {
    for all_after in [true, false] {
        for (name, program) in PROGRAMS {
            refuse_each(name, all_after, |vm| vm.eval(program).map(|_| ()));
        }
    }
}

type Sequence = fn(&mut LuaVM) -> Outcome;

const SEQUENCES: [(&str, Sequence); 20] = [
    ("a short string", |vm| vm.create_string("a string that is new").map(|_| ())),
    ("a long string", |vm| vm.create_string("x".repeat(5000)).map(|_| ())),
    ("many strings", |vm| (0..600).try_for_each(|n| vm.create_string(format!("string {n}")).map(|_| ()))),
    ("a table", |vm| vm.create_table(0, 0).map(|_| ())),
    ("a table with room", |vm| vm.create_table(1000, 1000).map(|_| ())),
    ("fields", |vm| {
        let table = vm.create_table(0, 0)?;
        (0..300).try_for_each(|n| vm.set_table_field(table, n, n))
    }),
    ("named fields", |vm| {
        let table = vm.create_table(0, 0)?;
        (0..100).try_for_each(|n| vm.set_field(table, &format!("field {n}"), n))
    }),
    ("globals", |vm| (0..100).try_for_each(|n| vm.set_global(&format!("global {n}"), n))),
    ("userdata", |vm| (0..20).try_for_each(|_| vm.create_userdata(String::new()).map(|_| ()))),
    ("a host function", |vm| {
        vm.register("host", |call| {
            let text = call.create_string("from the host")?;
            call.push(text).map(|()| 1)
        })?;
        vm.eval("for i = 1, 10 do host(i) end").map(|_| ())
    }),
    ("a host function that makes a table", |vm| {
        vm.register("host", |call| {
            let table = call.create_table(4, 4)?;
            call.set_field(table, "x", 1)?;
            call.push(table).map(|()| 1)
        })?;
        vm.eval("return host().x").map(|_| ())
    }),
    ("loading", |vm| {
        vm.load("local t = {1, 2, x = 3} return function() return t, 'a string' end", "=chunk").map(|_| ())
    }),
    ("loading much", |vm| vm.load("x = y + 'a' .. {} ".repeat(100), "=chunk").map(|_| ())),
    ("calling", |vm| {
        let function = vm.load("local t = {...} return #t", "=chunk")?;
        let args = vec![Value::from(1); 300];
        vm.call(function, &args).map(|_| ())
    }),
    ("many results", |vm| vm.eval("return unpack({}, 1, 500)").map(|_| ())),
    ("a coroutine", |vm| {
        let function = vm.load("local x = ... while true do x = coroutine.yield({x}) end", "=chunk")?;
        let thread = vm.create_thread(function)?;
        let _root = vm.root(thread)?;
        (0..5).try_for_each(|n| vm.resume(thread, &[n.into()]).map(|_| ()))
    }),
    ("text", |vm| {
        let table = vm.create_table(0, 0)?;
        vm.to_text(table)?;
        vm.to_text(1.5).map(|_| ())
    }),
    ("a metamethod", |vm| {
        vm.eval("t = setmetatable({}, {__index = function(t, k) return k .. 'x' end})")?;
        let table = vm.get_global("t")?;
        vm.get_field(table, "y").map(|_| ())
    }),
    ("roots", |vm| {
        let table = vm.create_table(0, 10)?;
        let roots = (0..10).map(|_| vm.root(table)).collect::<Result<Vec<_>, _>>()?;
        vm.collect_garbage()?;
        vm.set_field(roots[0].get(vm), "x", 1)
    }),
    ("finalizers", |vm| {
        vm.eval("for i = 1, 10 do getmetatable(newproxy(true)).__gc = function() local t = {i} end end")?;
        vm.collect_garbage()
    }),
];

#[test]
fn api_sequences() {
    for all_after in [true, false] {
        for (name, sequence) in SEQUENCES {
            refuse_each(name, all_after, sequence);
        }
    }
}

#[test]
fn making_a_machine() {
    for number in 1.. {
        plan(Plan::From(number));
        let made = LuaVM::with_stdlib();
        let requests = plan(Plan::Nothing);
        if requests < number {
            assert!(made.is_ok());
            return;
        }
        assert_eq!(made.err(), Some(Error::Memory), "request {number} of {requests}");
    }
}
