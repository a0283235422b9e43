#!/usr/bin/env bash
# On site: the installer that a bundle carries verifies that bundle in an empty root, with a key from outside.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
[ "$(id -u)" = 0 ] || skip "only root can chroot"
need openssl unshare
shared_bundle

# The first commands of the printed page: openssl checks the installer before it runs.
id=$(openssl pkey -pubin -in "$PUB" -outform DER | sha256sum | cut -c1-16)
openssl dgst -sha256 -verify "$PUB" -signature "$BUNDLE/bundle.$id.sig" "$BUNDLE/bundle"

root=$TMP/root
mkdir -p "$root"/{usr/local/bin,media,etc/bundle/keys}
install -m 0755 "$BUNDLE/bundle" "$root/usr/local/bin/"
cp "$PUB" "$root/"
cp -r "$BUNDLE" "$root/media/stick"
on_site() { chroot "$root" /usr/local/bin/bundle "$@"; }

# Without a key it says the three ways; --key is one, the key's folder another, the digest on paper the third.
expect_exit 5 on_site verify /media/stick
for way in --key /etc/bundle/keys --expect; do
  expect_text "$way" "$TMP/err"
done
expect_exit 0 on_site verify /media/stick --key "/$(basename "$PUB")"
expect_text "signed by   $id" "$TMP/out"
expect_exit 0 on_site verify /media/stick --expect "$(sha256sum <"$BUNDLE/bundle.json" | cut -d' ' -f1)"
cp "$PUB" "$root/etc/bundle/keys/site.pub"
expect_exit 0 on_site verify /media/stick
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null | openssl pkey -pubout >"$root/etc/bundle/keys/site.pub"
expect_exit 5 on_site verify /media/stick
expect_text "no trusted key" "$TMP/err"

# Media is read only as often as not, and nothing is written to it.
cp "$PUB" "$root/etc/bundle/keys/site.pub"
(cd "$root/media/stick" && find . -printf '%P %s %T@\n' | sort) >"$TMP/before"
export -f on_site && export root
# shellcheck disable=SC2016  # for the inner shell
expect_exit 0 unshare -m bash -c 'mount --bind "$root/media/stick" "$root/media/stick" && mount -o remount,bind,ro "$root/media/stick" && on_site verify /media/stick'
(cd "$root/media/stick" && find . -printf '%P %s %T@\n' | sort) | diff "$TMP/before" -

# A host that is no master is told so, whatever it lacks.
expect_exit 7 on_site status --cluster
expect_text "on a master of the cluster" "$TMP/err"

# A verb of the connected side is not there.
expect_exit 2 on_site build versions.yml
