#!/usr/bin/env bash
# The step `images` of an installation against real containerd, which pulls out of the parts: all names complete, unpacked,
# pinned; a second run reads nothing; a flipped bit, a killed containerd, a power cut, a full disk; undo.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/containerd.sh"
need python3
DRIVER=$BIN/../tests/import_driver
[ -x "$DRIVER" ] || skip "no import_driver (build the target of that name)"

# A ctr before the real one: counts pulls, and plays the accident that a test has put into $SHIM.
SHIM=$TMP/shim
mkdir "$SHIM"
cat >"$SHIM/ctr" <<'SH'
#!/usr/bin/env bash
real=$(PATH=${PATH#*:} command -v ctr)
case "$3 $4 ${*: -1}" in
  "images pull --help") ;;
  "images pull "*)
    number=$(flock "$SHIM/count" bash -c 'number=$(($(cat "$0") + 1)) && echo "$number" >"$0" && echo "$number"' "$SHIM/count")
    [ ! -e "$SHIM/pull.$number" ] || source "$SHIM/pull.$number"
    ;;
  "images label "*) [ ! -e "$SHIM/label" ] || source "$SHIM/label" ;;
esac
exec "$real" "$@"
SH
chmod +x "$SHIM/ctr"
export SHIM TMP

# fresh VERSION: an empty containerd, no journal, no accident.
fresh() {
  PATH=$SHIM:${1:+$1:}$PATH_BEFORE
  export PATH
  rm -f "$TMP/journal" "$SHIM"/pull.* "$SHIM/label"
  echo 0 >"$SHIM/count"
  start_containerd
}
PATH_BEFORE=$PATH

import_from() { "$DRIVER" import "$1" "$PUB" master "$TMP/journal"; }
import() { import_from "$BUNDLE"; }
pulls() { cat "$SHIM/count"; }

# expect_all_there: each name has its digest, is complete, unpacked and pinned.
expect_all_there() {
  "$DRIVER" names "$BUNDLE" "$PUB" master | sort >"$TMP/wanted"
  ctr -n k8s.io images check | awk '$4 == "complete" && $NF == "true" {print $1, $3}' | sort >"$TMP/good"
  diff "$TMP/wanted" "$TMP/good" >&2 || fail "not every name is complete and unpacked, or there are others"
  ctr -n k8s.io images ls | awk '/io.cri-containerd.pinned=pinned/ {print $1, $3}' | sort >"$TMP/pinned"
  diff "$TMP/wanted" "$TMP/pinned" >&2 || fail "not every name is pinned"
}

# expect_nothing_empty: every unpacked file has its content (the fixtures' images have no empty files).
expect_nothing_empty() {
  local empty
  empty=$(find "$TMP/root/io.containerd.snapshotter.v1.native/snapshots" -type f -size 0 | head -n 3)
  [ -z "$empty" ] || fail "files are empty: $empty"
}

# The largest blob of the bundle's last image: PART OFFSET DIGEST REF.
last_layer() {
  python3 - "$BUNDLE/bundle.json" <<'PY'
import json, sys
index = json.load(open(sys.argv[1]))
blobs = [e for e in index["entries"] if e["path"].startswith("blobs/")]
ours = {i["ref"] for i in index["images"] if not i["roles"] or "master" in i["roles"]}
pause = max((i for i in index["images"] if i["ref"] in ours), key=lambda i: i["ref"])
entry = max((e for e in blobs if e["size"] < pause["size"] and e["size"] > pause["size"] * 0.9), key=lambda e: e["size"])
print(index["parts"][entry["at"][0][0]]["name"], entry["at"][0][1] + entry["size"] // 2, entry["path"], pause["ref"])
PY
}

# damaged_bundle PART OFFSET: the bundle with a flipped bit there, as $TMP/bad.
damaged_bundle() {
  rm -rf "$TMP/bad"
  mkdir "$TMP/bad"
  cp -l "$BUNDLE"/* "$TMP/bad/"
  cp --remove-destination "$BUNDLE/$1" "$TMP/bad/$1"
  python3 -c 'import sys
with open(sys.argv[1], "r+b") as part:
    part.seek(int(sys.argv[2])); byte = part.read(1)[0]; part.seek(-1, 1); part.write(bytes([byte ^ 4]))' "$TMP/bad/$1" "$2"
}

test_import_again_and_undo() {
  local part offset ref
  import >"$TMP/out" || fail "the import failed"
  expect_all_there
  expect_nothing_empty
  echo "  $(wc -l <"$TMP/wanted") names in $(pulls) pulls"

  echo 0 >"$SHIM/count"
  [ "$(import)" = "nothing to do" ] || fail "a second run does something"
  rm "$TMP/journal"
  import >"$TMP/out"
  [ "$(pulls)" = 0 ] || fail "images that were there before are pulled"

  # One name gone: its blobs, which the bundle has no more, are not asked for.
  read -r part offset _ ref < <(last_layer)
  damaged_bundle "$part" "$offset"
  ctr -n k8s.io images rm --sync "$ref" >/dev/null
  import_from "$TMP/bad" >"$TMP/out" || fail "blobs that are there are read again"
  [ "$(pulls)" = 1 ] || fail "$(pulls) pulls for one name"
  expect_all_there

  # All of these were there when the journal began.
  "$DRIVER" undo "$TMP/journal"
  expect_all_there
}

test_undo_leaves_what_is_not_ours() {
  local before used
  "$DRIVER" names "$BUNDLE" "$PUB" master >"$TMP/names"
  import >"$TMP/out"
  used=$(sed -n 's/^\(registry.k8s.io\/pause:[^ ]*\) .*/\1/p' "$TMP/names")
  before=$(sed -n 's/^\(docker.io\/library\/busybox:[^ ]*\) .*/\1/p' "$TMP/names")
  # busybox alone was there before: the journal begins anew with it.
  # shellcheck disable=SC2046  # names have no spaces
  ctr -n k8s.io images rm --sync $(cut -d ' ' -f 1 "$TMP/names" | grep -vxF "$before") >/dev/null
  rm "$TMP/journal"
  import >"$TMP/out"
  expect_all_there
  ctr -n k8s.io containers create --snapshotter native "$used" in-use
  "$DRIVER" undo "$TMP/journal" 2>"$TMP/err"
  expect_text "left the image $used: a container runs from it" "$TMP/err"
  [ "$(ctr -n k8s.io images ls -q | sed 's/@.*//' | sort -u | tr '\n' ' ')" = "$before ${used%:*} $used " ] ||
    fail "undo left $(ctr -n k8s.io images ls -q | tr '\n' ' ')"
  ctr -n k8s.io containers rm in-use >/dev/null
  "$DRIVER" undo "$TMP/journal"
  [ "$(ctr -n k8s.io images ls -q)" = "$before" ] || fail "undo left more than what was there before"
}

test_flipped_bit() {
  local part offset path ref
  read -r part offset path ref < <(last_layer)
  damaged_bundle "$part" "$offset"
  expect_exit 5 import_from "$TMP/bad"
  expect_text "entry $path: its SHA-256 is" "$TMP/err"
  expect_text "part " "$TMP/err"
  expect_text "importing " "$TMP/err"
  ctr -n k8s.io content ls -q | grep -F "${path##*/}" && fail "the damaged blob is in containerd"
  ctr -n k8s.io images check | awk 'NR > 1 && $4 != "complete"' | grep . && fail "a half image has a name"
  ctr -n k8s.io images ls -q | grep -xF "$ref" && fail "$ref was imported"
  import >"$TMP/out" || fail "the whole part does not mend it"
  expect_all_there
}

test_containerd_killed() {
  # shellcheck disable=SC2016  # for the shim
  echo 'kill -KILL "$(cat "$TMP/containerd.pid")"' >"$SHIM/pull.4"
  expect_exit 8 import
  expect_text "containerd does not answer" "$TMP/err"
  expect_text "systemctl status containerd" "$TMP/err"
  end_containerd KILL
  launch_containerd
  import >"$TMP/out" || fail "it does not go on where it stopped"
  expect_all_there
}

test_power_cut_before_the_sync() {
  # Unpacked, but nothing says that it is on disk: containerd, the supervisor of ctr and the installer, whose child
  # that is, end, and the unpacked files are empty.
  # shellcheck disable=SC2016  # for the shim
  echo 'kill -KILL "$(ps -o ppid= -p "$PPID" | tr -d " ")" "$PPID" "$(cat "$TMP/containerd.pid")"; exit 1' >"$SHIM/label"
  expect_exit 137 import
  rm "$SHIM/label"
  end_containerd KILL
  find "$TMP/root/io.containerd.snapshotter.v1.native/snapshots" -type f -size +0 -exec truncate -s 0 {} + -print |
    grep -q . || fail "nothing was unpacked: the test shows nothing"
  launch_containerd
  import >"$TMP/out" || fail "it does not go on after a power cut"
  expect_all_there
  expect_nothing_empty
  ctr -n k8s.io leases ls | grep gc.expire && fail "leases of killed programs are left"
  return 0
}

# A pull and an import that were killed while they wrote: what they wrote stays, and containerd would go on with it for a day.
test_torn_ingest() {
  local ingest=$TMP/root/io.containerd.content.v1.content/ingest path
  read -r _ _ path _ < <(last_layer)
  tear tar-index.json
  tear "layer-sha256:${path##*/}"
  import >"$TMP/out" || fail "it does not get past what a killed pull left"
  expect_all_there
  ! grep -qsE 'tar-|layer-' "$ingest"/*/ref || fail "something torn is left"
}

# tear REF: zeros, from a writer that is killed.
tear() {
  local pid folder=
  rm -f "$TMP/feed"
  mkfifo "$TMP/feed"
  ctr -n k8s.io content ingest "$1" <"$TMP/feed" >/dev/null 2>&1 &
  pid=$!
  head -c 3000000 /dev/zero | tee "$TMP/feed" >/dev/null &
  until folder=$(grep -ls "$1" "$ingest"/*/ref) && [ -s "${folder%/ref}/data" ]; do
    kill -0 "$pid" 2>/dev/null || fail "nothing was torn: the test shows nothing"
  done
  kill -KILL "$pid"
  wait "$pid" || true
}

test_full_disk() {
  end_containerd TERM
  rm -rf "$TMP/root"
  mkdir "$TMP/root"
  mount -t tmpfs -o size=24M tmpfs "$TMP/root" || {
    echo "  not shown: no tmpfs can be mounted here"
    launch_containerd
    return 0
  }
  at_exit "end_containerd TERM; ! mountpoint -q '$TMP/root' || umount '$TMP/root'"
  launch_containerd
  expect_exit 6 import
  expect_text "containerd has no space" "$TMP/err"
  expect_text " free" "$TMP/err"
  mount -o remount,size=2G "$TMP/root"
  import >"$TMP/out" || fail "room does not help"
  expect_all_there
  end_containerd TERM
  umount "$TMP/root"
}

shared_bundle
containerd_versions >"$TMP/versions"
while read -r version; do
  fresh "$version"
  containerd --version
  test_import_again_and_undo
  newest=$version
done <"$TMP/versions"
for name in undo_leaves_what_is_not_ours flipped_bit containerd_killed power_cut_before_the_sync torn_ingest full_disk; do
  echo "$name"
  fresh "$newest"
  "test_$name"
done
