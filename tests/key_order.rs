//! In which order `pairs` comes by string keys: what a host can choose.

#![forbid(unsafe_code)]

use ferrous::{KeyOrder, LuaVM, Value};
use pretty_assertions::assert_eq;

/// Returns the order of keys of several tables, a line each.
const ORDERS: &str = r#"
local function order(t) local out = {} for k in pairs(t) do out[#out + 1] = tostring(k) end return table.concat(out, " ") end
local lines = {}
local function line(t) lines[#lines + 1] = order(t) end
line { one = 1, two = 2, three = 3, four = 4, five = 5 }
line { x = nil, y = 1, z = nil, w = 2, 10, [20] = 3 }
local t = {}
for i = 1, 20 do t["key" .. i] = i end
line(t)
for i = 1, 20, 3 do t["key" .. i] = nil end
for i = 5, 9 do t[i] = true end
line(t)
t.absent = nil
t.other = nil
t.last = 1
line(t)
local long = {}
for i = 1, 6 do long[string.rep("long" .. i, 30)] = i end
local values = {}
for _, v in pairs(long) do values[#values + 1] = v end
lines[#lines + 1] = table.concat(values, " ")
line(string)
line(table)
return table.concat(lines, "\n")
"#;

/// What `lua5.1` on x86-64 returns for it.
const PUC_ORDERS: &str = "\
two one four five three\n\
1 y w 20\n\
key16 key9 key5 key1 key7 key3 key8 key12 key11 key10 key19 key17 key20 key2 key13 key6 key18 key15 key4 key14\n\
key9 key5 9 5 key3 key8 key12 key11 8 6 key17 key20 key2 7 key6 key18 key15 key14\n\
last key9 key5 9 5 key3 key8 key12 key6 key11 8 6 key17 key20 key2 7 key18 key15 key14\n\
1 2 5 6 3 4\n\
sub upper len gfind rep find match char dump gmatch reverse byte format gsub lower\n\
setn insert getn foreachi maxn foreach concat sort remove";

fn orders(order: KeyOrder) -> String {
    run(order, ORDERS)
}

fn run(order: KeyOrder, source: &str) -> String {
    let mut vm = LuaVM::with_key_order(order).expect("there is memory");
    vm.open_stdlib().expect("there is memory");
    let result = vm.eval(source).expect("it runs");
    let Value::String(text) = result[0] else { panic!("a string is returned") };
    String::from_utf8_lossy(vm.string_bytes(text).expect("it is live")).into_owned()
}

#[test]
fn the_order_can_be_that_of_puc() {
    assert_eq!(orders(KeyOrder::Puc), PUC_ORDERS);
}

#[test]
fn a_seed_fixes_the_order() {
    assert_eq!(orders(KeyOrder::Seeded(7)), orders(KeyOrder::Seeded(7)));
    assert_ne!(orders(KeyOrder::Seeded(7)), orders(KeyOrder::Seeded(8)));
}

#[test]
fn without_one_each_machine_has_its_own() {
    // Two of the orders of twenty keys are hardly ever the same.
    assert_ne!(orders(KeyOrder::Random), orders(KeyOrder::Random));
}

/// A store makes a node before `__newindex` is called.
#[test]
fn the_order_of_numbers_depends_on_stores_that_a_metamethod_caught() {
    let source = r#"
local function order(t) local out = {} for k in pairs(t) do out[#out + 1] = tostring(k) end return table.concat(out, " ") end
local t = setmetatable({ [10] = 1 }, { __newindex = function() end })
for i = 20, 80, 10 do t[i] = i end
local handled = { [-1] = 1, [-2] = 2, [-3] = 3 }
setmetatable(handled, { __newindex = function(t, k, v) rawset(t, k, v) end })
for i = -4, -12, -1 do handled[i] = i end
setmetatable(t, nil)
for i = 15, 75, 10 do t[i] = i end
return order(t) .. "; " .. order(handled)
"#;
    let order = "75 45 15 25 65 55 35 10; -9 -5 -10 -3 -6 -12 -7 -1 -2 -4 -8 -11";
    assert_eq!(run(KeyOrder::Random, source), order);
}

/// Where strings collide decides when a table gets other sizes.
#[test]
fn the_border_among_holes_can_be_that_of_puc() {
    let source = r#"
local borders = {[0] = 0, [2] = 0}
for i = 0, 200 do
  local x, y = "x" .. i, "y" .. i
  local t = { 1, 2, 3, [x] = 1, [y] = 1 }
  t[y] = nil t[5] = 1 t[5] = nil t[1] = nil t[3] = nil
  borders[#t] = borders[#t] + 1
end
local absent = { 1, 2, 3, x = 1, y = 1 }
absent.z = nil absent[1] = nil absent[3] = nil
return borders[0] .. " " .. borders[2] .. " " .. #absent
"#;
    assert_eq!(run(KeyOrder::Puc, source), "101 100 2");
}
