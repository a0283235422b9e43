#!/usr/bin/env bash
# A site follows docs/serve.md: the server as it says, then every command of its clients.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/serve.sh"
need curl openssl skopeo dnf python3
shared_bundle
commands() { python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/serve.md" "$1"; }

# The page's own command line, arguments and all.
line=$(commands serve | sed -n 's/^bundle serve //p')
[ -n "$line" ] || fail "the page starts no server"
export DIR=$BUNDLE KEY=$PUB ADDRESS=127.0.0.1:0
eval "start_serve $line"
printed=$(sed -n 's/^SHA-256 fingerprint .*: \([0-9A-F:]*\)$/\1/p' "$log.err")

mkdir "$TMP/site" "$TMP/bin"
for part in "$BUNDLE"/*.tar; do
  tar -xf "$part" -C "$TMP" bin/helm 2>/dev/null || true
done
key=$(python3 "$ROOT/tests/support/bundle_index.py" "$BUNDLE/bundle.json" vendor-key kubernetes)
cd "$TMP/site"
export URL=$url PLACE=$place VENDOR_KEY=$key HOME=$TMP PATH=$TMP/bin:$PATH
commands console >"$TMP/commands.sh"
expect_exit 0 bash "$TMP/commands.sh"

expect_text "$printed" "$TMP/out"
expect_text "docker.io/library/busybox" "$TMP/out"
expect_text "Verified OK" "$TMP/out"
grep -q '^kubelet-' "$TMP/out" || fail "dnf found no kubelet"
cmp bundle "$BUNDLE/bundle"
sha256sum demo.gguf | grep -q "^$(python3 "$ROOT/tests/support/bundle_index.py" "$BUNDLE/bundle.json" sha256 files/models/demo.gguf) "
[ -s demo-web-1.4.0.tgz ] && [ -s busybox/index.json ]
