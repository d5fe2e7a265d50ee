#!/usr/bin/env lua
-- Comments, semicolons, whitespace, identifiers, the shebang line above.

print("a") -- a comment at the end -- expect: a
--[[ a block
     comment print("hidden") ]] print("b") -- expect: b
--[==[ levels ]] ]=] print("hidden") ]==] print("c") -- expect: c
--[ not a block comment
print("d") -- expect: d
---[[ not a block comment either
print("e") -- expect: e
--]]
--[=[
print("hidden")
--]=]
print("f") -- -- expect: f
--
print("g"); -- expect: g
(function() print("h") end)() -- expect: h
local _, _1, a1, A, a_B = 1, 2, 3, 4, 5; print(_, _1, a1, A, a_B) -- expect: 1	2	3	4	5
local And, END, If = "and", "end", "if" print(And, END, If) -- expect: and	end	if
local goto_, goto = 1, 2
print(goto_, goto) -- expect: 1	2
print(1)print(2)	print(3) -- expect: 1
-- expect: 2
-- expect: 3
print(
  "many"
  ,
  "lines"
)
-- expect: many	lines
local t={a=1,['b']=2,[3]='c';4;5,}print(t.a,t.b,t[3],t[1],t[2]) -- expect: 1	2	c	4	5
local x=1 y=2 print(x,y) -- expect: 1	2
print(("%s"):format"s",#"abc"..1) -- expect: s	31
local s = "abc"print(s:upper(),s:len()) -- expect: ABC	3
print(1--[[inline]]+--[=[again]=]2) -- expect: 3
do local a = 1; local a = a + 1; print(a) end -- expect: 2
if true then end
while false do end
for i = 1, 0 do end
repeat until true
do end
print(not nil==true, not(nil==true)) -- expect: true	true
print(-2^2, 2^-1, 2^3^2) -- expect: -4	0.5	512
print(loadstring("# not a comment in loadstring")) -- expect: nil	[string "# not a comment in loadstring"]:1: unexpected symbol near '#'
print(type(loadstring("--", "=c")), pcall(loadstring("--"))) print(type(loadstring("--[[x]]")), type(loadstring(""))) -- expect: function	true
-- expect: function	function
print(type(loadstring("-- no newline at the end"))) -- expect: function
-- Strange characters
local function syntax(s) print((select(2, loadstring(s, "=s")))) end
syntax("a = @") -- expect: s:1: unexpected symbol near '@'
syntax("a = $b") -- expect: s:1: unexpected symbol near '$'
syntax("a = 1 ! 2") -- expect: s:1: unexpected symbol near '!'
syntax("a = \1") -- expect: s:1: unexpected symbol near 'char(1)'
syntax("a = ~1") -- expect: s:1: unexpected symbol near '~'
syntax("a = `x`") -- expect: s:1: unexpected symbol near '`'
syntax("a ~ b") -- expect: s:1: '=' expected near '~'
syntax("a != b") -- expect: s:1: '=' expected near '!'
syntax("a := 1") -- expect: s:1: '<name>' expected near '='
syntax("x = }") -- expect: s:1: unexpected symbol near '}'
syntax("x = 'abc") -- expect: s:1: unfinished string near '<eof>'
syntax("x = 'abc\ndef'") -- expect: s:1: unfinished string near ''abc'
syntax("x = \"abc\\") -- expect: s:1: unfinished string near '<eof>'
syntax("x = [[abc") -- expect: s:1: unfinished long string near '<eof>'
syntax("x = [==[abc]=]") -- expect: s:1: unfinished long string near '<eof>'
syntax("--[[ never closed") -- expect: s:1: unfinished long comment near '<eof>'
syntax("x = [=abc") -- expect: s:1: invalid long string delimiter near '[='
syntax("x = [==") -- expect: s:1: invalid long string delimiter near '[=='
syntax("x = '\\256'") -- expect: s:1: escape sequence too large near '''
syntax("x = '\\999'") -- expect: s:1: escape sequence too large near '''
syntax("x = 'a\\300b'") -- expect: s:1: escape sequence too large near ''a'
syntax("x = '\\") -- expect: s:1: unfinished string near '<eof>'
syntax("x = \"long string literal with some words \\400") -- expect: s:1: escape sequence too large near '"long string literal with some words '
