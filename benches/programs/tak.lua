-- Plain calls: deep non-tail recursion with three arguments (tak) and two (Ackermann).
local rounds = tonumber((...)) or 400

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function ack(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ack(m - 1, 1) end
  return ack(m - 1, ack(m, n - 1))
end

local sum = 0
for i = 1, rounds do
  sum = sum + tak(16, 10, 4 + i % 2) + ack(2, 120 + i % 40)
end
print(string.format("tak+ack %d", sum))
