-- options: --allow-bytecode
-- load, loadstring, collectgarbage, gcinfo, newproxy, print
print(loadstring("return 1 + 1")(), loadstring("return ...")(1, 2)) -- expect: 2	1	2
print(loadstring("x =")) -- expect: nil	[string "x ="]:1: unexpected symbol near '<eof>'
print(pcall(loadstring)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(loadstring, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(pcall(loadstring, nil)) -- expect: false	bad argument #1 to '?' (string expected, got nil)
print(loadstring("return 1", "chunk") ~= nil, loadstring(5), loadstring(" return 5 ")()) -- expect: true	nil	5
print(pcall(loadstring("error('e')", "=(custom)"))) -- expect: false	(custom):1: e
print(pcall(loadstring("local a = nil; return a.b", "@file"))) -- expect: false	file:1: attempt to index local 'a' (a nil value)
-- load with a reader
local function reader(...) local parts, i = { ... }, 0 return function() i = i + 1 return parts[i] end end
print(load(reader("return ", "1", " + ", "2"))()) -- expect: 3
print(load(reader("ret", "urn 'spl", "it'"))()) -- expect: split
print(type(load(reader())), type(load(reader("")))) -- expect: function	function
print(load(reader("return 1", "", " + 'not read'"))()) -- expect: 1
print(load(reader("x = = 1"), "=reader")) -- expect: nil	reader:1: unexpected symbol near '='
print(load(reader("x = = 1"))) -- expect: nil	(load):1: unexpected symbol near '='
print(pcall(load, function() error("in reader", 0) end)) -- expect: true	nil	in reader
print(pcall(load, function() return {} end)) -- expect: true	nil	reader function must return a string
print(pcall(load, function() return true end)) -- expect: true	nil	reader function must return a string
print(pcall(load)) -- expect: false	bad argument #1 to '?' (function expected, got no value)
print(pcall(load, "return 1")) -- expect: false	bad argument #1 to '?' (function expected, got string)
print(pcall(load, nil)) -- expect: false	bad argument #1 to '?' (function expected, got nil)
print(pcall(load, 5)) -- expect: false	bad argument #1 to '?' (function expected, got number)
local count = 0
print(load(function() count = count + 1 if count <= 3 then return "-- line\n" end end) ~= nil, count) -- expect: true	4
local bytes = {}
for c in ("local a, b = 'one', [[two]] return a .. b"):gmatch(".") do bytes[#bytes + 1] = c end
print(load(reader(unpack(bytes)))()) -- expect: onetwo
print(pcall(load(reader("error('pos')"), "@by_reader.lua"))) -- expect: false	by_reader.lua:1: pos
print(pcall(load(reader("\n\nerror('pos')")))) -- expect: false	(load):3: pos
-- string.dump round trip
local function add(a, b) return a + b end
print(loadstring(string.dump(add))(2, 3), type(string.dump(add)), string.dump(add):byte() == 27) -- expect: 5	string	true
print(loadstring(string.dump(loadstring("local x = ... return function() x = x + 1 return x end")))(5)()) -- expect: 6
print(load(reader(string.dump(function(...) return select("#", ...) end)))(nil, nil)) -- expect: 2
-- What is behind the end is not read.
print(loadstring(string.dump(add) .. "x")(2, 3), load(reader(string.dump(add) .. "x", "y"))(2, 3)) -- expect: 5	5
print(pcall(string.dump, print)) -- expect: false	unable to dump given function
print(pcall(string.dump)) -- expect: false	bad argument #1 to '?' (function expected, got no value)
print(pcall(string.dump, 5)) -- expect: false	bad argument #1 to '?' (function expected, got number)
print(pcall(loadstring("\27Lua"))) -- expect: false	attempt to call a nil value
-- Chunks are vararg functions with their own locals.
local chunk = loadstring("local n = select('#', ...) n = n + 1 return n")
print(chunk(), chunk(1, 2), chunk(nil)) -- expect: 1	3	2
print(pcall(loadstring("local function f() f() end return 1"))) -- expect: true	1
-- collectgarbage
print(collectgarbage(), collectgarbage("collect"), type(collectgarbage("count")), collectgarbage("count") > 0) -- expect: 0	0	number	true
print(collectgarbage("stop"), collectgarbage("restart"), type(collectgarbage("step")), type(collectgarbage("step", 100))) -- expect: 0	0	boolean	boolean
print(type(collectgarbage("setpause", 200)), collectgarbage("setpause", 150), collectgarbage("setpause", 200)) -- expect: number	200	150
print(type(collectgarbage("setstepmul", 200)), collectgarbage("setstepmul", 300), collectgarbage("setstepmul", 200)) -- expect: number	200	300
print(pcall(collectgarbage, "nope")) -- expect: false	bad argument #1 to '?' (invalid option 'nope')
print(pcall(collectgarbage, 5)) -- expect: false	bad argument #1 to '?' (invalid option '5')
print(pcall(collectgarbage, "step", "x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(collectgarbage, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(type(gcinfo()), gcinfo() > 0, select("#", gcinfo())) -- expect: number	true	1
-- newproxy
local p = newproxy(true)
print(type(p), type(getmetatable(p)), getmetatable(newproxy()), getmetatable(newproxy(false)), getmetatable(newproxy(p)) == getmetatable(p)) -- expect: userdata	table	nil	nil	true
getmetatable(p).__index = function(_, k) return "proxied " .. k end
getmetatable(p).__tostring = function() return "proxy!" end
getmetatable(p).__call = function(_, a) return a end
print(p.field, tostring(p), p(5), newproxy(p).x) -- expect: proxied field	proxy!	5	proxied x
print(pcall(function() return newproxy().x end)) -- expect: false	base_load.lua:65: attempt to index a userdata value
print(pcall(newproxy, "x")) -- expect: false	bad argument #1 to '?' (boolean or proxy expected)
-- print
print() -- expect:
print(nil) -- expect: nil
print(1, nil, "x", true) -- expect: 1	nil	x	true
print("a\tb", "") -- expect: a	b	
print((print("inner"))) -- expect: inner
-- expect: nil
local save = tostring
tostring = function(x) return "<" .. save(x) .. ">" end
print(1, "x", nil) -- expect: <1>	<x>	<nil>
tostring = function() return nil end
local ok, message = pcall(print, 1) -- expect: false	'tostring' must return a string to 'print'
tostring = nil
local ok2, message2 = pcall(print, 1)
tostring = save
print(ok, message)
print(ok2, message2) -- expect: false	attempt to call a nil value
print(pcall(print, "ok")) -- expect: ok
-- expect: true
