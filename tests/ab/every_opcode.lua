-- Executes each of the 38 opcodes, and prints what comes of it. Its loops end also where one opcode is wrong.
local out = {}
local function put(...) local t = {n = select('#', ...), ...} for i = 1, t.n do out[#out + 1] = tostring(t[i]) end end
G = 5
G = G + 1 put(G)
local up = 1
local function bump() up = up + 1 return up end
put(bump(), bump())
local a, b, c = 7, 3, nil
put(a + b, a - b, a * b, a / b, a % b, a ^ b, -a, not a, #"abc", a .. b, c)
local o = {v = 1, m = function(self, x) self.v = self.v + x return self.v end}
put(o:m(2), o.v)
if a == b then put('eq') else put('ne') end
if a < b then put('lt') end if b <= a then put('le') end
local x = a and b put(x) x = c or b put(x) x = c and b put(x) x = a or b put(x)
if c then put 'c' else put 'no c' end
local function tail(f, ...) return f(...) end
put(tail(function(p, q) return q, p end, 1, 2))
for i = 3, 1, -1 do put(i) end
for k, v in ipairs {10, 20} do put(k, v) end
local fs = {} for i = 1, 3 do local j = i fs[i] = function() j = j + 1 return j end end
put(fs[1](), fs[1](), fs[2](), fs[3]())
local n = 0 for i = 1, 9 do n = n + i if n > 4 then break end end put(n)
do local k = n fs[1] = function() return k end end put(fs[1]())
local function va(...) local p, q = ... return q, p, ... end put(va(1, 2, 3))
local l = {1, 2, 3, 4, 5} put(#l, l[3]) local e = {} e[1] = true e.x = false put(e[1], e.x, e.y)
local n1, n2, n3 put(n1, n2, n3) put(a == 7, b == 'z', a ~= b, not (a < b))
print(table.concat(out, ' '))
