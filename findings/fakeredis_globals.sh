#!/usr/bin/env bash
# fakeredis 2.40.0 (PyPI), a Redis for tests, with lupa 2.8 for EVAL. As Redis does, it refuses a script that sets a global; but it looks after the script has
# run, and leaves the global where it is, so every script from then on is refused for it, whatever it does. One bad script in a test makes those
# after it fail.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$folder/site" fakeredis==2.40.0 lupa==2.8 redis==8.1.0 sortedcontainers==2.4.0

cat >"$folder/expected" <<'EXPECTED'
return 1 gives 1
x = 1 return x raises ResponseError Script attempted to set global variables: x
return 2 raises ResponseError Script attempted to set global variables: x
return redis.call("PING") raises ResponseError Script attempted to set global variables: x
EXPECTED
PYTHONPATH="$folder/site" python3 - >"$folder/seen" <<'PROGRAM'
import fakeredis

client = fakeredis.FakeStrictRedis()
for script in ("return 1", "x = 1 return x", "return 2", "return redis.call(\"PING\")"):
    try:
        print(script, "gives", client.eval(script, 0))
    except Exception as error:
        print(script, "raises", type(error).__name__, error)
PROGRAM
cat "$folder/seen"
diff "$folder/expected" "$folder/seen"
