-- Errors in odd places leave everything in order.
local function try(f, ...) return (select(2, pcall(f, ...))) end
print(try(tostring, setmetatable({}, { __tostring = function() error("ts", 0) end }))) -- expect: ts
print(try(print, setmetatable({}, { __tostring = function() error("in print", 0) end }))) -- expect: in print
print(try(function() return setmetatable({}, { __index = function(_, k) error(k, 0) end }).key end)) -- expect: key
print(try(function() setmetatable({}, { __newindex = function(_, k) error(k, 0) end }).key2 = 1 end)) -- expect: key2
print(try(function() return setmetatable({}, { __eq = function() error("eq", 0) end }) == {} end)) -- expect: false
local mt = { __eq = function() error("eq", 0) end, __lt = function() error("lt", 0) end, __concat = function() error("cc", 0) end }
print(try(function() return setmetatable({}, mt) == setmetatable({}, mt) end), try(function() return setmetatable({}, mt) < setmetatable({}, mt) end), try(function() return "x" .. setmetatable({}, mt) end)) -- expect: eq	lt	cc
print(try(string.gsub, "abc", "b", function() error({ "table" }) end)[1]) -- expect: table
print(try(table.sort, { 3, 1, 2 }, function(a, b) error(a + b, 0) end) ~= nil) -- expect: true
print(try(table.foreach, { 1 }, function(k) error("k" .. k, 0) end)) -- expect: k1
-- pcall in pcall in coroutines in metamethods
local t = setmetatable({}, { __index = function(_, k) local ok, m = pcall(error, "inner " .. k, 0) return m end })
print(t.x) -- expect: inner x
print(coroutine.wrap(function() return pcall(function() return t.y .. coroutine.wrap(function() return t.z end)() end) end)()) -- expect: true	inner yinner z
print(pcall(pcall)) -- expect: false	bad argument #1 to '?' (value expected)
print(pcall(pcall, pcall, pcall, error, "x")) -- expect: true	true	true	false	x
print(select("#", pcall(error))) -- expect: 2
print(pcall(error, nil)) -- expect: false	nil
print(pcall(error, false)) -- expect: false	false
local ok, e = pcall(error, setmetatable({}, { __index = { code = 404 } }))
print(ok, e.code) -- expect: false	404
ok, e = pcall(function() error() end)
print(ok, e) -- expect: false	nil
-- The rest of the frame is intact after a caught error.
local function frame(a, b, ...) local c = a + b local ok, m = pcall(function(...) local d = c error(d .. select("#", ...), 0) end, ...) local d = "d" return a, b, c, ok, m, d, ... end
print(frame(1, 2, "x", "y")) -- expect: 1	2	3	false	32	d	x	y
local acc = {}
for i = 1, 5 do local ok, m = pcall(function() if i % 2 == 0 then error(i, 0) end return i end) acc[#acc + 1] = tostring(ok) .. m end
print(table.concat(acc, " ")) -- expect: true1 false2 true3 false4 true5
-- Errors with levels through several functions
local function l1() error("L1", 1) end
local function l2() error("L2", 2) end
local function l3() error("L3", 3) end
local function via(f) f() end
print(try(l1)) -- expect: errors_misc.lua:33: L1
print(try(via, l1)) -- expect: errors_misc.lua:33: L1
print(try(via, l2)) -- expect: errors_misc.lua:36: L2
print(try(function() via(l3) end)) -- expect: errors_misc.lua:40: L3
print(try(l3)) -- expect: errors_misc.lua:2: L3
print(try(error, "plain")) -- expect: plain
print(try(error, "one", 1)) -- expect: one
print(try(error, "two", 2)) -- expect: errors_misc.lua:2: two
print(try(function() error("in fn", 0.9) end)) -- expect: in fn
print(try(function() error("lvl str", "1") end)) -- expect: errors_misc.lua:46: lvl str
print(try(function() error("neg", -1) end)) -- expect: neg
print(try(function() local a; a.b.c = 1 end)) -- expect: errors_misc.lua:48: attempt to index local 'a' (a nil value)
print(try(function() local a = {}; a.b.c = 1 end)) -- expect: errors_misc.lua:49: attempt to index field 'b' (a nil value)
print(try(function() a.b.c = 1 end)) -- expect: errors_misc.lua:50: attempt to index global 'a' (a nil value)
print(try(function() return #nil end)) -- expect: errors_misc.lua:51: attempt to get length of a nil value
print(try(function() return nil .. "x" end)) -- expect: errors_misc.lua:52: attempt to concatenate a nil value
print(try(function() return -{} end)) -- expect: errors_misc.lua:53: attempt to perform arithmetic on a table value
print(try(function() return {} < {} end)) -- expect: errors_misc.lua:54: attempt to compare two table values
print(try(function() return 1 < "1" end)) -- expect: errors_misc.lua:55: attempt to compare number with string
-- print stops at a zero byte in 5.1, io.write does not.
print("a\0b") -- expect: a
io.write(#"a\0b", "\n") -- expect: 3
print(#tostring("a\0b"), ("a\0b"):len()) -- expect: 3	3
-- Strings with a position that looks like one
print(try(function() error("fake.lua:1: msg", 0) end)) -- expect: fake.lua:1: msg
print(try(function() error("") end)) -- expect: errors_misc.lua:62: 
print(try(function() error("multi\nline", 0) end)) -- expect: multi
-- expect: line
-- Deep error through 100 frames
local function deep(n) if n == 0 then error("bottom", 2) end local r = deep(n - 1) return r end
print(try(deep, 100)) -- expect: errors_misc.lua:66: bottom
local function xdeep(n) if n == 0 then local x = nil + 1 end local r = xdeep(n - 1) return r end
print(try(xdeep, 50)) -- expect: errors_misc.lua:68: attempt to perform arithmetic on a nil value
print(xpcall(function() error("E", 0) end, function(m) local ok, m2 = pcall(error, m .. "2", 0) return m2 .. "3" end)) -- expect: false	E23
print(pcall(string.rep)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(setmetatable, 1)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(("x").rep, "x", "y")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(next, {}, "nope")) -- expect: false	invalid key to 'next'
print(pcall(ipairs)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(rawset, {}, nil, 1)) -- expect: false	table index is nil
print(pcall(select, 0)) -- expect: false	bad argument #1 to '?' (index out of range)
print(pcall(string.char, 300)) -- expect: false	bad argument #1 to '?' (invalid value)
print(pcall(string.format, "%d", "1.5x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(tonumber, "1", 99)) -- expect: false	bad argument #2 to '?' (base out of range)
print(pcall(unpack, nil)) -- expect: false	bad argument #1 to '?' (table expected, got nil)
print(pcall(loadstring, nil)) -- expect: false	bad argument #1 to '?' (string expected, got nil)
print(pcall(math.floor, nil)) -- expect: false	bad argument #1 to '?' (number expected, got nil)
print(pcall(os.time, 1)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(table.concat, { {} })) -- expect: false	invalid value (table) at index 1 in table for 'concat'
print(pcall(coroutine.resume, 1)) -- expect: false	bad argument #1 to '?' (coroutine expected)
print(try(function() string.rep() end)) -- expect: errors_misc.lua:87: bad argument #1 to 'rep' (string expected, got no value)
print(try(function() ("x"):rep({}) end)) -- expect: errors_misc.lua:88: bad argument #1 to 'rep' (number expected, got table)
print(try(function() local s = "x" s:rep() end)) -- expect: errors_misc.lua:89: bad argument #1 to 'rep' (number expected, got no value)
print(try(function() local r = string.rep r("x", "y") end)) -- expect: errors_misc.lua:90: bad argument #2 to 'r' (number expected, got string)
print(try(function() t.x.y.z() end)) -- expect: errors_misc.lua:91: attempt to index field 'y' (a nil value)
print(try(function() ("x"):format():bad() end)) -- expect: errors_misc.lua:92: attempt to call method 'bad' (a nil value)
print(try(function() math.floor() end)) -- expect: errors_misc.lua:93: bad argument #1 to 'floor' (number expected, got no value)
print(try(function() local m = math m.floor({}) end)) -- expect: errors_misc.lua:94: bad argument #1 to 'floor' (number expected, got table)
print(try(function() setmetatable(1, {}) end)) -- expect: errors_misc.lua:95: bad argument #1 to 'setmetatable' (table expected, got number)
