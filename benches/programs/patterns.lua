-- Pattern matching: find, match, gmatch and gsub with captures, classes and anchors.
local rounds = tonumber((...)) or 2700

local lines = {}
for i = 1, 40 do
  lines[i] = string.format(
    "2024-%02d-%02d %02d:%02d host%d app[%d]: user=%s action=%s size=%d  path=/srv/%s/%d.dat",
    i % 12 + 1, i % 28 + 1, i % 24, (i * 7) % 60, i % 5, 1000 + i,
    "u" .. i * 3, i % 2 == 0 and "read" or "write", i * 137, string.rep("d", i % 4 + 1), i)
end

local totals = { bytes = 0, pairs = 0, reads = 0, digits = 0, fields = 0 }
for _ = 1, rounds do
  for _, line in ipairs(lines) do
    local year, month, day = line:match("^(%d+)%-(%d+)%-(%d+)")
    totals.digits = totals.digits + tonumber(year) + tonumber(month) + tonumber(day)
    for key, value in line:gmatch("(%w+)=(%S+)") do
      totals.pairs = totals.pairs + #key + #value
    end
    if line:find("action=read", 1, true) then totals.reads = totals.reads + 1 end
    local from, to, pid = line:find("%[(%d-)%]")
    totals.bytes = totals.bytes + from + to + tonumber(pid)
    local masked, count = line:gsub("%d", "#")
    totals.fields = totals.fields + count + #masked
    local squeezed = line:gsub("%s+", " "):gsub("/(%a+)/", "<%1>")
    totals.bytes = totals.bytes + #squeezed
  end
end
print(string.format("patterns %d %d %d %d %d", totals.bytes, totals.pairs, totals.reads, totals.digits, totals.fields))
