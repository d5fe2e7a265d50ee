-- A lexer, parser and interpreter for a tiny subset of Lua, written in Lua.

local KEYWORDS = {}
for w in ("and do else end false function if local nil not or print return then true while"):gmatch("%a+") do KEYWORDS[w] = true end
local function lex(src)
  local out, pos, line = {}, 1, 1
  local function add(kind, text) out[#out + 1] = { kind = kind, text = text, line = line } pos = pos + #text end
  while pos <= #src do
    local c = src:sub(pos, pos)
    if c == "\n" then line, pos = line + 1, pos + 1
    elseif c:find("%s") then pos = pos + 1
    elseif src:find("^%-%-", pos) then pos = src:find("\n", pos, true) or #src + 1
    elseif c:find("[%a_]") then local w = src:match("^[%w_]+", pos) add(KEYWORDS[w] and w or "name", w)
    elseif c:find("%d") then add("number", src:match("^%d+%.?%d*", pos))
    elseif c == '"' then local s = src:match('^"[^"\n]*"', pos) or error("line " .. line .. ": unfinished string", 0) add("string", s)
    else
      local op = src:match("^[=~<>]=", pos) or src:match("^%.%.", pos) or src:match("^[-+*/%%<>=(),#]", pos)
      if not op then error(("line %d: unexpected '%s'"):format(line, c), 0) end
      add(op, op)
    end
  end
  out[#out + 1] = { kind = "eof", text = "<eof>", line = line }
  return out
end

local PRIORITY = { ["or"] = 1, ["and"] = 2, ["<"] = 3, [">"] = 3, ["<="] = 3, [">="] = 3, ["=="] = 3, ["~="] = 3, [".."] = 4, ["+"] = 5, ["-"] = 5, ["*"] = 6, ["/"] = 6, ["%"] = 6 }
local function parse(tokens)
  local at = 1
  local block, expr
  local function tok() return tokens[at] end
  local function check(k) return tokens[at].kind == k end
  local function accept(k) if check(k) then at = at + 1 return tokens[at - 1] end end
  local function expect(k) return accept(k) or error(("line %d: '%s' expected near '%s'"):format(tok().line, k, tok().text), 0) end
  local function args() expect("(") local list = {} if not check(")") then repeat list[#list + 1] = expr(0) until not accept(",") end expect(")") return list end
  local function params() expect("(") local list = {} if not check(")") then repeat list[#list + 1] = expect("name").text until not accept(",") end expect(")") return list end
  local function func() local p = params() local body = block() expect("end") return { op = "function", params = p, body = body } end
  local function primary()
    local t = tok()
    at = at + 1
    local node
    if t.kind == "number" then return { op = "const", value = tonumber(t.text) }
    elseif t.kind == "string" then return { op = "const", value = t.text:sub(2, -2) }
    elseif t.kind == "true" or t.kind == "false" then return { op = "const", value = t.kind == "true" }
    elseif t.kind == "nil" then return { op = "const" }
    elseif t.kind == "function" then return func()
    elseif t.kind == "-" or t.kind == "not" or t.kind == "#" then return { op = "unary", sub = t.kind, a = expr(7), line = t.line }
    elseif t.kind == "(" then node = expr(0) expect(")")
    elseif t.kind == "name" then node = { op = "name", name = t.text, line = t.line }
    else error(("line %d: unexpected '%s'"):format(t.line, t.text), 0) end
    while check("(") do node = { op = "call", f = node, args = args(), line = t.line } end
    return node
  end
  function expr(min)
    local left = primary()
    while PRIORITY[tok().kind] and PRIORITY[tok().kind] > min do
      local op = tok()
      at = at + 1
      left = { op = "binary", sub = op.kind, a = left, b = expr(op.kind == ".." and 3.5 or PRIORITY[op.kind]), line = op.line }
    end
    return left
  end
  local function statement()
    if accept("local") then
      if accept("function") then local n = expect("name").text return { op = "localfunction", name = n, f = func() } end
      local n = expect("name").text
      return { op = "local", name = n, value = accept("=") and expr(0) or { op = "const" } }
    elseif accept("if") then
      local c = expr(0) expect("then")
      local a = block()
      local b = accept("else") and block() or {}
      expect("end")
      return { op = "if", c = c, a = a, b = b }
    elseif accept("while") then local c = expr(0) expect("do") local b = block() expect("end") return { op = "while", c = c, body = b }
    elseif accept("return") then return { op = "return", value = (check("end") or check("eof")) and { op = "const" } or expr(0) }
    elseif accept("print") then return { op = "print", args = args() }
    elseif accept("function") then local n = expect("name").text return { op = "assign", name = n, value = func() } end
    local e = primary()
    if e.op == "name" and accept("=") then return { op = "assign", name = e.name, value = expr(0) } end
    if e.op ~= "call" then error(("line %d: syntax error near '%s'"):format(tok().line, tok().text), 0) end
    return { op = "callstat", call = e }
  end
  function block() local list = {} while not (check("end") or check("else") or check("eof")) do list[#list + 1] = statement() end return list end
  local body = block()
  expect("eof")
  return body
end

local binary = { ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end, ["%"] = function(a, b) return a % b end, [".."] = function(a, b) return a .. b end, ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end, ["<="] = function(a, b) return a <= b end, [">="] = function(a, b) return a >= b end, ["=="] = function(a, b) return a == b end, ["~="] = function(a, b) return a ~= b end }
local exec
local function lookup(env, name) while env do if env.vars[name] ~= nil then return env end env = env.up end end
local NIL = {}
local function eval(n, env)
  if n.op == "const" then return n.value
  elseif n.op == "name" then local e = lookup(env, n.name) local v = e and e.vars[n.name] if v == NIL then v = nil end return v
  elseif n.op == "function" then return { node = n, env = env }
  elseif n.op == "unary" then local v = eval(n.a, env) if n.sub == "-" then return -v elseif n.sub == "#" then return #v else return not v end
  elseif n.op == "binary" then
    local a = eval(n.a, env)
    if n.sub == "and" then return a and eval(n.b, env) elseif n.sub == "or" then return a or eval(n.b, env) end
    local b = eval(n.b, env)
    local ok, v = pcall(binary[n.sub], a, b)
    if not ok then error("line " .. n.line .. ": bad operands for '" .. n.sub .. "'", 0) end
    return v
  end
  local f = eval(n.f, env)
  if type(f) ~= "table" then error("line " .. n.line .. ": attempt to call a " .. type(f) .. " value", 0) end
  local inner = { vars = {}, up = f.env }
  for i, p in ipairs(f.node.params) do local v if n.args[i] then v = eval(n.args[i], env) end inner.vars[p] = v == nil and NIL or v end
  return (select(2, exec(f.node.body, inner)))
end
function exec(body, env)
  for _, s in ipairs(body) do
    if s.op == "local" then local v = eval(s.value, env) env.vars[s.name] = v == nil and NIL or v
    elseif s.op == "localfunction" then env.vars[s.name] = NIL env.vars[s.name] = eval(s.f, env)
    elseif s.op == "assign" then local v = eval(s.value, env) local e = lookup(env, s.name) if not e then e = env while e.up do e = e.up end end e.vars[s.name] = v == nil and NIL or v
    elseif s.op == "callstat" then eval(s.call, env)
    elseif s.op == "print" then local out = {} for i, a in ipairs(s.args) do out[i] = tostring((eval(a, env))) end print(table.concat(out, "\t"))
    elseif s.op == "return" then return true, (eval(s.value, env))
    elseif s.op == "if" then local done, v = exec(eval(s.c, env) and s.a or s.b, { vars = {}, up = env }) if done then return true, v end
    elseif s.op == "while" then while eval(s.c, env) do local done, v = exec(s.body, { vars = {}, up = env }) if done then return true, v end end end
  end
  return false
end
local function run(src) local ok, m = pcall(function() return exec(parse(lex(src)), { vars = {} }) end) if not ok then print("error: " .. m) end end

run [[print(1 + 2 * 3, "a" .. "b" .. 1, not nil, #"four", -5 % 3, 2 < 3 and "yes" or "no")]] -- expect: 7	ab1	true	4	1	yes
run [[
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(15))
]] -- expect: 610
run [[
-- closures
function counter(start)
  local n = start
  return function(step) n = n + step return n end
end
local a = counter(10)
local b = counter(100)
print(a(1), a(1), b(5), a(3))
]] -- expect: 11	12	105	15
run [[local i = 1 local s = "" while i <= 10 do if i % 2 == 0 then s = s .. i .. " " else s = s .. "_" end i = i + 1 end print(s)]] -- expect: _2 _4 _6 _8 _10 
run [[local x = 1 if x == 1 then local x = 2 print(x) end print(x) y = 5 if y then y = y + x end print(y, z)]] -- expect: 2
-- expect: 1
-- expect: 6	nil
run [[local function compose(f, g) return function(x) return f(g(x)) end end print(compose(function(x) return x * 2 end, function(x) return x + 1 end)(20))]] -- expect: 42
run [[local n = 0 local function prime(k) local d = 2 while d * d <= k do if k % d == 0 then return false end d = d + 1 end return true end local k = 2 while n < 10 do if prime(k) then n = n + 1 print(n, k) end k = k + 1 end]] -- expect: 1	2
-- expect: 2	3
-- expect: 3	5
-- expect: 4	7
-- expect: 5	11
-- expect: 6	13
-- expect: 7	17
-- expect: 8	19
-- expect: 9	23
-- expect: 10	29
run [[print("unfinished)]] -- expect: error: line 1: unfinished string
run "x = \n\n ?" -- expect: error: line 3: unexpected '?'
run "if x then" -- expect: error: line 1: 'end' expected near '<eof>'
run "local 5 = 1" -- expect: error: line 1: 'name' expected near '5'
run "\nnope(1)" -- expect: error: line 2: attempt to call a nil value
run "print(1 + nil)" -- expect: error: line 1: bad operands for '+'
run "x" -- expect: error: line 1: syntax error near '<eof>'
run "print((1 + 2)" -- expect: error: line 1: ')' expected near '<eof>'
run "return 5 end" -- expect: error: line 1: 'eof' expected near 'end'
for i, t in ipairs(lex("local x = 10 -- c\nprint(x ~= 2.5)")) do io.write(t.line, ":", t.kind, i % 6 == 0 and "\n" or " ") end print() -- expect: 1:local 1:name 1:= 1:number 2:print 2:(
-- expect: 2:name 2:~= 2:number 2:) 2:eof 
