-- Objects, inheritance and polymorphic methods: an incremental one-way constraint network.
-- Variables are linked by copy, scale and sum constraints, planned by strength and run.
local rounds = tonumber((...)) or 105

local function class(base)
  local c = {}
  c.__index = c
  return setmetatable(c, { __index = base })
end

local Variable = class()
function Variable.new(value)
  return setmetatable({ value = value, watchers = {}, writer = nil, mark = 0 }, Variable)
end
function Variable:watch(constraint) self.watchers[#self.watchers + 1] = constraint end

local Constraint = class()
function Constraint:init(output, strength)
  self.output, self.strength, self.fired = output, strength, 0
  return self
end
function Constraint:attach()
  local current = self.output.writer
  if current and current.strength >= self.strength then return false end
  self.output.writer = self
  for _, input in ipairs(self:inputs()) do input:watch(self) end
  return true
end
function Constraint:active() return self.output.writer == self end
function Constraint:fire()
  self.fired = self.fired + 1
  self.output.value = self:compute()
end

local Copy = class(Constraint)
function Copy.new(a, b, strength)
  local self = setmetatable({ a = a }, Copy)
  return self:init(b, strength)
end
function Copy:inputs() return { self.a } end
function Copy:compute() return self.a.value end

local Scale = class(Constraint)
function Scale.new(a, factor, offset, b, strength)
  local self = setmetatable({ a = a, factor = factor, offset = offset }, Scale)
  return self:init(b, strength)
end
function Scale:inputs() return { self.a, self.factor, self.offset } end
function Scale:compute()
  return (self.a.value * self.factor.value + self.offset.value) % 65521
end

local Sum = class(Constraint)
function Sum.new(a, b, c, strength)
  local self = setmetatable({ a = a, b = b }, Sum)
  return self:init(c, strength)
end
function Sum:inputs() return { self.a, self.b } end
function Sum:compute() return (self.a.value + self.b.value) % 65521 end

local Planner = class()
function Planner.new() return setmetatable({ mark = 0 }, Planner) end
function Planner:plan(source)
  self.mark = self.mark + 1
  local mark, plan, todo = self.mark, {}, { source }
  while #todo > 0 do
    local variable = table.remove(todo)
    for _, constraint in ipairs(variable.watchers) do
      if constraint:active() and constraint.output.mark ~= mark then
        constraint.output.mark = mark
        plan[#plan + 1] = constraint
        todo[#todo + 1] = constraint.output
      end
    end
  end
  return plan
end
function Planner:set(source, value)
  source.value = value
  for _, constraint in ipairs(self:plan(source)) do constraint:fire() end
end

local function build(length)
  local factor, offset = Variable.new(3), Variable.new(7)
  local chain = { Variable.new(1) }
  local constraints = {}
  for i = 2, length do
    local v = Variable.new(0)
    local c
    if i % 3 == 0 then
      c = Scale.new(chain[i - 1], factor, offset, v, 2)
    elseif i % 3 == 1 then
      c = Sum.new(chain[i - 1], chain[i - 2], v, 2)
    else
      c = Copy.new(chain[i - 1], v, 2)
    end
    c:attach()
    constraints[#constraints + 1] = c
    Copy.new(chain[1], v, 1):attach() -- always weaker: refused
    chain[i] = v
  end
  return chain, factor, constraints
end

local checksum, fired = 0, 0
for round = 1, rounds do
  local planner = Planner.new()
  local chain, factor, constraints = build(300)
  for i = 1, 40 do
    planner:set(chain[1], round * 31 + i)
    if i % 8 == 0 then planner:set(factor, i % 11 + 2) end
    checksum = (checksum * 3 + chain[#chain].value) % 1000000007
  end
  for _, c in ipairs(constraints) do fired = fired + c.fired end
end
print(string.format("constraints fired %d checksum %d", fired, checksum))
