-- needs: exit
-- os.exit ends the program at once.
io.write("before\n") -- expect: before
pcall(function() os.exit(0) end)
print("not reached")
