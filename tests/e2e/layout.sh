#!/usr/bin/env bash
# What a bundle holds is of use to programs that know nothing of it: tar, sha256sum, skopeo, containerd, dnf, helm.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need bsdtar busybox skopeo python3
shared_bundle

# Each tar reads every part, and all make the same tree of them.
unpack() {
  local part into=$1
  shift
  mkdir "$into"
  for part in "$BUNDLE"/*.tar; do
    "$@" -xpf "$part" -C "$into"
  done
  (cd "$into" && find . -printf '%P %y %m\n' | sort) >"$into.list"
}
umask 022
[ "$(find "$BUNDLE" -name '*.tar' | wc -l)" -gt 2 ] || fail "the bundle has no several parts"
unpack "$TMP/tree" tar
unpack "$TMP/busybox" busybox tar
unpack "$TMP/bsdtar" bsdtar
for other in busybox bsdtar; do
  diff "$TMP/tree.list" "$TMP/$other.list"
  diff -r "$TMP/tree" "$TMP/$other"
  rm -r "${TMP:?}/$other"
done
cd "$TMP/tree" || exit

# SHA256SUMS is over all of it.
sha256sum --strict --quiet -c SHA256SUMS
listed=$(wc -l <SHA256SUMS) files=$(find . -type f ! -name SHA256SUMS | wc -l)
[ "$listed" = "$files" ] || fail "SHA256SUMS has $listed lines for $files files"

# Every image is found by its reference, whole, and is the one that the index names.
field() { python3 -c 'import json, sys; print("\n".join(eval(sys.argv[2])(json.load(open(sys.argv[1])))))' "$BUNDLE/bundle.json" "$1"; }
field 'lambda index: [image["ref"] + " " + image["digest"] for image in index["images"]]' >"$TMP/images"
[ "$(wc -l <"$TMP/images")" -ge 12 ] || fail "only $(wc -l <"$TMP/images") images"
by_digest=0
while read -r ref digest; do
  skopeo inspect --override-arch amd64 "oci:$TMP/tree:$ref" >"$TMP/inspect"
  grep -q '"Architecture": "amd64"' "$TMP/inspect" || fail "$ref is for another architecture"
  # The layout's own word, since skopeo reads a single manifest of Docker's type through an index around it.
  found=$(python3 - index.json "$ref" <<'PYTHON'
import json
import sys

rows = json.load(open(sys.argv[1], encoding="utf-8"))["manifests"]
print(*(row["digest"] for row in rows if row["annotations"].get("io.containerd.image.name") == sys.argv[2]))
PYTHON
)
  [ "$found" = "$digest" ] || fail "$ref is $found, but the index says $digest"
  sha256sum "blobs/sha256/${digest#*:}" | grep -q "^${digest#*:} "
  case $ref in
    *@*)
      [ "${ref#*@}" = "$digest" ] || fail "$ref resolved to $digest"
      by_digest=$((by_digest + 1))
      ;;
  esac
  skopeo --insecure-policy copy --quiet --override-arch amd64 "oci:$TMP/tree:$ref" "oci:$TMP/copies:image"
done <"$TMP/images"
[ "$by_digest" -ge 2 ] || fail "the bundle has only $by_digest digest references"
rm -r "$TMP/copies"

# helm reads every chart with the very program that the bundle carries.
charts=0
for chart in charts/*.tgz; do
  HOME=$TMP bin/helm show chart "$chart" >"$TMP/chart"
  grep -q "^name: $(basename "$chart" | sed 's/-[0-9].*//')$" "$TMP/chart" || fail "$chart has another name"
  charts=$((charts + 1))
done
[ "$charts" -ge 3 ] || fail "only $charts charts"
echo "$files files, $(wc -l <"$TMP/images") images ($by_digest by digest), $charts charts"
