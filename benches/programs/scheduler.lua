-- Objects and method dispatch: a small round-robin kernel passing packets between tasks.
local rounds = tonumber((...)) or 95

local Task = {}
Task.__index = Task

function Task.new(kind, name, priority)
  local t = { name = name, priority = priority, first = nil, last = nil, pending = 0, runs = 0 }
  return setmetatable(t, kind)
end

function Task:enqueue(packet)
  packet.next = nil
  if self.last then self.last.next = packet else self.first = packet end
  self.last = packet
  self.pending = self.pending + 1
end

function Task:dequeue()
  local packet = self.first
  if not packet then return nil end
  self.first = packet.next
  if not self.first then self.last = nil end
  self.pending = self.pending - 1
  return packet
end

function Task:ready() return self.pending > 0 end

local function extend(base)
  local kind = setmetatable({}, { __index = base })
  kind.__index = kind
  return kind
end

local Worker, Device, Idle = extend(Task), extend(Task), extend(Task)

function Worker:run(kernel)
  local packet = self:dequeue()
  local data = packet.data
  for i = 1, 4 do data[i] = (data[i] * 5 + i + packet.hops) % 26 end
  packet.hops = packet.hops + 1
  local target = data[1] % 2 == 0 and "disk" or "net"
  kernel:send(target, packet)
end

function Device:run(kernel)
  local packet = self:dequeue()
  kernel.transfers = kernel.transfers + 1
  if packet.hops >= 40 then
    kernel:finish(packet)
  else
    kernel:send(packet.data[2] % 2 == 0 and "alpha" or "beta", packet)
  end
end

function Idle:ready() return true end
function Idle:run(kernel)
  self.control = (self.control * 16807) % 2147483647
  kernel.idled = kernel.idled + self.control % 2
end

local Kernel = {}
Kernel.__index = Kernel

function Kernel.new()
  return setmetatable({ tasks = {}, byName = {}, live = 0, transfers = 0, idled = 0, sum = 0 }, Kernel)
end

function Kernel:add(task)
  self.byName[task.name] = task
  local tasks = self.tasks
  tasks[#tasks + 1] = task
  table.sort(tasks, function(a, b) return a.priority > b.priority end)
end

function Kernel:send(name, packet) self.byName[name]:enqueue(packet) end

function Kernel:finish(packet)
  self.live = self.live - 1
  for i, v in ipairs(packet.data) do self.sum = (self.sum * 3 + v * i) % 1000003 end
end

function Kernel:run()
  local tasks = self.tasks
  while self.live > 0 do
    for i = 1, #tasks do
      local task = tasks[i]
      if task:ready() then
        task.runs = task.runs + 1
        task:run(self)
      end
    end
  end
end

local checksum, transfers, idled = 0, 0, 0
for round = 1, rounds do
  local kernel = Kernel.new()
  kernel:add(Task.new(Worker, "alpha", 30))
  kernel:add(Task.new(Worker, "beta", 29))
  kernel:add(Task.new(Device, "disk", 20))
  kernel:add(Task.new(Device, "net", 19))
  local idle = Task.new(Idle, "idle", 0)
  idle.control = round
  kernel:add(idle)
  for i = 1, 200 do
    kernel.live = kernel.live + 1
    kernel:send(i % 2 == 0 and "alpha" or "beta", { hops = 0, data = { i % 26, i % 7, i % 5, round % 26 } })
  end
  kernel:run()
  checksum = (checksum + kernel.sum) % 1000003
  transfers = transfers + kernel.transfers
  idled = idled + kernel.idled
end
print(string.format("scheduler %d %d %d", checksum, transfers, idled))
