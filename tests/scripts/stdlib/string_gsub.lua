-- string.gsub
print(("hello"):gsub("l", "L")) -- expect: heLLo	2
print(("hello"):gsub("l", "L", 1)) -- expect: heLlo	1
print(("hello"):gsub("l", "L", 0)) -- expect: hello	0
print(("hello"):gsub("x", "y")) -- expect: hello	0
print(("hello"):gsub("", "-")) -- expect: -h-e-l-l-o-	6
print((""):gsub("", "-")) -- expect: -	1
print((""):gsub("x", "y")) -- expect: 	0
print(("abc"):gsub(".", "%0%0")) -- expect: aabbcc	3
print(("abc def"):gsub("(%w+) (%w+)", "%2 %1")) -- expect: def abc	1
print(("abc"):gsub("%w", "%%%0")) -- expect: %a%b%c	3
print(("abc"):gsub("b", "%%")) -- expect: a%c	1
print(("x"):gsub("x", "%1")) -- expect: x	1
print(("abc"):gsub("(b)", "[%1]")) -- expect: a[b]c	1
print(("abc"):gsub("()b()", "%1-%2")) -- expect: a2-3c	1
print(("a.b.c"):gsub("%.", "")) -- expect: abc	2
print(("a b c"):gsub(" ", "_", 1.9)) -- expect: a_b c	1
print(("hello world"):gsub("o", { o = "0" })) -- expect: hell0 w0rld	2
print(("$a $b $c"):gsub("%$(%w)", { a = 1, b = "two" })) -- expect: 1 two $c	3
print(("abc"):gsub("%w", { a = false, b = true and "B" })) -- expect: aBc	3
print(("abc"):gsub("%w", function(c) if c == "b" then return "<B>" end end)) -- expect: a<B>c	3
print(("abc"):gsub("(a)(b)", function(x, y) return y .. x end)) -- expect: bac	1
print(("abc"):gsub("%w", function(c) return false end)) -- expect: abc	3
print(("abc"):gsub("%w", function(c) return nil end)) -- expect: abc	3
print(("abc"):gsub("%w", function() return 1.5 end)) -- expect: 1.51.51.5	3
print(("abc"):gsub("%w", function(...) return select("#", ...) end)) -- expect: 111	3
print(("abc"):gsub("()", function(p) return p end)) -- expect: 1a2b3c4	4
print(("a1b2"):gsub("(%a)(%d)", function(a, d) return d .. a, "ignored" end)) -- expect: 1a2b	2
print(("abc"):gsub("^a", "x")) -- expect: xbc	1
print(("aaa"):gsub("^a", "x")) -- expect: xaa	1
print(("abc"):gsub("c$", "x")) -- expect: abx	1
print(("abc"):gsub("$", "!")) -- expect: abc!	1
print(("abc"):gsub("^", "!")) -- expect: !abc	1
print(("abc"):gsub("b*", "-")) -- expect: -a--c-	4
print(("abbbc"):gsub("b-", "-")) -- expect: -a-b-b-b-c-	6
print(("  x  "):gsub("^%s*(.-)%s*$", "%1")) -- expect: x	1
print(("x y"):gsub("%s*", ".")) -- expect: .x..y.	4
print(("abc"):gsub("", "")) -- expect: abc	4
print(("äö"):gsub("[\128-\255]", "?")) -- expect: ????	4
print(("a\0b"):gsub("%z", "0")) -- expect: a0b	1
print(("a\0b"):gsub("b", "\0"):byte(1, -1)) -- expect: 97	0	0
print(("%d"):gsub("%%d", "%%s")) -- expect: %s	1
print(("path/to/file"):gsub("/", "\\")) -- expect: path\to\file	2
print(("quote'd"):gsub("'", "\\'")) -- expect: quote\'d	1
print(("x"):gsub(".", "%0%1%0")) -- expect: xxx	1
print(("123"):gsub("%d", { ["1"] = "one", [2] = "never" })) -- expect: one23	3
print(string.gsub(123, 2, 5)) -- expect: 153	1
print(string.gsub("a", "a", 7)) -- expect: 7	1
print(pcall(string.gsub, "x", "x", "%2")) -- expect: false	invalid capture index
print(pcall(string.gsub, "x", "x", "%")) -- expect: true		1
print(pcall(string.gsub, "x", "x", "%x")) -- expect: true	x	1
print(pcall(string.gsub, "x", "x")) -- expect: false	bad argument #3 to '?' (string/function/table expected)
print(pcall(string.gsub, "x", "x", nil)) -- expect: false	bad argument #3 to '?' (string/function/table expected)
print(pcall(string.gsub, "x", "x", true)) -- expect: false	bad argument #3 to '?' (string/function/table expected)
print(pcall(string.gsub, "x")) -- expect: false	bad argument #2 to '?' (string expected, got no value)
print(pcall(string.gsub, "x", "x", function() return {} end)) -- expect: false	invalid replacement value (a table)
print(pcall(string.gsub, "x", "x", { x = true })) -- expect: false	invalid replacement value (a boolean)
print(pcall(string.gsub, "x", "x", { x = print })) -- expect: false	invalid replacement value (a function)
print(pcall(string.gsub, "x", "(", "")) -- expect: true	x	2
print(pcall(string.gsub, "x", "x", "y", "z")) -- expect: false	bad argument #4 to '?' (number expected, got string)
print(pcall(string.gsub, {}, "x", "y")) -- expect: false	bad argument #1 to '?' (string expected, got table)
print(pcall(string.gsub, "x", "(x", "")) -- expect: true		1
print(pcall(string.gsub, "x", "x)", "")) -- expect: false	invalid pattern capture
print(pcall(string.gsub, "abc", "%w", "%9")) -- expect: false	invalid capture index
-- Programs in patterns
local function expand(s, env) return (s:gsub("%${(%w+)}", env)) end
print(expand("${greet}, ${name}! ${unknown}", { greet = "Hello", name = "World" })) -- expect: Hello, World! ${unknown}
print((("CamelCaseString"):gsub("(%u)", function(c) return "_" .. c:lower() end):gsub("^_", ""))) -- expect: camel_case_string
print((("snake_case_name"):gsub("_(%l)", function(c) return c:upper() end))) -- expect: snakeCaseName
print((("1234567"):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))) -- expect: 1,234,567
print((("<b>bold</b> & text"):gsub("[<>&]", { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;" }))) -- expect: &lt;b&gt;bold&lt;/b&gt; &amp; text
print((("a%20b%2Fc"):gsub("%%(%x%x)", function(h) return string.char(tonumber(h, 16)) end))) -- expect: a b/c
print((("hello world from lua"):gsub("(%w)(%w*)", function(a, b) return a:upper() .. b end))) -- expect: Hello World From Lua
print((("f(a, (b), c)"):gsub("%b()", function(s) return "<" .. #s .. ">" end))) -- expect: f<11>
local count = 0
print((("aXbXc"):gsub("X", function() count = count + 1 return count end)), count) -- expect: a1b2c	2
print(select(2, ("the cat the dog the end"):gsub("the", "")), #("x"):rep(1000):gsub("x", "yy")) -- expect: 3	2000
print((("x = 1 -- comment"):gsub("%s*%-%-.*$", "")) .. "|", (("a,b;c d"):gsub("[,; ]", "|"))) -- expect: x = 1|	a|b|c|d
print(("abc"):gsub("%w", "%0", 2)) -- expect: abc	2
print(("abc"):gsub("%w", "x", -1)) -- expect: abc	0
print(("abc"):gsub("%w", "x", 100)) -- expect: xxx	3
print(("nested [[a] b]"):gsub("%b[]", "()")) print(("THE (quick) fox"):gsub("%f[%a]%a+", string.lower)) print(("abc"):gsub("b", string.upper)) -- expect: nested ()	1
-- expect: the (quick) fox	3
-- expect: aBc	1
print(("one two"):gsub("(%w+)", setmetatable({}, { __index = function(_, k) return #k end }))) -- expect: 3 3	2
