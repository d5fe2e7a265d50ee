-- Names of variables in messages of failed operations.

local function try(f, ...) print((select(2, pcall(f, ...)))) end
local up = {}
local upnil
glob = {}

-- index
try(function() local l l = l.x end) -- expect: error_names.lua:9: attempt to index local 'l' (a nil value)
try(function() local l l = l[1] end) -- expect: error_names.lua:10: attempt to index local 'l' (a nil value)
try(function(p) return p.x end) -- expect: error_names.lua:11: attempt to index local 'p' (a nil value)
try(function() return upnil.x end) -- expect: error_names.lua:12: attempt to index upvalue 'upnil' (a nil value)
try(function() return nope.x end) -- expect: error_names.lua:13: attempt to index global 'nope' (a nil value)
try(function() return up.a.b end) -- expect: error_names.lua:14: attempt to index field 'a' (a nil value)
try(function() return glob.a.b.c end) -- expect: error_names.lua:15: attempt to index field 'a' (a nil value)
try(function() local t = { a = {} } return t.a.b.c end) -- expect: error_names.lua:16: attempt to index field 'b' (a nil value)
try(function() local t = {} return t[1][2] end) -- expect: error_names.lua:17: attempt to index field '?' (a nil value)
try(function() local t, k = {}, "key" return t[k].x end) -- expect: error_names.lua:18: attempt to index field '?' (a nil value)
try(function() return (nil).x end) -- expect: error_names.lua:19: attempt to index a nil value
try(function() return (1).x end) -- expect: error_names.lua:20: attempt to index a number value
try(function() return (true).x end) -- expect: error_names.lua:21: attempt to index a boolean value
try(function() return print.x end) -- expect: error_names.lua:22: attempt to index global 'print' (a function value)
try(function() local f = print return f.x.y end) -- expect: error_names.lua:23: attempt to index local 'f' (a function value)
try(function() return ({}).a.b end) -- expect: error_names.lua:24: attempt to index field 'a' (a nil value)
try(function() return ("s").x.y end) -- expect: error_names.lua:25: attempt to index field 'x' (a nil value)
try(function() return up:a().b end) -- expect: error_names.lua:26: attempt to call method 'a' (a nil value)
try(function() local l = 5 l.x = 1 end) -- expect: error_names.lua:27: attempt to index local 'l' (a number value)
try(function() upnil.x = 1 end) -- expect: error_names.lua:28: attempt to index upvalue 'upnil' (a nil value)
try(function() nope.x = 1 end) -- expect: error_names.lua:29: attempt to index global 'nope' (a nil value)
try(function() up.a.b = 1 end) -- expect: error_names.lua:30: attempt to index field 'a' (a nil value)
try(function() up[1][2] = 1 end) -- expect: error_names.lua:31: attempt to index field '?' (a nil value)
try(function() glob.a.b = 1 end) -- expect: error_names.lua:32: attempt to index field 'a' (a nil value)
try(function() local s = "str" s.x = 1 end) -- expect: error_names.lua:33: attempt to index local 's' (a string value)
try(function() return select(2, 1).x end) -- expect: error_names.lua:34: attempt to index a nil value
try(function() local t = {} t.x.y.z = 1 end) -- expect: error_names.lua:35: attempt to index field 'x' (a nil value)
try(function() local t = {} t["with space"].y = 1 end) -- expect: error_names.lua:36: attempt to index field 'with space' (a nil value)
try(function() local t = {} return t[true].y end) -- expect: error_names.lua:37: attempt to index field '?' (a nil value)
try(function() local t = {} return t[1.5].y end) -- expect: error_names.lua:38: attempt to index field '?' (a nil value)
try(function(...) return (...).x end) -- expect: error_names.lua:39: attempt to index a nil value
try(function(...) local a, b = ... return b.x end, 1) -- expect: error_names.lua:40: attempt to index local 'b' (a nil value)
-- call
try(function() local l l() end) -- expect: error_names.lua:42: attempt to call local 'l' (a nil value)
try(function() local l = {} l() end) -- expect: error_names.lua:43: attempt to call local 'l' (a table value)
try(function(p) p() end, 5) -- expect: error_names.lua:44: attempt to call local 'p' (a number value)
try(function() upnil() end) -- expect: error_names.lua:45: attempt to call upvalue 'upnil' (a nil value)
try(function() up() end) -- expect: error_names.lua:46: attempt to call upvalue 'up' (a table value)
try(function() nope() end) -- expect: error_names.lua:47: attempt to call global 'nope' (a nil value)
try(function() glob() end) -- expect: error_names.lua:48: attempt to call global 'glob' (a table value)
try(function() up.a() end) -- expect: error_names.lua:49: attempt to call field 'a' (a nil value)
try(function() up.a.b() end) -- expect: error_names.lua:50: attempt to index field 'a' (a nil value)
try(function() up:method() end) -- expect: error_names.lua:51: attempt to call method 'method' (a nil value)
try(function() glob:method(1) end) -- expect: error_names.lua:52: attempt to call method 'method' (a nil value)
try(function() nope:method() end) -- expect: error_names.lua:53: attempt to index global 'nope' (a nil value)
try(function() up["a"]() end) -- expect: error_names.lua:54: attempt to call field 'a' (a nil value)
try(function() up[1]() end) -- expect: error_names.lua:55: attempt to call field '?' (a nil value)
try(function() local k = "x" up[k]() end) -- expect: error_names.lua:56: attempt to call field '?' (a nil value)
try(function() ("s"):nomethod() end) -- expect: error_names.lua:57: attempt to call method 'nomethod' (a nil value)
try(function() (5)() end) -- expect: error_names.lua:58: attempt to call a number value
try(function() (nil)() end) -- expect: error_names.lua:59: attempt to call a nil value
try(function() ("s")() end) -- expect: error_names.lua:60: attempt to call a string value
try(function() (function() end)()() end) -- expect: error_names.lua:61: attempt to call a nil value
try(function() print(print)() end and function() (print == nil)() end) -- expect: error_names.lua:62: attempt to call a boolean value
try(function() return upnil() end) -- expect: error_names.lua:63: attempt to call upvalue 'upnil' (a nil value)
try(function() return up.a() end) -- expect: error_names.lua:64: attempt to call field 'a' (a nil value)
try(function() local t = { nope() } end) -- expect: error_names.lua:65: attempt to call global 'nope' (a nil value)
try(function() local x = 1 + nope() end) -- expect: error_names.lua:66: attempt to call global 'nope' (a nil value)
try(function() if nope() then end end) -- expect: error_names.lua:67: attempt to call global 'nope' (a nil value)
try(function() local a = {} a.b.c() end) -- expect: error_names.lua:68: attempt to index field 'b' (a nil value)
try(function() string.nope() end) -- expect: error_names.lua:69: attempt to call field 'nope' (a nil value)
try(function() math.pi() end) -- expect: error_names.lua:70: attempt to call field 'pi' (a number value)
-- arithmetic
try(function() local l return l + 1 end) -- expect: error_names.lua:72: attempt to perform arithmetic on local 'l' (a nil value)
try(function() local l return 1 + l end) -- expect: error_names.lua:73: attempt to perform arithmetic on local 'l' (a nil value)
try(function(p) return p * 2 end, {}) -- expect: error_names.lua:74: attempt to perform arithmetic on local 'p' (a table value)
try(function() return upnil - 1 end) -- expect: error_names.lua:75: attempt to perform arithmetic on upvalue 'upnil' (a nil value)
try(function() return up / 2 end) -- expect: error_names.lua:76: attempt to perform arithmetic on upvalue 'up' (a table value)
try(function() return nope % 2 end) -- expect: error_names.lua:77: attempt to perform arithmetic on global 'nope' (a nil value)
try(function() return 2 ^ glob end) -- expect: error_names.lua:78: attempt to perform arithmetic on global 'glob' (a table value)
try(function() return up.a + 1 end) -- expect: error_names.lua:79: attempt to perform arithmetic on field 'a' (a nil value)
try(function() return 1 + up.a end) -- expect: error_names.lua:80: attempt to perform arithmetic on field 'a' (a nil value)
try(function() return up[1] + 1 end) -- expect: error_names.lua:81: attempt to perform arithmetic on field '?' (a nil value)
try(function() return -upnil end) -- expect: error_names.lua:82: attempt to perform arithmetic on upvalue 'upnil' (a nil value)
try(function() return -up.a end) -- expect: error_names.lua:83: attempt to perform arithmetic on field 'a' (a nil value)
try(function() return -{} end) -- expect: error_names.lua:84: attempt to perform arithmetic on a table value
try(function() return {} + 1 end) -- expect: error_names.lua:85: attempt to perform arithmetic on a table value
try(function() return nil + 1 end) -- expect: error_names.lua:86: attempt to perform arithmetic on a nil value
try(function() return 1 + nil end) -- expect: error_names.lua:87: attempt to perform arithmetic on a nil value
try(function() return true * 1 end) -- expect: error_names.lua:88: attempt to perform arithmetic on a boolean value
try(function() return print - 1 end) -- expect: error_names.lua:89: attempt to perform arithmetic on global 'print' (a function value)
try(function() local a, b = 1 return a + b end) -- expect: error_names.lua:90: attempt to perform arithmetic on local 'b' (a nil value)
try(function() local a, b = {}, {} return a + b end) -- expect: error_names.lua:91: attempt to perform arithmetic on local 'a' (a table value)
try(function() local a, b = "x", {} return a + b end) -- expect: error_names.lua:92: attempt to perform arithmetic on local 'a' (a string value)
try(function() local a, b = {}, "x" return a + b end) -- expect: error_names.lua:93: attempt to perform arithmetic on local 'a' (a table value)
try(function() return up.x.y + 1 end) -- expect: error_names.lua:94: attempt to index field 'x' (a nil value)
try(function() local s = "abc" return s + 1 end) -- expect: error_names.lua:95: attempt to perform arithmetic on local 's' (a string value)
try(function() local s = "abc" return 1 - s end) -- expect: error_names.lua:96: attempt to perform arithmetic on local 's' (a string value)
try(function() return ("abc") * 1 end) -- expect: error_names.lua:97: attempt to perform arithmetic on a string value
try(function() up.a = up.a + 1 end) -- expect: error_names.lua:98: attempt to perform arithmetic on field 'a' (a nil value)
try(function() counter = counter + 1 end) -- expect: error_names.lua:99: attempt to perform arithmetic on global 'counter' (a nil value)
try(function() return (up.a) + 1 end) -- expect: error_names.lua:100: attempt to perform arithmetic on field 'a' (a nil value)
try(function() return select(1, nil) + 1 end) -- expect: error_names.lua:101: attempt to perform arithmetic on a nil value
-- concatenation
try(function() local l return l .. "x" end) -- expect: error_names.lua:103: attempt to concatenate local 'l' (a nil value)
try(function() local l return "x" .. l end) -- expect: error_names.lua:104: attempt to concatenate local 'l' (a nil value)
try(function() return upnil .. "x" end) -- expect: error_names.lua:105: attempt to concatenate upvalue 'upnil' (a nil value)
try(function() return "x" .. up end) -- expect: error_names.lua:106: attempt to concatenate upvalue 'up' (a table value)
try(function() return nope .. "x" end) -- expect: error_names.lua:107: attempt to concatenate global 'nope' (a nil value)
try(function() return "x" .. up.a end) -- expect: error_names.lua:108: attempt to concatenate field 'a' (a nil value)
try(function() return up.a .. "x" end) -- expect: error_names.lua:109: attempt to concatenate field 'a' (a nil value)
try(function() return "a" .. "b" .. nil .. "c" end) -- expect: error_names.lua:110: attempt to concatenate a nil value
try(function() return 1 .. {} end) -- expect: error_names.lua:111: attempt to concatenate a table value
try(function() return true .. "" end) -- expect: error_names.lua:112: attempt to concatenate a boolean value
try(function() return "" .. print end) -- expect: error_names.lua:113: attempt to concatenate global 'print' (a function value)
try(function() local a, b, c = "x", nil, "y" return a .. b .. c end) -- expect: error_names.lua:114: attempt to concatenate local 'b' (a nil value)
try(function() local a, b = {}, nil return a .. b end) -- expect: error_names.lua:115: attempt to concatenate local 'a' (a table value)
try(function() local a, b = nil, {} return a .. b end) -- expect: error_names.lua:116: attempt to concatenate local 'a' (a nil value)
try(function() local a = "x" return a .. up.b .. a end) -- expect: error_names.lua:117: attempt to concatenate field 'b' (a nil value)
-- length
try(function() local l return #l end) -- expect: error_names.lua:119: attempt to get length of local 'l' (a nil value)
try(function() return #upnil end) -- expect: error_names.lua:120: attempt to get length of upvalue 'upnil' (a nil value)
try(function() return #nope end) -- expect: error_names.lua:121: attempt to get length of global 'nope' (a nil value)
try(function() return #up.a end) -- expect: error_names.lua:122: attempt to get length of field 'a' (a nil value)
try(function() return #true end) -- expect: error_names.lua:123: attempt to get length of a boolean value
try(function() return #1 end) -- expect: error_names.lua:124: attempt to get length of a number value
try(function() return #print end) -- expect: error_names.lua:125: attempt to get length of global 'print' (a function value)
-- comparison
try(function() return 1 < nil end) -- expect: error_names.lua:127: attempt to compare number with nil
try(function() return nil <= 1 end) -- expect: error_names.lua:128: attempt to compare nil with number
try(function() return {} < {} end) -- expect: error_names.lua:129: attempt to compare two table values
try(function() return {} > 1 end) -- expect: error_names.lua:130: attempt to compare number with table
try(function() return "a" >= 1 end) -- expect: error_names.lua:131: attempt to compare number with string
try(function() return print < 1 end) -- expect: error_names.lua:132: attempt to compare function with number
try(function() return nil < nil end) -- expect: error_names.lua:133: attempt to compare two nil values
try(function() return true <= false end) -- expect: error_names.lua:134: attempt to compare two boolean values
try(function() return upnil < 1 end) -- expect: error_names.lua:135: attempt to compare nil with number
