-- __eq, __lt, __le, __len.

local log = {}
local mt = { __eq = function(a, b) log[#log + 1] = "eq" return a.v == b.v end }
local a, b, c = setmetatable({ v = 1 }, mt), setmetatable({ v = 1 }, mt), setmetatable({ v = 2 }, mt)
print(a == b, a ~= b, a == c, a ~= c, a == a, #log) -- expect: true	false	false	true	true	4
print(rawequal(a, b), a == 1, a == "x", a == nil, #log) -- expect: false	false	false	false	4
print(setmetatable({ v = 1 }, { __eq = mt.__eq }) == a) -- expect: true
print(setmetatable({ v = 1 }, { __eq = function() return true end }) == a) -- expect: false
print(setmetatable({ v = 1 }, {}) == a, a == setmetatable({ v = 1 }, {})) -- expect: false	false
print({ v = 1 } == a, a == { v = 1 }) -- expect: false	false
local truthy = { __eq = function() return "yes" end }
print(setmetatable({}, truthy) == setmetatable({}, truthy)) -- expect: true
local nothing = { __eq = function() end }
print(setmetatable({}, nothing) == setmetatable({}, nothing), setmetatable({}, nothing) ~= setmetatable({}, nothing)) -- expect: false	true
-- Table keys are compared raw.
local keys = { [a] = "a" }
print(keys[a], keys[b]) -- expect: a	nil
-- Userdata compare by __eq as well.
local u1 = newproxy(true)
getmetatable(u1).__eq = function() return true end
local u2 = newproxy(u1)
print(u1 == u2, rawequal(u1, u2), u1 == a) -- expect: true	false	false

-- __lt and __le
local lt = {}
lt.__lt = function(x, y) log[#log + 1] = "lt" return x.v < y.v end
local function num(v) return setmetatable({ v = v }, lt) end
local one, two = num(1), num(2)
log = {}
print(one < two, two < one, one > two, two > one, table.concat(log, " ")) -- expect: true	false	false	true	lt lt lt lt
-- Without __le, a <= b is not (b < a).
log = {}
print(one <= two, two <= one, one >= one, one <= num(1), table.concat(log, " ")) -- expect: true	false	true	true	lt lt lt lt
lt.__le = function(x, y) log[#log + 1] = "le" return x.v <= y.v end
log = {}
print(one <= two, two <= one, one >= one, two >= one, table.concat(log, " ")) -- expect: true	false	true	true	le le le le
lt.__le = function() return nil end
print(one <= two, one >= two, not (one <= two)) -- expect: false	false	true
lt.__lt = function() return 0 end
print(one < two, two < one) -- expect: true	true
-- Both operands need the same handler.
local other = setmetatable({ v = 5 }, { __lt = function() return true end })
print(pcall(function() return one < other end)) -- expect: false	meta_compare.lua:44: attempt to compare two table values
print(pcall(function() return one < 1 end)) -- expect: false	meta_compare.lua:45: attempt to compare table with number
print(pcall(function() return 1 < one end)) -- expect: false	meta_compare.lua:46: attempt to compare number with table
print(pcall(function() return {} < {} end)) -- expect: false	meta_compare.lua:47: attempt to compare two table values
print(pcall(function() return {} <= {} end)) -- expect: false	meta_compare.lua:48: attempt to compare two table values
print(pcall(function() return {} < 1 end)) -- expect: false	meta_compare.lua:49: attempt to compare table with number
print(pcall(function() return one < "x" end)) -- expect: false	meta_compare.lua:50: attempt to compare table with string
print(pcall(function() return nil < 1 end)) -- expect: false	meta_compare.lua:51: attempt to compare nil with number
print(pcall(function() return nil > 1 end)) -- expect: false	meta_compare.lua:52: attempt to compare number with nil
print(pcall(function() return true < false end)) -- expect: false	meta_compare.lua:53: attempt to compare two boolean values
print(pcall(function() return print < print end)) -- expect: false	meta_compare.lua:54: attempt to compare two function values
print(pcall(function() return "a" < 1 end)) -- expect: false	meta_compare.lua:55: attempt to compare string with number
print(pcall(function() return one <= other end)) -- expect: false	meta_compare.lua:56: attempt to compare two table values
print(setmetatable({ v = 1 }, { __lt = lt.__lt }) < one) -- expect: true
-- __eq only for same types, even with handlers.
local any = function() return true end
local t, u = setmetatable({}, { __eq = any }), newproxy(true)
getmetatable(u).__eq = any
print(t == u, t == 5, "t" == t) -- expect: false	false	false

-- __len works for userdata only.
print(#setmetatable({ 1, 2 }, { __len = function() return 42 end })) -- expect: 2
local p = newproxy(true)
getmetatable(p).__len = function(self, x) return rawequal(self, p) and x == nil and "length" end
print(#p) -- expect: length
print(pcall(function() return #newproxy(true) end)) -- expect: false	meta_compare.lua:69: attempt to get length of a userdata value
print(pcall(function() return #5 end)) -- expect: false	meta_compare.lua:70: attempt to get length of a number value
print(pcall(function() local n; return #n end)) -- expect: false	meta_compare.lua:71: attempt to get length of local 'n' (a nil value)
print(pcall(function() return #print end)) -- expect: false	meta_compare.lua:72: attempt to get length of global 'print' (a function value)
-- Sorting with __lt.
lt.__lt = function(x, y) return x.v < y.v end
local list = { num(3), num(1), num(2) }
table.sort(list)
print(list[1].v, list[2].v, list[3].v) -- expect: 1	2	3
