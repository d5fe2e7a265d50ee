-- A JSON encoder and decoder: string scanning, recursion and building nested tables.
local rounds = tonumber((...)) or 210

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }
local unescapes = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", n = "\n", t = "\t" }

local encode

local function encodeString(s) return '"' .. s:gsub('[%c"\\]', escapes) .. '"' end

local function sortedKeys(object)
  local keys = {}
  for k in pairs(object) do keys[#keys + 1] = k end
  table.sort(keys)
  return keys
end

local function encodeTable(value)
  local parts = {}
  if value[1] ~= nil then
    for i, item in ipairs(value) do parts[i] = encode(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for i, key in ipairs(sortedKeys(value)) do
    parts[i] = encodeString(key) .. ":" .. encode(value[key])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value)
  local kind = type(value)
  if kind == "table" then return encodeTable(value) end
  if kind == "string" then return encodeString(value) end
  if kind == "number" then return string.format("%.14g", value) end
  return tostring(value)
end

local decodeValue

local function skip(text, at) return text:find("[^ \n\t\r]", at) or #text + 1 end

local function decodeString(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find('["\\]', from)
    if not stop then error("unfinished string at " .. at) end
    parts[#parts + 1] = text:sub(from, stop - 1)
    if text:sub(stop, stop) == '"' then return table.concat(parts), stop + 1 end
    parts[#parts + 1] = unescapes[text:sub(stop + 1, stop + 1)]
    from = stop + 2
  end
end

local function decodeArray(text, at)
  local list = {}
  at = skip(text, at + 1)
  if text:sub(at, at) == "]" then return list, at + 1 end
  while true do
    list[#list + 1], at = decodeValue(text, at)
    at = skip(text, at)
    local c = text:sub(at, at)
    if c == "]" then return list, at + 1 end
    if c ~= "," then error("expected , or ] at " .. at) end
    at = at + 1
  end
end

local function decodeObject(text, at)
  local object = {}
  at = skip(text, at + 1)
  if text:sub(at, at) == "}" then return object, at + 1 end
  while true do
    local key
    key, at = decodeString(text, skip(text, at))
    at = skip(text, at)
    if text:sub(at, at) ~= ":" then error("expected : at " .. at) end
    object[key], at = decodeValue(text, at + 1)
    at = skip(text, at)
    local c = text:sub(at, at)
    if c == "}" then return object, at + 1 end
    if c ~= "," then error("expected , or } at " .. at) end
    at = at + 1
  end
end

local words = { ["true"] = true, ["false"] = false }

function decodeValue(text, at)
  at = skip(text, at)
  local c = text:sub(at, at)
  if c == "{" then return decodeObject(text, at) end
  if c == "[" then return decodeArray(text, at) end
  if c == '"' then return decodeString(text, at) end
  local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  if number then return tonumber(number), at + #number end
  local word = text:match("^%a+", at)
  if words[word] == nil then error("unexpected text at " .. at) end
  return words[word], at + #word
end

local function sample(n)
  local users = {}
  for i = 1, n do
    users[i] = {
      id = i, name = "User \"" .. i .. "\"", score = i * 1.25, active = i % 2 == 0,
      tags = { "a" .. i, "b\t" .. i % 7, "plain tag" },
      place = { city = "Town " .. i % 13, at = { i / 8, -i / 4 } },
    }
  end
  return { users = users, count = n, title = "sample\nset" }
end

local length, scores, stable = 0, 0, true
for round = 1, rounds do
  local text = encode(sample(80 + round % 5))
  local value = decodeValue(text, 1)
  stable = stable and encode(value) == text
  length = length + #text
  for _, user in ipairs(value.users) do scores = scores + user.score + user.place.at[2] end
end
print(string.format("json %d bytes, scores %.2f, stable %s", length, scores, tostring(stable)))
