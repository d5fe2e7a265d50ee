-- Float loop in local variables: escape times over the Mandelbrot set.
local size = tonumber((...)) or 900

local limit, inside, total = 100, 0, 0
for row = 0, size - 1 do
  local ci = 2.4 * row / size - 1.2
  for column = 0, size - 1 do
    local cr = 2.8 * column / size - 2.1
    local zr, zi, zr2, zi2, n = 0.0, 0.0, 0.0, 0.0, 0
    while n < limit and zr2 + zi2 <= 4 do
      zi = 2 * zr * zi + ci
      zr = zr2 - zi2 + cr
      zr2, zi2 = zr * zr, zi * zi
      n = n + 1
    end
    total = total + n
    if n == limit then inside = inside + 1 end
  end
end
print(string.format("mandelbrot %d inside, %d iterations", inside, total))
