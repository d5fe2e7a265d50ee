-- Arrays and recursion: counting n-queens placements with occupancy tables.
local size = tonumber((...)) or 12

local function solve(n)
  local columns, rising, falling = {}, {}, {}
  for i = 1, 2 * n do
    columns[i], rising[i], falling[i] = false, false, false
  end
  local solutions = 0
  local function place(row)
    if row > n then
      solutions = solutions + 1
      return
    end
    for c = 1, n do
      local up, down = row + c - 1, row - c + n
      if not (columns[c] or rising[up] or falling[down]) then
        columns[c], rising[up], falling[down] = true, true, true
        place(row + 1)
        columns[c], rising[up], falling[down] = false, false, false
      end
    end
  end
  place(1)
  return solutions
end

for n = size - 3, size do
  print(string.format("queens(%d) = %d", n, solve(n)))
end
