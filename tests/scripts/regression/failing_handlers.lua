-- Message handlers that fail get their own errors, until there are too many of them.
local function fail() error("first", 0) end
local calls = 0
print(xpcall(fail, function(m) calls = calls + 1 if calls < 3 then error("again " .. calls, 0) end return m .. "!" end)) -- expect: false	again 2!
-- A handler that never gets through.
calls = 0
print(xpcall(fail, function() calls = calls + 1 error("again", 0) end)) -- expect: false	error in error handling
print(calls > 150 and calls < 250) -- expect: true
-- Native functions as handlers.
print(xpcall(fail, pcall)) -- expect: false	false
print(xpcall(fail, error)) -- expect: false	error in error handling
print(xpcall(fail, xpcall)) -- expect: false	error in error handling
print(xpcall(fail, type)) -- expect: false	string
print(xpcall(fail, setmetatable)) -- expect: false	error in error handling
print(xpcall(fail, coroutine.wrap(function(m) return m .. " in a coroutine" end))) -- expect: false	first in a coroutine
print(xpcall(fail, 5)) -- expect: false	error in error handling
print(xpcall(error, nil)) -- expect: false	error in error handling
-- A handler that protects itself.
print(xpcall(fail, function(m) return select(2, pcall(error, m .. " caught", 0)) end)) -- expect: false	first caught
print(xpcall(fail, function(m) return select(2, xpcall(function() error(m .. " inner", 0) end, string.upper)) end)) -- expect: false	FIRST INNER
-- A coroutine that dies in a handler leaves nothing behind.
for i = 1, 300 do
  local co = coroutine.create(function() xpcall(fail, function() coroutine.running() error("x", 0) end) end)
  coroutine.resume(co)
end
print(xpcall(fail, function(m) return m end)) -- expect: false	first
