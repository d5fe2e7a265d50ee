-- os: date, time, clock, getenv, difftime, tmpname, remove, rename, exit codes
print(os.date("!%Y-%m-%d %H:%M:%S", 0), os.date("!%c", 0), os.date("!%x %X %p", 0)) -- expect: 1970-01-01 00:00:00	Thu Jan  1 00:00:00 1970	01/01/70 00:00:00 AM
print(os.date("!%A %a %B %b %d %j %U %w %W %y %%", 86400 * 45), os.date("!%I %M", 3600 * 13 + 61), os.date("!%H", 2^31 - 1), os.date("!%Y", 2^31 - 1)) -- expect: Sunday Sun February Feb 15 046 07 0 06 70 %	01 01	03	2038
local t = os.date("!*t", 1e9)
print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst) -- expect: 2001	9	9	1	46	40	1	252	false
t = os.date("*t", 0) print(t.year, t.month, t.day, t.hour, t.isdst) -- expect: 1970	1	1	0	false
print(type(os.date()), os.date("!%d", -86400), os.date("!", 0) == "", os.date("", 0) == "", os.date("!%H%%%M", 60), os.date("plain text", 0)) -- expect: string	31	true	true	00%01	plain text
print(os.time({ year = 1970, month = 1, day = 1, hour = 0 }), os.time({ year = 2000, month = 1, day = 1, hour = 12, min = 30, sec = 15 }), os.time({ year = 2000, month = 1, day = 1 })) -- expect: 0	946729815	946728000
print(os.time({ year = 2000, month = 13, day = 1, hour = 0 }) == os.time({ year = 2001, month = 1, day = 1, hour = 0 }), os.time({ year = 2000, month = 1, day = 0, hour = 0 }) == os.time({ year = 1999, month = 12, day = 31, hour = 0 })) -- expect: true	true
print(os.time({ year = 2000, month = 3, day = -1, hour = 0 }) == os.time({ year = 2000, month = 2, day = 28, hour = 0 }), os.time({ year = 2000, month = 1, day = 1, hour = 24 }) == os.time({ year = 2000, month = 1, day = 2, hour = 0 })) -- expect: true	true
print(os.time({ year = 2000, month = 1, day = 1, hour = 0, min = -1, sec = 120 }), os.time({ year = "2000", month = "1", day = "2", hour = "3" }), os.time({ year = 1969, month = 12, day = 31, hour = 23 })) -- expect: 946684860	946782000	-3600
print(os.time({ year = 2004, month = 2, day = 29, hour = 0 }) + 86400 == os.time({ year = 2004, month = 3, day = 1, hour = 0 }), os.date("!%d.%m.%Y", os.time({ year = 2023, month = 14, day = 35, hour = 0 }))) -- expect: true	06.03.2024
print(pcall(os.time, {})) -- expect: false	field 'day' missing in date table
print(pcall(os.time, { year = 2000 })) -- expect: false	field 'day' missing in date table
print(pcall(os.time, { year = 2000, month = 1 })) -- expect: false	field 'day' missing in date table
print(pcall(os.time, { year = "x", month = 1, day = 1 })) -- expect: false	field 'year' missing in date table
print(pcall(os.time, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(type(os.time()), os.time() > 1e9, os.difftime(10, 5), os.difftime(5, 10.5), os.difftime(5), type(os.clock()), os.clock() >= 0) -- expect: number	true	5	-5	5	number	true
print(pcall(os.difftime)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(pcall(os.difftime, "x", {})) -- expect: false	bad argument #2 to '?' (number expected, got table)
print(pcall(os.difftime, "x", 1)) -- expect: false	bad argument #1 to '?' (number expected, got string)
print(pcall(os.date, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(pcall(os.date, "%Y", "x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(os.date, "!%H", {})) -- expect: false	bad argument #2 to '?' (number expected, got table)
print(os.getenv("FERROUS_NO_SUCH_VARIABLE"), type(os.getenv("PATH")), os.getenv("TZ"), pcall(os.getenv)) -- expect: nil	string	UTC	false	bad argument #1 to '?' (string expected, got no value)
print(pcall(os.getenv, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
local name = os.tmpname()
print(type(name), #name > 0, os.rename(name, name .. ".x"), os.remove(name .. ".x")) -- expect: string	true	true	true
print((select(2, os.remove(name)):gsub("^.*: ", "")), select(3, os.remove(name)), (os.remove(name))) -- expect: No such file or directory	2	nil
print(os.remove("no/such/file")) -- expect: nil	no/such/file: No such file or directory	2
print(os.rename("no/such/file", "other")) -- expect: nil	no/such/file: No such file or directory	2
print(pcall(os.remove)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(os.rename, "x")) -- expect: false	bad argument #2 to '?' (string expected, got no value)
print(os.setlocale(), os.setlocale("C"), os.setlocale(nil, "numeric"), os.setlocale("no_such_locale"), os.setlocale("C", "all"), pcall(os.setlocale, "C", "nope")) -- expect: C	C	C	nil	C	false	bad argument #2 to '?' (invalid option 'nope')
print(os.execute("exit 0"), os.execute("exit 3"), os.execute("true"), os.execute() ~= 0) -- expect: 0	768	0	true
local names = {}
for k in pairs(os) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " ")) -- expect: clock date difftime execute exit getenv remove rename setlocale time tmpname
-- Round trip of dates
for _, s in ipairs { 0, 1, 86399, 951782400, 1078012800, 1700000000, 2147483647 } do
  local d = os.date("!*t", s)
  d.isdst = nil
  io.write(os.time(d) == s and "ok" or "wrong", " ", os.date("!%Y-%m-%dT%H:%M:%S", s), ";")
end
-- expect: ok 1970-01-01T00:00:00;ok 1970-01-01T00:00:01;ok 1970-01-01T23:59:59;ok 2000-02-29T00:00:00;ok 2004-02-29T00:00:00;ok 2023-11-14T22:13:20;ok 2038-01-19T03:14:07;
print()
