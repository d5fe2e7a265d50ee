-- needs: load
-- `load` asks its reader for a piece when the compiler gets to it, and no more often than PUC's does.

local function count(pieces, last)
  local calls = 0
  local function reader()
    calls = calls + 1
    if pieces[calls] == nil and last then return last() end
    return pieces[calls]
  end
  local ok, chunk, message = pcall(load, reader, "=t")
  print(calls, ok, type(chunk), message)
end

-- A syntax error ends the reading.
count{"= =", "x"}
count{"=", " =", "x"}
count{"x", " = ", "1 ", "y", " z", " more"}
count{"x = 3x4 ", "y"}
count({"= ="}, function() return "= =" end)
count({"x = 1 "}, function() return "x = 1 = " end)
count({"x = 'a\\300b'", "y"})
-- The byte after a token is always there.
count{"f", "(", ")", "", "x"}
count{"f()", "g()", nil, "x"}
count{"--", "[[", "]", "]", "x=1"}
count{"x='a\\0", "65", "b'"}
-- Empty pieces end the text, but for the first one.
count{"", "x = 1"}
count{"", "", "x ="}
count{"x = 1", "", "y = 1"}
count{nil, "x = 1"}
-- Numbers are text.
count{1}
count{"x = ", 1, 2, " y = x"}
-- What goes wrong in a reader is a result of `load`.
count({"x = "}, function() error("reader", 0) end)
count({"x = "}, function() error() end)
count({"x = "}, function() return {} end)
count({"x = = "}, function() error("never called") end)
count({"return '" .. ("a"):rep(100000)}, function() return "b', = 1" end)
-- Limits of the compiler end the reading, too.
local n = 0
print(load(function() n = n + 1 return "local a" .. n .. " = 1 " end, "=t"))
print(n)

-- The message handler of an enclosing `xpcall` sees errors of the reader, and those that PUC's compiler raises in its own way,
-- but no syntax errors.
local function handled(f) print(xpcall(f, function(m) return "H(" .. tostring(m) .. ")" end)) end
handled(function() return load(function() error("x", 0) end) end)
handled(function() return load(function() error("x") end) end)
handled(function() return load(function() return {} end) end)
handled(function() return load(function() return "x =" end) end)
handled(function() return load(function() local x = nil; return x.y end) end)
handled(function() return load(error) end)
handled(function() return pcall(load, function() error("x", 0) end) end)
handled(function() return coroutine.wrap(function() return load(function() error("x", 0) end) end)() end)
handled(function() load(function() error("x", 0) end) error("y", 0) end)
-- A handler that fails is called for its own errors.
print(xpcall(function() return load(function() error("x", 0) end) end, function(m)
  if m == "x" then error("again", 0) end
  return "H(" .. m .. ")"
end))
-- A reader may load, and yield not.
print(pcall(load, function() return select(2, load(function() return "x = = " end)) end))
print(coroutine.wrap(function() return load(coroutine.yield) end)())

-- expect: 1	true	nil	t:1: unexpected symbol near '='
-- expect: 2	true	nil	t:1: unexpected symbol near '='
-- expect: 6	true	nil	t:1: '=' expected near 'z'
-- expect: 1	true	nil	t:1: malformed number near '3x4'
-- expect: 1	true	nil	t:1: unexpected symbol near '='
-- expect: 2	true	nil	t:1: unexpected symbol near '='
-- expect: 1	true	nil	t:1: escape sequence too large near ''a'
-- expect: 4	true	function	nil
-- expect: 3	true	function	nil
-- expect: 6	true	function	nil
-- expect: 4	true	function	nil
-- expect: 3	true	function	nil
-- expect: 2	true	function	nil
-- expect: 2	true	function	nil
-- expect: 3	true	function	nil
-- expect: 2	true	nil	t:1: unexpected symbol near '1'
-- expect: 5	true	function	nil
-- expect: 2	true	nil	reader
-- expect: 2	true	nil	nil
-- expect: 2	true	nil	reader function must return a string
-- expect: 1	true	nil	t:1: unexpected symbol near '='
-- expect: 2	true	nil	t:1: unexpected symbol near '='
-- expect: nil	t:1: main function has more than 200 local variables
-- expect: 201
-- expect: true	nil	H(x)
-- expect: true	nil	H(load_reader.lua:51: x)
-- expect: true	nil	H(load_reader.lua:52: reader function must return a string)
-- expect: true	nil	(load):1: unexpected symbol near '='
-- expect: true	nil	H(load_reader.lua:54: attempt to index local 'x' (a nil value))
-- expect: true	nil	H(nil)
-- expect: true	true	nil	x
-- expect: true	nil	x
-- expect: false	H(y)
-- expect: true	nil	H(again)
-- expect: true	nil	(load):1: '<name>' expected near '1'
-- expect: nil	attempt to yield across metamethod/C-call boundary
