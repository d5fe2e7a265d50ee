-- Arithmetic, precedence, associativity.

print(1 + 2 * 3, (1 + 2) * 3, 10 - 3 - 2, 2 * 3 % 4) -- expect: 7	9	5	2
print(7 / 2, 7 % 3, -7 % 3, 7 % -3, -7 % -3) -- expect: 3.5	1	2	-2	-1
print(5.5 % 2, -5.5 % 2, 5.5 % -2, 1 % 0.1) -- expect: 1.5	0.5	-0.5	0
print(tostring(5 % (1/0)):match("nan"), tostring(-5 % (1/0)):match("nan"), 0 % 5) -- expect: nan	nan	0
print(1 % 0 ~= 1 % 0, (0/0) % 1 ~= (0/0) % 1) -- expect: true	true
print(2^10, 2^3^2, (2^3)^2, -2^2, (-2)^2, 2^-2) -- expect: 1024	512	64	-4	4	0.25
print(2 ^ 2 * 3, 3 * 2 ^ 2, -3 ^ 2, not 1 == 2) -- expect: 12	12	-9	false
print(10 / 2 * 5, 10 * 2 / 5, 2 - 3 + 4) -- expect: 25	4	3
print("a" .. "b" .. "c" == "abc", "x" .. 1 + 2, 1 .. 2 + 3) -- expect: true	x3	15
print(1 < 2 == true, "a" < "b" == not false) -- expect: true	true
print(1 + 1 .. 1 + 1, 2 * 2 .. "") -- expect: 22	4
print(not nil, not 0, not "", not not nil) -- expect: true	false	false	false
print(-"2", -" 0x10 ", - "1e1") -- expect: -2	-16	-10
print(1 == 1 and 2 == 2, 1 ~= 1 or 2 ~= 2) -- expect: true	false
print(#"abc" + #"de", -#"abc", #"a" .. "b") -- expect: 5	-3	1b
print(not #"x" == 0, -2 .. "", - -2) -- expect: false	-2	2
print(2 * -3, 2 ^ -3 ^ 2, 2 - -2) -- expect: -6	0.001953125	4
print(8 % 3.5, -8 % 3.5, 2^53 % 3, 1e308 * 10 % 2 ~= 0) -- expect: 1	2.5	2	true

-- and/or keep values and short-circuit.
print(nil and 1, false and 1, 1 and nil, 1 and 2, nil and nil) -- expect: nil	false	nil	2	nil
print(nil or 1, false or nil, 1 or 2, nil or false, false or false) -- expect: 1	nil	1	false	false
print(1 and 2 or 3, nil and 2 or 3, false or nil or 4 and 5) -- expect: 2	3	5
print(1 or error("not evaluated"), nil and error("not evaluated")) -- expect: 1	nil
print((nil or false) == false, (false or nil) == nil) -- expect: true	true
print(1 and 2 and 3, nil or false or 3, 0 and "zero", "" and "empty") -- expect: 3	3	zero	empty
local n = 0
local function f(v) n = n + 1 return v end
print(f(nil) and f(1), n) -- expect: nil	1
print(f(1) or f(2), n) -- expect: 1	2
print(f(false) or f(2), n) -- expect: 2	4
print(f(1) and f(nil) or f(3), n) -- expect: 3	7

-- Comparisons yield booleans in every context.
local a, b = 1, 2
local lt, ge, eq, ne = a < b, a >= b, a == b, a ~= b
print(lt, ge, eq, ne) -- expect: true	false	false	true
print(not (a < b), not (a > b), a < b and a or b, a > b and a or b) -- expect: false	true	1	2
local t = { a < b, a > b, a <= a, a >= b, [a == b] = "false key" }
print(t[1], t[2], t[3], t[4], t[false]) -- expect: true	false	true	false	false key
print((a < b) == (b > a), (a <= b) ~= (b >= a)) -- expect: true	false
print(1 == 1, 1 == "1", "1" == "1", nil == false, {} == {}, print == print) -- expect: true	false	true	false	false	true
print("a" < "b", "a" < "B", "" < "a", "a" < "ab", "ab" < "b", "Z" < "a") -- expect: true	false	true	true	true	true
print("a\0b" < "a\0c", "a\0" > "a", "\0" < "\1", "a\0b" == "a\0b") -- expect: true	true	true	true
print("10" < "9", 10 < 9, "10" <= "10", "b" >= "a") -- expect: true	false	true	true
print(1/0 > 1e308, -1/0 < -1e308, 1/0 == 1/0, 0 == -0) -- expect: true	true	true	true
local nan = 0/0
print(nan == nan, nan ~= nan, nan < 1, nan > 1, nan <= nan, nan >= nan) -- expect: false	true	false	false	false	false
print(not (nan < 1), not (nan >= 1), nan == nil) -- expect: true	true	false
if nan < 1 or nan >= 1 then print("wrong") else print("nan is unordered") end -- expect: nan is unordered
if not (nan < 1) and not (nan >= 1) then print("both") end -- expect: both
while nan == nan do print("wrong") end
local big = 2^53
print(big == big + 1, big < big + 2, big - 1 < big) -- expect: true	true	true
