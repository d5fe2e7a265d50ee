-- Allocation: building, walking and dropping complete binary trees of two-slot tables.
local depth = tonumber((...)) or 16

local function build(d)
  if d == 0 then return {} end
  return { build(d - 1), build(d - 1) }
end

local function count(tree)
  local left = tree[1]
  if not left then return 1 end
  return 1 + count(left) + count(tree[2])
end

local keep = build(depth)
for d = 4, depth, 3 do
  local trees = 2 ^ (depth - d + 2)
  local nodes = 0
  for _ = 1, trees do nodes = nodes + count(build(d)) end
  print(string.format("%d trees of depth %d: %d nodes", trees, d, nodes))
end
print(string.format("kept tree: %d nodes", count(keep)))
