-- math
print(math.pi, math.huge, -math.huge, math.pi == 3.141592653589793) -- expect: 3.1415926535898	inf	-inf	true
print(math.floor(3.7), math.floor(-3.7), math.floor(5), math.ceil(3.2), math.ceil(-3.7), math.ceil(5), math.floor(1e300) == 1e300) -- expect: 3	-4	5	4	-3	5	true
print(math.abs(-5), math.abs(5), math.abs(-0.5), math.abs(-math.huge), math.abs("-3")) -- expect: 5	5	0.5	inf	3
print(math.max(1, 5, 3), math.min(1, 5, 3), math.max(-1), math.min(2, "1"), math.max(-math.huge, 0), math.max(1, 2.5, -1)) -- expect: 5	1	-1	1	0	2.5
print(math.sqrt(16), math.sqrt(2), math.sqrt(0), tostring(math.sqrt(-1)):gsub("-", "")) -- expect: 4	1.4142135623731	0	nan	1
print(math.pow(2, 10), math.pow(2, 0.5), math.pow(-8, 3), math.pow(0, 0), math.pow(2, -1), math.exp(0), math.exp(1), math.exp(-1)) -- expect: 1024	1.4142135623731	-512	1	0.5	1	2.718281828459	0.36787944117144
print(math.log(1), math.log(10), math.log(0), math.log10(100), math.log10(1000), math.log10(0.01), math.log(8, 2) == math.log(8)) -- expect: 0	2.302585092994	-inf	2	3	-2	true
print(math.sin(0), math.cos(0), math.tan(0), math.sin(1), math.cos(1), math.tan(1)) -- expect: 0	1	0	0.8414709848079	0.54030230586814	1.5574077246549
print(math.asin(1), math.acos(1), math.atan(1), math.atan2(1, 1), math.atan2(-1, -1), math.atan2(0, -1), math.atan2(1, 0)) -- expect: 1.5707963267949	0	0.78539816339745	0.78539816339745	-2.3561944901923	3.1415926535898	1.5707963267949
print(math.sinh(1), math.cosh(1), math.tanh(1), math.sinh(0), math.cosh(0), math.tanh(0)) -- expect: 1.1752011936438	1.5430806348152	0.76159415595576	0	1	0
print(math.deg(math.pi), math.rad(180), math.deg(1), math.rad(90), math.deg(0)) -- expect: 180	3.1415926535898	57.295779513082	1.5707963267949	0
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(-7, -3), math.fmod(5.5, 2), math.fmod(1, math.huge), tostring(math.fmod(1, 0)):gsub("-", "")) -- expect: 1	-1	1	-1	1.5	1	nan	1
print(math.mod == math.fmod, math.fmod(6, 3), math.fmod(1e300, 7) < 7) -- expect: true	0	true
print(math.modf(3.7)) -- expect: 3	0.7
print(math.modf(-3.7)) -- expect: -3	-0.7
print(math.modf(5)) -- expect: 5	0
print(math.modf(math.huge)) -- expect: inf	0
print(math.modf(-math.huge)) -- expect: -inf	-0
print(math.modf(0.5)) -- expect: 0	0.5
print(math.modf(1e15 + 0.5)) -- expect: 1e+15	0.5
print(math.frexp(8)) -- expect: 0.5	4
print(math.frexp(0)) -- expect: 0	0
print(math.frexp(-0.75)) -- expect: -0.75	0
print(math.frexp(1)) -- expect: 0.5	1
print(math.frexp(1e300)) -- expect: 0.74661089480258	997
print(math.frexp(5e-324)) -- expect: 0.5	-1073
print(math.ldexp(0.5, 4), math.ldexp(1, 10), math.ldexp(1, -1), math.ldexp(0.75, 2), math.ldexp(1, 1024), math.ldexp(1, -1075), math.ldexp(1, 2.9)) -- expect: 8	1024	0.5	3	inf	0	4
print(-7 % 3, 7 % -3, 5.5 % 2, -5.5 % 2, 1e15 % 7, 2^53 % 3, -1 % 1e15) -- expect: 2	-2	1.5	0.5	6	2	1e+15
print(math.floor(-0.5), math.ceil(-0.5) == 0, math.floor(0.999999999), math.ceil(1e-300), math.floor(2^53 + 1) == 2^53) -- expect: -1	true	0	1	true
math.randomseed(42) local a, b, c = math.random(), math.random(10), math.random(5, 6)
math.randomseed(42) print(a == math.random(), b == math.random(10), c == math.random(5, 6)) -- expect: true	true	true
local ok = true
for i = 1, 1000 do local r = math.random() if r < 0 or r >= 1 then ok = false end r = math.random(6) if r < 1 or r > 6 or r % 1 ~= 0 then ok = false end r = math.random(-3, 3) if r < -3 or r > 3 then ok = false end end
print(ok) -- expect: true
local seen = {} for i = 1, 500 do seen[math.random(4)] = true end print(#seen, seen[0], seen[5]) -- expect: 4	nil	nil
print(math.random(1), math.random(5, 5), math.random(1.9), select("#", math.randomseed(1))) -- expect: 1	5	1	0
print(pcall(math.random, 0)) -- expect: false	bad argument #1 to '?' (interval is empty)
print(pcall(math.random, 2, 1)) -- expect: false	bad argument #2 to '?' (interval is empty)
print(pcall(math.random, 1, 2, 3)) -- expect: false	wrong number of arguments
print(pcall(math.random, "x")) -- expect: false	bad argument #1 to '?' (number expected, got string)
print(pcall(math.random, -1)) -- expect: false	bad argument #1 to '?' (interval is empty)
print(pcall(math.randomseed)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(pcall(math.floor)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(pcall(math.floor, "x")) -- expect: false	bad argument #1 to '?' (number expected, got string)
print(pcall(math.floor, {})) -- expect: false	bad argument #1 to '?' (number expected, got table)
print(pcall(math.max)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(pcall(math.min)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(pcall(math.max, 1, "x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(math.max, 1, nil)) -- expect: false	bad argument #2 to '?' (number expected, got nil)
print(pcall(math.fmod, 1)) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(math.pow, 2)) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(math.sqrt, nil)) -- expect: false	bad argument #1 to '?' (number expected, got nil)
print(pcall(math.ldexp, 1)) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(math.frexp)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(pcall(math.atan2, 1)) -- expect: false	bad argument #2 to '?' (number expected, got no value)
print(pcall(math.abs, true)) -- expect: false	bad argument #1 to '?' (number expected, got boolean)
print(pcall(math.sin, print)) -- expect: false	bad argument #1 to '?' (number expected, got function)
print(pcall(math.modf, "1.5")) -- expect: true	1	0.5
print(pcall(math.deg, "180")) -- expect: true	10313.240312355
local names = {}
for k in pairs(math) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " ")) -- expect: abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min mod modf pi pow rad random randomseed sin sinh sqrt tan tanh
-- NaN and infinities
local nan = 0/0
print(math.max(1, nan) == 1, math.max(nan, 1) ~= math.max(nan, 1), math.min(1, nan) == 1, math.floor(nan) ~= math.floor(nan)) -- expect: true	true	true	true
print(math.floor(math.huge), math.ceil(-math.huge), math.huge - math.huge ~= 0, math.huge == math.huge + 1, -math.huge < math.huge) -- expect: inf	-inf	true	true	true
print(math.sqrt(math.huge), math.exp(1000), math.exp(-1000), math.log(math.huge), math.atan(math.huge), math.tanh(100), math.pow(0, -1)) -- expect: inf	inf	0	inf	1.5707963267949	1	inf
-- Integers in doubles
print(2^53 == 2^53 + 1, 2^53 - 1 == 2^53, 9007199254740991 + 1 == 9007199254740992, 1e308 * 10, -1e308 * 10, 5e-324 / 2) -- expect: true	false	true	inf	-inf	0
local s = 0 for i = 1, 100 do s = s + 0.1 end print(s, s == 10, string.format("%.17g", s)) -- expect: 10	false	9.9999999999999805
print(10 / 3, 1 / 7, 22 / 7, 1e20 / 3, 2 / 3 * 3 == 2, 0.1 + 0.2 == 0.3, 0.1 * 3) -- expect: 3.3333333333333	0.14285714285714	3.1428571428571	3.3333333333333e+19	true	false	0.3
