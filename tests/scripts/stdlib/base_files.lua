-- needs: io
-- options: --allow-bytecode
-- dofile, loadfile
local name = os.tmpname()
local function write(text) local f = assert(io.open(name, "w")) f:write(text) f:close() end
local show = function(...)
  local n, t = select("#", ...), { ... }
  for i = 1, n do
    local s = tostring(t[i])
    local a, b = s:find(name, 1, true)
    t[i] = a and s:sub(1, a - 1) .. "FILE" .. s:sub(b + 1) or s
  end
  print(table.concat(t, "\t"))
end
write("return 1, 'two', ...")
show(dofile(name)) -- expect: 1	two
show(loadfile(name)(3)) -- expect: 1	two	3
show(select("#", loadfile(name)())) -- expect: 2
write("x = 10 y = x + 1")
show(dofile(name)) -- expect:
show(x, y) -- expect: 10	11
write("x = = 1")
show(loadfile(name)) -- expect: nil	FILE:1: unexpected symbol near '='
show(pcall(dofile, name)) -- expect: false	FILE:1: unexpected symbol near '='
write("#!/usr/bin/lua\nreturn 'shebang', debug == nil")
show(dofile(name)) -- expect: shebang	false
write("# a comment line without newline")
show(dofile(name)) -- expect:
write("# comment\nerror('line 2')")
show(pcall(dofile, name)) -- expect: false	FILE:2: line 2
write("error({ 1 })")
show(type(select(2, pcall(dofile, name)))) -- expect: table
write("")
show(dofile(name)) -- expect:
write("return (...) == nil, getfenv(1) == _G")
show(dofile(name)) -- expect: true	true
local f = loadfile(name)
setfenv(f, { getfenv = getfenv, _G = "fake" })
show(f()) -- expect: true	false
write("local function f() return f end return f() ~= nil")
show(dofile(name)) -- expect: true
local out = assert(io.open(name, "wb"))
out:write(string.dump(function(...) return "binary", ... end))
out:close()
show(dofile(name)) -- expect: binary
show(loadfile(name)(1)) -- expect: binary	1
os.remove(name)
show(loadfile(name)) -- expect: nil	cannot open FILE: No such file or directory
show(pcall(dofile, name)) -- expect: false	cannot open FILE: No such file or directory
show(pcall(dofile, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
show(pcall(loadfile, {})) -- expect: false	bad argument #1 to '?' (string expected, got table)
