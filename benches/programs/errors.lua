-- Protected calls: pcall that succeeds, errors with strings and tables, xpcall and rethrowing.
local rounds = tonumber((...)) or 1200000

local function parse(i)
  if i % 5 == 0 then error("bad item " .. i, 0) end
  if i % 7 == 0 then error({ code = i % 10 }) end
  return i * 2
end

local function guarded(i)
  local ok, result = pcall(parse, i)
  if ok then return result end
  if type(result) == "table" then return result.code end
  return #result
end

local function nested(i)
  local ok, message = pcall(function()
    local inner, reason = pcall(parse, i)
    if not inner then error(reason, 0) end
    return reason
  end)
  return ok, message
end

local function handler(e) return type(e) == "table" and e.code or 1000 end

local sum, failures, faults = 0, 0, 0
for i = 1, rounds do
  sum = sum + guarded(i)
  if i % 3 == 0 and not nested(i) then failures = failures + 1 end
  if i % 4 == 0 then
    local ok, value = xpcall(function() return parse(i) end, handler)
    sum = sum + value
    if not ok then failures = failures + 1 end
  end
  if i % 6 == 0 then
    local ok, message = pcall(function() return i.missing.field end)
    if not ok and type(message) == "string" then faults = faults + 1 end
  end
end
print(string.format("errors %d failures %d faults %d", sum, failures, faults))
