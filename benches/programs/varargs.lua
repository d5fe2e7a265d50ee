-- Varargs: select, {...}, forwarding, unpack, and returning many values.
local rounds = tonumber((...)) or 730000

local unpack = unpack or table.unpack
local select = select

local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do total = total + (select(i, ...)) end
  return total
end

local function packed(...)
  local list, total = { ... }, 0
  for i = 1, #list do total = total + list[i] end
  return total
end

local function forward(f, ...) return f(...) end

local function rotate(first, ...)
  if select("#", ...) == 0 then return first end
  return ..., first
end

local function fold(f, acc, head, ...)
  if head == nil then return acc end
  return fold(f, f(acc, head), ...)
end

local function bind(f, ...)
  local bound = { ... }
  return function(x) return f(x, unpack(bound)) end
end

local function larger(a, b) return a > b and a or b end

local total = 0
local list = { 5, 3, 8, 1, 9, 2 }
local bound = bind(sum, 10, 20)
for i = 1, rounds do
  list[i % 6 + 1] = i % 100
  total = total + sum(i, i + 1, 2, 3)
  total = total + forward(packed, unpack(list))
  total = total + fold(larger, 0, unpack(list))
  total = total + bound(i)
  local a, b = rotate(i, 2, 3)
  total = total + a - b
end
print(string.format("varargs %d", total))
