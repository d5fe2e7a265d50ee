-- Tail calls by what is called, with how many arguments, from which frame.

local unpack, select = unpack, select

-- Parameters without arguments are nil, whatever the registers held.
local function three(a, b, c) local d return a, b, c, d end
local function busy() local x, y, z, w = 1, 2, 3, 4 return three(x + y + z + w) end
print(busy()) -- expect: 10	nil	nil	nil
local function drop() return three(1, 2, 3, 4, 5) end
print(drop()) -- expect: 1	2	3	nil

-- Variable arguments, in the caller, the callee, or both.
local function count(...) return select("#", ...), ... end
local function to_count(...) return count("first", ...) end
print(to_count()) -- expect: 1	first
print(to_count(nil, nil)) -- expect: 3	first	nil	nil
print(to_count(1, 2, 3)) -- expect: 4	first	1	2	3
local function fixed(a, b, ...) return three(b, a, ...) end
print(fixed()) -- expect: nil	nil	nil	nil
print(fixed(1, 2, 3, 4)) -- expect: 2	1	3	nil
local function mixed(a, ...) return fixed(..., a) end
print(mixed(1)) -- expect: 1	nil	nil	nil
print(mixed(1, 2, 3)) -- expect: 1	2	nil	nil
local function many(n, ...) if n == 0 then return select("#", ...), (select(-1, ...)) end return many(n - 1, ..., n) end
print(many(40, 1)) -- expect: 2	1

-- More of them than are moved for nothing.
local long = {}
for i = 1, 100 do long[i] = i end
local function last(...) return select(select("#", ...), ...) end
local function forward(...) return last(...) end
print(forward(unpack(long))) -- expect: 100
local function rest(...) return count(select(90, ...)) end
print(rest(unpack(long))) -- expect: 11	90	91	92	93	94	95	96	97	98	99	100

-- Native functions.
print((function(x) return math.floor(x) end)(2.5)) -- expect: 2
print((function(...) return select("#", ...) end)(nil, nil)) -- expect: 2
print((function(...) return select(2, ...) end)("a", "b", "c")) -- expect: b	c
print(select("#", (function(t) return table.insert(t, 1) end)({}))) -- expect: 0
print((function(s) return s:byte(10) end)("short")) -- expect:
print(pcall(function(x) return math.floor(x) end, "x")) -- expect: false	tailcall_shapes.lua:42: bad argument #1 to 'floor' (number expected, got string)
print(pcall(function(x) return math.floor(x) end)) -- expect: false	tailcall_shapes.lua:43: bad argument #1 to 'floor' (number expected, got nil)
print((function(...) return pcall(...) end)(error, "thrown", 0)) -- expect: false	thrown
print((function(f) return coroutine.wrap(f)() end)(function() return coroutine.yield("out") end)) -- expect: out

-- Through __call, and of what cannot be called.
local callable = setmetatable({}, { __call = function(self, ...) return select("#", ...), ... end })
print((function(...) return callable(...) end)(1, nil)) -- expect: 2	1	nil
print(pcall(function() local t = {} return t() end)) -- expect: false	tailcall_shapes.lua:50: attempt to call local 't' (a table value)
print(pcall(function() return nothing() end)) -- expect: false	tailcall_shapes.lua:51: attempt to call global 'nothing' (a nil value)

-- Captured registers keep their values.
local function captured(n)
  local kept = n
  local function get() return kept end
  if n == 0 then return get() end
  return (function(f) return f() + get() end)(get)
end
print(captured(0), captured(21)) -- expect: 0	42

-- From a metamethod, an iterator, a protected function and a coroutine.
local value = setmetatable({}, {
  __add = function(a, b) return three("sum") end,
  __lt = function() return count() end,
  __concat = function(a, b) return tostring("joined") end,
  __index = function(t, k) return select(2, t, k) end,
})
print(value + 1, value < value, value .. "x", value.field) -- expect: sum	true	joined	field
local function step(limit, i) if i < limit then return three(i + 1, i * 2) end end
for i, double in step, 3, 0 do io.write(i, " ", double, "; ") end -- expect: 1 0; 2 2; 3 4; 
print()
print(pcall(function() return three("protected") end)) -- expect: true	protected	nil	nil	nil
print(coroutine.resume(coroutine.create(function(...) return count(...) end), 1, 2)) -- expect: true	2	1	2
print(xpcall(function() return error("message", 0) end, function(m) return tostring("handled " .. m) end)) -- expect: false	handled message
