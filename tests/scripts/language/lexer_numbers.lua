-- Number literals and how numbers print (%.14g).

print(0, 1, 10, 007, 123456789) -- expect: 0	1	10	7	123456789
print(1.5, .5, 5., 0.1, 3.14159265358979) -- expect: 1.5	0.5	5	0.1	3.1415926535898
print(1e3, 1E3, 1e+3, 1e-3, .5e1, 5.e1) -- expect: 1000	1000	1000	0.001	5	50
print(0x10, 0xff, 0XFF, 0xAbCdEf) -- expect: 16	255	255	11259375
print(0xffffffff, 0x7fffffff, 0xfffffffffffff) -- expect: 4294967295	2147483647	4.5035996273705e+15
print(1e15, 1e14, 1e16, 123456789012345) -- expect: 1e+15	1e+14	1e+16	1.2345678901234e+14
print(99999999999999, 100000000000000, 999999999999999) -- expect: 99999999999999	1e+14	1e+15
print(2^53, 2^53 + 1, 2^31, 2^63, 2^64, -2^63) -- expect: 9.007199254741e+15	9.007199254741e+15	2147483648	9.2233720368548e+18	1.844674407371e+19	-9.2233720368548e+18
print(1e100, 1e308, 1e309, -1e309) -- expect: 1e+100	1e+308	inf	-inf
print(5e-324, 1e-320, 2^-1074, 2^-1075) -- expect: 4.9406564584125e-324	9.9998886718268e-321	4.9406564584125e-324	0
print(1/0, -1/0) -- expect: inf	-inf
print(0/0, -(0/0)) -- expect: -nan	nan
local zero = 0
print(-zero, zero * -1, zero / -5) -- expect: -0	-0	-0
print(1/(zero * -1), 1/-zero, 1/zero) -- expect: -inf	-inf	inf
print(0.1 + 0.2, 0.1 + 0.2 == 0.3, 1 - 0.9) -- expect: 0.3	false	0.1
print(1/3, 2/3, 10/3, 100/3) -- expect: 0.33333333333333	0.66666666666667	3.3333333333333	33.333333333333
print(3.0, -3.0, 1e0, 100.0) -- expect: 3	-3	1	100
print(12345.678901234567, 1234567890.12345678) -- expect: 12345.678901235	1234567890.1235
print(0.00001, 0.0001, 0.001, 1e-5, 1e-4) -- expect: 1e-05	0.0001	0.001	1e-05	0.0001
print(123456.789e3, 1e1, 1e2, 1e13) -- expect: 123456789	10	100	10000000000000
print(1 ..2, 10 .. "", 1.5 .. "|") -- expect: 12	10	1.5|
print(2^0.5, 8^(1/3), 10^2, 10^-2) -- expect: 1.4142135623731	2	100	0.01
print(3 - -3, 3 - - - 3, - -3) -- expect: 6	0	3
print(1e5 == 100000, 0x10 == 16, 1 == 1.0) -- expect: true	true	true
print(9007199254740993, 9007199254740992) -- expect: 9.007199254741e+15	9.007199254741e+15
print(4.35, 4.349999999999999999, 4.35 * 100) -- expect: 4.35	4.35	435
print(255 == 0xff, 0xA, 0Xa) -- expect: true	10	10
print(1e-7, 123e-7, 1.5e300 * 1e10) -- expect: 1e-07	1.23e-05	inf
print(314.16e-2, 0.31416E1, 34e1) -- expect: 3.1416	3.1416	340
print(1.7976931348623157e308, 2.2250738585072014e-308) -- expect: 1.7976931348623e+308	2.2250738585072e-308
print(100 % 1e15, 1e15 + 0.5, 1e14 + 0.5) -- expect: 100	1e+15	1e+14
print(123456789012345678) -- expect: 1.2345678901235e+17
print(tostring(1e15), tostring(-1e15), 1e15 .. "") -- expect: 1e+15	-1e+15	1e+15

local bad = {
  "3x", "0x", "0xg", "1e", "1e+", "1.2.3", "3..4.5", "0x1.8", "1e5x", "08a", "5_000",
}
for _, s in ipairs(bad) do
  local f, m = loadstring("return " .. s, "=n")
  print(s, f and "ok" or m)
end
-- expect: 3x	n:1: malformed number near '3x'
-- expect: 0x	n:1: malformed number near '0x'
-- expect: 0xg	n:1: malformed number near '0xg'
-- expect: 1e	n:1: malformed number near '1e'
-- expect: 1e+	n:1: malformed number near '1e+'
-- expect: 1.2.3	n:1: malformed number near '1.2.3'
-- expect: 3..4.5	n:1: malformed number near '3..4.5'
-- expect: 0x1.8	n:1: '<eof>' expected near '.8'
-- expect: 1e5x	n:1: malformed number near '1e5x'
-- expect: 08a	n:1: malformed number near '08a'
-- expect: 5_000	n:1: malformed number near '5_000'
