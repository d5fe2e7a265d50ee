-- Limits of the compiler.

local function check(source)
  local f, m = loadstring(source, "=s")
  print(f and "ok" or m)
end
local function list(n, item, sep)
  local t = {}
  for i = 1, n do t[i] = (item:gsub("#", i)) end
  return table.concat(t, sep or ",")
end

-- 200 local variables in a function
check("local " .. list(200, "a#")) -- expect: ok
check("local " .. list(201, "a#")) -- expect: s:1: main function has more than 200 local variables
check(list(200, "local a#", "\n")) -- expect: ok
check(list(201, "local a#", "\n")) -- expect: s:201: main function has more than 200 local variables
check(list(150, "local a#", " ") .. " do " .. list(50, "local b#", " ") .. " end " .. list(50, "local c#", " ")) -- expect: ok
check(list(150, "local a#", " ") .. " do " .. list(51, "local b#", " ") .. " end") -- expect: s:1: main function has more than 200 local variables
check("function f(" .. list(200, "a#") .. ") end") -- expect: ok
check("function f(" .. list(201, "a#") .. ") end") -- expect: s:1: function at line 1 has more than 200 local variables
check("\n\nfunction f()\n" .. list(201, "local a#", "\n") .. "\nend") -- expect: s:205: function at line 3 has more than 200 local variables
check(list(196, "local a#", " ") .. " for i = 1, 2 do end") -- expect: ok
check(list(197, "local a#", " ") .. " for i = 1, 2 do end") -- expect: s:1: main function has more than 200 local variables
check(list(195, "local a#", " ") .. " for k, v in x do end") -- expect: ok
check(list(196, "local a#", " ") .. " for k, v in x do end") -- expect: s:1: main function has more than 200 local variables
-- 60 upvalues
local function upvalues(n)
  local half = math.floor(n / 2)
  return "local " .. list(half, "a#") .. " local " .. list(n - half, "b#") ..
    "\nfunction f()\nreturn " .. list(half, "a#", "+") .. "+" .. list(n - half, "b#", "+") .. " end"
end
check(upvalues(59)) -- expect: ok
check(upvalues(60)) -- expect: ok
check(upvalues(61)) -- expect: s:3: function at line 2 has more than 60 upvalues
check("local " .. list(61, "a#") .. " return function() return function() return " .. list(61, "a#") .. " end end") -- expect: s:1: function at line 1 has more than 60 upvalues
check("local " .. list(61, "a#") .. "\nlocal function named()\n" .. list(61, "a# = 1", "\n") .. "\nend") -- expect: s:63: function at line 2 has more than 60 upvalues
-- Nesting of 200 C levels
for _, n in ipairs { 100, 190, 250 } do
  local result = {}
  local function try(name, source) result[#result + 1] = name .. "=" .. (loadstring(source, "=s") and "ok" or select(2, loadstring(source, "=s"))) end
  try("parens", "x = " .. ("("):rep(n) .. "1" .. (")"):rep(n))
  try("tables", "x = " .. ("{"):rep(n) .. ("}"):rep(n))
  try("do", ("do "):rep(n) .. ("end "):rep(n))
  try("not", "x = " .. ("not "):rep(n) .. "1")
  try("minus", "x = " .. ("- "):rep(n) .. "1")
  try("concat", "x = " .. ("a .. "):rep(n) .. "a")
  try("pow", "x = " .. ("a ^ "):rep(n) .. "a")
  try("plus", "x = " .. ("a + "):rep(n) .. "a")
  try("functions", "x = " .. ("function() return "):rep(n) .. "1" .. (" end"):rep(n))
  try("index", "x = " .. ("a["):rep(n) .. "1" .. ("]"):rep(n))
  try("calls", "x = " .. ("f("):rep(n) .. (")"):rep(n))
  try("dots", "x = a" .. (".b"):rep(n))
  try("if", ("if x then "):rep(n) .. ("end "):rep(n))
  try("elseif", "if x then " .. ("elseif y then "):rep(n) .. "end")
  try("targets", "a" .. (",a"):rep(n) .. " = 1")
  print(n, #result)
  for _, r in ipairs(result) do print((r:gsub("%d+ variables", "N variables"))) end
end
-- expect: 100	15
-- expect: parens=ok
-- expect: tables=ok
-- expect: do=ok
-- expect: not=ok
-- expect: minus=ok
-- expect: concat=ok
-- expect: pow=ok
-- expect: plus=ok
-- expect: functions=s:1: chunk has too many syntax levels
-- expect: index=ok
-- expect: calls=ok
-- expect: dots=ok
-- expect: if=ok
-- expect: elseif=ok
-- expect: targets=ok
-- expect: 190	15
-- expect: parens=ok
-- expect: tables=ok
-- expect: do=ok
-- expect: not=ok
-- expect: minus=ok
-- expect: concat=ok
-- expect: pow=ok
-- expect: plus=ok
-- expect: functions=s:1: chunk has too many syntax levels
-- expect: index=ok
-- expect: calls=ok
-- expect: dots=ok
-- expect: if=ok
-- expect: elseif=ok
-- expect: targets=ok
-- expect: 250	15
-- expect: parens=s:1: chunk has too many syntax levels
-- expect: tables=s:1: chunk has too many syntax levels
-- expect: do=s:1: chunk has too many syntax levels
-- expect: not=s:1: chunk has too many syntax levels
-- expect: minus=s:1: chunk has too many syntax levels
-- expect: concat=s:1: chunk has too many syntax levels
-- expect: pow=s:1: chunk has too many syntax levels
-- expect: plus=ok
-- expect: functions=s:1: chunk has too many syntax levels
-- expect: index=s:1: chunk has too many syntax levels
-- expect: calls=s:1: chunk has too many syntax levels
-- expect: dots=ok
-- expect: if=s:1: chunk has too many syntax levels
-- expect: elseif=ok
-- expect: targets=s:1: main function has more than N variables in assignment
-- Registers
check("return f(" .. list(240, "a") .. ")") -- expect: ok
check("return f(" .. list(300, "a") .. ")") -- expect: s:1: function or expression too complex near 'a'
check("x = {" .. list(1000, "#") .. "}") -- expect: ok
check("x = {" .. list(1000, "a# = #") .. "}") -- expect: ok
check("local t = {" .. list(60, "{#}") .. "}") -- expect: ok
check("x = a" .. (" .. a"):rep(150)) -- expect: ok
check("x = a" .. (" .. a"):rep(300)) -- expect: s:1: chunk has too many syntax levels
check("return " .. list(240, "a")) -- expect: ok
check("return " .. list(260, "a")) -- expect: s:1: function or expression too complex near 'a'
-- Many constants are fine.
local f = loadstring("return {" .. list(3000, "#.5") .. "}")
print(#f(), f()[1], f()[3000]) -- expect: 3000	1.5	3000.5
f = loadstring("local t = {} " .. list(600, "t.field# = 'v#'", " ") .. " return t")
print(f().field1, f().field300, f().field600) -- expect: v1	v300	v600
f = loadstring(list(300, "g# = #", " ") .. " return g1 + g255 + g256 + g257 + g300")
print(f()) -- expect: 1069
-- A long jump
f = loadstring("local x = 0 for i = 1, 2 do if i == 1 then " .. ("x = x + 1 "):rep(5000) .. " else x = x * 2 end end return x")
print(f()) -- expect: 10000
f = loadstring("local x = ... while x > 0 do " .. ("x = x - 1 "):rep(3000) .. " end return x")
print(f(3001)) -- expect: -2999
