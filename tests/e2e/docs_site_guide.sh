#!/usr/bin/env bash
# The first step of docs/site-guide.md: the installer is copied, the copy is checked, the copy is what runs; by the key, and by
# the paper alone. An installer that nobody vouches for gets no further.
source "$(dirname "$0")/../support/e2e.sh"
need openssl python3
cd "$TMP"
mkdir root bin stick
bundle keygen --no-passphrase site
KEYID=$(openssl pkey -pubin -in site.pub -outform DER | sha256sum | cut -c1-16)
INSTALLER=$(sha256sum <"$BIN/bundle-onsite" | cut -d' ' -f1)

for mark in console sh; do
  python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/site-guide.md" "$mark" |
    sed -e '/bundle preflight/,$d' -e "s|/root/|$TMP/root/|g; s|/usr/local/bin/|$TMP/bin/|g" >"by-$mark.sh"
done
# By paper: its check stands in place of openssl's.
sed -e "/openssl/{r "<(grep sha256sum by-sh.sh) -e 'd}' by-console.sh >by-paper.sh
grep -q openssl by-console.sh
grep -q sha256sum by-paper.sh

on_site() { env DIR="$TMP/stick" KEY="$TMP/site.pub" KEYID="$KEYID" INSTALLER="$INSTALLER" bash "by-$way.sh"; }
for way in console paper; do
  cp "$BIN/bundle-onsite" stick/bundle
  openssl dgst -sha256 -sign site.key -out "stick/bundle.$KEYID.sig" stick/bundle
  expect_exit 0 on_site
  cmp bin/bundle "$BIN/bundle-onsite"
  expect_exit 0 bin/bundle --version
  rm bin/bundle root/bundle

  # A stick that gives another program the second time it is read: what was checked is what runs.
  sed "/^cp /a printf changed >'$TMP/stick/bundle'" "by-$way.sh" >"by-$way-changed.sh"
  way=$way-changed
  expect_exit 0 on_site
  cmp bin/bundle "$BIN/bundle-onsite"
  rm bin/bundle root/bundle

  # The stick's program is another one from the beginning.
  way=${way%-changed}
  expect_exit 1 on_site
  [ ! -e bin/bundle ] || fail "an installer that nobody vouches for would run"
  rm root/bundle
done
