-- The queens problem: all ways to place n queens on a board so that none attacks another.
--
--   ferrous examples/queens.lua [n]
--
-- The search is a coroutine that yields each solution, so whoever looks at solutions decides when to stop searching.

local size = tonumber(arg and arg[1]) or 8

-- An iterator over the solutions of an n-queens board; a solution maps each row to its queen's column.
local function solutions(n)
  local columns, rising, falling, queens = {}, {}, {}, {}
  local function place(row)
    if row > n then
      coroutine.yield(queens)
      return
    end
    for column = 1, n do
      local up, down = row + column, row - column
      if not (columns[column] or rising[up] or falling[down]) then
        columns[column], rising[up], falling[down] = true, true, true
        queens[row] = column
        place(row + 1)
        columns[column], rising[up], falling[down] = nil, nil, nil
      end
    end
  end
  return coroutine.wrap(function() place(1) end)
end

local function draw(queens)
  for row = 1, #queens do
    local line = {}
    for column = 1, #queens do
      line[column] = queens[row] == column and "Q" or "."
    end
    print("  " .. table.concat(line, " "))
  end
end

-- A key that all eight rotations and reflections of a board share.
local function shape(queens)
  local n, keys, board = #queens, {}, {}
  for row = 1, n do board[row] = queens[row] end
  for _ = 1, 4 do
    local turned, mirrored = {}, {}
    for row = 1, n do
      turned[board[row]] = n + 1 - row
      mirrored[row] = n + 1 - board[row]
    end
    keys[#keys + 1] = table.concat(board, ",")
    keys[#keys + 1] = table.concat(mirrored, ",")
    board = turned
  end
  table.sort(keys)
  return keys[1]
end

local first = solutions(size)()
if first then
  print(string.format("The first of the solutions for %d queens:", size))
  draw(first)
else
  print(string.format("There is no solution for %d queens.", size))
end

print()
print(string.format("%6s %10s %10s", "queens", "solutions", "distinct"))
for n = 1, size do
  local count, distinct, seen = 0, 0, {}
  for queens in solutions(n) do
    count = count + 1
    local key = shape(queens)
    if not seen[key] then
      seen[key] = true
      distinct = distinct + 1
    end
  end
  print(string.format("%6d %10d %10d", n, count, distinct))
end
