-- Float arithmetic on record fields: a gravitational system stepped with leapfrog.
local steps = tonumber((...)) or 290000

local bodies = {
  { x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, mass = 40 },
  { x = 5, y = 0, z = 0.1, vx = 0, vy = 2.8, vz = 0, mass = 0.04 },
  { x = -9, y = 1, z = 0, vx = 0.1, vy = -2.1, vz = 0.02, mass = 0.01 },
  { x = 0, y = 20, z = -0.5, vx = -1.4, vy = 0, vz = 0, mass = 0.002 },
  { x = 0, y = -30, z = 1, vx = 1.1, vy = 0, vz = 0.05, mass = 0.003 },
}
local sqrt = math.sqrt

local function balance(list)
  local px, py, pz = 0, 0, 0
  for _, b in ipairs(list) do
    px, py, pz = px + b.vx * b.mass, py + b.vy * b.mass, pz + b.vz * b.mass
  end
  local sun = list[1]
  sun.vx, sun.vy, sun.vz = -px / sun.mass, -py / sun.mass, -pz / sun.mass
end

local function advance(list, dt)
  local n = #list
  for i = 1, n do
    local a = list[i]
    local ax, ay, az, am = a.x, a.y, a.z, a.mass
    for j = i + 1, n do
      local b = list[j]
      local dx, dy, dz = ax - b.x, ay - b.y, az - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local pull = dt / (d2 * sqrt(d2))
      local bm = b.mass * pull
      a.vx, a.vy, a.vz = a.vx - dx * bm, a.vy - dy * bm, a.vz - dz * bm
      local mm = am * pull
      b.vx, b.vy, b.vz = b.vx + dx * mm, b.vy + dy * mm, b.vz + dz * mm
    end
  end
  for i = 1, n do
    local b = list[i]
    b.x, b.y, b.z = b.x + dt * b.vx, b.y + dt * b.vy, b.z + dt * b.vz
  end
end

local function energy(list)
  local e = 0
  for i, a in ipairs(list) do
    e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #list do
      local b = list[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      e = e - a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

balance(bodies)
print(string.format("energy %.9f", energy(bodies)))
for _ = 1, steps do advance(bodies, 0.002) end
print(string.format("energy %.9f", energy(bodies)))
