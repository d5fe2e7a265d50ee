//! The programs that time one opcode: a loop over statements that execute it, less a loop over statements that do not.
//!
//! Each case's two bodies differ in the opcode's executions and in what `besides` says, which a test compares with what the
//! profiler counts. What an opcode costs is the difference in time, less the cost of what there is besides. So loops, operands and
//! clocks cancel out.

use crate::bytecode::OpCode;

/// How an opcode is timed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) opcode: OpCode,
    /// Before the functions; its locals are their upvalues.
    outer: &'static str,
    /// The statements that execute the opcode.
    body: &'static str,
    /// The statements that do not, or less often.
    base: &'static str,
    /// How much more often the body executes it.
    pub(super) times: u32,
    /// What else the body executes more often than the base does, or, if negative, less often.
    pub(super) besides: &'static [(OpCode, i32)],
    /// What the figure includes.
    pub(super) note: &'static str,
}

/// Copies of a body in the loop, which make the loop's own share small.
const COPIES: usize = 20;

/// The loop's function, and what its statements can use.
const LOCALS: &str =
    "local a, b, c, s, u = 1, 3, 2, 'ab', 'cd' local t, o, e = {x = 1, y = 2}, {}, {} local f = noop o.m = noop";

const fn case(opcode: OpCode, body: &'static str, base: &'static str) -> Case {
    Case { opcode, outer: "", body, base, times: 1, besides: &[], note: "" }
}

/// The cases, each after those of the opcodes that it has besides.
pub(super) const CASES: &[Case] = &[
    case(OpCode::Move, "a = b", ""),
    case(OpCode::LoadK, "a = 12345", ""),
    case(OpCode::LoadBool, "a = true", ""),
    // Two of them side by side would be one.
    case(OpCode::LoadNil, "a = nil c = b", "c = b"),
    Case { outer: "local up = 1", ..case(OpCode::GetUpval, "a = up", "") },
    Case { outer: "G = 1", ..case(OpCode::GetGlobal, "a = G", "") },
    Case { outer: "G = 1", ..case(OpCode::SetGlobal, "G = b", "") },
    Case { outer: "local up = 1", ..case(OpCode::SetUpval, "up = b", "") },
    Case { note: "a constant string key", ..case(OpCode::GetTable, "a = t.x", "") },
    Case { note: "a constant string key that is there", ..case(OpCode::SetTable, "t.x = b", "") },
    Case { note: "an empty table", ..case(OpCode::NewTable, "a = {}", "a = b") },
    Case {
        besides: &[(OpCode::Move, -2)],
        note: "a method in the object itself",
        ..case(OpCode::Self_, "o:m()", "f(o)")
    },
    case(OpCode::Add, "a = b + c", ""),
    case(OpCode::Sub, "a = b - c", ""),
    case(OpCode::Mul, "a = b * c", ""),
    case(OpCode::Div, "a = b / c", ""),
    case(OpCode::Mod, "a = b % c", ""),
    case(OpCode::Pow, "a = b ^ c", ""),
    case(OpCode::Unm, "a = -b", ""),
    case(OpCode::Not, "a = not b", ""),
    Case { note: "a string's", ..case(OpCode::Len, "a = #s", "") },
    Case { note: "two short strings", ..case(OpCode::Concat, "a = s .. u", "a = s a = u") },
    // Jumps side by side would all go to the end at once.
    case(OpCode::Jmp, "while true do break end a = b", "a = b"),
    Case { note: "numbers, equal", ..case(OpCode::Eq, "if b == b then end", "") },
    Case { note: "numbers, less", ..case(OpCode::Lt, "if c < b then end", "") },
    Case { note: "numbers, less", ..case(OpCode::Le, "if c <= b then end", "") },
    case(OpCode::Test, "if b then end", ""),
    Case { note: "not taken", ..case(OpCode::TestSet, "a = b and c", "a = c") },
    Case {
        besides: &[(OpCode::Return, 1)],
        note: "an empty Lua function, with its RETURN",
        ..case(OpCode::Call, "f()", "a = f")
    },
    Case {
        besides: &[(OpCode::GetUpval, 1)],
        outer: "local function tail() return noop() end",
        note: "beyond a call",
        ..case(OpCode::TailCall, "a = tail a()", "a = noop a()")
    },
    Case {
        besides: &[(OpCode::Call, 1)],
        note: "an empty Lua function, with its CALL",
        ..case(OpCode::Return, "f()", "a = f")
    },
    Case {
        times: 100,
        note: "a numeric loop's turn",
        ..case(OpCode::ForLoop, "for i = 1, 101 do end", "for i = 1, 1 do end")
    },
    Case { besides: &[(OpCode::ForLoop, 1)], ..case(OpCode::ForPrep, "for i = 1, 0 do end", "a = 1 a = 0 a = 1") },
    Case {
        outer: "local hundred = {} for i = 1, 100 do hundred[i] = i end local none = {}",
        times: 100,
        note: "with its call of next",
        ..case(OpCode::TForLoop, "for k in next, hundred do end", "for k in next, none do end")
    },
    Case {
        note: "four values, with the room for them",
        ..case(OpCode::SetList, "a = {b, b, b, b}", "a = {} c = b c = b c = b c = b")
    },
    case(OpCode::VarArg, "a = ...", ""),
    Case { note: "one upvalue, open before", ..case(OpCode::Closure, "a = function() return b end", "") },
    Case {
        note: "one upvalue, with its making",
        ..case(
            OpCode::Close,
            "do local x = b a = function() return x end end",
            "do local x = b a = function() return b end end",
        )
    },
];

impl Case {
    /// Statements that define the functions `body` and `base`, which execute `copies` times theirs in each of `n` turns.
    fn functions(&self, copies: usize) -> String {
        let function = |name: &str, statements: &str| {
            let statements = format!("{statements}\n").repeat(copies);
            format!("local function {name}(n, ...)\n{LOCALS}\nfor turn = 1, n do\n{statements}end\nend\n")
        };
        format!("{}\n{}{}", self.outer, function("body", self.body), function("base", self.base))
    }
}

/// A program that times all cases, and prints of each its number and the nanoseconds by which one body takes longer.
///
/// Each body runs at least `shortest` seconds. Of five times the median counts: a disturbance makes one longer, but the processor's
/// clock itself may stand still for a moment, so that the shortest time can be too short.
pub(super) fn program(shortest: f64) -> String {
    let mut text = format!(
        "local clock = os.clock
local function noop() end
local function time(f, n)
  local start = clock()
  f(n, 1)
  return clock() - start
end
local function median(times)
  table.sort(times)
  return times[3]
end
local function measure(number, body, base)
  local n = 1
  while time(body, n) < {shortest} do n = n * 2 end
  local with, without = {{}}, {{}}
  for i = 1, 5 do
    with[i] = time(body, n)
    without[i] = time(base, n)
  end
  print(number, (median(with) - median(without)) / (n * {COPIES}) * 1e9)
end
"
    );
    for (number, case) in CASES.iter().enumerate() {
        text.push_str(&format!("do\n{}measure({number}, body, base)\nend\n", case.functions(COPIES)));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::router::routable;
    use crate::vm::LuaVM;

    /// What one of the functions executes in that many turns.
    fn executed(case: &Case, function: &str, turns: u32) -> BTreeMap<OpCode, i64> {
        let mut vm = LuaVM::with_stdlib().unwrap();
        vm.start_profile();
        let setup = "local function noop() end";
        let text = format!("{setup}\n{}\n{function}({turns}, 1)", case.functions(3));
        vm.eval(&text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", case.opcode));
        vm.profile().unwrap().opcodes.iter().map(|row| (row.opcode, row.count as i64)).collect()
    }

    #[test]
    fn each_case_executes_what_it_says() {
        for case in CASES {
            let per_turn = |function: &str| {
                let (few, many) = (executed(case, function, 1), executed(case, function, 11));
                let keys: Vec<OpCode> = many.keys().copied().collect();
                keys.into_iter().map(|key| (key, (many[&key] - few.get(&key).unwrap_or(&0)) as f64 / 30.0)).collect()
            };
            let (body, base): (BTreeMap<_, f64>, BTreeMap<_, f64>) = (per_turn("body"), per_turn("base"));
            let mut found = BTreeMap::new();
            for key in body.keys().chain(base.keys()) {
                let more = body.get(key).unwrap_or(&0.0) - base.get(key).unwrap_or(&0.0);
                if more.abs() > 1e-9 {
                    found.insert(*key, more);
                }
            }
            let mut expected = BTreeMap::from([(case.opcode, f64::from(case.times))]);
            expected.extend(case.besides.iter().map(|&(opcode, times)| (opcode, f64::from(times))));
            assert_eq!(found, expected, "{}", case.opcode);
        }
    }

    #[test]
    fn there_is_a_case_for_each_opcode_after_those_it_needs() {
        let mut known = HashSet::new();
        for case in CASES {
            for (opcode, _) in case.besides {
                // A call and its return cannot be told apart.
                let pair = matches!(opcode, OpCode::Call | OpCode::Return);
                assert!(pair || known.contains(opcode), "{} needs {opcode}", case.opcode);
            }
            assert!(known.insert(case.opcode), "{}", case.opcode);
        }
        assert_eq!(known, routable().collect());
    }
}
