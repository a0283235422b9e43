#!/usr/bin/env bash
# containerd takes a stream of all images of a bundle at once, and finds each of them complete.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/containerd.sh"
need python3
start_containerd
shared_bundle

mkdir "$TMP/tree"
for part in "$BUNDLE"/*.tar; do
  tar -xf "$part" -C "$TMP/tree"
done
mkdir "$TMP/empty"
tar -c -C "$TMP/empty" . | ctr -n k8s.io images import - >/dev/null 2>&1 && fail "ctr takes anything"

# The order of an installation: what the index names comes last.
(cd "$TMP/tree" && tar -c oci-layout blobs index.json) |
  ctr -n k8s.io images import --platform linux/amd64 - >"$TMP/import" 2>&1 || {
  cat "$TMP/import" "$TMP/containerd.log" >&2
  fail "ctr images import"
}
python3 -c 'import json, sys
for image in json.load(open(sys.argv[1]))["images"]: print(image["ref"], image["digest"])' "$BUNDLE/bundle.json" | sort >"$TMP/wanted"
ctr -n k8s.io images list | awk 'NR > 1 {print $1, $3}' | sort >"$TMP/found"
# Some have further names by digest, which may be asked for as well.
[ -z "$(comm -23 "$TMP/wanted" "$TMP/found")" ] || fail "ctr lacks $(comm -23 "$TMP/wanted" "$TMP/found")"
ctr -n k8s.io images check >"$TMP/check"
[ "$(grep -c ' complete ' "$TMP/check")" = "$(wc -l <"$TMP/found")" ] || {
  cat "$TMP/check" >&2
  fail "not every image is complete"
}
echo "$(wc -l <"$TMP/wanted") images complete"
