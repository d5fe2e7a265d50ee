-- string.format
print(("%d %i"):format(42, -7), ("%5d|%-5d|%05d|%+d|% d"):format(42, 42, 42, 42, 42), ("%.3d|%5.3d|%-6.3d|"):format(5, 5, 5)) -- expect: 42 -7	   42|42   |00042|+42| 42	005|  005|005   |
print(("%d"):format(3.7), ("%d"):format(-3.7), ("%d"):format("10"), ("%d"):format(2^31), ("%d"):format(-2^31), ("%d"):format(2^53)) -- expect: 3	-3	10	2147483648	-2147483648	9007199254740992
print(("%u"):format(42), ("%u"):format(2^32), ("%c%c%c"):format(76, 117, 97), ("[%5c]"):format(65), ("[%-5c]"):format(65)) -- expect: 42	4294967296	Lua	[    A]	[A    ]
print(("%o %x %X"):format(8, 255, 255), ("%#o %#x %#X"):format(8, 255, 255), ("%08x|%-8x|%8X"):format(255, 255, 255), ("%x"):format(2^32), ("%x"):format(0)) -- expect: 10 ff FF	010 0xff 0XFF	000000ff|ff      |      FF	100000000	0
print(("%e"):format(12345.678), ("%E"):format(0.00012), ("%.2e|%12.2e|%-12.2e|%+e"):format(1.5, 1.5, 1.5, 1.5), ("%.0e"):format(15), ("%#.0e"):format(15)) -- expect: 1.234568e+04	1.200000E-04	1.50e+00|    1.50e+00|1.50e+00    |+1.500000e+00	2e+01	2.e+01
print(("%f"):format(3.14159), ("%.2f|%8.2f|%-8.2f|%08.2f|%+.1f"):format(3.14159, 3.14159, 3.14159, 3.14159, 3.14159), ("%.0f %.0f %.0f"):format(0.5, 1.5, 2.5), ("%#.0f"):format(3)) -- expect: 3.141590	3.14|    3.14|3.14    |00003.14|+3.1	0 2 2	3.
print(("%g %g %g %g"):format(100000, 1000000, 0.0001, 0.00001), ("%G"):format(1e-10), ("%.3g|%10.3g|%-10.3g|%#g"):format(1234.5, 1234.5, 1234.5, 1.5), ("%g"):format(1e15)) -- expect: 100000 1e+06 0.0001 1e-05	1E-10	1.23e+03|  1.23e+03|1.23e+03  |1.50000	1e+15
print(("%.14g %.17g %.20f"):format(0.1, 0.1, 0.1), ("%.99f"):format(1):len(), ("%5.1f|%-7.3e|"):format(-2.25, -2.25)) -- expect: 0.1 0.10000000000000001 0.10000000000000000555	101	 -2.2|-2.250e+00|
print(("%f %g %e %d"):format(1/0, 1/0, -1/0, 0), ("%5.1f|%-8g|%08g"):format(1/0, 1/0, -1/0), ("%.1f"):format(0/0):gsub("-", "")) -- expect: inf inf -inf 0	  inf|inf     |    -inf	nan	1
print(("%s %s %s"):format("str", 5, 1.5), ("%10s|%-10s|%.2s|%5.1s|"):format("abc", "abc", "abc", "abc"), ("%s"):format("a\0b"):len(), ("%s"):format(("x"):rep(200)):len()) -- expect: str 5 1.5	       abc|abc       |ab|    a|	1	200
print(("%.3s"):format(("long"):rep(100)), ("%20s|"):format(""), ("%-20s|"):format("left"), ("%.0s|"):format("gone"), ("%5s"):format(12)) -- expect: lon	                    |	left                |	|	   12
print(pcall(string.format, "%s", nil)) -- expect: false	bad argument #2 to '?' (string expected, got nil)
print(pcall(string.format, "%s", {})) -- expect: false	bad argument #2 to '?' (string expected, got table)
print(pcall(string.format, "%s", true)) -- expect: false	bad argument #2 to '?' (string expected, got boolean)
print(pcall(string.format, "%s", print)) -- expect: false	bad argument #2 to '?' (string expected, got function)
print(("%q"):format("plain"), ("%q"):format('with "quotes" and \\'), ("%q"):format("line\nbreak"), ("%q"):format("nul\0zero"), ("%q"):format("tab\tcr\r"):len(), ("%q"):format(5)) -- expect: "plain"	"with \"quotes\" and \\"	"line\
-- expect: break"	"nul\000zero"	10	"5"
print(("%%"):format(), ("100%%"):format(), ("%d%%"):format(50), ("no directives"):format(1, 2), (""):format()) -- expect: %	100%	50%	no directives	
print(pcall(string.format, "%d")) -- expect: false	bad argument #2 to '?' (no value)
print(pcall(string.format, "%d", "x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(string.format, "%d", {})) -- expect: false	bad argument #2 to '?' (number expected, got table)
print(pcall(string.format, "%d", nil)) -- expect: false	bad argument #2 to '?' (number expected, got nil)
print(pcall(string.format, "%s")) -- expect: false	bad argument #2 to '?' (no value)
print(pcall(string.format, "%y", 1)) -- expect: false	invalid option '%y' to 'format'
print(pcall(string.format, "%", 1)) -- expect: false	invalid option '%' to 'format'
print(pcall(string.format, "%ld", 1)) -- expect: false	invalid option '%l' to 'format'
print(pcall(string.format, "%5", 1)) -- expect: false	invalid option '%' to 'format'
print(pcall(string.format, "%F", 1)) -- expect: false	invalid option '%F' to 'format'
print(pcall(string.format, "%p", 1)) -- expect: false	invalid option '%p' to 'format'
print(pcall(string.format, "%123d", 1)) -- expect: false	invalid format (width or precision too long)
print(pcall(string.format, "%.123f", 1)) -- expect: false	invalid format (width or precision too long)
print(pcall(string.format, "%0000005d", 1)) -- expect: false	invalid format (repeated flags)
print(pcall(string.format, "%+-+ #0d", 1)) -- expect: false	invalid format (repeated flags)
print(pcall(string.format, "%*d", 1, 2)) -- expect: false	invalid option '%*' to 'format'
print(pcall(string.format, "%1.2.3f", 1)) -- expect: false	invalid option '%.' to 'format'
print(pcall(string.format)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(string.format, nil)) -- expect: false	bad argument #1 to '?' (string expected, got nil)
print(pcall(string.format, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(string.format(5)) -- expect: 5
print(pcall(string.format, "%c", "x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(string.format, "%q")) -- expect: false	bad argument #2 to '?' (no value)
print(pcall(string.format, "%q", {})) -- expect: false	bad argument #2 to '?' (string expected, got table)
print(("%5d|%5s|%5.1f|%5x|%5g|%5c|"):format(1, 2, 3, 4, 5, 54)) -- expect:     1|    2|  3.0|    4|    5|    6|
print(("%-5d|%-5s|%-5.1f|%-5x|%-5g|%-5c|"):format(1, 2, 3, 4, 5, 54)) -- expect: 1    |2    |3.0  |4    |5    |6    |
print(("%05d|%05.1f|%05x|%05g|"):format(-1, -3, 4, -5)) -- expect: -0001|-03.0|00004|-0005|
print(("%+5d|%+5.1f|%+5g|% 5d|% .1f|% g|"):format(1, 3, 5, 1, 3, 5)) -- expect:    +1| +3.0|   +5|    1| 3.0| 5|
print(("%#x|%#o|%#.3g|%#g|"):format(0, 0, 1, 1)) -- expect: 0|0|1.00|1.00000|
print(("%.10d|%.0d|%5.0d|"):format(123, 0, 0)) -- expect: 0000000123||     |
print(("%+d|%+d|% d"):format(0, -1, -1)) -- expect: +0|-1|-1
print(("%i, %i"):format(-0.9, 0.9), ("%d"):format("0x10"), ("%x"):format("255"), ("%g"):format("1e2"), ("%s"):format(1e100), ("%d"):format(" 7 "), ("%5.2s|"):format("abc")) -- expect: 0, 0	16	ff	100	1e+100	7	   ab|
print(("%d %s %d"):format(1, "two", 3, "extra"), ("%s %s"):format("%d", "%s"), ("%s"):rep(3, " "):format(1, 2, 3), ("%c"):format(0):byte()) -- expect: 1 two 3	%d %s	123
print(("%99d"):format(1):len(), ("%-99s"):format("x"):len(), ("%.99s"):format(("x"):rep(200)):len(), ("%99.99f"):format(1/3):sub(1, 20)) -- expect: 99	99	99	0.333333333333333314
print(("%g %g %g"):format(2^53, 2^63, 1e21), ("%.0f %.0f"):format(2^53, 2^63), ("%.3f"):format(2/3), ("%5.3g|"):format(0.00012345), ("%g"):format(123456789)) -- expect: 9.0072e+15 9.22337e+18 1e+21	9007199254740992 9223372036854775808	0.667	0.000123|	1.23457e+08
print(("%.14g"):format(3.14159265358979), ("%.15g"):format(0.1), ("%.16g"):format(0.1), ("%.17g"):format(1/3), ("%10.4f|"):format(math.pi), ("%e"):format(0), ("%g"):format(0), ("%g"):format(-0.5)) -- expect: 3.1415926535898	0.1	0.1	0.33333333333333331	    3.1416|	0.000000e+00	0	-0.5
