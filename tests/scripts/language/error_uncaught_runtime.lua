-- A failed operation that nobody catches.
local config = { name = "x" }
print(config.name) -- expect: x
print(config.missing.field) -- expect error: error_uncaught_runtime.lua:4: attempt to index field 'missing' (a nil value)
