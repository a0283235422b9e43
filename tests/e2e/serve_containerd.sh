#!/usr/bin/env bash
# Each containerd that is here pulls every image of a bundle from bundle serve, by the name that it has at its own registry, with the
# hosts.toml of the page for people, for ctr and as the kubelet asks for it; nothing asks upstream.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/serve.sh"
source "$ROOT/tests/support/containerd.sh"
need curl openssl python3
shared_bundle

start_serve "$BUNDLE" --key "$PUB" --listen 127.0.0.1:0 --tls-self-signed
openssl s_client -connect "$place" </dev/null 2>/dev/null | openssl x509 -out "$TMP/serve.crt"
curl -fsS --cacert "$TMP/serve.crt" "$url/" | python3 "$ROOT/tests/support/page_blocks.py" hosts.toml |
  sed "s|/etc/containerd/certs.d/serve.crt|$TMP/serve.crt|" >"$TMP/hosts.toml"

python3 "$ROOT/tests/support/bundle_index.py" "$BUNDLE/bundle.json" images >"$TMP/images"
[ "$(wc -l <"$TMP/images")" -ge 12 ] || fail "only $(wc -l <"$TMP/images") images"
while read -r ref _; do
  mkdir -p "$TMP/certs.d/${ref%%/*}"
  cp "$TMP/hosts.toml" "$TMP/certs.d/${ref%%/*}/"
done <"$TMP/images"

# pull_all: into an empty containerd. That of version 2 fetches the manifests of other platforms as well, unless it is told not to.
pull_all() {
  local ref digest found words=()
  start_containerd
  ! ctr images pull --help | grep -q -e --skip-metadata || words=(--skip-metadata)
  while read -r ref digest; do
    expect_exit 0 ctr -n k8s.io images pull --hosts-dir "$TMP/certs.d" --platform linux/amd64 "${words[@]}" "$ref"
    found=$(ctr -n k8s.io images list "name==$ref" | awk 'NR > 1 {print $3}')
    [ "$found" = "$digest" ] || fail "$ref is '$found' instead of $digest"
  done <"$TMP/images"
  [ "$(ctr -n k8s.io images check | grep -c ' complete ')" -ge "$(wc -l <"$TMP/images")" ] || fail "not every image is complete"
}

# with_cri: the empty containerd again, with what the kubelet talks to.
with_cri() {
  sed -i 's/^disabled_plugins = .*/disabled_plugins = ["io.containerd.nri.v1.nri"]/' "$TMP/containerd.toml"
  cat >>"$TMP/containerd.toml" <<TOML
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "native"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "$TMP/certs.d"
TOML
  end_containerd TERM
  launch_containerd
}

# cri_pull REF: PullImage of the CRI, gRPC by hand. Prints gRPC's status.
cri_pull() {
  python3 -c '
import struct, sys
reference = sys.argv[1].encode()
image = b"\x0a" + bytes([len(reference)]) + reference  # ImageSpec.image
request = b"\x0a" + bytes([len(image)]) + image  # PullImageRequest.image
sys.stdout.buffer.write(b"\0" + struct.pack(">I", len(request)) + request)' "$1" >"$TMP/request"
  curl -sS --http2-prior-knowledge --unix-socket "$CONTAINERD_ADDRESS" -H 'content-type: application/grpc' -H 'te: trailers' \
    --data-binary "@$TMP/request" -D "$TMP/trailers" -o "$TMP/answer" http://localhost/runtime.v1.ImageService/PullImage
  tr -d '\r' <"$TMP/trailers" | sed -n 's/^grpc-status: //p'
}

# kubelet_pulls REF DIGEST
kubelet_pulls() {
  local status found
  until status=$(cri_pull "$1") && [ "$status" != 14 ]; do # 14: it has yet to start
    kill -0 "$(cat "$TMP/containerd.pid")" || fail "containerd ended: $(tail -n 1 "$TMP/containerd.log")"
  done
  [ "$status" = 0 ] || fail "PullImage of $1: $(grep -i grpc-message "$TMP/trailers")"
  found=$(ctr -n k8s.io images list "name==$1" | awk 'NR > 1 {print $3}')
  [ "$found" = "$2" ] || fail "the kubelet got '$found' instead of $2"
}

path=$PATH
while read -r folder; do
  PATH=${folder:+$folder:}$path
  containerd --version
  pull_all
  start_containerd
  with_cri
  # An index that names platforms which the bundle has not, and a manifest of its own.
  kubelet_pulls registry.k8s.io/pause:3.10.1 "$(sed -n 's|^registry.k8s.io/pause:3.10.1 ||p' "$TMP/images")"
  kubelet_pulls "$(sed -n '1s/ .*//p' "$TMP/images")" "$(sed -n '1s/.* //p' "$TMP/images")"
done < <(containerd_versions)
grep -q '?ns=docker.io' "$log" || fail "containerd did not ask as it asks a mirror"
python3 - "$log" <<'PYTHON'
import json
import sys

rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
blobs = [row["path"].split("?")[0].split("/")[-1] for row in rows if row["method"] == "GET" and "/blobs/" in row["path"] and row["status"] == 200]
assert blobs and not [row for row in rows if row["status"] >= 400], rows
print(f"{len(blobs)} blobs in {len(rows)} requests")
PYTHON
