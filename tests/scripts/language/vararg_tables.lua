-- Tables of variable arguments: where `arg` is, and borders among nils.

local function old(a, b, ...) return type(a), type(b), type(arg), arg.n end
print(old()) -- expect: nil	nil	table	0
print(old(1)) -- expect: number	nil	table	0
print(old(1, 2)) -- expect: number	number	table	0
print(old(1, 2, 3, nil)) -- expect: number	number	table	2

local function count(...) local t = { ... } return #t end
print(count(nil, nil, 3), count(1, nil, 3), count(1, nil, 3, nil), count(nil), count(nil, 2)) -- expect: 3	3	1	0	2
print(count(1, nil, nil, 4, nil, nil), count(nil, nil, nil, nil, 5, nil, nil)) -- expect: 1	0
local function mixed(...) local t = { 1, 2, ... } return #t end
print(mixed(nil, 4), mixed(nil, nil, 5), mixed(), mixed(nil)) -- expect: 4	5	2	2
local function named(...) local t = { n = 1, x = 2, ... } return #t, t.n, t.x end
print(named(nil, 2)) -- expect: 2	1	2
local function old_count(...) return #arg, arg.n end
print(old_count(nil, nil, 3)) -- expect: 3	3
print(old_count(1, nil, 3, nil)) -- expect: 1	4
print(#{ unpack({}, 1, 5) }, #{ unpack({ 1, 2, nil, 4 }, 1, 4) }, #{ 1, 2, unpack({ nil, 5 }, 1, 2) }) -- expect: 0	4	4
print(#{ count(1), nil, unpack({ 1, nil, 3 }, 1, 3) }) -- expect: 5

-- More than one batch, the last of them open.
local function many(...)
  local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, ... }
  return #t
end
print(many(nil, 52), many(), many(51), many(nil)) -- expect: 52	50	51	50
