#!/usr/bin/env bash
# --reuse: what an earlier bundle has is not fetched again, and what is damaged there is.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need curl
start_lab
start_front 0
cd "$TMP" || exit

# write_versions VERSION IMAGE…
write_versions() {
  echo "bundle: reused"
  echo "version: $1"
  echo "target: {os: centos-stream-9, arch: x86_64, base: none}"
  sed -n '/^files:/,/^repositories:/p' "$LAB/versions.yml" | sed '$d'
  echo "images:"
  shift
  printf '  - %s\n' "$@"
}
# payload_bytes: what nginx sent of blobs and files since the log was emptied (manifests and the like are small).
payload_bytes() { awk '$2 ~ /\/blobs\/|\/files\.example\.com\// && $1 == "GET" {sum += $5} END {print sum + 0}' "$FRONT_LOG"; }
# new_bytes OLD NEW: of the entries that NEW has and OLD lacks, without the texts that a bundle makes for itself.
new_bytes() {
  python3 - "$1/bundle.json" "$2/bundle.json" <<'PYTHON'
import json
import sys

old, new = ({entry["sha256"]: entry for entry in json.load(open(file, encoding="utf-8"))["entries"]} for file in sys.argv[1:])
print(sum(entry["size"] for digest, entry in new.items()
          if digest not in old and entry["path"].startswith(("blobs/", "files/"))))
PYTHON
}
bundle keygen --no-passphrase key
build() { XDG_CACHE_HOME=$TMP/cache-$2 bundle build "$1.yml" --mirrors "$MIRRORS" --key key.key --part-size 16MiB --out "$2" "${@:3}"; }

common=(docker.io/library/nginx:1.29.3 registry.k8s.io/etcd:3.6.5-0)
write_versions 1.0.0 "${common[@]}" >old.yml
write_versions 1.1.0 "${common[@]}" docker.io/library/busybox:1.37 >new.yml
XDG_CACHE_HOME=$TMP/cache-old bundle lock old.yml --mirrors "$MIRRORS"
: >"$FRONT_LOG"
build old old --jobs 1
# The largest comes first.
awk '$2 ~ /\/blobs\/|\/files\.example\.com\// && $1 == "GET" {print $5}' "$FRONT_LOG" >sizes
[ "$(wc -l <sizes)" -gt 5 ] || fail "only $(wc -l <sizes) things were fetched"
sort -c -n -r sizes
build new fresh
wanted=$(new_bytes old fresh)
whole=$(python3 -c 'import json, sys; print(sum(entry["size"] for entry in json.load(open(sys.argv[1]))["entries"]))' fresh/bundle.json)
[ $((wanted * 10)) -lt "$whole" ] || fail "the bundles share less than 90 %: $wanted of $whole bytes are new"

# Only the rest is fetched, from the log of the server; the bytes are those of the build without --reuse.
: >"$FRONT_LOG"
build new reused --reuse old
fetched=$(payload_bytes)
if [ "$fetched" -gt $((wanted + 65536)) ] || [ "$fetched" = 0 ]; then
  fail "$fetched bytes were fetched where $wanted are new"
fi
for file in fresh/bundle.json fresh/*.tar; do
  cmp "$file" "reused/${file##*/}"
done

# All of it is there already: nothing of the payload is fetched.
: >"$FRONT_LOG"
build new again --reuse old --reuse fresh
[ "$(payload_bytes)" -lt 65536 ] || fail "$(payload_bytes) bytes were fetched where nothing is new"
cmp fresh/bundle.json again/bundle.json

# A damaged entry and a missing part of the earlier bundle are said, and fetched.
cp -r fresh damaged
part=$(printf '%s\n' damaged/*.tar | sed -n 2p)
printf '#########' | dd of="$part" bs=1 seek=5000000 conv=notrunc status=none
rm "$(printf '%s\n' damaged/*.tar | tail -n 1)"
build new mended --reuse damaged 2>mended.log
expect_text "is damaged in the bundle given with --reuse" mended.log
expect_text "is missing; what it held is fetched" mended.log
for file in fresh/bundle.json fresh/*.tar; do
  cmp "$file" "mended/${file##*/}"
done

# Packages, charts and programs, too, though they go through the cache, which is empty here.
{
  sed '/^images:/,$d' old.yml | sed 's/^bundle: .*/bundle: small-things/; /^files:/,$d'
  echo "components: {kubernetes: v1.34.3, helm: v3.18.0, containerd: 1.7.28}"
  echo "rpms: [tcpdump]"
  echo 'charts: [{repo: "https://charts.example.com/stable", name: demo-web, version: 1.4.0, namespace: demo}]'
  sed -n '/^repositories:/,$p' "$LAB/versions.yml"
} >small.yml
build small small
: >"$FRONT_LOG"
build small small-again --locked --reuse small
cmp small/bundle.json small-again/bundle.json
! grep -v '/v2/' "$FRONT_LOG" || fail "this lies in the earlier bundle"
[ "$(payload_bytes)" = 0 ] || fail "$(payload_bytes) bytes of images were fetched"
echo "$fetched of $whole bytes fetched"
