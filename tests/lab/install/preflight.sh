#!/usr/bin/env bash
# What preflight can find on a host of the lab, caused by real means, with its text and exit code: 7, 11 without a GPU, 0 for a warning.
# A preflight that fails changes nothing on the host.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

# preflight_on CODE OPTION…: bundle preflight of the stick's bundle as master; $WORK/output has what it found.
preflight_on() {
  local code=$1
  shift
  expect_exit "$code" on "${ENVIRONMENT[@]}" bundle preflight "${BUNDLE:-$STICK/bundle}" --key /run/site.pub "${@:---role=master}"
}
ENVIRONMENT=(env)

# finds CODE ID WORD… [-- OPTION…]: preflight ends so, with this finding, which says these words.
finds() {
  local code=$1 id=$2 word
  local -a words=()
  shift 2
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    words+=("$1")
    shift
  done
  [ $# = 0 ] || shift
  preflight_on "$code" "$@" > /dev/null
  grep -A1 -E "^(error|warning) +$id: " "$WORK/output" > "$WORK/finding" || { cat "$WORK/output" && fail "no finding '$id'"; }
  for word in "${words[@]}"; do
    grep -qF -- "$word" "$WORK/finding" || { cat "$WORK/finding" && fail "'$word' is not in the finding '$id'"; }
  done
  found=$((found + 1))
  sed 's/^/    /' "$WORK/finding"
}
found=0

# site LINE…: /root/site.yml of the host; the network of the lab lies in the default service network.
site() { printf '%s\n' 'cluster: {serviceSubnet: 10.112.0.0/16}' "$@" | on tee /root/site.yml > /dev/null; }

# with_proc FILE SED-SCRIPT CODE ID WORD…: as a machine whose /proc/FILE says something else.
with_proc() {
  on sh -c "sed '$2' /proc/$1 > /run/fake && mount --bind /run/fake /proc/$1"
  finds "${@:3}"
  on sh -c "umount /proc/$1; rm /run/fake"
}

# altered_bundle PYTHON: $STICK/altered has the index that these statements make of `index`, signed by the site's key.
altered_bundle() {
  rm -rf "$WORK/stick/altered"
  cp -al "$CLUSTER/bundle" "$WORK/stick/altered"
  rm "$WORK/stick/altered/"bundle.json*
  python3 - "$CLUSTER/bundle/bundle.json" "$WORK/stick/altered/bundle.json" "$1" << 'PYTHON'
import json
import sys

source, target, statements = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    index = json.load(file)
exec(statements)
with open(target, "w", encoding="utf-8") as file:
    json.dump(index, file, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
PYTHON
  "$BIN/bundle" sign "$WORK/stick/altered" --key "$CLUSTER/site.key" > /dev/null
}

step "a healthy host"
good_stick
altered_bundle 'index["created"] = "2099-01-01T00:00:00Z"'
mv "$WORK/stick/altered" "$WORK/stick/future"
altered_bundle 'index["created"] = "2016-01-01T00:00:00Z"'
mv "$WORK/stick/altered" "$WORK/stick/past"
altered_bundle 'index["components"] = [row for row in index["components"] if row["name"] != "kubernetes"]'
mv "$WORK/stick/altered" "$WORK/stick/bare"
altered_bundle 'index["images"] = [row for row in index["images"] if "pause" not in row["ref"]]'
mv "$WORK/stick/altered" "$WORK/stick/lacking"
altered_bundle 'for row in index["components"]: row["version"] = "v1.30.0" if row["name"] == "kubernetes" else row["version"]'
mv "$WORK/stick/altered" "$WORK/stick/skewed"
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
# Who is not root reads it there, too.
on install -m 0644 /root/site.pub /run/site.pub
preflight_on 0
if grep -q '^error' "$WORK/output"; then fail "a healthy host has an error"; fi

step "the bundle and the clock"
BUNDLE=$STICK/future finds 7 clock-before-bundle "2099-01-01T00:00:00Z" "date -u -s"
BUNDLE=$STICK/past finds 0 clock-far-ahead "2016-01-01T00:00:00Z"
BUNDLE=$STICK/bare finds 7 no-kubernetes versions.yml
BUNDLE=$STICK/lacking finds 7 images-lacking registry.k8s.io/pause
finds 0 no-time-service chrony

step "another operating system"
on cp -p /etc/os-release /run/os-release
other_os() { on sh -c "printf '%s\n' \"\$@\" > /etc/os-release" sh "$@"; }
other_os 'ID="rocky"' 'ID_LIKE="rhel centos fedora"' 'VERSION_ID="8.10"' 'PLATFORM_ID="platform:el8"' 'PRETTY_NAME="Rocky Linux 8.10 (Green Obsidian)"'
finds 7 other-os-major "Rocky Linux 8.10" centos-stream-9
other_os 'ID=rocky' 'ID_LIKE="rhel centos fedora"' 'VERSION_ID=9.4' 'PLATFORM_ID="platform:el9"' 'PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"'
finds 0 other-os-clone "Rocky Linux 9.4"
other_os 'ID=debian' 'VERSION_ID="12"' 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"'
finds 7 other-os "ID=debian"
on cp -p /run/os-release /etc/os-release

step "the machine, as /proc shows it"
with_proc cpuinfo '/^processor.*: 0$/,/^$/!d' 7 few-cpus "1 CPU" "needs 2"
with_proc cpuinfo 's/ sse4_2//' 7 old-cpu x86-64-v2 sse4_2
with_proc meminfo 's/^MemTotal:.*/MemTotal: 1600000 kB/' 7 little-memory "1.5 GiB" "1.7 GiB"
with_proc swaps '1a /dev/dm-1 partition 2097148 0 -2' 0 swap /dev/dm-1
with_proc cgroups '/^memory/d' 7 cgroup-controllers memory
finds 0 cgroup-v1 "1.35"
finds 11 no-gpu "no NVIDIA GPU" -- --role master,gpu
on mv /usr/bin/hostnamectl /usr/bin/hostnamectl.away
finds 7 program-absent hostnamectl
on mv /usr/bin/hostnamectl.away /usr/bin/hostnamectl
ENVIRONMENT=(setpriv --reuid 65534 --clear-groups)
finds 7 not-root sudo
ENVIRONMENT=(env)

step "the name and the networks"
on sh -c 'echo Node_1 > /proc/sys/kernel/hostname'
finds 7 hostname "'node_1'" "hostnamectl set-hostname"
on hostname localhost.localdomain
finds 7 hostname localhost
on hostname node1
on sh -c 'echo "10.99.0.99 node1" >> /etc/hosts'
finds 0 hosts-file 10.99.0.99
on sed -i '/10.99.0.99/d' /etc/hosts
on cp -p /etc/resolv.conf /run/resolv.conf
on sh -c ': > /etc/resolv.conf'
finds 0 no-nameserver CoreDNS
on sh -c 'echo nameserver 127.0.0.1 > /etc/resolv.conf'
finds 0 loopback-nameserver 127.0.0.1
on cp -p /run/resolv.conf /etc/resolv.conf
on ip route del default
finds 7 no-default-route "no default route"
on ip route add default via 10.99.0.1
site 'nodes: [{name: node1, address: 10.99.0.11, roles: [master]}]'
on ip route add 10.244.3.0/24 dev host0
finds 7 pod-subnet-overlap 10.244.3.0/24 podSubnet -- --site /root/site.yml
on ip route del 10.244.3.0/24
on sed -i /serviceSubnet/d /root/site.yml
finds 7 service-subnet-overlap 10.96.0.0/12 "10.99.0" serviceSubnet -- --site /root/site.yml
ENVIRONMENT=(env https_proxy=http://10.99.0.1:3128 no_proxy=localhost)
finds 0 proxy 10.99.0.11
ENVIRONMENT=(env)
on mkdir -p /etc/systemd/system/timers.target.wants
on ln -s /usr/lib/systemd/system/nm-cloud-setup.timer /etc/systemd/system/timers.target.wants/
finds 7 nm-cloud-setup "systemctl disable"
on rm /etc/systemd/system/timers.target.wants/nm-cloud-setup.timer
on sh -c 'echo net.ipv4.ip_forward = 0 > /etc/sysctl.d/99-zz-hardening.conf'
finds 7 sysctl-override /etc/sysctl.d/99-zz-hardening.conf
on rm /etc/sysctl.d/99-zz-hardening.conf

step "ports and addresses"
on systemd-run --quiet --unit squatter systemd-socket-activate --listen 6443 cat
finds 7 port-in-use 6443/tcp systemd-socket "pid"
on systemctl stop squatter
# vip ADDRESS/PREFIX NODE…: /root/site.yml with this virtual address, which node1 and the others balance.
vip() {
  local vip=$1 nodes='{name: node1, address: 10.99.0.11, roles: [master, lb]}'
  shift
  for node; do nodes+=", $node"; done
  printf '%s\n' "cluster: {endpoint: \"${vip%/*}:6553\", serviceSubnet: 10.112.0.0/16}" "vip: {address: $vip}" "nodes: [$nodes]" |
    on tee /root/site.yml > /dev/null
}
vip 10.98.0.5/8
finds 7 vip-outside 10.98.0.5 10.99.0.11/24 -- --site /root/site.yml
vip 10.99.0.1/24
finds 7 vip-is-gateway 10.99.0.1 -- --site /root/site.yml
vip 10.99.0.12/24 '{name: node2, address: 10.99.0.12, roles: [master, lb]}'
expect_exit 3 on bundle preflight "$STICK/bundle" --key /root/site.pub --site /root/site.yml
expect_words node2 "nobody has"
hosts up --count 2
vip 10.99.0.12/24
finds 7 vip-in-use 10.99.0.12 arping -- --site /root/site.yml
site 'nodes: [{name: node1, address: 10.99.0.11, roles: [master]}]' 'firewall: leave'
on sh -c 'cp /usr/bin/sleep /run/firewalld && systemd-run --quiet --unit wall /run/firewalld 600'
finds 0 firewall 6443/tcp keep-open -- --site /root/site.yml
on systemctl stop wall

step "what the bundle's programs say of their configuration"
BUNDLE=$STICK/skewed finds 7 config-refused kubeadm /var/lib/bundle/kubeadm.yaml v1.30.0
preflight_on 0 > /dev/null
if grep -E "config-(refused|untried): (kubeadm|containerd)" "$WORK/output"; then fail "kubeadm and containerd run here, and take what is written for them"; fi
printf '%s\n' 'cluster: {serviceSubnet: 10.112.0.0/16, endpoint: "10.99.0.100:6553"}' 'vip: {address: 10.99.0.100/24}' \
  'nodes: [{name: node1, address: 10.99.0.11, roles: [master, lb]}]' | on tee /root/site.yml > /dev/null
preflight_on 0 --site /root/site.yml > /dev/null
if grep "config-refused" "$WORK/output"; then fail "haproxy or keepalived refuses what is written for it"; fi
grep -A1 "config-untried" "$WORK/output" | sed 's/^/    /' || echo "    haproxy and keepalived run here, and take what is written for them"

step "the site file's components"
site 'nodes: [{name: node1, address: 10.99.0.11, roles: [master]}]' 'components: {metallb: {values: metallb.yaml}}'
finds 7 site-component-unknown metallb -- --site /root/site.yml
finds 7 site-values-absent /root/metallb.yaml -- --site /root/site.yml

step "what was there before"
on install -m 0755 /usr/bin/true /usr/bin/dockerd
finds 7 foreign-runtime Docker "dnf remove"
on rm /usr/bin/dockerd
on install -m 0755 /usr/bin/true /usr/bin/runc
finds 7 foreign-runc "no package owns" "mv /usr/bin/runc"
on rm /usr/bin/runc
# podman and crun beside containerd.io are no conflict.
on install -m 0755 /usr/bin/true /usr/bin/podman
on install -m 0755 /usr/bin/true /usr/bin/crun
preflight_on 0
if grep -q '^error' "$WORK/output"; then cat "$WORK/output" && fail "podman with crun is an error"; fi
on rm /usr/bin/podman /usr/bin/crun
# What the host excludes does not count, and that is said.
on sh -c 'mkdir -p /etc/dnf && cp -p /etc/dnf/dnf.conf /run/dnf.conf && echo excludepkgs=kubelet,kubeadm,kubectl,cri-tools >> /etc/dnf/dnf.conf'
finds 0 dnf-excludes /etc/dnf/dnf.conf excludepkgs=kubelet
on cp -p /run/dnf.conf /etc/dnf/dnf.conf
on sh -c 'mkdir -p /run/containerd && touch /run/containerd/containerd.sock'
finds 7 foreign-containerd "systemctl disable --now containerd"
on rm -r /run/containerd
on sh -c 'mkdir -p /etc/kubernetes/manifests /var/lib/etcd/member && touch /etc/kubernetes/manifests/etcd.yaml'
finds 7 old-cluster /etc/kubernetes/manifests /var/lib/etcd "kubeadm reset"
on rm -r /etc/kubernetes /var/lib/etcd
on sh -c 'mkdir -p /etc/cni/net.d && echo {} > /etc/cni/net.d/10-other.conflist'
finds 7 foreign-cni /etc/cni/net.d/10-other.conflist
on rm -r /etc/cni

step "disks"
site 'nodes: [{name: node1, address: 10.99.0.11, roles: [master]}]' 'storage: {containerd: /data/containerd}'
on sh -c 'mkdir -p /data && mount -t tmpfs -o noexec,size=100m none /data'
finds 7 disk-space "100.0 MiB free" "images of" -- --site /root/site.yml
finds 7 mount-option noexec -- --site /root/site.yml
on sh -c 'umount /data; rmdir /data'
on fallocate -l 20G /var/ballast
finds 0 disk-space "kubelet throws out"
on rm /var/ballast

step "packages: no solution, a changed base, files in each other's way, no room to look"
mkdir -p "$WORK/rpms"
# stub NAME VERSION [LINE…]: an RPM of that name with these lines in its spec, into the host's rpmdb alone.
stub() {
  printf '%s\n' "Name: $1" "Version: $2" 'Release: 1' 'Summary: a stub' 'License: none' 'BuildArch: x86_64' "${@:3}" '%description' 'A stub.' > "$WORK/rpms/$1.spec"
  grep -q '^%files' "$WORK/rpms/$1.spec" || echo '%files' >> "$WORK/rpms/$1.spec"
  rpmbuild --quiet --target x86_64 --define "_topdir $WORK/rpms" --define "_build_id_links none" -bb "$WORK/rpms/$1.spec" > /dev/null 2>&1
  on tee /run/stub.rpm < "$WORK/rpms/RPMS/x86_64/$1-$2-1.x86_64.rpm" > /dev/null
  on rpm -i --justdb --nodeps /run/stub.rpm 2> /dev/null
}
erase() { on rpm -e --justdb --nodeps "$1" 2> /dev/null; }

stub legacy-agent 1 'Conflicts: kubelet'
finds 7 packages-unsolvable legacy-agent kubelet "bundle facts"
erase legacy-agent
erase libnftnl
stub libnftnl 0.1
finds 7 base-change libnftnl-0.1-1 --allow-base-changes
finds 0 base-change libnftnl-0.1-1 -- --role master --allow-base-changes
erase libnftnl
on tee /run/stub.rpm < "$(echo "$CLUSTER"/base/libnftnl-[0-9]*.rpm)" > /dev/null
on rpm -i --justdb --nodeps /run/stub.rpm 2> /dev/null
stub squatter 1 '%install' 'mkdir -p %{buildroot}/usr/bin' 'echo x > %{buildroot}/usr/bin/kubelet' '%files' '/usr/bin/kubelet'
finds 7 rpm-transaction /usr/bin/kubelet squatter
erase squatter
on mount -o remount,size=64m /run
finds 0 transaction-untested "of memory"
on mount -o remount,size=20% /run

step "bundle facts: what the connected side makes of it"
on bundle facts -o /run/facts.json
on cat /run/facts.json > "$WORK/facts.json"
on rpm -qa 2> /dev/null | sort > "$WORK/base"
python3 -c 'import json, sys
facts = json.load(open(sys.argv[1]))
assert facts["hostname"] == "node1" and facts["addresses"][0]["address"] == "10.99.0.11" and facts["os"]["id"] == "centos", facts
print(len(facts["packages"]), "packages")' "$WORK/facts.json"
repositories=()
while read -r folder; do
  repositories+=(--repo "r${#repositories[@]}=${folder%/repodata}")
done < <(find "$CLUSTER/lab/cluster/www" -name repodata)
for base in facts.json base; do
  "$BIN/bundle" rpms 'kubelet-1.34.3*' socat chrony "${repositories[@]}" --base "$WORK/$base" --platform-id platform:el9 > "$WORK/closure.$base" 2> /dev/null
done
[ "$(wc -l < "$WORK/closure.base")" -gt 3 ]
expect_same closure.base closure.facts.json
on rm /run/facts.json

step "a preflight that fails changes nothing"
on sh -c 'rm -f /run/stub.rpm /run/firewalld /run/os-release /run/resolv.conf /root/site.yml'
on mkdir -p /etc/kubernetes/pki
on touch /etc/kubernetes/pki/ca.crt
stub squatter 1 '%install' 'mkdir -p %{buildroot}/usr/bin' 'echo x > %{buildroot}/usr/bin/kubelet' '%files' '/usr/bin/kubelet'
on rm /run/stub.rpm
snapshot before
on ls -A /tmp /var/tmp /run > "$WORK/before.volatile"
preflight_on 7 > /dev/null
preflight_on 7 --role master -o json > /dev/null
snapshot after
on ls -A /tmp /var/tmp /run > "$WORK/after.volatile"
expect_same before after
expect_same before.volatile after.volatile

echo "$found findings"
step "all good"
