-- Equality with a constant, which is compared by what it is.

local zero, negative, nan = 0, -0, 0 / 0
local function signs(x) return x == 0, 0 == x, x ~= 0, x == -0 end
print(signs(zero)) -- expect: true	true	false	true
print(signs(negative)) -- expect: true	true	false	true
print(signs(nan)) -- expect: false	false	true	false
print(signs("0")) -- expect: false	false	true	false
print(signs(nil)) -- expect: false	false	true	false
print(signs(false)) -- expect: false	false	true	false

local function one(x) if x == 1 then return "one" elseif x ~= 2 then return "other" end return "two" end
print(one(1), one(2), one(3), one(nan), one("1"), one(nil), one({})) -- expect: one	two	other	other	other	other	other

local function word(x) if x == "word" then return "yes" elseif x ~= "other" then return "no" end return "other" end
print(word("word"), word("wo" .. "rd"), word("other"), word("words"), word(1), word(nil)) -- expect: yes	yes	other	no	no	no

-- Too long to be the same string wherever it is made.
local function long(x)
  return x == "a string of more than forty characters is not interned", x ~= "a string of more than forty characters is not interned"
end
local parts = { "a string of more than forty characters", " is not interned" }
print(long(table.concat(parts))) -- expect: true	false
print(long(parts[1])) -- expect: false	true
print(long("a string of more than forty characters is not interneD")) -- expect: false	true
print(long(1)) -- expect: false	true
print(long(nil)) -- expect: false	true

local function rest(x) return x == nil, x == true, x == false, x ~= nil end
print(rest(nil)) -- expect: true	false	false	false
print(rest(true)) -- expect: false	true	false	true
print(rest(false)) -- expect: false	false	true	true
print(rest(0)) -- expect: false	false	false	true

-- No metamethod is asked: the types differ.
local t = setmetatable({}, { __eq = function() return true end })
print(t == 1, t == "word", t == nil, t ~= 1) -- expect: false	false	false	true

-- Loops that go on while one holds.
local n = 0
repeat n = n + 1 until n == 5
local s = ""
while s ~= "xxx" do s = s .. "x" end
print(n, s) -- expect: 5	xxx
