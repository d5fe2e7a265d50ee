-- Concatenation: right associativity, metamethods in the middle, numbers, long chains.
local log = {}
local function v(x) log[#log + 1] = tostring(x) return x end
local r = v("a") .. v(1) .. v("b") .. v(2.5)
print(r, table.concat(log, " ")) -- expect: a1b2.5	a 1 b 2.5
local mt = { __concat = function(a, b) local function s(x) return type(x) == "table" and "T" or tostring(x) end return "(" .. s(a) .. "." .. s(b) .. ")" end }
local T = setmetatable({}, mt)
print("a" .. T, T .. "a", T .. T, "a" .. "b" .. T, T .. "a" .. "b", "a" .. T .. "b", 1 .. T, T .. 1, "x" .. T .. 1 .. T .. "y", ("a" .. T) .. "b", T .. nil, nil .. T) -- expect: (a.T)	(T.a)	(T.T)	a(b.T)	(T.ab)	a(T.b)	(1.T)	(T.1)	x(T.1(T.y))	(a.T)b	(T.nil)	(nil.T)
mt.__concat = function(a, b) return setmetatable({ (rawequal(a, T) and "T" or type(a) == "table" and a[1] or a) .. (type(b) == "table" and (b[1] or "T") or b) }, mt) end
print(("a" .. "b" .. T .. "c" .. "d")[1], (T .. T .. T)[1], (1 .. T .. 2)[1]) -- expect: abTcd	TTT	1T2
local s = ""
for i = 1, 300 do s = s .. i % 10 end
print(#s, s:sub(1, 12)) -- expect: 300	123456789012
local a, b, c, d, e, f, g, h = 1, "2", 3, "4", 5, "6", 7, "8"
print(a .. b .. c .. d .. e .. f .. g .. h, a .. "" .. b .. "" .. c, "" .. "" .. "" == "", #("" .. 1 .. "")) -- expect: 12345678	123	true	1
print(pcall(function() return "a" .. nil .. "b" end)) -- expect: false	concat_order.lua:16: attempt to concatenate a nil value
print(pcall(function() return 1 .. {} .. "b" end)) -- expect: false	concat_order.lua:17: attempt to concatenate a table value
print(pcall(function() local x return "a" .. x end)) -- expect: false	concat_order.lua:18: attempt to concatenate local 'x' (a nil value)
print(pcall(function() local x return x .. "a" end)) -- expect: false	concat_order.lua:19: attempt to concatenate local 'x' (a nil value)
print(pcall(function() local x, y = {}, nil return "a" .. x .. y end)) -- expect: false	concat_order.lua:20: attempt to concatenate local 'x' (a table value)
print(pcall(function() return "a" .. (nil .. "b") end)) -- expect: false	concat_order.lua:21: attempt to concatenate a nil value
print(pcall(function() return ("x"):rep(3) .. undefined_name end)) -- expect: false	concat_order.lua:22: attempt to concatenate global 'undefined_name' (a nil value)
print(pcall(function() return log.missing .. "x" end)) -- expect: false	concat_order.lua:23: attempt to concatenate field 'missing' (a nil value)
local up = "up"
print((function() return up .. up .. 1 end)(), (function(...) return ... .. "!" end)("va"), ((function() return "m", "n" end)()) .. "x", "y" .. (function() return "m", "n" end)()) -- expect: upup1	va!	mx	ym
print("a" .. "b" == "ab", "a" .. ("b" .. "c") == ("a" .. "b") .. "c", 1 .. 2 == "12", 1 + 2 .. 3 + 4, 2 * 3 .. "", 2 ^ 2 .. 1, -1 .. -1) -- expect: true	true	true	37	6	41	-1-1
local k = "k"
local t = { [k .. 1] = "one", [k .. k] = "two" }
print(t.k1, t.kk, t["k" .. 1], #(k .. k)) -- expect: one	two	one	2
t[k .. 2], t[k .. 3] = k .. "x", k .. "y"
print(t.k2 .. t.k3) -- expect: kxky
k = k .. k .. k
print(k) -- expect: kkk
for i = 1, 3 do k = i .. k .. i end
print(k) -- expect: 321kkk123
