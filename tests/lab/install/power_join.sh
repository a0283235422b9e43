#!/usr/bin/env bash
# The power of a host that joins is cut in the middle of every step and after it, of a second master and of a node for GPUs; the host starts,
# and bundle install is typed again. In the end the host is like one that nobody disturbed, and the cluster has nothing left of the attempts.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a first master"
good_stick
cat > "$WORK/site.yml" << 'YAML'
cluster: {name: site-a, endpoint: "10.99.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.99.0.100/24, virtualRouterId: 77}
nodes:
  - {name: m1, address: 10.99.0.11, roles: [master, lb], schedulable: true}
  - {name: m2, address: 10.99.0.12, roles: [master, lb]}
  - {name: g1, address: 10.99.0.13, roles: [gpu]}
YAML
site_hosts "$WORK/site.yml" 3
ON=node1 trust_installer "$STICK/bundle"
expect_exit 0 install_at 1
at 1 bundle join-info --role master -o /root/join.yml --passphrase-file /root/passphrase
at 1 bundle join-info --role gpu --ttl 1d -o /root/worker.yml
PATIENCE=300 until_true all_pods_run

join_gpu() { carry /root/worker.yml 3 && install_at 3 --join /root/worker.yml --allow-no-gpu; }

is_well() { at 1 bundle status --cluster > "$WORK/status" 2>&1; }

# until_well FAULT…: what is wrong in the cluster is that these have not joined, and nothing else; all members of etcd vote.
until_well() {
  PATIENCE=300 until_true all_pods_run
  PATIENCE=120 until_true only_missing "$@" || fail "not well: $(cat "$WORK/status")"
  etcd_members > "$WORK/members"
  ! grep -v ', started, .*, false$' "$WORK/members" || fail "a member has not started, or does not vote"
}

# only_missing NAME…: status --cluster has no other fault than that these have not joined.
only_missing() {
  local name
  is_well || true
  cp "$WORK/status" "$WORK/faults"
  for name; do
    sed -i "/^wrong    node $name .* has not joined$/d" "$WORK/faults"
  done
  grep -q '^the cluster at ' "$WORK/faults" && ! grep -q '^wrong' "$WORK/faults"
}

# member_state NAME: end_state; the members of etcd stand in its manifest in the order of their IDs, which are chance.
member_state() {
  local manifest=/etc/kubernetes/manifests/etcd.yaml
  end_state "$1" $manifest
  if on test -e $manifest; then
    on cat $manifest | sed 's/--initial-cluster=.*//' >> "$WORK/$1"
    on sed -n 's/.*--initial-cluster=//p' $manifest | tr , '\n' | sort >> "$WORK/$1"
  fi
}

# new_member NUMBER: a bare host in its place, with what a person brings there, on its disk.
new_member() {
  hosts up --replace "node$1" --stick "$WORK/stick" --base "$CLUSTER/base" >&2
  bring_along "$1" "$WORK/site.yml"
  ON=node$1 trust_installer "$STICK/bundle"
  at "$1" sync
}

# disturbed NUMBER NAME COMMAND…: an installation that nobody disturbs; then, on a bare host in its place, one with cuts.
disturbed() {
  local number=$1 name=$2
  step "$name joins undisturbed, and is taken back"
  ON=node$number trust_installer "$STICK/bundle"
  ON=node$number timed_install "${@:3}"
  until_well "${missing[@]}"
  ON=node$number member_state undisturbed
  expect_exit 0 at "$number" bundle undo --all
  expect_exit 0 at 1 bundle forget "$name"
  until_well "$name" "${missing[@]}"

  step "a new host in the place of $name, whose power is cut in every step"
  new_member "$number"
  ON=node$number cut_install "${@:3}"
  expect_exit 0 "${@:3}"
  until_well "${missing[@]}"
  ON=node$number member_state disturbed
  expect_same undisturbed disturbed
  [ "$FAILURES" = 0 ] || fail "$FAILURES installations after a cut failed by themselves"
}

missing=(g1)
disturbed 2 m2 join_master 2
[ "$(wc -l < "$WORK/members")" = 2 ] || fail "members of etcd: $(cat "$WORK/members")"
missing=()
disturbed 3 g1 join_gpu
[ "$(wc -l < "$WORK/members")" = 2 ] || fail "members of etcd: $(cat "$WORK/members")"
expect_exit 0 at 1 bundle status --cluster
quiet_outside
step "all good"
