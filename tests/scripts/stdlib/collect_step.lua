-- needs: collector
-- A step of a negative number of kilobytes, which C takes for a huge one, is a whole cycle.
for _, size in ipairs { -1, -100, 2 ^ 31, 1e6 } do
  local t = {}
  for i = 1, 2000 do t[i] = { i } end
  t = nil
  collectgarbage("step", 0)
  print(size, collectgarbage("step", size))
end
-- expect: -1	true
-- expect: -100	true
-- expect: 2147483648	true
-- expect: 1000000	true
