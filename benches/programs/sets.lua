-- Tables as sets and as object keys: union, difference, table and boolean keys, multi-level lookups.
local rounds = tonumber((...)) or 900

local function fromRange(from, to, step)
  local set = {}
  for i = from, to, step do set["m" .. i] = true end
  return set
end

local function union(a, b)
  local out = {}
  for k in pairs(a) do out[k] = true end
  for k in pairs(b) do out[k] = true end
  return out
end

local function difference(a, b)
  local out = {}
  for k in pairs(a) do
    if not b[k] then out[k] = true end
  end
  return out
end

local function size(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

local config = { video = { mode = { width = 640, height = 480 } }, audio = { volume = { left = 3, right = 4 } } }
local total = 0
for round = 1, rounds do
  local a, b = fromRange(1, 900, 2), fromRange(round, 900 + round, 3)
  total = total + size(union(a, b)) * 2 + size(difference(a, b)) + size(difference(b, a))

  local nodes, owner = {}, {}
  for i = 1, 300 do
    nodes[i] = { id = i }
    owner[nodes[i]] = nodes[i % 7 + 1] or nodes[i]
  end
  owner[true], owner[print] = nodes[1], nodes[2]
  for i = 1, 300 do total = total + owner[nodes[i]].id end
  total = total + owner[true].id + owner[print].id

  for i = 1, 3000 do
    local mode, volume = config.video.mode, config.audio.volume
    mode.width = 640 + i % 5
    total = total + config.video.mode.width % 7 + volume.left * config.audio.volume.right
  end
end
print(string.format("sets %d", total))
