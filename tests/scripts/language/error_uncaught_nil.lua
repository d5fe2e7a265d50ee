-- error() without a value
print("start") -- expect: start
error() -- expect error:
