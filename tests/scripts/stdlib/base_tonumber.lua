-- tonumber and tostring
print(tonumber(5), tonumber("5"), tonumber("5.5"), tonumber("-5"), tonumber("+5"), tonumber(" 5 ")) -- expect: 5	5	5.5	-5	5	5
print(tonumber("0x10"), tonumber("0XfF"), tonumber("-0x10"), tonumber("0x"), tonumber("x10")) -- expect: 16	255	-16	nil	nil
print(tonumber(""), tonumber(" "), tonumber("a"), tonumber("5a"), tonumber("5 5"), tonumber("--5")) -- expect: nil	nil	nil	nil	nil	nil
print(tonumber("1e2"), tonumber("1E+2"), tonumber("1e-2"), tonumber("1e"), tonumber("e1"), tonumber(".e1")) -- expect: 100	100	0.01	nil	nil	nil
print(tonumber(".5"), tonumber("5."), tonumber("."), tonumber("-.5"), tonumber("5..5"), tonumber("1_000")) -- expect: 0.5	5	nil	-0.5	nil	nil
print(tonumber("\t\n5\r\v\f"), tonumber("5\n6"), tonumber("- 5"), tonumber("1,5")) -- expect: 5	nil	nil	nil
print(tonumber("1e309"), tonumber("-1e309"), tonumber("1e-400"), tonumber("123456789012345678901234567890")) -- expect: inf	-inf	0	1.2345678901235e+29
print(tonumber(nil), tonumber(true), tonumber({}), tonumber(print), tonumber(coroutine.create(function() end))) -- expect: nil	nil	nil	nil	nil
print(pcall(tonumber)) -- expect: false	bad argument #1 to '?' (value expected)
print(tonumber("10", 2), tonumber("10", 8), tonumber("10", 10), tonumber("10", 16), tonumber("10", 36)) -- expect: 2	8	10	16	36
print(tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("ZZ", 36), tonumber("z", 35)) -- expect: 255	255	1295	1295	nil
print(tonumber("12", 2), tonumber("8", 8), tonumber("9", 8), tonumber("", 16), tonumber(" ", 16)) -- expect: nil	nil	nil	nil	nil
print(tonumber(" 11 ", 2), tonumber("1 1", 2), tonumber("11x", 2), tonumber("1.1", 2), tonumber("1e1", 16)) -- expect: 3	nil	nil	nil	481
print(tonumber("0x1f", 16), tonumber("0x", 16), tonumber("1f", 10), tonumber("777", 8)) -- expect: 31	nil	nil	511
print(tonumber("7fffffff", 16), tonumber("ffffffff", 16), tonumber("11111111111111111111111111111111", 2)) -- expect: 2147483647	4294967295	4294967295
print(tonumber(10, 16), tonumber(1e15, 10), tonumber(1.5, 10), tonumber(101, 2)) -- expect: 16	1e+15	1.5	5
print(tonumber("5", nil), tonumber(5, 10), tonumber("abc", 10)) -- expect: 5	5	nil
print(pcall(tonumber, "10", 1)) -- expect: false	bad argument #2 to '?' (base out of range)
print(pcall(tonumber, "10", 37)) -- expect: false	bad argument #2 to '?' (base out of range)
print(pcall(tonumber, "10", "x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(tonumber, {}, 16)) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(pcall(tonumber, nil, 16)) -- expect: false	bad argument #1 to '?' (string expected, got nil)
print(pcall(tonumber, true, 10)) -- expect: true	nil
print(tonumber("10", 16.9), tonumber("10", "16")) -- expect: 16	16
print(tonumber("1\0"), tonumber("0x1p4"), tonumber("0x.8")) -- expect: 1	16	0.5
print(tonumber("nope"), tonumber("true"), tonumber("1f"), tonumber("1d"), tonumber("1l"), tonumber("0b1"), tonumber("0o7")) -- expect: nil	nil	nil	nil	nil	nil	nil

print(tostring(nil), tostring(true), tostring(false), tostring(5), tostring(-5.5), tostring("s")) -- expect: nil	true	false	5	-5.5	s
print(tostring(1e15), tostring(1e14), tostring(123456.789), tostring(1/3)) -- expect: 1e+15	1e+14	123456.789	0.33333333333333
print(pcall(tostring)) -- expect: false	bad argument #1 to '?' (value expected)
print(tostring(tostring(nil)) == "nil", type(tostring(5))) -- expect: true	string
print(tostring({}):match("^(table: )0x%x+$"), tostring(coroutine.create(function() end)):match("^(thread: )0x%x+$")) -- expect: table: 	thread: 
print(tostring(newproxy()):match("^(userdata: )0x%x+$"), tostring(function() end):match("^(function: )0x%x+$")) -- expect: userdata: 	function: 
local t = {}
print(tostring(t) == tostring(t), tostring(t) == tostring({})) -- expect: true	false
print(type(nil), type(1), type("s"), type({}), type(print), type(true), type(newproxy()), type(coroutine.create(function() end))) -- expect: nil	number	string	table	function	boolean	userdata	thread
print(pcall(type)) -- expect: false	bad argument #1 to '?' (value expected)
print(type(nil, 1)) -- expect: nil
