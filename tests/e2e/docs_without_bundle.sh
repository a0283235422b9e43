#!/usr/bin/env bash
# A person with openssl, tar, sha256sum, dnf and ctr follows docs/without-bundle.md.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/containerd.sh"
need openssl dnf python3
start_containerd
shared_bundle
python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/without-bundle.md" >"$TMP/commands.sh"
cd "$BUNDLE"
mkdir "$TMP/tmp"
KEY=$PUB ROOT=$TMP/root-of-dnf TMPDIR=$TMP/tmp expect_exit 0 bash "$TMP/commands.sh"

[ "$(grep -c '^Verified OK$' "$TMP/out")" = 2 ] || fail "openssl did not verify index and installer"
ls "$TMP/root-of-dnf/usr/bin/kubeadm" >/dev/null
wanted=$(python3 -c 'import json; print(len(json.load(open("bundle.json"))["images"]))')
[ "$(ctr -n k8s.io images check | grep -c ' complete ')" -ge "$wanted" ] || fail "not every image is complete"
