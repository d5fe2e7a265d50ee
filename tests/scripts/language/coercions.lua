-- Strings as numbers in arithmetic, numbers as strings in concatenation.

print("10" + 5, "3" * "4", "2" ^ "3", 10 / "4", "7" % 4, "8" - 1) -- expect: 15	12	8	2.5	3	7
print(" 10 " + 1, "\t0x1F\n" + 0, "1e2" * 1, ".5" + 0, "5." + 0) -- expect: 11	31	100	0.5	5
print("-3" + 0, " -3.5 " * 2, "+3" + 0, "-0x10" + 0) -- expect: -3	-7	3	-16
print("inf" == 1/0, "1" == 1, 1 == "1", "0x10" == 16) -- expect: false	false	false	false
print(1 .. "", 1.5 .. "x", -1 .. "", 1e100 .. "", 2^53 .. "") -- expect: 1	1.5x	-1	1e+100	9.007199254741e+15
print(1 .. 2 == "12", (1 .. 2) + 1, "1" .. "2" + 1) -- expect: true	13	13
print(10 .. 20, "a" .. 1 .. 2 .. "b", 0.1 .. "") -- expect: 1020	a12b	0.1
print((1/0) .. "|" .. (-1/0)) -- expect: inf|-inf
local zero = 0
print(-(0/0) .. "|" .. (zero * -1)) -- expect: nan|-0
print(tostring(10) == "10", tonumber("10") == 10, tonumber("0x10")) -- expect: true	true	16
print(math.max("10", 9), math.floor("3.7"), ("x"):rep("3")) -- expect: 10	3	xxx
print(string.rep("ab", 2.9), ("hello"):sub("2", "3"), ("x"):byte("1")) -- expect: abab	el	120
print(#(10 .. ""), ("5"):rep(2) * 2) -- expect: 2	110

local function try(f, ...) print(select(2, pcall(f, ...))) end
local function add(a, b) return a + b end
try(add, "abc", 1) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a string value)
try(add, 1, "abc") -- expect: coercions.lua:19: attempt to perform arithmetic on local 'b' (a string value)
try(add, "", 1) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a string value)
try(add, " ", 1) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a string value)
try(add, "1 2", 1) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a string value)
try(add, "0x", 1) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a string value)
try(add, "1e", 1) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a string value)
try(add, "10a", 1) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a string value)
try(add, "1\0", 1) -- expect: 2
try(add, nil, "1") -- expect: coercions.lua:19: attempt to perform arithmetic on local 'a' (a nil value)
try(add, "1", {}) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'b' (a table value)
try(add, "1", true) -- expect: coercions.lua:19: attempt to perform arithmetic on local 'b' (a boolean value)
print(add("1", "2"), add("0x10", 0), add("  12  ", "0")) -- expect: 3	16	12
print(-"3", - "-3", -"0x3") -- expect: -3	3	-3
try(function() return -"x" end) -- expect: coercions.lua:34: attempt to perform arithmetic on a string value
try(function() local s = "x" return -s end) -- expect: coercions.lua:35: attempt to perform arithmetic on local 's' (a string value)

-- Comparisons never coerce.
try(function() return 1 < "2" end) -- expect: coercions.lua:38: attempt to compare number with string
try(function() return "1" < 2 end) -- expect: coercions.lua:39: attempt to compare string with number
try(function() return 1 <= "2" end) -- expect: coercions.lua:40: attempt to compare number with string
print(1 == "1", "1" ~= 1) -- expect: false	true

-- Numeric for coerces strings.
for i = "1", "3" do io.write(i, " ", type(i), ";") end print() -- expect: 1 number;2 number;3 number;
for i = "10", 1, "-4" do io.write(i, ";") end print() -- expect: 10;6;2;
try(function() for i = "a", 2 do end end) -- expect: coercions.lua:46: 'for' initial value must be a number
try(function() for i = 1, "b" do end end) -- expect: coercions.lua:47: 'for' limit must be a number
try(function() for i = 1, 2, "c" do end end) -- expect: coercions.lua:48: 'for' step must be a number
try(function() for i = 1, {} do end end) -- expect: coercions.lua:49: 'for' limit must be a number
try(function() for i = nil, 2 do end end) -- expect: coercions.lua:50: 'for' initial value must be a number

-- Table keys do not.
local t = { [1] = "number", ["1"] = "string" }
print(t[1], t["1"], t[1.0], t["1.0"]) -- expect: number	string	number	nil
print(rawequal(1, "1"), rawequal("a", "a"), rawequal(1, 1.0)) -- expect: false	true	true
