-- table: insert, remove, concat, maxn, getn, setn, foreach, foreachi
local t = {}
table.insert(t, "a")
table.insert(t, "b")
table.insert(t, 1, "first")
table.insert(t, 2, "second")
table.insert(t, #t + 1, "last")
print(table.concat(t, ","), #t) -- expect: first,second,a,b,last	5
print(table.remove(t), table.remove(t, 1), table.remove(t, 2), table.concat(t, ",")) -- expect: last	first	a	second,b
print(table.remove({}), table.remove({}, 1), table.remove({ 1 }, 5), select("#", table.remove({})), table.remove({ n = 1 })) -- expect: nil	nil	nil	0
print(table.remove({ 1, 2, 3 }, 3), table.remove({ 1, 2, 3 }, 4), table.remove({ 1, 2, 3 }, 0), table.remove({ 1, 2, 3 }, -1), table.remove({ [0] = "zero", 1 }, 0)) -- expect: 3	nil	nil	nil
local r = { 1, 2, 3 } table.remove(r, 1) print(r[1], r[2], r[3], #r) -- expect: 2	3	nil	2
print(pcall(table.insert)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(table.insert, {})) -- expect: false	wrong number of arguments to 'insert'
print(pcall(table.insert, {}, 1, 2, 3)) -- expect: false	wrong number of arguments to 'insert'
print(pcall(table.insert, {}, "x", 2)) -- expect: false	bad argument #2 to '?' (number expected, got string)
print(pcall(table.insert, 5, 1)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(table.insert, nil, 1)) -- expect: false	bad argument #1 to '?' (table expected, got nil)
print(pcall(table.remove)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(table.remove, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(table.remove, {}, "x")) -- expect: false	bad argument #2 to '?' (number expected, got string)
local far = {}
table.insert(far, 10, "ten")
print(far[10], #far, table.maxn(far)) -- expect: ten	0	10
table.insert(far, 5, nil)
print(table.maxn(far)) -- expect: 10
local ins = { 1, 2, 3 }
table.insert(ins, -1, "neg")
print(ins[-1], ins[1], ins[2], ins[3], ins[4]) -- expect: neg	nil	1	2	3
table.insert(ins, 2.9, "float")
print(ins[2], #ins) -- expect: float	5
-- concat
print(table.concat({}), table.concat({ 1, 2, 3 }), table.concat({ 1, 2, 3 }, ", "), table.concat({ 1, 2, 3 }, ", ", 2), table.concat({ 1, 2, 3 }, ", ", 2, 3), table.concat({ 1, 2, 3 }, ", ", 3, 2) == "") -- expect: 	123	1, 2, 3	2, 3	2, 3	true
print(table.concat({ "a", 1, 1.5, 2^53 }, " "), table.concat({ 1, 2 }, 0), table.concat({ "x" }, ",", 1, 1), table.concat({ [5] = "e", [6] = "f" }, "-", 5, 6), table.concat({ n = 1 }, ",")) -- expect: a 1 1.5 9.007199254741e+15	102	x	e-f	
print(pcall(table.concat, { 1, {}, 3 })) -- expect: false	invalid value (table) at index 2 in table for 'concat'
print(pcall(table.concat, { 1, nil, 3 }, ",", 1, 3)) -- expect: false	invalid value (nil) at index 2 in table for 'concat'
print(pcall(table.concat, { true })) -- expect: false	invalid value (boolean) at index 1 in table for 'concat'
print(pcall(table.concat, { 1, 2 }, ",", 1, 5)) -- expect: false	invalid value (nil) at index 3 in table for 'concat'
print(pcall(table.concat, { print }, ",")) -- expect: false	invalid value (function) at index 1 in table for 'concat'
print(pcall(table.concat)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(table.concat, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(table.concat, {}, {})) -- expect: false	bad argument #2 to '?' (string expected, got table)
print(pcall(table.concat, {}, ",", "x")) -- expect: false	bad argument #3 to '?' (number expected, got string)
print(pcall(table.concat, { {} }, ",", 1, 1)) -- expect: false	invalid value (table) at index 1 in table for 'concat'
local big = {}
for i = 1, 1000 do big[i] = i end
print(#table.concat(big), #table.concat(big, ", "), table.concat(big, "+", 998)) -- expect: 2893	4891	998+999+1000
-- maxn
print(table.maxn({}), table.maxn({ 1, 2, 3 }), table.maxn({ 1, nil, 3 }), table.maxn({ [1000] = 1 }), table.maxn({ [1.5] = 1 }), table.maxn({ [-5] = 1 }), table.maxn({ a = 1, ["10"] = 2 }), table.maxn({ 1, [1e10] = 2 })) -- expect: 0	3	3	1000	1.5	0	0	10000000000
print(pcall(table.maxn)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(table.maxn, 5)) -- expect: false	bad argument #1 to '?' (table expected, got number)
-- getn, setn
print(table.getn({}), table.getn({ 1, 2, 3 }), table.getn({ n = 10 }), pcall(table.getn, 5)) -- expect: 0	3	0	false	bad argument #1 to '?' (table expected, got number)
print(pcall(table.setn, {}, 5)) -- expect: false	'setn' is obsolete
print(pcall(table.setn)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(table.getn)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
-- foreach, foreachi
table.foreachi({ "x", "y", "z" }, function(i, v) io.write(i, v, ";") end) print() -- expect: 1x;2y;3z;
print(table.foreachi({ "x", "y", "z" }, function(i, v) if v == "y" then return i * 10, "only one" end end), table.foreachi({}, print), table.foreachi({ 1, 2 }, function() return false end)) -- expect: 20	nil	false
table.foreach({ "only" }, print) -- expect: 1	only
print(table.foreach({ a = 1 }, function(k, v) return k .. v end), table.foreach({}, print)) -- expect: a1
local n = 0 table.foreach({ 1, 2, a = 3, b = 4 }, function(k, v) n = n + v end) print(n) -- expect: 10
print(pcall(table.foreach, {})) -- expect: false	bad argument #2 to '?' (function expected, got no value)
print(pcall(table.foreach, {}, 5)) -- expect: false	bad argument #2 to '?' (function expected, got number)
print(pcall(table.foreachi, {})) -- expect: false	bad argument #2 to '?' (function expected, got no value)
print(pcall(table.foreach)) -- expect: false	bad argument #1 to '?' (table expected, got no value)
print(pcall(table.foreachi, 5, print)) -- expect: false	bad argument #1 to '?' (table expected, got number)
print(pcall(table.foreachi, { 1 }, function() error("in callback", 0) end)) -- expect: false	in callback
print(table.unpack, table.pack, table.move) -- expect: nil	nil	nil
local names = {}
for k in pairs(table) do names[#names + 1] = k end
table.sort(names)
print(table.concat(names, " ")) -- expect: concat foreach foreachi getn insert maxn remove setn sort
-- Metamethods are not used (raw access).
local m = setmetatable({}, { __index = function(_, i) return i <= 3 and "meta" or nil end, __newindex = function(s, k, v) rawset(s, k, v .. "!") end })
table.insert(m, "v")
print(rawget(m, 1), #m, pcall(table.concat, m, ",", 1, 2)) -- expect: v	1	false	invalid value (nil) at index 2 in table for 'concat'
print(table.remove(m), #m) -- expect: v	0
