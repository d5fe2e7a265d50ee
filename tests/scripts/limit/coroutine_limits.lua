-- Many and deeply nested coroutines.
local n = 0
for i = 1, 20000 do local co = coroutine.wrap(function(x) n = n + coroutine.yield(x) end) co(i) co(1) end
print(n) -- expect: 20000
local live = {}
for i = 1, 5000 do live[i] = coroutine.wrap(function() local k = i while true do k = k + 1 coroutine.yield(k) end end) end
local s = 0
for round = 1, 3 do for i = 1, 5000 do s = s + live[i]() end end
print(s) -- expect: 37537500
local function nest(k) if k == 0 then return "bottom" end return coroutine.wrap(function() return nest(k - 1) end)() end
print(nest(10), nest(100), nest(150)) -- expect: bottom	bottom	bottom
local ok, m = pcall(nest, 100000)
print(ok, type(m), m:find("overflow", 1, true) ~= nil) -- expect: false	string	true
print(nest(50)) -- expect: bottom
local function gen(k) return coroutine.wrap(function() if k > 0 then for v in gen_global(k - 1) do coroutine.yield(v) end end coroutine.yield(k) end) end
gen_global = gen
local out = {} while true do break end
local g = gen(0) print(g()) -- expect: 0
local co = coroutine.wrap(function() for i = 1, 100000 do coroutine.yield(i) end return "end" end)
local last repeat local v = co() if v ~= "end" then last = v end until v == "end" print(last) -- expect: 100000
local function recursive(k) if k == 0 then coroutine.yield("deep") return 0 end return 1 + recursive(k - 1) end
co = coroutine.wrap(function() return recursive(5000) end) print(co(), co()) -- expect: deep	5000
