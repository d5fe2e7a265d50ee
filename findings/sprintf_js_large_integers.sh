#!/usr/bin/env bash
# sprintf-js 1.1.3 and printf 0.6.1 (npm). Both cut the fraction for %d by parseInt, which takes text. The text of a number from 1e21 on has
# an exponent, and parseInt reads what is before it: a digit or so, and no error. Small numbers likewise: -5e-7 is -5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" sprintf-js@1.1.3 printf@0.6.1 >/dev/null

cat >"$folder/expected" <<'EXPECTED'
sprintf-js 100000000000000000000 is "100000000000000000000"
sprintf-js 1e+21 is "1"
sprintf-js 6.02e+23 is "6"
sprintf-js -5e-7 is "-5"
printf 100000000000000000000 is "100000000000000000000"
printf 1e+21 is "1"
printf 6.02e+23 is "6"
printf -5e-7 is "-5"
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const ports = { 'sprintf-js': require('sprintf-js').sprintf, printf: require('printf') };

for (const [name, sprintf] of Object.entries(ports)) {
  for (const n of [1e20, 1e21, 6.02e23, -5e-7]) console.log(name, n, 'is', JSON.stringify(sprintf('%d', n)));
}
PROGRAM
node "$folder/program.js" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
