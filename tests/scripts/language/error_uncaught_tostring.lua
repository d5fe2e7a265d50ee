-- An error value with __tostring.
print("start") -- expect: start
error(setmetatable({}, { __tostring = function() return "custom error object" end })) -- expect error: (error object is not a string)
