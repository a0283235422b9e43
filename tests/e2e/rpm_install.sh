#!/usr/bin/env bash
# The closure that `bundle rpms` prints is all that dnf needs on a host like the base: stubs with the real dependencies,
# the base's only in the rpmdb, the closure's signed in a repository of their own and installed by dnf from there alone.
source "$(dirname "$0")/../support/e2e.sh"
need dnf rpm rpmbuild rpmsign createrepo_c gpg python3
[ "$(id -u)" = 0 ] || skip "dnf --installroot needs root"
data=$SHARED/upstream/rpm
[ -d "$data/k8s-klts" ] || skip "no upstream/rpm in $SHARED"

packages=(kubeadm kubelet kubectl haproxy keepalived socat conntrack-tools)
base=$data/base/c9s-20220208-qcow2-baseos-only.nevra
metadata=("$data/c9s/baseos-20220207" "$data/c9s/appstream-20250113" "$data/k8s-klts/k8s")
close_on() {
  bundle rpms "${packages[@]}" --nobest --base "$1" --repo "baseos=${metadata[0]}" --repo "appstream=${metadata[1]}" \
    --repo "k8s=${metadata[2]}"
}
close_on "$base" >"$TMP/closure"
[ "$(wc -l <"$TMP/closure")" -gt "${#packages[@]}" ] || fail "the closure is too small: $(cat "$TMP/closure")"

# An RPM for every package of both lists; those of the closure signed and indexed as a site gets them.
PYTHONPATH=$ROOT/tests/lab PYTHONDONTWRITEBYTECODE=1 python3 - "$TMP" "$base" "$TMP/closure" "${metadata[@]}" <<'PYTHON'
import sys
from pathlib import Path

from upstream import keys, primary, rpms

folder, base, closure = map(Path, sys.argv[1:4])
elements = {}
for metadata in sys.argv[4:]:
    elements |= primary.Metadata(metadata).elements
for nevras, out in ((base, folder / "base"), (closure, folder / "bundle")):
    stubs = primary.packages_of([elements[nevra] for nevra in nevras.read_text().split()])
    rpms.build(stubs, out, folder / "work", {})
key = keys.SigningKey(folder / "key")
rpms.sign(sorted((folder / "bundle").iterdir()), key)
rpms.index(folder / "bundle")
PYTHON

mkdir "$TMP/root" "$TMP/repos"
rpm --root "$TMP/root" -i --justdb --nodeps --ignorearch --nosignature "$TMP"/base/*.rpm
cat >"$TMP/repos/bundle.repo" <<REPO
[bundle]
name=the closure and nothing else
baseurl=file://$TMP/bundle
gpgcheck=1
gpgkey=file://$TMP/key/lab.public.asc
module_hotfixes=1
REPO
dnf_install() {
  dnf -y --noplugins --installroot="$TMP/root" --forcearch=x86_64 --releasever=9 --setopt=reposdir="$TMP/repos" \
    --setopt=module_platform_id=platform:el9 --setopt=cachedir="$TMP/cache" --setopt=best=1 \
    --setopt=install_weak_deps=0 install "${packages[@]}" "$@"
}
installed() {
  rpm --root "$TMP/root" -qa --qf '%{NAME}-%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}.%{ARCH}\n' |
    grep -v '^gpg-pubkey-' | sed 's/-0:/-/' | sort
}
installed | diff <(sort "$base") -
rpmdb=$(dirname "$(find "$TMP/root" -name rpmdb.sqlite)")
close_on "$rpmdb" | cmp - "$TMP/closure"

# Not even a library that nobody named may be missing.
expect_exit 1 dnf_install --exclude=libnetfilter_queue
expect_text "libnetfilter_queue" "$TMP/err"
installed | diff <(sort "$base") -

expect_exit 0 dnf_install
installed | diff <(sort "$base" "$TMP/closure") -
[ -e "$TMP/root/usr/sbin/haproxy" ] || fail "haproxy's files are not there"
expect_exit 0 dnf_install
expect_text "Nothing to do" "$TMP/out"
expect_exit 0 close_on "$rpmdb"
[ ! -s "$TMP/out" ] || fail "wanted of a host that has it all: $(cat "$TMP/out")"
echo "$(wc -l <"$TMP/closure") packages installed on $(wc -l <"$base")"
