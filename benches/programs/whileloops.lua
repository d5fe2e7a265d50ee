-- Bare control flow: while, repeat and nested numeric for with local arithmetic and branches.
local limit = tonumber((...)) or 12000000

local function gcd(a, b)
  while b ~= 0 do a, b = b, a % b end
  return a
end

local function digits(n)
  local sum = 0
  repeat
    local d = n % 10
    sum = sum + d
    n = (n - d) / 10
  until n == 0
  return sum
end

local coprime, total = 0, 0
for a = 1, 450 do
  for b = a, 450 do
    if gcd(b, a) == 1 then coprime = coprime + 1 end
  end
end
for i = 1, limit, 7 do total = total + digits(i) end

local fizz, buzz, both, other = 0, 0, 0, 0
for i = 1, limit do
  if i % 15 == 0 then
    both = both + 1
  elseif i % 3 == 0 then
    fizz = fizz + 1
  elseif i % 5 == 0 then
    buzz = buzz + 1
  else
    other = other + 1
  end
end
print(string.format("coprime %d digits %d counts %d %d %d %d", coprime, total, fizz, buzz, both, other))
