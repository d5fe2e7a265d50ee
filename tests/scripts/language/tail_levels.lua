-- needs: debug
-- Each tail call is a level of its own: for errors, environments, debug.getinfo and tracebacks.
local function e() error("at 3", 3) end
local function a() return e() end
local function b() return a() end
print(pcall(function() local x = b() return x end)) -- expect: false	at 3
for level = 0, 6 do
  local function raise() error("here", level) end
  local function first() return raise() end
  local function second() return first() end
  local function third() return second() end
  print(level, pcall(function() local x = third() return x end))
end
-- expect: 0	false	here
-- expect: 1	false	tail_levels.lua:8: here
-- expect: 2	false	here
-- expect: 3	false	here
-- expect: 4	false	here
-- expect: 5	false	tail_levels.lua:12: here
-- expect: 6	false	here
local function levels(thread)
  local list = {}
  for level = 1, 30 do
    local info = thread and debug.getinfo(thread, level - 1, "nSlu") or not thread and debug.getinfo(level, "nSlu")
    if not info then break end
    list[#list + 1] = info.what .. ":" .. tostring(info.name) .. ":" .. info.namewhat .. ":" .. info.nups .. ":" .. info.short_src:sub(-9)
  end
  return table.concat(list, " ")
end
local function inner() local text = levels() return text end
local function one() return inner() end
local function two() return one() end
print((two())) -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::1:evels.lua tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
local function loop(n) if n == 0 then local text = levels() return text end return loop(n - 1) end
print((loop(5))) -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::2:evels.lua tail:::0:ail call) tail:::0:ail call) tail:::0:ail call) tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
local function trace(n) if n == 0 then return (debug.traceback("trace")) end return trace(n - 1) end
print((trace(3))) -- expect: trace
-- expect: stack traceback:
-- expect: 	tail_levels.lua:36: in function <tail_levels.lua:36>
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	tail_levels.lua:37: in main chunk
-- expect: 	[C]: ?
print((trace(40))) -- expect: trace
-- expect: stack traceback:
-- expect: 	tail_levels.lua:36: in function <tail_levels.lua:36>
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	...
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	(tail call): ?
-- expect: 	tail_levels.lua:45: in main chunk
-- expect: 	[C]: ?
local function far(n) if n == 0 then local ok, m = pcall(error, "far", 3) return m end return far(n - 1) end
print((far(10))) -- expect: far
local function deep(n) if n == 0 then local i = debug.getinfo(100001, "S") return i.what, debug.getinfo(100002, "S").what, debug.getinfo(100003, "S").what end return deep(n - 1) end
local x, y, z = deep(100000)
print(x, y, z) -- expect: tail	main	C
-- Environments.
local function env() return pcall(getfenv, 3) end
local function env1() return env() end
print((env1())) -- expect: false
local function level(n) local ok, m = pcall(getfenv, n) return ok and m == _G or m end
local function through(n) return level(n) end
for n = 1, 5 do local r = through(n) print(n, r) end -- expect: 1	true
-- expect: 2	true
-- expect: 3	no function environment for tail call at level 3
-- expect: 4	true
-- expect: 5	true
local function set(n) local ok, m = pcall(setfenv, n, {}) return ok, m end
local function set1(n) return set(n) end
print((select(2, set1(3)))) -- expect: no function environment for tail call at level 3
-- Natives that are called by a tail call are levels of their own.
local function native() return pcall(levels) end
print(select(2, native())) -- expect: Lua:nil::0:evels.lua C:pcall:global:0:[C] Lua:native:local:1:evels.lua main:nil::0:evels.lua C:nil::0:[C]
local function traced() return debug.traceback("native") end
local function traced1() return traced() end
print((traced1())) -- expect: native
-- expect: stack traceback:
-- expect: 	tail_levels.lua:91: in function <tail_levels.lua:91>
-- expect: 	(tail call): ?
-- expect: 	tail_levels.lua:93: in main chunk
-- expect: 	[C]: ?
-- Coroutines.
local function yields() return coroutine.yield() end
local function yields1() return yields() end
local co = coroutine.create(function() local r = yields1() return r end)
coroutine.resume(co)
print(levels(co)) -- expect: C:yield:field:0:[C] Lua:nil::0:evels.lua tail:::0:ail call) Lua:nil::1:evels.lua
print(debug.traceback(co)) -- expect: stack traceback:
-- expect: 	[C]: in function 'yield'
-- expect: 	tail_levels.lua:100: in function <tail_levels.lua:100>
-- expect: 	(tail call): ?
-- expect: 	tail_levels.lua:102: in function <tail_levels.lua:102>
print(coroutine.resume(co, "back")) -- expect: true	back
local wrapped = coroutine.wrap(function() return inner() end)
print((wrapped())) -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::1:evels.lua tail:::0:ail call)
-- Variable arguments, methods, metamethods.
local function var(...) if select("#", ...) == 0 then local t = levels() return t end return var(select(2, ...)) end
print((var(1, 2, 3))) -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::2:evels.lua tail:::0:ail call) tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
local t = setmetatable({}, { __index = function(_, k) return one() end, __call = function(_, n) return loop(n) end })
print(t.x) -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::1:evels.lua tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
print((t(2))) -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::2:evels.lua tail:::0:ail call) tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
local s = setmetatable({}, { __add = function() return two() end })
print(s + 1) -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::1:evels.lua tail:::0:ail call) tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
-- They go away with the function, and the collector finds those that are there.
local function collect(n) if n == 0 then collectgarbage() return "collected" end return (function(m) return collect(m) end)(n - 1) end
print(collect(20)) -- expect: collected
for i = 1, 3 do print((loop(i))) end -- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::2:evels.lua tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
-- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::2:evels.lua tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
-- expect: Lua:levels:upvalue:0:evels.lua Lua:nil::2:evels.lua tail:::0:ail call) tail:::0:ail call) tail:::0:ail call) main:nil::0:evels.lua C:nil::0:[C]
