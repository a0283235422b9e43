#!/usr/bin/env bash
# bundle-onsite needs nothing of the host: it runs in an empty root, and is small enough to lie beside every bundle.
source "$(dirname "$0")/../support/e2e.sh"
[ "$(id -u)" = 0 ] || skip "only root can chroot"

mkdir "$TMP/empty"
cp "$BIN/bundle-onsite" "$TMP/empty/bundle"
strip "$TMP/empty/bundle"
size=$(stat -c %s "$TMP/empty/bundle")
[ "$size" -lt $((12 * 1024 * 1024)) ] || fail "stripped it has $size bytes, over 12 MB"

expect_exit 0 chroot "$TMP/empty" /bundle --version
