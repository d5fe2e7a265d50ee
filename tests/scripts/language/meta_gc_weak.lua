-- needs: collector
-- Weak tables and finalizers (userdata by newproxy only).

local function collect() collectgarbage() collectgarbage() end
local weak = setmetatable({}, { __mode = "v" })
local keep = {}
weak[1], weak[2], weak.x = {}, keep, {}
weak.n, weak.s = 5, "string"
collect()
print(weak[1], weak[2] == keep, weak.x, weak.n, weak.s) -- expect: nil	true	nil	5	string
local wk = setmetatable({}, { __mode = "k" })
wk[{}] = 1 wk[keep] = 2 wk["s"] = {} wk[3] = {}
collect()
local n = 0
for k in pairs(wk) do n = n + 1 end
print(n, wk[keep], type(wk.s), type(wk[3])) -- expect: 3	2	table	table
local both = setmetatable({}, { __mode = "kv" })
both[{}] = keep both[keep] = {} both[keep] = both[keep] both.a = keep
collect()
n = 0
for k, v in pairs(both) do n = n + 1 end
print(n, both.a == keep, both[keep]) -- expect: 1	true	nil
-- A value reachable only from a strong table stays.
local strong = setmetatable({}, { __mode = "nothing" })
strong[1] = {}
collect()
print(type(strong[1])) -- expect: table
-- Closures and threads are collected, too.
local w2 = setmetatable({}, { __mode = "v" })
w2.f = function() return keep end w2.c = coroutine.create(function() end) w2.g = print
collect()
print(w2.f, w2.c, w2.g == print) -- expect: nil	nil	true
-- In 5.1 weak keys are no ephemerons: the value keeps its key alive.
local e = setmetatable({}, { __mode = "k" })
do local k = {} e[k] = { k } end
collect()
print(next(e) ~= nil) -- expect: true
-- Weak mode set late.
local late = { {}, {} }
setmetatable(late, { __mode = "v" })
collect()
print(late[1], late[2]) -- expect: nil	nil
-- Cycles
local cyc = setmetatable({}, { __mode = "v" })
do local a, b = {}, {} a.b, b.a = b, a cyc[1] = a end
collect()
print(cyc[1]) -- expect: nil

-- __gc runs in reverse order of creation.
local order = {}
local function finalized(name)
  local u = newproxy(true)
  getmetatable(u).__gc = function(self) order[#order + 1] = name .. ":" .. type(self) end
  return u
end
do local a, b, c = finalized("a"), finalized("b"), finalized("c") end
collect()
print(table.concat(order, " ")) -- expect: c:userdata b:userdata a:userdata
order = {}
local alive = finalized("alive")
finalized("dead")
collect()
print(table.concat(order, " ")) -- expect: dead:userdata
alive = nil
collect()
print(table.concat(order, " ")) -- expect: dead:userdata alive:userdata
-- Tables have no __gc in 5.1.
order = {}
setmetatable({}, { __gc = function() order[1] = "table" end })
collect()
print(#order) -- expect: 0
-- Shared metatable by newproxy(proxy).
local first = newproxy(true)
local count = 0
getmetatable(first).__gc = function() count = count + 1 end
for i = 1, 5 do newproxy(first) end
collect()
print(count) -- expect: 5
first = nil
collect()
print(count) -- expect: 6
-- Resurrection: finalized once only.
local saved
count = 0
do
  local u = newproxy(true)
  getmetatable(u).__gc = function(self) count = count + 1 saved = self end
end
collect()
print(count, type(saved)) -- expect: 1	userdata
saved = nil
collect()
print(count) -- expect: 1
-- Finalized userdata are still in weak-keyed tables while being finalized, but not in weak values.
local wkeys, wvals = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "v" })
local seen
do
  local u = newproxy(true)
  wkeys[u], wvals[1] = "key", u
  getmetatable(u).__gc = function(self) seen = tostring(wkeys[self]) .. " " .. tostring(wvals[1]) end
end
collect()
print(seen, next(wkeys)) -- expect: key nil	nil
-- An error in a finalizer reaches the one who collects.
do local u = newproxy(true) getmetatable(u).__gc = function() error("in gc", 0) end end
print(pcall(collectgarbage)) -- expect: false	in gc
print(pcall(newproxy, 5)) -- expect: false	bad argument #1 to '?' (boolean or proxy expected)
print(pcall(newproxy, {})) -- expect: false	bad argument #1 to '?' (boolean or proxy expected)
print(type(newproxy()), getmetatable(newproxy()), type(getmetatable(newproxy(true)))) -- expect: userdata	nil	table
-- Abandoned coroutines are collected.
local coroutines = setmetatable({}, { __mode = "v" })
for i = 1, 10 do coroutines[i] = coroutine.create(function() coroutine.yield() end) coroutine.resume(coroutines[i]) end
collectgarbage() collectgarbage()
print(next(coroutines)) -- expect: nil
-- What is dropped is given back.
local before = collectgarbage("count")
do local big = {} for i = 1, 10000 do big[i] = { i } end end
local during = collectgarbage("count")
collectgarbage()
print(during > before, collectgarbage("count") < during) -- expect: true	true
-- The rest is finalized at exit.
local exit = newproxy(true)
getmetatable(exit).__gc = function() io.write("finalized at exit\n") end -- expect: finalized at exit
