#!/usr/bin/env bash
# Kernel modules travel with the kernel that they were built for, to GPU nodes alone: packages as NVIDIA makes them
# (a kernel required only where one is installed), made here. dnf says whether what is locked installs, on nothing and
# beside another kernel.
source "$(dirname "$0")/../support/e2e.sh"
need rpmbuild createrepo_c gpg dnf rpm python3
export XDG_CACHE_HOME=$TMP/cache GNUPGHOME=$TMP/gpg
cd "$TMP"
mkdir -m 700 gpg
at_exit 'gpgconf --kill all'

# package NAME VERSION RELEASE [LINE…]
package() {
  printf '%s\n' "Name: $1" "Version: $2" "Release: $3" 'Summary: stub' 'License: none' 'BuildArch: x86_64' "${@:4}" '%description' 'Stub.' '%files' >stub.spec
  rpmbuild --quiet --target x86_64 --define "_topdir $TMP/build" --define "_rpmdir $TMP/www/repo" -bb stub.spec >/dev/null 2>&1
}
for release in 503 570; do
  package kernel 5.14.0 "$release" "Requires: kernel-core = 5.14.0-$release"
  package kernel-core 5.14.0 "$release" 'Provides: installonlypkg(kernel)'
done
package kmod-nvidia-580.105.08-5.14.0-503 580.105.08 2 'Epoch: 3' 'Provides: nvidia-kmod = 3:580.105.08' \
  'Requires: (kernel = 5.14.0-503 if kernel)'
package nvidia-driver-cuda 580.105.08 1 'Epoch: 3' 'Requires: nvidia-kmod = 3:580.105.08'
package vim-enhanced 9.0 1
createrepo_c --quiet www/repo
gpg --batch --quiet --passphrase '' --quick-gen-key 'Lab <lab@example>' rsa2048 sign never
gpg --armor --export >www/key.asc
fingerprint=$(gpg --list-keys --with-colons | awk -F: '$1 == "fpr" { print $10; exit }')
serve www
cat >mirrors.yml <<MIRRORS
mirrors: {"https://repo.example": ["$url"]}
MIRRORS

# lock BASE: sets versions.lock.json for a bundle whose GPU nodes get the driver.
lock() {
  rm -f versions.lock.json
  cat >versions.yml <<VERSIONS
bundle: x
version: 1
target: {os: centos-stream-9, arch: x86_64, base: "$1"}
rpms: {all: [vim-enhanced], gpu: [nvidia-driver-cuda, kmod-nvidia-580.105.08-5.14.0-503]}
repositories:
  - {id: baseos, url: "https://repo.example/repo", signed: header, gpgkey: [{url: "https://repo.example/key.asc", fingerprint: $fingerprint}]}
  - {id: appstream, url: "https://repo.example/repo", signed: header, gpgkey: [{url: "https://repo.example/key.asc", fingerprint: $fingerprint}]}
VERSIONS
  expect_exit 0 bundle lock versions.yml --mirrors mirrors.yml "${@:2}"
}
# locked ROLE: its packages, a NEVRA a line.
locked() {
  python3 - "$1" <<'PYTHON' | sort -u
import json, sys
for row in json.load(open("versions.lock.json"))["rpms"]:
    if sys.argv[1] in row["roles"]:
        print(row["nevra"])
PYTHON
}
# installs NEVRA…: what dnf would install of these on the rpmdb in root.
installs() {
  COLUMNS=200 dnf --assumeno --noplugins --installroot="$TMP/root" --releasever=9 --setopt=reposdir=/nowhere --setopt=install_weak_deps=0 \
    --setopt=module_platform_id=platform:el9 --repofrompath="lab,file://$TMP/www/repo" --repo=lab --nogpgcheck --forcearch=x86_64 install "$@" 2>&1 || true
}

lock none
[ "$(locked master)" = vim-enhanced-9.0-1.x86_64 ] || fail "a master gets more: $(locked master)"
locked gpu >packages
diff packages - <<'PACKAGES'
kernel-5.14.0-503.x86_64
kernel-core-5.14.0-503.x86_64
kmod-nvidia-580.105.08-5.14.0-503-3:580.105.08-2.x86_64
nvidia-driver-cuda-3:580.105.08-1.x86_64
vim-enhanced-9.0-1.x86_64
PACKAGES
expect_exit 0 bundle why versions.lock.json kernel
expect_text "the kernel of kmod-nvidia-580.105.08-5.14.0-503-3:580.105.08-2.x86_64 > kernel = 5.14.0-503" out

# A base whose kernel is another one, also one without the package that kmod asks for: the kernel is in the bundle all
# the same. One that has the kernel needs none.
for base in "kernel-5.14.0-570.x86_64 kernel-core-5.14.0-570.x86_64" kernel-core-5.14.0-570.x86_64; do
  tr ' ' '\n' <<<"$base" >base.txt
  lock base.txt --slim
  diff packages <(locked gpu)
done
printf 'kernel-5.14.0-503.x86_64\nkernel-core-5.14.0-503.x86_64\n' >base.txt
lock base.txt --slim
diff <(grep -v '^kernel' packages) <(locked gpu)

# dnf, on nothing and beside the other kernel, which stays.
mkdir -p root/var/lib/rpm
rpm --root "$TMP/root" --dbpath /var/lib/rpm --initdb
mapfile -t wanted <packages
installs "${wanted[@]}" >said
for name in kernel kernel-core kmod-nvidia-580.105.08-5.14.0-503; do
  grep -q "^ $name .*x86_64" said || { cat said >&2 && fail "dnf does not install $name on nothing"; }
done
for name in kernel kernel-core; do
  rpm --root "$TMP/root" --dbpath /var/lib/rpm -i --justdb --nodeps --nosignature "$TMP/www/repo/x86_64/$name-5.14.0-570.x86_64.rpm"
done
installs "${wanted[@]}" >said
grep -q '^ kernel-core .*5.14.0-503' said || { cat said >&2 && fail "dnf does not install the kernel beside the other"; }
if grep -q -i -e upgrading -e removing -e problem said; then
  cat said >&2
  fail "dnf changes the other kernel"
fi
