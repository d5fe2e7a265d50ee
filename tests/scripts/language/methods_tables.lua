-- Method calls, table constructors and the length operator.

local t = { 1, 2, 3; "x", a = "A", ["b c"] = "B", [10] = "ten", [1.5] = "float", [true] = "yes" }
print(#t, t[4], t.a, t["b c"], t[10], t[1.5], t[true]) -- expect: 4	x	A	B	ten	float	yes
print(#{}, #{ nil }, #{ 1, 2, nil }, #{ n = 1 }, #{ { }, { } }) -- expect: 0	0	2	0	2
local p = { [1] = "key", "positional" }
print(p[1], #p) -- expect: positional	1
local q = { "positional", [1] = "key" }
print(q[1]) -- expect: positional
local d = { a = 1, a = 2 }
print(d.a) -- expect: 2
local e = { f = function() return "called" end, [#"four"] = 4, [1 + 1] = 2 }
print(e.f(), e[4], e[2]) -- expect: called	4	2
local function mr() return 1, 2, 3 end
print(#{ mr() }, #{ mr(), mr() }, #{ (mr()) }, #{ mr(), nil }, #{ nil, mr() }, #{ a = mr() }) -- expect: 3	4	1	1	4	0
local trailing = { 1, 2, 3, }
print(#trailing) -- expect: 3
local nested = { { { "deep" } }, x = { y = { z = "xyz" } } }
print(nested[1][1][1], nested.x.y.z, nested["x"]["y"]["z"]) -- expect: deep	xyz	xyz
print(#{ "a", "b", nil, "d" }) -- expect: 4
local big = {}
for i = 1, 1000 do big[i] = i end
print(#big) -- expect: 1000
big[#big] = nil
print(#big) -- expect: 999
big[#big + 1] = "x"
print(#big) -- expect: 1000
for i = 1, 998 do big[#big] = nil end print(#big) -- expect: 2

-- Methods.
local obj = { n = 0 }
function obj:add(k) self.n = self.n + (k or 1) return self end
function obj.static(x) return x end
print(obj:add():add(5):add().n, obj.add(obj, 10).n, obj.static(7)) -- expect: 7	17	7
function obj:va(...) return self == obj, select("#", ...), ... end
print(obj:va(1, nil)) -- expect: true	2	1	nil
print(obj:va()) -- expect: true	0
obj.sub = { deep = {} }
function obj.sub.deep:who() return self == obj.sub.deep end
function obj.sub.fn() return "fn" end
print(obj.sub.deep:who(), obj.sub.fn()) -- expect: true	fn
print(("abc"):upper(), ("%d-%s"):format(3, "x"), ("x"):rep(3):len(), #("x"):rep(3)) -- expect: ABC	3-x	3	3
local s = "hello"
print(s:sub(2, -2):upper():reverse(), s:len(), s:byte(), s.len == string.len) -- expect: LLE	5	104	true
print(("a,b"):gsub(",", ";")) -- expect: a;b	1
print((("nested")):len()) -- expect: 6
print(obj["static"](1), obj["n"]) -- expect: 1	17
local key = "add"
print(obj[key](obj, 0).n) -- expect: 17
-- Call syntax with a table or string argument.
local function id(x) return x end
print(id { 5 }[1], id "s", id [[long]], type(id {}), id { a = { b = 6 } }.a.b) -- expect: 5	s	long	table	6
function obj:get(t) return t[1] end
print(obj:get { "tab" }, obj:get "str" == nil) -- expect: tab	true
-- The object expression of a method call is evaluated once.
local evaluated = 0
local function object() evaluated = evaluated + 1 return obj end
object():add() print(evaluated) -- expect: 1
-- Keys of all types.
local f, c = print, coroutine.create(function() end)
local keys = { [f] = "function", [c] = "thread", [t] = "table", [""] = "empty", [0] = "zero", [-1] = "minus", [1e300] = "huge" }
print(keys[f], keys[c], keys[t], keys[""], keys[0], keys[-1], keys[1e300], keys[-0]) -- expect: function	thread	table	empty	zero	minus	huge	zero
print(keys[nil], rawget(keys, nil), keys[0/0]) -- expect: nil	nil	nil
print(pcall(function() keys[nil] = 1 end)) -- expect: false	methods_tables.lua:64: table index is nil
print(pcall(function() keys[0/0] = 1 end)) -- expect: false	methods_tables.lua:65: table index is NaN
print(pcall(function() return { [nil] = 1 } end)) -- expect: false	methods_tables.lua:66: table index is nil
print(pcall(rawset, {}, nil, 1)) -- expect: false	table index is nil
print(pcall(rawset, {}, 0/0, 1)) -- expect: false	table index is NaN
keys[nil or "x"] = 1 print(keys.x) -- expect: 1
-- Setting to nil and back.
local r = { 1, 2, 3 }
r[2] = nil r[2] = "two" print(#r, r[2]) -- expect: 3	two
r[4] = 4 r[5] = 5 print(#r) -- expect: 5
r[5] = nil r[4] = nil print(#r) -- expect: 3
