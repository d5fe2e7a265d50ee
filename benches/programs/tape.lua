-- An interpreter loop: a brainf*ck-style machine compiled to opcode arrays with if-chains.
local rounds = tonumber((...)) or 360

local function compile(source)
  local ops, args, open = {}, {}, {}
  for c in source:gmatch("[-+<>.%[%]]") do
    local n = #ops
    if c == "[" then
      ops[n + 1], args[n + 1] = "open", 0
      open[#open + 1] = n + 1
    elseif c == "]" then
      local start = table.remove(open)
      ops[n + 1], args[n + 1] = "close", start
      args[start] = n + 1
    elseif c == "." then
      ops[n + 1], args[n + 1] = "print", 0
    else
      local op = (c == "+" or c == "-") and "add" or "move"
      local by = (c == "+" or c == ">") and 1 or -1
      if ops[n] == op then
        args[n] = args[n] + by
      else
        ops[n + 1], args[n + 1] = op, by
      end
    end
  end
  return ops, args
end

local function run(ops, args)
  local tape, head, pc, steps, out = {}, 1, 1, 0, {}
  for i = 1, 100 do tape[i] = 0 end
  while true do
    local op = ops[pc]
    if op == "add" then
      tape[head] = (tape[head] + args[pc]) % 256
    elseif op == "move" then
      head = head + args[pc]
    elseif op == "open" then
      if tape[head] == 0 then pc = args[pc] end
    elseif op == "close" then
      if tape[head] ~= 0 then pc = args[pc] end
    elseif op == "print" then
      out[#out + 1] = string.char(tape[head])
    else
      return table.concat(out), steps
    end
    pc = pc + 1
    steps = steps + 1
  end
end

-- A triple nested count-down, then the letters A to Z.
local program = "++++++++++[>+++++++++++++++[>++++++++++++++++++++++++[>+>++<<-]>>[-]<[-]<<-]<-]"
  .. ">>>>>[-]<[-]++++++++++++++++++++++++++>++++++++[>++++++++<-]>+<<[>>.+<<-]"
local ops, args = compile(program)
local total = 0
for _ = 1, rounds do
  local text, steps = run(ops, args)
  assert(text == "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
  total = total + steps
end
print(string.format("tape %d steps", total))
