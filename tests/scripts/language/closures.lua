-- Upvalues: shared, fresh per iteration, outliving their scope.

local function counter()
  local n = 0
  return function() n = n + 1 return n end, function() return n end, function(v) n = v end
end
local inc, get, set = counter()
print(inc(), inc(), get()) -- expect: 1	2	2
set(10)
print(inc(), get()) -- expect: 11	11
local inc2 = counter()
print(inc2(), inc()) -- expect: 1	12

local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 1 return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]()) -- expect: 2	3	3	4
fs = {}
for k, v in ipairs { "a", "b", "c" } do fs[k] = function() return k, v end end
print(fs[1]()) -- expect: 1	a
print(fs[2]()) -- expect: 2	b
print(fs[3]()) -- expect: 3	c
fs = {}
local i = 1
while i <= 3 do local j = i; fs[i] = function() j = j + 10 return j end i = i + 1 end
print(fs[1](), fs[2](), fs[3](), fs[3]()) -- expect: 11	12	13	23
fs = {}
i = 0
repeat local j = i; fs[#fs + 1] = function() return j end; i = i + 1 until j >= 2
print(#fs, fs[1](), fs[2](), fs[3]()) -- expect: 3	0	1	2

-- Two closures share one variable per iteration.
local pairs_ = {}
for i = 1, 2 do
  local v = i * 100
  pairs_[i] = { get = function() return v end, set = function(x) v = x end }
end
pairs_[1].set("changed")
print(pairs_[1].get(), pairs_[2].get()) -- expect: changed	200

-- Closing by break, goto-less continue, return and error.
local saved
for i = 1, 10 do
  local v = i
  saved = function() v = v + 1 return v end
  if i == 4 then break end
end
print(saved(), saved()) -- expect: 5	6
local function early(x)
  local v = x
  local f = function() return v end
  if x > 1 then return f end
  v = v + 100
  return f
end
print(early(1)(), early(2)()) -- expect: 101	2
local leaked
pcall(function() local v = "kept"; leaked = function() return v end; error("x") end)
print(leaked()) -- expect: kept

-- Upvalues through several levels.
local function level1()
  local a = 1
  return function()
    local b = 2
    return function()
      local c = 3
      return function() a = a + 1; b = b * 2; c = c - 1; return a, b, c end
    end
  end
end
local f = level1()()()
print(f()) -- expect: 2	4	2
print(f()) -- expect: 3	8	1
local h = level1()
local f1, f2 = h()(), h()()
print(f1()) -- expect: 2	4	2
print(f2()) -- expect: 3	4	2

-- Parameters and varargs as upvalues.
local function curry(f, ...)
  local args, n = { ... }, select("#", ...)
  return function(x) args[n + 1] = x return f(unpack(args, 1, n + 1)) end
end
print(curry(math.max, 3, 9)(5), curry(print, 1, nil)(3)) -- expect: 1	nil	3
-- expect: 9
local function param(p) return function() p = p .. "!" return p end end
local pa, pb = param("a"), param("b")
print(pa(), pa(), pb()) -- expect: a!	a!!	b!

-- Recursion through an upvalue; each call has its own variables.
local function build(n) local v = n; if n == 0 then return {} end
  local t = build(n - 1); t[n] = function() v = v * 2 return v end return t end
local t = build(3)
print(t[1](), t[2](), t[3](), t[3](), t[1]()) -- expect: 2	4	6	12	4
-- Function equality.
local function make() return function() end end
print(make() == make(), make == make) -- expect: false	true
-- Closures in a table constructor and in arguments.
local z = 1
local c = { function() return z end, function() z = z + 1 end }
c[2]() print(c[1](), z) -- expect: 2	2
print((function(...) local a = ... return (function() return a end)() end)("arg")) -- expect: arg
