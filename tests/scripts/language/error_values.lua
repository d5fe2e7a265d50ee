-- error(), its levels, pcall, xpcall, assert, error values.

local function thrower(v, l) error(v, l) end
local function show(ok, ...) print(ok, ...) end
show(pcall(error)) -- expect: false	nil
show(pcall(error, nil)) -- expect: false	nil
show(pcall(error, "msg")) -- expect: false	msg
show(pcall(error, "msg", 0)) -- expect: false	msg
show(pcall(error, 42)) -- expect: false	42
show(pcall(error, true)) -- expect: false	true
show(pcall(error, false)) -- expect: false	false
show(pcall(thrower, "msg")) -- expect: false	error_values.lua:3: msg
show(pcall(thrower, "msg", 0)) -- expect: false	msg
show(pcall(thrower, "msg", 1)) -- expect: false	error_values.lua:3: msg
show(pcall(thrower, "msg", 2)) -- expect: false	msg
show(pcall(function() thrower("msg", 2) end)) -- expect: false	error_values.lua:16: msg
show(pcall(function() thrower("msg", 3) end)) -- expect: false	msg
show(pcall(function() thrower("msg", 50) end)) -- expect: false	msg
show(pcall(thrower, 42)) -- expect: false	error_values.lua:3: 42
show(pcall(thrower, "42")) -- expect: false	error_values.lua:3: 42
show(pcall(thrower, nil, 2)) -- expect: false	nil
show(pcall(thrower, true, 2)) -- expect: false	true
local t = {}
local ok, e = pcall(error, t) print(ok, e == t) -- expect: false	true
ok, e = pcall(thrower, t, 2) print(ok, e == t) -- expect: false	true
ok, e = pcall(error, print) print(ok, e == print) -- expect: false	true
local co = coroutine.create(function() end)
ok, e = pcall(error, co) print(ok, e == co) -- expect: false	true
ok, e = pcall(error, setmetatable({}, { __tostring = function() return "obj" end })) print(ok, tostring(e)) -- expect: false	obj
-- pcall results
show(pcall(function() end)) -- expect: true
show(pcall(function() return nil end)) -- expect: true	nil
show(pcall(function() return 1, nil, 3 end)) -- expect: true	1	nil	3
show(pcall(function(...) return select("#", ...), ... end, 1, nil)) -- expect: true	2	1	nil
show(pcall(nil)) -- expect: false	attempt to call a nil value
show(pcall(5)) -- expect: false	attempt to call a number value
show(pcall({})) -- expect: false	attempt to call a table value
show(pcall("x")) -- expect: false	attempt to call a string value
show(pcall(pcall)) -- expect: false	bad argument #1 to '?' (value expected)
show(pcall(pcall, nil)) -- expect: true	false	attempt to call a nil value
show(pcall(pcall, error, "e")) -- expect: true	false	e
show(pcall(pcall, pcall, error)) -- expect: true	true	false	nil
show(pcall(print, "printed")) -- expect: printed
-- expect: true
-- Nested
show(pcall(function()
  local ok, m = pcall(error, "inner", 0)
  error("outer after " .. m, 0)
end))
-- expect: false	outer after inner
local depth = {}
local function nest(n) local ok, m = pcall(function() if n == 0 then error("bottom", 0) end nest(n - 1) error("level " .. n, 0) end) depth[#depth + 1] = m end
nest(5) print(table.concat(depth, ", ")) -- expect: bottom, level 1, level 2, level 3, level 4, level 5
-- xpcall
show(xpcall(function() error("x") end, function(m) return "handled: " .. m end)) -- expect: false	handled: error_values.lua:55: x
show(xpcall(function() error({ 1 }) end, function(m) return type(m), "dropped" end)) -- expect: false	table
show(xpcall(function() return 1, 2 end, print)) -- expect: true	1	2
show(xpcall(function() local n = nil + 1 end, function(m) return m:upper() end)) -- expect: false	ERROR_VALUES.LUA:58: ATTEMPT TO PERFORM ARITHMETIC ON A NIL VALUE
show(xpcall(function() nope() end, function(m) return (m:gsub("global", "GLOBAL")) end)) -- expect: false	error_values.lua:59: attempt to call GLOBAL 'nope' (a nil value)
show(xpcall(function() error() end, function(m) return m end)) -- expect: false	nil
show(xpcall(function() error("a", 0) end, function(m) error("b", 0) end)) -- expect: false	error in error handling
show(xpcall(function() error("a", 0) end, nil)) -- expect: false	error in error handling
show(xpcall(function() return "fine" end, nil)) -- expect: true	fine
show(xpcall(error, function(m) return tostring(m) end)) -- expect: false	nil
show(xpcall(function(...) return select("#", ...) end, print, 1, 2)) -- expect: true	0
show(pcall(xpcall)) -- expect: false	bad argument #2 to '?' (value expected)
show(pcall(xpcall, print)) -- expect: false	bad argument #2 to '?' (value expected)
-- The handler runs before the stack is unwound.
local level
local function count() local n = 1 while pcall(getfenv, n) do n = n + 1 end return n end
local function deep(n) if n == 0 then error("deep") end deep(n - 1) return 1 end
local plain = count()
xpcall(function() deep(10) end, function() level = count() end)
print(level - plain > 10) -- expect: true
-- assert
show(pcall(assert, false)) -- expect: false	assertion failed!
show(pcall(assert, nil)) -- expect: false	assertion failed!
show(pcall(assert, false, "message")) -- expect: false	message
show(pcall(assert, nil, 42)) -- expect: false	42
show(pcall(assert)) -- expect: false	bad argument #1 to '?' (value expected)
show(pcall(assert, 1, 2, 3)) -- expect: true	1	2	3
show(assert(1, "unused", nil)) -- expect: 1	unused	nil
show(pcall(assert, false, nil)) -- expect: false	assertion failed!
show(pcall(assert, false, {}) == false, type(select(2, pcall(assert, false, {})))) -- expect: true	string
show(select("#", assert(true)), assert("v")) -- expect: 1	v
show(pcall(function() assert(false, "no position") end)) -- expect: false	error_values.lua:86: no position
show(pcall(function() assert(nil) end)) -- expect: false	error_values.lua:87: assertion failed!
-- Errors keep the state of what ran before.
local log = {}
local r = pcall(function() log[1] = "a" local x = nil; x() log[2] = "b" end)
print(r, #log, log[1]) -- expect: false	1	a
-- In argument evaluation, in operands, in metamethods, in iterators.
show(pcall(function() return (error("in parens", 0)) end)) -- expect: false	in parens
show(pcall(function() local t = { 1, error("in table", 0) } end)) -- expect: false	in table
show(pcall(function() return 1 + error("in operand", 0) end)) -- expect: false	in operand
show(pcall(function() return setmetatable({}, { __index = function(_, k) error("no " .. k, 0) end }).field end)) -- expect: false	no field
show(pcall(function() return setmetatable({}, { __add = function() error("add") end }) + 1 end)) -- expect: false	error_values.lua:97: add
show(pcall(function() for i in function() error("iterator", 0) end do end end)) -- expect: false	iterator
show(pcall(string.gsub, "x", "x", function() error("callback", 0) end)) -- expect: false	callback
show(pcall(table.sort, { 2, 1 }, function() error("compare", 0) end)) -- expect: false	compare
show(pcall(function() return tostring(setmetatable({}, { __tostring = function() error("ts", 0) end })) end)) -- expect: false	ts
-- Rethrow keeps the value.
ok, e = pcall(function() local ok, e = pcall(error, t) error(e) end) print(e == t) -- expect: true
ok, e = pcall(function() local ok, e = pcall(thrower, "s") error(e, 0) end) print(e) -- expect: error_values.lua:3: s
ok, e = pcall(function() local ok, e = pcall(thrower, "s") error(e) end) print(e) -- expect: error_values.lua:105: error_values.lua:3: s
-- Line numbers of multi-line statements.
show(pcall(function()
  local a = 1
    + nil
end))
-- expect: false	error_values.lua:109: attempt to perform arithmetic on a nil value
show(pcall(function()
  local x =
    nope
    .field
end))
-- expect: false	error_values.lua:115: attempt to index global 'nope' (a nil value)
show(pcall(function()
  nope(
    1,
    2
  )
end))
-- expect: false	error_values.lua:119: attempt to call global 'nope' (a nil value)
show(pcall(function()
  return {
    a = 1,
    b = nope.x,
  }
end))
-- expect: false	error_values.lua:128: attempt to index global 'nope' (a nil value)
show(pcall(function()
  error(
    "multi"
  )
end))
-- expect: false	error_values.lua:133: multi
show(pcall(loadstring("\n\n\nerror('in chunk')", "=chunk"))) -- expect: false	chunk:4: in chunk
show(pcall(loadstring("error('source')"))) -- expect: false	[string "error('source')"]:1: source
show(pcall(loadstring("x = nil + 1", "@file.lua"))) -- expect: false	file.lua:1: attempt to perform arithmetic on a nil value
show(pcall(loadstring("error('first line only')\nreturn 1"))) -- expect: false	[string "error('first line only')..."]:1: first line only
show(pcall(loadstring("error('" .. ("long "):rep(30) .. "')"))) -- expect: false	[string "error('long long long long long long long l..."]:1: long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long 
show(pcall(loadstring("error('x')", "=" .. ("n"):rep(100)))) -- expect: false	nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn:1: x
show(pcall(loadstring("error('x')", "@" .. ("path/"):rep(20) .. "f.lua"))) -- expect: false	...h/path/path/path/path/path/path/path/path/path/f.lua:1: x
show(pcall(loadstring("error('x')", "short"))) -- expect: false	[string "short"]:1: x
show(pcall(loadstring("error('x')", "two\nlines"))) -- expect: false	[string "two..."]:1: x
show(pcall(loadstring("error('x')", ""))) -- expect: false	[string ""]:1: x
show(pcall(loadstring("error('x')", "="))) -- expect: false	:1: x
show(pcall(loadstring("error('x')", "@"))) -- expect: false	:1: x
