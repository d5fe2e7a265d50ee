-- Rewrites the `-- expect:` comments of the Lua test scripts from what the
-- reference interpreter prints.
--
--   lua5.1 tests/regenerate.lua              all scripts below tests/scripts
--   lua5.1 tests/regenerate.lua a.lua b.lua  just these
--   lua5.1 tests/regenerate.lua --check ...  change nothing, only tell
--
-- Each script runs twice: plainly, which gives the expected text, and under a
-- prelude (LUA_INIT) that marks each piece of output with the line of the
-- script's main chunk that was running, which gives the place of each comment.
-- A script that ends with an error must hold an `-- expect error:` comment,
-- whose text is updated where it stands.
-- Adding comment lines shifts the line numbers in messages, so a script is
-- processed until nothing changes any more.

local LUA = os.getenv("LUA") or "lua5.1"

local PRELUDE = [==[
local print0, write0, getinfo = print, io.write, debug.getinfo
local stdout, select, pcall = io.stdout, select, pcall
local output0 = io.output
local mark_write = stdout.write
local script, last
local function is_main(info)
  return info.what == "main" and info.source == script
end
local function mark()
  script = script or (arg and "@" .. arg[0])
  local line, level = nil, 3
  while level < 400 do
    local info = getinfo(level, "Sl")
    if not info then break end
    if is_main(info) then line = info.currentline end
    level = level + 1
  end
  mark_write(stdout, "\1", line or last or 0, "\2")
end
function print(...) mark() return print0(...) end
function io.write(...)
  if output0() == stdout then mark() end
  return write0(...)
end
local meta = getmetatable(stdout)
function meta.write(file, ...)
  if file == stdout then mark() end
  return mark_write(file, ...)
end
debug.sethook(function(_, line)
  script = script or (arg and "@" .. arg[0])
  if is_main(getinfo(2, "S")) then last = line end
end, "l")
]==]

local function fail(...)
  io.stderr:write("regenerate: ", string.format(...), "\n")
end

local function read_file(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write_file(name, text)
  local file = assert(io.open(name, "wb"))
  assert(file:write(text))
  file:close()
end

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function split_lines(text)
  local lines = {}
  if text ~= "" and text:sub(-1) ~= "\n" then text = text .. "\n" end
  for line in text:gmatch("(.-)\n") do lines[#lines + 1] = line end
  return lines
end

local tmp = os.tmpname()
local names = {}
for _, kind in ipairs { "out", "err", "in", "prelude" } do
  names[kind] = tmp .. "." .. kind
end
write_file(names.prelude, PRELUDE)

local UNESCAPE = { n = "\n", t = "\t", r = "\r", ["\\"] = "\\" }

local function header(text, key)
  local value = ("\n" .. text):match("\n%-%- " .. key .. ": ([^\n]*)")
  return value
end

-- Returns the exit code, stdout and stderr of the script.
local function run(path, text, traced)
  local dir, name = path:match("^(.*)/([^/]*)$")
  if not dir then dir, name = ".", path end
  local stdin = (header(text, "stdin") or ""):gsub("\\(.)", UNESCAPE)
  write_file(names["in"], stdin)
  local command = string.format(
    "cd %s && env -u LUA_PATH -u LUA_CPATH %s TZ=UTC LC_ALL=C timeout 100 %s %s %s <%s >%s 2>%s",
    quote(dir), traced and "LUA_INIT=@" .. names.prelude or "-u LUA_INIT", LUA, quote(name),
    header(text, "args") or "", names["in"], names.out, names.err)
  local code = os.execute(command)
  return code, read_file(names.out), read_file(names.err)
end

-- For each line, where the next line is that an expectation of it may follow:
-- the first one at whose end no bracket, long string, function or loop is open.
local function resting_places(lines)
  local source = table.concat(lines, "\n") .. "\n"
  local depth_at, line, pos = {}, 1, 1
  local stack, open = {}, 0
  local BLOCK = { ["function"] = 1, ["for"] = 1, ["while"] = 1, ["repeat"] = 1, ["if"] = 0, ["do"] = 0 }
  local pending_do = 0
  local function push(weight) stack[#stack + 1] = weight; open = open + weight end
  local function pop() open = open - (table.remove(stack) or 0) end
  local function skip(to)
    for _ in source:sub(pos, to):gmatch("\n") do
      depth_at[line] = open + 1
      line = line + 1
    end
    pos = to + 1
  end
  while pos <= #source do
    local c = source:sub(pos, pos)
    local level = source:match("^%[(=*)%[", pos) or source:match("^%-%-%[(=*)%[", pos)
    if level and (c == "[" or c == "-") then
      local _, stop = source:find("]" .. level .. "]", pos, true)
      skip(stop or #source)
    elseif source:find("^%-%-", pos) then
      pos = source:find("\n", pos, true)
    elseif c == "\n" then
      depth_at[line] = open
      line, pos = line + 1, pos + 1
    elseif c == '"' or c == "'" then
      local stop = pos + 1
      while stop <= #source and source:sub(stop, stop) ~= c do
        stop = stop + (source:sub(stop, stop) == "\\" and 2 or 1)
      end
      skip(math.min(stop, #source))
    elseif c:find("[%a_]") then
      local word = source:match("^[%w_]+", pos)
      pos = pos + #word
      if word == "do" and pending_do > 0 then
        pending_do = pending_do - 1
      elseif BLOCK[word] then
        push(BLOCK[word])
        if word == "for" or word == "while" then pending_do = pending_do + 1 end
      elseif word == "end" or word == "until" then
        pop()
      end
    elseif c:find("[%(%[{]") then
      push(1)
      pos = pos + 1
    elseif c:find("[%)%]}]") then
      pop()
      pos = pos + 1
    elseif c:find("%d") then
      pos = pos + #source:match("^[%w.]+", pos)
    else
      pos = pos + 1
    end
  end
  local places, next_place = {}, #lines
  for i = #lines, 1, -1 do
    if (depth_at[i] or 0) <= 0 then next_place = i end
    places[i] = next_place
  end
  return places
end

-- Splits the script into its own lines and what is said of its output.
local function parse(text)
  local code, code_line, expected, kept = {}, {}, 0, {}
  for i, line in ipairs(split_lines(text)) do
    local before = line:match("^(.-)%s*%-%- expect:")
    if before then expected = expected + 1 end
    if before ~= "" then code[#code + 1] = before or line end
    code_line[i] = math.max(#code, 1)
    if before then kept[#kept + 1] = #code end
  end
  return code, code_line, kept
end

-- The line of the file that each line of output comes from, or nil.
local function trace(path, text, wanted)
  local _, out = run(path, text, true)
  local plain = out:gsub("\1%d+\2", "")
  if #split_lines(plain) ~= #wanted then return nil end
  local sources, last = {}, 0
  for i, line in ipairs(split_lines(out)) do
    last = tonumber(line:match("\1(%d+)\2")) or last
    sources[i] = last
  end
  return sources
end

local function update(path, text)
  local code, out, err = run(path, text, false)
  local message
  if text:find("%-%- expect error:") then
    message = err:match("^[^\n]*"):gsub("^[^:]*: ", "", 1)
    if code == 0 then
      fail("%s: an error is expected, but none came", path)
      return nil
    end
  elseif code ~= 0 then
    fail("%s: exit status %d: %s", path, code, err)
    return nil
  end
  local wanted = split_lines(out)
  local lines, code_line, kept = parse(text)
  local sources = trace(path, text, wanted)
  local inline, below = {}, {}
  local places = resting_places(lines)
  local at = 1
  for i, line in ipairs(wanted) do
    if line:find("[%z\1-\8\11-\31\127-\255]") then
      fail("%s: output line %d holds control or non-ASCII bytes", path, i)
      return nil
    end
    local comment = line == "" and "-- expect:" or "-- expect: " .. line
    if sources then
      local from = code_line[sources[i]] or at
      local place = math.max(at, places[from])
      if place == from and place >= at and not inline[place] and not below[place] then
        inline[place] = comment
      else
        below[place] = below[place] or {}
        table.insert(below[place], comment)
      end
      at = place
    elseif #kept == #wanted and kept[i] > 0 then
      local place = kept[i]
      if not inline[place] and not below[place] and text ~= "" and places[place] == place then
        inline[place] = comment
      else
        below[place] = below[place] or {}
        table.insert(below[place], comment)
      end
    else
      below[#lines] = below[#lines] or {}
      table.insert(below[#lines], comment)
    end
  end
  local result = {}
  for i, line in ipairs(lines) do
    if message then
      line = line:gsub("%-%- expect error:.*$", function()
        return message == "" and "-- expect error:" or "-- expect error: " .. message
      end)
    end
    result[#result + 1] = inline[i] and line .. " " .. inline[i] or line
    for _, comment in ipairs(below[i] or {}) do result[#result + 1] = comment end
  end
  return table.concat(result, "\n") .. "\n", #wanted + (message and 1 or 0), sources ~= nil
end

local check, paths = false, {}
for _, name in ipairs(arg) do
  if name == "--check" then check = true else paths[#paths + 1] = name end
end
if #paths == 0 then
  local root = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/scripts"
  local pipe = assert(io.popen("find " .. quote(root) .. " -name '*.lua' | LC_ALL=C sort"))
  for name in pipe:lines() do paths[#paths + 1] = name end
  pipe:close()
end

local total, changed, failed = 0, 0, 0
for _, path in ipairs(paths) do
  local original = read_file(path)
  local text, count = original, nil
  for round = 1, 6 do
    local new, n = update(path, text)
    if not new then count = nil break end
    count = n
    if new == text then break end
    if round == 6 then
      fail("%s: its output does not settle", path)
      count = nil
      break
    end
    text = new
    write_file(path, text)
  end
  if not count then
    failed = failed + 1
    write_file(path, original)
  else
    total = total + count
    if text ~= original then
      changed = changed + 1
      print((check and "differs: " or "updated: ") .. path)
      if check then write_file(path, original) end
    end
  end
end
for _, name in pairs(names) do os.remove(name) end
os.remove(tmp)
print(string.format("%d scripts, %d expectations, %d %s, %d failed",
  #paths, total, changed, check and "out of date" or "updated", failed))
os.exit((failed > 0 or (check and changed > 0)) and 1 or 0)
