-- Tail calls run in constant stack space.

local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
print(loop(1000000)) -- expect: done
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(100000), odd(100000), even(7)) -- expect: true	false	false
local function acc(n, a) if n == 0 then return a end return acc(n - 1, a + n) end
print(acc(100000, 0)) -- expect: 5000050000
local obj = { count = 0 }
function obj:step(n) self.count = self.count + 1 if n == 0 then return self.count end return self:step(n - 1) end
print(obj:step(50000)) -- expect: 50001
local function va(n, ...) if n == 0 then return select("#", ...), ... end return va(n - 1, ...) end
print(va(50000, "a", nil, "c")) -- expect: 3	a	nil	c
local function grow(n, ...) if n == 0 then return select("#", ...) end return grow(n - 1, n, ...) end
print(grow(150)) -- expect: 150
-- Through __call.
local c = setmetatable({}, {})
getmetatable(c).__call = function(self, n) if n == 0 then return "called" end return self(n - 1) end
print(c(20000)) -- expect: called
-- Into a built-in function.
local function builtin(...) return select("#", ...) end
print(builtin(1, 2, 3)) -- expect: 3
local function m(a, b) return math.max(a, b) end
print(m(3, 4)) -- expect: 4
-- Through coroutine.wrap and upvalues that must be closed.
local fs = {}
local function closing(n) local v = n fs[#fs + 1] = function() return v end if n == 0 then return #fs end return closing(n - 1) end
print(closing(100), fs[1](), fs[101](), fs[50]()) -- expect: 101	100	0	51
-- These are not tail calls.
local function paren(n) if n == 0 then return 1, 2 end return (paren(n - 1)) end
print(paren(10)) -- expect: 1
local function plus(n) if n == 0 then return 0 end return 1 + plus(n - 1) end
print(plus(1000)) -- expect: 1000
-- Results keep their number.
local function ret(n) if n == 0 then return nil, nil, nil end return ret(n - 1) end
print(select("#", ret(10))) -- expect: 3
-- Errors within tail calls.
local function bad(n) if n == 0 then error("deep") end return bad(n - 1) end
print(pcall(bad, 1000)) -- expect: false	tailcalls.lua:40: deep
local function target() error("level 2", 2) end
local function tailer() return target() end
print(pcall(tailer)) -- expect: false	level 2
print(pcall(function() return error("from C") end)) -- expect: false	tailcalls.lua:45: from C
print(pcall(function() return nil_function() end)) -- expect: false	tailcalls.lua:46: attempt to call global 'nil_function' (a nil value)
-- A state machine.
local states = {}
function states.a(n, s) if n == 0 then return s end return states.b(n - 1, s .. "a") end
function states.b(n, s) if n == 0 then return s end return states.c(n - 1, s .. "b") end
function states.c(n, s) if n == 0 then return s end return states.a(n - 1, s .. "c") end
print(states.a(10, "")) -- expect: abcabcabca
