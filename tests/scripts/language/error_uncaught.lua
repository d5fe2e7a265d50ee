-- An error that nobody catches ends the program.
print("before") -- expect: before
local function inner(x)
  error("uncaught: " .. x)
end
inner("yes") -- expect error: error_uncaught.lua:4: uncaught: yes
print("after")
