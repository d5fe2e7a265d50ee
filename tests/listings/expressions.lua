local a, b, c = ...
local t = {1, 2, a; x = b, [c] = a and b, f(a)}
a = b and (c or t.x) == nil
b = not (a < b) or a >= c
c = -a ^ 2 .. "x\n" .. #t .. 0.5 + 3 * -4
t.x.y[a].z, b = b, a
return a == b and 1 or "two", 7 % 0, ...
