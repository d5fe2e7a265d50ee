//! Random programs. One ends after a bounded number of steps, and prints nothing that depends on addresses or on when garbage is collected.
//! Where `next` begins and which border `#` finds among holes is PUC's affair, and that of whoever claims to have its order.

use super::choices::Choices;

/// A program that yields from inside metamethods, iterators and `pcall` now and then, which only the core and its routes allow.
pub fn program(choices: &mut Choices<'_>) -> String {
    Gen::program(choices, true, false)
}

/// A program that every Lua 5.1 runs.
pub fn portable_program(choices: &mut Choices<'_>) -> String {
    Gen::program(choices, false, false)
}

/// The portable program of the same choices, with no table whose border or first key could be another one.
pub fn ordered_program(choices: &mut Choices<'_>) -> String {
    Gen::program(choices, false, true)
}

const PRELUDE: &str = include_str!("prelude.lua");

struct Gen<'r, 'a> {
    r: &'r mut Choices<'a>,
    out: String,
    funcs: usize,
    locals: Vec<String>,
    vararg: bool,
    budget: i32,
    indent: usize,
    temp: usize,
    /// Whether tables get neither holes nor many keys.
    ordered: bool,
}

impl<'r, 'a> Gen<'r, 'a> {
    fn program(r: &'r mut Choices<'a>, yields: bool, ordered: bool) -> String {
        let le = r.one(&["function(a, b) P() return val(a) <= val(b) end", "nil", "M.__lt"]).to_owned();
        let mut prelude = PRELUDE.replace("@LE", &le);
        for (name, ranges) in [
            ("@K1", &[1, 2, 3, 7, 13][..]),
            ("@K2", &[5, 11, 29, 1000]),
            ("@K3", &[17, 31, 57, 1000]),
            ("@K4", if yields { &[2, 3, 5, 1000] } else { &[1_000_000] }),
            ("@K5", &[97, 41, 1000]),
        ] {
            let pick = ranges[r.below(ranges.len())].to_string();
            prelude = prelude.replace(name, &pick);
        }
        let mut g =
            Gen { r, out: prelude, funcs: 0, locals: vec![], vararg: true, budget: 0, indent: 0, temp: 0, ordered };
        for index in 1..=3 + g.r.below(4) {
            g.function(index);
        }
        g.vararg = true;
        for _ in 0..6 + g.r.below(8) {
            g.budget = 25;
            let mark = g.locals.len();
            g.line("do".into());
            let how = g.r.below(4);
            g.line(match how {
                0 => "run(function(...)".into(),
                _ => "try(function(...)".to_owned(),
            });
            g.block(3);
            let value = g.exprs(3);
            g.line(format!("return {value}"));
            let arguments = g.simple_args();
            g.line(format!("end{arguments})"));
            g.line("end".into());
            g.locals.truncate(mark);
        }
        g.line("put(u1, u2, u3, G1, G2, G3, #T1, T1.x, T1.y, calls)".into());
        if g.r.chance(3) {
            g.line("error(obj(4) .. 'end')".into())
        }
        g.out
    }
    fn simple_args(&mut self) -> String {
        (0..self.r.below(4)).map(|_| format!(", {}", self.atom())).collect()
    }
    fn line(&mut self, text: String) {
        for _ in 0..self.indent {
            self.out.push(' ');
        }
        self.out.push_str(&text);
        self.out.push('\n');
    }
    fn function(&mut self, index: usize) {
        let mark = self.locals.len();
        let parameters = self.r.below(4);
        let vararg = self.r.chance(2);
        let mut names: Vec<String> = (0..parameters).map(|n| format!("p{index}_{n}")).collect();
        self.locals.extend(names.iter().cloned());
        if vararg {
            names.push("...".into())
        }
        self.vararg = vararg;
        self.line(format!("F[{index}] = function({})", names.join(", ")));
        self.line("P()".into());
        self.budget = 15;
        self.block(3);
        match self.r.below(4) {
            0 => {}
            1 if self.funcs > 0 => {
                let call = self.call_expr(2);
                self.line(format!("return {call}"))
            }
            2 => {
                let v = self.exprs(2);
                self.line(format!("return select({v})"))
            }
            _ => {
                let v = self.exprs(2);
                self.line(format!("return {v}"))
            }
        }
        self.line("end".into());
        self.locals.truncate(mark);
        self.funcs = index;
    }
    fn block(&mut self, depth: usize) {
        let mark = self.locals.len();
        self.indent += 1;
        for _ in 0..1 + self.r.below(5) {
            if self.budget <= 0 {
                break;
            }
            self.budget -= 1;
            self.statement(depth);
        }
        self.indent -= 1;
        self.locals.truncate(mark);
    }
    fn fresh(&mut self) -> String {
        self.temp += 1;
        format!("l{}", self.temp % 60)
    }
    fn target(&mut self) -> String {
        match self.r.below(11) {
            0..=3 if !self.locals.is_empty() => {
                let i = self.r.below(self.locals.len());
                self.locals[i].clone()
            }
            4 => self.r.one(&["u1", "u2", "u3"]).into(),
            5 => self.r.one(&["G1", "G2", "G3"]).into(),
            6 => self.r.one(&["T1.x", "T1.y", "CH.x", "CH.new", "T2.z"]).into(),
            7 => {
                let key = self.r.below(6);
                if self.ordered { "T1.k".into() } else { format!("T1[{key}]") }
            }
            8 => {
                let key = self.expr(1);
                if self.ordered { "T3.k".into() } else { format!("T3[X({key})]") }
            }
            9 => "u3.k".into(),
            _ => format!("T2[X({})]", self.atom()),
        }
    }
    fn statement(&mut self, depth: usize) {
        let d = depth.saturating_sub(1);
        match self.r.below(if depth == 0 { 8 } else { 22 }) {
            0 | 1 => {
                let (n, e) = (self.fresh(), self.expr(3));
                self.line(format!("local {n} = {e}"));
                if self.locals.len() < 60 {
                    self.locals.push(n)
                }
            }
            2 => {
                let (n, m, e) = (self.fresh(), self.fresh(), self.exprs(3));
                self.line(format!("local {n}, {m} = {e}"));
                self.locals.push(n);
                self.locals.push(m)
            }
            3 => {
                let (t, e) = (self.target(), self.expr(3));
                self.line(format!("{t} = {e}"))
            }
            4 => {
                let (t, s, e) = (self.target(), self.target(), self.exprs(2));
                self.line(format!("{t}, {s} = {e}"))
            }
            5 => {
                let e = self.exprs(3);
                self.line(format!("put({e})"))
            }
            6 => {
                let e = self.call_expr(2);
                if !e.starts_with("F[") && !e.starts_with("CH:") {
                    self.line(format!("local _ = {e}"))
                } else {
                    self.line(e)
                }
            }
            7 => {
                let e = self.expr(2);
                self.line(format!("put(({e}))"))
            }
            8 | 9 => {
                let c = self.expr(2);
                self.line(format!("if {c} then"));
                self.block(d);
                if self.r.chance(2) {
                    let c = self.expr(2);
                    self.line(format!("elseif {c} then"));
                    self.block(d)
                }
                if self.r.chance(2) {
                    self.line("else".into());
                    self.block(d)
                }
                self.line("end".into());
            }
            10 => {
                let (n, a, b, s) = (
                    self.fresh(),
                    self.r.below(5),
                    self.r.below(6),
                    self.r.one(&["1", "2", "0.5", "'1'", "-1", "3", "-0.7", "1e300", "0/0"]),
                );
                let (a, b) = match self.r.below(4) {
                    0 => (format!("'{a}'"), b.to_string()),
                    1 => (a.to_string(), format!("'{b}'")),
                    2 => (a.to_string(), self.expr(1)),
                    _ => (a.to_string(), b.to_string()),
                };
                // A loop may run long with a small step and a large limit: P ends it.
                self.line(format!("for {n} = {a}, {b}, {s} do P()"));
                self.locals.push(n);
                self.block(d);
                if self.r.chance(3) {
                    let c = self.expr(1);
                    self.line(format!("if {c} then break end"))
                }
                self.locals.pop();
                self.line("end".into());
            }
            11 => {
                let (k, v, w) = (self.fresh(), self.fresh(), self.fresh());
                let source = match self.r.below(7) {
                    0 => "ipairs(T1)".into(),
                    1 => "pairs({4, 5, 6})".into(),
                    2 => format!("iter({})", self.r.below(5)),
                    3 => format!("gen({})", self.r.below(4)),
                    4 => "next, {7, 8}".into(),
                    5 => "('a,bc,d'):gmatch('%a')".into(),
                    _ => format!(
                        "setmetatable({{}}, {{__call = function(_, s, c) P() c = (c or 0) + 1 if c < {} then return c, s end end}}), {}",
                        self.r.below(5),
                        self.atom()
                    ),
                };
                let names = match self.r.below(3) {
                    0 => k.clone(),
                    1 => format!("{k}, {v}"),
                    _ => format!("{k}, {v}, {w}"),
                };
                let mark = self.locals.len();
                self.line(format!("for {names} in {source} do P()"));
                self.locals.extend(names.split(", ").map(str::to_owned));
                self.block(d);
                if self.r.chance(4) {
                    let c = self.expr(1);
                    self.line(format!("if {c} then break end"))
                }
                self.line("end".into());
                self.locals.truncate(mark);
            }
            12 => {
                let (n, c) = (self.fresh(), self.expr(2));
                {
                    let t = format!("local {n} = 0 while {n} < {} do {n} = {n} + 1", 1 + self.r.below(4));
                    self.line(t)
                };
                self.block(d);
                if self.r.chance(2) {
                    self.line(format!("if {c} then break end"))
                }
                self.line("end".into());
            }
            13 => {
                let (n, c) = (self.fresh(), self.expr(2));
                self.line(format!("local {n} = 0 repeat {n} = {n} + 1 P()"));
                self.block(d);
                let form = match self.r.below(4) {
                    0 => format!("until {n} > 4 or {c}"),
                    1 => format!("until {n} >= 3 or ({c}) and {n} > 1"),
                    2 => format!("until obj({n}) >= obj({})", self.r.below(5)),
                    _ => format!("until obj({n}) == obj(3) or not (obj({n}) < obj(4))"),
                };
                self.line(form);
            }
            14 => {
                let n = self.fresh();
                self.line(format!("local {n} = 0 local function step() {n} = {n} + 1 return obj({n}) end"));
                let text = match self.r.below(5) {
                    0 => format!("while step() < obj({}) do end", self.r.below(6)),
                    1 => format!("while step() <= obj({}) do end", self.r.below(6)),
                    2 => format!("while step() ~= obj({}) do end", 1 + self.r.below(6)),
                    3 => format!("repeat until step() > obj({})", self.r.below(6)),
                    _ => format!(
                        "repeat local k = {n} F.c = function() return k end until step() == obj({})",
                        1 + self.r.below(6)
                    ),
                };
                self.line(text);
                self.line(format!("put({n})"));
            }
            15 => {
                let n = self.fresh();
                let (args, v) = (self.simple_args(), {
                    let was = std::mem::replace(&mut self.vararg, true);
                    let v = self.exprs(2);
                    self.vararg = was;
                    v
                });
                self.line(format!("local function {n}(a, b, ...)"));
                let (mark, was) = (self.locals.len(), self.vararg);
                self.locals.extend(["a".to_owned(), "b".to_owned()]);
                self.vararg = true;
                self.block(d);
                self.line(format!("return {v}"));
                self.locals.truncate(mark);
                self.vararg = was;
                self.line("end".into());
                let how = self.r.one(&["try", "try", "run", "put(pcall", "put(xpcall"]);
                match how {
                    "put(pcall" => self.line(format!("put(pcall({n}{args}))")),
                    "put(xpcall" => {
                        self.line(format!("put(xpcall({n}, function(e) P() return 'h' .. tostring(e) end))"))
                    }
                    _ => self.line(format!("{how}({n}{args})")),
                }
            }
            16 => {
                let n = self.fresh();
                self.line(format!("local {n} = {{}}"));
                {
                    let t = format!("for i = 1, {} do", 1 + self.r.below(4));
                    self.line(t)
                };
                self.locals.push(n.clone());
                let (e, f) = (self.atom(), self.atom());
                self.line(format!(
                    " local j = i {n}[i] = function(x, ...) j = j + (x or 1) u1 = {e} return j, {f} end"
                ));
                if self.r.chance(3) {
                    self.line(" if i == 2 then break end".into())
                }
                self.line("end".into());
                self.line(format!("for i, f in ipairs({n}) do put(f(), f(i)) end"));
            }
            17 => {
                let (count, e) = (
                    self.r
                        .one(&["3", "48", "49", "50", "51", "99", "100", "101", "120", "260"])
                        .parse::<usize>()
                        .unwrap(),
                    self.exprs(1),
                );
                let items: Vec<String> =
                    (0..count).map(|i| if i % 17 == 5 { "nil".into() } else { i.to_string() }).collect();
                let n = self.fresh();
                self.line(format!("local {n} = {{{}, {e}}}", items.join(", ")));
                self.line(format!("put({n}[1], {n}[6], {n}[{count}], {n}[{}], #{n} > 0)", count + 1));
            }
            18 => {
                let e = self.exprs(2);
                self.line(format!("local pk = pack({e}) put(pk.n, #pk, unpack(pk, 1, pk.n))"));
            }
            19 => {
                let (e, n) = (self.expr(1), self.r.below(30));
                self.line(format!("local function rec(k, ...) P() if k <= 0 then return {e}, ... end if k % 3 == 0 then return (rec(k - 1, k)), select('#', ...) end return rec(k - 1, k, ...) end"));
                self.line(format!("put(rec({n}))"));
            }
            20 => {
                let text = match self.r.below(6) {
                    0 => {
                        "local s = {3, 1, 2, 5, 4} table.sort(s, function(a, b) P() return obj(a) < obj(b) end) put(unpack(s))"
                    }
                    1 => "put((('abc'):gsub('%a', function(c) P() return c .. c end)))",
                    2 => {
                        "local e = setmetatable({}, {__index = _G}) local f = setfenv(function() Q = 5 P() return Q, G1 end, setmetatable({P = P}, {__index = _G, __newindex = function(t, k, v) rawset(t, k, v) P() end})) put(f())"
                    }
                    3 => "do local n = newproxy(true) getmetatable(n).__gc = function() Gfin = 9 end end",
                    4 => "put(select('#', unpack({}, 1, 230)))",
                    _ => "local w = setmetatable({}, {__mode = 'v'}) w[1] = {} w[2] = 'k' put(w[2])",
                };
                self.line(text.into());
            }
            _ => {
                let w = [["N"], ["O"], ["tostring"]][self.r.below(3)];
                let (a, b) = (self.part(2, &w), self.part(2, &w));
                let op = self.r.one(&["==", "~=", "<", "<=", ">", ">="]);
                self.line(format!("put({a} {op} {b})"))
            }
        }
    }
    fn atom(&mut self) -> String {
        match self.r.below(17) {
            0..=5 if !self.locals.is_empty() => {
                let i = self.r.below(self.locals.len());
                self.locals[i].clone()
            }
            6 => self.r.one(&["u1", "u2", "u3"]).into(),
            7 => self.r.one(&["G1", "G2", "G3", "Gnil"]).into(),
            8 => self
                .r
                .one(&["1", "0", "-3", "2.5", "1e15", "0/0", "1/0", "255", "'10'", "'0x10'", "'str'", "''"])
                .into(),
            9 => self.r.one(&["nil", "true", "false"]).into(),
            10 => format!("obj({})", self.r.below(6)),
            11 => "U".into(),
            12 => self.r.one(&["T1", "CH", "T3"]).into(),
            13 if self.vararg => "...".into(),
            14 => self.r.one(&["T1.x", "T1[2]", "CH.x", "CH.deep", "T1.none", "u3.q", "CH.none"]).into(),
            15 => "('%d'):rep(2)".into(),
            _ => self.r.below(9).to_string(),
        }
    }
    fn exprs(&mut self, depth: usize) -> String {
        let mut all: Vec<String> = (0..1 + self.r.below(3)).map(|_| self.expr(depth)).collect();
        match self.r.below(5) {
            0 if self.vararg => all.push("...".into()),
            1 => {
                let c = self.call_expr(1);
                all.push(c)
            }
            _ => {}
        }
        all.join(", ")
    }
    fn call_expr(&mut self, depth: usize) -> String {
        let args = if depth == 0 { "u1".into() } else { self.exprs(depth - 1) };
        match self.r.below(12) {
            0..=3 if self.funcs > 0 => format!("F[{}]({args})", 1 + self.r.below(self.funcs)),
            4 => format!("CH:meth({args})"),
            5 => format!("obj({})({args})", self.r.below(4)),
            6 => {
                let f = self.r.one(&[
                    "type",
                    "tostring",
                    "tonumber",
                    "math.abs",
                    "math.floor",
                    "math.max",
                    "math.min",
                    "select",
                    "rawequal",
                    "string.len",
                    "string.sub",
                    "string.byte",
                    "math.sqrt",
                    "unpack",
                    "next",
                    "rawget",
                    "string.char",
                    "assert",
                    "getmetatable",
                    "ipairs",
                    "math.fmod",
                    "string.rep2",
                    "error",
                ]);
                let f = if self.ordered && f == "next" { "rawequal" } else { f };
                format!("{f}({args})")
            }
            7 => format!("pcall({args})"),
            8 => format!("select('#', {args}, 1)"),
            9 => format!("pack({args}).n"),
            10 => format!("{}({args})", self.r.one(&["obj", "val", "S", "pack", "math.abs", "tostring", "type"])),
            _ => {
                let a = self.atom();
                let a = if a == "..." { "T1".into() } else { a };
                format!("tostring({a}):len({args})")
            }
        }
    }
    fn part(&mut self, depth: usize, wrap: &[&str]) -> String {
        let e = self.expr(depth);
        if self.r.chance(25) {
            return e;
        }
        let w = self.r.one(wrap);
        format!("{w}({e})")
    }
    fn expr(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom();
        }
        let d = depth - 1;
        let arith = &["A", "A", "N", "O"][..];
        match self.r.below(16) {
            0..=2 => self.atom(),
            3 | 4 => {
                let (a, b) = (self.part(d, arith), self.part(d, arith));
                format!("({a} {} {b})", self.r.one(&["+", "-", "*", "/", "%", "^"]))
            }
            5 => {
                let w = [["N"], ["O"], ["O"], ["tostring"]][self.r.below(4)];
                let (a, b) = (self.part(d, &w), self.part(d, &w));
                format!("({a} {} {b})", self.r.one(&["==", "~=", "<", "<=", ">", ">="]))
            }
            6 => {
                let parts: Vec<String> =
                    (0..2 + self.r.below(5)).map(|_| self.part(d, &["X", "X", "tostring", "O"])).collect();
                format!("({})", parts.join(" .. "))
            }
            7 => {
                let e = self.part(d, arith);
                format!("-{e}")
            }
            8 => {
                let e = self.expr(d);
                format!("not {e}")
            }
            9 => {
                let e = self.part(d, &["I", "tostring"]);
                format!("#{e}")
            }
            10 | 11 => {
                let (a, b) = (self.expr(d), self.expr(d));
                format!("({a} {} {b})", self.r.one(&["and", "or"]))
            }
            12 => self.call_expr(d),
            13 => {
                let (a, b) = (self.part(d, &["I"]), self.expr(d));
                format!("(({a})[{b}])")
            }
            14 => {
                let (a, b) = (self.expr(d), self.exprs(d));
                let k = self.atom();
                format!(
                    "({{{b}, k = {a}, [{}] = {a}}}).k",
                    if k == "..." || k == "nil" || k == "Gnil" { "1".into() } else { format!("tostring({k})") }
                )
            }
            _ => {
                let was = std::mem::replace(&mut self.vararg, true);
                let e = self.exprs(d);
                self.vararg = was;
                let a = self.atom();
                format!("(function(...) return {e} end)({a})")
            }
        }
    }
}
