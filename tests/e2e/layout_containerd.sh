#!/usr/bin/env bash
# containerd takes a stream of all images of a bundle at once, and finds each of them complete.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need containerd ctr python3
[ "$(id -u)" = 0 ] || skip "containerd needs root"
shared_bundle

# A private containerd: own root, state and socket (a short path: a socket's is at most 107 bytes), nothing but the core.
socket=$TMP/c.sock
cat >"$TMP/containerd.toml" <<TOML
version = 2
root = "$TMP/root"
state = "$TMP/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$socket"
TOML
containerd --config "$TMP/containerd.toml" --log-level warn >"$TMP/containerd.log" 2>&1 &
containerd=$!
at_exit "kill $containerd; wait $containerd"
ctr_here() { ctr --address "$socket" --namespace k8s.io "$@"; }
until ctr_here version >/dev/null 2>&1; do
  kill -0 "$containerd" 2>/dev/null || skip "containerd does not start here: $(tail -n 1 "$TMP/containerd.log")"
done

mkdir "$TMP/tree"
for part in "$BUNDLE"/*.tar; do
  tar -xf "$part" -C "$TMP/tree"
done
mkdir "$TMP/empty"
tar -c -C "$TMP/empty" . | ctr_here images import - >/dev/null 2>&1 && fail "ctr takes anything"

# The order of an installation: what the index names comes last.
(cd "$TMP/tree" && tar -c oci-layout blobs index.json) |
  ctr_here images import --platform linux/amd64 --snapshotter native - >"$TMP/import" 2>&1 || {
  cat "$TMP/import" "$TMP/containerd.log" >&2
  fail "ctr images import"
}
python3 -c 'import json, sys
for image in json.load(open(sys.argv[1]))["images"]: print(image["ref"], image["digest"])' "$BUNDLE/bundle.json" | sort >"$TMP/wanted"
ctr_here images list | awk 'NR > 1 {print $1, $3}' | sort >"$TMP/found"
# Some have further names by digest, which may be asked for as well.
[ -z "$(comm -23 "$TMP/wanted" "$TMP/found")" ] || fail "ctr lacks $(comm -23 "$TMP/wanted" "$TMP/found")"
ctr_here images check --snapshotter native >"$TMP/check"
[ "$(grep -c ' complete ' "$TMP/check")" = "$(wc -l <"$TMP/found")" ] || {
  cat "$TMP/check" >&2
  fail "not every image is complete"
}
echo "$(wc -l <"$TMP/wanted") images complete"
