-- Text wrapping, justification, tables, word counts.

local text = [[
Lua is a powerful, efficient, lightweight, embeddable scripting language. It supports procedural
programming, object-oriented programming, functional programming, data-driven programming, and
data description.

Lua combines simple procedural syntax with powerful data description constructs based on
associative arrays and extensible semantics.
]]

local function words(s) local t = {} for w in s:gmatch("%S+") do t[#t + 1] = w end return t end
local function wrap(s, width)
  local lines, line = {}, ""
  for _, w in ipairs(words(s)) do
    if line == "" then line = w
    elseif #line + 1 + #w <= width then line = line .. " " .. w
    else lines[#lines + 1] = line line = w end
  end
  if line ~= "" then lines[#lines + 1] = line end
  return lines
end
local function justify(line, width)
  local ws = words(line)
  if #ws == 1 then return line end
  local chars = 0
  for _, w in ipairs(ws) do chars = chars + #w end
  local gaps, spaces = #ws - 1, width - chars
  local out = {}
  for i, w in ipairs(ws) do
    out[#out + 1] = w
    if i <= gaps then
      local n = math.floor(spaces / gaps)
      if i <= spaces % gaps then n = n + 1 end
      out[#out + 1] = (" "):rep(n)
    end
  end
  return table.concat(out)
end
local function paragraphs(s) local t = {} for p in (s .. "\n\n"):gmatch("(.-)\n%s*\n") do if p:find("%S") then t[#t + 1] = p end end return t end

for i, p in ipairs(paragraphs(text)) do
  local lines = wrap(p, 40)
  for j, l in ipairs(lines) do print("|" .. (j < #lines and justify(l, 40) or ("%-40s"):format(l)) .. "|") end
  print(("-"):rep(42))
end
-- expect: |Lua    is    a    powerful,   efficient,|
-- expect: |lightweight,     embeddable    scripting|
-- expect: |language.    It    supports   procedural|
-- expect: |programming,             object-oriented|
-- expect: |programming,   functional   programming,|
-- expect: |data-driven    programming,   and   data|
-- expect: |description.                            |
-- expect: ------------------------------------------
-- expect: |Lua  combines  simple  procedural syntax|
-- expect: |with     powerful    data    description|
-- expect: |constructs  based  on associative arrays|
-- expect: |and extensible semantics.               |
-- expect: ------------------------------------------
local function center(s, w) local left = math.floor((w - #s) / 2) return (" "):rep(left) .. s .. (" "):rep(w - #s - left) end
print("[" .. center("title", 15) .. "]", "[" .. center("even", 10) .. "]", "[" .. center("", 3) .. "]") -- expect: [     title     ]	[   even   ]	[   ]

-- Word frequencies
local freq, order = {}, {}
for w in text:lower():gmatch("%a+") do
  if not freq[w] then order[#order + 1] = w end
  freq[w] = (freq[w] or 0) + 1
end
table.sort(order, function(a, b) if freq[a] ~= freq[b] then return freq[a] > freq[b] end return a < b end)
for i = 1, 6 do print(("%-12s %d %s"):format(order[i], freq[order[i]], ("*"):rep(freq[order[i]]))) end -- expect: programming  4 ****
-- expect: data         3 ***
-- expect: and          2 **
-- expect: description  2 **
-- expect: lua          2 **
-- expect: powerful     2 **
print(#order, #text, select(2, text:gsub("%S+", "")), select(2, text:gsub("\n", ""))) -- expect: 31	345	39	6

-- A table with aligned columns
local function render(rows)
  local widths = {}
  for _, r in ipairs(rows) do for c, v in ipairs(r) do widths[c] = math.max(widths[c] or 0, #tostring(v)) end end
  for i, r in ipairs(rows) do
    local cells = {}
    for c, v in ipairs(r) do cells[c] = (type(v) == "number" and "%" or "%-") .. widths[c] .. "s" cells[c] = cells[c]:format(tostring(v)) end
    print("| " .. table.concat(cells, " | ") .. " |")
    if i == 1 then local dashes = {} for c, w in ipairs(widths) do dashes[c] = ("-"):rep(w) end print("|-" .. table.concat(dashes, "-+-") .. "-|") end
  end
end
render { { "name", "qty", "price" }, { "apple", 3, 0.5 }, { "watermelon", 12, 3.25 }, { "fig", 100, 0.1 } } -- expect: | name       | qty | price |
-- expect: |------------+-----+-------|
-- expect: | apple      |   3 |   0.5 |
-- expect: | watermelon |  12 |  3.25 |
-- expect: | fig        | 100 |   0.1 |

-- Templates, case conversions, Caesar, run lengths, Roman numerals
local function template(s, vars) return (s:gsub("{{%s*([%w_]+)%s*|?%s*(%w*)%s*}}", function(k, f) local v = tostring(vars[k] or "?") return f ~= "" and (string[f] or error("no filter " .. f, 0))(v) or v end)) end
print(template("Dear {{ name | upper }}, you are {{age}} and {{ missing }}.", { name = "Ann", age = 30 })) -- expect: Dear ANN, you are 30 and ?.
print(pcall(template, "{{ x | nope }}", { x = 1 })) -- expect: false	no filter nope
local function caesar(s, k) return (s:gsub("%a", function(c) local base = c:find("%l") and 97 or 65 return string.char((c:byte() - base + k) % 26 + base) end)) end
print(caesar("Hello, World!", 3), caesar(caesar("Hello, World!", 3), -3)) -- expect: Khoor, Zruog!	Hello, World!
local function rle(s) return (s:gsub("(.)(%1*)", function(c, rest) return #rest > 0 and c .. #rest + 1 or c end)) end
print(rle("aaabccddddde")) -- expect: aaabccddddde
local function runs(s) local out, i = {}, 1 while i <= #s do local c = s:sub(i, i) local _, j = s:find("^" .. c .. "+", i) out[#out + 1] = c .. (j - i + 1) i = j + 1 end return table.concat(out) end
print(runs("aaabccddddde")) -- expect: a3b1c2d5e1
local function roman(n) local out = "" for _, p in ipairs { { 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" }, { 90, "XC" }, { 50, "L" }, { 40, "XL" }, { 10, "X" }, { 9, "IX" }, { 5, "V" }, { 4, "IV" }, { 1, "I" } } do while n >= p[1] do out, n = out .. p[2], n - p[1] end end return out end
print(roman(1994), roman(2024), roman(49), roman(3888)) -- expect: MCMXCIV	MMXXIV	XLIX	MMMDCCCLXXXVIII
local function comma(n) local s = ("%d"):format(n) local k repeat s, k = s:gsub("^(-?%d+)(%d%d%d)", "%1,%2") until k == 0 return s end
print(comma(1), comma(1234), comma(-1234567), comma(1000000000)) -- expect: 1	1,234	-1,234,567	1,000,000,000
local function palindrome(s) s = s:lower():gsub("[^%a]", "") return s == s:reverse() end
print(palindrome("A man, a plan, a canal: Panama!"), palindrome("Lua")) -- expect: true	false
