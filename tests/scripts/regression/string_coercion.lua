-- Numbers and strings in each other's place.
print(1 .. 2, 1.5 .. 2.5, -1 .. "", 2^53 .. "", 1e15 .. "", 0.1 .. "", 1/3 .. "", 100 .. 1e2) -- expect: 12	1.52.5	-1	9.007199254741e+15	1e+15	0.1	0.33333333333333	100100
print("5" + 5, "0x10" * 1, " 7 " - 2, "1e1" / "2", "3" ^ 2, "10" % "3", -"4", - -"4") -- expect: 10	16	5	5	9	1	-4	4
print("10" == 10, 10 == "10", "10" < "9", 10 < 9, "a" .. 1 == "a1", 1 .. "" == "1", tostring(10) == "10") -- expect: false	false	true	false	true	true	true
print(#(123 .. ""), ("12"):rep(2) + 1, ("3" .. "4") * 2) -- expect: 3	1213	68
for i = "1", "2", "1" do io.write(type(i), i, ";") end print() -- expect: number1;number2;
print(math.max("3", 2), math.sqrt("16"), ("x"):rep("2"), ("abc"):sub("2"), string.char("97"), table.concat({ 1, "2", 3.5 }), select("2", "a", "b"), unpack({ 1, 2 }, "2")) -- expect: 3	4	xx	bc	a	123.5	b	2
local t = {}
t["1"] = "s"
t[1] = "n"
print(t["1"], t[1], t["1" + 0], t[1 .. ""]) -- expect: s	n	n	s
print(("%d"):format("7"), ("%s"):format(7), ("%5.1f"):format("2.25"), ("%x"):format("255"), tonumber("  0x1p1  ") ~= nil, tostring(1e100)) -- expect: 7	7	  2.2	ff	true	1e+100
print(pcall(function() return "a" + 1 end)) -- expect: false	string_coercion.lua:13: attempt to perform arithmetic on a string value
print(pcall(function() return {} .. "x" end)) -- expect: false	string_coercion.lua:14: attempt to concatenate a table value
print(pcall(function() return "1" < 1 end)) -- expect: false	string_coercion.lua:15: attempt to compare string with number
print(pcall(function() return 1 <= "1" end)) -- expect: false	string_coercion.lua:16: attempt to compare number with string
print(pcall(function() return "abc" * "2" end)) -- expect: false	string_coercion.lua:17: attempt to perform arithmetic on a string value
print(pcall(function() return -"x" end)) -- expect: false	string_coercion.lua:18: attempt to perform arithmetic on a string value
print(pcall(function() return 2 ^ "y" end)) -- expect: false	string_coercion.lua:19: attempt to perform arithmetic on a string value
print(pcall(function() return "1" + {} end)) -- expect: false	string_coercion.lua:20: attempt to perform arithmetic on a table value
local s = "10"
s = s + 1
print(s, type(s)) -- expect: 11	number
s = s .. ""
print(s, type(s)) -- expect: 11	string
s = s * "2"
print(s, type(s)) -- expect: 22	number
local n = 10
n = n .. n
print(n, type(n)) -- expect: 1010	string
n = n + n
print(n, type(n)) -- expect: 2020	number
print("0" + 0 == 0, "-0" + 0, 1/("-0" + 0) < 0, "1." + 0, ".1" + 0, pcall(function() return "." + 0 end)) -- expect: true	0	false	1	0.1	false	string_coercion.lua:33: attempt to perform arithmetic on a string value
print("nan" == 0/0, pcall(function() return "nan" + 0 == nil end)) -- expect: false	true	false
print(pcall(function() return ("inf" + 0) ~= nil end)) -- expect: true	true
print(1e308 * 10 .. "", -1e308 * 10 .. "") -- expect: inf	-inf
print(0x7fffffff + 1, 0xffffffff, "0xffffffff" + 0, 2^32, 1e3, 1000, 1e3 == 1000, 3 == 3.0, 1e0 .. "") -- expect: 2147483648	4294967295	4294967295	4294967296	1000	1000	true	true	1
print(12345678901234567890 .. "", 123456789012345 .. "", 0.1 + 0.2 .. "", 1e-10 .. "", 123e-2 .. "") -- expect: 1.2345678901235e+19	1.2345678901234e+14	0.3	1e-10	1.23
print(-0.0 .. "", 5 % 3 .. "", 7 / 2 .. "", 2^-1 .. "") -- expect: 0	2	3.5	0.5
