-- Number keys, nil and NaN keys, negative zero, changes while traversing.
local t = {}
t[1] = "int"
print(t[1.0], t[2 / 2], t["1"], t[1e0], t[0x1]) -- expect: int	int	nil	int	int
t[1.0] = "same"
print(t[1], #t) -- expect: same	1
t[2^53] = "big" print(t[9007199254740992], t[2^53 + 1], t[2^53 - 1], t[2^53 + 2]) -- expect: big	big	nil	nil
t[0] = "zero"
local z = 0
print(t[-z], t[-0], t[0.0]) -- expect: zero	zero	zero
t[-z] = "minus"
print(t[0]) -- expect: minus
t[1.5] = "frac"
print(t[3 / 2], t[1]) -- expect: frac	same
t[-1] = "neg"
t[2^31] = "2^31"
t[-2^31] = "-2^31"
t[1e300] = "huge"
t[1/0] = "inf"
t[-1/0] = "-inf"
print(t[-1], t[2147483648], t[-2147483648], t[1e300], t[1/0], t[-1/0]) -- expect: neg	2^31	-2^31	huge	inf	-inf
t[0.1 + 0.2] = "a"
print(t[0.3], t[0.1 + 0.2]) -- expect: nil	a
print(pcall(function() t[0/0] = 1 end)) -- expect: false	table_keys.lua:24: table index is NaN
print(t[0/0], rawget(t, 0/0)) -- expect: nil	nil
print(pcall(function() t[nil] = 1 end)) -- expect: false	table_keys.lua:26: table index is nil
print(t[nil]) -- expect: nil
print(pcall(function() return { [0/0] = 1 } end)) -- expect: false	table_keys.lua:28: table index is NaN
t[true] = "bool"
t[false] = "no"
print(t[true], t[false], t["true"]) -- expect: bool	no	nil
local f = function() end
t[f] = "fn"
t[t] = "self"
print(t[f], t[t], t[{}]) -- expect: fn	self	nil
-- #t after holes at the end only
local a = {}
for i = 1, 10 do a[i] = i end
a[10] = nil
print(#a) -- expect: 9
a[9] = nil
print(#a) -- expect: 8
a[9] = 9
print(#a) -- expect: 9
for i = 9, 1, -1 do a[i] = nil end
print(#a) -- expect: 0
a[1] = 1
print(#a) -- expect: 1
local b = {}
b[3] = 3
b[2] = 2
b[1] = 1
print(#b, table.concat(b, ",")) -- expect: 3	1,2,3
b[4] = 4
print(#b) -- expect: 4
local c = { 1, 2, 3, nil }
print(#c) -- expect: 3
local d = { n = 1, [1] = "a", [2] = "b" }
print(#d) -- expect: 2
-- Removing and changing existing fields while traversing; clearing all.
local many = {}
for i = 1, 100 do many[i] = i many["s" .. i] = i many[i + 0.5] = i end
local n = 0
for k in pairs(many) do n = n + 1 many[k] = nil end
print(n, next(many)) -- expect: 300	nil
for i = 1, 64 do many["k" .. i] = i end
n = 0
for k, v in pairs(many) do many[k] = v + 1 n = n + v end
print(n) -- expect: 2080
n = 0
for k, v in pairs(many) do n = n + v if v % 2 == 0 then many[k] = nil end end
print(n) -- expect: 2144
n = 0
for _ in pairs(many) do n = n + 1 end
print(n) -- expect: 32
local del = { 1, 2, 3, 4, 5 }
for i, v in ipairs(del) do if v == 2 then table.remove(del, i) end end
print(table.concat(del, " ")) -- expect: 1 3 4 5
for i = #del, 1, -1 do if del[i] % 2 == 1 then table.remove(del, i) end end
print(table.concat(del, " ")) -- expect: 4
print(pcall(function() local x = { a = 1 } for k in pairs(x) do x[k] = nil x[k] = 2 end return x.a end)) -- expect: true	2
-- next with a key that has just been removed
local r = { a = 1, b = 2, c = 3 }
local k = next(r)
r[k] = nil
collectgarbage()
n = 0
while k do k = next(r, k) n = n + 1 end
print(n) -- expect: 3
-- nil values and reinsertion
local s = { x = 1 }
s.x = nil
s.y = 2
s.x = 3
print(s.x, s.y) -- expect: 3	2
s.x = nil
s.y = nil
print(next(s)) -- expect: nil
s[1] = nil
print(#s, next(s)) -- expect: 0	nil
rawset(s, "q", nil)
print(next(s)) -- expect: nil
-- Long strings and strings with zeros as keys
local long = ("abc"):rep(1000)
s[long] = "L"
s[long .. "x"] = "Lx"
s["a\0b"] = "zero b"
s["a\0c"] = "zero c"
print(s[("abc"):rep(1000)], s[("abc"):rep(1000) .. "x"], s["a\0b"], s["a\0c"], s.a) -- expect: L	Lx	zero b	zero c	nil
-- Keys that are numbers in strings
local ns = { ["1"] = "s", [1] = "n", ["1.0"] = "sf", ["0x1"] = "hex" }
print(ns["1"], ns[1], ns["1.0"], ns["0x1"], ns[tostring(1)], ns[tonumber("1")]) -- expect: s	n	sf	hex	s	n
