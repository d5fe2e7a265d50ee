-- Long strings and long chains of concatenations.
local s = "" for i = 1, 5000 do s = s .. i end print(#s, s:sub(-8)) -- expect: 18893	49995000
local parts = {} for i = 1, 20000 do parts[i] = "item" .. i end print(#table.concat(parts, ",")) -- expect: 188893
local f = loadstring("local a = 'x' return a" .. (" .. a"):rep(180)) print(#f()) -- expect: 181
f = loadstring("return '" .. ("y"):rep(100000) .. "'") print(#f()) -- expect: 100000
f = loadstring("return [==[" .. ("line\n"):rep(10000) .. "]==]") print(#f(), select(2, f():gsub("\n", ""))) -- expect: 50000	10000
f = loadstring("local t = {" .. ("'" .. ("z"):rep(50) .. "',"):rep(1000) .. "} return #t") print(f()) -- expect: 1000
f = loadstring("local " .. ("n"):rep(10000) .. " = 7 return " .. ("n"):rep(10000)) print(f()) -- expect: 7
f = loadstring(("-"):rep(2) .. ("c"):rep(100000) .. "\nreturn 'after comment'") print(f()) -- expect: after comment
f = loadstring(("\n"):rep(70000) .. "error('line')", "=c") print(select(2, pcall(f))) -- expect: c:70001: line
f = loadstring((" "):rep(100000) .. "return 1") print(f()) -- expect: 1
local x = ("x"):rep(2^20)
print(#x, #(x .. x), x == ("x"):rep(2^20), (x .. "a") < (x .. "b"), x:find("y", 1, true), x:reverse() == x, x:upper():sub(1, 3)) -- expect: 1048576	2097152	true	true	nil	true	XXX
print(#x:gsub("x", "yy"), select(2, x:gsub("x", "")), x:match("^x+$") == x, #x:sub(2, -2)) -- expect: 2097152	1048576	true	1048574
local key = ("k"):rep(100000) local t = { [key] = "found" } print(t[("k"):rep(100000)], t[key .. "k"]) -- expect: found	nil
print(#string.format("%s|%s", x, x), #string.format("%q", x), #("%s"):rep(100):format(unpack(parts, 1, 100))) -- expect: 2097153	1048578	592
-- Matching depth: a single character class loops, groups of minimal matches recurse.
print(#x:match("^.-$"), #x:match(".*"), #x:match("(.-)$")) -- expect: 1048576	1048576	1048576
local function deep(n) local ok, r = pcall(string.match, ("a"):rep(n), ("a?"):rep(n) .. ("a"):rep(n)) return ok and #r end
print(deep(10), deep(18)) -- expect: 10	18
print(pcall(string.rep, "x", -1)) -- expect: true	
print(#string.rep("", 1e8), #string.rep("x", 0)) -- expect: 0	0
local nested = ("("):rep(50000) .. (")"):rep(50000) print(#nested:match("%b()"), nested:find("%b()", 2)) -- expect: 100000	2	99999
