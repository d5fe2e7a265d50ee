-- String building: the .. operator, accumulating strings, and table.concat over buffers.
local rounds = tonumber((...)) or 110

local function accumulate(n)
  local s = ""
  for i = 1, n do s = s .. (i % 10) end
  return #s
end

local function buffered(n)
  local parts = {}
  for i = 1, n do
    parts[#parts + 1] = "item " .. i .. ": " .. i * 3 .. ";"
  end
  return #table.concat(parts, "\n")
end

local function joined(n)
  local length = 0
  for i = 1, n do
    local line = "<" .. i % 7 .. "|" .. "abc" .. "|" .. i .. ">"
    length = length + #line
  end
  return length
end

local total = 0
for round = 1, rounds do
  total = total + accumulate(1500) + buffered(4000 + round) + joined(6000)
end
print(string.format("concat %d", total))
