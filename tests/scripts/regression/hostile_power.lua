-- NaN ^ 0 and 1 ^ NaN are 1: operands that are no numbers must be found by looking at them.
local t, one, zero = {}, 1, 0
print(pcall(function() return t ^ 0 end)) -- expect: false	hostile_power.lua:3: attempt to perform arithmetic on upvalue 't' (a table value)
print(pcall(function() return t ^ zero end)) -- expect: false	hostile_power.lua:4: attempt to perform arithmetic on upvalue 't' (a table value)
print(pcall(function() return 1 ^ t end)) -- expect: false	hostile_power.lua:5: attempt to perform arithmetic on upvalue 't' (a table value)
print(pcall(function() return one ^ t end)) -- expect: false	hostile_power.lua:6: attempt to perform arithmetic on upvalue 't' (a table value)
print(pcall(function() return nil ^ 0 end)) -- expect: false	hostile_power.lua:7: attempt to perform arithmetic on a nil value
print(pcall(function() return true ^ 0 end)) -- expect: false	hostile_power.lua:8: attempt to perform arithmetic on a boolean value
print(pcall(function() return "x" ^ 0 end)) -- expect: false	hostile_power.lua:9: attempt to perform arithmetic on a string value
print("10" ^ 0, "2" ^ "3", 2 ^ "0.5" == 2 ^ 0.5) -- expect: 1	8	true
local m = setmetatable({}, { __pow = function(a, b) return "meta" end })
print(m ^ 0, 1 ^ m, one ^ m, m ^ zero, m ^ m) -- expect: meta	meta	meta	meta	meta
print((0 / 0) ^ 0, 1 ^ (0 / 0), math.pow(0 / 0, 0), math.pow(1, 0 / 0)) -- expect: 1	1	1	1
