# shellcheck shell=bash
# For the lab's own tests: an own folder, the set up, its servers ended at the end. Sourced with ROOT set.

# start_lab SET: sets WORK and LAB; 125 when a program is missing.
start_lab() {
  local program
  for program in skopeo dnf rpmkeys gpg docker-registry createrepo_c; do
    PATH=$PATH:/usr/sbin command -v "$program" > /dev/null || skip "no $program"
  done
  [ "$(id -u)" = 0 ] || skip "dnf --installroot needs root"
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/lab-test.XXXXXX")
  LAB=$WORK/lab
  trap stop_lab EXIT
  "$ROOT/scripts/lab" upstream up --set "$1" --dir "$LAB"
}

skip() {
  echo "skipped: $*"
  exit 125
}

stop_lab() {
  "$ROOT/scripts/lab" upstream down --dir "$LAB" > /dev/null 2>&1 || true
  rm -rf "$WORK"
}

# state KEY…: a value of state.json.
state() {
  python3 -c 'import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2:]: value = value[key]
print(value)' "$LAB/state.json" "$@"
}

# mirror HOST-or-https://HOST: its URL in mirrors.yml.
mirror() { sed -n "s|^  \"\{0,1\}$1\"\{0,1\}: \[\"\(.*\)\"\]$|\1|p" "$LAB/mirrors.yml"; }

# mirrored_image REFERENCE: as skopeo finds it through the lab's registry.
mirrored_image() { echo "docker://$(mirror "${1%%/*}" | sed 's|^http://||')/${1#*/}"; }

# fetch URL: what the lab serves of this https URL.
fetch() {
  local rest=${1#https://}
  curl -sf --noproxy '*' "$(mirror "https://${rest%%/*}")/${rest#*/}"
}

# inspect_image REFERENCE: skopeo reads it for amd64.
inspect_image() {
  skopeo inspect --tls-verify=false --override-arch amd64 "$(mirrored_image "$1")" > "$WORK/inspect"
  grep -q '"Architecture": "amd64"' "$WORK/inspect"
}

# dnf_install ROOTDIR PACKAGE…: from all repositories of versions.yml's target, every signature checked.
dnf_install() {
  local into=$1 key=$LAB/keys/lab.public.asc row
  local -a from=()
  shift
  for row in "baseos 0 mirror.stream.centos.org/9-stream/BaseOS/x86_64/os" \
    "appstream 0 mirror.stream.centos.org/9-stream/AppStream/x86_64/os" \
    "kubernetes 1 pkgs.k8s.io/core:/stable:/v1.34/rpm" \
    "docker-ce 1 download.docker.com/linux/centos/9/x86_64/stable" \
    "lab-extras 0 lab.invalid/el9"; do
    read -r id metadata_signed url <<< "$row"
    [ -n "$(mirror "https://${url%%/*}")" ] || continue
    from+=(--repofrompath "$id,$(mirror "https://${url%%/*}")/${url#*/}" --setopt "$id.gpgkey=file://$key"
      --setopt "$id.repo_gpgcheck=$metadata_signed")
  done
  dnf -y --installroot="$into" --forcearch=x86_64 --releasever=9 --setopt=module_platform_id=platform:el9 \
    --setopt=reposdir=/nonexistent --setopt=gpgcheck=1 --setopt=install_weak_deps=0 --setopt='excludepkgs=*.i686' \
    --noplugins "${from[@]}" install "$@" > "$WORK/dnf.log" 2>&1 || { tail -20 "$WORK/dnf.log" >&2; return 1; }
}

# packages_in ROOTDIR: how many its rpmdb has.
packages_in() { rpm --root "$1" -qa | grep -vc '^gpg-pubkey'; }

# start_hosts OPTION…: sets WORK and SITE and boots hosts; 125 when they cannot be had, or not in time (a cold cache).
start_hosts() {
  [ "$(id -u)" = 0 ] || skip "hosts need root"
  "$ROOT/scripts/lab" hosts ready || skip "the hosts' root is not made yet: scripts/lab hosts root makes it in some minutes"
  WORK=${WORK:-$(mktemp -d "${TMPDIR:-/tmp}/lab-test.XXXXXX")}
  SITE=$WORK/site
  trap stop_hosts EXIT
  hosts up "$@"
}

# hosts ACTION …: on the test's own site. No shell of the lab between, so that `run` passes what it is given.
hosts() { "$ROOT/scripts/lab" hosts "$1" --dir "$SITE" "${@:2}"; }

stop_hosts() {
  hosts down > /dev/null 2>&1 || true
  if [ -n "${LAB:-}" ]; then stop_lab; else rm -rf "$WORK"; fi
}

# until_true COMMAND…: waits for it, half a minute at most.
until_true() {
  local deadline=$((SECONDS + ${PATIENCE:-30}))
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# quiet_outside: shows what hosts wanted from outside their site, and fails when that was anything. Two things are none of it: CoreDNS asks
# the site's name server for a number of its own, to find out whether it is talking to itself; and what starts before kube-proxy has made its
# rules calls the API server at the cluster's own address for it.
quiet_outside() {
  local service
  service=$(hosts run node1 kubectl --kubeconfig /etc/kubernetes/admin.conf get service kubernetes -o 'jsonpath={.spec.clusterIP}')
  ! grep -vE "^(dns 10\.99\.0\.1[0-9] [0-9]+\.[0-9]+|out 10\.99\.0\.1[0-9] ${service//./\\.} tcp 443)$" "$SITE/outside.log"
}
