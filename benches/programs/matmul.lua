-- Array of arrays: dense matrix multiplication with a transposed right operand.
local size = tonumber((...)) or 275

local function generate(n, seed)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do
      row[j] = ((i * 7 + j * 13 + seed) % 19 - 9) / 8
    end
    m[i] = row
  end
  return m
end

local function transpose(m)
  local n, t = #m, {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = m[j][i] end
    t[i] = row
  end
  return t
end

local function multiply(a, b)
  local n, c, bt = #a, {}, transpose(b)
  for i = 1, n do
    local ai, ci = a[i], {}
    for j = 1, n do
      local bj, sum = bt[j], 0
      for k = 1, n do sum = sum + ai[k] * bj[k] end
      ci[j] = sum
    end
    c[i] = ci
  end
  return c
end

local a, b = generate(size, 1), generate(size, 5)
local c = multiply(multiply(a, b), a)
local trace, corner = 0, c[1][size]
for i = 1, size do trace = trace + c[i][i] end
print(string.format("trace %.6f corner %.6f", trace, corner))
