-- A library of sorting algorithms, checked against each other.

local sorts = {}
local function lt(a, b) return a < b end

function sorts.bubble(t, less)
  for i = #t, 2, -1 do
    local swapped = false
    for j = 1, i - 1 do
      if less(t[j + 1], t[j]) then t[j], t[j + 1] = t[j + 1], t[j] swapped = true end
    end
    if not swapped then break end
  end
end

function sorts.insertion(t, less)
  for i = 2, #t do
    local v, j = t[i], i - 1
    while j > 0 and less(v, t[j]) do t[j + 1] = t[j] j = j - 1 end
    t[j + 1] = v
  end
end

function sorts.selection(t, less)
  for i = 1, #t - 1 do
    local best = i
    for j = i + 1, #t do if less(t[j], t[best]) then best = j end end
    t[i], t[best] = t[best], t[i]
  end
end

function sorts.shell(t, less)
  local gap = math.floor(#t / 2)
  while gap > 0 do
    for i = gap + 1, #t do
      local v, j = t[i], i
      while j > gap and less(v, t[j - gap]) do t[j] = t[j - gap] j = j - gap end
      t[j] = v
    end
    gap = math.floor(gap / 2)
  end
end

function sorts.merge(t, less)
  local function run(lo, hi)
    if lo >= hi then return end
    local mid = math.floor((lo + hi) / 2)
    run(lo, mid) run(mid + 1, hi)
    local out, i, j = {}, lo, mid + 1
    while i <= mid or j <= hi do
      if j > hi or (i <= mid and not less(t[j], t[i])) then out[#out + 1] = t[i] i = i + 1
      else out[#out + 1] = t[j] j = j + 1 end
    end
    for k = 1, #out do t[lo + k - 1] = out[k] end
  end
  run(1, #t)
end

function sorts.quick(t, less)
  local function run(lo, hi)
    while lo < hi do
      local pivot, i, j = t[math.floor((lo + hi) / 2)], lo, hi
      repeat
        while less(t[i], pivot) do i = i + 1 end
        while less(pivot, t[j]) do j = j - 1 end
        if i <= j then t[i], t[j] = t[j], t[i] i, j = i + 1, j - 1 end
      until i > j
      if j - lo < hi - i then run(lo, j) lo = i else run(i, hi) hi = j end
    end
  end
  run(1, #t)
end

function sorts.heap(t, less)
  local n = #t
  local function sift(root, last)
    while root * 2 <= last do
      local child = root * 2
      if child < last and less(t[child], t[child + 1]) then child = child + 1 end
      if not less(t[root], t[child]) then return end
      t[root], t[child] = t[child], t[root]
      root = child
    end
  end
  for i = math.floor(n / 2), 1, -1 do sift(i, n) end
  for i = n, 2, -1 do t[1], t[i] = t[i], t[1] sift(1, i - 1) end
end

function sorts.library(t, less) table.sort(t, less) end

local seed = 2024
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return math.floor(seed / 65536) % n end
local inputs = { empty = {}, one = { 1 }, sorted = {}, reversed = {}, same = {}, random = {}, strings = {} }
for i = 1, 100 do
  inputs.sorted[i], inputs.reversed[i], inputs.same[i], inputs.random[i] = i, 101 - i, 5, random(1000)
  inputs.strings[i] = string.char(97 + random(26), 97 + random(26))
end
local names, kinds = {}, {}
for name in pairs(sorts) do names[#names + 1] = name end
for kind in pairs(inputs) do kinds[#kinds + 1] = kind end
table.sort(names) table.sort(kinds)
print(table.concat(names, " ")) -- expect: bubble heap insertion library merge quick selection shell
for _, kind in ipairs(kinds) do
  local reference = table.concat((function() local c = { unpack(inputs[kind]) } table.sort(c) return c end)(), " ")
  local good = {}
  for _, name in ipairs(names) do
    local copy = { unpack(inputs[kind]) }
    sorts[name](copy, lt)
    if table.concat(copy, " ") == reference then good[#good + 1] = name end
  end
  print(kind, #good, #reference)
end
-- expect: empty	8	0
-- expect: one	8	1
-- expect: random	8	390
-- expect: reversed	8	291
-- expect: same	8	199
-- expect: sorted	8	291
-- expect: strings	8	299
print(table.concat(inputs.random, " ", 1, 10)) -- expect: 12 456 481 221 997 727 96 369 414 899
print(table.concat(inputs.strings, " ", 1, 10)) -- expect: ai qx sg ft pe rq yu hj vy si
-- Numbers of comparisons
for _, name in ipairs(names) do
  local calls, copy = 0, { unpack(inputs.random) }
  sorts[name](copy, function(a, b) calls = calls + 1 return a > b end)
  print(name, name == "library" or calls, copy[1], copy[50], copy[100])
end
-- expect: bubble	4830	998	521	5
-- expect: heap	1023	998	521	5
-- expect: insertion	2949	998	521	5
-- expect: library	true	998	521	5
-- expect: merge	537	998	521	5
-- expect: quick	825	998	521	5
-- expect: selection	4950	998	521	5
-- expect: shell	838	998	521	5
-- Stability
local people = {}
for i, n in ipairs { "Ann", "Bob", "Cid", "Dan", "Eve", "Fay" } do people[i] = { name = n, age = 20 + i % 3 } end
for _, name in ipairs { "bubble", "insertion", "merge" } do
  local copy = { unpack(people) }
  sorts[name](copy, function(a, b) return a.age < b.age end)
  local out = {}
  for i, p in ipairs(copy) do out[i] = p.name .. p.age end
  print(name, table.concat(out, " "))
end
-- expect: bubble	Cid20 Fay20 Ann21 Dan21 Bob22 Eve22
-- expect: insertion	Cid20 Fay20 Ann21 Dan21 Bob22 Eve22
-- expect: merge	Cid20 Fay20 Ann21 Dan21 Bob22 Eve22
-- Binary search
local function search(t, x)
  local lo, hi = 1, #t
  while lo <= hi do
    local mid = math.floor((lo + hi) / 2)
    if t[mid] == x then return mid elseif t[mid] < x then lo = mid + 1 else hi = mid - 1 end
  end
  return nil, lo
end
print(search(inputs.sorted, 1), search(inputs.sorted, 37), search(inputs.sorted, 100)) -- expect: 1	37	100
print(search(inputs.sorted, 0)) -- expect: nil	1
print(search(inputs.sorted, 50.5)) -- expect: nil	51
print(search({}, 1)) -- expect: nil	1
