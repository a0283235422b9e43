#!/usr/bin/env bash
# The OCI distribution conformance suite, its part for pulling, against bundle serve.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/serve.sh"
need curl python3 go
suite=github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111
GOBIN=$TMP/bin go install "$suite" 2>"$TMP/go.err" || skip "the Go module proxy does not give the suite: $(tail -1 "$TMP/go.err")"
shared_bundle

start_serve "$BUNDLE" --key "$PUB" --listen 127.0.0.1:0
repository=docker.io/library/nginx
catalogue() { python3 "$ROOT/tests/support/bundle_index.py" "$BUNDLE/bundle.json" "$@"; }
# What a manifest or index names and the bundle has.
documents=$(curl -fsS "$url/v2/$repository/manifests/1.29.3" | python3 -c 'import json, sys
print(*(row["digest"] for row in json.load(sys.stdin).get("manifests", []) if row["platform"]["architecture"] == "amd64"))')
blobs=$(curl -fsS "$url/v2/$repository/manifests/${documents%% *}" | python3 -c 'import json, sys
manifest = json.load(sys.stdin)
print(*(row["digest"] for row in [manifest["config"], *manifest["layers"]]))')
[ "$(wc -w <<<"$blobs")" -ge 2 ] || fail "too few blobs: $blobs"

# Told of what is there already, as a registry that takes nothing has to, this version crashes where it writes files of results: it gets
# no folder for them, and its report on stdout is what counts.
cd "$TMP"
export OCI_REGISTRY=$place OCI_TLS=disabled OCI_REPO1=$repository OCI_RESULTS_DIR=/dev/null/none OCI_VERSION=1.1
export OCI_API_PUSH=false OCI_API_BLOBS_DELETE=false OCI_API_MANIFESTS_DELETE=false OCI_API_TAGS_DELETE=false
export OCI_API_REFERRER=false OCI_API_BLOBS_DIGEST_HEADER=true
export OCI_RO_DATA_TAGS=1.29.3 OCI_RO_DATA_BLOBS=$blobs
OCI_RO_DATA_MANIFESTS="$(catalogue digest "$repository:1.29.3") $documents" "$TMP/bin/conformance" >"$TMP/said" 2>"$TMP/err" || true
for row in 'Tag listing' 'Blob get' 'Blob head' 'Manifest get by digest' 'Manifest get by tag' 'Manifest head by digest' \
  'Manifest head by tag' Ping 'Invalid Manifest Digest' 'Read Only Inputs'; do
  grep -qE "^  $row\.+: +Pass$" "$TMP/said" || fail "$row: $(cat "$TMP/said" "$TMP/err")"
done
for row in FAIL Error; do
  grep -qE "^  $row\.+: +0$" "$TMP/said" || fail "$(cat "$TMP/said" "$TMP/err")"
done
echo "$(sed -n 's/^  Pass\.*: *//p' "$TMP/said" | head -1) tests pass, $(wc -w <<<"$blobs") blobs among them"
