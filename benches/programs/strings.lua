-- Whole-string library calls: rep, upper, lower, reverse, len, sub, comparison and equality.
local rounds = tonumber((...)) or 1300000

local words = { "Lantern", "oak", "River-bed", "x", "Quartz and clay", "never odd or even", "" }

local function palindrome(s)
  local plain = s:lower():gsub("%s", "")
  return plain == plain:reverse()
end

local total, palindromes, before = 0, 0, 0
for i = 1, rounds do
  local word = words[i % #words + 1]
  local loud = word:upper()
  local wide = loud .. ("-"):rep(i % 9) .. word:lower()
  local turned = wide:reverse()
  total = total + #turned + #wide:sub(2, -3) + #wide:sub(-4)
  if turned < word:lower() .. "m" then before = before + 1 end
  if turned:sub(1, 1) == wide:sub(-1) then total = total + 1 end
  if i % 4 == 0 and palindrome(word) then palindromes = palindromes + 1 end
  if i % 500 == 0 then total = total + #word:rep(400):upper():reverse() end
end
print(string.format("strings %d palindromes %d before %d", total, palindromes, before))
