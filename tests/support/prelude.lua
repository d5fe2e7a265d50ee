-- What generated programs begin with: objects with every metamethod, whose functions now and then switch routes, collect, throw or yield.
-- The generator replaces what begins with an @.
local tos = tostring function tostring(...) return (tos(...):gsub("0x%x+", "A")) end
local calls, limit = 0, 4000
local K1, K2, K3, K4, K5 = @K1, @K2, @K3, @K4, @K5
local sw = switch
local function P()
  calls = calls + 1
  if calls > limit then error('enough', 0) end
  if calls % K1 == 0 then sw(calls) end
  if calls % K2 == 0 then collectgarbage('step') end
  if calls % K3 == 0 then error('p' .. calls) end
  if calls % K4 == 0 and coroutine.running() then coroutine.yield('y', calls) end
  if calls % K5 == 0 then collectgarbage() end
end
local M = {}
local function obj(v) return setmetatable({v = v}, M) end
local function val(x) if type(x) == 'table' then return tonumber(rawget(x, 'v')) or 0 end return tonumber(x) or 0 end
local function bin(f) return function(a, b, ...) P() return f(val(a), val(b), ...) end end
M.__add = bin(function(a, b) return obj(a + b) end)
M.__sub = bin(function(a, b) local r = obj(a - b) return r end)
M.__mul = bin(function(a, b) return a * b, 1, 2 end)
M.__div = bin(function(a, b) return obj(a / (b == 0 and 1 or b)) end)
M.__mod = bin(function(a, b) return b ~= 0 and a % b or nil end)
M.__pow = bin(function(a, b) return a + b end)
M.__unm = function(a, b) P() return obj(-val(a)) end
M.__len = function(a) P() return val(a) end
M.__concat = function(a, b) P() if type(a) == 'table' and type(b) == 'table' then return obj(val(a) + val(b)) end
  return (type(a) == 'table' and 'O' .. val(a) or a) .. (type(b) == 'table' and 'O' .. val(b) or b) end
M.__eq = function(a, b) P() return val(a) == val(b) end
M.__lt = function(a, b) P() return val(a) < val(b) end
M.__le = @LE
M.__call = function(self, ...) P() return val(self), ... end
M.__index = function(t, k) P() if k == 'q' then return nil end return k == 'v' and 0 or type(k) == 'string' and obj(#k) or val(k) end
M.__newindex = function(t, k, w) P() rawset(t, 'v', val(w)) end
local C0 = {x = 10, deep = 'd', meth = function(self, ...) P() return select('#', ...), ... end}
local C1 = setmetatable({}, {__index = C0})
local CH = setmetatable({}, {__index = C1, __newindex = C0})
local U = newproxy(true)
for k, f in pairs(M) do getmetatable(U)[k] = f end
getmetatable(U).__index = function(u, k) P() return k end
local function S(v)
  local t = type(v)
  if t == 'number' then if v ~= v then return 'nan' end return ('%.10g'):format(v) end
  if t == 'table' then return getmetatable(v) == M and 'O' .. val(v) or 'T' end
  -- A print of the library calls the tostring above and stops at a NUL, another one does neither.
  if t == 'string' then return '"' .. v:gsub("0x%x+", "A"):gsub("%z", "NUL") .. '"' end
  if t == 'boolean' or t == 'nil' then return tostring(v) end
  return t
end
local lines = 0
local function A(x) local t = type(x) if t == 'number' or t == 'table' and getmetatable(x) == M then return x end return obj(t == 'string' and #x or 1) end
local function N(x) return type(x) == 'number' and x or val(x) end
local function O(x) if type(x) == 'table' and getmetatable(x) == M then return x end return obj(type(x) == 'number' and x or 2) end
local function X(x) local t = type(x) if t == 'number' or t == 'string' or t == 'table' and getmetatable(x) == M then return x end return t end
local function I(x) if type(x) == 'table' or type(x) == 'userdata' then return x end return CH end
local function put(...)
  lines = lines + 1 if lines > 3000 then error('too much', 0) end
  local t = {} for i = 1, select('#', ...) do t[i] = S((select(i, ...))) end
  print(table.concat(t, ' '))
end
local function try(f, ...)
  local t = {pcall(f, ...)}
  put('try', unpack(t, 1, table.maxn(t)))
end
local function iter(n) return function(s, c) P() c = (c or 0) + 1 if c <= n then return c, c * 2, obj(c) end end end
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, obj(i)) end end) end
local function run(f, ...)
  local co = coroutine.create(f)
  local r = {coroutine.resume(co, ...)}
  local n = 0
  while coroutine.status(co) ~= 'dead' and n < 60 do n = n + 1 r = {coroutine.resume(co, n)} end
  put('run', n, unpack(r, 1, table.maxn(r)))
end
local function pack(...) return {n = select('#', ...), ...} end
G1, G2, G3 = 1, 'two', obj(3)
local T1, T2, T3 = {1, 2, 3, x = 1, y = 'why'}, setmetatable({}, {__mode = 'k'}), {}
local u1, u2, u3 = 1, '7', obj(5)
local F = {}
