-- Capturing loop variables in all loops, sharing between iterations.
local function collect(fs) local r = {} for i, f in ipairs(fs) do r[i] = tostring(f()) end return table.concat(r, " ") end
local fs = {}
for i = 1, 4 do fs[i] = function() return i end end
print(collect(fs)) -- expect: 1 2 3 4
fs = {}
for i = 4, 1, -1 do fs[#fs + 1] = function() i = i * 2 return i end end
print(collect(fs), collect(fs)) -- expect: 8 6 4 2	16 12 8 4
fs = {}
for k, v in pairs({ "a", "b" }) do fs[#fs + 1] = function() return k .. v end end
print(collect(fs)) -- expect: 1a 2b
fs = {}
local i = 0
while i < 3 do i = i + 1 local j = i fs[i] = function() return j + i end end
print(collect(fs)) -- expect: 4 5 6
fs = {}
i = 0
repeat i = i + 1 local j = i * i fs[i] = function() j = j + 1 return j end until j > 8
print(collect(fs), collect(fs)) -- expect: 2 5 10	3 6 11
fs = {}
local outer = 0
for i = 1, 3 do outer = outer + i fs[i] = function() return outer + i end end
print(collect(fs)) -- expect: 7 8 9
fs = {}
for i = 1, 3 do local a, b = i, i * 2 fs[#fs + 1] = function() a = a + b return a end fs[#fs + 1] = function() b = b + 1 return a + b end end
print(collect(fs)) -- expect: 3 6 6 11 9 16
print(collect(fs)) -- expect: 6 10 11 17 16 24
fs = {}
for i = 1, 2 do for j = 1, 2 do fs[#fs + 1] = function() return i .. j end end end
print(collect(fs)) -- expect: 11 12 21 22
fs = {}
for w in ("x y z"):gmatch("%a") do fs[#fs + 1] = function() return w end end
print(collect(fs)) -- expect: x y z
local function counters() local n = 0 local r = {} for i = 1, 3 do r[i] = function() n = n + i return n end end return r end
local c = counters()
print(c[1](), c[2](), c[3](), c[1]()) -- expect: 1	3	6	7
local c2 = counters()
print(c2[3](), c[1]()) -- expect: 3	8
-- Immediately called functions, recursion via upvalue, mutual recursion
print((function(n) local function f(k) if k == 0 then return n end return f(k - 1) end return f(5) end)("x")) -- expect: x
local fib
fib = function(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20)) -- expect: 6765
local isodd
local function iseven(n) if n == 0 then return true end return isodd(n - 1) end
function isodd(n) if n == 0 then return false end return iseven(n - 1) end
print(iseven(10), isodd(7), iseven(7)) -- expect: true	true	false
-- An accumulator per call, default arguments captured
local function acc(start) local total = start or 0 return function(x) total = total + (x or 0) return total end end
local a1, a2 = acc(), acc(10)
a1(5)
a2(5)
print(a1(1), a2(1)) -- expect: 6	16
local function compose(...) local fns = { ... } return function(x) for i = #fns, 1, -1 do x = fns[i](x) end return x end end
print(compose(function(x) return x + 1 end, function(x) return x * 2 end)(5)) -- expect: 11
local function memo(f) local cache = {} return function(n) local v = cache[n] if v == nil then v = f(n) cache[n] = v end return v end end
local count = 0
local sq = memo(function(n) count = count + 1 return n * n end)
print(sq(4), sq(4), sq(5), count) -- expect: 16	16	25	2
-- Shadowed upvalues, assignments from inner functions
local x = 1
local function setx(v) x = v end
local function getx() return x end
do local x = 100 setx(x) end
print(x, getx()) -- expect: 100	100
local x = "shadow"
setx(7)
print(x, getx()) -- expect: shadow	7
local function outerf() local y = 1 local function inner() y = y + 1 local function innermost() y = y * 10 end innermost() end inner() return y end
print(outerf()) -- expect: 20
local function params(a, b) local function swap() a, b = b, a end swap() return a, b end
print(params(1, 2)) -- expect: 2	1
local function va(...) local a, b = ... local f = function() return b, a end a = "changed" return f() end
print(va(1, 2)) -- expect: 2	changed
