#!/usr/bin/env bash
# The commands of docs/newcomer.md, in a copy of the sources without any build.
source "$(dirname "$0")/../support/e2e.sh"
need git
mkdir "$TMP/copy"
git -C "$ROOT" ls-files -z | tar -c -C "$ROOT" --null --files-from=- | tar -x -C "$TMP/copy"
python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/newcomer.md" >"$TMP/commands.sh"
cd "$TMP/copy"
expect_exit 0 bash "$TMP/commands.sh"
expect_text "Status: SUCCESS" "$TMP/out"
