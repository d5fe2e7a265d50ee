-- Table growth: filling many fresh small and medium tables in array and hash parts.
local rounds = tonumber((...)) or 145000

local names = {}
for i = 1, 40 do names[i] = "field" .. i end

local checksum = 0
for round = 1, rounds do
  local array = {}
  for i = 1, 100 do array[i] = i + round end
  local hash = {}
  for i = 1, 20 + round % 20 do hash[names[i]] = i end
  local mixed = { 1, 2, 3, x = 1, y = 2 }
  mixed[#mixed + 1] = round
  mixed.z = #array
  local backwards = {}
  for i = 16, 1, -1 do backwards[i] = i end
  checksum = checksum + #array + #mixed + mixed.z + hash[names[20]] + #backwards + array[50]
end
print(string.format("growth %d", checksum))
