-- needs: io
-- stdin: first line\nsecond line\n42 3.5\nrest\nof it
print(io.read()) -- expect: first line
print(io.read("*l")) -- expect: second line
print(io.read("*n", "*n")) -- expect: 42	3.5
print(io.read(1) == "\n", io.stdin:read(2)) -- expect: true	re
for l in io.lines() do print("[" .. l .. "]") end -- expect: [st]
-- expect: [of it]
print(io.read(), io.read("*a") == "", io.read(0), io.read("*n")) -- expect: nil	true	nil	nil
