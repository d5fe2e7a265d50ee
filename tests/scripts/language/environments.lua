-- setfenv and getfenv.

x = "global x"
local function f() return x end
print(f(), getfenv(f) == _G, getfenv() == _G, getfenv(0) == _G, getfenv(1) == _G) -- expect: global x	true	true	true	true
print(setfenv(f, { x = "other" }) == f, f()) -- expect: true	other
print(getfenv(f).x, x) -- expect: other	global x
setfenv(f, _G)
print(f()) -- expect: global x
-- New functions inherit the environment of their creator.
local function maker() return function() return x end end
setfenv(maker, { x = "maker's" })
print(maker()(), f()) -- expect: maker's	global x
-- Assigning globals goes to the environment.
local env = setmetatable({}, { __index = _G })
local function assign() y = 5 return y, _G.y end
setfenv(assign, env)
print(assign()) -- expect: 5	nil
print(env.y, y) -- expect: 5	nil
-- By level.
local function level1() setfenv(1, { x = "own" }) return x end
print(level1(), x) -- expect: own	global x
local function level2() setfenv(2, { x = "caller's" }) end
local function caller() level2() return x end
print(caller(), x) -- expect: caller's	global x
print(caller(), getfenv(caller).x) -- expect: caller's	caller's
local function get(n) return getfenv(n) end
local function get_caller() return get(2) end
setfenv(get_caller, { get = get, name = "get_caller" })
local function with() local e = get(2) return e.name end
setfenv(with, { name = "with" })
print(with()) -- expect: with
print((function() return getfenv(2) == _G end)()) -- expect: true
-- Environments with metatables.
local strict = setmetatable({}, { __index = function(_, k) error("undefined " .. k, 2) end, __newindex = function(_, k) error("assign " .. k, 2) end })
print(pcall(setfenv(function() return undefined_variable end, strict))) -- expect: false	environments.lua:36: undefined undefined_variable
print(pcall(setfenv(function() some_variable = 1 end, strict))) -- expect: false	environments.lua:37: assign some_variable
local auto = setmetatable({}, { __index = function(_, k) return "<" .. k .. ">" end })
print(setfenv(function() return foo .. bar end, auto)()) -- expect: <foo><bar>
-- loadstring makes chunks in the global environment.
print(setfenv(loadstring("a = 1 return a"), {})(), a) -- expect: 1	nil
local chunk_env = {}
local chunk = setfenv(loadstring("function fn() return v end v = 10 return fn"), chunk_env)
print(chunk()(), chunk_env.v, type(chunk_env.fn), fn) -- expect: 10	10	function	nil
-- A sandbox.
local sandbox = { print = print, tostring = tostring }
print(pcall(setfenv(loadstring("print('in sandbox', tostring(1)) return os.time()", "=box"), sandbox))) -- expect: in sandbox	1
-- expect: false	box:1: attempt to index global 'os' (a nil value)
-- A C function's environment.
print(getfenv(print) == _G, pcall(setfenv, print, {})) -- expect: true	false	'setfenv' cannot change environment of given object
-- Errors
print(pcall(setfenv)) -- expect: false	bad argument #2 to '?' (table expected, got no value)
print(pcall(setfenv, f)) -- expect: false	bad argument #2 to '?' (table expected, got no value)
print(pcall(setfenv, f, 5)) -- expect: false	bad argument #2 to '?' (table expected, got number)
print(pcall(setfenv, "x", {})) -- expect: false	bad argument #1 to '?' (number expected, got string)
print(pcall(setfenv, -1, {})) -- expect: false	bad argument #1 to '?' (level must be non-negative)
print(pcall(getfenv, -1)) -- expect: false	bad argument #1 to '?' (level must be non-negative)
print(pcall(setfenv, 100, {})) -- expect: false	bad argument #1 to '?' (invalid level)
print(pcall(getfenv, 100)) -- expect: false	bad argument #1 to '?' (invalid level)
print(pcall(getfenv, "x")) -- expect: false	bad argument #1 to '?' (number expected, got string)
print(pcall(getfenv, {})) -- expect: false	bad argument #1 to '?' (number expected, got table)
print(pcall(function() return getfenv(50) end)) -- expect: false	environments.lua:62: bad argument #1 to 'getfenv' (invalid level)
-- Threads: level 0 is the environment of the running thread.
local co = coroutine.create(function()
  setfenv(0, { x = "thread" })
  local fn = loadstring("return x")
  return x, getfenv(0).x, fn()
end)
print(coroutine.resume(co)) -- expect: true	global x	thread	thread
print(getfenv(0) == _G) -- expect: true
-- Different closures of one function have environments of their own.
local function make() return function() return x end end
local a1, a2 = make(), make()
setfenv(a1, { x = 1 }) print(a1(), a2()) -- expect: 1	global x
-- _G is an ordinary variable.
local save = _G
_G = { x = "fake" }
print(x, _G.x, getfenv() == save) -- expect: global x	fake	true
_G = save
print(rawget(_G, "x"), _G._G == _G, _VERSION) -- expect: global x	true	Lua 5.1
setmetatable(_G, { __index = function(_, k) return "no " .. k end })
print(zzz) -- expect: no zzz
setmetatable(_G, { __newindex = function(t, k, v) rawset(t, k, v and v * 2) end })
doubled = 21
print(doubled) -- expect: 42
setmetatable(_G, nil)
-- setfenv on the main chunk changes what follows.
local print = print
setfenv(1, { x = "main's own" })
print(x, tostring) -- expect: main's own	nil
