-- Recursion without end is stopped by an error that pcall catches.
local function overflows(f, ...)
  local ok, m = pcall(f, ...)
  return ok, type(m), type(m) == "string" and m:find("stack overflow", 1, true) ~= nil
end
local function plain(n) return 1 + plain_global(n) end
plain_global = plain
print(overflows(plain, 1)) -- expect: false	string	true
local function simple() return (simple_global()) end
simple_global = simple
print(overflows(simple)) -- expect: false	string	true
local function args(a, b, c, d, e) local x = args_global(e, d, c, b, a) return x end
args_global = args
print(overflows(args, 1, 2, 3, 4, 5)) -- expect: false	string	true
local even, odd
function even(n) local r = odd(n + 1) return r end
function odd(n) local r = even(n + 1) return r end
print(overflows(even, 1)) -- expect: false	string	true
local obj = {}
function obj:method() local r = self:method() return r end
print(overflows(obj.method, obj)) -- expect: false	string	true
local function va(...) local r = va_global(1, ...) return r end
va_global = va
print(overflows(va)) -- expect: false	string	true
-- The depth that is reached is large, and the state is usable afterwards.
local depth = 0
local function count() depth = depth + 1 count() end
print(overflows(count)) -- expect: false	string	true
print(depth > 10000, depth < 1000000) -- expect: true	true
for i = 1, 5 do depth = 0 io.write(tostring(overflows(count)), ";") end print() -- expect: false;false;false;false;false;
-- A finite but deep recursion works.
local function down(n) if n == 0 then return 0 end return 1 + down(n - 1) end
print(down(10000), down(15000)) -- expect: 10000	15000
local function build(n) if n == 0 then return nil end return { next = build(n - 1) } end
local list, n = build(5000), 0
while list do n = n + 1 list = list.next end
print(n) -- expect: 5000
-- In coroutines as well.
print(overflows(coroutine.wrap(function() return count() end))) -- expect: false	string	true
print(overflows(coroutine.wrap(function() local ok = pcall(count) return error("after " .. tostring(ok), 0) end))) -- expect: false	string	false
-- Through metamethods and callbacks: the C stack overflows.
local function c_overflows(f, ...)
  local ok, m = pcall(f, ...)
  return ok, type(m) == "string" and (m:find("overflow", 1, true) ~= nil or m:find("error in error handling", 1, true) ~= nil)
end
local t = setmetatable({}, {}) getmetatable(t).__index = function(s, k) return s[k .. "x"] end
print(c_overflows(function() return t.a end)) -- expect: false	true
getmetatable(t).__add = function(a, b) return a + b end
print(c_overflows(function() return t + 1 end)) -- expect: false	true
getmetatable(t).__tostring = function(s) return tostring(s) end
print(c_overflows(tostring, t)) -- expect: false	true
local function gsub() return (("x"):gsub("x", gsub_global)) end
gsub_global = gsub
print(c_overflows(gsub)) -- expect: false	true
local function sorter() table.sort({ 2, 1 }, sorter_global) end
sorter_global = sorter
print(c_overflows(sorter)) -- expect: false	true
local function pc() local ok, m = pcall(pc_global) if not ok then error(m, 0) end return m end
pc_global = pc
print(c_overflows(pc)) -- expect: false	true
-- A message handler still runs.
print(xpcall(count, function(m) return m:find("stack overflow", 1, true) and "handled" end)) -- expect: false	handled
print("alive", down(100)) -- expect: alive	100
-- A message handler has room of its own, however often and whether frames or values have run out.
local function narrow() return 1 + narrow_global() end
narrow_global = narrow
local function wide(a, b, c, d, e, f, g, h) return 1 + wide_global(a, b, c, d, e, f, g, h) end
wide_global = wide
local function handler(message)
  local function deeper(n) if n == 0 then return message:match("stack overflow") end return (deeper(n - 1)) end
  return deeper(50)
end
for _, f in ipairs { narrow, wide } do
  for i = 1, 3 do print(xpcall(f, handler)) end
  print(coroutine.wrap(function() for i = 1, 2 do print(xpcall(f, handler)) end return xpcall(f, handler) end)())
end
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
-- expect: false	stack overflow
