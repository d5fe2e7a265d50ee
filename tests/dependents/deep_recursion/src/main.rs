//! All that recurses on the host's stack, as deep as it goes, on threads with little of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

mod new;
mod old;
mod older;

/// Levels from Lua to Rust to Lua that have to be possible.
const LEVELS: u32 = 190;

/// A text with `middle` inside `levels` of `open` and `close`.
fn nested(levels: usize, open: &str, middle: &str, close: &str) -> String {
    [&open.repeat(levels), middle, &close.repeat(levels)].concat()
}

/// Programs of all syntax levels that there are, each kind of rule that nests.
fn deep_sources() -> Vec<String> {
    vec![
        format!("return {}", nested(190, "(", "1", ")")),
        format!("return {}", nested(190, "{", "", "}")),
        format!("return {}", nested(190, "- ", "1", "")),
        format!("return {}", nested(190, "{[", "1", "]=1}")),
        format!("return {}", nested(190, "1 .. ", "1", "")),
        format!("local a return function() return {} end", nested(190, "a[", "1", "]")),
        format!("return function(f) return {} end", nested(190, "f(", "1", ")")),
        nested(190, "do ", "", " end"),
        nested(190, "while false do ", "", " end"),
        nested(190, "if x then ", "", " end"),
        nested(45, "for i = 1, 0 do ", "", " end"),
        nested(190, "repeat ", "", " until true"),
        nested(90, "return function() ", "return 1", " end"),
        // What is too deep is an error.
        format!("return {}", nested(100_000, "(", "1", ")")),
        nested(100_000, "do ", "", " end"),
        nested(100_000, "return function() ", "", " end"),
    ]
}

/// Scripts in which natives call back, match deeply, collect and finish.
const DEEP_SCRIPTS: &[&str] = &[
    "local function down(n) return (string.gsub('a', 'a', function() return n == 0 and 'end' or down(n - 1) end)) end
     return down(150)",
    "local function down(n)
         local result
         table.sort({ 1, 2 }, function(a, b) result = result or n == 0 and 'end' or down(n - 1) return a < b end)
         return result
     end
     return down(150)",
    "local function down(n) return tostring(setmetatable({}, { __tostring = function() return n == 0 and 'end' or down(n - 1) end })) end
     return down(150)",
    "local function down(n)
         local done
         local f = load(function()
             if done then return nil end
             done = true
             return n == 0 and \"return 'end'\" or \"return '\" .. down(n - 1) .. \"'\"
         end)
         return f()
     end
     return down(100)",
    "return string.find(('a'):rep(990), ('a?'):rep(990) .. '$') and 'end'",
    "return select(2, pcall(string.find, ('a'):rep(1500), ('a?'):rep(1500))):match('too complex') and 'end'",
    "local deep = {} for i = 1, 20000 do deep = { deep } end deep = nil collectgarbage() return 'end'",
    "local deep = function() end for i = 1, 10000 do local inner = deep deep = function() return inner end end
     deep = nil collectgarbage() return 'end'",
    "local count = 0
     local function down(n) if n > 0 then return 1 + down(n - 1) end return 0 end
     return down(5000) == 5000 and 'end'",
    "local s = 'return 1' for i = 1, 90 do s = 'return function() ' .. s .. ' end' end
     local f = loadstring(string.dump(loadstring(s)))
     f = nil collectgarbage() return 'end'",
];

/// Runs all on a thread with a stack of so many bytes.
fn on_thread(kilobytes: usize) {
    let name = format!("{kilobytes} KiB");
    let thread = thread::Builder::new().name(name.clone()).stack_size(kilobytes * 1024).spawn(move || all(kilobytes));
    thread.expect("a thread").join().unwrap_or_else(|_| panic!("on a thread of {name}"));
}

fn all(kilobytes: usize) {
    new::all();
    old::all();
    if kilobytes >= 2048 {
        // What the caller does with a syntax tree, it does on its own stack.
        old::trees();
    }
    older::all();
}

fn main() {
    all(8192);
    for kilobytes in [2048, 256, 128, 64] {
        println!("{kilobytes} KiB");
        on_thread(kilobytes);
    }
}

/// Whether a function panics with this text.
fn panics_with(text: &str, f: impl FnOnce()) -> bool {
    let panic = catch_unwind(AssertUnwindSafe(f)).err();
    panic.and_then(|panic| panic.downcast_ref::<&str>().map(|found| *found == text)).unwrap_or(false)
}
