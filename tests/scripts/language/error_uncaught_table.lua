-- An error value without a message.
print("start") -- expect: start
error({ code = 1 }) -- expect error: (error object is not a string)
