local up, n = {}, 0
function up.a.b:c(x, ...)
  n = n + 1
  return self:d(x, arg), function() return up, n, x end
end
local function rec(...)
  if ... then return rec(select(2, ...)) end
  local a, b
  return (rec(a)), b
end
function up.f() end
up.g "s" {1}
return rec(up.a(), rec())
