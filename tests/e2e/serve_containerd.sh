#!/usr/bin/env bash
# Each containerd 1.x that is here pulls every image of a bundle from bundle serve, by the name that it has at its own registry, with the
# hosts.toml of the page for people; nothing asks upstream.
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

# pull_all: into an empty containerd.
pull_all() {
  local ref digest found
  start_containerd
  while read -r ref digest; do
    expect_exit 0 ctr -n k8s.io images pull --hosts-dir "$TMP/certs.d" --platform linux/amd64 "$ref"
    found=$(ctr -n k8s.io images list "name==$ref" | awk 'NR > 1 {print $3}')
    [ "$found" = "$digest" ] || fail "$ref is '$found' instead of $digest"
  done <"$TMP/images"
  [ "$(ctr -n k8s.io images check | grep -c ' complete ')" -ge "$(wc -l <"$TMP/images")" ] || fail "not every image is complete"
}

path=$PATH
while read -r folder; do
  PATH=${folder:+$folder:}$path
  containerd --version | tee "$TMP/version"
  # What is not done yet: containerd 2 fetches the manifests of all platforms that an index names, and the bundle has its own alone.
  grep -q '/v2 ' "$TMP/version" || pull_all
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
