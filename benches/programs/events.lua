-- A mixed program: an event-driven shop simulation with closures, queues, string keys and reports.
local days = tonumber((...)) or 520

local seed = 1001
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local Bus = {}
Bus.__index = Bus
function Bus.new() return setmetatable({ handlers = {} }, Bus) end
function Bus:on(name, handler)
  local list = self.handlers[name] or {}
  self.handlers[name] = list
  list[#list + 1] = handler
end
function Bus:emit(name, ...)
  local list = self.handlers[name]
  if not list then return 0 end
  for i = 1, #list do list[i](...) end
  return #list
end

local goods = { "apple", "bread", "candle", "dates", "eggs", "flour" }
local prices = { apple = 3, bread = 5, candle = 2, dates = 7, eggs = 4, flour = 6 }
local stock, income, sold, refused = {}, 0, {}, 0
for _, name in ipairs(goods) do stock[name], sold[name] = 200, 0 end

local bus, log = Bus.new(), {}
bus:on("order", function(name, amount)
  if stock[name] < amount then
    refused = refused + 1
    bus:emit("shortage", name)
  else
    stock[name] = stock[name] - amount
    bus:emit("sale", name, amount)
  end
end)
bus:on("sale", function(name, amount) income = income + prices[name] * amount end)
bus:on("sale", function(name, amount) sold[name] = sold[name] + amount end)
bus:on("shortage", function(name)
  stock[name] = stock[name] + 150
  log[#log + 1] = ("day %s: restocked %s"):format(bus.day, name)
end)
bus:on("close", function(day)
  local lines = {}
  for _, name in ipairs(goods) do lines[#lines + 1] = name .. "=" .. sold[name] end
  log[#log + 1] = "day " .. day .. ": " .. table.concat(lines, ",")
end)

for day = 1, days do
  bus.day = day
  local queue, head = {}, 1
  for _ = 1, 2500 do queue[#queue + 1] = { goods[random(#goods)], random(9) } end
  while queue[head] do
    local order = queue[head]
    queue[head] = nil
    head = head + 1
    bus:emit("order", order[1], order[2])
  end
  bus:emit("close", day)
end

local length = 0
for _, line in ipairs(log) do length = length + #line end
print(string.format("income %d refused %d log %d lines %d bytes", income, refused, #log, length))
print(log[#log])
