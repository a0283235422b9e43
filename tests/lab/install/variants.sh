#!/usr/bin/env bash
# Hosts that are not like those of the other scenarios, each with preflight, install and undo: firewalld with the node's interface in a zone of
# its own, swap that comes back at each boot, and root with the umask 077 and much in the environment; then cgroup v2.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario
good_stick

# Beside those of every undo:
exceptions=("${bare_exceptions[@]}"
  '/usr/lib/x86_64-linux-gnu/lib'{edit,nftnl}.so.'*' # Debian's files for its firewalld, which the lab's RPMs bring as well, and take along
  '/var/tmp/systemd-private-*'             # of each boot anew
  '/etc/firewalld/*'                       # firewalld writes a zone anew, and keeps the one before: compared by what it says
)

# host_state NAME: what must be equal before the installation and after the undo.
host_state() {
  contents "$1" "${exceptions[@]}"
  {
    on rpm -qa | sort
    on cat /proc/swaps | awk '{ print $1, $2, $3 }'
    on systemctl list-units --no-legend --no-pager --plain --type=service --state=running | awk '{ print $1 }' | sort
    on ip -brief link show | awk '{ sub(/@.*/, "", $1); print $1 }' | sort
    if on systemctl --quiet is-active firewalld; then
      on firewall-cmd --list-all-zones
      on firewall-cmd --permanent --list-all-zones
    fi
  } >> "$WORK/$1"
}

# What a login shell, a desktop or a service manager may have set, and a person who works with another cluster.
foreign=(env HELM_NAMESPACE=elsewhere HELM_DRIVER=memory HELM_KUBEAPISERVER=https://203.0.113.1:6443 HELM_KUBETOKEN=x HELM_DEBUG=1
  KUBECONFIG=/nonexistent KUBECTL_EXTERNAL_DIFF=/nonexistent http_proxy=http://203.0.113.1:3128 HTTPS_PROXY=http://203.0.113.1:3128
  Http_Proxy=http://203.0.113.1:3128 ALL_PROXY=http://203.0.113.1:3128 CONTAINERD_ADDRESS=/nonexistent CONTAINERD_NAMESPACE=elsewhere
  CONTAINER_RUNTIME_ENDPOINT=unix:///nonexistent DNF_FRONTEND=x LD_LIBRARY_PATH=/nonexistent TMPDIR=/nonexistent XDG_CONFIG_HOME=/nonexistent
  PYTHONPATH=/root/trap BASH_ENV=/root/trap/bash HOME=/nonexistent LC_ALL=de_DE.UTF-8)

# as_root_of_a_hardened_host COMMAND…: with the umask that STIG and CIS ask for, and all of that.
# shellcheck disable=SC2016  # the host's own variables
as_root_of_a_hardened_host() { on "${foreign[@]}" sh -c 'umask 077; exec "$@"' sh "$@"; }

# from_outside COMMAND…: from the gateway's place in the site's network.
from_outside() {
  local namespace
  namespace=$(sed -n 's/^  "namespace": "\(.*\)",\{0,1\}$/\1/p' "$SITE/state.json")
  nsenter --net="/run/netns/$namespace" "$@"
}

# opens PORT: whether a connection from outside to node1 comes about.
opens() { from_outside timeout 3 bash -c "exec 3<>/dev/tcp/10.99.0.11/$1" 2> /dev/null; }

step "a host with firewalld and swap"
new_host "$WORK/stick" --with firewalld --swap 64
on mkdir /root/trap
echo 'raise SystemExit("the trap was run")' | on tee /root/trap/sitecustomize.py > /dev/null
echo 'echo the trap was run; exit 1' | on tee /root/trap/bash > /dev/null
trust_installer "$STICK/bundle"
until_true on firewall-cmd --state
on firewall-cmd --permanent --new-zone=nodes
on firewall-cmd --permanent --zone=nodes --add-interface=host0
on firewall-cmd --reload
[ "$(on firewall-cmd --get-zone-of-interface=host0)" = nodes ]
[ "$(on firewall-cmd --get-default-zone)" = public ]
if ! on grep -q '^/swapfile ' /proc/swaps; then
  on journalctl -u zramswap --no-pager
  fail "the host has no swap"
fi
host_state before

step "preflight names the swap and what turns it on, and changes nothing"
expect_exit 0 as_root_of_a_hardened_host bundle preflight "$STICK/bundle" --key /root/site.pub --role master
expect_words "swap is on (/swapfile)" /etc/fstab dev-zram0.swap zramswap.service
host_state after
expect_same before after

step "bundle install"
expect_exit 0 as_root_of_a_hardened_host bundle install "$STICK/bundle" --key /root/site.pub --role master
until_ready
[ "$(on firewall-cmd --get-zone-of-interface=host0)" = nodes ]

step "folders are for all users of the host, and what is secret is not"
# /etc/cni/net.d is not among them: containerd makes it, and means 0700.
for path in /etc/cni /etc/containerd /etc/sysctl.d /opt/cni /opt/cni/bin /var/lib/bundle /var/lib/bundle/rpms /var/lib/bundle/log; do
  [ "$(on stat -c %a "$path")" = 755 ] || fail "$path has the mode $(on stat -c %a "$path")"
done
[ "$(on stat -c %a /root/.kube/config)" = 600 ]
[ "$(on stat -c %a /var/lib/bundle/journal)" = 600 ]

step "nothing of the environment is in the cluster"
if on grep -riE '(http|https|all|no)_proxy|203\.0\.113' /etc/kubernetes; then fail "the environment is there"; fi
on test ! -e /nonexistent
quiet_outside

step "the API server can be reached from outside, etcd and the controllers cannot"
opens 6443 || fail "nobody answers at 6443"
for port in 2379 2380 2381 10257 10259; do
  if opens "$port"; then fail "port $port is open"; fi
done

step "a second run changes nothing"
snapshot_installed first
expect_exit 0 as_root_of_a_hardened_host bundle install "$STICK/bundle" --key /root/site.pub --role master
expect_words "0 steps done"
snapshot_installed second
expect_same first second

step "after a boot swap is off, and the cluster is there"
[ "$(on tail -n +2 /proc/swaps)" = "" ]
hosts cut node1
hosts up >&2
until_true on firewall-cmd --state
until_ready
[ "$(on tail -n +2 /proc/swaps)" = "" ] || fail "swap is back"
opens 6443 || fail "nobody answers at 6443"

step "bundle undo --all"
expect_exit 0 as_root_of_a_hardened_host bundle undo --all
host_state after
expect_same before after
hosts down

step "a host with cgroup v2"
new_host "$WORK/stick" --cgroup 2
trust_installer "$STICK/bundle"
controllers=$(on cat /sys/fs/cgroup/cgroup.controllers)
lacking=()
for controller in cpu cpuset memory pids; do
  [[ " $controllers " = *" $controller "* ]] || lacking+=("$controller")
done
if [ "${#lacking[@]}" != 0 ]; then
  snapshot before
  expect_exit 7 on bundle preflight "$STICK/bundle" --key /root/site.pub --role master
  expect_words cgroup-controllers "${lacking[@]}"
  if grep -q 'cgroup-v1' "$WORK/output"; then fail "that is not cgroup v1"; fi
  expect_exit 7 install_on
  snapshot after
  expect_same before after
  echo "skipped: an installation with cgroup v2; this machine's kernel has ${lacking[*]} in cgroup v1, where they stay until it boots without"
else
  host_state before
  expect_exit 0 install_on
  until_ready
  expect_exit 0 on bundle undo --all
  host_state after
  expect_same before after
fi
step "all good"
