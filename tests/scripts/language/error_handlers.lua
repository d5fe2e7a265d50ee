-- needs: handlers
-- A message handler is called for errors of its own, until that is too deep; and what passes it.

local calls = 0
print(xpcall(error, function() calls = calls + 1 error("x", 0) end)) -- expect: false	error in error handling
print(calls) -- expect: 220
print(xpcall(error, error)) -- expect: false	error in error handling
print(xpcall(function() error("a", 0) end, error)) -- expect: false	error in error handling
print(xpcall(function() error("a", 0) end, function(m)
  if m == "a" then error("b", 0) end
  return "H(" .. m .. ")"
end))
-- expect: false	H(b)
print(xpcall(function() error("a", 0) end, 5)) -- expect: false	error in error handling
print(xpcall(function() error("a", 0) end, nil)) -- expect: false	error in error handling
local function nth(last)
  local n = 0
  return xpcall(error, function(m)
    n = n + 1
    if n < last then error("e" .. n, 0) end
    return tostring(m) .. ":" .. n
  end, "first")
end
print(nth(1)) print(nth(2)) print(nth(50)) print(nth(190)) print(nth(215)) print(nth(300)) -- expect: false	nil:1
-- expect: false	e1:2
-- expect: false	e49:50
-- expect: false	e189:190
-- expect: false	e214:215
-- expect: false	error in error handling
print(xpcall(function() xpcall(error, error) error("z", 0) end, function(m) return m .. "!" end)) -- expect: false	z!
print(xpcall(function() pcall(error, "q") error("z", 0) end, function(m) return m .. "!" end)) -- expect: false	z!
print(xpcall(function() pcall() end, function(m) return "H(" .. m .. ")" end)) -- expect: false	H(error_handlers.lua:32: bad argument #1 to 'pcall' (value expected))
print(xpcall(function() xpcall(print) end, function(m) return "H(" .. m .. ")" end)) -- expect: false	H(error_handlers.lua:33: bad argument #2 to 'xpcall' (value expected))
print(pcall(pcall)) -- expect: false	bad argument #1 to '?' (value expected)
print(pcall(xpcall, print)) -- expect: false	bad argument #2 to '?' (value expected)
print(pcall(pcall, pcall)) -- expect: true	false	bad argument #1 to '?' (value expected)

-- Numbers get a position when they leave what `wrap` made; other values do not.
local function wrapped(value) return coroutine.wrap(function() error(value, 0) end) end
for _, value in ipairs{7, 0.5, "text", true, 1e100} do
  local f = wrapped(value)
  local ok, message = pcall(function() f() end)
  print(type(message), message)
end
-- expect: string	error_handlers.lua:42: 7
-- expect: string	error_handlers.lua:42: 0.5
-- expect: string	error_handlers.lua:42: text
-- expect: boolean	true
-- expect: string	error_handlers.lua:42: 1e+100

-- PUC compares the third letters of the types' names.
local co = coroutine.create(function() end)
local values = {1, "x", true, {}, print, co}
for _, a in ipairs(values) do
  for _, b in ipairs(values) do
    local ok, message = pcall(function() return a < b end)
    if type(a) ~= type(b) then print(message) end
  end
end
-- expect: error_handlers.lua:56: attempt to compare number with string
-- expect: error_handlers.lua:56: attempt to compare number with boolean
-- expect: error_handlers.lua:56: attempt to compare number with table
-- expect: error_handlers.lua:56: attempt to compare number with function
-- expect: error_handlers.lua:56: attempt to compare number with thread
-- expect: error_handlers.lua:56: attempt to compare string with number
-- expect: error_handlers.lua:56: attempt to compare string with boolean
-- expect: error_handlers.lua:56: attempt to compare string with table
-- expect: error_handlers.lua:56: attempt to compare string with function
-- expect: error_handlers.lua:56: attempt to compare two string values
-- expect: error_handlers.lua:56: attempt to compare boolean with number
-- expect: error_handlers.lua:56: attempt to compare boolean with string
-- expect: error_handlers.lua:56: attempt to compare boolean with table
-- expect: error_handlers.lua:56: attempt to compare boolean with function
-- expect: error_handlers.lua:56: attempt to compare boolean with thread
-- expect: error_handlers.lua:56: attempt to compare table with number
-- expect: error_handlers.lua:56: attempt to compare table with string
-- expect: error_handlers.lua:56: attempt to compare table with boolean
-- expect: error_handlers.lua:56: attempt to compare table with function
-- expect: error_handlers.lua:56: attempt to compare table with thread
-- expect: error_handlers.lua:56: attempt to compare function with number
-- expect: error_handlers.lua:56: attempt to compare function with string
-- expect: error_handlers.lua:56: attempt to compare function with boolean
-- expect: error_handlers.lua:56: attempt to compare function with table
-- expect: error_handlers.lua:56: attempt to compare function with thread
-- expect: error_handlers.lua:56: attempt to compare thread with number
-- expect: error_handlers.lua:56: attempt to compare two thread values
-- expect: error_handlers.lua:56: attempt to compare thread with boolean
-- expect: error_handlers.lua:56: attempt to compare thread with table
-- expect: error_handlers.lua:56: attempt to compare thread with function
print(pcall(function() return "x" >= co end)) -- expect: false	error_handlers.lua:90: attempt to compare two thread values
print(pcall(function() return nil <= "x" end)) -- expect: false	error_handlers.lua:91: attempt to compare nil with string
