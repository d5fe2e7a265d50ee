-- A ray tracer: spheres and a plane with shadows and reflections, vectors as small tables.
local size = tonumber((...)) or 330

local sqrt, huge = math.sqrt, math.huge

local function vec(x, y, z) return { x = x, y = y, z = z } end
local function add(a, b) return vec(a.x + b.x, a.y + b.y, a.z + b.z) end
local function sub(a, b) return vec(a.x - b.x, a.y - b.y, a.z - b.z) end
local function scale(a, k) return vec(a.x * k, a.y * k, a.z * k) end
local function dot(a, b) return a.x * b.x + a.y * b.y + a.z * b.z end
local function normalize(a) return scale(a, 1 / sqrt(dot(a, a))) end
local function reflect(d, n) return sub(d, scale(n, 2 * dot(d, n))) end

local Sphere = {}
Sphere.__index = Sphere
function Sphere.new(center, radius, shade, mirror)
  return setmetatable({ center = center, radius = radius, shade = shade, mirror = mirror }, Sphere)
end
function Sphere:hit(origin, direction)
  local offset = sub(origin, self.center)
  local b = dot(offset, direction)
  local disc = b * b - dot(offset, offset) + self.radius * self.radius
  if disc < 0 then return nil end
  local root = sqrt(disc)
  if -b - root > 1e-4 then return -b - root end
  if -b + root > 1e-4 then return -b + root end
  return nil
end
function Sphere:normal(p) return scale(sub(p, self.center), 1 / self.radius) end
function Sphere:shadeAt() return self.shade end

local Floor = {}
Floor.__index = Floor
function Floor.new(y, mirror) return setmetatable({ y = y, mirror = mirror }, Floor) end
function Floor:hit(origin, direction)
  if direction.y > -1e-6 then return nil end
  local t = (self.y - origin.y) / direction.y
  if t > 1e-4 then return t end
  return nil
end
function Floor:normal() return vec(0, 1, 0) end
function Floor:shadeAt(p)
  local check = (p.x - p.x % 1) + (p.z - p.z % 1)
  return check % 2 < 0.5 and 0.9 or 0.2
end

local scene = {
  Floor.new(-1, 0.2),
  Sphere.new(vec(0, 0, 5), 1, 0.8, 0.4),
  Sphere.new(vec(-2, 0.3, 6), 1.2, 0.5, 0.1),
  Sphere.new(vec(1.8, -0.4, 4), 0.6, 1, 0.6),
}
local light = normalize(vec(-0.5, 1, -0.6))

local function nearest(origin, direction)
  local best, object = huge, nil
  for i = 1, #scene do
    local t = scene[i]:hit(origin, direction)
    if t and t < best then best, object = t, scene[i] end
  end
  return object, best
end

local function trace(origin, direction, depth)
  local object, t = nearest(origin, direction)
  if not object then return 0.3 + 0.3 * direction.y end
  local p = add(origin, scale(direction, t))
  local n = object:normal(p)
  local brightness = 0.1
  local facing = dot(n, light)
  if facing > 0 and not nearest(p, light) then brightness = brightness + 0.9 * facing end
  local color = object:shadeAt(p) * brightness
  if depth > 0 and object.mirror > 0 then
    color = color * (1 - object.mirror) + object.mirror * trace(p, reflect(direction, n), depth - 1)
  end
  return color
end

local total, lit = 0, 0
local eye = vec(0, 0.5, -1)
for row = 1, size do
  for column = 1, size do
    local direction = normalize(vec((column - size / 2) / size, (size / 2 - row) / size, 1))
    local color = trace(eye, direction, 3)
    total = total + color
    if color > 0.4 then lit = lit + 1 end
  end
end
print(string.format("raytrace %.6f lit %d", total, lit))
