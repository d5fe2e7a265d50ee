-- needs: collector
-- Collecting at awkward times must not lose anything.
collectgarbage("setpause", 100) collectgarbage("setstepmul", 1000)
local function build(n) local t = {} for i = 1, n do t[i] = { id = i, name = "n" .. i, f = function() return i end } if i % 50 == 0 then collectgarbage() end end return t end
local t = build(500)
local ok = true
for i, o in ipairs(t) do if o.id ~= i or o.name ~= "n" .. i or o.f() ~= i then ok = false end end
print(ok, #t) -- expect: true	500
local s = {}
for i = 1, 2000 do s[#s + 1] = ("x"):rep(i % 20) .. i if i % 100 == 0 then collectgarbage("step", 10) end end
local len = 0
for _, v in ipairs(s) do len = len + #v end
print(len) -- expect: 25893
local cos = {}
for i = 1, 50 do cos[i] = coroutine.wrap(function(a) local l = { a } while true do collectgarbage("step") l[#l + 1] = coroutine.yield(#l, l[1]) end end) cos[i](i) end
collectgarbage()
print(cos[7]("x"), cos[50]("y"), (cos[1]("z"))) -- expect: 2	2	2
local weak = setmetatable({}, { __mode = "kv" })
for i = 1, 100 do local k = {} weak[k] = { k } weak[i] = "v" .. i end
collectgarbage()
local n = 0
for k in pairs(weak) do n = n + 1 end
print(n) -- expect: 100
local g = {}
for i = 1, 100 do g = { prev = g, fn = function() return g end, str = tostring(i) } end
collectgarbage()
n = 0
local p = g
while p.prev do n = n + 1 p = p.prev end
print(n, g.fn() == g, g.prev.str) -- expect: 100	true	99
local cyc = {}
for i = 1, 1000 do local a, b = {}, {} a.b, b.a = b, a cyc[i % 10 + 1] = a end
collectgarbage()
print(#cyc, cyc[1].b.a == cyc[1]) -- expect: 10	true
local count = 0
do for i = 1, 20 do local u = newproxy(true) getmetatable(u).__gc = function() count = count + 1 end end end
collectgarbage()
collectgarbage()
print(count) -- expect: 20
local up = {}
for i = 1, 10 do local v = { i } up[i] = { function() return v[1] end, function(x) v = { x } end } end
collectgarbage()
up[3][2]("new")
collectgarbage()
print(up[3][1](), up[4][1]()) -- expect: new	4
local str = {}
for i = 1, 100 do str["key" .. i] = i end
collectgarbage()
print(str["key" .. 57], str.key99) -- expect: 57	99
local res = pcall(function() local big = build(200) collectgarbage() error(big) end)
print(res) -- expect: false
local function deep(n, ...) if n == 0 then collectgarbage() return ... end return deep(n - 1, ...) end
print(deep(100, "kept" .. 1, #{ "tab" }, "z" .. 2)) -- expect: kept1	1	z2
collectgarbage("stop")
local before = collectgarbage("count")
for i = 1, 1000 do local x = { i } end
print(collectgarbage("count") > before) -- expect: true
collectgarbage("restart")
collectgarbage()
print(pcall(function() setmetatable({}, { __index = function() collectgarbage() return "after gc" end }).x:upper() end)) -- expect: true
