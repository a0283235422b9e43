#!/usr/bin/env bash
# The RPMs of a lock are the closure on the base and, without --slim, the one on nothing; `bundle why` gives the chain,
# what happens to base packages is said, and an error names role and base. Real metadata of CentOS Stream 9.
source "$(dirname "$0")/../support/e2e.sh"
need python3
data=$SHARED/upstream/rpm
[ -d "$data/golden" ] || skip "no upstream/rpm in $SHARED"
base=$data/base/c9s-20220208-qcow2-baseos-only.nevra
export XDG_CACHE_HOME=$TMP/cache
cd "$TMP" || exit

# What the target centos-stream-9 names, behind a mirror here.
mkdir -p www/9-stream/BaseOS/x86_64 www/9-stream/AppStream/x86_64 www/keys
ln -s "$data/c9s/baseos-20220207" www/9-stream/BaseOS/x86_64/os
ln -s "$data/c9s/appstream-20250113" www/9-stream/AppStream/x86_64/os
ln -s "$data/gpg-keys/centos_RPM-GPG-KEY-CentOS-9" www/keys/RPM-GPG-KEY-CentOS-Official
serve www
cat >mirrors.yml <<MIRRORS
mirrors:
  "https://mirror.stream.centos.org": ["$url"]
  "https://www.centos.org": ["$url"]
MIRRORS

# spec BASE PACKAGE…: writes versions.yml.
spec() {
  local on=$1
  shift
  printf 'bundle: x\nversion: 1\ntarget: {os: centos-stream-9, arch: x86_64, base: "%s"}\nrpms: [%s]\n' "$on" "$*" >versions.yml
}
lock() { rm -f versions.lock.json && bundle lock versions.yml --mirrors mirrors.yml "$@"; }
locked() {
  python3 -c 'import json
print("\n".join(row["nevra"] for row in json.load(open("versions.lock.json"))["rpms"]))' | sort
}
closure() {
  bundle rpms haproxy keepalived --base "$1" --repo "baseos=$data/c9s/baseos-20220207" \
    --repo "appstream=$data/c9s/appstream-20250113" 2>/dev/null
}

spec "$base" haproxy, keepalived
closure "$base" >on_base
closure none >on_nothing
[ "$(wc -l <on_base)" -lt "$(wc -l <on_nothing)" ] || fail "the base does not matter"
expect_exit 0 lock
locked | diff <(sort -u on_base on_nothing) -
expect_exit 0 lock --slim
locked | diff <(sort on_base) -
spec none haproxy, keepalived
expect_exit 0 lock --slim
locked | diff <(sort on_nothing) -

expect_exit 0 bundle why versions.lock.json haproxy
expect_text "rpms > haproxy" "$TMP/out"
expect_exit 0 bundle why versions.lock.json lm_sensors-libs
expect_text "rpms > keepalived > " "$TMP/out"
expect_text "libsensors.so.4()(64bit) of net-snmp-" "$TMP/out"
expect_exit 2 bundle why versions.lock.json haproxi
expect_text "did you mean 'haproxy" "$TMP/err"

spec "$base" container-selinux
expect_exit 9 lock
expect_text "nothing provides selinux-policy >= 38.1.48-1.el9 needed by container-selinux" "$TMP/err"
expect_text "while resolving the RPMs of role gpu on the base $base" "$TMP/err"

# A base of builds that no repository has any more: what goes up there goes up in step, and that is said.
sed 's/^\(glibc-.*\)2\.34-21/\12.34-7/' "$base" >older
spec "$TMP/older" glibc-langpack-de
expect_exit 0 lock --slim
for package in glibc glibc-common glibc-gconv-extra glibc-minimal-langpack; do
  expect_text "changes the base: $package-2.34-7.el9.x86_64 is upgraded to $package-2.34-21.el9.x86_64" "$TMP/err"
  locked | grep -qx "$package-2.34-21.el9.x86_64"
done
