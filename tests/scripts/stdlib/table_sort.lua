-- table.sort
local function sorted(t, f) table.sort(t, f) return table.concat(t, " ") end
print(sorted({ 3, 1, 2 }), sorted({}), sorted({ 1 }), sorted({ 2, 1 }), sorted({ 1, 2 }), sorted({ 1, 1, 1 })) -- expect: 1 2 3		1	1 2	1 2	1 1 1
print(sorted({ "b", "a", "c", "B", "A" }), sorted({ "10", "9", "1" }), sorted({ 10, 9, 1 }), sorted({ -1, 0, 1, -0.5, 0.5 })) -- expect: A B a b c	1 10 9	1 9 10	-1 -0.5 0 0.5 1
print(sorted({ 1, 2, 3, 4, 5 }, function(a, b) return a > b end), sorted({ 5, 3, 1, 4, 2 }, function(a, b) return a % 3 < b % 3 or a % 3 == b % 3 and a < b end)) -- expect: 5 4 3 2 1	3 1 4 2 5
print(sorted({ "bb", "a", "dddd", "ccc" }, function(a, b) return #a > #b end), sorted({ 1/0, -1/0, 0 })) -- expect: dddd ccc bb a	-inf 0 inf
print(select("#", table.sort({})), pcall(table.sort)) -- expect: 0	false	bad argument #1 to '?' (table expected, got no value)
print(pcall(table.sort, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(table.sort, {}, 5)) -- expect: false	bad argument #2 to '?' (function expected, got number)
print(pcall(table.sort, {}, "x")) -- expect: false	bad argument #2 to '?' (function expected, got string)
print(pcall(table.sort, {}, nil)) -- expect: true
print(pcall(table.sort, { 1, "a" })) -- expect: false	attempt to compare string with number
print(pcall(table.sort, { {}, {} })) -- expect: false	attempt to compare two table values
print(pcall(table.sort, { 1, nil, 3 }) ~= nil) -- expect: true
print(pcall(table.sort, { true, false })) -- expect: false	attempt to compare two boolean values
local seed = 42
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed % n end
for _, size in ipairs { 10, 100, 1000, 5000 } do
  local t, sum = {}, 0
  for i = 1, size do t[i] = random(size) sum = sum + t[i] end
  table.sort(t)
  local ok = true
  for i = 2, size do if t[i - 1] > t[i] then ok = false end sum = sum - t[i] end
  print(size, ok, sum == t[1])
end
-- expect: 10	true	true
-- expect: 100	true	true
-- expect: 1000	true	true
-- expect: 5000	true	true
local asc, desc, same = {}, {}, {}
for i = 1, 2000 do asc[i], desc[i], same[i] = i, 2001 - i, 7 end
table.sort(asc) table.sort(desc) table.sort(same)
print(asc[1], asc[2000], desc[1], desc[2000], same[1], same[2000]) -- expect: 1	2000	1	2000	7	7
table.sort(asc, function(a, b) return a > b end) print(asc[1], asc[2000]) -- expect: 2000	1
-- Invalid order functions
print(pcall(table.sort, { 1, 2, 3, 4, 5 }, function() return true end)) -- expect: false	invalid order function for sorting
print(pcall(table.sort, { 3, 2, 1 }, function() return false end)) -- expect: true
print(pcall(table.sort, { 1, 2, 3 }, function(a, b) return a <= b end)) -- expect: true
local calls = 0
print(pcall(table.sort, { 5, 4, 3, 2, 1 }, function(a, b) calls = calls + 1 if calls == 3 then error("stop", 0) end return a < b end), calls) -- expect: false	3
print(pcall(table.sort, { 2, 1 }, function(a, b) return nil end), pcall(table.sort, { 2, 1 }, function(a, b) return 0 end)) -- expect: true	true
-- By several keys
local people = { { "Bob", 30 }, { "Alice", 25 }, { "Carol", 30 }, { "Dave", 25 }, { "Eve", 35 } }
table.sort(people, function(a, b) if a[2] ~= b[2] then return a[2] < b[2] end return a[1] < b[1] end)
for _, p in ipairs(people) do io.write(p[1], "=", p[2], ";") end print() -- expect: Alice=25;Dave=25;Bob=30;Carol=30;Eve=35;
-- Objects with __lt
local mt = { __lt = function(a, b) return a.v < b.v end }
local objs = {} for i, v in ipairs { 5, 2, 8, 1 } do objs[i] = setmetatable({ v = v }, mt) end
table.sort(objs) for _, o in ipairs(objs) do io.write(o.v, ";") end print() -- expect: 1;2;5;8;
-- Only 1..#t is sorted.
local part = { 3, 1, 2, x = "x", [10] = 0, [0] = 9 }
table.sort(part) print(part[0], part[1], part[2], part[3], part[10], part.x) -- expect: 9	1	2	3	0	x
-- The number of comparisons of a fixed input.
calls = 0 table.sort({ 5, 2, 8, 1, 9, 3 }, function(a, b) calls = calls + 1 return a < b end) print(calls) -- expect: 12
local trace = {}
table.sort({ 3, 1, 2 }, function(a, b) trace[#trace + 1] = a .. "<" .. b return a < b end)
print(table.concat(trace, " ")) -- expect: 2<3 1<2
