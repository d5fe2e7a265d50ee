#!/usr/bin/env bash
# slpp 1.2.3 (PyPI), a reader of Lua tables. It takes a number for its digits and a point: the exponent becomes an element of its own, so
# {a = 1e3} has two entries, and none is 1000. A semicolon, which separates fields as a comma does, becomes part of a name that follows
# at once, and .5 is a string. At most it prints a line; it returns a table all the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$folder/site" six==1.17.0 slpp==1.2.3

cat >"$folder/expected" <<'EXPECTED'
{a = 1000, b = 2} is {'a': 1000, 'b': 2}
Malformed number (bad scientific format).
{a = 1e3, b = 2} is {'a': 0, 1: 3, 'b': 2}
{a=1;b=2} is {'a': 1, ';b': 2}
{0.5, .5} is [0.5, '.5']
EXPECTED
PYTHONPATH="$folder/site" python3 - >"$folder/seen" <<'PROGRAM'
from slpp import slpp

for text in ("{a = 1000, b = 2}", "{a = 1e3, b = 2}", "{a=1;b=2}", "{0.5, .5}"):
    print(text, "is", slpp.decode(text))
PROGRAM
cat "$folder/seen"
diff "$folder/expected" "$folder/seen"
