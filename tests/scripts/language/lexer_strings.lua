-- String literals: escapes, long brackets, line continuation.

local function bytes(s)
  local t = {}
  for i = 1, #s do t[i] = string.byte(s, i) end
  return table.concat(t, " ")
end

print(bytes("\a\b\f\n\r\t\v")) -- expect: 7 8 12 10 13 9 11
print(bytes("\\\"\'")) -- expect: 92 34 39
print(bytes('\\\"\'')) -- expect: 92 34 39
print(bytes("\0")) -- expect: 0
print(bytes("\00012")) -- expect: 0 49 50
print(bytes("\7x\07x\007x")) -- expect: 7 120 7 120 7 120
print(bytes("\255\200\1")) -- expect: 255 200 1
print(bytes("\0659")) -- expect: 65 57
print(bytes("\65\66\67")) -- expect: 65 66 67
print(#"a\0b\0") -- expect: 4
-- An unknown escape stands for the character itself.
print("\q\w\e\x41\z\%\-\/") -- expect: qwex41z%-/
print("\u{41}") -- expect: u{41}
print("a\
b")
-- expect: a
-- expect: b
print("single 'quotes' inside double") -- expect: single 'quotes' inside double
print('double "quotes" inside single') -- expect: double "quotes" inside single
print("") -- expect:
print(#"", #'', #[[]]) -- expect: 0	0	0

-- Long brackets skip one newline at their start.
print([[
first]])
-- expect: first
print([[

second]])
-- expect:
-- expect: second
print([[one
two
three]])
-- expect: one
-- expect: two
-- expect: three
print([==[a ]] b ]=] c]==]) -- expect: a ]] b ]=] c
print([=[
[[nested]]]=])
-- expect: [[nested]]
print(#[[
]])
-- expect: 0
print([[no \n escapes \65 here]]) -- expect: no \n escapes \65 here
print(bytes([[\0]])) -- expect: 92 48
print([===[]]]==]]===]) -- expect: ]]]==]
print([[a]b]]) -- expect: a]b
print(("x"):rep(3), #("y"):rep(0)) -- expect: xxx	0

-- CR, LF, CRLF and LFCR each count as one newline, and read as "\n".
print(bytes(loadstring("return [[\r\na\r\nb\n\rc\rd]]")())) -- expect: 97 10 98 10 99 10 100
print(bytes(loadstring("return 'a\\\r\nb\\\rc\\\n\rd'")())) -- expect: 97 10 98 10 99 10 100
print(select(2, pcall(loadstring("\r\n\n\r\r\nerror('x')", "=c")))) -- expect: c:4: x
print(select(2, pcall(loadstring("\n\n\r\r\rerror('x')", "=c")))) -- expect: c:5: x

-- Bytes above 127 and NUL pass through.
print(bytes(loadstring("return '\195\169\0z'")())) -- expect: 195 169 0 122
print(#loadstring("return [[\0\0]]")()) -- expect: 2

-- Call without parentheses.
print"no parens" -- expect: no parens
print[[long no parens]] -- expect: long no parens
print(type{}, #{1, 2}, ("%d"):format(5)) -- expect: table	2	5
print(#"abc" + 1, -#"abc", not #"") -- expect: 4	-3	false
