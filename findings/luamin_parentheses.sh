#!/usr/bin/env bash
# luamin 1.0.4 (npm), a minifier of Lua over luaparse. In Lua parentheses around a call or `...` cut it to one value; luaparse keeps no node for
# them, and luamin decides from the operators alone which to write. Minified, `return (f())` returns all results of f, `{(f())}` holds them all, and
# `(...)` is every argument.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" luamin@1.0.4 >/dev/null

cat >"$folder/expected" <<'EXPECTED'
return (f()) becomes return f()
return {(f()), (...)} becomes return{f(),...}
print((s:gsub(a, b))) becomes print(s:gsub(a,b))
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const luamin = require('luamin');

for (const source of ['return (f())', 'return {(f()), (...)}', 'print((s:gsub(a, b)))']) {
  console.log(source, 'becomes', luamin.minify(source));
}
PROGRAM
node "$folder/program.js" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
