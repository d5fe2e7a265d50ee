#!/usr/bin/env bash
# lupa 2.8 (PyPI), Lua in Python, with its Lua 5.1. A number that is whole becomes an int and true becomes True, which Python's dict takes for the key 1: dict(t)
# of a table with both has one entry, with the first key and the last value, and len says so. Going through int costs -0 its sign. In the other
# direction an int that a double cannot hold is rounded without a word up to 2^63-1, and refused from 2^63 on, though that one is a double.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$folder/site" lupa==2.8

cat >"$folder/expected" <<'EXPECTED'
items [(1, 'one'), (True, 'yes')] dict {1: 'yes'}
1 / -huge is 0 for Python
9007199254740993 is 9007199254740992
9223372036854775807 is 9223372036854775808
9223372036854775808 is refused: Python int too large to convert to C long
EXPECTED
PYTHONPATH="$folder/site" python3 - >"$folder/seen" <<'PROGRAM'
import lupa.lua51

lua = lupa.lua51.LuaRuntime()
table = lua.eval("{[1] = \"one\", [true] = \"yes\"}")
print("items", sorted(table.items(), key=str), "dict", dict(table))
print("1 / -huge is", repr(lua.eval("1 / -math.huge")), "for Python")
show = lua.eval("function(n) return string.format(\"%.0f\", n) end")
for n in (2**53 + 1, 2**63 - 1, 2**63):
    try:
        print(n, "is", show(n))
    except OverflowError as error:
        print(n, "is refused:", error)
PROGRAM
cat "$folder/seen"
diff "$folder/expected" "$folder/seen"
