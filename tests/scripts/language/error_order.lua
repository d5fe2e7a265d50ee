-- needs: speed
-- PUC compiles while it parses: what comes first in the source is what is reported, a limit or a syntax error.

local function names(prefix, count, separator)
  local list = {}
  for i = 1, count do list[i] = prefix .. i end
  return table.concat(list, separator or ",")
end
local function show(source) print(select(3, pcall(loadstring, source, "=t"))) end

local locals = "local " .. names("a", 100) .. "\n"
-- Upvalues.
show(locals .. "function f() return " .. names("a", 61) .. " end x = = 1")
show(locals .. "function f() return " .. names("a", 60) .. " end x = = 1")
show(locals .. "function f() x = = 1 return " .. names("a", 61) .. " end")
show(locals .. "function f()\n g = function() return " .. names("a", 61) .. " +\n")
show(locals .. "local function f() while " .. names("a", 61, " and ") .. " x")
show(locals .. "for i = 1, (function() return " .. names("a", 61) .. " end)() x")
show(locals .. "t = {x = function() return " .. names("a", 61) .. " end, =")
show(locals .. "f(function() return " .. names("a", 61) .. " end) = 1")
show(locals .. "return function() " .. names("a", 61, "=1 ") .. "=1 'abc")
show(locals .. "function f() return " .. names("a", 59) .. ", a60, a61 '\n")
show(locals .. "function f() return " .. names("a", 60) .. " '\n")
-- Registers.
show("f(" .. names("x", 260) .. ") = =")
show("f(" .. names("x", 240) .. " = =")
show("return {" .. ("{"):rep(260))
show("x = " .. ("("):rep(260))
show("local t = " .. ("a.."):rep(260) .. "= =")
show("x = f(" .. names("x", 248) .. ", =")
show("x = f(" .. names("x", 260) .. ", =")
-- Local variables.
show("local " .. names("a", 201) .. " = = 1")
show("local " .. names("a", 200) .. " = = 1")
show("function f(" .. names("a", 201) .. ", 1)")
show("local " .. names("a", 198) .. " for i = = 1")
-- Syntax levels.
show(("do "):rep(250) .. "x = =")
show(("do "):rep(190) .. "x = =")
show("x = = " .. ("do "):rep(250))
-- Constants.
local constants = {}
for i = 1, 262145 do constants[i] = i .. ".5" end
local many = "x = {" .. table.concat(constants, ",")
show(many .. "} x = =")
show(many .. ",")
show("x = = " .. many)
show("function f() " .. many .. "} x = =")
-- Declarations in one function.
show(("do local a end "):rep(32768) .. "x = =")
show(("do local a end "):rep(32767) .. "x = =")
-- The length of a jump.
show("while x do " .. ("a = b "):rep(70000) .. "end x = =")
show("while x do " .. ("a = b "):rep(70000) .. "x = =")
show("for i = 1, 2 do " .. ("a = b "):rep(70000) .. "end x = =")
show("repeat " .. ("a = b "):rep(70000) .. "until x x = =")

-- expect: t:2: function at line 2 has more than 60 upvalues
-- expect: t:2: unexpected symbol near '='
-- expect: t:2: unexpected symbol near '='
-- expect: t:3: function at line 2 has more than 60 upvalues
-- expect: t:2: function at line 2 has more than 60 upvalues
-- expect: t:2: function at line 2 has more than 60 upvalues
-- expect: t:2: function at line 2 has more than 60 upvalues
-- expect: t:2: function at line 2 has more than 60 upvalues
-- expect: t:2: function at line 2 has more than 60 upvalues
-- expect: t:2: unfinished string near '''
-- expect: t:2: unfinished string near '''
-- expect: t:1: function or expression too complex near 'x250'
-- expect: t:1: ')' expected near '='
-- expect: t:1: chunk has too many syntax levels
-- expect: t:1: chunk has too many syntax levels
-- expect: t:1: chunk has too many syntax levels
-- expect: t:1: unexpected symbol near '='
-- expect: t:1: function or expression too complex near 'x250'
-- expect: t:1: main function has more than 200 local variables
-- expect: t:1: unexpected symbol near '='
-- expect: t:1: function at line 1 has more than 200 local variables
-- expect: t:1: main function has more than 200 local variables
-- expect: t:1: chunk has too many syntax levels
-- expect: t:1: unexpected symbol near '='
-- expect: t:1: unexpected symbol near '='
-- expect: constant table overflow
-- expect: constant table overflow
-- expect: t:1: unexpected symbol near '='
-- expect: constant table overflow
-- expect: too many local variables
-- expect: t:1: unexpected symbol near '='
-- expect: t:1: control structure too long near 'end'
-- expect: t:1: unexpected symbol near '='
-- expect: t:1: control structure too long near 'end'
-- expect: t:1: control structure too long near 'x'
