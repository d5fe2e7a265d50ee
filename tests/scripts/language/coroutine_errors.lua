-- Errors in and around coroutines.

print(coroutine.resume(coroutine.create(function() error("msg") end))) -- expect: false	coroutine_errors.lua:3: msg
print(coroutine.resume(coroutine.create(function() error("msg", 0) end))) -- expect: false	msg
print(select(2, coroutine.resume(coroutine.create(function() error({ code = 7 }) end))).code) -- expect: 7
print(coroutine.resume(coroutine.create(function() error() end))) -- expect: false	nil
print(coroutine.resume(coroutine.create(function() error(nil) end))) -- expect: false	nil
print(coroutine.resume(coroutine.create(function() error(42) end))) -- expect: false	coroutine_errors.lua:8: 42
print(coroutine.resume(coroutine.create(function() local x; x.y = 1 end))) -- expect: false	coroutine_errors.lua:9: attempt to index local 'x' (a nil value)
print(coroutine.resume(coroutine.create(function() return nope() end))) -- expect: false	coroutine_errors.lua:10: attempt to call global 'nope' (a nil value)
local co = coroutine.create(function() coroutine.yield(1) error("later", 0) end)
print(coroutine.resume(co)) -- expect: true	1
print(coroutine.resume(co)) -- expect: false	later
print(coroutine.status(co)) -- expect: dead
print(coroutine.resume(co)) -- expect: false	cannot resume dead coroutine
-- wrap passes errors on, with a position of the caller before string messages.
local w = coroutine.wrap(function() error("in wrap") end)
print(pcall(w)) -- expect: false	coroutine_errors.lua:17: in wrap
w = coroutine.wrap(function() error("in wrap, no position", 0) end)
print(pcall(function() w() end)) -- expect: false	coroutine_errors.lua:20: in wrap, no position
w = coroutine.wrap(function() error({ 5 }) end)
print(select(2, pcall(w))[1]) -- expect: 5
w = coroutine.wrap(function() return 1 end)
w()
print(pcall(w)) -- expect: false	cannot resume dead coroutine
print(pcall(function() w() end)) -- expect: false	coroutine_errors.lua:26: cannot resume dead coroutine
-- Bad uses.
print(pcall(coroutine.create)) -- expect: false	bad argument #1 to '?' (Lua function expected)
print(pcall(coroutine.create, 5)) -- expect: false	bad argument #1 to '?' (Lua function expected)
print(pcall(coroutine.create, print)) -- expect: false	bad argument #1 to '?' (Lua function expected)
print(pcall(coroutine.wrap, nil)) -- expect: false	bad argument #1 to '?' (Lua function expected)
print(pcall(coroutine.resume, nil)) -- expect: false	bad argument #1 to '?' (coroutine expected)
print(pcall(coroutine.resume, function() end)) -- expect: false	bad argument #1 to '?' (coroutine expected)
print(pcall(coroutine.status)) -- expect: false	bad argument #1 to '?' (coroutine expected)
print(pcall(coroutine.status, 1)) -- expect: false	bad argument #1 to '?' (coroutine expected)
print(pcall(coroutine.yield)) -- expect: false	attempt to yield across metamethod/C-call boundary
print(pcall(coroutine.yield, 1, 2)) -- expect: false	attempt to yield across metamethod/C-call boundary
-- Resuming itself, a normal one, a dead one.
co = coroutine.create(function() return coroutine.resume(co) end)
print(coroutine.resume(co)) -- expect: true	false	cannot resume running coroutine
co = coroutine.create(function() return coroutine.resume(coroutine.create(function() return coroutine.resume(co) end)) end)
print(coroutine.resume(co)) -- expect: true	true	false	cannot resume normal coroutine
local wr
wr = coroutine.wrap(function() return pcall(wr) end)
print(wr()) -- expect: false	cannot resume running coroutine
-- pcall inside works, and errors are caught there.
co = coroutine.create(function()
  local ok, m = pcall(error, "caught", 0)
  coroutine.yield(ok, m)
  return pcall(function() local n = nil + 1 end)
end)
print(coroutine.resume(co)) -- expect: true	false	caught
print(coroutine.resume(co)) -- expect: true	false	coroutine_errors.lua:50: attempt to perform arithmetic on a nil value
-- Errors through several coroutines.
local function nest(n) if n == 0 then error("bottom", 0) end
  local ok, m = coroutine.resume(coroutine.create(nest), n - 1) error(m .. "<" .. n, 0) end
print(pcall(nest, 5)) -- expect: false	bottom<1<2<3<4<5
print(select(2, pcall(coroutine.wrap(function() coroutine.wrap(function() error("x", 0) end)() end)))) -- expect: coroutine_errors.lua:58: x
-- An upvalue of a dead coroutine is closed.
local get
co = coroutine.create(function() local v = "value" get = function() return v end error("x") end)
coroutine.resume(co)
print(get()) -- expect: value
co = coroutine.create(function() local v = 1 get = function() v = v + 1 return v end coroutine.yield() return v end)
coroutine.resume(co)
print(get(), get(), coroutine.resume(co)) -- expect: 2	3	true	3
print(get()) -- expect: 4
-- Tracebacks and levels: error level 2 in a coroutine has no caller.
print(coroutine.resume(coroutine.create(function() error("two", 2) end))) -- expect: false	two
print(coroutine.resume(coroutine.create(function() local function f() error("two", 2) end f() end))) -- expect: false	coroutine_errors.lua:70: two
print(coroutine.resume(coroutine.create(function() assert(false) end))) -- expect: false	coroutine_errors.lua:71: assertion failed!
print(coroutine.resume(coroutine.create(function() assert(nil, "message") end))) -- expect: false	coroutine_errors.lua:72: message
print(coroutine.resume(coroutine.create(function() string.rep() end))) -- expect: false	coroutine_errors.lua:73: bad argument #1 to 'rep' (string expected, got no value)
