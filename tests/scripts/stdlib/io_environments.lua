-- needs: io debug
-- The functions of `io` and its files have the environments that PUC's have.

local env = debug.getfenv(io.lines)
print(type(env.__close), env[1] == io.stdin, env[2] == io.stdout) -- expect: function	true	true
print(env == debug.getfenv(io.open), env == debug.getfenv(io.output), env == debug.getfenv(io.close)) -- expect: true	true	true
local pipes = debug.getfenv(io.popen)
print(pipes == env, type(pipes.__close), pipes[1], pipes[2]) -- expect: false	function	nil	nil
local standard = debug.getfenv(io.stdout)
print(standard == debug.getfenv(io.stdin), standard == debug.getfenv(io.stderr), standard == env, standard == pipes) -- expect: true	true	false	false
print(standard.__close(io.stdout)) -- expect: nil	cannot close standard file
print(io.stdout:close()) -- expect: nil	cannot close standard file
print(debug.getfenv(io.stdout.write) == _G) -- expect: true
local file = io.tmpfile()
print(debug.getfenv(file) == env, env.__close(file), io.type(file)) -- expect: true	true	closed file
print(pcall(env.__close)) -- expect: false	bad argument #1 to '?' (FILE* expected, got no value)
print(pcall(env.__close, 1)) -- expect: false	bad argument #1 to '?' (FILE* expected, got number)
