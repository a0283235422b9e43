#!/usr/bin/env bash
# The commands of docs/guide.md, in a folder as the quickstart leaves it.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
start_lab
mkdir "$TMP/quickstart" "$TMP/quickstart/lab"
cp "$LAB/versions.yml" "$LAB/mirrors.yml" "$TMP/quickstart/lab/"
python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/guide.md" >"$TMP/commands.sh"
cd "$TMP/quickstart"
expect_exit 0 bash "$TMP/commands.sh"
expect_text "components.kubernetes" "$TMP/out"                # what `why` says of the pause image
cmp guide/bundle.json stick/bundle.json
expect_exit 0 bundle verify stick --key guide.pub
