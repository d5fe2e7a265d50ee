-- Locals, shadowing, blocks.

local x = 1
do
  local x = x + 1
  print(x) -- expect: 2
  do local x = x * 10 print(x) end -- expect: 20
  print(x) -- expect: 2
end
print(x) -- expect: 1
local x = x + 100
print(x) -- expect: 101
local function x2() return x end
local x = "new"
print(x2(), x) -- expect: 101	new

-- A local function sees itself; a local holding a function does not.
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
print(fact(10)) -- expect: 3628800
g = "global g"
local g = function() return g end
print(g()) -- expect: global g
g = nil

-- Condition of repeat sees the body's locals.
local n = 0
repeat local done = n >= 3; n = n + 1 until done
print(n) -- expect: 4
-- Loop variables are local.
i = "global i"
for i = 1, 2 do end
print(i) -- expect: global i
for k, v in pairs { 1 } do end
print(k, v) -- expect: nil	nil
i = nil
-- Parameters shadow.
local function f(x, y) local x = x or "default"; y = y or x; return x, y end
print(f(), f(1)) -- expect: default	1	1
print(f(nil, 2)) -- expect: default	2
print((f(1, 2))) -- expect: 1
-- Duplicate parameter names: the last one wins.
local function dup(a, a) return a end
print(dup(1, 2)) -- expect: 2
-- if branches
local v = 5
if v > 10 then local r = "big" print(r) elseif v > 3 then local r = "medium" print(r) else print("small") end -- expect: medium
print(r) -- expect: nil
-- while with local in the body
local count = 0
while count < 2 do local inner = count; count = inner + 1 end
print(count, inner) -- expect: 2	nil
-- A local is nil anew in each iteration.
for i = 1, 3 do local l; io.write(tostring(l), ";"); l = i end -- expect: nil;nil;nil;
print()
-- Nested functions see the nearest one.
local y = "outer"
local function outer()
  local function inner() return y end
  local y = "middle"
  local function inner2() return y end
  return inner(), inner2()
end
print(outer()) -- expect: outer	middle
-- Many locals in sequence blocks reuse registers.
do local a, b, c = 1, 2, 3 end
do local a, b, c; print(a, b, c) end -- expect: nil	nil	nil
local function fresh() local a; if a == nil then a = 1 return "fresh" end return "stale" end
print(fresh(), fresh()) -- expect: fresh	fresh
