-- A JSON tool: checks a document, prints it in a uniform way, or takes a part of it.
--
--   ferrous examples/json.lua [path] [file]
--
--   ferrous examples/json.lua                       the built-in sample, pretty-printed
--   ferrous examples/json.lua .planets[2].moons     a part of it
--   ferrous examples/json.lua . data.json           a file; "-" is standard input
--
-- Keys are printed in their alphabetical order. The exit code is 1 if the document is not JSON or has no such part.

local sample = [[
{
  "star": "Sun", "age": 4.6e9, "binary": false, "companion": null,
  "planets": [
    {"name": "Mercury", "moons": []},
    {"name": "Mars", "moons": ["Phobos", "Deimos"], "nicknames": {"en": "the \"red\" one"}},
    {"name": "Saturn", "moons": ["Titan", "Rh\u00e9a", "Enceladus"], "rings": true}
  ]
}
]]

-- Stands for null: a table cannot hold nil.
local null = setmetatable({}, { __tostring = function() return "null" end })
-- Marks arrays, which may be empty.
local Array = {}

-- Reading.

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function fail(text, position, message)
  local line = select(2, text:sub(1, position - 1):gsub("\n", "\n")) + 1
  error({ line = line, message = message }, 0)
end

local function utf8(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 0x40), 0x80 + code % 0x40) end
  if code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return string.char(0xF0 + math.floor(code / 0x40000), 0x80 + math.floor(code / 0x1000) % 0x40,
    0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function parse_string(text, start)
  local parts, position = {}, start + 1
  while true do
    local stop = text:find('[%c"\\]', position)
    if not stop then fail(text, start, "a string has no end") end
    parts[#parts + 1] = text:sub(position, stop - 1)
    local what = text:sub(stop, stop)
    if what == '"' then return table.concat(parts), stop + 1 end
    if what ~= "\\" then fail(text, stop, "a control character in a string") end
    local letter = text:sub(stop + 1, stop + 1)
    if letter == "u" then
      local digits = text:match("^%x%x%x%x", stop + 2)
      if not digits then fail(text, stop, "\\u needs four hexadecimal digits") end
      local code = tonumber(digits, 16)
      position = stop + 6
      if code >= 0xD800 and code < 0xDC00 then
        local low = tonumber(text:match("^\\u(%x%x%x%x)", position) or "0", 16)
        if low < 0xDC00 or low > 0xDFFF then fail(text, stop, "half of a surrogate pair") end
        code = 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00)
        position = position + 6
      end
      parts[#parts + 1] = utf8(code)
    else
      parts[#parts + 1] = escapes[letter] or fail(text, stop, "unknown escape \\" .. letter)
      position = stop + 2
    end
  end
end

local function skip(text, position)
  return text:find("[^ \t\r\n]", position) or #text + 1
end

local function parse_number(text, position)
  local stop = position
  local function take(pattern)
    local found = text:match("^" .. pattern, stop)
    if found then stop = stop + #found end
    return found
  end
  take("%-")
  if not (take("0") or take("[1-9]%d*")) then fail(text, position, "a value is missing") end
  if take("%.") and not take("%d+") then fail(text, position, "digits must follow the point") end
  if take("[eE][+-]?") and not take("%d+") then fail(text, position, "digits must follow the exponent") end
  return tonumber(text:sub(position, stop - 1)), stop
end

local parse_value

local function parse_array(text, position)
  local array = setmetatable({}, Array)
  position = skip(text, position + 1)
  if text:sub(position, position) == "]" then return array, position + 1 end
  while true do
    array[#array + 1], position = parse_value(text, position)
    position = skip(text, position)
    local what = text:sub(position, position)
    if what == "]" then return array, position + 1 end
    if what ~= "," then fail(text, position, "expected ',' or ']' in an array") end
    position = skip(text, position + 1)
  end
end

local function parse_object(text, position)
  local object = {}
  position = skip(text, position + 1)
  if text:sub(position, position) == "}" then return object, position + 1 end
  while true do
    if text:sub(position, position) ~= '"' then fail(text, position, "expected a key") end
    local key
    key, position = parse_string(text, position)
    position = skip(text, position)
    if text:sub(position, position) ~= ":" then fail(text, position, "expected ':' after a key") end
    object[key], position = parse_value(text, skip(text, position + 1))
    position = skip(text, position)
    local what = text:sub(position, position)
    if what == "}" then return object, position + 1 end
    if what ~= "," then fail(text, position, "expected ',' or '}' in an object") end
    position = skip(text, position + 1)
  end
end

local words = { ["true"] = true, ["false"] = false, null = null }

function parse_value(text, position)
  local first = text:sub(position, position)
  if first == "{" then return parse_object(text, position) end
  if first == "[" then return parse_array(text, position) end
  if first == '"' then return parse_string(text, position) end
  local word = text:match("^%a+", position)
  if word then
    if words[word] == nil then fail(text, position, "unknown word '" .. word .. "'") end
    return words[word], position + #word
  end
  return parse_number(text, position)
end

local function parse(text)
  local value, position = parse_value(text, skip(text, 1))
  position = skip(text, position)
  if position <= #text then fail(text, position, "something follows the document") end
  return value
end

-- Writing.

local function quote(text)
  local function escape(char)
    for letter, meant in pairs(escapes) do
      if meant == char and letter ~= "/" then return "\\" .. letter end
    end
    return string.format("\\u%04x", char:byte())
  end
  return '"' .. text:gsub('[%c"\\]', escape) .. '"'
end

local function write(value, indent)
  if type(value) == "string" then return quote(value) end
  if type(value) ~= "table" or value == null then return tostring(value) end
  local inner, items = indent .. "  ", {}
  local open, close = "{", "}"
  if getmetatable(value) == Array then
    open, close = "[", "]"
    for _, item in ipairs(value) do items[#items + 1] = write(item, inner) end
  else
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    for _, key in ipairs(keys) do items[#items + 1] = quote(key) .. ": " .. write(value[key], inner) end
  end
  if #items == 0 then return open .. close end
  return open .. "\n" .. inner .. table.concat(items, ",\n" .. inner) .. "\n" .. indent .. close
end

-- Taking a part: ".name" goes into an object, "[n]" (counted from 1) into an array.

local function take(value, path)
  local position = path == "." and 2 or 1
  while position <= #path do
    local name, after = path:match("^%.([^.%[]+)()", position)
    local index, behind = path:match("^%[(%d+)%]()", position)
    local key = name or tonumber(index)
    if not key then error({ message = "the path is wrong at '" .. path:sub(position) .. "'" }, 0) end
    local is_array = getmetatable(value) == Array
    if type(value) ~= "table" or is_array ~= (index ~= nil) or value[key] == nil then
      error({ message = "there is no '" .. path:sub(1, (after or behind) - 1) .. "'" }, 0)
    end
    value, position = value[key], after or behind
  end
  return value
end

local function read(name)
  if not name then return sample end
  if name == "-" then return io.read("*a") end
  local file, problem = io.open(name, "rb")
  if not file then error({ message = problem }, 0) end
  local text = file:read("*a")
  file:close()
  return text
end

local ok, result = pcall(function()
  return write(take(parse(read(arg[2])), arg[1] or "."), "")
end)
if ok then
  print(result)
else
  local place = type(result) == "table" and result.line and "line " .. result.line .. ": " or ""
  io.stderr:write(place, type(result) == "table" and result.message or tostring(result), "\n")
  os.exit(1)
end
