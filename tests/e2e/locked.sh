#!/usr/bin/env bash
# A lock is what is built: --locked asks for digests only, and says so when upstream has moved, changed or lost them.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need openssl python3
start_own_lab
cd "$TMP" || exit
export XDG_CACHE_HOME=$TMP/cache
www=$LAB/quickstart/www
repository=$LAB/quickstart/registry/docker/registry/v2/repositories/docker.io/library/busybox
blobs=$LAB/quickstart/registry/docker/registry/v2/blobs/sha256

cat >versions.yml <<'YAML'
bundle: small
version: 1.0.0
target: {os: centos-stream-9, arch: x86_64, base: none}
components: {kubernetes: v1.34.3, helm: v3.18.0, containerd: 1.7.28}
images: [docker.io/library/busybox:1.37, quay.io/example/demo-agent:2.3.0]
charts: [{repo: "https://charts.example.com/stable", name: demo-web, version: 1.4.0, namespace: demo}]
YAML
sed -n '/^repositories:/,$p' "$LAB/versions.yml" >>versions.yml
lock() { bundle lock versions.yml --mirrors "$LAB/mirrors.yml" "$@"; }
build() { bundle build versions.yml --mirrors "$LAB/mirrors.yml" "$@"; }
digest_of() {
  python3 -c 'import json, sys
print(next(image["digest"] for image in json.load(open(sys.argv[1]))["images"] if image["ref"] == sys.argv[2]))' versions.lock.json "$1"
}

# --locked needs a lock.
expect_exit 3 build --locked --out none
expect_text versions.lock.json err
expect_exit 0 lock
cp versions.lock.json first.lock.json

# Its requests name digests only (a HEAD for each tag tells whether it moved), and no metadata of a repository or chart index; the cache is empty.
rm -r cache
: >"$LAB/log/registry.log"
: >"$LAB/log/nginx-access.log"
expect_exit 0 build --locked --out one
grep -o '"GET /v2/[^ ]*' "$LAB/log/registry.log" | sort -u >requests
[ "$(grep -c /blobs/sha256: requests)" -gt 10 ] || fail "the registry's log has no requests for blobs"
! grep -v '/blobs/sha256:\|/manifests/sha256:\|/v2/$' requests || fail "--locked asked for something by name"
! grep 'repodata/\|index\.yaml' "$LAB/log/nginx-access.log" || fail "--locked read metadata"
cmp first.lock.json versions.lock.json

# A lock that is older than its versions.yml is refused, and nothing is asked.
cp versions.yml before.yml
sed -i 's/^images: .*/images: [ghcr.io\/example\/demo-report:0.7.2]/' versions.yml
: >"$LAB/log/registry.log"
expect_exit 3 build --locked --out two
expect_text "bundle lock" err
[ ! -s "$LAB/log/registry.log" ] || fail "the registry was asked"
# `lock` says what changed: a row for each image, and the date is new only then.
expect_exit 0 lock
grep -qx -- '- .*quay.io/example/demo-agent:2.3.0.*' out
grep -qx -- '+ .*ghcr.io/example/demo-report:0.7.2.*' out
cp before.yml versions.yml
cp first.lock.json versions.lock.json

# Nothing moved: `lock`, also with --update, keeps every byte, `locked_at` among them.
expect_exit 0 lock
expect_exit 0 lock --update
[ ! -s out ] || fail "--update says that something changed: $(cat out)"
cmp first.lock.json versions.lock.json

# The tag moves upstream: --locked builds what was locked, `lock` keeps it, --update says what changed.
old=$(digest_of docker.io/library/busybox:1.37)
link=$repository/_manifests/tags/1.37/current/link
new=$(python3 - "$blobs" "${old#*:}" <<'PYTHON'
import json
import sys

blobs, old = sys.argv[1:]
index = json.load(open(f"{blobs}/{old[:2]}/{old}/data", encoding="utf-8"))
print(next(row["digest"] for row in index["manifests"] if row.get("platform", {}).get("architecture") == "amd64"))
PYTHON
)
printf %s "$new" >"$TMP/link" && mv "$TMP/link" "$link"
expect_exit 0 build --locked --out three
expect_text "docker.io/library/busybox:1.37 has moved since the lock: it names $new now, and $old is built" err
[ "$(grep -c "has moved" err)" = 1 ] || fail "other tags are said to have moved: $(cat err)"
cmp one/bundle.json three/bundle.json
expect_exit 0 lock
cmp first.lock.json versions.lock.json
expect_exit 0 lock --update helm
cmp first.lock.json versions.lock.json
expect_exit 0 lock --update
[ "$(cat out)" = "~ image docker.io/library/busybox:1.37 $old -> $new (first use)" ] || fail "--update says: $(cat out)"
[ "$(digest_of docker.io/library/busybox:1.37)" = "$new" ] || fail "--update kept the old digest"
cp first.lock.json versions.lock.json

# What was locked is gone: by digest from the registry, by name from the chart repository.
mv "$repository/_manifests/revisions/sha256/${old#*:}" gone
expect_exit 4 build --locked --out four
expect_text "${old#*:}" err
mv gone "$repository/_manifests/revisions/sha256/${old#*:}"
chart=$www/charts.example.com/stable/demo-web-1.4.0.tgz
rm -r cache
mv "$chart" gone
expect_exit 4 build --locked --out five
expect_text demo-web-1.4.0.tgz err

# What was locked is another one: exit code 5, and it names what. With the same size, and with another.
for position in 40 "$(stat -c %s gone)"; do
  cp gone "$chart"
  printf '#' | dd of="$chart" bs=1 seek="$position" conv=notrunc status=none
  ! cmp -s gone "$chart" || fail "the chart was not altered"
  expect_exit 5 build --locked --out six
  expect_text demo-web-1.4.0.tgz err
  rm "$chart"
done
mv gone "$chart"
layer=$(python3 -c 'import json, sys
print(next(image["blobs"][-1]["digest"] for image in json.load(open("versions.lock.json"))["images"] if "busybox" in image["ref"]))')
layer=$blobs/${layer:7:2}/${layer#*:}/data
cp "$layer" altered
printf x | dd of=altered bs=1 seek=5000 conv=notrunc status=none
mv "$layer" whole
mv altered "$layer"
expect_exit 5 build --locked --out seven
expect_text "blobs/sha256/" err
# The same folder goes on once upstream is as it was.
rm "$layer"
mv whole "$layer"
expect_exit 0 build --locked --out seven
cmp one/bundle.json seven/bundle.json
