#!/usr/bin/env bash
# A vendor's key counts only with what its owner signed: one whose own signature is broken, that somebody made last
# longer, that expired or is revoked lets nothing in, nor does a subkey that somebody hung on it. Exit code 5 with the key.
source "$(dirname "$0")/../support/e2e.sh"
need python3 rpmbuild rpmsign createrepo_c gpg gpgconf
export XDG_CACHE_HOME=$TMP/cache GNUPGHOME=$TMP/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit "gpgconf --homedir '$TMP/gnupg' --kill all"
cd "$TMP" || exit

make_key() { gpg --batch --quiet --passphrase '' "${@:2}" --quick-generate-key "$1" rsa2048 sign 1y 2>/dev/null; }
# fingerprint NAME N: of its key (1) or a subkey.
fingerprint() {
  gpg --batch --quiet --no-auto-check-trustdb --with-colons --list-keys "$1" | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p' | sed -n "$2p"
}
make_key vendor
make_key stranger
make_key old --faked-system-time 20200101T000000
make_key gone
key=$(fingerprint vendor 1)
gpg --batch --quiet --passphrase '' --quick-add-key "$(fingerprint stranger 1)" rsa2048 sign 1y
mkdir -p www/empty www/vendor
for name in vendor old gone; do gpg --batch --export $name >www/$name.key; done
gpg --batch --export stranger >stranger.key

printf '%s\n' 'Name: field' 'Version: 1' 'Release: 1' 'Summary: s' 'License: none' 'BuildArch: noarch' 'AutoReqProv: no' \
  '%description' d '%install' 'mkdir -p %{buildroot}/usr/share' 'seq 9000 >%{buildroot}/usr/share/field' '%files' \
  /usr/share/field >field.spec
rpmbuild --quiet -bb --define "_topdir $TMP/build" --define "_rpmdir $TMP/www" --define '_build_name_fmt vendor/%%{NAME}.rpm' field.spec
sign() {
  rpmsign --define '__gpg /usr/bin/gpg' --define "_gpg_name $1" --resign www/vendor/field.rpm >/dev/null 2>&1
  createrepo_c -q www/vendor
}
createrepo_c -q www/empty
sign "$key"
serve www
printf 'mirrors:\n  "https://vendor.example": ["%s"]\n' "$url" >mirrors.yml
# spec KEYFILE [FINGERPRINT]: writes versions.yml.
spec() {
  local own="[{url: \"https://vendor.example/vendor.key\", fingerprint: $key}]"
  cat >versions.yml <<YAML
bundle: field
version: 1.0.0
target: {os: centos-stream-9, arch: x86_64, base: none}
rpms: [field]
repositories:
  - {id: baseos, url: "https://vendor.example/empty", gpgkey: $own}
  - {id: appstream, url: "https://vendor.example/empty", gpgkey: $own}
  - {id: vendor, url: "https://vendor.example/vendor", signed: header, gpgkey: [{url: "https://vendor.example/$1", fingerprint: ${2:-$key}}]}
YAML
}
build() {
  rm -rf versions.lock.json made
  bundle build versions.yml --mirrors mirrors.yml --key site.key --out made
}
bundle keygen --no-passphrase site
spec vendor.key
expect_exit 0 build

# broken.key: a bit of its first signature; longer.key: the number of days until it expires (RFC 4880 section 5.2.3.6);
# grafted.key: with the stranger's subkey, bound by the stranger.
python3 - <<'PYTHON'
import re, subprocess

def packets(data):
    """(tag, offset, end) of each packet."""
    text = subprocess.run(["gpg", "--batch", "--list-packets"], input=data, stdout=subprocess.PIPE, check=True).stdout.decode()
    found = re.findall(r"^# off=(\d+) ctb=\w+ tag=(\d+) hlen=(\d+) plen=(\d+)", text, re.MULTILINE)
    return [(int(tag), int(off), int(off) + int(head) + int(size)) for off, tag, head, size in found]

def read(name):
    with open(name, "rb") as file:
        return file.read()

def write(name, data):
    with open(name, "wb") as file:
        file.write(data)

vendor, stranger = read("www/vendor.key"), read("stranger.key")
end = next(end for tag, _, end in packets(vendor) if tag == 2)
broken = bytearray(vendor)
broken[end - 3] ^= 1
write("www/broken.key", broken)
days = b"\x05\x09" + (365 * 86400).to_bytes(4, "big")
assert days in vendor
write("www/longer.key", vendor.replace(days, b"\x05\x09\x7f\xff\xff\xff"))
write("www/grafted.key", vendor + stranger[next(off for tag, off, _ in packets(stranger) if tag == 14):])
PYTHON
for name in broken longer; do
  spec $name.key
  expect_exit 5 build
  expect_text "the pinned key $key carries no good signature of its own" "$TMP/err"
  expect_text "https://vendor.example/$name.key" "$TMP/err"
done

spec grafted.key
expect_exit 0 build
subkey=$(fingerprint stranger 2)
sign "$subkey!"
expect_exit 5 build
expect_text "it is signed with the unknown key ${subkey: -16}" "$TMP/err"

# Its owner's revocation.
gone=$(fingerprint gone 1)
sign "$gone"
spec gone.key "$gone"
expect_exit 0 build
sed 's/^:-----BEGIN/-----BEGIN/' "$GNUPGHOME/openpgp-revocs.d/$gone.rev" | gpg --batch --quiet --import
gpg --batch --export gone >www/gone.key
expect_exit 5 build
expect_text "it is signed with key ${gone: -16}, which is revoked" "$TMP/err"

old=$(fingerprint old 1)
sign "$key"
gpg --batch --quiet --faked-system-time 20200201T000000 --armor --detach-sign --local-user old \
  --output www/vendor/repodata/repomd.xml.asc www/vendor/repodata/repomd.xml
spec old.key "$old"
sed -i 's/signed: header/signed: repo/' versions.yml
expect_exit 5 build
expect_text "it is signed with key ${old: -16}, which expired on 20" "$TMP/err"
