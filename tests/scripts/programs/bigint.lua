-- Big integers and matrices with operators.

local BASE, WIDTH = 10000, 4
local Big = {}
Big.__index = Big
local function trim(a) while #a > 1 and a[#a] == 0 do a[#a] = nil end return a end
local function new(digits) return setmetatable(trim(digits), Big) end
local function big(v)
  if getmetatable(v) == Big then return v end
  local s, digits = type(v) == "number" and ("%.0f"):format(v) or v, {}
  for i = #s, 1, -WIDTH do digits[#digits + 1] = tonumber(s:sub(math.max(i - WIDTH + 1, 1), i)) end
  return new(digits)
end
function Big.__add(a, b)
  a, b = big(a), big(b)
  local r, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local s = (a[i] or 0) + (b[i] or 0) + carry
    r[i], carry = s % BASE, math.floor(s / BASE)
  end
  if carry > 0 then r[#r + 1] = carry end
  return new(r)
end
function Big.__sub(a, b)
  a, b = big(a), big(b)
  assert(a >= b, "negative result")
  local r, borrow = {}, 0
  for i = 1, #a do
    local d = a[i] - (b[i] or 0) - borrow
    borrow = d < 0 and 1 or 0
    r[i] = d + borrow * BASE
  end
  return new(r)
end
function Big.__mul(a, b)
  a, b = big(a), big(b)
  local r = {}
  for i = 1, #a + #b do r[i] = 0 end
  for i = 1, #a do
    local carry = 0
    for j = 1, #b do
      local v = r[i + j - 1] + a[i] * b[j] + carry
      r[i + j - 1], carry = v % BASE, math.floor(v / BASE)
    end
    r[i + #b] = r[i + #b] + carry
  end
  return new(r)
end
local function divmod(a, n)
  local r, rest = {}, 0
  for i = #a, 1, -1 do
    local v = rest * BASE + a[i]
    r[i], rest = math.floor(v / n), v % n
  end
  return new(r), rest
end
function Big.__div(a, n) return (divmod(big(a), n)) end
function Big.__mod(a, n) return (select(2, divmod(big(a), n))) end
function Big.__pow(a, n) local r = big(1) a = big(a) while n > 0 do if n % 2 == 1 then r = r * a end a = a * a n = math.floor(n / 2) end return r end
function Big.__eq(a, b) if #a ~= #b then return false end for i = 1, #a do if a[i] ~= b[i] then return false end end return true end
function Big.__lt(a, b) a, b = big(a), big(b) if #a ~= #b then return #a < #b end for i = #a, 1, -1 do if a[i] ~= b[i] then return a[i] < b[i] end end return false end
function Big.__le(a, b) return not (big(b) < big(a)) end
function Big.__tostring(a) local out = { tostring(a[#a]) } for i = #a - 1, 1, -1 do out[#out + 1] = ("%04d"):format(a[i]) end return table.concat(out) end
function Big.__concat(a, b) return tostring(a) .. tostring(b) end

print(tostring(big("123456789012345678901234567890") + 1)) -- expect: 123456789012345678901234567891
print(big("99999999") + 1, big("100000000") - 1, big(12345) * big(67890), big("10000") - big("9999")) -- expect: 100000000	99999999	838102050	1
local function factorial(n) local r = big(1) for i = 2, n do r = r * i end return r end
print(factorial(10)) -- expect: 3628800
print(factorial(30)) -- expect: 265252859812191058636308480000000
print(factorial(50)) -- expect: 30414093201713378043612608166064768844377641568960512000000000000
print(big(2) ^ 64, big(2) ^ 100) -- expect: 18446744073709551616	1267650600228229401496703205376
print(big(3) ^ 50 == big("717897987691852588770249")) -- expect: true
local function fib(n) local a, b = big(0), big(1) for _ = 1, n do a, b = b, a + b end return a end
print(fib(100), fib(200)) -- expect: 354224848179261915075	280571172992510140037611932413038677189525
print(big("123456789123456789") / 7, big("123456789123456789") % 7, big("1000000") / 1000, big("5") % 2) -- expect: 17636684160493827	0	1000	1
print(big("5") < big("10"), big("10") <= big("10"), big("11") > big("10"), big("1") == big("1"), big("1") ~= big("2"), big("12") .. "!") -- expect: true	true	true	true	true	12!
print(pcall(function() return big("1") - big("2") end)) -- expect: false	bigint.lua:26: negative result
local digits = 0
for d in tostring(big(2) ^ 1000):gmatch("%d") do digits = digits + d end
print(digits, #tostring(big(2) ^ 1000)) -- expect: 1366	302

local Matrix = {}
Matrix.__index = Matrix
local function matrix(rows) return setmetatable(rows, Matrix) end
function Matrix.identity(n) local m = {} for i = 1, n do m[i] = {} for j = 1, n do m[i][j] = i == j and 1 or 0 end end return matrix(m) end
function Matrix.__add(a, b) local m = {} for i, row in ipairs(a) do m[i] = {} for j, v in ipairs(row) do m[i][j] = v + b[i][j] end end return matrix(m) end
function Matrix.__mul(a, b)
  if type(a) == "number" then a, b = b, a end
  local m = {}
  for i = 1, #a do
    m[i] = {}
    for j = 1, type(b) == "number" and #a[1] or #b[1] do
      if type(b) == "number" then m[i][j] = a[i][j] * b
      else
        local s = 0
        for k = 1, #b do s = s + a[i][k] * b[k][j] end
        m[i][j] = s
      end
    end
  end
  return matrix(m)
end
function Matrix.__pow(a, n) local r = Matrix.identity(#a) for _ = 1, n do r = r * a end return r end
function Matrix.__unm(a) return a * -1 end
function Matrix.__eq(a, b) return tostring(a) == tostring(b) end
function Matrix.__tostring(a) local rows = {} for i, r in ipairs(a) do rows[i] = table.concat(r, " ") end return "[" .. table.concat(rows, "; ") .. "]" end
function Matrix:transpose() local m = {} for j = 1, #self[1] do m[j] = {} for i = 1, #self do m[j][i] = self[i][j] end end return matrix(m) end
function Matrix:det()
  local m, sign, n = {}, 1, #self
  for i, r in ipairs(self) do m[i] = { unpack(r) } end
  for c = 1, n do
    local p = c
    while p <= n and m[p][c] == 0 do p = p + 1 end
    if p > n then return 0 end
    if p ~= c then m[p], m[c], sign = m[c], m[p], -sign end
    for r = c + 1, n do local f = m[r][c] / m[c][c] for k = c, n do m[r][k] = m[r][k] - f * m[c][k] end end
  end
  local d = sign
  for i = 1, n do d = d * m[i][i] end
  return d
end
local a, b = matrix { { 1, 2 }, { 3, 4 } }, matrix { { 0, 1 }, { 1, 0 } }
print(a + b, a * b, b * a, a * 2, 2 * a, -a) -- expect: [1 3; 4 4]	[2 1; 4 3]	[3 4; 1 2]	[2 4; 6 8]	[2 4; 6 8]	[-1 -2; -3 -4]
print(a:transpose(), a:det(), b:det(), matrix({ { 2, 0, 0 }, { 0, 3, 0 }, { 0, 0, 4 } }):det(), matrix({ { 1, 2 }, { 2, 4 } }):det()) -- expect: [1 3; 2 4]	-2	-1	24	0
print(matrix({ { 1, 1 }, { 1, 0 } }) ^ 30, a * Matrix.identity(2) == a, a == b, matrix { { 1, 2, 3 } } * matrix { { 1 }, { 2 }, { 3 } }) -- expect: [1346269 832040; 832040 514229]	true	false	[14]
