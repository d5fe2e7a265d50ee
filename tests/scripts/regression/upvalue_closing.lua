-- Upvalues must be closed at every way out of a block.
local fs = {}
for i = 1, 3 do local x = i * 10 fs[#fs + 1] = function() x = x + 1 return x end if i == 2 then break end end
print(fs[1](), fs[2](), fs[1](), #fs) -- expect: 11	21	12	2
fs = {}
while true do local x = #fs fs[#fs + 1] = function() return x end if x == 2 then break end end
local reuse1, reuse2, reuse3 = "clobber", "clobber", "clobber"
print(fs[1](), fs[2](), fs[3]()) -- expect: 0	1	2
fs = {}
repeat local x = #fs + 1 fs[x] = function() return x end until x == 3 or (function() return x > 5 end)()
print(fs[1](), fs[2](), fs[3]()) -- expect: 1	2	3
local function ret(n) for i = 1, 5 do local x = i * n local f = function() return x end if i == 3 then return f, x end end end
local f, v = ret(7) print(f(), v) -- expect: 21	21
local function nested() for i = 1, 3 do for j = 1, 3 do local x = i .. j if x == "22" then return function() return x end end end end end
print(nested()()) -- expect: 22
fs = {}
pcall(function() for i = 1, 3 do local x = i fs[i] = function() return x end if i == 2 then error("out") end end end)
print(fs[1](), fs[2](), fs[3]) -- expect: 1	2	nil
local saved
pcall(function() local a = "a" pcall(function() local b = "b" saved = function() return a .. b end error("inner") end) a = "changed" end)
print(saved()) -- expect: changedb
do local x = 1 fs[1] = function() return x end x = 2 end do local y = "other" end print(fs[1]()) -- expect: 2
fs = {}
for k, v in pairs { "p", "q" } do fs[k] = function() v = v .. k return v end end
print(fs[1](), fs[1](), fs[2]()) -- expect: p1	p11	q2
-- The condition of repeat may capture locals of its body.
local tests = {}
local i = 0
repeat i = i + 1 local mine = i tests[i] = function() return mine end until (function() return mine end)() >= 3
print(tests[1](), tests[2](), tests[3]()) -- expect: 1	2	3
-- A closure made in a tail-called function.
local function mk(x) return (function() return x end) end
local function tail(x) return mk(x) end
print(tail(1)(), tail(2)()) -- expect: 1	2
-- Two closures and the stack variable see the same value while open.
local function three() local n = 0 local function inc() n = n + 1 end local function get() return n end inc() inc() n = n + 10 inc() return get(), n end
print(three()) -- expect: 13	13
