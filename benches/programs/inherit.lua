-- Method lookup through a chain of metatables, with overriding and calls to the parent.
local rounds = tonumber((...)) or 2000000

local function class(parent)
  local c = { parent = parent }
  c.__index = c
  setmetatable(c, {
    __index = parent,
    __call = function(self, ...)
      local object = setmetatable({}, self)
      object:init(...)
      return object
    end,
  })
  return c
end

local Shape = class()
function Shape:init(x, y) self.x, self.y = x, y end
function Shape:move(dx, dy) self.x, self.y = self.x + dx, self.y + dy end
function Shape:area() return 0 end
function Shape:weight() return self:area() * self:density() end
function Shape:density() return 1 end

local Rect = class(Shape)
function Rect:init(x, y, w, h)
  Shape.init(self, x, y)
  self.w, self.h = w, h
end
function Rect:area() return self.w * self.h end

local Square = class(Rect)
function Square:init(x, y, side) Rect.init(self, x, y, side, side) end
function Square:density() return 2 end

local Framed = class(Square)
function Framed:area() return self.parent.area(self) - (self.w - 2) * (self.h - 2) end

local shapes = { Rect(1, 2, 3, 4), Square(0, 0, 5), Framed(2, 2, 6), Shape(9, 9), Framed(1, 1, 10) }
local weight = 0
for i = 1, rounds do
  local shape = shapes[i % #shapes + 1]
  shape:move(i % 3 - 1, 1)
  weight = weight + shape:weight()
  if i % 5 == 0 then
    shapes[i % 4 + 1] = Framed(i % 10, 0, 3 + i % 9)
  end
end
local x, y = 0, 0
for _, s in ipairs(shapes) do x, y = x + s.x, y + s.y end
print(string.format("weight %d at %d,%d", weight, x, y))
