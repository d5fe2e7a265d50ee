-- k-means clustering: float arithmetic over arrays of points in several dimensions.
local count = tonumber((...)) or 16000
local dimensions, clusters, passes = 4, 8, 30

local seed = 31337
local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end

local points = {}
for i = 1, count do
  local p, blob = {}, i % clusters
  for d = 1, dimensions do p[d] = random() * 2 + (blob * d) % 7 end
  points[i] = p
end

local function distance(p, q)
  local sum = 0
  for d = 1, #p do
    local delta = p[d] - q[d]
    sum = sum + delta * delta
  end
  return sum
end

local function assign(centers, owners)
  local cost, moved = 0, 0
  for i, p in ipairs(points) do
    local best, nearest = math.huge, 0
    for c = 1, #centers do
      local d = distance(p, centers[c])
      if d < best then best, nearest = d, c end
    end
    if owners[i] ~= nearest then
      owners[i] = nearest
      moved = moved + 1
    end
    cost = cost + best
  end
  return cost, moved
end

local function recenter(centers, owners)
  local sums, sizes = {}, {}
  for c = 1, #centers do
    sums[c], sizes[c] = {}, 0
    for d = 1, dimensions do sums[c][d] = 0 end
  end
  for i, p in ipairs(points) do
    local c = owners[i]
    sizes[c] = sizes[c] + 1
    for d = 1, dimensions do sums[c][d] = sums[c][d] + p[d] end
  end
  for c, sum in ipairs(sums) do
    if sizes[c] > 0 then
      for d = 1, dimensions do centers[c][d] = sum[d] / sizes[c] end
    end
  end
end

local centers, owners = {}, {}
for c = 1, clusters do
  centers[c] = {}
  for d = 1, dimensions do centers[c][d] = points[c * 11][d] end
end
for pass = 1, passes do
  local cost, moved = assign(centers, owners)
  recenter(centers, owners)
  if pass % 10 == 0 then print(string.format("pass %d cost %.6f moved %d", pass, cost, moved)) end
end
