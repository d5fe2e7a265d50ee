-- and/or/not in all kinds of contexts.
local n, t, f, one = nil, true, false, 1
print(n and f, f and n, n or f, f or n, one and n, one and f, n and one or "else", f or n or one) -- expect: nil	false	false	nil	nil	false	else	1
print(not (n and f), not n and f, not (one and n) or "x", (n or one) and (f or "y"), n == nil and f == false and "both") -- expect: true	false	true	y	both
local a = n or f local b = f or n local c = one and t local d = t and one print(a, b, c, d) -- expect: false	nil	true	1
local tab = { n and 1, f or 2, one and 3 or 4, x = n or "x", [f or "k"] = one and n or "v" }
print(tab[1], tab[2], tab[3], tab.x, tab.k) -- expect: nil	2	3	x	v
local function id(...) return ... end
print(id(n and one), id(n or one), id(one and n or f), (id(n) or id(2)), id(n or id(1, 2)), id(t and id(1, 2))) -- expect: nil	1	false	2	1	1
local log = {} local function e(v) log[#log + 1] = tostring(v) return v end
local r = e(n) and e(1) or e(f) or e(2) and e(3) print(r, table.concat(log, " ")) log = {} -- expect: 3	nil false 2 3
if e(1) and (e(n) or e(2)) and not e(f) then print("taken", table.concat(log, " ")) end log = {} -- expect: taken	1 nil 2 false
if not (e(1) and e(f)) or e("unused") then print("taken", table.concat(log, " ")) end log = {} -- expect: taken	1 false
while e(f) or e(n) do end print(table.concat(log, " ")) log = {} -- expect: false nil
repeat until e(1) and not e(n) print(table.concat(log, " ")) -- expect: 1 nil
-- Comparisons as values within logic
print(1 < 2 and "lt", 1 > 2 or "not gt", (1 == 1) == true and (1 ~= 1) == false, 1 < 2 == true and not (2 < 1), (1 < 2 and 3 < 4) and 5 or 6, 1 > 2 and 3 or 4 > 3) -- expect: lt	not gt	true	true	5	true
local x = 5 local y = x > 3 and x < 10 local z = x < 3 or x > 10 local w = not (x == 5) print(y, z, w) -- expect: true	false	false
x = x == 5 and x or nil
print(x) -- expect: 5
x = x ~= 5 and "no" or (x == 5 and "yes")
print(x) -- expect: yes
local function cmp(p, q) return p < q, p <= q, p > q, p >= q, p == q, p ~= q end
print(cmp(1, 2)) -- expect: true	true	false	false	false	true
print(cmp("a", "a")) -- expect: false	true	false	true	true	false
print(cmp(0/0, 0/0)) -- expect: false	false	false	false	false	true
local m = { v = n }
m.v = m.v or {}
m.v[1] = m.v[1] or "default"
m.v[1] = m.v[1] and m.v[1] .. "!"
print(m.v[1]) -- expect: default!
local function default(v, dflt) if v == nil then v = dflt end return v end
print(default(n, 1), default(f, 1), default(0, 1)) -- expect: 1	false	0
print((n and n.x), (tab and tab.x), (tab.nope and tab.nope.x or "safe"), #(n or "abc"), (n or tab).x, (f or id)("called"), -(n or 3), (n or "con") .. "cat") -- expect: nil	x	safe	3	x	called	-3	concat
for i = n or 1, t and 2 do io.write(i, ";") end -- expect: 1;2;it;
for _, v in ipairs(n or { "it" }) do io.write(v, ";") end print()
-- Constant conditions
if nil or false then print("wrong") elseif 1 and "x" then print("const") end -- expect: const
while 1 do break end
repeat until "x"
print(nil and error("no") == nil, true or error("no"), false == nil or "ok", (nil) == (nil or nil)) -- expect: nil	true	ok	true
print(1 and 2, nil and 2, "a" or 1, nil or "b", false and nil, not 1 == nil, not nil == true, {} and "table", print and "fn") -- expect: 2	nil	a	b	false	false	true	table	fn
if not nil and not false and 0 and "" and {} and print then print("all truthy") end -- expect: all truthy
local ok = (function() return x and nil or false end)()
print(ok) -- expect: false
print((function() return n or f, f or n end)()) -- expect: false	nil
print((function(...) return ... or "none" end)(), (function(...) return (...) and "some" end)(1, 2), select("#", (function(...) return ... and ... end)(1, 2))) -- expect: none	some	1
