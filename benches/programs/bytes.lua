-- Character work: byte, char and sub in a cipher, a checksum and a base-64 codec.
local rounds = tonumber((...)) or 310

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local floor, byte, char, sub = math.floor, string.byte, string.char, string.sub
local values = {}
for i = 1, #alphabet do values[byte(alphabet, i)] = i - 1 end

local function encode(text)
  local out = {}
  for i = 1, #text - 2, 3 do
    local a, b, c = byte(text, i, i + 2)
    local n = a * 65536 + b * 256 + c
    local p, q = floor(n / 262144), floor(n / 4096) % 64
    local r, s = floor(n / 64) % 64, n % 64
    out[#out + 1] = sub(alphabet, p + 1, p + 1) .. sub(alphabet, q + 1, q + 1)
      .. sub(alphabet, r + 1, r + 1) .. sub(alphabet, s + 1, s + 1)
  end
  return table.concat(out)
end

local function decode(text)
  local out = {}
  for i = 1, #text, 4 do
    local a, b, c, d = byte(text, i, i + 3)
    local n = values[a] * 262144 + values[b] * 4096 + values[c] * 64 + values[d]
    out[#out + 1] = char(floor(n / 65536), floor(n / 256) % 256, n % 256)
  end
  return table.concat(out)
end

local function rotate(text, by)
  local out = {}
  for i = 1, #text do
    local c = byte(text, i)
    if c >= 97 and c <= 122 then c = (c - 97 + by) % 26 + 97 end
    out[i] = char(c)
  end
  return table.concat(out)
end

local function adler(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end

local function vowels(text)
  local n = 0
  for i = 1, #text do
    local c = text:sub(i, i)
    if c == "a" or c == "e" or c == "i" or c == "o" or c == "u" then n = n + 1 end
  end
  return n
end

local text = string.rep("the quick brown fox jumps over the lazy dog; ", 120)
local sum, intact = 0, true
for round = 1, rounds do
  local secret = rotate(text, round)
  local packed = encode(secret)
  intact = intact and decode(packed) == secret
  sum = (sum + adler(packed) + vowels(secret)) % 4294967296
end
print(string.format("bytes %.0f %s", sum, tostring(intact)))
