-- needs: debug
-- Hooks that fail at the beginning of a coroutine, and are then removed; hooks that change hooks.
for _, mask in ipairs { "c", "cr", "crl", "l" } do
  for count = 0, 2 do
    local co = coroutine.create(function(...) local a = 1 return a end)
    debug.sethook(co, function() error("hook", 0) end, mask, count)
    local ok, m = coroutine.resume(co)
    debug.sethook(co)
    debug.sethook(function() end, "c")
    debug.sethook()
    print(mask, count, ok, m, coroutine.status(co))
  end
end
-- expect: c	0	false	hook	dead
-- expect: c	1	false	hook	dead
-- expect: c	2	false	hook	dead
-- expect: cr	0	false	hook	dead
-- expect: cr	1	false	hook	dead
-- expect: cr	2	false	hook	dead
-- expect: crl	0	false	hook	dead
-- expect: crl	1	false	hook	dead
-- expect: crl	2	false	hook	dead
-- expect: l	0	false	hook	dead
-- expect: l	1	false	hook	dead
-- expect: l	2	false	hook	dead
local function f(a) local x = a + 1 return x end
for _, mask in ipairs { "c", "r", "l", "cr", "crl" } do
  local k = 0
  debug.sethook(function()
    k = k + 1
    if k > 50 then debug.sethook() else debug.sethook(debug.gethook(), k % 2 == 0 and "c" or "l", k % 3) end
  end, mask, 1)
  f(1) f(2) for i = 1, 3 do f(i) end
  debug.sethook()
  print(mask, f(1), k > 0)
end
-- expect: c	2	true
-- expect: r	2	true
-- expect: l	2	true
-- expect: cr	2	true
-- expect: crl	2	true
