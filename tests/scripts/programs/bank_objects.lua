-- An object-oriented simulation: accounts, inheritance, events.

local Account = {}
Account.__index = Account
local count = 0

function Account.new(owner, balance)
  count = count + 1
  return setmetatable({ id = count, owner = owner, balance = balance or 0, history = {} }, Account)
end

function Account:record(kind, amount)
  self.history[#self.history + 1] = string.format("%s %.2f", kind, amount)
end

function Account:deposit(amount)
  if amount <= 0 then error("invalid amount: " .. tostring(amount), 2) end
  self.balance = self.balance + amount
  self:record("deposit", amount)
  return self
end

function Account:withdraw(amount)
  if not self:can_withdraw(amount) then
    error({ code = "insufficient", needed = amount - self.balance })
  end
  self.balance = self.balance - amount
  self:record("withdraw", amount)
  return self
end

function Account:can_withdraw(amount) return amount <= self.balance end

Account.__tostring = function(a) return string.format("#%d %s: %.2f", a.id, a.owner, a.balance) end
Account.__eq = function(a, b) return a.id == b.id end
Account.__lt = function(a, b) return a.balance < b.balance end
Account.__le = function(a, b) return a.balance <= b.balance end
Account.__add = function(a, b) return a.balance + b.balance end

local Credit = setmetatable({}, { __index = Account })
Credit.__index = Credit
for _, name in ipairs { "__tostring", "__eq", "__lt", "__le", "__add" } do Credit[name] = Account[name] end

function Credit.new(owner, balance, limit)
  local self = setmetatable(Account.new(owner, balance), Credit)
  self.limit = limit
  return self
end

function Credit:can_withdraw(amount) return amount <= self.balance + self.limit end

function Credit:interest(rate)
  if self.balance < 0 then
    local fee = -self.balance * rate
    self.balance = self.balance - fee
    self:record("interest", fee)
  end
end

local alice, bob = Account.new("Alice", 100), Credit.new("Bob", 50, 200)
print(alice) -- expect: #1 Alice: 100.00
print(bob) -- expect: #2 Bob: 50.00
alice:deposit(50):withdraw(30)
bob:withdraw(200)
print(tostring(alice), tostring(bob)) -- expect: #1 Alice: 120.00	#2 Bob: -150.00
print(alice.balance, bob.balance, bob.limit) -- expect: 120	-150	200
print(bob < alice, alice < bob, alice >= bob, alice == bob, alice == alice) -- expect: true	false	true	false	true
print(alice + bob) -- expect: -30
local ok, err = pcall(alice.withdraw, alice, 1000)
print(ok, type(err), err.code, err.needed) -- expect: false	table	insufficient	880
print(pcall(function() alice:deposit(-5) end)) -- expect: false	bank_objects.lua:71: invalid amount: -5
print(pcall(function() alice:deposit("x") end)) -- expect: false	bank_objects.lua:17: attempt to compare string with number
ok, err = pcall(bob.withdraw, bob, 100)
print(ok, err.code, err.needed) -- expect: false	insufficient	250
bob:interest(0.1)
print(bob.balance) -- expect: -165
print(table.concat(alice.history, "; ")) -- expect: deposit 50.00; withdraw 30.00
print(table.concat(bob.history, "; ")) -- expect: withdraw 200.00; interest 15.00
print(getmetatable(bob) == Credit, rawget(Credit, "deposit"), Credit.deposit == Account.deposit) -- expect: true	nil	true

local accounts = { alice, bob, Account.new("Carol", 75.5), Credit.new("Dave", 10, 0) }
table.sort(accounts)
for i, a in ipairs(accounts) do print(i, a) end -- expect: 1	#2 Bob: -165.00
-- expect: 2	#4 Dave: 10.00
-- expect: 3	#3 Carol: 75.50
-- expect: 4	#1 Alice: 120.00

-- A year of transactions from a fixed generator
local seed = 7
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
local failures = 0
for day = 1, 365 do
  local from, to = accounts[random(4)], accounts[random(4)]
  local amount = random(100)
  if from ~= to then
    local ok, e = pcall(from.withdraw, from, amount)
    if ok then to:deposit(amount) elseif e.code == "insufficient" then failures = failures + 1 else error(e) end
  end
end
local total = 0
for _, a in ipairs(accounts) do total = total + a.balance end
print(failures, total) -- expect: 136	40.5
for i, a in ipairs(accounts) do print(i, a, #a.history) end -- expect: 1	#2 Bob: -95.00	73
-- expect: 2	#4 Dave: 0.00	78
-- expect: 3	#3 Carol: 82.50	54
-- expect: 4	#1 Alice: 53.00	79
