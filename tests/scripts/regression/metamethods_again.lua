-- A metamethod that was removed, found absent, and assigned again is there again, however it is assigned.

local function yes() return "yes" end

-- Each use: what it does with two objects whose metatable is mt, or an error's message without its position.
local function attempt(f, ...)
  local ok, result = pcall(f, ...)
  return ok and tostring(result) or "none"
end
local uses = {
  __index = function(a) return a.missing end,
  __newindex = function(a) a.missing = 1 local got = rawget(a, "missing") a = rawset(a, "missing", nil) return got end,
  __eq = function(a, b) return a == b end,
  __call = function(a) return a() end,
  __concat = function(a, b) return a .. b end,
  __len = function(a) return #a end,
  __lt = function(a, b) return a < b end,
  __le = function(a, b) return a <= b end,
  __add = function(a, b) return a + b end,
  __sub = function(a, b) return a - b end,
  __mul = function(a, b) return a * b end,
  __div = function(a, b) return a / b end,
  __mod = function(a, b) return a % b end,
  __pow = function(a, b) return a ^ b end,
  __unm = function(a) return -a end,
  __tostring = function(a) return (tostring(a):gsub("0x%x+", "address")) end,
  __metatable = function(a) return type(getmetatable(a)) end,
}
local names = {}
for name in pairs(uses) do names[#names + 1] = name end
table.sort(names)

-- One store for each event, each with an inline cache of its own; and the ways that take the name as a value.
local fields = {
  __index = function(mt, h) mt.__index = h end,
  __newindex = function(mt, h) mt.__newindex = h end,
  __eq = function(mt, h) mt.__eq = h end,
  __call = function(mt, h) mt.__call = h end,
  __concat = function(mt, h) mt.__concat = h end,
  __len = function(mt, h) mt.__len = h end,
  __lt = function(mt, h) mt.__lt = h end,
  __le = function(mt, h) mt.__le = h end,
  __add = function(mt, h) mt.__add = h end,
  __sub = function(mt, h) mt.__sub = h end,
  __mul = function(mt, h) mt.__mul = h end,
  __div = function(mt, h) mt.__div = h end,
  __mod = function(mt, h) mt.__mod = h end,
  __pow = function(mt, h) mt.__pow = h end,
  __unm = function(mt, h) mt.__unm = h end,
  __tostring = function(mt, h) mt.__tostring = h end,
  __metatable = function(mt, h) mt.__metatable = h end,
}
local ways = {
  field = function(mt, name, h) fields[name](mt, h) end,
  index = function(mt, name, h) mt[name] = h end,
  rawset = function(mt, name, h) rawset(mt, name, h) end,
  traversal = function(mt, name, h)
    mt[name] = mt[name] or h
    for key in next, mt do
      if key == name then mt[key] = h end
    end
  end,
  global = function(mt, name, h)
    setfenv(assert(loadstring(name .. " = ...")), mt)(h)
  end,
}
for _, way in ipairs { "field", "index", "rawset", "traversal", "global" } do
  local line = {}
  for _, name in ipairs(names) do
    local store, use = ways[way], uses[name]
    local userdata = name == "__len"
    local mt, a, b
    if userdata then
      a = newproxy(true)
      mt = getmetatable(a)
    else
      mt = {}
      a, b = setmetatable({}, mt), setmetatable({}, mt)
    end
    local results = {}
    for round = 1, 3 do
      store(mt, name, yes)
      results[#results + 1] = attempt(use, a, b)
      -- Removed, and found absent twice.
      mt[name] = nil
      results[#results + 1] = attempt(use, a, b) == attempt(use, a, b) and "-" or "differs"
      -- The collector makes a dead key of the removed one in some rounds.
      if round == 2 then collectgarbage() end
    end
    line[#line + 1] = name .. " " .. table.concat(results, " ")
  end
  print(way)
  print(table.concat(line, "\n"))
end
-- expect: field
-- expect: __add yes - yes - yes -
-- expect: __call yes - yes - yes -
-- expect: __concat yes - yes - yes -
-- expect: __div yes - yes - yes -
-- expect: __eq true - true - true -
-- expect: __index yes - yes - yes -
-- expect: __le true - true - true -
-- expect: __len yes - yes - yes -
-- expect: __lt true - true - true -
-- expect: __metatable function - function - function -
-- expect: __mod yes - yes - yes -
-- expect: __mul yes - yes - yes -
-- expect: __newindex nil - nil - nil -
-- expect: __pow yes - yes - yes -
-- expect: __sub yes - yes - yes -
-- expect: __tostring yes - yes - yes -
-- expect: __unm yes - yes - yes -
-- expect: index
-- expect: __add yes - yes - yes -
-- expect: __call yes - yes - yes -
-- expect: __concat yes - yes - yes -
-- expect: __div yes - yes - yes -
-- expect: __eq true - true - true -
-- expect: __index yes - yes - yes -
-- expect: __le true - true - true -
-- expect: __len yes - yes - yes -
-- expect: __lt true - true - true -
-- expect: __metatable function - function - function -
-- expect: __mod yes - yes - yes -
-- expect: __mul yes - yes - yes -
-- expect: __newindex nil - nil - nil -
-- expect: __pow yes - yes - yes -
-- expect: __sub yes - yes - yes -
-- expect: __tostring yes - yes - yes -
-- expect: __unm yes - yes - yes -
-- expect: rawset
-- expect: __add yes - yes - yes -
-- expect: __call yes - yes - yes -
-- expect: __concat yes - yes - yes -
-- expect: __div yes - yes - yes -
-- expect: __eq true - true - true -
-- expect: __index yes - yes - yes -
-- expect: __le true - true - true -
-- expect: __len yes - yes - yes -
-- expect: __lt true - true - true -
-- expect: __metatable function - function - function -
-- expect: __mod yes - yes - yes -
-- expect: __mul yes - yes - yes -
-- expect: __newindex nil - nil - nil -
-- expect: __pow yes - yes - yes -
-- expect: __sub yes - yes - yes -
-- expect: __tostring yes - yes - yes -
-- expect: __unm yes - yes - yes -
-- expect: traversal
-- expect: __add yes - yes - yes -
-- expect: __call yes - yes - yes -
-- expect: __concat yes - yes - yes -
-- expect: __div yes - yes - yes -
-- expect: __eq true - true - true -
-- expect: __index yes - yes - yes -
-- expect: __le true - true - true -
-- expect: __len yes - yes - yes -
-- expect: __lt true - true - true -
-- expect: __metatable function - function - function -
-- expect: __mod yes - yes - yes -
-- expect: __mul yes - yes - yes -
-- expect: __newindex nil - nil - nil -
-- expect: __pow yes - yes - yes -
-- expect: __sub yes - yes - yes -
-- expect: __tostring yes - yes - yes -
-- expect: __unm yes - yes - yes -
-- expect: global
-- expect: __add yes - yes - yes -
-- expect: __call yes - yes - yes -
-- expect: __concat yes - yes - yes -
-- expect: __div yes - yes - yes -
-- expect: __eq true - true - true -
-- expect: __index yes - yes - yes -
-- expect: __le true - true - true -
-- expect: __len yes - yes - yes -
-- expect: __lt true - true - true -
-- expect: __metatable function - function - function -
-- expect: __mod yes - yes - yes -
-- expect: __mul yes - yes - yes -
-- expect: __newindex nil - nil - nil -
-- expect: __pow yes - yes - yes -
-- expect: __sub yes - yes - yes -
-- expect: __tostring yes - yes - yes -
-- expect: __unm yes - yes - yes -

-- A metatable that a constructor with the name makes, filled afterwards.
local function make(h) return { __index = h, __call = h } end
local late = make(nil)
local object = setmetatable({}, late)
print(object.x, attempt(object)) -- expect: nil	none
late.__index = yes
late.__call = yes
print(object.x, attempt(object)) -- expect: yes	yes

-- The metatable has one itself.
local watched = setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v) end })
local seen = setmetatable({}, watched)
print(seen.x) -- expect: nil
watched.__index = yes
print(seen.x) -- expect: yes
watched.__index = nil
print(seen.x) -- expect: nil
watched.__index = yes
print(seen.x) -- expect: yes
