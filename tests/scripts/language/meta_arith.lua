-- Arithmetic, concat and unary metamethods.

local mt = {}
local function val(n) return setmetatable({ n = n }, mt) end
local function show(v) return type(v) == "table" and "v" .. tostring(v.n) or tostring(v) end
for _, op in ipairs { "add", "sub", "mul", "div", "mod", "pow", "concat", "unm" } do
  mt["__" .. op] = function(a, b) return op .. "(" .. show(a) .. "," .. show(b) .. ")" end
end
local x, y = val(1), val(2)
print(x + y, x - y, x * y, x / y, x % y, x ^ y) -- expect: add(v1,v2)	sub(v1,v2)	mul(v1,v2)	div(v1,v2)	mod(v1,v2)	pow(v1,v2)
print(x + 1, 1 + x, "s" + x, x + "s") -- expect: add(v1,1)	add(1,v1)	add(s,v1)	add(v1,s)
print(x + nil, x + true, false - x) -- expect: add(v1,nil)	add(v1,true)	sub(false,v1)
print(x .. y, x .. "s", "s" .. x, x .. 1, 1 .. x) -- expect: concat(v1,v2)	concat(v1,s)	concat(s,v1)	concat(v1,1)	concat(1,v1)
print(x .. nil, nil .. x, true .. x) -- expect: concat(v1,nil)	concat(nil,v1)	concat(true,v1)
print("a" .. "b" .. x, x .. "a" .. "b", "a" .. x .. "b") -- expect: aconcat(b,v1)	concat(v1,ab)	aconcat(v1,b)
print(1 .. 2 .. x .. 3 .. 4) -- expect: 12concat(v1,34)
print(-x, -y) -- expect: unm(v1,v1)	unm(v2,v2)
print((x + y) .. x, 1 .. 2 + x, x * y == x * y) -- expect: concat(add(v1,v2),v1)	1add(2,v1)	true
-- The left operand's handler wins; the right one's is the fallback.
local left = setmetatable({}, { __add = function() return "left" end })
local right = setmetatable({}, { __add = function() return "right" end, __sub = function() return "right sub" end })
print(left + right, right + left, left - right, right - left, 1 + right, "x" + left) -- expect: left	right	right sub	right sub	right	left
-- Only the first result is kept.
local multi = setmetatable({}, { __add = function() return 1, 2, 3 end, __unm = function() end })
print(multi + 1, -multi, select("#", multi + 1)) -- expect: 1	nil	1
-- __unm gets its operand twice.
print(-setmetatable({}, { __unm = function(a, b) return rawequal(a, b) end })) -- expect: true
-- A handler may be a callable table; it may be anything that can be called.
local callable = setmetatable({}, { __call = function(self, a, b) return "called with " .. tostring(b) end })
print(setmetatable({}, { __add = callable }) + 5) -- expect: called with 5
print(pcall(function() return setmetatable({}, { __add = 5 }) + 1 end)) -- expect: false	meta_arith.lua:31: attempt to call a number value
print(pcall(function() return setmetatable({}, { __add = false }) + 1 end)) -- expect: false	meta_arith.lua:32: attempt to call a boolean value
print(pcall(function() return setmetatable({}, { __concat = {} }) .. 1 end)) -- expect: false	meta_arith.lua:33: attempt to call a table value
-- Handlers see replaced values at once.
local z = val(3)
print(z + 1) -- expect: add(v3,1)
mt.__add = nil
print(pcall(function() return z + 1 end)) -- expect: false	meta_arith.lua:38: attempt to perform arithmetic on upvalue 'z' (a table value)
mt.__add = function() return "new" end
print(z + 1) -- expect: new
-- Numbers and strings never use handlers between themselves.
getmetatable("").__add = function(a, b) return "string add " .. a .. b end
print("1" + 2, "a" + 1, 1 + "b", "a" + "b") -- expect: 3	string add a1	string add 1b	string add ab
getmetatable("").__add = nil
print(pcall(function() return "a" + 1 end)) -- expect: false	meta_arith.lua:45: attempt to perform arithmetic on a string value
-- Numbers have one by debug.setmetatable only.
print(getmetatable(1), getmetatable("").__index == string, getmetatable(print)) -- expect: nil	true	nil
-- Vectors
local V = {}
V.__index = V
function V.new(a, b) return setmetatable({ a = a, b = b }, V) end
V.__add = function(p, q) return V.new(p.a + q.a, p.b + q.b) end
V.__mul = function(p, q)
  if type(p) == "number" then return V.new(p * q.a, p * q.b) end
  if type(q) == "number" then return V.new(p.a * q, p.b * q) end
  return p.a * q.a + p.b * q.b
end
V.__unm = function(p) return -1 * p end
V.__tostring = function(p) return "(" .. p.a .. "," .. p.b .. ")" end
V.__concat = function(p, q) return tostring(p) .. tostring(q) end
V.__eq = function(p, q) return p.a == q.a and p.b == q.b end
print(tostring(V.new(1, 2) + V.new(3, 4) * 2), V.new(1, 2) * V.new(3, 4), tostring(-V.new(1, -1))) -- expect: (7,10)	11	(-1,1)
print(V.new(1, 2) .. V.new(3, 4) .. "!", V.new(1, 2) == V.new(1, 2), V.new(1, 2) ~= V.new(1, 2)) -- expect: (1,2)(3,4)!	true	false
