-- Matrix decomposition: LU with partial pivoting, solving and the determinant's sign and size.
local size = tonumber((...)) or 275

local abs = math.abs

local function generate(n)
  local m, seed = {}, 5
  for i = 1, n do
    local row = {}
    for j = 1, n do
      seed = (seed * 16807) % 2147483647
      row[j] = seed / 2147483647 - 0.5
    end
    m[i] = row
  end
  return m
end

local function copy(m)
  local c = {}
  for i, row in ipairs(m) do
    local r = {}
    for j = 1, #row do r[j] = row[j] end
    c[i] = r
  end
  return c
end

local function decompose(m)
  local n, order, swaps = #m, {}, 0
  for i = 1, n do order[i] = i end
  for k = 1, n do
    local pivot = k
    for i = k + 1, n do
      if abs(m[i][k]) > abs(m[pivot][k]) then pivot = i end
    end
    if pivot ~= k then
      m[k], m[pivot] = m[pivot], m[k]
      order[k], order[pivot] = order[pivot], order[k]
      swaps = swaps + 1
    end
    local top = m[k]
    for i = k + 1, n do
      local row = m[i]
      local factor = row[k] / top[k]
      row[k] = factor
      for j = k + 1, n do row[j] = row[j] - factor * top[j] end
    end
  end
  return order, swaps
end

local function solve(lu, order, b)
  local n, x = #lu, {}
  for i = 1, n do
    local sum, row = b[order[i]], lu[i]
    for j = 1, i - 1 do sum = sum - row[j] * x[j] end
    x[i] = sum
  end
  for i = n, 1, -1 do
    local sum, row = x[i], lu[i]
    for j = i + 1, n do sum = sum - row[j] * x[j] end
    x[i] = sum / row[i]
  end
  return x
end

local m = generate(size)
local b = {}
for i = 1, size do b[i] = i % 10 end
for round = 1, 4 do
  local lu = copy(m)
  local order, swaps = decompose(lu)
  local x = solve(lu, order, b)
  local residual = 0
  for i = 1, size do
    local sum = -b[i]
    for j = 1, size do sum = sum + m[i][j] * x[j] end
    residual = math.max(residual, abs(sum))
  end
  print(string.format("lu %d swaps %d x1 %.6f small residual %s", round, swaps, x[1], tostring(residual < 1e-6)))
  m[1][1] = m[1][1] + 1
end
