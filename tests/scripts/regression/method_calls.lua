-- Self, methods on literals, constructors as receivers, long chains.
print(("%d"):format(7), ("abc"):len(), #("abc"):rep(2), ("x"):rep(3):upper():lower():len(), ([[long]]):sub(2)) -- expect: 7	3	6	3	ong
print(({ 1, 2, 3, sum = function(self) return #self end }):sum(), (function() return { m = function(s, x) return x end } end)():m("v")) -- expect: 3	v
local o = { v = 1 }
function o.f(self, n) self.v = self.v + (n or 1) return self end
print(o:f():f(5):f().v, o.f(o, 2).v) -- expect: 8	10
local name = "f"
print(o[name](o).v) -- expect: 11
local calls = 0 local function get() calls = calls + 1 return o end get():f() get().f(get()) print(calls, o.v) -- expect: 3	13
function o:sub(...) return select("#", ...), (...) end
print(o:sub(), o:sub(nil), o:sub(1, 2)) -- expect: 0	1	2	1
print(o:sub(o:sub(5))) -- expect: 2	1
print(o.sub(nil, "x")) -- expect: 1	x
o.nested = { deep = { m = function(self, x) return self == o.nested.deep, x end } }
print(o.nested.deep:m(1)) -- expect: true	1
function o.nested.deep.m2(x) return x end
print(o.nested.deep.m2 "str", o.nested.deep.m2 { 1 }[1], o.nested.deep:m2() == o.nested.deep) -- expect: str	1	true
local A = {}
A.__index = A
function A.new(x) return setmetatable({ x = x }, A) end
function A:get() return self.x end
local B = setmetatable({}, { __index = A })
B.__index = B
function B.new(x) local self = A.new(x) return setmetatable(self, B) end
function B:get() return "B" .. A.get(self) end
print(A.new(1):get(), B.new(2):get(), getmetatable(B.new(1)) == B, rawget(B, "new") ~= A.new, B.new(3).x) -- expect: 1	B2	true	true	3
local s = "method"
print(s:sub(1, 1):upper() .. s:sub(2), s:gsub("m", "M"), (s:gsub("m", "M"))) -- expect: Method	Method	Method
print(pcall(function() return s:nope() end)) -- expect: false	method_calls.lua:29: attempt to call method 'nope' (a nil value)
print(pcall(function() local n = 5 return n:foo() end)) -- expect: false	method_calls.lua:30: attempt to index local 'n' (a number value)
print(pcall(function() return o:nope() end)) -- expect: false	method_calls.lua:31: attempt to call method 'nope' (a nil value)
print(pcall(function() return o.x:y() end)) -- expect: false	method_calls.lua:32: attempt to index field 'x' (a nil value)
print(type(s.format), s["len"](s), string.len(s), ("x").y, #s .. "") -- expect: function	6	6	nil	6
local up = string.upper
print(up(s), up "lit") -- expect: METHOD	LIT
string.shout = function(x, n) return x:upper() .. ("!"):rep(n or 1) end
print(s:shout(), ("hey"):shout(3)) -- expect: METHOD!	HEY!!!
string.shout = nil
local m = setmetatable({}, { __index = function(t, k) return function(self, ...) return k, self == t, ... end end })
print(m:anything(1)) -- expect: anything	true	1
print(m.field(m, 2)) -- expect: field	true	2
print(m["with space"](m)) -- expect: with space	true
local cnt = setmetatable({ n = 0 }, { __call = function(self, d) self.n = self.n + d return self end })
print(cnt(1)(2)(3).n) -- expect: 6
o.callable = cnt
print(o.callable(4).n, pcall(function() return o:callable(1) end)) -- expect: 10	false	method_calls.lua:43: attempt to perform arithmetic on local 'd' (a table value)
