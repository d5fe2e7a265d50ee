-- Arbitrary-precision integers on arrays of base-10^7 digits: factorials and Fibonacci numbers.
local size = tonumber((...)) or 1250

local base, width = 10000000, 7
local floor = math.floor

local function fromNumber(n)
  local digits = {}
  repeat
    digits[#digits + 1] = n % base
    n = floor(n / base)
  until n == 0
  return digits
end

local function add(a, b)
  local sum, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local d = (a[i] or 0) + (b[i] or 0) + carry
    if d >= base then
      sum[i], carry = d - base, 1
    else
      sum[i], carry = d, 0
    end
  end
  if carry > 0 then sum[#sum + 1] = carry end
  return sum
end

local function multiply(a, b)
  local product, n = {}, #a + #b
  for i = 1, n do product[i] = 0 end
  for i = 1, #a do
    local ai, carry = a[i], 0
    for j = 1, #b do
      local d = product[i + j - 1] + ai * b[j] + carry
      local low = d % base
      product[i + j - 1] = low
      carry = (d - low) / base
    end
    product[i + #b] = product[i + #b] + carry
  end
  while n > 1 and product[n] == 0 do
    product[n] = nil
    n = n - 1
  end
  return product
end

local function power(x, exponent)
  local result = fromNumber(1)
  while exponent > 0 do
    if exponent % 2 == 1 then result = multiply(result, x) end
    exponent = floor(exponent / 2)
    if exponent > 0 then x = multiply(x, x) end
  end
  return result
end

local function toText(digits)
  local parts = { string.format("%d", digits[#digits]) }
  for i = #digits - 1, 1, -1 do
    parts[#parts + 1] = string.format("%0" .. width .. "d", digits[i])
  end
  return table.concat(parts)
end

local function show(name, digits)
  local text = toText(digits)
  local sum = 0
  for d in text:gmatch("%d") do sum = sum + tonumber(d) end
  print(string.format("%s has %d digits, %s...%s, digit sum %d", name, #text, text:sub(1, 12), text:sub(-12), sum))
end

local factorial = fromNumber(1)
for i = 2, size * 3 do factorial = multiply(factorial, fromNumber(i)) end
show("factorial", factorial)

local a, b = fromNumber(0), fromNumber(1)
for _ = 1, size * 15 do a, b = b, add(a, b) end
show("fibonacci", a)

show("power", power(fromNumber(1234567891), size))
show("square", multiply(factorial, factorial))
