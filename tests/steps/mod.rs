//! What programs do over and over that is much work: for the test that fuel ends it, and for the measurement how soon a time limit
//! does (`examples/overshoot.rs`).

/// What the steps below work on: a long string in two copies, tables of numbers in some shapes,
/// one with numbers that all belong in one place, one whose border has to be counted. Their sizes are those that the steps'
/// costs are for, if no others are set.
pub(crate) const SETUP: &str = r"
    SIZE, COUNT = SIZE or 2^20, COUNT or 100000
    S = ('x'):rep(SIZE)
    S2 = ('x'):rep(SIZE - 1) .. 'x'
    T, R, H, B, L = {}, {}, {}, {}, {[S] = 1}
    for i = 1, COUNT do T[i] = i % 10 end
    for i = 1, COUNT / 5 do R[i] = i * 7919 % 20011 end
    for i = 1, COUNT / 5 do H[i] = i end
    for i = 1, COUNT / 20 do B[i] = 65 end
    H.key = true
    N = {} for k = 1, 1000 do N[2^52 + k * 2^32 + 2^31 - k] = k end
    E = {} for i = 1, 1024 do E[i] = i end for k = 22, 0, -1 do E[1025 * 2^k] = k end
    P = ('x = 1 '):rep(2000)
    C = {}
    for i = 1, COUNT * 3 / 5 do C[-i] = i end
    for k in pairs(C) do C[k] = nil end
    function varargs(...) return ... end
    function deep(n) if n == 0 then return unpack(T) end return pcall(deep, n - 1) end
";

/// A byte of the long string, paid for once.
pub(crate) const ONCE: u64 = (1 << 20) / 4;

/// What is done over and over, and how many units it costs at least.
pub(crate) const STEPS: &[(&str, u64)] = &[
    ("local _ = S == S2", ONCE),
    ("local _ = S < S2", ONCE),
    ("local _ = S >= S2", ONCE),
    ("local _ = S .. 'a'", 2 * ONCE),
    ("local _ = S:sub(2)", ONCE - 1),
    ("S:byte(1, 100000)", 50_000),
    ("string.char(unpack(B))", 2500),
    ("('ab'):rep(2^19)", 2 * ONCE),
    ("S:rep(2)", 2 * ONCE),
    ("S:upper()", 2 * ONCE),
    ("S:lower()", 2 * ONCE),
    ("S:reverse()", 2 * ONCE),
    ("tonumber(S)", ONCE),
    ("tonumber(S, 36)", ONCE),
    ("pcall(function() return S + 1 end)", ONCE),
    ("('%s'):format(S)", 2 * ONCE),
    ("('%q'):format(S)", 2 * ONCE),
    ("('%99.99f'):format(1e300)", 400),
    ("(S .. '%d'):format(1)", 3 * ONCE),
    ("table.concat({S, 'x', S})", 4 * ONCE),
    ("table.concat(T)", 100_000),
    ("S:find('y', 1, true)", ONCE),
    ("S:find('xy', 1, true)", ONCE),
    ("S:find(S2, 1, true)", ONCE),
    ("S:find(S:sub(3) .. 'y', 1, true)", ONCE),
    ("S:find('y')", ONCE),
    ("S:find('[yz]')", ONCE),
    ("S:find('%d')", ONCE),
    ("S:find('^x*y')", ONCE),
    ("S:find('^.*y')", ONCE),
    ("S:find('^x-y')", ONCE),
    ("S:find('^.-y')", ONCE),
    ("S:find('^%bxy')", ONCE - 1),
    ("S:find('x*y')", ONCE),
    ("S:match('^((x*))$')", ONCE),
    ("(S .. S):find('^(' .. ('x?'):rep(9) .. 'x*)y')", ONCE),
    ("S:gsub('y', 'z')", ONCE),
    ("S:gsub('x', 'yy')", 1 << 20),
    ("S:gsub('^x*', S2)", ONCE),
    ("S:gsub('x', {x = 'y'})", 1 << 20),
    ("S:gsub('x', type)", 1 << 20),
    ("for _ in S:gmatch('y') do end", ONCE),
    ("for _ in S:gmatch('x') do break end", 2),
    ("unpack(T)", 100_000),
    ("varargs(unpack(T))", 150_000),
    ("local _ = select('#', unpack(T))", 100_000),
    ("select(2, unpack(T))", 100_000),
    ("local _ = {unpack(T)}", 150_000),
    ("pcall(unpack, T)", 150_000),
    ("deep(20)", 20 * 50_000),
    ("coroutine.wrap(function() coroutine.yield(unpack(T)) end)()", 150_000),
    ("coroutine.wrap(varargs)(unpack(T))", 150_000),
    ("table.insert(T, 1, 0) table.remove(T, 1)", 200_000),
    ("table.insert(H, 1, 0) table.remove(H, 1)", 40_000),
    ("table.sort(R)", 20_000),
    ("table.sort(R, function(a, b) return a < b end)", 20_000),
    ("table.maxn(T)", 100_000),
    ("table.foreach(T, type)", 2),
    ("table.foreachi(R, type)", 2),
    ("local _ = L[S2]", ONCE),
    ("L[S2] = 1", ONCE),
    ("rawget(L, S2)", ONCE),
    ("rawset(L, S2, 1)", ONCE),
    ("rawequal(S, S2)", ONCE),
    ("pcall(error, S, 2)", 2),
    ("pcall(function() error(S) end)", ONCE),
    ("xpcall(function() error(S) end, function(m) return m .. 'x' end)", 3 * ONCE),
    ("debug.traceback(S)", ONCE),
    ("os.time()", 200),
    ("os.date()", 200),
    ("os.clock()", 200),
    ("local _ = N[2^52 + 2^31]", 880),
    ("N[2^52 + 2 * 2^32 + 2^31 - 2] = 1", 880),
    ("rawget(N, 2^52 + 2^31)", 880),
    ("next(N, 2^52 + 2 * 2^32 + 2^31 - 2)", 880),
    ("local _ = #E", 1000),
    ("for _ in pairs(C) do end", 4000),
    ("next(C)", 4000),
    ("loadstring(P)", 4 * 7000),
    ("load(function() return nil end)", 2),
    ("collectgarbage()", 1000),
    ("collectgarbage('step')", 1000),
];
