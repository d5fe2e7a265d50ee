-- gsub with function and table replacements: filling text templates and escaping text.
local rounds = tonumber((...)) or 125000

local template = "Dear ${title} ${name},\n\tyour order #${number} of ${count} <${item}> & more ships ${when}.\n"
local escapes = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;" }

local function fill(text, values)
  return (text:gsub("%${(%w+)}", function(name) return values[name] end))
end

local function escape(text) return (text:gsub('[<>&"]', escapes)) end

local function percent(text)
  return (text:gsub("[^%w]", function(c) return string.format("%%%02X", c:byte()) end))
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local checksum, intact = 0, true
for i = 1, rounds do
  local text = fill(template, {
    title = i % 2 == 0 and "Dr" or "Ms", name = "N" .. i, number = i * 17,
    count = i % 9, item = "box" .. i % 31, when = "today",
  })
  local html = escape(text)
  checksum = checksum + #html
  if i % 4 == 0 then
    local url = percent(text)
    intact = intact and decode(url) == text
    checksum = checksum + #url
  end
end
print(string.format("templates %d %s", checksum, tostring(intact)))
