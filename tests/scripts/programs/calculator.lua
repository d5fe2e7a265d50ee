-- A tokenizer and a recursive-descent calculator with variables and functions.

local function tokenize(src)
  local tokens, pos = {}, 1
  while true do
    pos = src:find("%S", pos)
    if not pos then break end
    local text = src:match("^%d+%.?%d*[eE][+-]?%d+", pos) or src:match("^%d+%.?%d*", pos) or src:match("^%.%d+", pos)
    local kind = "number"
    if not text then text, kind = src:match("^[%a_][%w_]*", pos), "name" end
    if not text then text, kind = src:match("^[<>=!]=", pos) or src:match("^[-+*/%%^()<>=,]", pos), "op" end
    if not text then error(("unexpected '%s' at %d"):format(src:sub(pos, pos), pos), 0) end
    tokens[#tokens + 1] = { kind = kind, text = text, pos = pos }
    pos = pos + #text
  end
  tokens[#tokens + 1] = { kind = "end", text = "end of input", pos = #src + 1 }
  return tokens
end

local binary = {
  ["<"] = { 1, 2, function(a, b) return a < b and 1 or 0 end }, [">"] = { 1, 2, function(a, b) return a > b and 1 or 0 end },
  ["<="] = { 1, 2, function(a, b) return a <= b and 1 or 0 end }, [">="] = { 1, 2, function(a, b) return a >= b and 1 or 0 end },
  ["=="] = { 1, 2, function(a, b) return a == b and 1 or 0 end }, ["!="] = { 1, 2, function(a, b) return a ~= b and 1 or 0 end },
  ["+"] = { 3, 4, function(a, b) return a + b end }, ["-"] = { 3, 4, function(a, b) return a - b end },
  ["*"] = { 5, 6, function(a, b) return a * b end }, ["%"] = { 5, 6, function(a, b) return a % b end },
  ["/"] = { 5, 6, function(a, b) if b == 0 then error("division by zero", 0) end return a / b end },
  ["^"] = { 9, 8, function(a, b) return a ^ b end },
}

local Parser = {}
Parser.__index = Parser
function Parser.new(src, env) return setmetatable({ tokens = tokenize(src), at = 1, env = env }, Parser) end
function Parser:peek() return self.tokens[self.at] end
function Parser:advance() self.at = self.at + 1 return self.tokens[self.at - 1] end
function Parser:accept(text) if self:peek().kind == "op" and self:peek().text == text then return self:advance() end end
function Parser:expect(text)
  return self:accept(text) or error(("expected '%s' near '%s' at %d"):format(text, self:peek().text, self:peek().pos), 0)
end

function Parser:primary()
  local t = self:advance()
  if t.kind == "number" then local n = tonumber(t.text) return function() return n end, "n" .. t.text end
  if t.kind == "name" then
    if self:accept("(") then
      local args, shown = {}, {}
      if not self:accept(")") then
        repeat args[#args + 1], shown[#shown + 1] = self:expression(0) until not self:accept(",")
        self:expect(")")
      end
      return function(env)
        local f = env[t.text]
        if type(f) ~= "function" then error("unknown function " .. t.text, 0) end
        local values = {}
        for i, a in ipairs(args) do values[i] = a(env) end
        return f(unpack(values))
      end, t.text .. "(" .. table.concat(shown, ",") .. ")"
    end
    return function(env) return env[t.text] or error("undefined variable " .. t.text, 0) end, t.text
  end
  if t.text == "(" then
    local e, shown = self:expression(0)
    self:expect(")")
    return e, shown
  elseif t.text == "-" then
    local e, shown = self:expression(7)
    return function(env) return -e(env) end, "(-" .. shown .. ")"
  end
  error(("unexpected '%s' at %d"):format(t.text, t.pos), 0)
end

function Parser:expression(min)
  local left, shown = self:primary()
  while true do
    local op = self:peek().kind == "op" and binary[self:peek().text]
    if not op or op[1] <= min then return left, shown end
    local text = self:advance().text
    local l = left
    local right, rshown = self:expression(op[2] - (op[2] < op[1] and 0 or 1))
    left, shown = function(env) return op[3](l(env), right(env)) end, "(" .. shown .. text .. rshown .. ")"
  end
end

function Parser:statement()
  local t, nxt = self.tokens[1], self.tokens[2]
  local target
  if t.kind == "name" and nxt and nxt.text == "=" then target, self.at = t.text, 3 end
  local e, shown = self:expression(0)
  if self:peek().kind ~= "end" then error(("unexpected '%s' at %d"):format(self:peek().text, self:peek().pos), 0) end
  local value = e(self.env)
  if target then self.env[target] = value end
  return value, shown
end

local env = setmetatable({ pi = math.pi, e = math.exp(1) }, { __index = { sqrt = math.sqrt, max = math.max, min = math.min, abs = math.abs, floor = math.floor, ["if"] = function(c, a, b) if c ~= 0 then return a end return b end } })
local function run(src) local ok, v, shown = pcall(function() return Parser.new(src, env):statement() end) if ok then print(v, shown) else print("error: " .. v) end end

run("1 + 2 * 3") -- expect: 7	(n1+(n2*n3))
run("(1 + 2) * 3") -- expect: 9	((n1+n2)*n3)
run("2 ^ 3 ^ 2") -- expect: 512	(n2^(n3^n2))
run("-2 ^ 2") -- expect: -4	(-(n2^n2))
run("10 - 4 - 3") -- expect: 3	((n10-n4)-n3)
run("100 / 10 / 2") -- expect: 5	((n100/n10)/n2)
run("7 % 4 * 2") -- expect: 6	((n7%n4)*n2)
run("x = 3 * 7") -- expect: 21	(n3*n7)
run("x") -- expect: 21	x
run("y = x + 1") -- expect: 22	(x+n1)
run("x * y - 2") -- expect: 460	((x*y)-n2)
run("x = x + 1") -- expect: 22	(x+n1)
run("x") -- expect: 22	x
run("max(1, x, 3)") -- expect: 22	max(n1,x,n3)
run("sqrt(16) + abs(-3)") -- expect: 7	(sqrt(n16)+abs((-n3)))
run("min(max(1, 2), max(3, 4))") -- expect: 2	min(max(n1,n2),max(n3,n4))
run("1 < 2") -- expect: 1	(n1<n2)
run("2 < 1") -- expect: 0	(n2<n1)
run("1 + 1 == 2") -- expect: 1	((n1+n1)==n2)
run("3 != 3") -- expect: 0	(n3!=n3)
run("if(x > 20, 100, 200)") -- expect: 100	if((x>n20),n100,n200)
run("floor(pi * 100) / 100") -- expect: 3.14	(floor((pi*n100))/n100)
run("1e3 + .5") -- expect: 1000.5	(n1e3+n.5)
run("1.5e-2 * 2") -- expect: 0.03	(n1.5e-2*n2)
run("- - 3") -- expect: 3	(-(-n3))
run("2 * -3") -- expect: -6	(n2*(-n3))
run("2 ^ -1") -- expect: 0.5	(n2^(-n1))
run("((((5))))") -- expect: 5	n5
run("1 +") -- expect: error: unexpected 'end of input' at 4
run("(1") -- expect: error: expected ')' near 'end of input' at 3
run("1 2") -- expect: error: unexpected '2' at 3
run("nope") -- expect: error: undefined variable nope
run("nope()") -- expect: error: unknown function nope
run("1 / 0") -- expect: error: division by zero
run("2 $ 3") -- expect: error: unexpected '$' at 3
run("max(1,") -- expect: error: unexpected 'end of input' at 7
run(")") -- expect: error: unexpected ')' at 1
run("") -- expect: error: unexpected 'end of input' at 1
run("x = ") -- expect: error: unexpected 'end of input' at 5
run("max()") -- expect: error: calculator.lua:55: bad argument #1 to 'f' (number expected, got no value)
