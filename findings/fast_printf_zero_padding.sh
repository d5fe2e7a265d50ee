#!/usr/bin/env bash
# fast-printf 1.6.10 (npm), which calls itself spec-compliant. Zeros that pad a number belong between its sign and its digits. It pads the text
# as a whole: %05d of -42 is no number any more. The flag for a plus does nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" fast-printf@1.6.10 >/dev/null

cat >"$folder/expected" <<'EXPECTED'
%05d -42 "00-42"
%06.1f -2.5 "00-2.5"
%+d 5 "5"
%+d 0 "0"
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { printf } = require('fast-printf');

for (const [format, n] of [['%05d', -42], ['%06.1f', -2.5], ['%+d', 5], ['%+d', 0]]) {
  console.log(format, n, JSON.stringify(printf(format, n)));
}
PROGRAM
node "$folder/program.js" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
