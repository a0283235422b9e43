#!/usr/bin/env bash
# Two builds from one lock are the same bytes, whatever the day, the folder, the cache and the circumstances.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need faketime
export NO_FAKE_STAT=1  # the clock is another day, the dates of files stay what was written
start_lab
shared_bundle
inputs=$(dirname "$BUNDLE")

# Another folder, job count, umask, time zone, language and environment; an empty cache; other numbers of files to open.
mkdir -p "$TMP/elsewhere/deep"
cp "$inputs"/versions.{yml,lock.json} "$TMP/elsewhere/"
(
  cd "$TMP/elsewhere/deep" || exit
  umask 077
  ulimit -n 512
  export TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=86400 XDG_CACHE_HOME=$TMP/cache HOME=$TMP
  export TMPDIR=$TMP/elsewhere
  bundle build ../versions.yml --locked --jobs 1 --mirrors "$LAB/mirrors.yml" --key "$inputs/key.key" --part-size 64MiB --out again
)

# same FOLDER: but for the signatures, which ECDSA makes anew each time.
same() {
  local file count=0
  for file in "$BUNDLE"/*; do
    case $file in *.sig) continue ;; esac
    cmp "$file" "$1/${file##*/}"
    count=$((count + 1))
  done
  [ "$count" -gt 3 ] || fail "only $count files were compared"
  diff <(cd "$BUNDLE" && ls) <(cd "$1" && ls)
}
same "$TMP/elsewhere/deep/again"
expect_exit 0 bundle verify "$TMP/elsewhere/deep/again" --key "$PUB"
rm -r "$TMP/elsewhere/deep/again"

# Another day, and what was fetched the last time is used again.
XDG_CACHE_HOME=$TMP/cache faketime '2031-05-06 07:08:09' bundle build "$TMP/elsewhere/versions.yml" --locked --jobs 7 \
  --mirrors "$LAB/mirrors.yml" --key "$inputs/key.key" --part-size 64MiB --out "$TMP/third"
same "$TMP/third"

# Without --locked a lock that still answers is kept as it is, too.
XDG_CACHE_HOME=$TMP/cache faketime '2031-05-07 07:08:09' bundle build "$TMP/elsewhere/versions.yml" \
  --mirrors "$LAB/mirrors.yml" --key "$inputs/key.key" --part-size 64MiB --reuse "$TMP/third" --out "$TMP/fourth"
cmp "$inputs/versions.lock.json" "$TMP/elsewhere/versions.lock.json"
same "$TMP/fourth"
