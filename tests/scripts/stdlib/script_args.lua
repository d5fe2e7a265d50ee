-- args: one two --three 4
print(...) -- expect: one	two	--three	4
print(select("#", ...), arg[0], arg[1], arg[4], arg[5], #arg) -- expect: 4	script_args.lua	one	4	nil	4
local n = 0
for i in pairs(arg) do if i > 0 then n = n + 1 end end
print(n, type(arg[-1]), arg.n, (...) == arg[1]) -- expect: 4	string	nil	true
local function f(...) return arg.n, arg[1] end
print(f("x", "y")) -- expect: 2	x
