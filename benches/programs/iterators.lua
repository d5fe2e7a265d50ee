-- Generic for: ipairs, pairs, next, stateless and closure iterators.
local rounds = tonumber((...)) or 9000

local array, map = {}, {}
for i = 1, 400 do
  array[i] = i * 3 % 101
  map["key" .. i] = i
end

local function countdown(_, i)
  if i > 1 then return i - 1 end
end

local function window(list, width)
  local position = 0
  return function()
    position = position + 1
    if position + width - 1 > #list then return nil end
    return position, list[position], list[position + width - 1]
  end
end

local sum = 0
for round = 1, rounds do
  for i, v in ipairs(array) do sum = sum + i * v end
  for k, v in pairs(map) do sum = sum + v + #k end
  for i in countdown, nil, 300 do sum = sum + i end
  for i, a, b in window(array, 3) do sum = sum + i + a - b end
  local key, value = next(map)
  while key do
    sum = sum + value
    key, value = next(map, key)
  end
  sum = sum % 1000000007
  array[round % 400 + 1] = round % 50
end
print(string.format("iterators %d", sum))
