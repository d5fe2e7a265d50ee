-- Data structures: LRU cache, queue, set, trie, linked list, ring buffer.

local LRU = {}
LRU.__index = LRU
function LRU.new(size)
  local self = setmetatable({ size = size, count = 0, map = {}, hits = 0, misses = 0 }, LRU)
  self.head, self.tail = {}, {}
  self.head.next, self.tail.prev = self.tail, self.head
  return self
end
local function unlink(n) n.prev.next, n.next.prev = n.next, n.prev end
function LRU:front(n) n.next, n.prev = self.head.next, self.head n.next.prev, self.head.next = n, n end
function LRU:get(k)
  local n = self.map[k]
  if not n then self.misses = self.misses + 1 return nil end
  self.hits = self.hits + 1
  unlink(n)
  self:front(n)
  return n.value
end
function LRU:put(k, v)
  local n = self.map[k]
  if n then n.value = v unlink(n) self:front(n) return end
  if self.count == self.size then
    local old = self.tail.prev
    unlink(old)
    self.map[old.key] = nil
    self.count = self.count - 1
    if self.evicted then self.evicted(old.key, old.value) end
  end
  n = { key = k, value = v }
  self.map[k] = n
  self:front(n)
  self.count = self.count + 1
end
function LRU:items() local n = self.head return function() n = n.next if n ~= self.tail then return n.key, n.value end end end
function LRU:__tostring() local t = {} for k, v in self:items() do t[#t + 1] = k .. "=" .. v end return "{" .. table.concat(t, " ") .. "}" end

local c = LRU.new(3)
local gone = {}
c.evicted = function(k, v) gone[#gone + 1] = k .. v end
c:put("a", 1) c:put("b", 2) c:put("c", 3) print(c) -- expect: {c=3 b=2 a=1}
print(c:get("a"), c:get("z")) -- expect: 1	nil
print(c) -- expect: {a=1 c=3 b=2}
c:put("d", 4) print(c, table.concat(gone, " ")) -- expect: {d=4 a=1 c=3}	b2
c:put("c", 30) print(c, c.count) -- expect: {c=30 d=4 a=1}	3
c:put("e", 5) c:put("f", 6) print(c, table.concat(gone, " "), c:get("a"), c:get("c")) -- expect: {c=30 f=6 e=5}	b2 a1 d4	nil	30
print(c.hits, c.misses, c.count) -- expect: 2	2	3
for i = 1, 1000 do c:put(i % 7, i) c:get(i % 5) end print(c, c.hits, c.misses) -- expect: {6=1000 4=998 5=999}	347	657
local memo = LRU.new(50) local calls = 0
local function fib(n) local v = memo:get(n) if v then return v end calls = calls + 1 v = n < 2 and n or fib(n - 1) + fib(n - 2) memo:put(n, v) return v end
print(fib(40), calls, fib(40), calls) -- expect: 102334155	41	102334155	41

local Set = {}
Set.__index = Set
local function set(list) local s = setmetatable({ has = {} }, Set) for _, v in ipairs(list) do s.has[v] = true end return s end
function Set.__add(a, b) local r = set {} for k in pairs(a.has) do r.has[k] = true end for k in pairs(b.has) do r.has[k] = true end return r end
function Set.__mul(a, b) local r = set {} for k in pairs(a.has) do r.has[k] = b.has[k] end return r end
function Set.__sub(a, b) local r = set {} for k in pairs(a.has) do if not b.has[k] then r.has[k] = true end end return r end
function Set.__le(a, b) for k in pairs(a.has) do if not b.has[k] then return false end end return true end
function Set.__lt(a, b) return a <= b and not (b <= a) end
function Set.__eq(a, b) return a <= b and b <= a end
function Set.__tostring(s) local l = {} for k in pairs(s.has) do l[#l + 1] = tostring(k) end table.sort(l) return "{" .. table.concat(l, ",") .. "}" end
local s1, s2 = set { 1, 2, 3 }, set { 2, 3, 4 }
print(s1 + s2, s1 * s2, s1 - s2, s2 - s1, (s1 + s2) - (s1 * s2)) -- expect: {1,2,3,4}	{2,3}	{1}	{4}	{1,4}
print(s1 == s2, s1 == set { 3, 2, 1 }, s1 <= s1 + s2, s1 < s1, s1 < s1 + s2, s1 ~= s2, s1 * s2 <= s1) -- expect: false	true	true	false	true	true	true

local Queue = {}
Queue.__index = Queue
function Queue.new() return setmetatable({ first = 1, last = 0 }, Queue) end
function Queue:push(v) self.last = self.last + 1 self[self.last] = v end
function Queue:pop() if self.first > self.last then return nil end local v = self[self.first] self[self.first] = nil self.first = self.first + 1 return v end
local q = Queue.new()
for i = 1, 5 do q:push(i * i) end
print(q:pop(), q:pop(), q.last - q.first + 1) -- expect: 1	4	3
q:push("x")
while true do local v = q:pop() if not v then break end io.write(tostring(v), ";") end -- expect: 9;16;25;x;nil	true
print(q:pop(), next(q) ~= nil)

-- Breadth-first search in a grid
local grid = { "S.#.....", ".##.###.", "....#.#.", "##.#..#.", "......#E" }
local function bfs()
  local start, goal
  for y, row in ipairs(grid) do local x = row:find("S") if x then start = { x = x, y = y } end x = row:find("E") if x then goal = { x = x, y = y } end end
  local queue, seen = Queue.new(), { [start.x .. "," .. start.y] = 0 }
  queue:push(start)
  while true do
    local p = queue:pop()
    if not p then return nil end
    local d = seen[p.x .. "," .. p.y]
    if p.x == goal.x and p.y == goal.y then return d end
    for _, m in ipairs { { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } } do
      local x, y = p.x + m[1], p.y + m[2]
      local cell = grid[y] and grid[y]:sub(x, x) or ""
      if cell ~= "" and cell ~= "#" and not seen[x .. "," .. y] then seen[x .. "," .. y] = d + 1 queue:push { x = x, y = y } end
    end
  end
end
print(bfs()) -- expect: 15
grid[1] = "S.#####."
print(bfs()) -- expect: nil
grid[1] = "S.######"
grid[2] = ".######."
print(bfs()) -- expect: nil
grid[3] = "####...."
print(bfs()) -- expect: nil

local trie = {}
local function insert(w) local n = trie for ch in w:gmatch(".") do n[ch] = n[ch] or {} n = n[ch] end n.word = w end
local function complete(p) local n = trie for ch in p:gmatch(".") do n = n[ch] if not n then return "-" end end local out = {} local function walk(m) if m.word then out[#out + 1] = m.word end local ks = {} for k in pairs(m) do if #k == 1 then ks[#ks + 1] = k end end table.sort(ks) for _, k in ipairs(ks) do walk(m[k]) end end walk(n) return table.concat(out, " ") end
for w in ("to tea ted ten inn in i"):gmatch("%a+") do insert(w) end
print(complete("te")) -- expect: tea ted ten
print(complete("i")) -- expect: i in inn
print(complete("")) -- expect: i in inn tea ted ten to
print(complete("x")) -- expect: -
