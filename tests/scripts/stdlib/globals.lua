-- needs: io debug package
-- The names that exist at the start.
local function show(t)
  local names = {}
  for k in pairs(t) do names[#names + 1] = tostring(k) end
  table.sort(names)
  print(table.concat(names, " "))
end
show(_G) -- expect: _G _VERSION arg assert collectgarbage coroutine debug dofile error gcinfo getfenv getmetatable io ipairs load loadfile loadstring math module newproxy next os package pairs pcall print rawequal rawget rawset require select setfenv setmetatable string table tonumber tostring type unpack xpcall
show(coroutine) -- expect: create resume running status wrap yield
show(package) -- expect: config cpath loaded loaders loadlib path preload seeall
show(package.loaded) -- expect: _G coroutine debug io math os package string table
for _, lib in ipairs { coroutine, debug, io, math, os, package, string, table } do
  local functions, others = 0, 0
  for _, v in pairs(lib) do if type(v) == "function" then functions = functions + 1 else others = others + 1 end end
  print(functions, others)
end
-- expect: 6	0
-- expect: 14	0
-- expect: 11	3
-- expect: 29	2
-- expect: 11	0
-- expect: 2	6
-- expect: 15	0
-- expect: 9	0
print(math.mod == math.fmod, string.gfind == string.gmatch, _G == getfenv(0), _G._G == _G) -- expect: true	true	true	true
