#!/usr/bin/env bash
# dnf installs from both repositories of an unpacked bundle, with the options that a site uses.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need dnf rpm
[ "$(id -u)" = 0 ] || skip "dnf --installroot needs root"
shared_bundle

mkdir "$TMP/tree" "$TMP/repos" "$TMP/root"
for part in "$BUNDLE"/*.tar; do
  tar -xf "$part" -C "$TMP/tree" --wildcards 'rpms/*' 2>/dev/null || [ "$(tar -tf "$part" | grep -c ^rpms/)" = 0 ]
done
rpms=$TMP/tree/rpms
keys=$(printf 'file://%s ' "$rpms"/keys/*.asc)
cat >"$TMP/repos/bundle.repo" <<REPO
[bundle-signed]
name=bundle, each package signed by its vendor
baseurl=file://$rpms/signed
gpgcheck=1
gpgkey=$keys
module_hotfixes=1
[bundle-by-index]
name=bundle, packages that its signed index vouches for
baseurl=file://$rpms/by-index
gpgcheck=0
repo_gpgcheck=0
module_hotfixes=1
REPO
dnf_here() {
  dnf -y --noplugins --installroot="$TMP/root" --forcearch=x86_64 --releasever=9 --setopt=reposdir="$TMP/repos" \
    --setopt=module_platform_id=platform:el9 --setopt=cachedir="$TMP/cache" --setopt=install_weak_deps=0 "$@"
}

# The whole list at once, as a closure on nothing has to allow, both kinds of packages among it.
python3 - "$BUNDLE/bundle.json" <<'PYTHON' >"$TMP/wanted"
import json
import sys

for package in json.load(open(sys.argv[1], encoding="utf-8"))["rpms"]:
    print(package["nevra"])
PYTHON
[ "$(wc -l <"$TMP/wanted")" -ge 60 ] || fail "only $(wc -l <"$TMP/wanted") packages"
ls "$rpms"/by-index/*/nvidia-container-toolkit-1*.rpm >/dev/null
mapfile -t wanted <"$TMP/wanted"
expect_exit 0 dnf_here install "${wanted[@]}"

# The rpmdb then has exactly these.
rpm --root "$TMP/root" -qa --qf '%{NAME}-%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}.%{ARCH}\n' |
  grep -v '^gpg-pubkey-' | sed 's/-0:/-/' | sort >"$TMP/installed"
sort "$TMP/wanted" | diff - "$TMP/installed"

# gpgcheck=1 means something: a package without a signature is refused there.
mkdir "$TMP/unsigned"
cp "$rpms"/by-index/*/libnvidia-container1-*.rpm "$TMP/unsigned/"
createrepo_c -q "$TMP/unsigned"
sed -e "s|$rpms/signed|$TMP/unsigned|" -e '/by-index/,$d' "$TMP/repos/bundle.repo" >"$TMP/one.repo"
rm "$TMP/repos/bundle.repo"
cp "$TMP/one.repo" "$TMP/repos/"
expect_exit 1 dnf_here --setopt=cachedir="$TMP/cache2" reinstall libnvidia-container1
grep -qi 'not signed' "$TMP/out" "$TMP/err" || fail "dnf took a package that nobody signed"
echo "${#wanted[@]} packages installed"
