-- needs: order
-- Tables whose keys are numbers and booleans are traversed in PUC's order: random stores, removals and traversals.

-- A generator of our own, so that every machine does the same.
local state = 1
local function random(n)
  state = (state * 16807) % 2147483647
  return state % n + 1
end

-- Written as a constant it might become another zero of the function.
local minus_zero = tonumber("-0")

local key = {}
function key.small() return random(16) - 4 end
function key.array() return random(70) end
function key.sparse() return random(2 ^ random(30)) end
function key.fraction() return random(1000) * 2 ^ (random(40) - 20) / 7 end
function key.negative() return -random(40) end
function key.large() return random(100) * 2 ^ (20 + random(40)) + random(3) end
function key.power() return 2 ^ (random(600) - 300) end
function key.special()
  local which = random(7)
  if which == 1 then return 0 elseif which == 2 then return minus_zero elseif which == 3 then return 1 / 0
  elseif which == 4 then return -1 / 0 elseif which == 5 then return true elseif which == 6 then return false end
  return 0.5
end
local kinds = { "small", "array", "sparse", "fraction", "negative", "large", "power", "special" }

-- The order of the keys as one number; the border belongs to it.
local function order(t)
  local sum, position = #t, 0
  for k, v in pairs(t) do
    position = position + 1
    local n = k == true and 3 or k == false and 5 or k
    if n == 1 / 0 then n = 7 elseif n == -1 / 0 then n = 9 end
    sum = (sum * 31 + n * 1024 % 65521 + v * position) % 2147483647
  end
  return sum, position
end

local step = {}
function step.store(t, k) t[k] = random(100) end
function step.store_again(t, k) t[k] = random(100) end
function step.store_raw(t, k) rawset(t, k, random(100)) end
function step.remove(t, k) t[k] = nil end
function step.remove_raw(t, k) rawset(t, k, nil) end
function step.push(t) t[#t + 1] = random(100) end
function step.pop(t) t[#t] = nil end
function step.insert(t) table.insert(t, random(100)) end
function step.insert_first(t) table.insert(t, 1, random(100)) end
function step.take(t) table.remove(t) end
function step.take_first(t) table.remove(t, 1) end
function step.upwards(t) for i = random(10), random(50), random(3) do t[i] = i end end
function step.downwards(t) for i = random(50), random(10), -random(3) do t[i] = i end end
function step.thin(t)
  local every = random(4)
  local count = 0
  for k in pairs(t) do
    count = count + 1
    if count % every == 0 then t[k] = nil end
  end
end
function step.clear(t) for k in next, t do t[k] = nil end end
function step.collect() collectgarbage("step") end
local steps = {
  "store", "store", "store", "store_again", "store_raw", "remove", "remove_raw", "push", "pop", "insert", "insert_first",
  "take", "take_first", "upwards", "downwards", "thin", "clear", "collect", "store", "remove", "store",
}

local make = {
  function() return {} end,
  function() return { 1, 2, 3 } end,
  function() return { 1, nil, 3, nil } end,
  function() return { nil, nil, 3 } end,
  function() return { [1] = 1, [2] = 2, [3] = 3 } end,
  function() return { 1, 2, [3] = 3, [2.5] = 4, [-1] = 5 } end,
  function() return { [0] = 1, [true] = 2, [false] = 3, [1000] = 4 } end,
  function() return { unpack({ 1, nil, 3, 4, nil }, 1, random(5)) } end,
  function() return { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 } end,
}

for _, kind in ipairs(kinds) do
  local sums, keys = {}, 0
  for run = 1, 24 do
    local t = make[random(#make)]()
    for _ = 1, random(120) do
      -- Now and then a key of another kind.
      local name = random(8) == 1 and kinds[random(#kinds)] or kind
      step[steps[random(#steps)]](t, key[name]())
    end
    local sum, count = order(t)
    sums[run] = sum
    keys = keys + count
  end
  print(kind, keys)
  print(table.concat(sums, " "))
end
-- expect: small	375
-- expect: 1058576135 1227631 714809058 1460096518 2018500804 1314788371 484728718 0 471544118 1617882851 1623518126 1330804014.4286 52956277 1866983804 723429306 406634449 212395095 232465770 37547 0 43026 0 1399613 819892156
-- expect: array	318
-- expect: 1605375495 284755695 53028711 1129150708 1935171531 0 1761616450 341842 0 0 486607221.89076 1701358544 1305803333 212387981 1800784009 901049820 1057176 0 1909128 1304225440 927319577 1712273368 6146 817698398
-- expect: sparse	352
-- expect: 1440929384 0 156451 676689184 35374347 1749760306 271014698 0 1269905507 1802138467 0 0 1616496984 1132500 0 1086314278 82164 0 10331769 638636730 2028358431 433290114 826609832 1600601
-- expect: fraction	487
-- expect: 1969996757.3994 1188572044.1429 1963581376 786337221.9554 0 1076593333.25 1844781537.5815 235095647.79495 1091743.1428571 1150056866.5714 957206827 1818495822.7699 438107683.57143 679760631.2913 1835422137.8972 1699219378.0004 281475886.98211 1103033579.8794 0 600871.89875793 1779490907.3776 1492915721.3565 1539666003.4286 1091012616.2679
-- expect: negative	409
-- expect: 2873161 0 1582003833 92797358 3616 82361019 111400612 369711753 103400220 37901 0 1780789 795977420 1740329095 0 1601682124 1762828876 22945225.198395 36727717.142857 773815136 54392 1083374127 1649631068 1108
-- expect: large	360
-- expect: 384436431 1242360220 1227483332 10 102233626 0 16324138 111627095 363988423 1034931936 160103 57564 49037 223964266 832155481 1658195943 718535787 773564188.79179 191664603 482366221 31978703 37123325 0 1629779670
-- expect: power	412
-- expect: 0 0 50915338 3308350 134298740 2128136503 0 0 0 144378 1450.0000000002 34575591 2475 1115699698 3190 49373331 34052 520096744 1876497084 646103852 33887829 1367591468 0 1243746743
-- expect: special	484
-- expect: 1944477346 1632291261 1313317654 999064394 523613789.14286 1348321326 1931275133 1381438772 0 162938771 452460426 659019327 989492375 38228522 1359132875 1234457607 1147954726 2189766 1833767939 936906131 660446776 1928713013 888158671 1116396

-- Some orders in full.
local function show(t)
  local out = {}
  for k in pairs(t) do out[#out + 1] = tostring(k) end
  print(table.concat(out, " "))
end
show { [10] = 1, [20] = 1, [30] = 1, [40] = 1, [50] = 1 } -- expect: 20 10 40 30 50
show { [true] = 1, [false] = 1, [0] = 1, [0.5] = 1, [-1] = 1, [2 ^ 53] = 1 } -- expect: false true 9.007199254741e+15 0.5 -1 0
local squares = {}
for i = 1, 12 do squares[i * i] = i end
show(squares) -- expect: 1 25 81 100 4 16 9 49 36 121 144 64
for i = 1, 12, 2 do squares[i * i] = nil end
for i = 1, 4 do squares[i / 4] = i end
show(squares) -- expect: 1 0.25 0.5 100 4 16 36 0.75 144 64
local grid = {}
for x = -2, 2 do for y = -2, 2 do grid[x * 1000 + y] = true end end
show(grid) -- expect: 1 2 0 -1 -2 2002 2001 2000 1999 999 1002 1001 -999 998 -1001 -998 1998 1000 -1998 -1000 -2000 -2001 -2002 -1002 -1999

-- A store of nil makes a node, and may even give the table other sizes.
local nils = { [100] = 1, [200] = 2 }
nils[300] = nil
nils[400] = 4
nils[500] = nil
show(nils) -- expect: 100 200 400
nils[1] = nil
nils[600] = 6
show(nils) -- expect: 100 200 400 600

-- The zero that came first stays.
local zero = { [minus_zero] = 1 }
zero[0] = 2
print(next(zero), zero[0], zero[minus_zero]) -- expect: -0	2	2
zero[0] = nil
zero[0] = 3
print(next(zero)) -- expect: -0	3
local plain = { [0] = 1 }
plain[minus_zero] = 2
print(next(plain)) -- expect: 0	2
print(next({ [minus_zero] = 1 }, 0), rawget({ [minus_zero] = 5 }, 0)) -- expect: nil	5
