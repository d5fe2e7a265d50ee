-- Two-dimensional arrays: the game of life on a torus, starting from a glider and noise.
local generations = tonumber((...)) or 660
local width, height = 120, 80

local function grid()
  local g = {}
  for y = 1, height do
    local row = {}
    for x = 1, width do row[x] = 0 end
    g[y] = row
  end
  return g
end

local function step(from, to)
  for y = 1, height do
    local above = from[y == 1 and height or y - 1]
    local row = from[y]
    local below = from[y == height and 1 or y + 1]
    local out = to[y]
    for x = 1, width do
      local l = x == 1 and width or x - 1
      local r = x == width and 1 or x + 1
      local n = above[l] + above[x] + above[r] + row[l] + row[r] + below[l] + below[x] + below[r]
      if n == 3 or (n == 2 and row[x] == 1) then out[x] = 1 else out[x] = 0 end
    end
  end
end

local function population(g)
  local n, sum = 0, 0
  for y = 1, height do
    for x = 1, width do
      if g[y][x] == 1 then
        n = n + 1
        sum = (sum * 31 + y * width + x) % 1000000007
      end
    end
  end
  return n, sum
end

local current, following = grid(), grid()
for _, cell in ipairs({ { 2, 1 }, { 3, 2 }, { 1, 3 }, { 2, 3 }, { 3, 3 } }) do
  current[cell[2]][cell[1]] = 1
end
local seed = 2024
for y = 20, height do
  for x = 1, width do
    seed = (seed * 16807) % 2147483647
    if seed % 3 == 0 then current[y][x] = 1 end
  end
end
for _ = 1, generations do
  step(current, following)
  current, following = following, current
end
print(string.format("life population %d checksum %d", population(current)))
