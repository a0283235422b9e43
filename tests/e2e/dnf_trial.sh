#!/usr/bin/env bash
# Preflight's trial is the installation's dnf: the same configuration and command line, which the host's dnf.conf does
# not reach, its signatures and its answer to who conflicts with whom. Real dnf and rpm, on a host with an rpmdb of stubs.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need dnf rpm rpmbuild createrepo_c unshare
[ "$(id -u)" = 0 ] || skip "only root can mount"
unshare -m true 2>/dev/null || skip "no mount namespace can be had"
for needed in /usr/lib/rpm/macros.d /var/lib/rpm /etc/dnf/dnf.conf; do
  [ -e "$needed" ] || skip "there is no $needed: rpm and dnf lie elsewhere here"
done
shared_bundle

# on_host COMMAND…: on a host of its own as far as dnf and rpm look: dnf.conf, rpm's macros and database.
mkdir "$TMP/macros" "$TMP/rpmdb"
echo '%_dbpath /var/lib/rpm' >"$TMP/macros/macros.host"
printf '[main]\ngpgcheck=1\nbest=False\nexcludepkgs=kubelet,kubeadm,kubectl,cri-tools,containerd.io\n' >"$TMP/dnf.conf"
on_host() {
  # shellcheck disable=SC2016  # for the inner shell
  TMP=$TMP unshare -m bash -ec 'mount --bind "$TMP/macros" /usr/lib/rpm/macros.d
    mount --bind "$TMP/rpmdb" /var/lib/rpm; mount --bind "$TMP/dnf.conf" /etc/dnf/dnf.conf; exec "$@"' bash "$@"
}
# host_has NAME [LINE…]: the host's rpmdb has a package of this name, with these lines in its spec; `host_lacks NAME`.
host_has() {
  printf '%s\n' "Name: $1" 'Version: 1' 'Release: 1' 'Summary: a stub' 'License: none' 'BuildArch: noarch' "${@:2}" \
    '%description' 'A stub.' '%files' >"$TMP/$1.spec"
  rpmbuild --quiet --define "_topdir $TMP/build" --define "_rpmdir $TMP/stubs" -bb "$TMP/$1.spec" >/dev/null 2>&1
  on_host rpm -i --justdb --nodeps "$TMP/stubs/noarch/$1-1-1.noarch.rpm" 2>/dev/null
}
host_lacks() { on_host rpm -e --justdb --nodeps "$1" 2>/dev/null; }
# What stands in the way of the packages; what else this machine lacks is another matter.
trial() {
  on_host bundle preflight "$BUNDLE" --key "$PUB" --role "${1:-master}" >"$TMP/out" 2>"$TMP/err" || true
  grep -E -A1 '^(error|warning) +(dnf-excludes|packages-unsolvable|base-change|package-signatures|rpm-transaction|transaction-untested|unchecked)' \
    "$TMP/out" >"$TMP/found" || true
  grep -q '^preflight: ' "$TMP/out" || fail "no preflight: $(cat "$TMP/out" "$TMP/err")"
}
trial_says() {
  for word in "$@"; do
    grep -qF -- "$word" "$TMP/found" || fail "'$word' is not in: $(cat "$TMP/found")"
  done
}
no_error() { ! grep '^error' "$TMP/found" || fail "an error"; }

# podman with crun is no conflict, and excludes are said.
host_has crun 'Provides: oci-runtime'
host_has podman 'Requires: oci-runtime'
find "$TMP/rpmdb" -type f -exec sha256sum {} + >"$TMP/before"
trial
no_error
trial_says "warning  dnf-excludes" "/etc/dnf/dnf.conf:4: excludepkgs=kubelet" "switched off"
sha256sum --quiet -c "$TMP/before"

# runc is one: dnf replaces the package, or says whom that breaks.
host_lacks crun
host_has runc 'Provides: oci-runtime'
trial
trial_says "error    packages-unsolvable" podman runc
host_lacks podman
trial
trial_says "error    base-change" "runc-1-1.noarch with containerd.io-"
host_lacks runc

# A host whose rpm takes signed packages only refuses at preflight what the installation's dnf would refuse.
trial master,gpu
no_error
echo '%_pkgverify_level all' >>"$TMP/macros/macros.host"
trial master,gpu
trial_says "error    package-signatures" "not signed"
sed -i '/pkgverify/d' "$TMP/macros/macros.host"

# What the plan prints is what works: its two files and its command, in a root of its own.
mkdir -p "$TMP/site/dnf" "$TMP/root"
for part in "$BUNDLE"/*.tar; do
  tar -xf "$part" -C "$TMP/site" --wildcards 'rpms/*' 2>/dev/null || true
done
on_host bundle install "$BUNDLE" --key "$PUB" --role master --dry-run >"$TMP/plan" 2>/dev/null
# planned FILE: the content that the plan writes there, its folders moved.
planned() {
  sed -n "\\|^ *write $1 |,/^ *[^ |]/{s/^ *| //p}" "$TMP/plan" | sed "s|/var/lib/bundle|$TMP/site|g"
}
planned /var/lib/bundle/dnf/dnf.conf >"$TMP/site/dnf/dnf.conf"
planned /var/lib/bundle/dnf/bundle.repo >"$TMP/site/dnf/bundle.repo"
command=$(sed -n 's|^ *\(dnf .* install .*\)|\1|p' "$TMP/plan" | sed "s|/var/lib/bundle|$TMP/site|g")
[ "$(wc -l <<<"$command")" = 1 ] || fail "not one dnf command in the plan: $command"
options=(--installroot="$TMP/root" --forcearch=x86_64 --releasever=9 --setopt=module_platform_id=platform:el9)
read -r -a words <<<"$command"
# With the host's own dnf.conf and its excludes that would not be.
expect_exit 1 on_host dnf -y --noplugins --setopt=reposdir="$TMP/site/dnf" "${options[@]}" install kubelet
expect_text "Unable to find a match: kubelet" "$TMP/err"
rm -rf "$TMP/root"
mkdir "$TMP/root"
expect_exit 0 on_host "${words[0]}" "${options[@]}" "${words[@]:1}"
on_host rpm --root "$TMP/root" -q kubelet containerd.io

# Another bundle within two days: its metadata count, not those of the first in dnf's cache.
host_has newcomer
cp "$TMP/stubs/noarch/newcomer-1-1.noarch.rpm" "$TMP/site/rpms/signed/"
createrepo_c -q "$TMP/site/rpms/signed"
expect_exit 1 on_host dnf -c "$TMP/site/dnf/dnf.conf" --setopt=reposdir="$TMP/site/dnf" "${options[@]}" --assumeno install newcomer
expect_text "Operation aborted" "$TMP/err"
