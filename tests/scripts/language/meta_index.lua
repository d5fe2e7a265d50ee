-- __index, __newindex, __call, __metatable, __tostring.

local base = { color = "red", size = 1 }
local t = setmetatable({ size = 2 }, { __index = base })
print(t.color, t.size, t.missing, rawget(t, "color")) -- expect: red	2	nil	nil
local fn = setmetatable({}, { __index = function(self, k) return k .. "!" , "extra" end })
print(fn.a, fn["b c"], fn[1], select("#", fn.x)) -- expect: a!	b c!	1!	1
-- A chain of tables ending with a function.
local last = setmetatable({}, { __index = function(_, k) return "from the end: " .. k end })
local mid = setmetatable({ m = "mid" }, { __index = last })
local top = setmetatable({ t = "top" }, { __index = mid })
print(top.t, top.m, top.z) -- expect: top	mid	from the end: z
-- The function gets the table it was found at, not the first one.
local who = setmetatable({}, { __index = function(self) return self end })
local outer = setmetatable({}, { __index = who })
print(outer.x == who, outer.x == outer) -- expect: true	false
-- Indexing through a string, a number.
print(setmetatable({}, { __index = "str" }).len == string.len, setmetatable({}, { __index = "str" }).nope) -- expect: true	nil
print(pcall(function() return setmetatable({}, { __index = 5 }).x end)) -- expect: false	meta_index.lua:19: attempt to index a number value
print(pcall(function() local t = setmetatable({}, { __index = true }) return t.x end)) -- expect: false	meta_index.lua:20: attempt to index a boolean value
print(("x").len == string.len, ("x").nope, pcall(function() return ("x").y.z end)) -- expect: true	nil	false	meta_index.lua:21: attempt to index field 'y' (a nil value)
-- A present false value is not missing.
print(setmetatable({ f = false }, { __index = { f = true } }).f) -- expect: false
-- Loops
local loop1, loop2 = {}, {}
setmetatable(loop1, { __index = loop2 }) setmetatable(loop2, { __index = loop1 })
print(pcall(function() return loop1.x end)) -- expect: false	meta_index.lua:27: loop in gettable
print(pcall(function() setmetatable(loop1, { __newindex = loop1 }).x = 1 end)) -- expect: false	meta_index.lua:28: loop in settable

-- __newindex
local store = {}
local w = setmetatable({ present = 1 }, { __newindex = store })
w.present = 2 w.absent = 3
print(rawget(w, "present"), rawget(w, "absent"), store.absent, store.present) -- expect: 2	nil	3	nil
w.present = nil w.present = "again"
print(rawget(w, "present"), store.present) -- expect: nil	again
local calls = {}
local wf = setmetatable({}, { __newindex = function(self, k, v) calls[#calls + 1] = k rawset(self, k, v) end })
wf.a = 1 wf.a = 2 wf.b = nil wf.b = 3
print(table.concat(calls, " "), wf.a, wf.b) -- expect: a b b	2	3
rawset(wf, "c", 1)
print(#calls, wf.c) -- expect: 3	1
local ro = setmetatable({}, { __index = base, __newindex = function(_, k) error("read-only: " .. k, 2) end })
print(pcall(function() ro.x = 1 end)) -- expect: false	meta_index.lua:44: read-only: x
print(ro.color) -- expect: red
local chain = setmetatable({}, { __newindex = setmetatable({}, { __newindex = function(s, k, v) rawset(s, k, v * 2) end }) })
chain.n = 21
print(rawget(chain, "n"), rawget(getmetatable(chain).__newindex, "n")) -- expect: nil	42
print(pcall(function() setmetatable({}, { __newindex = 5 }).x = 1 end)) -- expect: false	meta_index.lua:49: attempt to index a number value
-- Array assignments go through it as well.
local arr = setmetatable({}, { __newindex = function(s, k, v) rawset(s, k, v + 100) end })
arr[1] = 1 arr[2] = 2 arr[1] = 5
print(arr[1], arr[2], #arr) -- expect: 5	102	2

-- __call
local callee = setmetatable({}, { __call = function(self, ...) return select("#", ...), ... end })
print(callee(), callee(nil), callee(1, 2)) -- expect: 0	1	2	1	2
print(pcall(callee, 1, 2)) -- expect: true	2	1	2
local nested = setmetatable({}, { __call = callee })
print(pcall(nested, "x")) -- expect: false	attempt to call a table value
print(pcall(setmetatable({}, { __call = 5 }))) -- expect: false	attempt to call a table value
print(select(2, pcall(function() local obj = {} obj() end))) -- expect: meta_index.lua:62: attempt to call local 'obj' (a table value)
local obj = { m = callee }
print(obj:m(7) == 2, obj.m(7)) -- expect: true	1	7
print(pcall(function() return callee.x.y end)) -- expect: false	meta_index.lua:65: attempt to index field 'x' (a nil value)
print(string.gsub("abc", "%w", setmetatable({}, { __index = function(_, k) return k:upper() end }))) -- expect: ABC	3

-- __metatable
local protected = setmetatable({}, { __metatable = "locked" })
print(getmetatable(protected), pcall(setmetatable, protected, {})) -- expect: locked	false	cannot change a protected metatable
print(getmetatable(setmetatable({}, { __metatable = false }))) -- expect: false
print(pcall(setmetatable, setmetatable({}, { __metatable = false }), nil)) -- expect: false	cannot change a protected metatable
print(pcall(setmetatable, {}, 5)) -- expect: false	bad argument #2 to '?' (nil or table expected)
print(pcall(setmetatable, 5, {})) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(setmetatable, {})) -- expect: false	bad argument #2 to '?' (nil or table expected)
local plain = setmetatable({}, {})
print(setmetatable(plain, nil) == plain, getmetatable(plain), getmetatable({}), getmetatable("").__index == string) -- expect: true	nil	nil	true

-- __tostring
print(tostring(setmetatable({}, { __tostring = function() return "custom" end }))) -- expect: custom
print(setmetatable({}, { __tostring = function() return "by print" end })) -- expect: by print
print(pcall(tostring, setmetatable({}, { __tostring = function() error("failed", 0) end }))) -- expect: false	failed
print(pcall(print, setmetatable({}, { __tostring = function() return 5 end }))) -- expect: 5
-- expect: true
print(pcall(print, setmetatable({}, { __tostring = function() return {} end }))) -- expect: false	'tostring' must return a string to 'print'
print(tostring(setmetatable({}, { __tostring = function() return nil end }))) -- expect: nil
print(type(tostring(setmetatable({}, { __tostring = function() return 1 end })))) -- expect: number
print((tostring(setmetatable({}, { __name = "ignored in 5.1" })):gsub("0x%x+", "ADDR"))) -- expect: table: ADDR
print(tostring(setmetatable({}, { __tostring = setmetatable({}, { __call = function() return "callable" end }) }))) -- expect: callable
print(pcall(function() return #setmetatable({}, { __index = function() error("rawlen") end }) end)) -- expect: true	0
