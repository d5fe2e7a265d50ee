-- table.sort with Lua comparators: records by several fields, plus a merge sort written in Lua.
local count = tonumber((...)) or 75000

local seed = 4242
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n
end

local people = {}
for i = 1, count do
  people[i] = { id = i, age = random(90), score = random(1000), name = "p" .. random(5000) }
end

local function mergeSort(list, less)
  local n, from, to = #list, list, {}
  local width = 1
  while width < n do
    for low = 1, n, width * 2 do
      local mid, high = math.min(low + width, n + 1), math.min(low + width * 2, n + 1)
      local i, j = low, mid
      for k = low, high - 1 do
        if i < mid and (j >= high or not less(from[j], from[i])) then
          to[k], i = from[i], i + 1
        else
          to[k], j = from[j], j + 1
        end
      end
    end
    from, to = to, from
    width = width * 2
  end
  return from
end

local function checksum(list)
  local sum = 0
  for i = 1, #list do sum = (sum * 31 + list[i].id) % 1000000007 end
  return sum
end

table.sort(people, function(a, b)
  if a.age ~= b.age then return a.age < b.age end
  if a.score ~= b.score then return a.score > b.score end
  return a.id < b.id
end)
print(string.format("by age %d", checksum(people)))

local merged = mergeSort(people, function(a, b) return a.score < b.score end)
print(string.format("by score %d", checksum(merged)))

table.sort(merged, function(a, b)
  if a.name ~= b.name then return a.name > b.name end
  return a.id < b.id
end)
print(string.format("by name %d", checksum(merged)))
