-- Carves a maze, finds the shortest way through it, and draws both.
--
--   ferrous examples/maze.lua [width] [height] [seed]
--
-- The generator is a linear congruential one of the script's own, so that a seed draws the same maze on every Lua.

local width = tonumber(arg and arg[1]) or 24
local height = tonumber(arg and arg[2]) or 10
local seed = tonumber(arg and arg[3]) or 1851

if width < 2 or height < 2 then
  io.stderr:write("a maze has at least two rows and two columns\n")
  os.exit(1)
end

local function random(limit)
  seed = (seed * 16807) % 2147483647
  return seed % limit + 1
end

-- Cells are numbered from 1, row by row; `open[a][b]` says that there is no wall between two neighbours.
local open = {}
for cell = 1, width * height do
  open[cell] = {}
end

local function neighbours(cell)
  local column, found = (cell - 1) % width, {}
  if column > 0 then found[#found + 1] = cell - 1 end
  if column < width - 1 then found[#found + 1] = cell + 1 end
  if cell > width then found[#found + 1] = cell - width end
  if cell <= width * (height - 1) then found[#found + 1] = cell + width end
  return found
end

-- Depth first, with a stack of its own: a large maze needs no deep recursion.
local function carve()
  local visited, stack = { [1] = true }, { 1 }
  while #stack > 0 do
    local cell = stack[#stack]
    local choices = {}
    for _, next in ipairs(neighbours(cell)) do
      if not visited[next] then choices[#choices + 1] = next end
    end
    if #choices == 0 then
      stack[#stack] = nil
    else
      local next = choices[random(#choices)]
      open[cell][next], open[next][cell] = true, true
      visited[next] = true
      stack[#stack + 1] = next
    end
  end
end

-- Breadth first: the first way that reaches the goal is a shortest one.
local function solve(start, goal)
  local came_from, queue, head = { [start] = start }, { start }, 1
  while queue[head] do
    local cell = queue[head]
    head = head + 1
    if cell == goal then break end
    for _, next in ipairs(neighbours(cell)) do
      if open[cell][next] and not came_from[next] then
        came_from[next] = cell
        queue[#queue + 1] = next
      end
    end
  end
  local way, length, cell = {}, 0, goal
  while cell ~= start do
    way[cell] = true
    length = length + 1
    cell = came_from[cell]
  end
  way[start] = true
  return way, length
end

local function draw(way)
  local line = {}
  local function put(text) line[#line + 1] = text end
  print("+" .. string.rep("---+", width))
  for row = 0, height - 1 do
    line = { "|" }
    for column = 1, width do
      local cell = row * width + column
      put(way[cell] and " o " or "   ")
      put(open[cell][cell + 1] and " " or "|")
    end
    print(table.concat(line))
    line = { "+" }
    for column = 1, width do
      local cell = row * width + column
      put(open[cell][cell + width] and "   +" or "---+")
    end
    print(table.concat(line))
  end
end

carve()
local way, length = solve(1, width * height)
draw(way)
print(string.format("%d by %d cells; the way through takes %d steps", width, height, length))
