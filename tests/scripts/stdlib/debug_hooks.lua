-- needs: debug
-- debug.sethook and traceback
local out = {}
local function record(event, line) out[#out + 1] = line and event .. ":" .. line or event end
local function show() print(table.concat(out, " ")) out = {} end
local function work(n)
  local s = 0
  for i = 1, n do
    s = s + i
  end
  return s
end
debug.sethook(record, "l")
work(2)
debug.sethook()
show() -- expect: line:14 line:7 line:8 line:9 line:8 line:9 line:8 line:11 line:15
debug.sethook(function(e) out[#out + 1] = e .. ":" .. tostring(debug.getinfo(2, "n").name) end, "cr")
work(1)
debug.sethook()
show() -- expect: return:sethook call:work return:work call:sethook
local function tail() return work(1) end
debug.sethook(record, "cr") tail() debug.sethook() show() -- expect: return call call return tail return call
local count = 0
debug.sethook(function() count = count + 1 end, "", 100) for i = 1, 1000 do end debug.sethook()
print(count >= 9, count <= 25) -- expect: true	true
print(debug.gethook()) -- expect: nil		0
debug.sethook(record, "crl", 5) local h, m, c = debug.gethook() debug.sethook() print(h == record, m, c) out = {} -- expect: true	crl	5
print(pcall(function()
  debug.sethook(function() debug.sethook() error("from hook") end, "l")
  local x = 1
end))
-- expect: false	debug_hooks.lua:29: from hook
debug.sethook(nil) print((debug.gethook())) -- expect: nil
-- A hook can stop an endless loop.
print(pcall(function() debug.sethook(function() debug.sethook() error("timeout", 0) end, "", 1000) while true do end end)) -- expect: false	timeout
-- Hooks of a coroutine are its own.
local co = coroutine.create(function() local a = 1 local b = 2 coroutine.yield() return a + b end)
debug.sethook(co, record, "l") coroutine.resume(co) coroutine.resume(co) show() -- expect: line:37
-- traceback
local function level3() return (debug.traceback("message")) end
local function level2() local s = level3() return s end
function level1() local s = level2() return s end
print(level1()) -- expect: message
-- expect: stack traceback:
-- expect: 	debug_hooks.lua:40: in function 'level3'
-- expect: 	debug_hooks.lua:41: in function 'level2'
-- expect: 	debug_hooks.lua:42: in function 'level1'
-- expect: 	debug_hooks.lua:43: in main chunk
-- expect: 	[C]: ?
print(debug.traceback("with level", 1)) print(debug.traceback("level 0", 0)) print(debug.traceback("high level", 50)) -- expect: with level
-- expect: stack traceback:
-- expect: 	debug_hooks.lua:50: in main chunk
-- expect: 	[C]: ?
-- expect: level 0
-- expect: stack traceback:
-- expect: 	[C]: in function 'traceback'
-- expect: 	debug_hooks.lua:50: in main chunk
-- expect: 	[C]: ?
-- expect: high level
-- expect: stack traceback:
print(debug.traceback(nil) == nil or type(debug.traceback(nil)), debug.traceback({}) ~= nil, debug.traceback(5):match("^%d"), type(debug.traceback())) -- expect: true	true	5	string
local t = { method = function() return (debug.traceback("fields")) end } print((t.method())) -- expect: fields
-- expect: stack traceback:
-- expect: 	debug_hooks.lua:62: in function 'method'
-- expect: 	debug_hooks.lua:62: in main chunk
-- expect: 	[C]: ?
local function tailcall() return level1() end print((tailcall())) -- expect: message
-- expect: stack traceback:
-- expect: 	debug_hooks.lua:40: in function 'level3'
-- expect: 	debug_hooks.lua:41: in function 'level2'
-- expect: 	debug_hooks.lua:42: in function <debug_hooks.lua:42>
-- expect: 	(tail call): ?
-- expect: 	debug_hooks.lua:67: in main chunk
-- expect: 	[C]: ?
print(select(2, xpcall(function() local x = nil; x.y = 1 end, debug.traceback))) -- expect: debug_hooks.lua:75: attempt to index local 'x' (a nil value)
-- expect: stack traceback:
-- expect: 	debug_hooks.lua:75: in function <debug_hooks.lua:75>
-- expect: 	[C]: in function 'xpcall'
-- expect: 	debug_hooks.lua:75: in main chunk
-- expect: 	[C]: ?
print(select(2, xpcall(function() error("thrown") end, function(m) return debug.traceback("handler: " .. m, 2) end))) -- expect: handler: debug_hooks.lua:81: thrown
-- expect: stack traceback:
-- expect: 	[C]: in function 'error'
-- expect: 	debug_hooks.lua:81: in function <debug_hooks.lua:81>
-- expect: 	[C]: in function 'xpcall'
-- expect: 	debug_hooks.lua:81: in main chunk
-- expect: 	[C]: ?
co = coroutine.create(function() local function inner() coroutine.yield() end inner() end) coroutine.resume(co)
print(debug.traceback(co)) print(debug.traceback(co, "msg")) print(debug.traceback(co, "msg", 1)) coroutine.resume(co) print(debug.traceback(co, "dead")) -- expect: stack traceback:
-- expect: 	[C]: in function 'yield'
-- expect: 	debug_hooks.lua:88: in function 'inner'
-- expect: 	debug_hooks.lua:88: in function <debug_hooks.lua:88>
-- expect: msg
-- expect: stack traceback:
-- expect: 	[C]: in function 'yield'
-- expect: 	debug_hooks.lua:88: in function 'inner'
-- expect: 	debug_hooks.lua:88: in function <debug_hooks.lua:88>
-- expect: msg
-- expect: stack traceback:
-- expect: 	debug_hooks.lua:88: in function 'inner'
-- expect: 	debug_hooks.lua:88: in function <debug_hooks.lua:88>
-- expect: dead
-- expect: stack traceback:
co = coroutine.create(function() error("oops") end) coroutine.resume(co) print(debug.traceback(co)) -- expect: stack traceback:
-- expect: 	[C]: in function 'error'
-- expect: 	debug_hooks.lua:104: in function <debug_hooks.lua:104>
local function deep(n) if n == 0 then return (debug.traceback("deep")) end local s = deep(n - 1) return s end
local text = deep(40) print(select(2, text:gsub("\n", "\n")), text:match("\n\t%.%.%.\n") ~= nil) -- expect: 23	true
print((loadstring("return (debug.traceback('in chunk'))", "=chunk")())) -- expect: in chunk
-- expect: stack traceback:
-- expect: 	chunk:1: in main chunk
-- expect: 	debug_hooks.lua:109: in main chunk
-- expect: 	[C]: ?
print(string.gsub("x", "x", function() return (debug.traceback("in C")) end)) -- expect: in C
-- expect: stack traceback:
-- expect: 	debug_hooks.lua:114: in function <debug_hooks.lua:114>
-- expect: 	[C]: in function 'gsub'
-- expect: 	debug_hooks.lua:114: in main chunk
-- expect: 	[C]: ?	1
