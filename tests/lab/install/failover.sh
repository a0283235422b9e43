#!/usr/bin/env bash
# Whatever stops on the host that has the virtual address, the API answers there again within 15 seconds, for every host of the site; at no time
# do two hosts have the address, and none comes back with it beside another.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "three masters, two of them balancers, a worker, a GPU node"
five_hosts
whole_site

# Each host asks the API at the virtual address twice a second, each balancer looks five times a second whether it has the address, and on a
# master that is no balancer kubectl asks for an object: `TIME 1` or `TIME 0`, a line each, into $WORK/api.N, holds.N and kubectl.3.
# shellcheck disable=SC2016  # for the hosts' shells
{
  ASKS='while :; do b=$EPOCHREALTIME; s=0; [ "$(curl -sk --noproxy "*" --max-time 2 https://10.99.0.100:6553/readyz)" = ok ] && s=1; echo "$b $s"; sleep 0.5; done'
  LOOKS='while :; do b=$EPOCHREALTIME; s=0; case "$(ip -4 -o address show)" in *" 10.99.0.100/"*) s=1 ;; esac; echo "$b $s"; sleep 0.2; done'
  GETS='while :; do b=$EPOCHREALTIME; s=0; kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=2s get namespace default -o name > /dev/null 2>&1 && s=1; echo "$b $s"; sleep 0.5; done'
}
# watch NUMBER: until the host is off.
watch() {
  at "$1" bash -c "$ASKS" >> "$WORK/api.$1" 2> /dev/null < /dev/null &
  [ "$1" -gt 2 ] || at "$1" bash -c "$LOOKS" >> "$WORK/holds.$1" 2> /dev/null < /dev/null &
  [ "$1" != 3 ] || at "$1" bash -c "$GETS" >> "$WORK/kubectl.$1" 2> /dev/null < /dev/null &
}

# holder: the number of the balancer that has the address by the last look of each; fails unless it is one.
holder() {
  local number found=()
  for number in 1 2; do
    [ "$(tail -qn 1 "$WORK/holds.$number" | cut -d' ' -f2)" != 1 ] || found+=("$number")
  done
  [ "${#found[@]}" = 1 ] && echo "${found[0]}"
}

# all_answered: the last three answers that each host had are good.
all_answered() {
  local number
  for number in 1 2 3 4 5; do
    [ "$(tail -n 3 "$WORK/api.$number" | grep -c ' 1$')" = 3 ] || return 1
  done
  [ "$(tail -n 3 "$WORK/kubectl.3" | grep -c ' 1$')" = 3 ] && holder > /dev/null
}
is_well() { at 3 bundle status --cluster > "$WORK/status" 2>&1; }

# judge WORDS BEGAN MOST-TOGETHER WITHOUT: since then the longest time without an answer, of each host but WITHOUT, and in which both had the address.
judge() {
  python3 - "$WORK" "$@" << 'PYTHON'
import pathlib, sys
work, words, began, together, without = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), sys.argv[5]

def samples(name):
    rows = [line.split() for line in (work / name).read_text().splitlines()]
    return [(float(row[0]), row[1] == "1") for row in rows if len(row) == 2 and float(row[0]) >= began]

def longest_silence(rows):
    good = [began] + [time for time, is_good in rows if is_good]
    return max((b - a for a, b in zip(good, good[1:])), default=float("inf"))

def held(rows):
    """Times in which the host had the address for sure: from one look that found it to the next."""
    return [(a[0], b[0]) for a, b in zip(rows, rows[1:]) if a[1] and b[1]]

silences = {name: longest_silence(samples(name)) for name in ("api.1", "api.2", "api.3", "api.4", "api.5", "kubectl.3") if name != f"api.{without}"}
overlaps = [(max(a[0], b[0]), min(a[1], b[1])) for a in held(samples("holds.1")) for b in held(samples("holds.2"))]
both = sum(end - begin for begin, end in overlaps if end > begin)
print(f"    {words}: no answer for at most {max(silences.values()):.1f} s "
      f"({', '.join(f'{name} {seconds:.1f}' for name, seconds in sorted(silences.items()))}); two had the address for {both:.1f} s")
sys.exit(0 if max(silences.values()) <= 15 and both <= together else 1)
PYTHON
}

# event WORDS MOST-TOGETHER ACTION MEND [WITHOUT]: ACTION happens on the host that has the address (its number is $1), MEND when all answers are
# good again; what came of it is judged until everything is well again. WITHOUT: that host's own answers do not count.
event() {
  local words=$1 together=$2 action=$3 mend=$4 who began without=0
  who=$(holder) || fail "not one host has the address"
  [ "${5:-}" != without ] || without=$who
  began=$EPOCHREALTIME
  step "$words (on node$who)"
  "$action" "$who"
  # As long as an outage may last, and two looks more.
  PATIENCE=20 until_true answered_since "$began" "$without" || true
  "$mend" "$who"
  PATIENCE=240 until_true all_answered || fail "not all hosts get an answer"
  PATIENCE=240 until_true is_well || fail "the cluster is not well: $(cat "$WORK/status")"
  judge "$words" "$began" "$together" "$without" || fail "more than is allowed"
}

# answered_since BEGAN WITHOUT: each host, but that one, has had an answer to a question that it asked 12 seconds after that or later.
answered_since() {
  local number
  for number in 1 2 3 4 5; do
    [ "$number" = "$2" ] || awk -v from="$1" '$1 > from + 12 && $2 == 1 { found = 1 } END { exit !found }' "$WORK/api.$number" || return 1
  done
}

nothing() { :; }
lose_power() { hosts cut "node$1"; }
boot() {
  hosts up --only "node$1" >&2
  watch "$1"
}
stop_haproxy() { at "$1" sh -c 'systemctl mask --runtime haproxy && systemctl kill -s KILL haproxy' > /dev/null 2>&1; }
start_haproxy() { at "$1" sh -c 'systemctl unmask --runtime haproxy && systemctl reset-failed haproxy; systemctl start haproxy' > /dev/null 2>&1; }
stop_api() { at "$1" sh -c 'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/ && pkill -KILL -x kube-apiserver'; }
start_api() { at "$1" mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/; }
unplug() { hosts plug "node$1" down; }
replug() { hosts plug "node$1" up; }
parent_of_keepalived() { at "$1" systemctl show -P MainPID keepalived; }
kill_parent() { at "$1" kill -KILL "$(parent_of_keepalived "$1")"; }
kill_child() { at "$1" pkill -KILL -P "$(parent_of_keepalived "$1")"; }
kill_group() { at "$1" systemctl kill -s KILL keepalived; }

for number in 1 2 3 4 5; do
  watch "$number"
done
PATIENCE=60 until_true all_answered || fail "not all hosts get an answer before anything has happened"
PATIENCE=240 until_true is_well || fail "the cluster is not well: $(cat "$WORK/status")"

# Between two looks a fifth of a second is unknown.
event "it loses its power" 0 lose_power boot without
event "haproxy stops and may not start" 0 stop_haproxy start_haproxy
event "its API server stops" 0 stop_api start_api
event "its cable is cut" 0 unplug replug without
event "keepalived's parent alone is killed" 0 kill_parent nothing
event "keepalived's VRRP child alone is killed" 0 kill_child nothing
event "all of keepalived is killed" 3 kill_group nothing
quiet_outside
step "all good"
