#!/usr/bin/env bash
# luaparser 4.2.0 (PyPI), a parser and printer of Lua. Its printer writes a unary minus straight before its operand. If that begins with another
# minus the two are a comment, and so the printed program is another one: an assignment has lost its value, a call the rest of its line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$folder/site" antlr4-python3-runtime==4.13.2 multimethod==2.1 luaparser==4.2.0

cat >"$folder/expected" <<'EXPECTED'
x = - -y becomes x = --y
f(- -1, 2) becomes f(--1, 2)
x = 1 - - -y becomes x = 1 - --y
EXPECTED
PYTHONPATH="$folder/site" python3 - >"$folder/seen" <<'PROGRAM'
from luaparser import ast

for source in ["x = - -y", "f(- -1, 2)", "x = 1 - - -y"]:
    print(source, "becomes", ast.to_lua_source(ast.parse(source)))
PROGRAM
cat "$folder/seen"
diff "$folder/expected" "$folder/seen"
