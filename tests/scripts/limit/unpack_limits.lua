-- Many arguments, results and elements.
print(pcall(unpack, {}, 1, 1e6)) -- expect: false	too many results to unpack
print(pcall(unpack, {}, 1, 1e7)) -- expect: false	too many results to unpack
print(select("#", unpack({}, 1, 5000)), select("#", unpack({}, 1, 7000))) -- expect: 5000	7000
local t = {} for i = 1, 7000 do t[i] = i end
print((select(7000, unpack(t))), #{ unpack(t) }, select("#", pcall(unpack, t))) -- expect: 7000	7000	7001
local function sum(...) local s = 0 for _, v in ipairs({ ... }) do s = s + v end return s end
print(sum(unpack(t)), math.max(unpack(t)), #string.char(unpack({}, 1, 0))) -- expect: 24503500	7000	0
print(sum(unpack(t, 1, 250)), (function(...) return select("#", ...) end)(unpack(t))) -- expect: 31375	7000
print(#table.concat(t), #string.rep("x", 100000), #("ab"):rep(50000)) -- expect: 26893	100000	100000
local bytes = { ("x"):rep(5000):byte(1, -1) }
print(#bytes, bytes[5000]) -- expect: 5000	120
print(pcall(string.byte, ("x"):rep(1e7), 1, -1)) -- expect: false	stack overflow (string slice too long)
local co = coroutine.wrap(function(...) while true do coroutine.yield(...) end end)
print(select("#", co(unpack(t)))) -- expect: 7000
print(select("#", (function(...) return ... end)(unpack(t))), select("#", pcall(function(...) return ... end, unpack(t)))) -- expect: 7000	7001
-- Large tables
local big = {}
for i = 1, 200000 do big[i] = i end
print(#big, big[200000]) -- expect: 200000	200000
for i = 200000, 1, -1 do big[i] = nil end
print(#big, next(big)) -- expect: 0	nil
for i = 1, 100000 do big["k" .. i] = i end
local n = 0
for k, v in pairs(big) do n = n + 1 end
print(n, big.k77777) -- expect: 100000	77777
for i = 1, 100000 do big["k" .. i] = nil end print(next(big)) -- expect: nil
local sparse = {}
for i = 0, 20 do sparse[2^i] = i end
n = 0
for _ in pairs(sparse) do n = n + 1 end
print(n, sparse[1048576]) -- expect: 21	20
local nested = {}
for i = 1, 100000 do nested = { nested } end
local d = 0
while nested[1] do nested = nested[1] d = d + 1 end
print(d) -- expect: 100000
