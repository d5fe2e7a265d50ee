-- Hash tables with string keys: counting words of generated text, then ranking them.
local lines = tonumber((...)) or 380000

local syllables = { "ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "ru", "sa", "te" }
local seed = 42
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local function word()
  local a, b = syllables[random(12)], syllables[random(12)]
  if random(3) == 1 then return a .. b end
  return a .. b .. syllables[random(12)]
end

local counts, distinct, total = {}, 0, 0
for _ = 1, lines do
  local text = word() .. " " .. word() .. ", " .. word() .. " " .. word() .. "."
  for w in text:gmatch("%a+") do
    local seen = counts[w]
    if seen then
      counts[w] = seen + 1
    else
      counts[w] = 1
      distinct = distinct + 1
    end
    total = total + 1
  end
end

local ranking = {}
for w in pairs(counts) do ranking[#ranking + 1] = w end
table.sort(ranking, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)
print(string.format("words %d distinct %d", total, distinct))
for i = 1, math.min(5, #ranking) do
  print(string.format("%-8s %d", ranking[i], counts[ranking[i]]))
end
