-- Coroutines as generators: coroutine.wrap over ranges, trees and permutations.
local rounds = tonumber((...)) or 150

local yield, wrap = coroutine.yield, coroutine.wrap

local function range(n)
  return wrap(function()
    for i = 1, n do yield(i) end
  end)
end

local function filter(source, keep)
  return wrap(function()
    for v in source do
      if keep(v) then yield(v) end
    end
  end)
end

local function insert(node, key)
  if not node then return { key = key } end
  if key < node.key then
    node.left = insert(node.left, key)
  else
    node.right = insert(node.right, key)
  end
  return node
end

local function walk(node)
  if node then
    walk(node.left)
    yield(node.key)
    walk(node.right)
  end
end

local function permutations(list)
  local function permute(n)
    if n == 0 then
      yield(list)
      return
    end
    for i = 1, n do
      list[i], list[n] = list[n], list[i]
      permute(n - 1)
      list[i], list[n] = list[n], list[i]
    end
  end
  return wrap(function() permute(#list) end)
end

local sum = 0
for round = 1, rounds do
  for v in filter(range(20000), function(x) return x % 3 == round % 3 end) do
    sum = sum + v
  end
  local root
  for i = 1, 1000 do root = insert(root, (i * 7919) % 10007) end
  local position = 0
  for key in wrap(function() walk(root) end) do
    position = position + 1
    sum = (sum + position * key) % 1000000007
  end
  for p in permutations({ 1, 2, 3, 4, 5, 6, 7 }) do
    sum = sum + p[1] * p[7]
  end
end
print(string.format("generators %d", sum))
