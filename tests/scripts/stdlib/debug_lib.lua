-- needs: debug package
-- debug: getinfo, locals, upvalues, metatables, environments
local function f(a, b, ...)
  local c = a
  return debug.getinfo(1, "nSluf"), c
end
local i = f(1, 2)
print(i.short_src, i.source, i.what, i.currentline, i.linedefined, i.lastlinedefined, i.nups, i.name, i.namewhat, i.func == f) -- expect: debug_lib.lua	@debug_lib.lua	Lua	5	3	6	0	f	local	true
i = debug.getinfo(f)
print(i.what, i.currentline, i.linedefined, i.lastlinedefined, i.short_src, i.name, i.namewhat == "", i.nups) -- expect: Lua	-1	3	6	debug_lib.lua	nil	true	0
i = debug.getinfo(print)
print(i.what, i.currentline, i.linedefined, i.lastlinedefined, i.short_src, i.source, i.nups, i.func == print) -- expect: C	-1	-1	-1	[C]	=[C]	0	true
i = debug.getinfo(1) print(i.what, i.currentline, i.name, i.short_src, i.linedefined, i.lastlinedefined) -- expect: main	13	nil	debug_lib.lua	0	0
print(debug.getinfo(100), pcall(debug.getinfo, 1, "X")) -- expect: nil	false	bad argument #2 to '?' (invalid option)
print(pcall(debug.getinfo)) -- expect: false	bad argument #1 to '?' (function or level expected)
print(pcall(debug.getinfo, "x")) -- expect: false	bad argument #1 to '?' (function or level expected)
print(debug.getinfo(1, "l").source, debug.getinfo(1, "l").currentline, debug.getinfo(1, "S").currentline) -- expect: nil	17	nil
local lines = {}
for l in pairs(debug.getinfo(f, "L").activelines) do lines[#lines + 1] = l end
table.sort(lines)
print(table.concat(lines, " ")) -- expect: 4 5 6
i = debug.getinfo(loadstring("return 1", "=named"))
print(i.what, i.source, i.short_src, i.linedefined) -- expect: main	=named	named	0
i = debug.getinfo(loadstring("return\n1"))
print(i.source, i.short_src) -- expect: return
-- expect: 1	[string "return..."]
-- Names
local t = { field = function() return debug.getinfo(1, "n") end }
function t:method() return debug.getinfo(1, "n") end
function global_function() return debug.getinfo(1, "n") end
local function local_function() return debug.getinfo(1, "n") end
local function up() return (local_function()) end
local function show(i) print(i.name, i.namewhat) end
local x
x = t.field()
show(x) -- expect: field	field
x = t:method()
show(x) -- expect: method	method
x = global_function()
show(x) -- expect: global_function	global
x = local_function()
show(x) -- expect: local_function	local
show(up()) -- expect: local_function	upvalue
show((t.field())) -- expect: field	field
x = select(2, pcall(t.field))
show(x) -- expect: nil	
x = t["field"]()
show(x) -- expect: field	field
local tail = function() return t.field() end x = tail() show(x) -- expect: nil	
local mt = setmetatable({}, { __index = function() return debug.getinfo(1, "n") end, __add = function() return debug.getinfo(1, "n") end })
x = mt.x
show(x) -- expect: nil	
x = mt + 1
show(x) -- expect: nil	
for v in function(_, c) if not c then return debug.getinfo(1, "n") end end do show(v) end -- expect: (for generator)	local
-- Locals
local function locals(a, b, ...)
  local c, d = 3
  do local hidden = 4 end
  local names, n = {}, 1
  while true do
    local name, value = debug.getlocal(1, n)
    if not name then break end
    names[n] = name .. "=" .. type(value)
    n = n + 1
  end
  return table.concat(names, " ")
end
print(locals(1)) -- expect: a=number b=nil arg=table c=number d=nil names=table n=number
print(locals(1, 2, 3)) -- expect: a=number b=number arg=table c=number d=nil names=table n=number
local function change(a) print(debug.setlocal(1, 1, "changed"), a) print(debug.setlocal(1, 50, 1)) local b = 1 print(debug.setlocal(1, 2, "b!"), b) end
change("original") -- expect: a	changed
-- expect: nil
-- expect: b	b!
local function caller() local mine = "mine" local function callee() return debug.getlocal(2, 1) end local a, b = callee() return a, b end
print(caller()) -- expect: mine	mine
print(pcall(debug.getlocal, 100, 1)) -- expect: false	bad argument #1 to '?' (level out of range)
print(pcall(debug.setlocal, 100, 1, 1)) -- expect: false	bad argument #1 to '?' (level out of range)
print(pcall(debug.getlocal)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(debug.getlocal(1, 1000)) -- expect: nil
for i = 1, 1 do for n = 1, 60 do local k = debug.getlocal(1, n) if k and k:find("for", 1, true) then io.write(k, ";") end end end print() -- expect: (for index);(for limit);(for step);(for index);(for limit);(for step);
-- Upvalues
local u1, u2 = "first", "second"
local function ups() return u1, u2 end
print(debug.getupvalue(ups, 1)) -- expect: u1	first
print(debug.getupvalue(ups, 2)) -- expect: u2	second
print(debug.getupvalue(ups, 3)) -- expect:
print(debug.getupvalue(ups, 0)) -- expect:
print(debug.setupvalue(ups, 1, "set"), u1, ups()) -- expect: u1	set	set	second
print(debug.setupvalue(ups, 9, 1)) -- expect:
print(debug.getupvalue(print, 1)) -- expect:
print(debug.getupvalue(string.gmatch("x", "x"), 1)) -- expect:
print(pcall(debug.getupvalue, 5, 1)) -- expect: false	bad argument #1 to '?' (function expected, got number)
print(pcall(debug.getupvalue, ups)) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(debug.setupvalue, ups, 1)) -- expect: false	bad argument #3 to '?' (value expected)
-- Metatables and environments
local obj = {}
print(debug.setmetatable(obj, { __metatable = "hidden" }) == obj or true, getmetatable(obj), type(debug.getmetatable(obj))) -- expect: true	hidden	table
debug.setmetatable(5, { __index = function(n, k) return k .. n end, __call = function(n, m) return n + m end, __len = function(n) return n * 2 end })
print((5).x, (5)(6), #7) -- expect: x5	11	14
debug.setmetatable(5, nil)
debug.setmetatable(nil, { __index = function() return "from nil" end })
print((nil).x, undefined.field.y) -- expect: from nil	nil
debug.setmetatable(nil, nil)
print(pcall(function() return (nil).x end)) -- expect: false	debug_lib.lua:105: attempt to index a nil value
debug.setmetatable(print, { __index = { name = "function!" }, __concat = function() return "concat" end })
print(print.name, (function() end).name, print .. "x") -- expect: function!	function!	concat
debug.setmetatable(print, nil)
debug.setmetatable(true, { __tostring = function(b) return b and "yes" or "no" end, __add = function() return "sum" end, __lt = function() return true end })
print(tostring(true), false, true + false, true < false) -- expect: yes	no	sum	yes
debug.setmetatable(true, nil)
print(pcall(debug.setmetatable, {}, 5)) -- expect: false	bad argument #2 to '?' (nil or table expected)
print(pcall(debug.setmetatable, {})) -- expect: false	bad argument #2 to '?' (nil or table expected)
print(debug.getmetatable(5), debug.getmetatable("").__index == string) -- expect: nil	true
local function envf() return y end
print(debug.getfenv(envf) == _G, debug.setfenv(envf, { y = "env" }) == envf, envf()) -- expect: true	true	env
print(debug.getfenv(print) == _G, debug.getfenv({}), type(debug.getfenv(coroutine.create(envf)))) -- expect: true	nil	table
print(pcall(debug.setfenv, {}, {})) -- expect: false	'setfenv' cannot change environment of given object
print(type(debug.getregistry()), debug.getregistry()._LOADED == package.loaded) -- expect: table	true
local names = {}
for k in pairs(debug) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " ")) -- expect: debug getfenv gethook getinfo getlocal getmetatable getregistry getupvalue setfenv sethook setlocal setmetatable setupvalue traceback
-- Threads
local co = coroutine.create(function(a) local b = a coroutine.yield(b) return b end) coroutine.resume(co, 7)
print(debug.getlocal(co, 1, 1)) -- expect: a	7
print(debug.getlocal(co, 1, 2)) -- expect: b	7
print(debug.getinfo(co, 1, "l").currentline, debug.getinfo(co, 0, "S").what, debug.getinfo(co, 5)) -- expect: 125	C	nil
print(debug.setlocal(co, 1, 2, "changed"), coroutine.resume(co)) -- expect: b	true	changed
