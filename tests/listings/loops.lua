for i = 1, 10 do
  if i % 2 == 0 then print(i) elseif i > 5 then break else i = nil end
end
for k, v in pairs(t) do
  local f = function() return k, v end
  while f() do f = nil end
end
repeat
  local x = g()
  h = function() return x end
until x
repeat local y = 1 until y == a
