-- JSON encoding and decoding.

local json = { null = setmetatable({}, { __tostring = function() return "null" end }) }
local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\b"] = "\\b", ["\f"] = "\\f" }

local function encode_string(s)
  return '"' .. s:gsub('[%c"\\]', function(c) return escapes[c] or string.format("\\u%04x", c:byte()) end) .. '"'
end

function json.encode(v, indent, level)
  level = level or 0
  local kind = type(v)
  if v == json.null or v == nil then return "null"
  elseif kind == "string" then return encode_string(v)
  elseif kind == "boolean" then return tostring(v)
  elseif kind == "number" then
    if v ~= v or v == math.huge or v == -math.huge then error("cannot encode " .. tostring(v):gsub("-", "")) end
    return string.format("%.14g", v)
  elseif kind ~= "table" then error("cannot encode a " .. kind) end
  local items, pad, open, close = {}, "", "{", "}"
  local sep = ","
  if indent then pad = "\n" .. indent:rep(level + 1) sep = "," .. pad end
  if #v > 0 or next(v) == nil then
    open, close = "[", "]"
    for i, item in ipairs(v) do items[i] = json.encode(item, indent, level + 1) end
  else
    local keys = {}
    for k in pairs(v) do
      if type(k) ~= "string" then error("invalid key: " .. tostring(k)) end
      keys[#keys + 1] = k
    end
    table.sort(keys)
    for i, k in ipairs(keys) do
      items[i] = encode_string(k) .. (indent and ": " or ":") .. json.encode(v[k], indent, level + 1)
    end
  end
  if #items == 0 then return open .. close end
  return open .. pad .. table.concat(items, sep) .. (indent and "\n" .. indent:rep(level) or "") .. close
end

local function fail(s, pos, what)
  local line = select(2, s:sub(1, pos):gsub("\n", "")) + 1
  error(string.format("%s at position %d (line %d)", what, pos, line), 0)
end

local unescapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local parse_value

local function skip(s, pos) return s:find("[^ \t\r\n]", pos) or #s + 1 end

local function parse_string(s, pos)
  local parts, i = {}, pos + 1
  while true do
    local j = s:find('["\\]', i)
    if not j then fail(s, pos, "unfinished string") end
    parts[#parts + 1] = s:sub(i, j - 1)
    if s:sub(j, j) == '"' then return table.concat(parts), j + 1 end
    local c = s:sub(j + 1, j + 1)
    if c == "u" then
      local hex = s:match("^%x%x%x%x", j + 2) or fail(s, j, "bad unicode escape")
      local n = tonumber(hex, 16)
      parts[#parts + 1] = n < 128 and string.char(n) or "?"
      i = j + 6
    else
      parts[#parts + 1] = unescapes[c] or fail(s, j, "bad escape")
      i = j + 2
    end
  end
end

local function parse_list(s, pos, close, item)
  local result = {}
  pos = skip(s, pos + 1)
  if s:sub(pos, pos) == close then return result, pos + 1 end
  while true do
    pos = skip(s, item(result, pos))
    local c = s:sub(pos, pos)
    if c == close then return result, pos + 1 end
    if c ~= "," then fail(s, pos, "expected ',' or '" .. close .. "'") end
    pos = skip(s, pos + 1)
  end
end

local literals = { ["true"] = true, ["false"] = false, null = json.null }
function parse_value(s, pos)
  pos = skip(s, pos)
  local c = s:sub(pos, pos)
  if c == "{" then
    return parse_list(s, pos, "}", function(t, p)
      if s:sub(p, p) ~= '"' then fail(s, p, "expected a key") end
      local key
      key, p = parse_string(s, p)
      p = skip(s, p)
      if s:sub(p, p) ~= ":" then fail(s, p, "expected ':'") end
      t[key], p = parse_value(s, p + 1)
      return p
    end)
  elseif c == "[" then
    return parse_list(s, pos, "]", function(t, p) local v v, p = parse_value(s, p) t[#t + 1] = v return p end)
  elseif c == '"' then return parse_string(s, pos) end
  local number = s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", pos)
  if number then return tonumber(number) or fail(s, pos, "bad number"), pos + #number end
  local word = s:match("^%a+", pos)
  if word and literals[word] ~= nil then return literals[word], pos + #word end
  fail(s, pos, "unexpected character")
end

function json.decode(s)
  local value, pos = parse_value(s, 1)
  if skip(s, pos) <= #s then fail(s, pos, "trailing characters") end
  return value
end

print(json.encode({ 1, 2.5, "three", true, false, json.null, {}, { nested = { "deep" } } })) -- expect: [1,2.5,"three",true,false,null,[],{"nested":["deep"]}]
print(json.encode({ name = "Lua", version = 5.1, tags = { "fast", "small" }, n = -0.5, big = 1e20 })) -- expect: {"big":1e+20,"n":-0.5,"name":"Lua","tags":["fast","small"],"version":5.1}
print(json.encode('quote " backslash \\ newline \n tab \t control \1')) -- expect: "quote \" backslash \\ newline \n tab \t control \u0001"
print(json.encode({ b = { 1, 2 }, a = { x = 1, y = {} } }, "  ")) -- expect: {
-- expect:   "a": {
-- expect:     "x": 1,
-- expect:     "y": []
-- expect:   },
-- expect:   "b": [
-- expect:     1,
-- expect:     2
-- expect:   ]
-- expect: }
print(json.encode(5), json.encode("s"), json.encode(nil), json.encode(true), json.encode({})) -- expect: 5	"s"	null	true	[]
local doc = json.decode [[
{ "title": "Test", "items": [1, -2.5, 3e2, "four", null, true],
  "nested": { "a": { "b": { "c": [ [ ], { } ] } } },
  "esc": "a\"b\\c\/d\n\u0041\u00e9", "empty": "" }
]]
print(doc.title, #doc.items, doc.items[2], doc.items[3], doc.items[4], doc.items[5] == json.null, doc.items[6]) -- expect: Test	6	-2.5	300	four	true	true
print(type(doc.nested.a.b.c[1]), #doc.nested.a.b.c, doc.empty == "", #doc.esc) -- expect: table	2	true	10
print(doc.esc) -- expect: a"b\c/d
-- expect: A?
print(json.encode(doc)) -- expect: {"empty":"","esc":"a\"b\\c/d\nA?","items":[1,-2.5,300,"four",null,true],"nested":{"a":{"b":{"c":[[],[]]}}},"title":"Test"}
print(json.encode(json.decode(json.encode(doc))) == json.encode(doc)) -- expect: true
for _, bad in ipairs { "", "{", "[1,", "[1 2]", '{"a" 1}', '{"a":}', "{a:1}", '"abc', '"\\x"', "tru", "[1]x", "-", '{"a":1,}', "\n\n[1,\n?]", '"\\u12"' } do
  print(select(2, pcall(json.decode, bad)))
end
-- expect: unexpected character at position 1 (line 1)
-- expect: expected a key at position 2 (line 1)
-- expect: unexpected character at position 4 (line 1)
-- expect: expected ',' or ']' at position 4 (line 1)
-- expect: expected ':' at position 6 (line 1)
-- expect: unexpected character at position 6 (line 1)
-- expect: expected a key at position 2 (line 1)
-- expect: unfinished string at position 1 (line 1)
-- expect: bad escape at position 2 (line 1)
-- expect: unexpected character at position 1 (line 1)
-- expect: trailing characters at position 4 (line 1)
-- expect: unexpected character at position 1 (line 1)
-- expect: expected a key at position 8 (line 1)
-- expect: unexpected character at position 7 (line 4)
-- expect: bad unicode escape at position 2 (line 1)
print(pcall(json.encode, { [1.5] = 1 })) -- expect: false	json.lua:29: invalid key: 1.5
print(pcall(json.encode, print)) -- expect: false	json.lua:19: cannot encode a function
print(pcall(json.encode, 0/0)) -- expect: false	json.lua:17: cannot encode nan
print(pcall(json.encode, { a = { b = function() end } })) -- expect: false	json.lua:19: cannot encode a function
local deep = 0
for _ = 1, 50 do deep = { deep } end
print(json.encode(deep) == ("["):rep(50) .. "0" .. ("]"):rep(50), json.encode(json.decode(json.encode(deep))) == json.encode(deep)) -- expect: true	true
