-- A simulation of a harbour: ships arrive, wait for a pier and for a tug, unload, and leave.
--
--   ferrous examples/harbour.lua [days]
--
-- Classes are tables that look up what they lack in their parent; what a ship does is a coroutine, which sleeps by
-- yielding. The clock jumps from event to event.

local days = tonumber(arg and arg[1]) or 3

-- Classes.

local function class(parent)
  local new = {}
  new.__index = new
  return setmetatable(new, {
    __index = parent,
    __call = function(self, ...)
      local object = setmetatable({}, self)
      object:init(...)
      return object
    end,
  })
end

-- A queue of events, soonest first: a binary heap. Events at the same time keep their order.
local Agenda = class()

function Agenda:init()
  self.count = 0
  self.serial = 0
end

local function before(a, b)
  return a.time < b.time or a.time == b.time and a.serial < b.serial
end

function Agenda:add(time, process)
  self.serial = self.serial + 1
  self.count = self.count + 1
  local event, place = { time = time, serial = self.serial, process = process }, self.count
  while place > 1 do
    local parent = math.floor(place / 2)
    if not before(event, self[parent]) then break end
    self[place], place = self[parent], parent
  end
  self[place] = event
end

function Agenda:next()
  local first, last = self[1], self[self.count]
  self[self.count] = nil
  self.count = self.count - 1
  local place = 1
  while last and self.count > 0 do
    local child = 2 * place
    if child > self.count then break end
    if child < self.count and before(self[child + 1], self[child]) then child = child + 1 end
    if not before(self[child], last) then break end
    self[place], place = self[child], child
  end
  if self.count > 0 then self[place] = last end
  return first
end

-- The world: its clock, its agenda and its chance.
local World = class()

function World:init(seed)
  self.now = 0
  self.seed = seed
  self.agenda = Agenda()
end

function World:random(low, high)
  self.seed = (self.seed * 16807) % 2147483647
  return low + self.seed % (high - low + 1)
end

function World:log(text, ...)
  local minutes = self.now
  local clock = string.format("day %d %02d:%02d", math.floor(minutes / 1440) + 1, math.floor(minutes / 60) % 24, minutes % 60)
  print(clock .. "  " .. string.format(text, ...))
end

function World:start(body)
  self.agenda:add(self.now, coroutine.create(body))
end

-- Sleeps; called in a process.
function World:wait(minutes)
  self.agenda:add(self.now + minutes, coroutine.running())
  coroutine.yield()
end

function World:run(stop)
  while self.agenda.count > 0 and self.agenda[1].time <= stop do
    local event = self.agenda:next()
    self.now = event.time
    assert(coroutine.resume(event.process))
  end
end

-- Something of which there is a number, and for which processes wait in line.
local Resource = class()

function Resource:init(world, name, number)
  self.world, self.name, self.free, self.number = world, name, number, number
  self.line, self.busy, self.longest = {}, 0, 0
end

function Resource:acquire()
  if self.free == 0 then
    table.insert(self.line, coroutine.running())
    self.longest = math.max(self.longest, #self.line)
    coroutine.yield()
  else
    self.free = self.free - 1
  end
  return self.world.now
end

function Resource:release(since)
  self.busy = self.busy + self.world.now - since
  local next = table.remove(self.line, 1)
  if next then
    self.world.agenda:add(self.world.now, next)
  else
    self.free = self.free + 1
  end
end

-- Ships.
local Ship = class()
Ship.kind, Ship.tugs, Ship.total = "ship", 1, 0

function Ship:init(harbour, name)
  self.harbour, self.name = harbour, name
  Ship.total = Ship.total + 1
end

function Ship:__tostring()
  return self.kind .. " " .. self.name
end

function Ship:tow(minutes)
  local tugs, since = self.harbour.tugs, {}
  for _ = 1, self.tugs do since[#since + 1] = tugs:acquire() end
  self.harbour.world:wait(minutes)
  for _, time in ipairs(since) do tugs:release(time) end
end

function Ship:call()
  local harbour, world = self.harbour, self.harbour.world
  local arrived = world.now
  world:log("%s arrives", tostring(self))
  local since = harbour.piers:acquire()
  self:tow(40)
  local waited = world.now - arrived - 40
  harbour.waited = harbour.waited + waited
  world:log("%s is at its pier%s", tostring(self), waited > 0 and ", after waiting " .. waited .. " minutes" or "")
  world:wait(self:unloading())
  self:tow(25)
  harbour.piers:release(since)
  harbour.served = harbour.served + 1
  world:log("%s leaves", tostring(self))
end

local Freighter = class(Ship)
Freighter.__tostring, Freighter.kind = Ship.__tostring, "freighter"
function Freighter:unloading() return self.harbour.world:random(420, 900) end

local Tanker = class(Ship)
Tanker.__tostring, Tanker.kind, Tanker.tugs = Ship.__tostring, "tanker", 2
function Tanker:init(...)
  Ship.init(self, ...)
  self.load = self.harbour.world:random(20, 60)
end
function Tanker:unloading() return self.load * 15 end

-- The harbour.
local Harbour = class()

function Harbour:init(world, piers, tugs)
  self.world = world
  self.piers, self.tugs = Resource(world, "piers", piers), Resource(world, "tugs", tugs)
  self.served, self.waited = 0, 0
end

function Harbour:open(names)
  local world = self.world
  world:start(function()
    for _, name in ipairs(names) do
      local kind = world:random(1, 3) == 1 and Tanker or Freighter
      local ship = kind(self, name)
      world:start(function() ship:call() end)
      world:wait(world:random(90, 420))
    end
  end)
end

function Harbour:report(minutes)
  print(string.format("\n%d of %d ships served in %d days; they waited %d minutes on average", self.served, Ship.total,
    days, self.served > 0 and math.floor(self.waited / self.served + 0.5) or 0))
  for _, resource in ipairs({ self.piers, self.tugs }) do
    local share = resource.busy / resource.number / minutes * 100
    print(string.format("%-5s  %d, busy %4.1f %% of the time, at most %d waiting", resource.name, resource.number, share,
      resource.longest))
  end
end

local world = World(20240)
-- More tugs than piers: two tankers at a time never wait for each other's tug.
local harbour = Harbour(world, 3, 4)
harbour:open({
  "Aurora", "Borealis", "Calypso", "Dorado", "Esperance", "Fulmar", "Galatea", "Halcyon", "Iris", "Juno", "Kestrel",
  "Larus", "Meteor", "Nereid", "Ondine", "Petrel",
})
world:run(days * 24 * 60)
harbour:report(days * 24 * 60)
