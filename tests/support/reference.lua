-- What `reference.rs` talks to, on the real interpreter. A request is a line "verb length" and so many bytes; an answer a line "length" and so many.

local function load(text)
  local chunk, message = loadstring(text, '=p')
  return chunk and 'ok' or message
end

-- Output and outcome of a program in an environment of its own. It has no way to its end if it needs too many instructions.
local function run(text)
  local lines, env = {}, {}
  for name, value in pairs(_G) do env[name] = value end
  env._G = env
  function env.print(line) lines[#lines + 1] = line .. '\n' end
  function env.switch() end
  local chunk, message = loadstring(text, '=p')
  if not chunk then return message end
  setfenv(chunk, env)
  -- A thread of its own: no level of `error` names a line of this file.
  local thread = coroutine.create(chunk)
  debug.sethook(thread, function() os.exit(3) end, '', 2e8)
  local ok, message = coroutine.resume(thread)
  lines[#lines + 1] = ok and 'ended' or tostring(message)
  collectgarbage()
  return table.concat(lines)
end

-- What `string.find` says of a pattern and a text, whose lengths come first.
local function find(text)
  local first, rest = text:match('^(%d+) (.*)$')
  local subject, pattern = rest:sub(1, first), rest:sub(first + 1)
  local function lines(...)
    local values = {...}
    for i = 1, select('#', ...) do values[i] = tostring(values[i]) end
    return table.concat(values, '\n')
  end
  return lines(pcall(string.find, subject, pattern))
end

local verbs = {load = load, run = run, find = find}
while true do
  local head = io.read('*l')
  if not head then return end
  local verb, length = head:match('^(%a+) (%d+)$')
  local text = length == '0' and '' or io.read(tonumber(length))
  local answer = verbs[verb](text)
  io.write(#answer, '\n', answer)
  io.flush()
end
