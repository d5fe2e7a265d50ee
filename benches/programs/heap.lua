-- Array reads and writes with method calls: a binary-heap priority queue.
local count = tonumber((...)) or 480000

local Heap = {}
Heap.__index = Heap

function Heap.new() return setmetatable({ size = 0 }, Heap) end

function Heap:push(value)
  local i = self.size + 1
  self.size = i
  while i > 1 do
    local parent = (i - i % 2) / 2
    if self[parent] <= value then break end
    self[i] = self[parent]
    i = parent
  end
  self[i] = value
end

function Heap:pop()
  local top, size = self[1], self.size
  local value = self[size]
  self[size] = nil
  size = size - 1
  self.size = size
  if size > 0 then
    local i = 1
    while true do
      local child = i * 2
      if child > size then break end
      if child < size and self[child + 1] < self[child] then child = child + 1 end
      if value <= self[child] then break end
      self[i] = self[child]
      i = child
    end
    self[i] = value
  end
  return top
end

local seed = 12345
local function random()
  seed = (seed * 16807) % 2147483647
  return seed
end

local heap = Heap.new()
for _ = 1, count do heap:push(random() % 1000003) end
local checksum, previous, ordered = 0, -1, true
for i = 1, count do
  local v = heap:pop()
  if v < previous then ordered = false end
  previous = v
  checksum = (checksum * 31 + v) % 1000000007
  if i % 4 == 0 then
    heap:push(v + 1 + random() % 1000)
  end
end
print(string.format("checksum %d left %d ordered %s", checksum, heap.size, tostring(ordered)))
