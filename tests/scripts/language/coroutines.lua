-- Coroutines: values in and out, status, wrap, running.

local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2, "two")
  print("got", d, e)
  return "end", d + e
end)
print(type(co), coroutine.status(co)) -- expect: thread	suspended
print(coroutine.resume(co, 1, 2)) -- expect: start	1	2
-- expect: true	3
print(coroutine.status(co)) -- expect: suspended
print(coroutine.resume(co, 10)) -- expect: got	10
-- expect: true	20	two
print(coroutine.resume(co, 3, 4)) -- expect: got	3	4
-- expect: true	end	7
print(coroutine.status(co)) -- expect: dead
print(coroutine.resume(co)) -- expect: false	cannot resume dead coroutine
print(coroutine.resume(co, "again")) -- expect: false	cannot resume dead coroutine

-- wrap
local gen = coroutine.wrap(function(n) for i = 1, n do coroutine.yield(i, i * i) end return "done" end)
print(gen(3)) -- expect: 1	1
print(gen()) -- expect: 2	4
print(gen()) -- expect: 3	9
print(gen()) -- expect: done
print(pcall(gen)) -- expect: false	cannot resume dead coroutine
for k, v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i, i * 10) end end) do io.write(k, "=", v, ";") end print() -- expect: 1=10;2=20;3=30;

-- status and running
print(coroutine.running()) -- expect: nil
local outer
outer = coroutine.create(function()
  print(coroutine.status(outer), coroutine.running() == outer)
  local inner = coroutine.create(function()
    print(coroutine.status(outer))
    print(coroutine.resume(outer))
    coroutine.yield()
  end)
  coroutine.resume(inner)
  print(coroutine.status(inner))
  print(coroutine.resume(coroutine.running()))
end)
coroutine.resume(outer) -- expect: running	true
-- expect: normal
-- expect: false	cannot resume normal coroutine
-- expect: suspended
-- expect: false	cannot resume running coroutine
print(coroutine.status(outer)) -- expect: dead

-- Any number of values.
local echo = coroutine.wrap(function(...)
  local n = select("#", ...)
  while true do n = select("#", coroutine.yield(n)) end
end)
print(echo(), echo(nil), echo(1, nil, nil), echo(nil, nil), echo()) -- expect: 0	1	3	2	0
local many = coroutine.wrap(function() coroutine.yield(unpack({}, 1, 100)) return unpack({ 1, 2, 3 }) end)
print(select("#", many()), many()) -- expect: 100	1	2	3
print(coroutine.resume(coroutine.create(function(...) return ... end), 1, nil, 3, nil)) -- expect: true	1	nil	3	nil
print(coroutine.resume(coroutine.create(function() end))) -- expect: true
print(coroutine.resume(coroutine.create(function() return coroutine.yield() end))) -- expect: true

-- Yields in nested calls, in loops, in arguments, in constructors, in conditions.
local function leaf(x) return coroutine.yield(x) end
local function branch(x) return leaf(x) + leaf(x + 1) end
co = coroutine.wrap(function() return branch(1) * branch(10) end)
print(co()) -- expect: 1
print(co(5)) -- expect: 2
print(co(6)) -- expect: 10
print(co(7)) -- expect: 11
print(co(8)) -- expect: 165
co = coroutine.wrap(function()
  local t = { coroutine.yield("a"), coroutine.yield("b"), x = coroutine.yield("c") }
  if coroutine.yield("cond") then t[3] = "then" else t[3] = "else" end
  return t[1], t[2], t[3], t.x
end)
print(co()) -- expect: a
print(co(1)) -- expect: b
print(co(2)) -- expect: c
print(co(3)) -- expect: cond
print(co(false)) -- expect: 1	2	else	3
co = coroutine.wrap(function() return "x" .. coroutine.yield(1) .. coroutine.yield(2) .. "z" end)
co() co("A") print(co("B")) -- expect: xABz
co = coroutine.wrap(function(...) local t = { ... } t[#t + 1] = coroutine.yield(#t) return unpack(t) end)
print(co(1, 2, 3)) -- expect: 3
print(co(4)) -- expect: 1	2	3	4
co = coroutine.wrap(function() for i = coroutine.yield("from"), coroutine.yield("to") do coroutine.yield(i) end return "over" end)
print(co(), co(2), co(3), co(), co()) -- expect: from	to	2	3	over
local function tail(n) if n == 0 then return coroutine.yield("deep") end return tail(n - 1) end
co = coroutine.wrap(function() return tail(1000) end)
print(co(), co("resumed")) -- expect: deep	resumed

-- Closures share variables across coroutines.
local shared = 0
local function incr() for _ = 1, 3 do shared = shared + 1 coroutine.yield(shared) end end
local c1, c2 = coroutine.wrap(incr), coroutine.wrap(incr)
print(c1(), c2(), c1(), c2(), shared) -- expect: 1	2	3	4	4
-- Producer, filter, consumer.
local function producer() return coroutine.create(function() for _, w in ipairs { "x", "y", "z" } do coroutine.yield(w) end end) end
local function filter(p) return coroutine.create(function()
  local n = 1
  while true do local ok, w = coroutine.resume(p) if not w then return end coroutine.yield(n .. w) n = n + 1 end end) end
local f, out = filter(producer()), {}
while true do local _, w = coroutine.resume(f) if not w then break end out[#out + 1] = w end
print(table.concat(out, " "), coroutine.status(f)) -- expect: 1x 2y 3z	dead
-- Permutations
local function permute(a, n) n = n or #a if n <= 1 then coroutine.yield(table.concat(a)) else
  for i = 1, n do a[n], a[i] = a[i], a[n] permute(a, n - 1) a[n], a[i] = a[i], a[n] end end end
local all = {}
for p in coroutine.wrap(function() permute { "a", "b", "c" } end) do all[#all + 1] = p end
print(table.concat(all, " ")) -- expect: bca cba cab acb bac abc
