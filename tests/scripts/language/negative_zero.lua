-- Negative zero; a constant -0 shares its slot with an earlier constant 0
-- of the same function (and the other way round).

local function sign(x) return 1 / x > 0 and "+" or "-" end
local function a() return -0 end
local function b() local x = 0 return -0 end
local function c() local x = -0 return 0 end
local function d() local x = 0 return -x end
print(tostring(a()), sign(a())) -- expect: -0	-
print(tostring(b()), sign(b())) -- expect: 0	+
print(tostring(c()), sign(c())) -- expect: -0	-
print(tostring(d()), sign(d())) -- expect: -0	-
local zero = 0
print(-zero, zero * -1, zero / -1, -zero + zero, -zero - zero) -- expect: -0	-0	-0	0	-0
print(-zero == zero, tostring(-zero) == tostring(zero), rawequal(zero, -zero)) -- expect: true	false	true
local t = {}
t[-zero] = "minus zero"
print(t[zero], t[-zero], next(t) == 0) -- expect: minus zero	minus zero	true
t[zero] = nil
print(next(t)) -- expect: nil
print(("%d %g %.1f"):format(-zero, -zero, -zero)) -- expect: 0 -0 -0.0
print(math.abs(-zero), math.floor(-zero), math.max(zero, -zero), math.sqrt(-zero)) -- expect: 0	-0	0	-0
print(tonumber("-0"), "-0" + 0, -"0", tonumber("-0x0")) -- expect: -0	0	-0	-0
print(-zero .. "", #(-zero .. ""), zero % -3, -zero % 3) -- expect: -0	2	0	0
for i = -zero, 0 do print("once", i) end -- expect: once	0
