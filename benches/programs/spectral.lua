-- Float arithmetic with a small function called in the inner loop: spectral norm by power iteration.
local size = tonumber((...)) or 590

local function element(i, j)
  local d = i + j - 1
  return 1 / (d * (d - 1) / 2 + i)
end

local function apply(v, out)
  local n = #v
  for i = 1, n do
    local sum = 0
    for j = 1, n do sum = sum + v[j] * element(i, j) end
    out[i] = sum
  end
end

local function applyTransposed(v, out)
  local n = #v
  for i = 1, n do
    local sum = 0
    for j = 1, n do sum = sum + v[j] * element(j, i) end
    out[i] = sum
  end
end

local u, v, t = {}, {}, {}
for i = 1, size do u[i] = 1 end
for _ = 1, 10 do
  apply(u, t)
  applyTransposed(t, v)
  apply(v, t)
  applyTransposed(t, u)
end
local uv, vv = 0, 0
for i = 1, size do
  uv = uv + u[i] * v[i]
  vv = vv + v[i] * v[i]
end
print(string.format("spectral norm %.9f", math.sqrt(uv / vv)))
