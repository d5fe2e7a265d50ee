-- Memory: an array of ten million numbers. The last line is the peak resident size in KiB.
local array = {}
for i = 1, 10000000 do array[i] = i + 0.5 end

local function peak()
  local status = io.open("/proc/self/status")
  if not status then return "unknown" end
  local text = status:read("*a")
  status:close()
  return text:match("VmHWM:%s*(%d+)") or "unknown"
end

print("entries", #array)
print("peak", peak())
