#!/usr/bin/env bash
# RPMs that their vendor signed with SHA-1 are refused at lock for a target whose rpm takes no such signature, with exit
# code 5, and at the build where the lock could not look. The rpm of this machine would take them.
source "$(dirname "$0")/../support/e2e.sh"
need python3 rpmbuild rpmsign createrepo_c gpg gpgconf
export XDG_CACHE_HOME=$TMP/cache GNUPGHOME=$TMP/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit "gpgconf --homedir '$TMP/gnupg' --kill all"
cd "$TMP" || exit

gpg --batch --quiet --passphrase '' --quick-generate-key vendor rsa2048 sign 1y 2>/dev/null
key=$(gpg --batch --quiet --no-auto-check-trustdb --with-colons --list-keys vendor | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p' | head -1)
mkdir -p www/empty www/vendor
gpg --batch --armor --export vendor >www/key.asc

# fieldb needs fielda; sign DIGEST signs both anew.
for name in fielda fieldb; do
  printf '%s\n' "Name: $name" 'Version: 1' 'Release: 1' 'Summary: s' 'License: none' 'BuildArch: noarch' 'AutoReqProv: no' \
    "$([ $name = fielda ] || echo 'Requires: fielda')" '%description' d '%install' 'mkdir -p %{buildroot}/usr/share' \
    "seq 9000 >%{buildroot}/usr/share/$name" '%files' "/usr/share/$name" >$name.spec
  rpmbuild --quiet -bb --define "_topdir $TMP/build" --define "_rpmdir $TMP/www" --define '_build_name_fmt vendor/%%{NAME}.rpm' $name.spec
done
sign() {
  rpmsign --define '__gpg /usr/bin/gpg' --define "_gpg_name $key" --define "_gpg_digest_algo $1" --resign www/vendor/*.rpm >/dev/null 2>&1
  createrepo_c -q www/vendor
}
createrepo_c -q www/empty
serve www
printf 'mirrors:\n  "https://vendor.example": ["%s"]\n' "$url" >mirrors.yml
keys="[{url: \"https://vendor.example/key.asc\", fingerprint: $key}]"
# spec OS: writes versions.yml.
spec() {
  cat >versions.yml <<YAML
bundle: field
version: 1.0.0
target: {os: $1, arch: x86_64, base: none}
rpms: [fieldb]
repositories:
  - {id: baseos, url: "https://vendor.example/empty", gpgkey: $keys}
  - {id: appstream, url: "https://vendor.example/empty", gpgkey: $keys}
  - {id: vendor, url: "https://vendor.example/vendor", signed: header, gpgkey: $keys}
YAML
}
lock() { rm -f versions.lock.json && bundle lock versions.yml --mirrors mirrors.yml; }
refused() {
  for name in fielda fieldb; do
    expect_text "$name-1-1.noarch of repository vendor is signed with RSA/SHA1 by key ${key: -16}" "$TMP/err"
  done
  expect_text "SHA256 or better" "$TMP/err"
  expect_text "rpm of $1 takes no signature with MD5 or SHA1" "$TMP/err"
}

sign sha1
for target in centos-stream-9 rhel-9.4; do
  spec $target
  expect_exit 5 lock
  refused $target
  [ ! -e versions.lock.json ] || fail "a lock was written"
done
[ -z "$(find cache -size +64k -name '*.rpm')" ] || fail "whole packages were fetched"
spec rhel-8.10
expect_exit 0 lock

# Of a lock that could not look, or that somebody made with another tool, the build knows better.
sign sha256
spec centos-stream-9
expect_exit 0 lock
sign sha1
mv www/vendor/fielda.rpm fielda.rpm
mv www/vendor/fieldb.rpm fieldb.rpm
expect_exit 0 lock
mv fielda.rpm fieldb.rpm www/vendor/
bundle keygen --no-passphrase site
expect_exit 5 bundle build versions.yml --locked --mirrors mirrors.yml --key site.key --out made
expect_text "is signed with RSA/SHA1 by key ${key: -16}" "$TMP/err"

# A site whose policy takes SHA-1 says so in a target of its own.
cp -r "$ROOT/rpm-lists" "$ROOT/manifests" "$TMP/"
sed -i 's/^refuse-signatures: .*/refuse-signatures: []/' rpm-lists/targets/centos-stream-9.yml
BUNDLE_DATA=$TMP expect_exit 0 lock
BUNDLE_DATA=$TMP expect_exit 0 bundle build versions.yml --mirrors mirrors.yml --key site.key --out made
