-- Graph search: Dijkstra over adjacency lists of records with an indexed binary heap.
local nodes = tonumber((...)) or 30000

local seed = 271828
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local function build(n)
  local graph = {}
  for i = 1, n do graph[i] = {} end
  for i = 1, n do
    local edges = graph[i]
    edges[#edges + 1] = { to = i % n + 1, cost = random(100) }
    for _ = 1, 4 do
      local to = random(n)
      edges[#edges + 1] = { to = to, cost = random(60) }
      graph[to][#graph[to] + 1] = { to = i, cost = random(60) }
    end
  end
  return graph
end

local function shortest(graph, source)
  local heap, where, distance, size = { source }, { [source] = 1 }, { [source] = 0 }, 1
  local function place(node, i)
    heap[i] = node
    where[node] = i
  end
  local function up(node, i)
    local d = distance[node]
    while i > 1 do
      local parent = (i - i % 2) / 2
      if distance[heap[parent]] <= d then break end
      place(heap[parent], i)
      i = parent
    end
    place(node, i)
  end
  local function down(node, i)
    local d = distance[node]
    while i * 2 <= size do
      local child = i * 2
      if child < size and distance[heap[child + 1]] < distance[heap[child]] then child = child + 1 end
      if d <= distance[heap[child]] then break end
      place(heap[child], i)
      i = child
    end
    place(node, i)
  end
  while size > 0 do
    local node, last = heap[1], heap[size]
    heap[size] = nil
    size = size - 1
    if size > 0 then down(last, 1) end
    local base = distance[node]
    for _, edge in ipairs(graph[node]) do
      local d, known = base + edge.cost, distance[edge.to]
      if not known then
        distance[edge.to] = d
        size = size + 1
        up(edge.to, size)
      elseif d < known then
        distance[edge.to] = d
        up(edge.to, where[edge.to])
      end
    end
  end
  return distance
end

local graph = build(nodes)
for source = 1, 4 do
  local sum, furthest = 0, 0
  for _, d in ipairs(shortest(graph, source * 100)) do
    sum = sum + d
    if d > furthest then furthest = d end
  end
  print(string.format("dijkstra from %d: sum %d furthest %d", source * 100, sum, furthest))
end
