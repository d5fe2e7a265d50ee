-- Array swaps: enumerating permutations in place and counting prefix reversals.
local size = tonumber((...)) or 9

local function reversals(source, work)
  for i = 1, #source do work[i] = source[i] end
  local count, head = 0, work[1]
  while head ~= 1 do
    local lo, hi = 1, head
    while lo < hi do
      work[lo], work[hi] = work[hi], work[lo]
      lo, hi = lo + 1, hi - 1
    end
    count = count + 1
    head = work[1]
  end
  return count
end

local items, work = {}, {}
for i = 1, size do items[i] = i end
local visited, total, longest = 0, 0, 0

local function visit(k)
  if k == 1 then
    visited = visited + 1
    local count = reversals(items, work)
    total = total + count
    if count > longest then longest = count end
    return
  end
  for i = 1, k do
    visit(k - 1)
    local other = k % 2 == 0 and i or 1
    items[other], items[k] = items[k], items[other]
  end
end

for _ = 1, 2 do visit(size) end
print(string.format("permutations %d reversals %d longest %d", visited, total, longest))
