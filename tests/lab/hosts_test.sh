#!/usr/bin/env bash
# Hosts of the lab: no way out, cables, power cuts, and nothing left behind. 125: skipped.
set -Eeuo pipefail
trap 'echo "hosts_test.sh:$LINENO: failed: $BASH_COMMAND" >&2' ERR
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

start_hosts --count 2 --stick "$ROOT/tests/lab"
hosts run node1 test -r /media/stick
if hosts run node1 touch /media/stick/written 2> /dev/null; then false; fi
# shellcheck disable=SC2016  # the host's own variables
hosts run node1 sh -c '. /etc/os-release && [ "$ID$VERSION_ID" = centos9 ]'
[ "$(hosts run node1 cat /etc/machine-id)" != "$(hosts run node2 cat /etc/machine-id)" ]

echo "what a host wants from outside is refused and written down"
if hosts run node1 curl -sS --max-time 5 https://registry.k8s.io/ 2> /dev/null; then false; fi
if hosts run node2 curl -sS --max-time 5 http://198.51.100.7/ 2> /dev/null; then false; fi
until_true grep -qx 'dns 10.99.0.11 registry.k8s.io' "$SITE/outside.log"
until_true grep -qx 'out 10.99.0.12 198.51.100.7 tcp 80' "$SITE/outside.log"

echo "a cable can be pulled"
hosts run node1 ping -qc1 -W2 10.99.0.12 > /dev/null
hosts plug node2 down
if hosts run node1 ping -qc1 -W1 10.99.0.12 > /dev/null; then false; fi
hosts plug node2 up
until_true hosts run node1 ping -qc1 -W1 10.99.0.12 > /dev/null

echo "a power cut loses what was not synced, and only that"
# Whoever calls sync(2) on this machine meanwhile writes the host's file as well, so that has five tries.
for _ in 1 2 3 4 5; do
  hosts run node1 sh -c 'rm -f /root/*; echo kept > /root/kept && sync && echo lost > /root/lost && mv /root/kept /root/renamed'
  hosts cut node1
  if hosts run node1 true 2> /dev/null; then false; fi
  hosts up
  left=$(hosts run node1 ls /root)
  [ "$left" = kept ] && break
done
[ "$left" = kept ]
[ "$(hosts run node1 cat /root/kept)" = kept ]

echo "down leaves no process, mount, loop device, namespace or cgroup"
namespace=$(sed -n 's/^  "namespace": "\(.*\)",\{0,1\}$/\1/p' "$SITE/state.json")
[ -n "$namespace" ]
mapfile -t pids < <(sed -n 's/^.*"\(pid\|leader\)": \([0-9]*\),\?$/\2/p' "$SITE/state.json")
[ "${#pids[@]}" = 5 ]
hosts down
# A zombie that nobody reaps has no command line.
for pid in "${pids[@]}"; do [ -z "$(tr -d '\0' < "/proc/$pid/cmdline" 2> /dev/null)" ]; done
if grep -q "$SITE" /proc/self/mounts; then false; fi
if losetup --list --noheadings --output BACK-FILE | grep -q "$SITE"; then false; fi
[ ! -e "/run/netns/$namespace" ]
[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$namespace-*")" ]
echo "all good"
