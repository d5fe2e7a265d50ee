-- Coroutines: producers, a transforming stage and a consumer, plus many short-lived coroutines.
local items = tonumber((...)) or 3400000

local create, resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status

local function producer(n)
  return create(function()
    for i = 1, n do yield(i, i % 5) end
    return nil
  end)
end

local function stage(source)
  return create(function()
    local acknowledged = 0
    while true do
      local ok, value, tag = resume(source)
      assert(ok)
      if not value then break end
      if tag ~= 3 then acknowledged = acknowledged + yield(value * 2 + tag) end
    end
    return nil, acknowledged
  end)
end

local pipeline = stage(producer(items))
local received, sum, acknowledged = 0, 0, 0
local ok, value, total = resume(pipeline)
while ok and value do
  received = received + 1
  sum = (sum * 3 + value) % 1000000007
  ok, value, total = resume(pipeline, 1)
end
acknowledged = total

local alive = {}
for i = 1, 300 do
  alive[i] = create(function(start)
    local local_sum = start
    for k = 1, i % 40 do local_sum = local_sum + yield(k) end
    return local_sum
  end)
end
local spawned, finished = #alive, 0
while #alive > 0 do
  for i = #alive, 1, -1 do
    local _, result = resume(alive[i], i)
    if status(alive[i]) == "dead" then
      sum = (sum + result) % 1000000007
      finished = finished + 1
      table.remove(alive, i)
    end
  end
end

local short = 0
for i = 1, items / 6 do
  local co = create(function(a) return yield(a + 1) + a end)
  local _, first = resume(co, i)
  local _, second = resume(co, first)
  short = short + second
end
print(string.format("pipeline %d %d %d", received, sum, acknowledged))
print(string.format("spawned %d finished %d short %d", spawned, finished, short))
