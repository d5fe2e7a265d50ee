-- Memory: a table of a million string keys. The last line is the peak resident size in KiB.
local map = {}
for i = 1, 1000000 do map["key number " .. i] = true end

local function peak()
  local status = io.open("/proc/self/status")
  if not status then return "unknown" end
  local text = status:read("*a")
  status:close()
  return text:match("VmHWM:%s*(%d+)") or "unknown"
end

local entries = 0
for _ in pairs(map) do entries = entries + 1 end
print("entries", entries)
print("peak", peak())
