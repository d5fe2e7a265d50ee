-- Allocation and pointer chasing: linked lists built, reversed, filtered and merge sorted.
local length = tonumber((...)) or 40000

local function fromSequence(n, seed)
  local head
  for _ = 1, n do
    seed = (seed * 16807) % 2147483647
    head = { value = seed % 10000, next = head }
  end
  return head
end

local function reverse(list)
  local result
  while list do
    list.next, result, list = result, list, list.next
  end
  return result
end

local function filter(list, keep)
  local head, tail
  while list do
    if keep(list.value) then
      local node = { value = list.value }
      if tail then tail.next = node else head = node end
      tail = node
    end
    list = list.next
  end
  return head
end

local function split(list)
  local slow, fast = list, list.next
  while fast and fast.next do
    slow, fast = slow.next, fast.next.next
  end
  local second = slow.next
  slow.next = nil
  return list, second
end

local function merge(a, b)
  local anchor = {}
  local tail = anchor
  while a and b do
    if b.value < a.value then
      tail.next, b = b, b.next
    else
      tail.next, a = a, a.next
    end
    tail = tail.next
  end
  tail.next = a or b
  return anchor.next
end

local function sort(list)
  if not list or not list.next then return list end
  local a, b = split(list)
  return merge(sort(a), sort(b))
end

local function checksum(list)
  local sum, n = 0, 0
  while list do
    sum = (sum * 31 + list.value) % 1000000007
    n = n + 1
    list = list.next
  end
  return sum, n
end

for round = 1, 6 do
  local list = reverse(fromSequence(length, round))
  local even = filter(list, function(v) return v % 2 == 0 end)
  local sum, n = checksum(sort(list))
  local evenSum, evens = checksum(reverse(sort(even)))
  print(string.format("list %d of %d, even %d of %d", sum, n, evenSum, evens))
end
