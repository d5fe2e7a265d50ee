-- needs: speed debug
-- What an incremental cycle must not lose: found by attacking the collector step by step.
-- An open upvalue of a coroutine that dies, written after it was marked.
local keep, bad = {}, 0
for round = 1, 300 do
  local co = coroutine.create(function()
    local x = { 1 }
    keep[round % 50 + 1] = function() return x end
    coroutine.yield()
    x = { v = round, pad = {} }
    coroutine.yield()
  end)
  coroutine.resume(co)
  collectgarbage("step", 0)
  coroutine.resume(co)
  co = nil
  collectgarbage("step", 0)
  for i = 1, 50 do
    local v = keep[i] and keep[i]()
    if v and (type(v) ~= "table" or v.v and type(v.pad) ~= "table") then bad = bad + 1 end
  end
end
print(bad) -- expect: 0
-- A node that moves while its table is traversed in pieces.
for round = 1, 2 do
  collectgarbage()
  local t, n = {}, 14000
  for i = 1, n do t["k" .. i] = { i } end
  for _ = 1, 600 do
    collectgarbage("step", 1)
    for _ = 1, 4 do n = n + 1 t["k" .. n] = { n } end
  end
  collectgarbage()
  for i = 1, n do
    local v = t["k" .. i]
    if type(v) ~= "table" or v[1] ~= i then bad = bad + 1 end
  end
end
print(bad) -- expect: 0
-- Large weak tables that become strong in the middle of a cycle.
for round = 1, 8 do
  collectgarbage()
  local ts = {}
  for k = 1, 3 do
    ts[k] = setmetatable({}, { __mode = "k" })
    collectgarbage("stop")
    for i = 1, 10000 do ts[k][i] = { i } end
    collectgarbage("restart")
  end
  for _ = 1, round * 20 do collectgarbage("step", 1) end
  for k = 1, 3 do
    setmetatable(ts[k], nil)
    for i = 1, 10000 do ts[k][i] = { i } end
  end
  collectgarbage("setstepmul", 100)
  repeat until collectgarbage("step", 100)
  collectgarbage("setstepmul", 200)
  for k = 1, 3 do
    for i = 1, 10000 do
      local v = ts[k][i]
      if type(v) ~= "table" or v[1] ~= i then bad = bad + 1 end
    end
  end
end
print(bad) -- expect: 0
-- Hooks set while dead coroutines wait for their sweep.
for _ = 1, 2 do
  collectgarbage()
  for i = 1, 300 do
    local co = coroutine.create(loadstring("local function g(n) if n == 0 then coroutine.yield() else g(n-1) end end g(3) return " .. i))
    coroutine.resume(co)
  end
  for s = 1, 3000 do
    local done = collectgarbage("step", 8)
    if s % 7 == 0 then debug.sethook(function() end, "", 1000000) debug.sethook() end
    if done then break end
  end
end
print "ok" -- expect: ok
