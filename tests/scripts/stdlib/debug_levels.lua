-- needs: debug
-- Levels below 0, what a traceback joins, and where a function is that a hook was called in when the hook has removed itself.
local function fields(level, options)
  local info = debug.getinfo(level, options)
  local names = {}
  for key, value in pairs(info) do names[#names + 1] = key .. "=" .. tostring(value) end
  table.sort(names)
  return table.concat(names, " ")
end
print(fields(-1, "S")) -- expect: lastlinedefined=-1 linedefined=-1 short_src=(tail call) source==(tail call) what=tail
print(fields(-7, "lnufL")) -- expect: currentline=-1 name= namewhat= nups=0
print(debug.getinfo(-2 ^ 31, "S").what, debug.getinfo(2 ^ 31, "S").what) -- expect: tail	tail
print(debug.getlocal(-1, 1), debug.setlocal(-1, 1, 2)) -- expect: nil	nil
print(pcall(debug.getlocal, -1)) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(debug.setlocal, -1, 1)) -- expect: false	bad argument #3 to '?' (value expected)
local co = coroutine.create(function() coroutine.yield() end)
coroutine.resume(co)
print(debug.getinfo(co, -1, "S").what, debug.getlocal(co, -1, 1)) -- expect: tail	nil
print(debug.traceback(co, "m", -2)) -- expect: m
-- expect: stack traceback:
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	[C]: in function 'yield'
-- expect: 	debug_levels.lua:16: in function <debug_levels.lua:16>

-- A level takes the last argument away, whichever it is. What is left is joined.
print(debug.traceback(co, "x", "y")) -- expect: xy
-- expect: stack traceback:
-- expect: 	[C]: in function 'yield'
-- expect: 	debug_levels.lua:16: in function <debug_levels.lua:16>
print(debug.traceback(co, "x", 5, "y")) -- expect: x5
-- expect: stack traceback:
print(debug.traceback(co, 1, "z", 2)) -- expect: 1z2
-- expect: stack traceback:
-- expect: 	[C]: in function 'yield'
-- expect: 	debug_levels.lua:16: in function <debug_levels.lua:16>
print(pcall(debug.traceback, "x", {})) -- expect: false	attempt to concatenate a table value
print(pcall(debug.traceback, "x", nil, "y")) -- expect: false	attempt to concatenate a nil value
print(pcall(debug.traceback, "x", true)) -- expect: false	attempt to concatenate a boolean value
print(debug.traceback({}, "y"), type(debug.traceback({}, 1))) -- expect: y	table
local joins = setmetatable({}, { __concat = function(a, b) return type(a) .. "+" .. type(b) end })
print(debug.traceback(co, "x", 9, joins)) -- expect: x9
-- expect: stack traceback:

local function place() return debug.traceback("") end
local function ends(hook, mask, count)
  debug.sethook(hook, mask, count)
  local x = 1
  local y = x
end
ends(function() debug.sethook() print((place():gsub("^.-\n(.-\n.-\n.-\n.-)\n.*", "%1"))) end, "l") -- expect: stack traceback:
-- expect: 	debug_levels.lua:45: in function 'place'
-- expect: 	debug_levels.lua:51: in function <debug_levels.lua:51>
-- expect: 	debug_levels.lua:48: in function 'ends'
print(pcall(ends, function() debug.sethook() error("stop", 2) end, "l")) -- expect: false	debug_levels.lua:48: stop
print(pcall(ends, function(_, l) debug.sethook(function() debug.sethook() error("other", 2) end, "crl", 1) end, "l")) -- expect: false	debug_levels.lua:49: other
local function counts()
  local n = 0
  n = n + 1
  n = n + 2
  n = n + 3
end
for count = 1, 4 do
  print(pcall(function()
    debug.sethook(function() debug.sethook() error("timeout", 2) end, "", count)
    counts()
  end))
end
-- expect: false	debug_levels.lua:66: timeout
-- expect: false	debug_levels.lua:66: timeout
-- expect: false	debug_levels.lua:58: timeout
-- expect: false	debug_levels.lua:59: timeout

-- The options for the level of a tail call are not checked.
do
  local function inner() return debug.getinfo(2, "n?"), pcall(debug.getinfo, 1, "n?") end
  local function outer() return inner() end
  local info, ok, message = outer()
  print(info.name == "", info.namewhat == "", ok, message)
end
-- expect: true	true	false	bad argument #2 to '?' (invalid option)
