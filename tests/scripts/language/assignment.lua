-- Assignment: adjustment, order, swaps.

local a, b, c = 1, 2
print(a, b, c) -- expect: 1	2	nil
local d, e = 1, 2, 3
print(d, e) -- expect: 1	2
a, b = b, a
print(a, b) -- expect: 2	1
a, b, c = b, a
print(a, b, c) -- expect: 1	2	nil

local function three() return 1, 2, 3 end
local x, y, z, w = three()
print(x, y, z, w) -- expect: 1	2	3	nil
x, y, z, w = 0, three()
print(x, y, z, w) -- expect: 0	1	2	3
x, y, z, w = three(), 10
print(x, y, z, w) -- expect: 1	10	nil	nil
x, y, z = (three())
print(x, y, z) -- expect: 1	nil	nil
local function none() end
local p, q = none()
print(p, q) -- expect: nil	nil
p, q = none(), 5
print(p, q) -- expect: nil	5

-- Table and key expressions are evaluated before assigning.
local i, t = 1, {}
i, t[i] = i + 1, 20
print(i, t[1], t[2]) -- expect: 2	20	nil
t = { 1, 2 }
t[1], t[2] = t[2], t[1]
print(t[1], t[2]) -- expect: 2	1
local u = { 5 }
local v = u
u[1], u = 7, nil
print(v[1], u) -- expect: 7	nil
local m = {}
m.a, m.b, m.c = 1, 2
print(m.a, m.b, m.c) -- expect: 1	2	nil
do
  local a = { n = 1 }
  local old = a
  a.next, a = a, "changed"
  print(old.next == old, a) -- expect: true	changed
end

-- Assignments store from right to left.
local log = {}
local proxy = setmetatable({}, { __newindex = function(_, k, v) log[#log + 1] = k .. "=" .. tostring(v) end })
proxy.a, proxy.b, proxy.c = 1, 2, 3
print(table.concat(log, " ")) -- expect: c=3 b=2 a=1

-- Operands are evaluated from left to right.
local order = {}
local function note(v) order[#order + 1] = v return v end
local r = note(1) + note(2) * note(3)
local s = { note(4), note(5), [note(6)] = note(7) }
note(s)[note(8)] = note(9)
order[8] = "s"
print(r, table.concat(order, " ")) -- expect: 7	1 2 3 4 5 6 7 s 8 9

-- Globals.
g1, g2 = 1
print(g1, g2, rawget(_G, "g1")) -- expect: 1	nil	1
_G.g3 = 3
print(g3) -- expect: 3
_G["odd name"] = 4
print(_G["odd name"]) -- expect: 4
g1 = nil
print(g1) -- expect: nil

-- Upvalues and nested targets.
local up = 0
local function bump() up = up + 1 return up end
local list = {}
list[bump()], list[bump()] = bump(), bump()
print(list[1], list[2], up) -- expect: 3	4	4
local deep = { a = { b = { c = {} } } }
deep.a.b.c.d, deep.a.b.e = "d", "e"
print(deep.a.b.c.d, deep.a.b.e) -- expect: d	e
local function swap(a, b) return b, a end
a, b = swap(1, 2)
print(a, b) -- expect: 2	1
a, a = 1, 2
print(a) -- expect: 1
local k1, k1 = "first", "second"
print(k1) -- expect: second
