-- A tokenizer, a precedence-climbing parser and a tree-walking evaluator for expressions.
local rounds = tonumber((...)) or 6000

local function tokenize(source)
  local tokens, at = {}, 1
  while at <= #source do
    local space = source:match("^%s+", at)
    if space then
      at = at + #space
    else
      local number = source:match("^%d+%.?%d*", at)
      local name = not number and source:match("^[%a_][%w_]*", at)
      local token
      if number then
        token = { kind = "number", text = number, value = tonumber(number) }
      elseif name then
        token = { kind = "name", text = name }
      else
        token = { kind = "symbol", text = source:sub(at, at) }
      end
      tokens[#tokens + 1] = token
      at = at + #token.text
    end
  end
  tokens[#tokens + 1] = { kind = "end", text = "" }
  return tokens
end

local precedence = { ["<"] = 1, ["+"] = 2, ["-"] = 2, ["*"] = 3, ["/"] = 3, ["%"] = 3 }

local Parser = {}
Parser.__index = Parser

function Parser:peek() return self.tokens[self.at] end
function Parser:advance()
  local token = self.tokens[self.at]
  self.at = self.at + 1
  return token
end
function Parser:accept(text)
  if self:peek().text == text then
    self.at = self.at + 1
    return true
  end
  return false
end
function Parser:expect(text)
  if not self:accept(text) then error("expected " .. text .. " near " .. self:peek().text) end
end

function Parser:primary()
  local token = self:advance()
  if token.kind == "number" then return { op = "constant", value = token.value } end
  if token.text == "-" then return { op = "negate", self:primary() } end
  if token.text == "(" then
    local inner = self:expression(1)
    self:expect(")")
    return inner
  end
  if token.kind ~= "name" then error("unexpected " .. token.text) end
  if not self:accept("(") then return { op = "variable", name = token.text } end
  local call = { op = "call", name = token.text }
  if not self:accept(")") then
    repeat call[#call + 1] = self:expression(1) until not self:accept(",")
    self:expect(")")
  end
  return call
end

function Parser:expression(minimum)
  local left = self:primary()
  while true do
    local op = self:peek().text
    local level = precedence[op]
    if not level or level < minimum then return left end
    self:advance()
    left = { op = op, left, self:expression(level + 1) }
  end
end

local function parse(source)
  return setmetatable({ tokens = tokenize(source), at = 1 }, Parser):expression(1)
end

local functions = {
  max = math.max,
  abs = math.abs,
  sq = function(x) return x * x end,
  pick = function(c, a, b) if c ~= 0 then return a end return b end,
}

local evaluate
local unpack = unpack or table.unpack
local actions = {
  constant = function(node) return node.value end,
  variable = function(node, env) return env[node.name] end,
  negate = function(node, env) return -evaluate(node[1], env) end,
  call = function(node, env)
    local values = {}
    for i = 1, #node do values[i] = evaluate(node[i], env) end
    return functions[node.name](unpack(values))
  end,
  ["+"] = function(node, env) return evaluate(node[1], env) + evaluate(node[2], env) end,
  ["-"] = function(node, env) return evaluate(node[1], env) - evaluate(node[2], env) end,
  ["*"] = function(node, env) return evaluate(node[1], env) * evaluate(node[2], env) end,
  ["/"] = function(node, env) return evaluate(node[1], env) / evaluate(node[2], env) end,
  ["%"] = function(node, env) return evaluate(node[1], env) % evaluate(node[2], env) end,
  ["<"] = function(node, env)
    if evaluate(node[1], env) < evaluate(node[2], env) then return 1 end
    return 0
  end,
}
function evaluate(node, env) return actions[node.op](node, env) end

local sources = {
  "x * (y + 3) - sq(x - 2) / 4",
  "pick(x < y, max(x, 2 * y, 10), abs(-x) % 7) + 1.5",
  "((a_1 + x) * (a_1 - x)) % 1000 + 12.25 * y",
  "-x + -(y - 4) * 2 * 3 - 5 - 6",
}
local total = 0
for round = 1, rounds do
  for i, source in ipairs(sources) do
    local tree = parse(source)
    for k = 1, 12 do
      total = total + evaluate(tree, { x = round % 17 + k, y = k * i, a_1 = round })
    end
  end
end
print(string.format("expr %.4f", total))
