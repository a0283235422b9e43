#!/usr/bin/env bash
# The commands of README.md.
source "$(dirname "$0")/../support/e2e.sh"
need python3
python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/README.md" >"$TMP/commands.sh"
cd "$TMP"
expect_exit 0 bash commands.sh
ls -l versions.yml site.key site.pub >/dev/null
for script in scripts/quickstart scripts/test scripts/setup; do
  [ -x "$ROOT/$script" ] || fail "the README names $script"
done
