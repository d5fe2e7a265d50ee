-- Numbers to text and back: string.format, tostring, tonumber.
local rounds = tonumber((...)) or 270000

local format = string.format
local length, sum = 0, 0
for i = 1, rounds do
  local fixed = format("%.3f", i / 7)
  local general = format("%g", i / 3)
  local padded = format("%08d|%-6s|%5.1f|%x", i, "k" .. i % 100, i / 3, i)
  length = length + #fixed + #general + #padded
  sum = sum + tonumber(fixed) + tonumber(general)
  local text = tostring(i)
  sum = sum + tonumber(text) + tonumber("0x" .. format("%X", i % 4096)) + tonumber(text, 16) % 97
  length = length + #text + #tostring(i + 0.25)
end
print(format("numfmt %d %.3f", length, sum))
