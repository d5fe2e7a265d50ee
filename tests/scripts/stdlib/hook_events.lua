-- needs: debug
-- Which events hooks are told of, in which order, and what is known of the functions then.
local function trace(mask, f)
  local events = {}
  local first = debug.getinfo(f, "S").linedefined
  local function hook(event, line)
    local info = debug.getinfo(2, "nS")
    events[#events + 1] = line and event .. ":" .. (info.what == "main" and "main" or line - first) or event .. ":" .. tostring(info.name)
  end
  debug.sethook(hook, mask)
  f()
  debug.sethook()
  print(mask .. " " .. table.concat(events, " "))
end
local function each(f) trace("cr", f) trace("l", f) trace("crl", f) end

each(function() pcall(type, 1) pcall(error, "x") pcall(pcall, error) end) -- expect: cr return:sethook call:f call:pcall call:nil return:nil return:pcall call:pcall call:nil return:pcall call:pcall call:nil call:nil return:nil return:pcall return:f call:sethook
-- expect: l line:-6 line:0 line:-5
-- expect: crl return:sethook line:-6 call:f line:0 call:pcall call:nil return:nil return:pcall call:pcall call:nil return:pcall call:pcall call:nil call:nil return:nil return:pcall return:f line:-5 call:sethook
each(function() xpcall(error, function(m) return m end) xpcall(type, print) end) -- expect: bad argument #1 to '?' (value expected)
-- expect: cr return:sethook call:f call:xpcall call:nil call:nil return:nil return:xpcall call:xpcall call:nil call:nil call:nil return:nil return:nil return:xpcall return:f call:sethook
-- expect: bad argument #1 to '?' (value expected)
-- expect: l line:-9 line:0 line:0 line:-8
-- expect: bad argument #1 to '?' (value expected)
-- expect: crl return:sethook line:-9 call:f line:0 call:xpcall call:nil call:nil line:0 return:nil return:xpcall call:xpcall call:nil call:nil call:nil return:nil return:nil return:xpcall return:f line:-8 call:sethook
each(function()
  local co = coroutine.create(function(a)
    local b = coroutine.yield(a)
    return b
  end)
  coroutine.resume(co, 1)
  coroutine.resume(co, 2)
  coroutine.resume(co, 3)
end)
-- expect: cr return:sethook call:f call:create return:create call:resume return:resume call:resume return:resume call:resume return:resume return:f call:sethook
-- expect: l line:-15 line:1 line:4 line:1 line:5 line:6 line:7 line:8 line:-14
-- expect: crl return:sethook line:-15 call:f line:1 line:4 line:1 call:create return:create line:5 call:resume return:resume line:6 call:resume return:resume line:7 call:resume return:resume line:8 return:f line:-14 call:sethook
each(function() local w = coroutine.wrap(function() coroutine.yield(1) error("x") end) w() pcall(w) pcall(w) end) -- expect: cr return:sethook call:f call:wrap return:wrap call:w return:w call:pcall call:nil return:pcall call:pcall call:nil return:pcall return:f call:sethook
-- expect: l line:-27 line:0 line:-26
-- expect: crl return:sethook line:-27 call:f line:0 call:wrap return:wrap call:w return:w call:pcall call:nil return:pcall call:pcall call:nil return:pcall return:f line:-26 call:sethook
each(function() for k, v in pairs { 1, 2 } do a = k end end) -- expect: cr return:sethook call:f call:pairs return:pairs call:(for generator) return:(for generator) call:(for generator) return:(for generator) call:(for generator) return:(for generator) return:f call:sethook
-- expect: l line:-30 line:0 line:0 line:0 line:-29
-- expect: crl return:sethook line:-30 call:f line:0 call:pairs return:pairs call:(for generator) return:(for generator) line:0 call:(for generator) return:(for generator) line:0 call:(for generator) return:(for generator) return:f line:-29 call:sethook
each(function() for k, v in ipairs { 1, 2 } do a = k end end) -- expect: cr return:sethook call:f call:ipairs return:ipairs call:(for generator) return:(for generator) call:(for generator) return:(for generator) call:(for generator) return:(for generator) return:f call:sethook
-- expect: l line:-33 line:0 line:0 line:0 line:-32
-- expect: crl return:sethook line:-33 call:f line:0 call:ipairs return:ipairs call:(for generator) return:(for generator) line:0 call:(for generator) return:(for generator) line:0 call:(for generator) return:(for generator) return:f line:-32 call:sethook
each(function() for k, v in next, { 1, 2 } do a = k end end) -- expect: cr return:sethook call:f call:(for generator) return:(for generator) call:(for generator) return:(for generator) call:(for generator) return:(for generator) return:f call:sethook
-- expect: l line:-36 line:0 line:0 line:0 line:-35
-- expect: crl return:sethook line:-36 call:f line:0 call:(for generator) return:(for generator) line:0 call:(for generator) return:(for generator) line:0 call:(for generator) return:(for generator) return:f line:-35 call:sethook
each(function()
  for k, v in pairs { 1, 2 } do
    a = k
  end
end)
-- expect: cr return:sethook call:f call:pairs return:pairs call:(for generator) return:(for generator) call:(for generator) return:(for generator) call:(for generator) return:(for generator) return:f call:sethook
-- expect: l line:-39 line:1 line:2 line:1 line:2 line:1 line:4 line:-38
-- expect: crl return:sethook line:-39 call:f line:1 call:pairs return:pairs call:(for generator) return:(for generator) line:2 line:1 call:(for generator) return:(for generator) line:2 line:1 call:(for generator) return:(for generator) line:4 return:f line:-38 call:sethook
each(function() local function it(_, n) if n < 3 then return n + 1 end end for i in it, nil, 0 do a = i end end) -- expect: cr return:sethook call:f call:(for generator) return:(for generator) call:(for generator) return:(for generator) call:(for generator) return:(for generator) call:(for generator) return:(for generator) return:f call:sethook
-- expect: l line:-47 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:-46
-- expect: crl return:sethook line:-47 call:f line:0 call:(for generator) line:0 return:(for generator) line:0 call:(for generator) line:0 return:(for generator) line:0 call:(for generator) line:0 return:(for generator) line:0 call:(for generator) line:0 return:(for generator) return:f line:-46 call:sethook
each(function() for i = 1, 4 do a = 1 end end) -- expect: cr return:sethook call:f return:f call:sethook
-- expect: l line:-50 line:0 line:0 line:0 line:0 line:0 line:-49
-- expect: crl return:sethook line:-50 call:f line:0 line:0 line:0 line:0 line:0 return:f line:-49 call:sethook
each(function() for i = 3, 1, -1 do a = i end for i = 1, 0 do a = i end for i = 1, 2 do for j = 1, 2 do a = j end end end) -- expect: cr return:sethook call:f return:f call:sethook
-- expect: l line:-53 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:-52
-- expect: crl return:sethook line:-53 call:f line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:0 return:f line:-52 call:sethook
each(function()
  for i = 1, 2 do
    a = i
  end
end)
-- expect: cr return:sethook call:f return:f call:sethook
-- expect: l line:-56 line:1 line:2 line:1 line:2 line:1 line:4 line:-55
-- expect: crl return:sethook line:-56 call:f line:1 line:2 line:1 line:2 line:1 line:4 return:f line:-55 call:sethook
each(function()
  local mt = { __index = rawget, __newindex = rawset, __eq = rawequal, __call = function() return 1 end }
  mt.__lt, mt.__add, mt.__concat = function() return true end, function() return 1 end, function() return "" end
  local t, u = setmetatable({}, mt), setmetatable({}, mt)
  local x = t.a
  t.b = 1
  x = t == u
  x = t < u
  x = t + u
  x = t .. "a" .. u
  x = t(1)
end)
-- expect: cr return:sethook call:f call:setmetatable return:setmetatable call:setmetatable return:setmetatable call:nil return:nil call:nil return:nil call:nil return:nil call:nil return:nil call:nil return:nil call:nil return:nil call:nil return:nil call:t return:t return:f call:sethook
-- expect: l line:-64 line:1 line:2 line:3 line:4 line:5 line:6 line:7 line:2 line:8 line:2 line:9 line:2 line:2 line:10 line:1 line:11 line:-63
-- expect: crl return:sethook line:-64 call:f line:1 line:2 line:3 call:setmetatable return:setmetatable call:setmetatable return:setmetatable line:4 call:nil return:nil line:5 call:nil return:nil line:6 call:nil return:nil line:7 call:nil line:2 return:nil line:8 call:nil line:2 return:nil line:9 call:nil line:2 return:nil call:nil line:2 return:nil line:10 call:t line:1 return:t line:11 return:f line:-63 call:sethook
each(function() local x = tostring(1) x = type(x) x = math.floor(1.5) x = ("x"):rep(3) x = ("x"):byte() x = select(2, 1, 2) end) -- expect: cr return:sethook call:f call:tostring return:tostring call:type return:type call:floor return:floor call:rep return:rep call:byte return:byte call:select return:select return:f call:sethook
-- expect: l line:-79 line:0 line:-78
-- expect: crl return:sethook line:-79 call:f line:0 call:tostring return:tostring call:type return:type call:floor return:floor call:rep return:rep call:byte return:byte call:select return:select return:f line:-78 call:sethook
each(function() local x = string.gsub("ab", "%w", function(c) return c end) table.sort({ 2, 1 }, function(a, b) return a < b end) end) -- expect: cr return:sethook call:f call:gsub call:nil return:nil call:nil return:nil return:gsub call:sort call:nil return:nil return:sort return:f call:sethook
-- expect: l line:-82 line:0 line:0 line:0 line:0 line:-81
-- expect: crl return:sethook line:-82 call:f line:0 call:gsub call:nil line:0 return:nil call:nil line:0 return:nil return:gsub call:sort call:nil line:0 return:nil return:sort return:f line:-81 call:sethook
each(function() local i = 0 while i < 3 do i = i + 1 if i == 2 then i = 3 end end repeat i = i - 1 until i <= 0 end) -- expect: cr return:sethook call:f return:f call:sethook
-- expect: l line:-85 line:0 line:0 line:0 line:0 line:0 line:-84
-- expect: crl return:sethook line:-85 call:f line:0 line:0 line:0 line:0 line:0 return:f line:-84 call:sethook
each(function()
  local t = { 1,
    2, 3,
    f = function() return 1 end }
  local b = t.f() and t[1] or
    t[2]
  b = t[1] == 1 and (t[2] == 2 or nil)
  while b do
    b = false
  end
end)
-- expect: cr return:sethook call:f call:f return:f return:f call:sethook
-- expect: l line:-88 line:1 line:2 line:3 line:4 line:3 line:6 line:7 line:8 line:7 line:10 line:-87
-- expect: crl return:sethook line:-88 call:f line:1 line:2 line:3 line:4 call:f line:3 return:f line:6 line:7 line:8 line:7 line:10 return:f line:-87 call:sethook
each(function() local t = setmetatable({}, { __lt = function() return true end }) local n = 0 repeat n = n + 1 until n > 2 and t < t end) -- expect: cr return:sethook call:f call:setmetatable return:setmetatable call:nil return:nil return:f call:sethook
-- expect: l line:-102 line:0 line:0 line:0 line:0 line:-101
-- expect: crl return:sethook line:-102 call:f line:0 call:setmetatable return:setmetatable line:0 line:0 call:nil line:0 return:nil return:f line:-101 call:sethook
each(function() local function v(...) return select("#", ...), ... end v(1, 2, 3) local a, b = v() end) -- expect: cr return:sethook call:f call:v call:select return:select return:v call:v call:select return:select return:v return:f call:sethook
-- expect: l line:-105 line:0 line:0 line:0 line:-104
-- expect: crl return:sethook line:-105 call:f line:0 call:v line:0 call:select return:select return:v call:v line:0 call:select return:select return:v return:f line:-104 call:sethook

-- Tail calls: the call is seen by both functions, and each returns.
each(function() local function f() return nil end local function g() return f() end g() end) -- expect: cr return:sethook call:f call:g call:f return:nil tail return:g return:f call:sethook
-- expect: l line:-110 line:0 line:0 line:0 line:-109
-- expect: crl return:sethook line:-110 call:f line:0 call:g line:0 call:f line:0 return:nil tail return:g return:f line:-109 call:sethook
each(function() local function f() return nil end local function g() return f() end local function h() return g() end h() local x = h() end) -- expect: cr return:sethook call:f call:h call:g call:f return:nil tail return:nil tail return:h call:h call:g call:f return:nil tail return:nil tail return:h return:f call:sethook
-- expect: l line:-113 line:0 line:0 line:0 line:0 line:0 line:0 line:0 line:-112
-- expect: crl return:sethook line:-113 call:f line:0 call:h line:0 call:g line:0 call:f line:0 return:nil tail return:nil tail return:h call:h line:0 call:g line:0 call:f line:0 return:nil tail return:nil tail return:h return:f line:-112 call:sethook
each(function() local function r(n) if n > 0 then return r(n - 1) end return n end r(3) end) -- expect: cr return:sethook call:f call:r call:r call:r call:r return:nil tail return:nil tail return:nil tail return:r return:f call:sethook
-- expect: l line:-116 line:0 line:0 line:0 line:0 line:0 line:-115
-- expect: crl return:sethook line:-116 call:f line:0 call:r line:0 call:r line:0 call:r line:0 call:r line:0 return:nil tail return:nil tail return:nil tail return:r return:f line:-115 call:sethook
each(function() local function r(n) if n > 0 then return 1 + r(n - 1) end return n end r(2) end) -- expect: cr return:sethook call:f call:r call:r call:r return:r return:r return:r return:f call:sethook
-- expect: l line:-119 line:0 line:0 line:0 line:0 line:-118
-- expect: crl return:sethook line:-119 call:f line:0 call:r line:0 call:r line:0 call:r line:0 return:r return:r return:r return:f line:-118 call:sethook
each(function() local function f() return tostring(1) end f() local function p() return pcall(f) end p() end) -- expect: cr return:sethook call:f call:f call:tostring return:tostring return:f call:p call:pcall call:nil call:tostring return:tostring return:nil return:pcall return:p return:f call:sethook
-- expect: l line:-122 line:0 line:0 line:0 line:0 line:-121
-- expect: crl return:sethook line:-122 call:f line:0 call:f line:0 call:tostring return:tostring return:f call:p line:0 call:pcall call:nil line:0 call:tostring return:tostring return:nil return:pcall return:p return:f line:-121 call:sethook
each(function() local function y() return coroutine.yield() end local w = coroutine.wrap(y) w() w() end) -- expect: cr return:sethook call:f call:wrap return:wrap call:w return:w call:w return:w return:f call:sethook
-- expect: l line:-125 line:0 line:-124
-- expect: crl return:sethook line:-125 call:f line:0 call:wrap return:wrap call:w return:w call:w return:w return:f line:-124 call:sethook

-- Counts: what the hook itself executes counts, too.
for count = 1, 7 do
  local function counted(f)
    local n = 0
    debug.sethook(function() n = n + 1 end, "", count)
    f()
    debug.sethook()
    return n
  end
  print(count, counted(function() for i = 1, 10 do end end), counted(function() for k in pairs { 1, 2, 3 } do a = k end end),
    counted(function() local i = 0 while i < 9 do i = i + 1 if i % 2 == 0 then a = i end end end))
end
-- expect: 1	21	21	52
-- expect: 2	10	10	26
-- expect: 3	10	10	25
-- expect: 4	5	5	13
-- expect: 5	17	17	48
-- expect: 6	8	8	24
-- expect: 7	5	5	16

-- A hook that is set again, or in the middle of a line.
each(function()
  local hook, mask = debug.gethook()
  debug.sethook(hook, mask) a = 1
  a = 2
  debug.sethook(hook, mask) a = 3 debug.sethook(hook, mask) a = 4
end)
-- expect: cr return:sethook call:f call:gethook return:gethook call:sethook return:sethook call:sethook return:sethook call:sethook return:sethook return:f call:sethook
-- expect: l line:-150 line:1 line:2 line:3 line:4 line:5 line:-149
-- expect: crl return:sethook line:-150 call:f line:1 call:gethook return:gethook line:2 call:sethook return:sethook line:3 line:4 call:sethook return:sethook call:sethook return:sethook line:5 return:f line:-149 call:sethook

-- What there is to be known of hooks.
local function f() end
local function show(...) local hook, mask, count = debug.gethook(...) debug.sethook() print(hook == f, mask, count) end
debug.sethook(f, "") show() -- expect: true		0
debug.sethook(f, "", 5) show() -- expect: true		5
debug.sethook(f, "r", -5) show() -- expect: true	r	-5
debug.sethook(f, "crl", 2) show() -- expect: true	crl	2
debug.sethook(nil, "crl") show() -- expect: false		0
show() -- expect: false		0

-- A coroutine inherits when a hook would be called, but no hook.
local events = 0
debug.sethook(function() events = events + 1 end, "crl")
local co = coroutine.create(function() local a = 1 return a end)
debug.sethook()
events = 0
print(debug.gethook(co)) -- expect: nil	crl	0
print(coroutine.resume(co)) -- expect: true	1
print(events) -- expect: 0
debug.sethook(function() end, "crl")
co = coroutine.create(function() local x = debug.gethook() return x end)
debug.sethook()
print(coroutine.resume(co)) -- expect: true	nil
co = coroutine.create(function()
  local a = 1
  return a
end)
debug.sethook(co, function(event, line) events = events + 1 end, "l")
print(coroutine.resume(co)) -- expect: true	1
print(events) -- expect: 2

-- Finalizers run without hooks.
local ran
getmetatable(newproxy(true)).__gc = function() local x = tostring(1) ran = x end
events = {}
debug.sethook(function(event) events[#events + 1] = event end, "cr")
collectgarbage()
debug.sethook()
print(ran, table.concat(events, " ")) -- expect: 1	return call return call

-- The name of a hook, and of a handler, is that of what is being called.
debug.sethook(function() events = debug.getinfo(1, "n").name end, "l")
f()
debug.sethook()
print(events) -- expect: nil
print(xpcall(function() missing() end, function() return debug.getinfo(1, "n").name end)) -- expect: false	missing
