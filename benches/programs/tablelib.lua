-- table.insert, table.remove and table.concat at the end, the front and the middle.
local rounds = tonumber((...)) or 92

local insert, remove, concat = table.insert, table.remove, table.concat

local checksum = 0
for round = 1, rounds do
  local list = {}
  for i = 1, 4000 do insert(list, i * round % 997) end
  for _ = 1, 1500 do checksum = checksum + remove(list) end
  for i = 1, 120 do insert(list, 1, i) end
  for i = 1, 120 do insert(list, #list / 2 - #list / 2 % 1, i) end
  for _ = 1, 120 do checksum = checksum + remove(list, 1) end
  for i = 1, 60 do checksum = checksum + remove(list, 100 + i) end
  checksum = checksum + #concat(list, ", ") + #concat(list, "", 10, 200)
  checksum = (checksum + #list) % 1000000007

  local stack = {}
  for i = 1, 3000 do
    insert(stack, i)
    if i % 3 == 0 then checksum = checksum + remove(stack) + remove(stack) end
  end
  checksum = checksum + #stack
end
print(string.format("tablelib %d", checksum))
