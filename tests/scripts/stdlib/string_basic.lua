-- string: len, sub, upper, lower, rep, reverse, byte, char
local s = "hello"
print(s:len(), #s, (""):len(), ("a\0b"):len(), string.len(12345)) -- expect: 5	5	0	3	5
print(s:sub(1), s:sub(2, 3), s:sub(-3), s:sub(-3, -2), s:sub(2, -2), s:sub(0), s:sub(-100, 100)) -- expect: hello	el	llo	ll	ell	hello	hello
print(s:sub(3, 2) == "", s:sub(6) == "", s:sub(5, 100), s:sub(-1, -1), s:sub(0, 0) == "", s:sub(1, 0) == "", s:sub(10, 20) == "") -- expect: true	true	o	o	true	true	true
print(s:sub(2.7), s:sub("2", "3"), s:sub(1, -5), s:sub(-1, 1) == "", s:sub(-5, 1)) -- expect: ello	el	h	true	h
print(s:sub(1, 1e10), s:sub(-1e10), s:sub(2^31 - 1) == "") -- expect: hello	hello	true
print(s:upper(), ("MiXeD 123 \t!"):lower(), ("MiXeD"):upper(), (""):upper()) -- expect: HELLO	mixed 123 	!	MIXED	
print(s:rep(3), s:rep(0) == "", s:rep(-1) == "", s:rep(1), ("ab"):rep(2.9), (""):rep(100) == "", #("x"):rep(1000)) -- expect: hellohellohello	true	true	hello	abab	true	1000
print(s:reverse(), (""):reverse(), ("a"):reverse(), ("ab\0c"):reverse():byte(1, -1)) -- expect: olleh		a	99	0	98	97
print(s:byte(), s:byte(2), s:byte(-1), s:byte(1, -1)) -- expect: 104	101	111	104	101	108	108	111
print(s:byte(10), select("#", s:byte(10)), select("#", s:byte(0))) -- expect: nil	0	0
print(s:byte(2, 4)) -- expect: 101	108	108
print(s:byte(-2, -1)) -- expect: 108	111
print((""):byte()) -- expect:
print(s:byte(3, 2)) -- expect:
print(("\0\255\128"):byte(1, 3)) -- expect: 0	255	128
print(string.char(72, 105), string.char() == "", #string.char(0, 255), string.char("65", 66.9)) -- expect: Hi	true	2	AB
print(pcall(string.char, 256)) -- expect: false	bad argument #1 to '?' (invalid value)
print(pcall(string.char, -1)) -- expect: false	bad argument #1 to '?' (invalid value)
print(pcall(string.char, "x")) -- expect: false	bad argument #1 to '?' (number expected, got string)
print(pcall(string.char, 65, {})) -- expect: false	bad argument #2 to '?' (number expected, got table)
print(pcall(string.len)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(string.len, nil)) -- expect: false	bad argument #1 to '?' (string expected, got nil)
print(pcall(string.len, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(pcall(string.sub, "x")) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(string.rep, "x")) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(string.rep, {}, 1)) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(pcall(string.upper)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(string.byte, "x", {})) -- expect: false	bad argument #2 to '?' (number expected, got table)
print(pcall(string.reverse, true)) -- expect: false	bad argument #1 to '?' (string expected, got boolean)
print(pcall(string.sub, "x", "y")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(string.lower, print)) -- expect: false	bad argument #1 to '?' (string expected, got function)
print(pcall(function() return ("x"):rep() end)) -- expect: false	string_basic.lua:34: bad argument #1 to 'rep' (number expected, got no value)
print(pcall(function() return ("x"):rep({}) end)) -- expect: false	string_basic.lua:35: bad argument #1 to 'rep' (number expected, got table)
print(pcall(function() return s.len() end)) -- expect: false	string_basic.lua:36: bad argument #1 to 'len' (string expected, got no value)
print(pcall(function() return ("x"):bad() end)) -- expect: false	string_basic.lua:37: attempt to call method 'bad' (a nil value)
print(pcall(function() string.rep() end)) -- expect: false	string_basic.lua:38: bad argument #1 to 'rep' (string expected, got no value)
print(pcall(function() local r = string.rep r() end)) -- expect: false	string_basic.lua:39: bad argument #1 to 'r' (string expected, got no value)
print(("x").y, ("x")[1], ("abc").len == string.len) -- expect: nil	nil	true
print(getmetatable("").__index == string, pcall(function() ("x").y = 1 end)) -- expect: true	false	string_basic.lua:41: attempt to index a string value
string.trim = function(x) return (x:gsub("^%s+", ""):gsub("%s+$", "")) end
print("[" .. ("  both sides \t\n"):trim() .. "]", #("   "):trim()) -- expect: [both sides]	0
string.trim = nil
local names = {}
for k in pairs(string) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " ")) -- expect: byte char dump find format gfind gmatch gsub len lower match rep reverse sub upper
-- Comparison and concatenation of strings with zeros.
print("a\0b" == "a\0b", "a\0b" == "a\0c", #("a\0" .. "b\0"), "a\0b" < "a\0c", ("a\0b"):upper():byte(1, -1)) -- expect: true	false	4	true	65	0	66
print(("x"):rep(10, ","), ("%s"):rep(2)) -- expect: xxxxxxxxxx	%s%s
