-- Comparisons with constants of every kind, on either side, as conditions, as values and at the end of a loop.
local long = ("x"):rep(50)
local values = {
  0, -0, 1, 0 / 0, "0", "short", long, long .. "", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy", "", true, false, {}, print,
}
values[15] = nil
local function which(v)
  local found = {}
  if v == nil then found[#found + 1] = "nil" end
  if v == true then found[#found + 1] = "true" end
  if false == v then found[#found + 1] = "false" end
  if v == 0 then found[#found + 1] = "0" end
  if 1 == v then found[#found + 1] = "1" end
  if v == "0" then found[#found + 1] = "'0'" end
  if v == "short" then found[#found + 1] = "short" end
  if "" == v then found[#found + 1] = "empty" end
  if v == "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" then found[#found + 1] = "long" end
  if "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy" ~= v then found[#found + 1] = "not y" end
  local a, b, c = v ~= nil, v ~= 0, v ~= "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
  return table.concat(found, " "), a, b, c, v == "short", v == 1
end
for i = 1, 15 do print(i, which(values[i])) end -- expect: 1	0 not y	true	false	true	false	false
-- expect: 2	0 not y	true	false	true	false	false
-- expect: 3	1 not y	true	true	true	false	true
-- expect: 4	not y	true	true	true	false	false
-- expect: 5	'0' not y	true	true	true	false	false
-- expect: 6	short not y	true	true	true	true	false
-- expect: 7	long not y	true	true	false	false	false
-- expect: 8	long not y	true	true	false	false	false
-- expect: 9		true	true	true	false	false
-- expect: 10	empty not y	true	true	true	false	false
-- expect: 11	true not y	true	true	true	false	false
-- expect: 12	false not y	true	true	true	false	false
-- expect: 13	not y	true	true	true	false	false
-- expect: 14	not y	true	true	true	false	false
-- expect: 15	nil not y	false	true	true	false	false

local function count(start, step)
  local n, v = 0, start
  repeat n, v = n + 1, step(v) until v == "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" or v == 5 or v == nil
  return n
end
print(count("", function(v) return v .. "x" end), count(0, function(v) return v + 1 end), count(1, function() end)) -- expect: 50	5	1

local n = 0
while n ~= 3 do n = n + 1 end
print(n) -- expect: 3
local text = ""
while text ~= "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" do text = text .. "x" end
print(#text) -- expect: 50
local answer = setmetatable({}, { __eq = function() return true end })
print(answer == "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", answer == "x", answer == 1, answer == nil) -- expect: false	false	false	false
