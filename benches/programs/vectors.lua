-- Metamethods: a vector class with arithmetic, comparison, call, length-like and index functions.
local rounds = tonumber((...)) or 270000

local Vec = {}
local methods = {}
local setmetatable, rawget = setmetatable, rawget
local function new(x, y) return setmetatable({ x = x, y = y }, Vec) end

function methods.dot(a, b) return a.x * b.x + a.y * b.y end
function methods.scaled(a, k) return new(a.x * k, a.y * k) end

Vec.__add = function(a, b) return new(a.x + b.x, a.y + b.y) end
Vec.__sub = function(a, b) return new(a.x - b.x, a.y - b.y) end
Vec.__mul = function(a, b)
  if type(a) == "number" then return b:scaled(a) end
  if type(b) == "number" then return a:scaled(b) end
  return a:dot(b)
end
Vec.__unm = function(a) return new(-a.x, -a.y) end
Vec.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vec.__lt = function(a, b) return a:dot(a) < b:dot(b) end
Vec.__le = function(a, b) return a:dot(a) <= b:dot(b) end
Vec.__concat = function(a, b) return new(a.x * 10 + b.x, a.y * 10 + b.y) end
Vec.__call = function(self, k) return self.x * k + self.y end
Vec.__index = function(self, key)
  if key == "sum" then return rawget(self, "x") + rawget(self, "y") end
  return methods[key]
end
Vec.__newindex = function(self, key, value)
  if key == "both" then
    self.x, self.y = value, value
  end
end

local checksum, equal, less = 0, 0, 0
local acc = new(0, 0)
for i = 1, rounds do
  local v, w = new(i % 13, i % 7), new(i % 5, i % 11)
  local s = v + w - -v
  acc = acc + s * 2 - 3 * w
  if v == w then equal = equal + 1 end
  if v < w then less = less + 1 end
  if s >= v then less = less + 2 end
  v.both = i % 3
  checksum = checksum + v * w + w(i % 4) + s.sum + (v .. w).x
end
print(string.format("acc %d,%d checksum %d equal %d less %d", acc.x, acc.y, checksum, equal, less))
