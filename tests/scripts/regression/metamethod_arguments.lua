-- What cannot be a key is refused before __newindex is asked, and __len gets a second argument.
local t = setmetatable({}, { __newindex = function() print("asked") end })
print(pcall(function() t[nil] = 1 end)) -- expect: false	metamethod_arguments.lua:3: table index is nil
print(pcall(function() t[0/0] = 1 end)) -- expect: false	metamethod_arguments.lua:4: table index is NaN
t[1] = 2 -- expect: asked
local u = newproxy(true)
getmetatable(u).__len = function(...) return select("#", ...) end
print(#u) -- expect: 2
getmetatable(u).__unm = function(...) return select("#", ...) end
print(-u) -- expect: 2
