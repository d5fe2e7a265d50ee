-- Array writes and reads: sieve of Eratosthenes over a table of booleans.
local limit = tonumber((...)) or 2800000

local function sieve(n)
  local composite = {}
  for i = 1, n do composite[i] = false end
  local count, last = 0, 0
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      last = i
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return count, last
end

for pass = 1, 4 do
  local count, last = sieve(limit - pass * 1000)
  print(string.format("primes %d, largest %d", count, last))
end
