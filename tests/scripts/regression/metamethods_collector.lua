-- needs: collector
-- What the collector looks up in metatables, removed and assigned again.

local function yes() return "yes" end

local weak = setmetatable({}, { __mode = "k" })
local mode = getmetatable(weak)
mode.__mode = nil
weak[{}] = 1
collectgarbage()
print(next(weak) ~= nil) -- expect: true
mode.__mode = "k"
collectgarbage()
print(next(weak)) -- expect: nil

local finalized = 0
do
  local proxy = newproxy(true)
  local meta = getmetatable(proxy)
  meta.__gc = yes
  meta.__gc = nil
  collectgarbage()
  rawset(meta, "__gc", function() finalized = finalized + 1 end)
end
collectgarbage()
collectgarbage()
print(finalized) -- expect: 1
