-- string.find, match, gmatch and patterns
local function s(...)
  local t = { ... }
  for i = 1, select("#", ...) do t[i] = tostring(t[i]) end
  return table.concat(t, "/")
end
print(s(("hello"):find("l")), s(("hello"):find("xyz")), s(("hello"):find("")), s(("hello"):find("", 10)), s(("hello"):find("", 6))) -- expect: 3/3	nil	1/0	6/5	6/5
print(s(("hello"):find("l", 4)), s(("hello"):find("l", -2)), s(("hello"):find("h", 2)), s(("hello"):find("l", -100))) -- expect: 4/4	4/4	nil	3/3
print(s(("a.b"):find(".")), s(("a.b"):find(".", 1, true)), s(("a.b"):find("%.")), s(("a+b"):find("+", 1, true)), s(("a+b"):find("+b", 1, true))) -- expect: 1/1	2/2	2/2	2/2	2/3
print(s((""):find("")), s((""):find("", 1, true)), s((""):find("x")), s(("x"):find("", 2)), s(("x"):find("", 3))) -- expect: 1/0	1/0	nil	2/1	2/1
print(s(("hello world"):find("o w")), s(("hello world"):find("(o) (w)")), s(("hello"):find("(l)(l)")), s(("hello"):find("()ll()"))) -- expect: 5/7	5/7/o/w	3/4/l/l	3/4/3/5
print(s(("a\0b"):find("\0")), s(("a\0b"):find("b")), s(("a\0b"):find("%z")), s(("ab"):find("b", 1.9)), s(("ab"):find("b", "2"))) -- expect: 2/2	3/3	2/2	2/2	2/2
-- Classes
local all = {}
for c = 0, 255 do all[#all + 1] = string.char(c) end
all = table.concat(all)
for _, class in ipairs { "%a", "%c", "%d", "%l", "%p", "%s", "%u", "%w", "%x", "%z", ".", "%A", "%C", "%D", "%L", "%P", "%S", "%U", "%W", "%X", "%Z" } do
  local _, n = all:gsub(class, "")
  io.write(class, "=", n, " ")
end
-- expect: %a=52 %c=33 %d=10 %l=26 %p=32 %s=6 %u=26 %w=62 %x=22 %z=1 .=256 %A=204 %C=223 %D=246 %L=230 %P=224 %S=250 %U=230 %W=194 %X=234 %Z=255 |
print("|")
print(s(("THE (quick) fox"):find("%((%a+)%)")), s(("x = 10"):match("^(%w+)%s*=%s*(%d+)$"))) -- expect: 5/11/quick	x/10
print(s(("[]"):match("[]]")), s(("a]b"):match("[^]]+")), s(("a-z"):match("[a%-z]+")), s(("a-z"):match("[%a-z]+")), s(("b^"):match("[b^]+")), s(("^"):match("[%^]"))) -- expect: ]	a	a-z	a-z	b^	^
print(s(("x-y"):match("[a-]")), s(("x-y"):match("[-a]")), s(("5%"):match("[%d%%]+")), s(("a.b"):match("[.]")), ("tab\t"):match("[%c]") == "\t") -- expect: -	-	5%	.	true
print(s(("azAZ09"):match("[a-zA-Z]+")), s(("azAZ09"):match("[^a-z]+")), ("é"):len(), s(("abc"):match("[c-a]")), s(("abc"):match("[a-a]"))) -- expect: azAZ	AZ09	2	nil	a
-- Quantifiers
print(s(("aaa"):match("a*")), s(("aaa"):match("a+")), ("aaa"):match("a-") == "", s(("aaa"):match("a?")), ("baaa"):match("a*") == "", s(("aaab"):match("a-b"))) -- expect: aaa	aaa	true	a	true	aaab
print(s(("<<a>><b>"):match("<(.-)>")), s(("<a><b>"):match("<(.*)>")), s(("<a><b>"):match("<(.-)>$")), s(("abc"):match("b?c")), s(("ac"):match("ab?c"))) -- expect: <a	a><b	a><b	bc	ac
print(s(("0x1F"):match("^0[xX](%x+)$")), ("  trim  "):match("^%s*(.-)%s*$") .. "|", s(("key=val"):match("(%w+)=(%w+)")), s(("a,b,,c"):match(",,(.)"))) -- expect: 1F	trim|	key/val	c
print(s(("aXb"):match("%u")), s(("aXb"):match("%U+")), s(("a1b2"):match("%d%a")), s(("word1 word2"):match("%w+$")), s(("x"):match("x*x")), s(("xx"):match("x-x$"))) -- expect: X	a	1b	word2	x	xx
-- Anchors
print(s(("hello"):match("^hel")), s(("hello"):match("^el")), s(("hello"):match("lo$")), s(("hello"):match("hel$")), s(("a$b"):match("a$b")), s(("a^b"):match("a^b")), s(("$"):match("^$")), s((""):match("^$"))) -- expect: hel	nil	lo	nil	a$b	a^b	nil	
print(s(("hello"):find("^l", 3)), s(("hello"):find("^h", 2)), s(("^x"):find("^", 1, true)), s(("a$"):find("$", 1, true)), s(("x$y"):find("%$"))) -- expect: 3/3	nil	1/1	2/2	2/2
-- Captures
print(s(("2024-01-15"):match("(%d+)-(%d+)-(%d+)")), s(("abc"):match("((a)(b))")), s(("abc"):match("()")), s(("abc"):match("a()b()c()")), s(("abc"):match(".-(c)"))) -- expect: 2024/01/15	ab/a/b	1	2/3/4	c
print(s(("abab"):match("(ab)%1")), s(("abcabd"):match("(ab)c%1(.)")), s(("say 'hi' \"x\""):match("(['\"])(.-)%1")), s(("aa bb cd"):match("(%a)%1 (%a)%2 (.)"))) -- expect: ab	ab/d	'/hi	a/b/c
print(s(("hello"):match("l", 4)), s(("hello"):match("()l", 4)), s(("hello"):match(".", -1)), s(("hello"):match("(h)(x?)"))) -- expect: l	4	o	h/
print(select("#", ("x"):match("(x)()(y?)")), ("x"):match("(x)()(y?)")) -- expect: 3	x	2	
-- %b and %f
print(s(("f(a(b)c)d"):match("%b()")), s(("((x)"):match("%b()")), s(("x)("):match("%b()")), s(("[[a]b]c"):match("%b[]")), s(("'a' 'b'"):match("%b''")), s(("begin x end"):match("%bbe"))) -- expect: (a(b)c)	(x)	nil	[[a]b]	'a'	be
print(s(("THE (quick) fox"):find("%f[%a]%a+%f[%A]")), s(("THE (quick) fox"):match("%f[%l]%l+")), s(("foo bar"):match("%f[%w]bar%f[%W]")), s(("foobar"):match("%f[%w]bar"))) -- expect: 1/3	quick	bar	nil
print(s(("hello"):find("%f[%z]")), s(("hello"):gsub("%f[%w]", "^")), s(("a b"):gsub("%f[%W]", "$")), s((""):find("%f[%z]"))) -- expect: 6/5	^hello/1	a$ b$/2	nil
-- gmatch
for w in ("one two  three"):gmatch("%a+") do io.write(w, ";") end print() -- expect: one;two;three;
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do io.write(k, v, ";") end print() -- expect: a1;b2;
for p in ("abc"):gmatch("()") do io.write(p, ";") end print() -- expect: 1;2;3;4;
for a, b in ("abcd"):gmatch("()(.)") do io.write(a, b, ";") end print() -- expect: 1a;2b;3c;4d;
for m in ("abc"):gmatch("x*") do io.write("[", m, "]") end print() -- expect: [][][][]
for m in ("aXbX"):gmatch("(.-)X") do io.write("[", m, "]") end print() -- expect: [a][b]
for m in ("hello"):gmatch("^h") do io.write("[", m, "]") end print("no anchor in gmatch") -- expect: no anchor in gmatch
print(("abc"):gmatch("b")(), ("abc"):gmatch("x")(), type(("x"):gmatch(".")), string.gfind == string.gmatch) -- expect: b	nil	function	true
print(pcall(string.gmatch, "x")) -- expect: false	bad argument #2 to '?' (string expected, got no value)
print(pcall(string.gmatch)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
-- Malformed patterns
for _, p in ipairs { "(", ")", "%", "[", "[a", "[]", "[^]", "[%", "[a-", "%b", "%bx", "%f", "%fa", "(()", "())", "%1", "(%1)", "%0", "%9", "a**", "*", "+", "?", "-", "^*", "[a-%a]", "(a", "a)" } do
  print(p, pcall(string.find, "a", p))
end
-- expect: (	false	unfinished capture
-- expect: )	true	nil
-- expect: %	false	malformed pattern (ends with '%')
-- expect: [	false	malformed pattern (missing ']')
-- expect: [a	false	malformed pattern (missing ']')
-- expect: []	false	malformed pattern (missing ']')
-- expect: [^]	false	malformed pattern (missing ']')
-- expect: [%	false	malformed pattern (missing ']')
-- expect: [a-	false	malformed pattern (missing ']')
-- expect: %b	false	unbalanced pattern
-- expect: %bx	false	unbalanced pattern
-- expect: %f	false	missing '[' after '%f' in pattern
-- expect: %fa	false	missing '[' after '%f' in pattern
-- expect: (()	false	unfinished capture
-- expect: ())	false	invalid pattern capture
-- expect: %1	false	invalid capture index
-- expect: (%1)	false	invalid capture index
-- expect: %0	false	invalid capture index
-- expect: %9	false	invalid capture index
-- expect: a**	true	nil
-- expect: *	true	nil
-- expect: +	true	nil
-- expect: ?	true	nil
-- expect: -	true	nil
-- expect: ^*	true	nil
-- expect: [a-%a]	true	1	1
-- expect: (a	false	unfinished capture
-- expect: a)	true	nil
print(pcall(string.find)) -- expect: false	bad argument #1 to '?' (string expected, got no value)
print(pcall(string.find, "x")) -- expect: false	bad argument #2 to '?' (string expected, got no value)
print(pcall(string.find, "x", {})) -- expect: false	bad argument #2 to '?' (string expected, got table)
print(pcall(string.match, nil, "x")) -- expect: false	bad argument #1 to '?' (string expected, got nil)
print(pcall(string.find, "x", "x", {})) -- expect: false	bad argument #3 to '?' (number expected, got table)
print(pcall(string.match, "x", ("(x?)"):rep(33))) -- expect: false	too many captures
print(select("#", ("x"):match(("(x?)"):rep(32)))) -- expect: 32
