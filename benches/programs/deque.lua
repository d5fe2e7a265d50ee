-- Queues: a double-ended queue in a table with sliding indices, and breadth-first search on a maze.
local rounds = tonumber((...)) or 125

local Deque = {}
Deque.__index = Deque

function Deque.new() return setmetatable({ first = 1, last = 0, items = {} }, Deque) end
function Deque:pushBack(v)
  self.last = self.last + 1
  self.items[self.last] = v
end
function Deque:pushFront(v)
  self.first = self.first - 1
  self.items[self.first] = v
end
function Deque:popFront()
  local i = self.first
  if i > self.last then return nil end
  local v = self.items[i]
  self.items[i] = nil
  self.first = i + 1
  return v
end
function Deque:popBack()
  local i = self.last
  if i < self.first then return nil end
  local v = self.items[i]
  self.items[i] = nil
  self.last = i - 1
  return v
end
function Deque:length() return self.last - self.first + 1 end

local function search(width, height, seed)
  local walls = {}
  for i = 1, width * height do
    seed = (seed * 16807) % 2147483647
    walls[i] = seed % 10 < 3
  end
  walls[1] = false
  local distance, queue = { [1] = 0 }, Deque.new()
  queue:pushBack(1)
  local reached, furthest = 0, 0
  while true do
    local cell = queue:popFront()
    if not cell then return reached, furthest end
    reached = reached + 1
    local d = distance[cell]
    if d > furthest then furthest = d end
    local x = (cell - 1) % width
    local function visit(neighbour)
      if neighbour >= 1 and neighbour <= width * height and not walls[neighbour] and not distance[neighbour] then
        distance[neighbour] = d + 1
        queue:pushBack(neighbour)
      end
    end
    if x > 0 then visit(cell - 1) end
    if x < width - 1 then visit(cell + 1) end
    visit(cell - width)
    visit(cell + width)
  end
end

local checksum = 0
for round = 1, rounds do
  local deque = Deque.new()
  for i = 1, 20000 do
    if i % 3 == 0 then deque:pushFront(i) else deque:pushBack(i) end
    if i % 4 == 0 then checksum = checksum + deque:popFront() - deque:popBack() end
  end
  local reached, furthest = search(100, 80, round * 7 + 1)
  checksum = (checksum + deque:length() + reached * 3 + furthest) % 1000000007
end
print(string.format("deque %d", checksum))
