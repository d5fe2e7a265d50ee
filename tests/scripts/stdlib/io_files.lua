-- needs: io
-- io: files
local name = os.tmpname()
local function content(mode) local f = assert(io.open(name, mode or "r")) local s = f:read("*a") f:close() return s end
local f = assert(io.open(name, "w"))
print(io.type(f), io.type(io.stdout), io.type(42), io.type("x"), tostring(f):match("^file %(") ) -- expect: file	file	nil	nil	file (
print(f:write("line 1\n", "line 2\n", 3, " ", 4.5, "\n") == true, f:write() , f:close()) -- expect: true	true	true
print(io.type(f), tostring(f), pcall(f.write, f, "x")) -- expect: closed file	file (closed)	false	attempt to use a closed file
print(pcall(f.close, f)) -- expect: false	attempt to use a closed file
print(pcall(function() return f:read() end)) -- expect: false	io_files.lua:10: attempt to use a closed file
print(content()) -- expect: line 1
-- expect: line 2
-- expect: 3 4.5
-- expect:
f = io.open(name)
print(f:read(), f:read("*l"), f:read("*n"), f:read("*n"), f:read(1) == "\n", f:read("*l"), f:read(0), f:read("*a") == "", f:read("*a") == "", f:read("*n"), f:read(5)) -- expect: line 1	line 2	3	4.5	true	nil	nil	true	true	nil	nil
f:close()
f = io.open(name) print(f:read(4), f:read(0) == "", f:read(3), f:read("*l", "*n", 1, "*a")) f:close() -- expect: line	true	 1
-- expect: 	line 2	3	 	4.5
-- expect:
f = io.open(name) print(f:read("*l", "*l", "*l", "*l", "*l")) f:close() -- expect: line 1	line 2	3 4.5	nil
f = io.open(name)
print(f:seek(), f:seek("set", 5), f:read(1), f:seek("cur"), f:seek("cur", -2), f:read(2), f:seek("end"), f:seek("end", -2), f:read("*a")) -- expect: 0	5	1	6	4	 1	20	18	5
-- expect:
print(f:seek("set"), f:read()) -- expect: 0	line 1
print(f:seek("set", -1)) -- expect: nil	Invalid argument	22
f:close()
-- lines
for l in io.lines(name) do io.write("[", l, "]") end print() -- expect: [line 1][line 2][3 4.5]
f = io.open(name) for l in f:lines() do io.write("<", l, ">") end print(io.type(f)) f:close() -- expect: <line 1><line 2><3 4.5>file
local iter = io.lines(name) iter() iter() iter() print(iter(), pcall(iter)) -- expect: nil	false	file is already closed
print(pcall(io.lines, "no/such/file")) -- expect: false	bad argument #1 to '?' (no/such/file: No such file or directory)
print(io.open("no/such/file")) -- expect: nil	no/such/file: No such file or directory	2
print(select("#", io.open("no/such/file"))) -- expect: 3
-- append, update
f = io.open(name, "a")
f:write("appended\n")
f:close()
print(select(2, content():gsub("\n", "\n")), #content()) -- expect: 4	29
f = io.open(name, "r+") f:write("LINE") f:seek("set", 0) print(f:read()) f:close() -- expect: LINE 1
f = io.open(name, "w+") f:write("new content") f:seek("set") print(f:read("*a")) f:close() -- expect: new content
f = io.open(name, "a+") f:write(" more") f:seek("set", 4) print(f:read("*a")) f:close() -- expect: content more
f = io.open(name, "rb") print(f:read("*a")) f:close() -- expect: new content more
print(select(2, io.open(name, "bad")):sub(#name + 1), select(3, io.open(name, "bad"))) -- expect: : Invalid argument	22
print(pcall(io.open)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(io.open, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
-- Writing to a file that is open for reading, reading from one for writing.
f = io.open(name, "r") print((f:write("x"))) f:close() -- expect: nil
f = io.open(name, "w") print(f:read("*a") == nil or true) f:close() -- expect: true
-- Binary content and very long lines
f = io.open(name, "wb") f:write("ab\r\nc\n\n", ("x"):rep(5000), "\nlast without newline") f:close()
f = io.open(name, "rb")
local l1, l2, l3, l4, l5, l6 = f:read("*l", "*l", "*l", "*l", "*l", "*l")
print(#l1, l2, l3 == "", #l4, l5, l6) -- expect: 3	c	true	5000	last without newline	nil
f:close()
local n, lens = 0, {} for l in io.lines(name) do n = n + 1 lens[n] = #l end print(n, table.concat(lens, " ")) -- expect: 5	3 1 0 5000 20
-- Numbers
f = io.open(name, "w") f:write("12 -3.5 1e3 0x10 .5 +7 word 5") f:close()
f = io.open(name)
print(f:read("*n", "*n", "*n", "*n", "*n", "*n")) -- expect: 12	-3.5	1000	16	0.5	7
print(f:read("*n")) -- expect: nil
print(f:read("*l")) -- expect: word 5
f:close()
f = io.open(name, "w") f:write("a\nb\nc") f:close()
f = io.open(name) print(f:read("*l"), f:read(1), f:read("*l"), f:read("*l"), f:read("*l")) f:close() -- expect: a	b		c	nil
f = io.open(name)
print(pcall(f.read, f, "*x")) -- expect: false	bad argument #2 to '?' (invalid format)
print(pcall(f.read, f, "x")) -- expect: false	bad argument #2 to '?' (invalid option)
print(pcall(f.read, f, {})) -- expect: false	bad argument #2 to '?' (invalid option)
print(pcall(f.seek, f, "bad")) -- expect: false	bad argument #2 to '?' (invalid option 'bad')
print(pcall(f.seek, f, "set", "x")) -- expect: false	bad argument #3 to '?' (number expected, got string)
f:close()
f = io.open(name)
print(f:setvbuf("no"), f:setvbuf("full", 1024), f:setvbuf("line"), pcall(f.setvbuf, f, "bad")) -- expect: true	true	true	false	bad argument #2 to '?' (invalid option 'bad')
print(f:flush()) -- expect: true
f:close()
-- Default input and output
print(io.input() == io.stdin, io.output() == io.stdout, io.type(io.stderr)) -- expect: true	true	file
io.output(name)
io.write("to the file\n", "second\n")
print(io.output() ~= io.stdout) -- expect: true
io.close()
print(pcall(io.write, "x")) -- expect: false	standard output file is closed
io.output(io.stdout)
io.input(name)
print(io.read(), io.read("*a")) -- expect: to the file	second
-- expect:
io.input(name)
print(io.read("*l", "*l", "*l")) -- expect: to the file	second	nil
io.close(io.input())
print(pcall(io.read)) -- expect: false	standard input file is closed
io.input(io.stdin)
io.input(name)
for l in io.lines() do io.write("{", l, "}") end print() -- expect: {to the file}{second}
io.close(io.input())
io.input(io.stdin)
local h = io.open(name) io.input(h) print(io.input() == h, io.read(2)) io.input(io.stdin) h:close() -- expect: true	to
print(pcall(io.input, "no/such/file")) -- expect: false	bad argument #1 to '?' (no/such/file: No such file or directory)
print(pcall(io.output, "no/such/dir/file")) -- expect: false	bad argument #1 to '?' (no/such/dir/file: No such file or directory)
-- io.tmpfile
local tmp = io.tmpfile() tmp:write("temp") tmp:seek("set") print(tmp:read("*a"), io.type(tmp), tmp:close()) -- expect: temp	file	true
-- Methods and errors
print(pcall(function() return io.stdout.write() end)) -- expect: false	io_files.lua:103: bad argument #1 to 'write' (FILE* expected, got no value)
print(pcall(io.stdout.write, 5, "x")) -- expect: false	bad argument #1 to '?' (FILE* expected, got number)
print(pcall(io.close, 5)) -- expect: false	bad argument #1 to '?' (FILE* expected, got number)
print(pcall(function() return io.stdout:nomethod() end)) -- expect: false	io_files.lua:106: attempt to call method 'nomethod' (a nil value)
print(pcall(io.write, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(pcall(io.write, nil)) -- expect: false	bad argument #1 to '?' (string expected, got nil)
print(pcall(function() return f:read() end)) -- expect: false	io_files.lua:109: attempt to use a closed file
print(pcall(io.type)) -- expect: false	bad argument #1 to '?' (value expected)
print(getmetatable(f).__index == getmetatable(f), type(getmetatable(f).__gc)) -- expect: true	function
print(io.write("chained", " ", 1, "\n") == true, io.stdout:write("method\n") == true) -- expect: chained 1
-- expect: method
-- expect: true	true
os.remove(name)
local names = {}
for k in pairs(io) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " ")) -- expect: close flush input lines open output popen read stderr stdin stdout tmpfile type write
names = {}
for k in pairs(getmetatable(io.stdout)) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " ")) -- expect: __gc __index __tostring close flush lines read seek setvbuf write
