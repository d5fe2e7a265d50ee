-- Closures: creating them in loops, calling them, shared and mutated upvalues, composition.
local rounds = tonumber((...)) or 430000

local function account(balance)
  local moves = 0
  local function deposit(amount)
    balance = balance + amount
    moves = moves + 1
  end
  local function withdraw(amount)
    if amount > balance then return false end
    balance = balance - amount
    moves = moves + 1
    return true
  end
  local function report()
    return balance, moves
  end
  return deposit, withdraw, report
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local function adder(k)
  return function(x) return x + k end
end

local total, operations = 0, 0
for i = 1, rounds do
  local deposit, withdraw, report = account(i % 17)
  for j = 1, 8 do
    deposit(j)
    withdraw(j * 2)
  end
  local balance, moves = report()
  total = total + balance
  operations = operations + moves

  local chain = adder(i % 5)
  for j = 1, 4 do chain = compose(chain, adder(j)) end
  total = total + chain(1)
end
print(string.format("closures %d %d", total, operations))
