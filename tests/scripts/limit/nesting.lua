-- Deep nesting in sources: well below and well above the limit of 200 levels.
local function try(source) local f, m = loadstring(source, "=n") return f and "ok" or m end
local function wrap(n, open, inner, close) return ("%s%s%s"):format(open:rep(n), inner, close:rep(n)) end
for _, n in ipairs { 50, 150, 300, 5000 } do
  print(n)
  print(try("return " .. wrap(n, "(", "1", ")")))
  print(try("return " .. wrap(n, "{", "", "}")))
  print(try("return " .. wrap(n, "f(", "", ")")))
  print(try("return " .. wrap(n, "t[", "1", "]")))
  print(try("return " .. wrap(n, "-", "x", "")))
  print(try("return " .. wrap(n, "not ", "x", "")))
  print(try("return " .. wrap(n, "a..", "a", "")))
  print(try("return " .. wrap(n, "a^", "a", "")))
  print(try("return a" .. wrap(n, "+a", "", "")))
  print(try("return a" .. wrap(n, ".b", "", "")))
  print(try("f" .. wrap(n, "()", "", "")))
  print(try(wrap(n, "do ", "", " end")))
  print(try(wrap(n, "if x then ", "", " end")))
  print(try(wrap(n, "while x do ", "", " end")))
  print(try(wrap(n, "repeat ", "", " until x")))
  print(try(wrap(n, "for i = 1, 2 do ", "", " end")))
  print(try("if x then " .. wrap(n, "elseif y then ", "", "") .. " end"))
end
-- expect: 50
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: 150
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: n:1: main function has more than 200 local variables
-- expect: ok
-- expect: 300
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: ok
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: main function has more than 200 local variables
-- expect: ok
-- expect: 5000
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: ok
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: ok
-- expect: ok
-- expect: ok
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: chunk has too many syntax levels
-- expect: n:1: main function has more than 200 local variables
-- expect: ok
for _, n in ipairs { 20, 60, 90, 120, 500 } do
  print(n, try("return " .. wrap(n, "function() return ", "1", " end")))
  print(n, try(wrap(n, "local function f() ", "", " end")))
end
-- expect: 20	ok
-- expect: 20	ok
-- expect: 60	ok
-- expect: 60	ok
-- expect: 90	ok
-- expect: 90	ok
-- expect: 120	n:1: chunk has too many syntax levels
-- expect: 120	ok
-- expect: 500	n:1: chunk has too many syntax levels
-- expect: 500	n:1: chunk has too many syntax levels
-- What compiles also runs.
print(loadstring("return " .. wrap(100, "(", "'deep'", ")"))()) -- expect: deep
local t, d = loadstring("return " .. wrap(100, "{", "", "}"))(), 0
while t do t = t[1] d = d + 1 end
print(d) -- expect: 100
print(loadstring("return " .. wrap(100, "-", "5", ""))(), loadstring("return " .. wrap(99, "- ", "5", ""))()) -- expect: nil	-5
local f = loadstring("return " .. wrap(50, "function() return ", "'inner'", " end"))()
while type(f) == "function" do f = f() end
print(f) -- expect: inner
print(loadstring("local n = 0 " .. wrap(50, "if n >= 0 then n = n + 1 ", "", " end") .. " return n")()) -- expect: 50
print(loadstring("local n = 0 " .. wrap(20, "for _ = 1, 1 do n = n + 1 ", "", " end") .. " return n")()) -- expect: 20
print(loadstring("local n = 0 " .. wrap(100, "do local n = n + 1 ", "result = n", " end") .. " return result")()) -- expect: 100
