-- table.sort without a comparator: numbers (random, sorted, few distinct) and strings.
local count = tonumber((...)) or 560000

local seed = 777
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n
end

local function verify(list)
  for i = 2, #list do
    if list[i] < list[i - 1] then return "unsorted" end
  end
  return "sorted"
end

local numbers, few, words = {}, {}, {}
for i = 1, count do
  numbers[i] = random(1000000)
  few[i] = random(50)
end
for i = 1, count / 4 do words[i] = "w" .. random(100000) end

table.sort(numbers)
print("numbers", verify(numbers), numbers[1], numbers[#numbers])
table.sort(numbers)
print("again", verify(numbers), numbers[math.floor(count / 2)])
table.sort(few)
print("few", verify(few), few[1], few[#few])
table.sort(words)
print("words", verify(words), words[1], words[#words])
