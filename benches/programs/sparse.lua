-- Hash tables with sparse integer keys: growth by rehash, lookups, deletions, refills.
local entries = tonumber((...)) or 320000

local function key(i) return (i * 7919) % 1000003 * 64 + 5 end

local checksum = 0
for round = 1, 4 do
  local t = {}
  for i = 1, entries do t[key(i)] = i end
  local hits, misses = 0, 0
  for i = 1, entries * 2, 3 do
    local v = t[key(i)]
    if v then hits = hits + v else misses = misses + 1 end
  end
  for i = 1, entries, 2 do t[key(i)] = nil end
  for i = 1, entries, 4 do t[-key(i)] = round end
  local left = 0
  for _ in pairs(t) do left = left + 1 end
  checksum = (checksum * 7 + hits + misses + left) % 1000000007
end
print(string.format("sparse %d", checksum))
