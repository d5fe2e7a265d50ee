-- A class library with multiple inheritance (C3), properties, mixins, interfaces.

local function merge(lists)
  local out = {}
  while true do
    local live = {}
    for _, l in ipairs(lists) do if #l > 0 then live[#live + 1] = l end end
    if #live == 0 then return out end
    local pick
    for _, l in ipairs(live) do
      local head, ok = l[1], true
      for _, m in ipairs(live) do for i = 2, #m do if m[i] == head then ok = false end end end
      if ok then pick = head break end
    end
    if not pick then error("inconsistent hierarchy", 0) end
    out[#out + 1] = pick
    for _, l in ipairs(live) do if l[1] == pick then table.remove(l, 1) end end
    lists = live
  end
end

-- All classes share these functions, for comparisons need the same ones in both operands.
local handlers = {}
for _, event in ipairs { "add", "sub", "mul", "eq", "lt", "le", "concat", "call", "unm" } do
  local key = "__" .. event
  handlers[key] = function(a, b, ...)
    local cls = type(a) == "table" and a.class or b.class
    local m = cls.find("methods", key)
    if not m then error(cls.name .. " does not support " .. event, 2) end
    return m(a, b, ...)
  end
end

local function class(name, ...)
  local bases, lists = { ... }, {}
  local cls = { name = name, methods = {}, getters = {}, setters = {}, statics = {} }
  for i, b in ipairs(bases) do lists[i] = { unpack(b.mro) } end
  lists[#lists + 1] = { unpack(bases) }
  cls.mro = merge(lists)
  table.insert(cls.mro, 1, cls)
  local function find(kind, k, after)
    local active = after == nil
    for _, c in ipairs(cls.mro) do
      if active and c[kind][k] ~= nil then return c[kind][k], c end
      if c == after then active = true end
    end
  end
  cls.find = find
  local instance = {}
  function instance.__index(self, k)
    local getter = find("getters", k)
    if getter then return getter(self) end
    if k == "class" then return cls end
    return (find("methods", k))
  end
  function instance.__newindex(self, k, v)
    local setter = find("setters", k)
    if setter then return setter(self, v) end
    if find("getters", k) then error("property " .. k .. " is read-only", 2) end
    rawset(self, k, v)
  end
  for key, handler in pairs(handlers) do instance[key] = handler end
  function instance.__tostring(self) local m = find("methods", "__tostring") if m then return m(self) end return "instance of " .. name end
  function cls.is(other) for _, c in ipairs(cls.mro) do if c == other then return true end end return false end
  return setmetatable(cls, {
    __index = function(_, k) local v = find("statics", k) if v == nil then v = find("methods", k) end return v end,
    __newindex = function(c, k, v)
      local prop, what = tostring(k):match("^(%a)et_(.+)$")
      if prop == "g" then c.getters[what] = v elseif prop == "s" then c.setters[what] = v
      elseif type(v) == "function" then c.methods[k] = v else c.statics[k] = v end
    end,
    __call = function(_, ...) local self = setmetatable({}, instance) local init = find("methods", "init") if init then init(self, ...) end return self end,
    __tostring = function() return "class " .. name end,
  })
end
local function super(self, cls, method, ...) return self.class.find("methods", method, cls)(self, ...) end

local Shape = class("Shape")
function Shape:init(n) rawset(self, "label", n) end
function Shape:area() return 0 end
function Shape:describe() return self.label .. " with area " .. string.format("%.2f", self:area()) end
function Shape:__lt(o) return self:area() < o:area() end
Shape.sides = 0
local Rect = class("Rect", Shape)
function Rect:init(w, h) super(self, Rect, "init", "rect") self.w, self.h = w, h end
function Rect:area() return self.w * self.h end
function Rect:get_perimeter() return 2 * (self.w + self.h) end
function Rect:__add(o) return Rect(self.w + o.w, self.h + o.h) end
function Rect:__eq(o) return self.w == o.w and self.h == o.h end
Rect.sides = 4
local Square = class("Square", Rect)
function Square:init(s) super(self, Square, "init", s, s) self.label = "square" end
function Square:get_side() return self.w end
function Square:set_side(v) if v < 0 then error("negative side", 3) end self.w, self.h = v, v end
local Circle = class("Circle", Shape)
function Circle:init(r) super(self, Circle, "init", "circle") self.r = r end
function Circle:area() return math.pi * self.r ^ 2 end
function Circle:__call(x) return self.r * x end

local r, s, c = Rect(3, 4), Square(5), Circle(1)
print(r:describe()) -- expect: rect with area 12.00
print(s:describe()) -- expect: square with area 25.00
print(c:describe()) -- expect: circle with area 3.14
print(r.perimeter, s.perimeter, s.side, c.perimeter, tostring(r), tostring(Rect)) -- expect: 14	20	5	nil	instance of Rect	class Rect
s.side = 6
print(s:area(), s.w, s.h, rawget(s, "side")) -- expect: 36	6	6	nil
print(pcall(function() s.side = -1 end)) -- expect: false	classes.lua:107: negative side
print(pcall(function() r.perimeter = 1 end)) -- expect: false	classes.lua:108: property perimeter is read-only
print(Rect.sides, Square.sides, Circle.sides, Shape.sides) -- expect: 4	4	0	0
print(r < s, s < r, c < r, Rect(1, 2) == Rect(1, 2), Rect(1, 2) == Rect(2, 1), (r + Rect(1, 1)):describe()) -- expect: true	false	true	true	false	rect with area 20.00
print(c(10), pcall(function() return r(1) end)) -- expect: 10	false	Rect does not support call
print(pcall(function() return c + c end)) -- expect: false	classes.lua:112: Circle does not support add
print(Square.is(Rect), Square.is(Shape), Rect.is(Square), s.class.name, s.class == Square) -- expect: true	true	false	Square	true
-- Multiple inheritance, diamonds
local A = class("A") function A:who() return "A" end function A:only_a() return "only A" end
local B = class("B", A) function B:who() return "B>" .. super(self, B, "who") end
local C = class("C", A) function C:who() return "C>" .. super(self, C, "who") end
local D = class("D", B, C) function D:who() return "D>" .. super(self, D, "who") end
print(D():who(), B():who(), C():who(), D():only_a()) -- expect: D>B>C>A	B>A	C>A	only A
local names = {}
for i, k in ipairs(D.mro) do names[i] = k.name end
print(table.concat(names, " ")) -- expect: D B C A
print(pcall(class, "Bad", A, B)) -- expect: false	inconsistent hierarchy
local E = class("E", C, B)
print(E():who()) -- expect: C>B>A
local F = class("F", D)
names = {}
for i, k in ipairs(F.mro) do names[i] = k.name end
print(table.concat(names, " "), F():who()) -- expect: F D B C A	D>B>C>A
print(pcall(class, "Worse", D, E)) -- expect: false	inconsistent hierarchy
local Logged = class("Logged")
function Logged:log(m) rawset(self, "lines", rawget(self, "lines") or {}) table.insert(self.lines, self.class.name .. ": " .. m) return self end
local LoggedCircle = class("LoggedCircle", Circle, Logged)
function LoggedCircle:__tostring() return "<" .. table.concat(self.lines, ", ") .. ">" end
local lc = LoggedCircle(2)
lc:log("one"):log("area " .. math.floor(lc:area()))
print(tostring(lc), #lc.lines, lc.missing, lc:describe()) -- expect: <LoggedCircle: one, LoggedCircle: area 12>	2	nil	circle with area 12.57
local shapes = { Rect(2, 2), Circle(0.5), Square(1), Circle(2) }
table.sort(shapes, function(a, b) return a < b end)
for _, sh in ipairs(shapes) do io.write(sh.label, ";") end print() -- expect: circle;square;rect;circle;
