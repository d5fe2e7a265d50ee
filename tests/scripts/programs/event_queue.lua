-- A discrete event simulation: a binary heap and processes as coroutines.

local Heap = {}
Heap.__index = Heap
function Heap.new(less) return setmetatable({ n = 0, less = less }, Heap) end
function Heap:push(v)
  self.n = self.n + 1
  local i = self.n
  self[i] = v
  while i > 1 do
    local p = (i - i % 2) / 2
    if not self.less(self[i], self[p]) then break end
    self[i], self[p] = self[p], self[i]
    i = p
  end
end
function Heap:pop()
  if self.n == 0 then return nil end
  local top = self[1]
  self[1], self[self.n] = self[self.n], nil
  self.n = self.n - 1
  local i = 1
  while i * 2 <= self.n do
    local c = i * 2
    if c < self.n and self.less(self[c + 1], self[c]) then c = c + 1 end
    if not self.less(self[c], self[i]) then break end
    self[i], self[c] = self[c], self[i]
    i = c
  end
  return top
end

local Sim = {}
Sim.__index = Sim
function Sim.new()
  local order = 0
  local self = setmetatable({ now = 0, log = {} }, Sim)
  self.queue = Heap.new(function(a, b) if a.time ~= b.time then return a.time < b.time end return a.order < b.order end)
  function self:schedule(delay, co, ...)
    order = order + 1
    self.queue:push { time = self.now + delay, order = order, co = co, args = { ... } }
  end
  return self
end
function Sim:spawn(name, f, ...) local co = coroutine.create(f) self:schedule(0, co, name, ...) return co end
function Sim:sleep(t) return coroutine.yield("sleep", t) end
function Sim:note(...) print(string.format("%5.1f  %s", self.now, table.concat({ ... }, " "))) end
function Sim:run(limit)
  while true do
    local ev = self.queue:pop()
    if not ev then return "finished" end
    if limit and ev.time > limit then self.queue:push(ev) return "paused" end
    self.now = ev.time
    local ok, what, arg = coroutine.resume(ev.co, unpack(ev.args))
    if not ok then self:note("process failed:", what)
    elseif what == "sleep" then self:schedule(arg, ev.co, "woken")
    elseif what == "wait" then table.insert(arg, ev.co) end
  end
end

local sim = Sim.new()
local resource = { free = 1, waiting = {} }
local function acquire(name)
  while resource.free == 0 do sim:note(name, "waits") coroutine.yield("wait", resource.waiting) end
  resource.free = resource.free - 1
end
local function release()
  resource.free = resource.free + 1
  local nxt = table.remove(resource.waiting, 1)
  if nxt then sim:schedule(0, nxt) end
end
local function worker(name, start, work)
  sim:sleep(start)
  sim:note(name, "arrives")
  acquire(name)
  sim:note(name, "starts")
  sim:sleep(work)
  sim:note(name, "is done")
  release()
end
sim:spawn("A", worker, 0, 3)
sim:spawn("B", worker, 1, 2.5)
sim:spawn("C", worker, 1, 1)
sim:spawn("D", worker, 8, 0.5)
sim:spawn("ticker", function(name) for i = 1, 4 do sim:note(name, tostring(i)) sim:sleep(2) end end)
sim:spawn("faulty", function(name) sim:sleep(4) error("broken process " .. name, 0) end)
print(sim:run(5)) -- expect:   0.0  ticker 1
-- expect:   0.0  A arrives
-- expect:   0.0  A starts
-- expect:   1.0  B arrives
-- expect:   1.0  B waits
-- expect:   1.0  C arrives
-- expect:   1.0  C waits
-- expect:   2.0  ticker 2
-- expect:   3.0  A is done
-- expect:   3.0  B starts
-- expect:   4.0  process failed: broken process faulty
-- expect:   4.0  ticker 3
-- expect: paused
print("paused at", sim.now, sim.queue.n) -- expect: paused at	4	3
print(sim:run()) -- expect:   5.5  B is done
-- expect:   5.5  C starts
-- expect:   6.0  ticker 4
-- expect:   6.5  C is done
-- expect:   8.0  D arrives
-- expect:   8.0  D starts
-- expect:   8.5  D is done
-- expect: finished
print("ended at", sim.now, sim.queue.n, resource.free) -- expect: ended at	8.5	0	1

-- The heap alone
local h, out = Heap.new(function(a, b) return a < b end), {}
for i = 1, 20 do h:push(i * 7 % 23) end
while h.n > 0 do out[#out + 1] = h:pop() end
print(table.concat(out, " "), h:pop()) -- expect: 1 2 3 4 5 6 7 8 10 11 12 13 14 15 17 18 19 20 21 22	nil

-- Channels between coroutines in a round-robin scheduler
local ready, trace = {}, {}
local function go(f, ...) local args = { ... } ready[#ready + 1] = coroutine.create(function() f(unpack(args)) end) end
local function channel() local items = {} return { send = function(v) items[#items + 1] = v coroutine.yield() end, recv = function() while #items == 0 do coroutine.yield() end return table.remove(items, 1) end } end
local numbers, squares = channel(), channel()
go(function() for i = 1, 5 do numbers.send(i) end numbers.send(false) end)
go(function() while true do local n = numbers.recv() if not n then break end squares.send(n * n) end squares.send(false) end)
go(function() while true do local n = squares.recv() if not n then break end trace[#trace + 1] = n end end)
local steps = 0
while #ready > 0 do
  local co = table.remove(ready, 1)
  assert(coroutine.resume(co))
  steps = steps + 1
  if coroutine.status(co) ~= "dead" then ready[#ready + 1] = co end
end
print(table.concat(trace, " "), steps) -- expect: 1 4 9 16 25	20
