-- Adjusting numbers of values.
local function f(...) return ... end
local function none() end
print((f(1, 2, 3))) -- expect: 1
print(f(1, 2, 3), 4) -- expect: 1	4
print(4, f(1, 2, 3)) -- expect: 4	1	2	3
print(f(), f()) -- expect: nil
print(f(), (f())) -- expect: nil	nil
print((none())) -- expect: nil
print(none(), none()) -- expect: nil
local t = { f(1, 2), f(3, 4) }
print(#t, t[1], t[2], t[3]) -- expect: 3	1	3	4
t = { f(1, 2), (f(3, 4)) }
print(#t) -- expect: 2
t = { none(), none() }
print(#t) -- expect: 0
t = { (none()) }
print(#t) -- expect: 0
t = { f(nil, nil, 3) }
print(#t == 3 or #t == 0, t[3]) -- expect: true	3
t = { n = f(1, 2), f(5, 6) }
print(t.n, #t) -- expect: 1	2
local a, b, c = f(1), f(2, 3)
print(a, b, c) -- expect: 1	2	3
a, b, c = f(1, 2, 3, 4)
print(a, b, c) -- expect: 1	2	3
a, b, c = (f(1, 2))
print(a, b, c) -- expect: 1	nil	nil
a, b, c = none()
print(a, b, c) -- expect: nil	nil	nil
print(f(f(f(1, 2)), f(3, 4))) -- expect: 1	3	4
print(#{ f(f(1, 2), f(3, 4)) }) -- expect: 3
print(({ f(1, 2, 3) })[2], (f("x")):upper(), #f("abc"), -f(5, 6), not f(nil, 1), f(1, 2) + f(3, 4), f("a", "b") .. f("c", "d"), f(1, 9) < f(2, 0)) -- expect: 2	X	3	-5	true	4	ac	true
if f(nil, true) then print("wrong") else print("only the first counts") end -- expect: only the first counts
local function va(...) local a, b = ..., "second" return a, b, ... end
print(va(1, 2)) -- expect: 1	second	1	2
print(va()) -- expect: nil	second
local function drop(...) local _ = ... return (...) end print(drop(1, 2), drop()) -- expect: 1	nil
print(pcall(f, 1, nil, nil)) -- expect: true	1	nil	nil
print(select("#", f(nil, nil)), select("#", (f(nil, nil))), select("#", none()), select("#", (none()))) -- expect: 2	1	0	1
-- Constructors with more than 50 items flush in batches, and the last call expands.
local function n(k) local r = {} for i = 1, k do r[i] = i end return unpack(r) end
t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, n(10) }
print(#t, t[50], t[51], t[60]) -- expect: 60	50	1	10
t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, n(2), n(3) }
print(#t, t[48], t[49], t[50], t[52]) -- expect: 52	48	1	1	3
t = { n(120) }
print(#t, t[120]) -- expect: 120	120
t = { n(120), "x" }
print(#t, t[1], t[2]) -- expect: 2	1	x
t = { "x", n(120) }
print(#t, t[121]) -- expect: 121	120
t = { x = 1, n(51), y = 2, n(51), z = 3 } print(#t, t.x, t.y, t.z, t[1], t[2], t[52]) -- expect: 2	1	2	3	1	1	nil
for _, k in ipairs { 0, 1, 49, 50, 51, 99, 100, 101 } do t = { "first", n(k) } io.write(#t, ":", tostring(t[#t]), ";") end print() -- expect: 1:first;2:1;50:49;51:50;52:51;100:99;101:100;102:101;
-- Swaps
local x, y = 1, 2
x, y = y, x
print(x, y) -- expect: 2	1
t = { 1, 2, 3 }
local i = 1
i, t[i] = i + 1, "set"
print(i, t[1], t[2]) -- expect: 2	set	2
t[1], t[2], t[3] = t[3], t[1], t[2]
print(t[1], t[2], t[3]) -- expect: 3	set	2
local p = { q = {} }
local q = p.q
p.q, p.q.r = nil, "through the old one"
print(p.q, q.r) -- expect: nil	through the old one
local k = 1
t = { 10, 20 }
k, t[k], t[k + 1] = 2, t[k + 1], t[k]
print(k, t[1], t[2]) -- expect: 2	20	10
