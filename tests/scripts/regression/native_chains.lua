-- Values whose call ends in themselves, and long chains of native functions that call one another.
local self_called = setmetatable({}, { __call = pcall })
local function ends(...)
  local n = select("#", ...)
  print(n > 150 and n < 250, select(n - 1, ...))
end
ends(pcall(self_called)) -- expect: true	false	C stack overflow
local chain = {}
for i = 1, 3000 do chain[i] = pcall end
ends(pcall(unpack(chain))) -- expect: true	false	C stack overflow
ends(pcall(unpack(chain, 1, 300))) -- expect: true	false	C stack overflow
print(select("#", pcall(unpack(chain, 1, 100)))) -- expect: 101
print(select(102, pcall(unpack(chain, 1, 100)))) -- expect:
print(select(101, pcall(pcall, unpack(chain, 1, 98), error, "thrown"))) -- expect:
ends(coroutine.wrap(function() return pcall(self_called) end)()) -- expect: true	false	C stack overflow
print(pcall(function() for a, b in self_called do return a, type(b) end end)) -- expect: true	true	boolean
print(type(setmetatable({}, { __index = self_called }).x)) -- expect: nil
print(pcall(function() return setmetatable({}, { __index = pcall }).x end)) -- expect: true	false
print(pcall(function() return -setmetatable({}, { __unm = pcall }) end)) -- expect: true	false
print(pcall(function() return setmetatable({}, { __lt = pcall }) < setmetatable({}, {}) end)) -- expect: false	native_chains.lua:20: attempt to compare two table values
local eq = { __eq = pcall, __concat = pcall }
print(setmetatable({}, eq) == setmetatable({}, eq)) -- expect: false
print(pcall(function() return setmetatable({}, eq) .. 1 .. 2 end)) -- expect: true	false
print(select("#", xpcall(self_called, print))) -- expect: 199
local by_handler = setmetatable({}, { __call = xpcall })
print(pcall(by_handler, self_called)) -- expect: true	false	error in error handling
print(pcall(string.gsub, "abc", "%w", pcall)) -- expect: true	abc	3
print(pcall(table.sort, { 3, 2, 1 }, function(a, b) return pcall(self_called) and a < b end)) -- expect: true
local again
again = coroutine.wrap(function() return again() end)
print((select(2, pcall(again)):gsub("^.-:%d+: ", ""))) -- expect: cannot resume running coroutine
local function deep(n) if n == 0 then return "bottom" end return select(2, pcall(deep, n - 1)) end
print(deep(150)) -- expect: bottom
for i = 1, 3 do ends(pcall(self_called)) end -- expect: true	false	C stack overflow
-- expect: true	false	C stack overflow
-- expect: true	false	C stack overflow
