-- if, while, repeat, numeric and generic for, break, return.

local function classify(n)
  if n < 0 then return "negative" elseif n == 0 then return "zero"
  elseif n < 10 then return "small" else return "large" end
end
print(classify(-1), classify(0), classify(5), classify(50)) -- expect: negative	zero	small	large
if nil then print("wrong") elseif false then print("wrong") else print("else") end -- expect: else
if 0 then print("0 is true") end -- expect: 0 is true
if "" then print("'' is true") end -- expect: '' is true

local function run(...)
  local t = {}
  for i, v in ... do t[#t + 1] = tostring(i) .. (v == nil and "" or ":" .. tostring(v)) end
  print(#t, #t > 0 and table.concat(t, " ") or "-")
end
local function count(a, b, c)
  local t = {}
  for i = a, b, c or 1 do t[#t + 1] = tostring(i); if #t > 9 then break end end
  print(#t, #t > 0 and table.concat(t, " ") or "-")
end
count(1, 5) count(5, 1) count(5, 1, -1) count(1, 1) count(1, 0) count(0, 1, 2) -- expect: 5	1 2 3 4 5
-- expect: 0	-
-- expect: 5	5 4 3 2 1
-- expect: 1	1
-- expect: 0	-
-- expect: 1	0
count(1, 2, 0.25) -- expect: 5	1 1.25 1.5 1.75 2
count(0, 1, 0.1) -- expect: 10	0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9
count(1, 0, -0.25) -- expect: 5	1 0.75 0.5 0.25 0
count(-3, 3, 2) -- expect: 4	-3 -1 1 3
count(3, -3, -2) -- expect: 4	3 1 -1 -3
count(1.5, 4) -- expect: 3	1.5 2.5 3.5
count(1, 3.9) -- expect: 3	1 2 3
count(1, 1/0) count(-1/0, 1) -- expect: 10	1 2 3 4 5 6 7 8 9 10
-- expect: 10	-inf -inf -inf -inf -inf -inf -inf -inf -inf -inf
count(1/0, 1) count(1, -1/0) -- expect: 0	-
-- expect: 0	-
count(0/0, 1) count(1, 0/0) count(1, 2, 0/0) -- expect: 0	-
-- expect: 0	-
-- expect: 0	-
count(1, 2, 0) -- expect: 0	-
count(2, 1, 0) -- expect: 10	2 2 2 2 2 2 2 2 2 2
count("1", "3") count("3", "1", "-1") -- expect: 3	1 2 3
-- expect: 3	3 2 1
count(2^53 - 1, 2^53 + 2) -- expect: 10	9.007199254741e+15 9.007199254741e+15 9.007199254741e+15 9.007199254741e+15 9.007199254741e+15 9.007199254741e+15 9.007199254741e+15 9.007199254741e+15 9.007199254741e+15 9.007199254741e+15
count(10, 0, -3) -- expect: 4	10 7 4 1
count(1e15, 1e15 + 2) -- expect: 3	1e+15 1e+15 1e+15

-- The loop variable is a copy.
for i = 1, 3 do local j = i; i = i * 10; io.write(j, "=", i, ";") end print() -- expect: 1=10;2=20;3=30;
local limit, step = 3, 1
for i = 1, limit, step do limit = 10; step = 5; io.write(i, ";") end print(limit, step) -- expect: 1;2;3;10	5

-- Generic for.
run(ipairs { "a", "b", "c" }) -- expect: 3	1:a 2:b 3:c
run(next, { 10 }) -- expect: 1	1:10
run(function(s, c) if c < s then return c + 1 end end, 4, 0) -- expect: 4	1 2 3 4
run(function(s, c) c = (c or 0) + 1 if c <= #s then return c, s:sub(c, c) end end, "xyz") -- expect: 3	1:x 2:y 3:z
run(string.gmatch("one two", "%a+")) -- expect: 2	one two
run(ipairs {}) -- expect: 0	-
run(pcall == nil and 1 or function() end) -- expect: 0	-
for a, b, c, d in function(s, c) if c == nil then return 1, 2, 3 end end do print(a, b, c, d) end -- expect: 1	2	3	nil
for k in pairs { x = 1 } do print(k) end -- expect: x
local callable = setmetatable({}, { __call = function(_, s, c) if c < s then return c + 1 end end })
for i in callable, 3, 0 do io.write(i, ";") end print() -- expect: 1;2;3;
print(pcall(function() for i in 5 do end end)) -- expect: false	control_flow.lua:67: attempt to call a number value
print(pcall(function() for i in nil do end end)) -- expect: false	control_flow.lua:68: attempt to call a nil value
print(pcall(function() for i in {} do end end)) -- expect: false	control_flow.lua:69: attempt to call a table value
print(pcall(function() local t = {} for i in t.x do end end)) -- expect: false	control_flow.lua:70: attempt to call a nil value

-- break leaves only the innermost loop.
for i = 1, 3 do
  for j = 1, 3 do if j == 2 then break end io.write(i, ",", j, ";") end
  while true do break end
  repeat if i then break end until false
end
-- expect: 1,1;2,1;3,1;
print()
local n = 0
while true do n = n + 1 if n > 5 then break end end
print(n) -- expect: 6
local r = 0
repeat local x = r r = r + 1 until x == 5
print(r) -- expect: 6
while n > 0 do n = n - 1 if n % 2 == 0 then n = n - 1 end end print(n) -- expect: -1

-- return from within loops.
local function find(t, x) for i, v in ipairs(t) do if v == x then return i, v end end return nil, "none" end
print(find({ 5, 6, 7 }, 6)) -- expect: 2	6
print(find({}, 1)) -- expect: nil	none
local function loop_return() while true do repeat for i = 1, 9 do if i == 7 then return i end end until false end end
print(loop_return()) -- expect: 7
print((function() return end)() == nil, select("#", (function() return end)())) -- expect: true	0
print(select("#", (function() return nil end)())) -- expect: 1
print((function() do return 1, 2 end end)()) -- expect: 1	2
-- Code after return in its own block.
local function blocked(x) do if x then return "early" end end return "late" end
print(blocked(true), blocked(false)) -- expect: early	late
