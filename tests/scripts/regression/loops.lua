-- Loops that change their variables, strange limits, nested breaks.
for i = 1, 5 do local before = i i = i * 2 if i > 6 then i = nil end io.write(before, ":", tostring(i), ";") end print() -- expect: 1:2;2:4;3:6;4:nil;5:nil;
local fs = {} for i = 1, 3 do fs[i] = function() return i end i = i + 100 end print(fs[1](), fs[2](), fs[3]()) -- expect: 101	102	103
for i = 3, 1 do print("never") end
for i = 1, 3, -1 do print("never") end
for i = 1, 0.999 do print("never") end
for i = 0.1, 0.35, 0.1 do io.write(i, ";") end print() -- expect: 0.1;0.2;0.3;
for i = 1, 0, -0.5 do io.write(i, ";") end print() -- expect: 1;0.5;0;
for i = "2", "6", "2" do io.write(i, ";") end print() -- expect: 2;4;6;
local limit = 3
for i = 1, limit do limit = 100 io.write(i, ";") end -- expect: 1;2;3;100
print(limit)
local step = 1
for i = 1, 3, step do step = 10 io.write(i, ";") end print() -- expect: 1;2;3;
local i = "outer"
for i = 1, 2 do local i = i .. "!" io.write(i, ";") end -- expect: 1!;2!;outer
print(i)
local j = 2
for j = j, j + 2 do io.write(j, ";") end -- expect: 2;3;4;2
print(j)
for a = 1, 3 do for b = 1, 3 do if b == 2 then break end for c = 1, 3 do if c == 2 then break end io.write(a, b, c, ";") end end end print() -- expect: 111;211;311;
local n = 0
while true do n = n + 1 if n % 2 == 0 then if n > 6 then break end else repeat n = n + 2 if n > 3 then break end until false end end
print(n) -- expect: 10
local function gen(n) return function(_, c) if c < n then return c + 1, c * c end end, nil, 0 end
for a, b in gen(4) do io.write(a, "=", b, ";") end print() -- expect: 1=0;2=1;3=4;4=9;
for a, b, c, d, e, f in function(s, c) if not c then return 1, 2, 3, 4, 5, 6, 7 end end do print(a, b, c, d, e, f) end -- expect: 1	2	3	4	5	6
for k in function() end do print("never") end
for k, v in next, { x = "y" }, nil do print(k, v) end -- expect: x	y
for k, v in next, { 1, 2, 3 }, 2 do print(k, v) end -- expect: 3	3
local t = setmetatable({}, { __call = function(self, s, c) c = c + 1 if c <= s then return c end end })
for v in t, 3, 0 do io.write(v, ";") end print() -- expect: 1;2;3;
-- The state of a generic for is hidden: assigning to the loop variable does not disturb it.
for k, v in ipairs { "a", "b", "c" } do local was = k k = 99 v = nil io.write(was, ";") end print() -- expect: 1;2;3;
local s = 0
for k, v in pairs { 10, 20, 30 } do k = nil s = s + v end
print(s) -- expect: 60
-- Iterator that returns false ends only at nil.
local c = 0
for v in function() c = c + 1 if c == 1 then return false elseif c == 2 then return 0 end end do io.write(tostring(v), ";") end -- expect: false;0;3
print(c)
-- goto-less continue
for i = 1, 6 do repeat if i % 2 == 0 then break end io.write(i, ";") until true end print() -- expect: 1;3;5;
for i = 1, 3 do local skip = i == 2 if not skip then io.write(i, ";") end end print() -- expect: 1;3;
-- Large steps and floats
for i = 1, 2^53, 2^52 do io.write(("%.0f"):format(i), ";") end print() -- expect: 1;4503599627370497;9007199254740992;
local k = 0
for x = 0, 1, 0.1 do k = k + 1 end
print(k) -- expect: 11
k = 0
for x = 1, 0, -0.1 do k = k + 1 end
print(k) -- expect: 11
for i = -3, -1 do io.write(i, ";") end print() -- expect: -3;-2;-1;
for i = 2^31 - 1, 2^31 + 1 do io.write(i, ";") end print() -- expect: 2147483647;2147483648;2147483649;
print(pcall(function() for i = 1, 10, {} do end end)) -- expect: false	loops.lua:55: 'for' step must be a number
print(pcall(function() for i = {}, 10 do end end)) -- expect: false	loops.lua:56: 'for' initial value must be a number
print(pcall(function() for i = 1, "x" do end end)) -- expect: false	loops.lua:57: 'for' limit must be a number
while (function() n = n - 1 return n > 0 end)() do end
print(n) -- expect: 0
repeat local done = true until done
repeat local x = n n = n + 1 until x > 3
print(n) -- expect: 5
local function early() for i = 1, 3 do while true do for k in pairs { 1 } do return i, k end end end end
print(early()) -- expect: 1	1
