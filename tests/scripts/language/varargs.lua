-- Varargs, select, unpack and the old `arg` table.

local function count(...) return select("#", ...) end
print(count(), count(nil), count(nil, nil), count(1, nil, 3, nil)) -- expect: 0	1	2	4
local function pass(...) return ... end
print(pass()) -- expect:
print(pass(1, 2, 3)) -- expect: 1	2	3
print((pass(1, 2, 3))) -- expect: 1
print(pass(1, 2), pass(3, 4)) -- expect: 1	3	4
print(count(pass()), count((pass())), count(pass(), pass()), count(pass(nil, nil))) -- expect: 0	1	1	2
local function first(a, ...) return a, select("#", ...) end
print(first()) -- expect: nil	0
print(first(1)) -- expect: 1	0
print(first(1, 2, nil)) -- expect: 1	2
local function tail(_, ...) return ... end
print(tail(1, 2, 3)) -- expect: 2	3
print(tail(1)) -- expect:
local function sum(...)
  local s = 0
  for i = 1, select("#", ...) do s = s + (select(i, ...)) end
  return s
end
print(sum(), sum(1), sum(1, 2, 3), sum(unpack { 1, 2, 3, 4 })) -- expect: 0	1	6	10
local function collect(...) local t = { ... } return #t, t[1], t[2], t[3] end
print(collect()) -- expect: 0	nil	nil	nil
print(collect(1, 2)) -- expect: 2	1	2	nil
print(collect(1, 2, 3)) -- expect: 3	1	2	3
local function mid(...) local t = { "a", ..., "b" } return #t, t[1], t[2], t[3] end
print(mid(1, 2, 3)) -- expect: 3	a	1	b
print(mid()) -- expect: 3	a	nil	b
local function last(...) local t = { "a", "b", ... } return #t, t[3], t[4] end
print(last(1, 2)) -- expect: 4	1	2
print(last()) -- expect: 2	nil	nil
local function locals(...) local a, b, c = ... return c, b, a end
print(locals(1, 2, 3, 4)) -- expect: 3	2	1
print(locals(1)) -- expect: nil	nil	1
local function assign(...) local a, b a, b = 0, ... return a, b end
print(assign(7, 8)) -- expect: 0	7
print((function(...) return select(2, ...) end)("a", "b", "c")) -- expect: b	c
print(select(-1, "a", "b", "c"), select(-3, "a", "b", "c")) -- expect: c	a	b	c
print(select(4, "a", "b", "c")) -- expect:
print(select("#"), select("#", nil, nil)) -- expect: 0	2
print(select("2", "a", "b"), select(1.9, "a", "b")) -- expect: b	a	b
print(pcall(select, 0)) -- expect: false	bad argument #1 to '?' (index out of range)
print(pcall(select, -1)) -- expect: false	bad argument #1 to '?' (index out of range)
print(pcall(select, -4, 1, 2, 3)) -- expect: false	bad argument #1 to '?' (index out of range)
print(pcall(select)) -- expect: false	bad argument #1 to '?' (number expected, got no value)
print(pcall(select, "x")) -- expect: false	bad argument #1 to '?' (number expected, got string)
print(unpack({ 1, 2, 3 })) -- expect: 1	2	3
print(unpack({ 1, 2, 3 }, 2)) -- expect: 2	3
print(unpack({ 1, 2, 3 }, 2, 3)) -- expect: 2	3
print(unpack({}, 1, 3)) -- expect: nil	nil	nil
print(unpack({ 1, 2 }, 0)) -- expect: nil	1	2
print(unpack({ 1, 2 }, 3)) -- expect:
print(unpack({ 1, 2 }, -1, 1)) -- expect: nil	nil	1
-- The old arg table: in functions that are vararg but do not use `...`.
local function old(...) return arg.n, arg[1], arg[2] end
print(old()) -- expect: 0	nil	nil
print(old(1)) -- expect: 1	1	nil
print(old(1, nil)) -- expect: 2	1	nil
print(old(nil, nil, nil)) -- expect: 3	nil	nil
local function old2(a, ...) return a, arg.n, #arg, unpack(arg) end
print(old2(1, 2, 3)) -- expect: 1	2	2	2	3
print(old2(1)) -- expect: 1	0	0
local function new(...) local x = ... return arg and type(arg.n), x end
print(new(5)) -- expect: nil	5
local function shadow(...) local arg = "mine" return arg end
print(shadow(1)) -- expect: mine
-- In a vararg function that uses ..., arg is the global one.
print((function(...) return select("#", ...), arg == _G.arg end)(1, 2)) -- expect: 2	false
print((function(...) return arg == _G.arg end)(1, 2)) -- expect: false
print(loadstring("return ...")(1, 2), loadstring("return select('#', ...)")()) -- expect: 1	0
print(loadstring("return arg == _G.arg")(9)) -- expect: true
-- Varargs and closures.
local function wrap(...) local t = { n = select("#", ...), ... } return function() return unpack(t, 1, t.n) end end
print(wrap(1, nil, 3)()) -- expect: 1	nil	3
print(count(wrap(nil, nil)())) -- expect: 2
print(select(2, loadstring("function f(...) return function() return ... end end", "=v"))) -- expect: v:1: cannot use '...' outside a vararg function near '...'
print(select(2, loadstring("function f() return ... end", "=v"))) -- expect: v:1: cannot use '...' outside a vararg function near '...'
print(select(2, loadstring("function f(..., a) end", "=v"))) -- expect: v:1: ')' expected near ','
-- Many values.
local big = {}
for i = 1, 200 do big[i] = i end
print(count(unpack(big)), (select(200, unpack(big))), sum(unpack(big))) -- expect: 200	200	20100
print(#{ unpack(big) }, #{ 0, unpack(big) }, #{ unpack(big), 1 }) -- expect: 200	201	2
print(math.max(unpack(big)), string.char(unpack(big, 65, 90))) -- expect: 200	ABCDEFGHIJKLMNOPQRSTUVWXYZ
print(pcall(pass, 1, 2)) -- expect: true	1	2
print(pcall(count, nil, nil)) -- expect: true	2
