-- Caching closures: memoized recursive functions with number and string keys.
local rounds = tonumber((...)) or 190

local function memoize(f)
  local cache = {}
  return function(n)
    local v = cache[n]
    if v == nil then
      v = f(n)
      cache[n] = v
    end
    return v
  end
end

local function memoize2(f)
  local cache = {}
  return function(a, b)
    local key = a .. ":" .. b
    local v = cache[key]
    if v == nil then
      v = f(a, b)
      cache[key] = v
    end
    return v
  end
end

local total = 0
for round = 1, rounds do
  local fib, paths, collatz
  fib = memoize(function(n)
    if n < 2 then return n end
    return (fib(n - 1) + fib(n - 2)) % 1000000007
  end)
  paths = memoize2(function(x, y)
    if x == 0 or y == 0 then return 1 end
    return (paths(x - 1, y) + paths(x, y - 1)) % 1000000007
  end)
  collatz = memoize(function(n)
    if n == 1 then return 0 end
    if n % 2 == 0 then return 1 + collatz(n / 2) end
    return 1 + collatz(3 * n + 1)
  end)
  total = (total + fib(150) + paths(60 + round % 5, 60)) % 1000000007
  for i = 1, 3000 do total = total + collatz(i) end
  for i = 1, 150 do total = total + fib(i) % 10 end
end
print(string.format("memoize %d", total))
