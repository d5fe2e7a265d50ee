-- Small records: creating, updating and discarding tables with named fields.
local frames = tonumber((...)) or 1400

local seed = 99
local function random()
  seed = (seed * 16807) % 2147483647
  return seed / 2147483647
end

local function spawn(age)
  return { x = 0, y = 0, vx = random() - 0.5, vy = random(), age = age, color = { r = 255, g = 128, b = 0 } }
end

local function update(p, dt)
  p.x = p.x + p.vx * dt
  p.y = p.y + p.vy * dt
  p.vy = p.vy - 0.3 * dt
  p.age = p.age + 1
  p.color.g = (p.color.g + 3) % 256
  return p.age < 60
end

local particles, born, died = {}, 0, 0
for frame = 1, frames do
  for i = 1, 60 do
    particles[#particles + 1] = spawn(i % 30)
    born = born + 1
  end
  local alive = {}
  for i = 1, #particles do
    local p = particles[i]
    if update(p, 0.1) then alive[#alive + 1] = p else died = died + 1 end
  end
  particles = alive
end
local x, y, green = 0, 0, 0
for _, p in ipairs(particles) do
  x, y, green = x + p.x, y + p.y, green + p.color.g
end
print(string.format("born %d died %d alive %d", born, died, #particles))
print(string.format("sum %.6f %.6f %d", x, y, green))
