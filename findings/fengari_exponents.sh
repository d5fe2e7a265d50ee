#!/usr/bin/env bash
# fengari 0.1.5 (npm), Lua 5.3 in JavaScript. Where Lua hands a number to C's printf it has JavaScript write it, by sprintf-js and by String. So %g keeps
# to digits however long they get, exponents have one digit (e+4, where C writes e+04), %e has no six places, and tostring(1e15) is 1000000000000000.0
# where Lua 5.3 gives 1e+15. A precision of digits, %.3d, is ignored.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" fengari@0.1.5 sprintf-js@1.1.3 readline-sync@1.4.10 tmp@0.2.5 >/dev/null

cat >"$folder/expected" <<'EXPECTED'
string.format("%g", 1e20) is 100000000000000000000
string.format("%g", 1e-5) is 0.00001
string.format("%e", 12345.678) is 1.2345678e+4
string.format("%.3d", 5) is 5
tostring(1e15) is 1000000000000000.0
tostring(1e-5) is 0.00001
tostring(1e-7) is 1e-7
tostring(2^53) is 9007199254741000.0
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { lua, lauxlib, lualib, to_luastring, to_jsstring } = require('fengari');

const L = lauxlib.luaL_newstate();
lualib.luaL_openlibs(L);
for (const expression of [
  'string.format("%g", 1e20)', 'string.format("%g", 1e-5)', 'string.format("%e", 12345.678)', 'string.format("%.3d", 5)',
  'tostring(1e15)', 'tostring(1e-5)', 'tostring(1e-7)', 'tostring(2^53)',
]) {
  lauxlib.luaL_dostring(L, to_luastring('return ' + expression));
  process.stdout.write(expression + ' is ' + to_jsstring(lua.lua_tostring(L, -1)) + '\n');
  lua.lua_settop(L, 0);
}
PROGRAM
node "$folder/program.js" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
