-- rawget, rawset, rawequal, next, pairs, ipairs, unpack, select, setmetatable
local t = setmetatable({}, { __index = function() return "meta" end, __newindex = function() error("no") end, __eq = function() return true end })
print(rawget(t, "x"), t.x, rawset(t, "x", 1) == t, rawget(t, "x")) -- expect: nil	meta	true	1
print(rawequal(t, t), rawequal(t, {}), rawequal("a", "a"), rawequal(1, 1), rawequal(nil, nil), rawequal(nil, false)) -- expect: true	false	true	true	true	false
print(pcall(rawget)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(rawget, {})) -- expect: false	bad argument #2 to '?' (value expected)
print(pcall(rawget, 5, 1)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(rawget, nil, 1)) -- expect: false	bad argument #1 to '?' (table expected, got nil)
print(pcall(rawset, {})) -- expect: false	bad argument #2 to '?' (value expected)
print(pcall(rawset, {}, 1)) -- expect: false	bad argument #3 to '?' (value expected)
print(pcall(rawset, 5, 1, 1)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(rawequal, 1)) -- expect: false	bad argument #2 to '?' (value expected)
print(rawget({ 5 }, 1), rawget({ 5 }, 2), rawget({ 5 }, "1")) -- expect: 5	nil	nil
-- next
print(next({})) -- expect: nil
print(next({ 10 })) -- expect: 1	10
print(next({ 10 }, 1)) -- expect: nil
print(next({ a = 1 })) -- expect: a	1
print(next({ a = 1 }, "a")) -- expect: nil
print(pcall(next, { 1 }, "nokey")) -- expect: false	invalid key to 'next'
print(pcall(next, {}, 1)) -- expect: false	invalid key to 'next'
print(pcall(next)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(next, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(next({ 1, 2, 3 }, 2)) -- expect: 3	3
print(next({ 1, 2, 3 }, 3)) -- expect: nil
print(next({}, nil)) -- expect: nil
local arr = {}
for k, v in next, { 1, 2, 3, nil, 5 } do arr[#arr + 1] = k .. "=" .. v end
print(table.concat(arr, " ")) -- expect: 1=1 2=2 3=3 5=5
-- pairs visits everything once, array part in order.
local sum, n = 0, 0
local mixed = { 10, 20, 30, a = 1, b = 2, [100] = 3, [-1] = 4, [0.5] = 5, [true] = 6 }
for k, v in pairs(mixed) do sum, n = sum + v, n + 1 end
print(n, sum) -- expect: 9	81
local order = {}
for k in pairs({ "a", "b", "c", "d" }) do order[#order + 1] = k end
print(table.concat(order, ",")) -- expect: 1,2,3,4
print(pcall(pairs)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(pairs, nil)) -- expect: false	bad argument #1 to '?' (table expected, got nil)
print(pcall(ipairs)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(ipairs, nil)) -- expect: false	bad argument #1 to '?' (table expected, got nil)
print(pcall(pairs, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(select("#", pairs({})), type((pairs({}))), select(3, pairs({}))) -- expect: 3	function	nil
print(select("#", ipairs({})), select(3, ipairs({}))) -- expect: 3	0
-- In 5.1 there is no __pairs, and ipairs is raw.
local meta = setmetatable({ 1 }, { __index = function(_, i) if i < 5 then return i end end, __pairs = function() error("unused") end })
n = 0 for i in ipairs(meta) do n = n + 1 end print(n) -- expect: 1
n = 0 for k in pairs(meta) do n = n + 1 end print(n) -- expect: 1
for i, v in ipairs { 1, 2, nil, 4 } do io.write(i, "=", v, ";") end print() -- expect: 1=1;2=2;
for i, v in ipairs { false, true } do io.write(i, "=", tostring(v), ";") end print() -- expect: 1=false;2=true;
-- Changing and removing during a traversal is allowed.
local del = {}
for i = 1, 50 do del[i] = i del["k" .. i] = i end
n = 0
for k in pairs(del) do del[k] = nil n = n + 1 end
print(n, next(del)) -- expect: 100	nil
local chg = { a = 1, b = 2, c = 3 }
for k, v in pairs(chg) do chg[k] = v * 10 end
print(chg.a, chg.b, chg.c) -- expect: 10	20	30
-- Appending during ipairs.
local grow = { 1 }
for i, v in ipairs(grow) do if i < 5 then grow[i + 1] = v * 2 end end
print(table.concat(grow, " ")) -- expect: 1 2 4 8 16
-- unpack
print(unpack({ 1, 2, 3 }, -1, 1)) -- expect: nil	nil	1
print(unpack({ 1, 2, 3 }, 2, 1)) -- expect:
print(unpack({ n = 3 }, 1, 2)) -- expect: nil	nil
print(pcall(unpack)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(unpack, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(unpack({ 1, 2, 3 }, "2", 3.7)) -- expect: 2	3
print(select("#", unpack({}, 1, 200))) -- expect: 200
print(pcall(unpack, { 1 }, 1, 1e8)) -- expect: false	too many results to unpack
print(unpack(setmetatable({}, { __index = function(_, i) return i end }), 1, 2)) -- expect: nil	nil
-- select
print(select(2, "a", "b", "c")) -- expect: b	c
print(select("#")) -- expect: 0
print(select(-2, "a", "b", "c")) -- expect: b	c
print((select(2, "a", "b", "c"))) -- expect: b
print(pcall(select, {}, 1)) -- expect: false	bad argument #1 to '?' (number expected, got table)
print(pcall(select, -5, 1)) -- expect: false	bad argument #1 to '?' (index out of range)
print(select(100, 1)) -- expect:
print(select(1.5, "a", "b")) -- expect: a	b
print(pcall(getmetatable)) -- expect: false	bad argument #1 to '?' (value expected)
print(getmetatable({}), getmetatable(nil), getmetatable(5)) -- expect: nil	nil	nil
print(_G._G == _G, _VERSION, type(_G)) -- expect: true	Lua 5.1	table
