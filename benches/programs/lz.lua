-- An LZ77-style compressor and its decompressor over byte arrays with a hash of trigrams.
local rounds = tonumber((...)) or 45

local byte, char = string.byte, string.char

local function toBytes(text)
  local bytes = {}
  for i = 1, #text do bytes[i] = byte(text, i) end
  return bytes
end

local function matchLength(data, a, b, limit)
  local n = 0
  while n < limit and data[a + n] == data[b + n] do n = n + 1 end
  return n
end

local function compress(data)
  local out, latest, previous, size = {}, {}, {}, #data
  local function remember(at)
    if at + 2 > size then return nil end
    local hash = (data[at] * 961 + data[at + 1] * 31 + data[at + 2]) % 8192
    local candidate = latest[hash]
    previous[at], latest[hash] = candidate, at
    return candidate
  end
  local i = 1
  while i <= size do
    local candidate, best, distance = remember(i), 0, 0
    local limit, tries = math.min(250, size - i + 1), 8
    while candidate and tries > 0 and i - candidate < 32768 do
      local n = matchLength(data, candidate, i, limit)
      if n > best then best, distance = n, i - candidate end
      candidate, tries = previous[candidate], tries - 1
    end
    if best >= 4 then
      out[#out + 1] = 256 + best
      out[#out + 1] = distance
      for k = i + 1, i + best - 1 do remember(k) end
      i = i + best
    else
      out[#out + 1] = data[i]
      i = i + 1
    end
  end
  return out
end

local function decompress(codes)
  local out, n, i = {}, 0, 1
  while i <= #codes do
    local code = codes[i]
    if code < 256 then
      n = n + 1
      out[n] = code
      i = i + 1
    else
      local distance = codes[i + 1]
      for _ = 1, code - 256 do
        n = n + 1
        out[n] = out[n - distance]
      end
      i = i + 2
    end
  end
  local parts = {}
  for k = 1, n do parts[k] = char(out[k]) end
  return table.concat(parts)
end

local function generate(seed, n)
  local words = { "river", "stone", "lamp", "window", "garden", "under", "over", "the", "a", "of" }
  local parts = {}
  for i = 1, n do
    seed = (seed * 16807) % 2147483647
    parts[i] = words[seed % #words + 1]
  end
  return table.concat(parts, " ")
end

local bytes, packed, intact = 0, 0, true
for round = 1, rounds do
  local text = generate(round * 1117, 6000)
  local codes = compress(toBytes(text))
  local restored = decompress(codes)
  bytes, packed = bytes + #text, packed + #codes
  intact = intact and restored == text
end
print(string.format("lz %d bytes -> %d codes, intact %s", bytes, packed, tostring(intact)))
