-- needs: io
-- io.popen
local p = io.popen("echo hello; echo world") print(io.type(p), p:read(), p:read("*a"), p:close()) -- expect: file	hello	world
-- expect: 	true
for l in io.popen("printf 'a\\nb\\nc'"):lines() do io.write(l, ";") end print() -- expect: a;b;c;
p = io.popen("exit 3") print(p:read("*a") == "", p:close()) -- expect: true	true
p = io.popen("cat", "r") print(type(p:read("*a"))) p:close() -- expect: string
-- expect: through cat
io.stdout:flush()
p = io.popen("cat", "w") p:write("through cat\n") print(p:close()) -- expect: true
print(pcall(io.popen)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(tostring(p), pcall(p.read, p)) -- expect: file (closed)	false	attempt to use a closed file
p = io.popen("echo 12 34") print(p:read("*n", "*n")) p:close() -- expect: 12	34
