-- Counts words: of the files it is given, or of its own source.
--
--   ferrous examples/words.lua [file ...]

local function read(name)
  local file, problem = io.open(name, "rb")
  if not file then
    io.stderr:write("cannot read ", problem, "\n")
    os.exit(1)
  end
  local text = file:read("*a")
  file:close()
  return text
end

local names = {}
for _, name in ipairs(arg) do names[#names + 1] = name end
if #names == 0 then names[1] = arg[0] end

local lines, words, bytes = 0, 0, 0
local counts, lengths = {}, {}

for _, name in ipairs(names) do
  local text = read(name)
  bytes = bytes + #text
  lines = lines + select(2, text:gsub("\n", "\n"))
  for word in text:gmatch("%a[%a_']*") do
    word = word:lower()
    words = words + 1
    counts[word] = (counts[word] or 0) + 1
    lengths[#word] = (lengths[#word] or 0) + 1
  end
end

-- The order in which `pairs` meets the words means nothing; sorting makes it: by count, then by letter.
local ranking = {}
for word in pairs(counts) do ranking[#ranking + 1] = word end
table.sort(ranking, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)

print(string.format("%d lines, %d words (%d different), %d bytes", lines, words, #ranking, bytes))
print()
local most = counts[ranking[1]] or 1
for place = 1, math.min(15, #ranking) do
  local word = ranking[place]
  local bar = string.rep("#", math.ceil(counts[word] / most * 40))
  print(string.format("%-12s %5d  %s", word, counts[word], bar))
end

print()
local longest = 0
for length in pairs(lengths) do longest = math.max(longest, length) end
print("letters  words")
for length = 1, longest do
  if lengths[length] then print(string.format("%7d  %5d", length, lengths[length])) end
end
