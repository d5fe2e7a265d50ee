-- Dynamic programming: edit distance and longest common subsequence over byte arrays.
local length = tonumber((...)) or 1090

local function text(seed, n)
  local bytes = {}
  for i = 1, n do
    seed = (seed * 16807) % 2147483647
    bytes[i] = string.char(97 + seed % 6)
  end
  return table.concat(bytes)
end

local function edits(a, b)
  local previous = {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local row, ca = { [0] = i }, a:byte(i)
    for j = 1, #b do
      local cost = previous[j - 1]
      if ca ~= b:byte(j) then cost = cost + 1 end
      local insertion, deletion = row[j - 1] + 1, previous[j] + 1
      if insertion < cost then cost = insertion end
      if deletion < cost then cost = deletion end
      row[j] = cost
    end
    previous = row
  end
  return previous[#b]
end

local function common(a, b)
  local ab, bb = { a:byte(1, -1) }, { b:byte(1, -1) }
  local lengths = { [0] = {} }
  for j = 0, #bb do lengths[0][j] = 0 end
  for i = 1, #ab do
    local above, row, ai = lengths[i - 1], { [0] = 0 }, ab[i]
    for j = 1, #bb do
      if ai == bb[j] then
        row[j] = above[j - 1] + 1
      else
        row[j] = math.max(above[j], row[j - 1])
      end
    end
    lengths[i] = row
  end
  local i, j, out = #ab, #bb, {}
  while i > 0 and j > 0 do
    if ab[i] == bb[j] then
      out[#out + 1] = string.char(ab[i])
      i, j = i - 1, j - 1
    elseif lengths[i - 1][j] >= lengths[i][j - 1] then
      i = i - 1
    else
      j = j - 1
    end
  end
  return table.concat(out):reverse()
end

for round = 1, 4 do
  local a, b = text(round * 17, length), text(round * 71, length - 40)
  local shared = common(a, b)
  print(string.format("edits %d common %d %s", edits(a, b), #shared, shared:sub(1, 16)))
end
