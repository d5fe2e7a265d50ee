-- Global variables and functions, as in a script that never says "local".
rounds = tonumber((...)) or 8800000

function step(x)
  counter = counter + 1
  if x % 2 == 0 then return x / 2 end
  return 3 * x + 1
end

function longest(limit)
  best, best_start = 0, 0
  for start = 1, limit do
    x = start
    length = 1
    while x ~= 1 do
      x = step(x)
      length = length + 1
    end
    if length > best then
      best = length
      best_start = start
    end
    if counter > rounds then return start end
  end
  return limit
end

counter = 0
reached = longest(1000000)
print(string.format("reached %d steps %d best %d from %d", reached, counter, best, best_start))
