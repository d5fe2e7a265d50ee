#!/usr/bin/env bash
# redis-parser 3.0.0 (npm), the RESP parser under ioredis. The protocol allows a sign before an integer: `:[<+|->]<value>`. The parser knows only the
# minus, and takes the code of any other byte less 48 as a digit. A plus is the digit -5: `:+5` is -45, `:+0` is -50. It reports no error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" redis-parser@3.0.0 >/dev/null

cat >"$folder/expected" <<'EXPECTED'
reply 5
reply -5
reply -45
reply -50
reply -488
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const Parser = require('redis-parser');

const parser = new Parser({
  returnReply: (reply) => console.log('reply', reply),
  returnError: (error) => console.log('error', error.message),
  returnFatalError: (error) => console.log('fatal', error.message),
});
for (const text of [':5', ':-5', ':+5', ':+0', ':+12']) parser.execute(Buffer.from(text + '\r\n'));
PROGRAM
node "$folder/program.js" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
