#!/usr/bin/env bash
# hiredis 3.5.0 (PyPI), the C parser that redis-py uses when it is installed. RESP3 lets a server put an attribute before any reply:
# `|1`, a key and a value, and then the reply itself, which a client that does not know the attribute can take alone. The reader gives
# the attribute, as a list, where the reply is expected; the reply comes when the next one is asked for. From then on each command gets the reply
# of the command before it, and nothing is raised.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$folder/site" hiredis==3.5.0

cat >"$folder/expected" <<'EXPECTED'
first command: [b'ttl', 3600]
second command: 5
left over: b'second'
EXPECTED
PYTHONPATH="$folder/site" python3 - >"$folder/seen" <<'PROGRAM'
import hiredis

reader = hiredis.Reader()
reader.feed(b"|1\r\n+ttl\r\n:3600\r\n" b":5\r\n")  # an attribute, and the reply of the first command
reader.feed(b"+second\r\n")  # the reply of the second command
print("first command:", reader.gets())
print("second command:", reader.gets())
print("left over:", reader.gets())
PROGRAM
cat "$folder/seen"
diff "$folder/expected" "$folder/seen"
