#!/usr/bin/env bash
# Nodes of a site are taken back, living and dead: the others go on, the host is as it was, and it or a new one joins again.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a whole site, in which pods run on m3 as well"
SITE_EDIT='s/roles: \[master\]/&, schedulable: true/' five_hosts
for number in 3 4 5; do
  ON=node$number bare_state "before$number"
done
whole_site

# is_well_without NAME…: these are neither nodes nor members, and nothing else is wrong but that they have not joined.
is_well_without() {
  at 1 bundle status --cluster -o json > "$WORK/cluster.json" 2> "$WORK/status" || true
  python3 - "$WORK/cluster.json" "$@" << 'PY' 2> "$WORK/wrong"
import json
import sys

seen, gone = json.load(open(sys.argv[1], encoding="utf-8")), sys.argv[2:]
assert [node["name"] for node in seen["nodes"] if node["ready"]] == [name for name in ("g1", "m1", "m2", "m3", "w1") if name not in gone], seen["nodes"]
voters = [member["name"] for member in seen["etcd"] if member["started"] and member["answers"] and not member["learner"]]
assert len(voters) == len(seen["etcd"]) and sorted(voters) == [name for name in ("m1", "m2", "m3") if name not in gone], seen["etcd"]
wrong = [row["message"] for row in seen["wrong"]]
assert len(wrong) == len(gone), wrong
assert all(any(f"node {name} (" in line and "has not joined" in line for line in wrong) for name in gone), wrong
PY
}

until_well_without() {
  PATIENCE=180 until_true is_well_without "$@" || fail "not well without $*: $(tail -1 "$WORK/wrong")"
  echo "    the cluster is well without ${*:-anybody missing} (${SECONDS} s)"
}

# as_it_was NUMBER: the host is like before its installation, but for what a person has carried there.
as_it_was() {
  # What sets a host's name stays for half a minute, to set another one.
  at "$1" systemctl stop systemd-hostnamed.service
  at "$1" rm -f /root/join.yml /root/JOIN.key /root/worker.yml
  ON=node$1 bare_state "after$1"
  expect_same "before$1" "after$1"
}

until_well_without

step "a master leaves: pods go elsewhere, etcd and the list of nodes are told; it joins again"
expect_exit 0 at 3 bundle undo --all
expect_words "m3 leaves its cluster"
until_well_without m3
as_it_was 3
expect_exit 0 join_master 3
until_well_without

step "a worker with a pod that a budget holds leaves all the same, and names both"
kubectl_on apply -f - << 'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: held}
spec:
  replicas: 1
  selector: {matchLabels: {app: held}}
  template:
    metadata: {labels: {app: held}}
    spec:
      nodeSelector: {kubernetes.io/hostname: w1}
      containers:
        - {name: sleep, image: "docker.io/library/busybox:1.37", command: [sleep, "3600"]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: keeps-one}
spec: {minAvailable: 1, selector: {matchLabels: {app: held}}}
YAML
kubectl_on rollout status deployment/held --timeout=120s
began=$SECONDS
expect_exit 0 at 4 bundle undo --all
expect_words "default/held-" "PodDisruptionBudget keeps-one" "bundle forget w1"
echo "    w1 was taken back in $((SECONDS - began)) s"
[ $((SECONDS - began)) -lt 240 ] || fail "a pod held it up"
[ "$(kubectl_on get pods -A -o 'jsonpath={range .items[?(@.spec.nodeName=="w1")]}{.metadata.ownerReferences[0].kind} {.metadata.name}{"\n"}{end}' |
  awk '$1 != "DaemonSet" && $2 !~ /^held-/' | wc -l)" = 0 ] || fail "pods of w1 were not asked to go elsewhere"
kubectl_on delete deployment/held poddisruptionbudget/keeps-one > /dev/null
expect_exit 0 at 2 bundle forget w1
expect_words "forgotten: the node w1"
expect_exit 0 at 2 bundle forget w1
expect_words "does not know w1"
until_well_without w1
as_it_was 4
expect_exit 0 join_worker 4
until_well_without

step "a node for GPUs leaves, and joins again without having been forgotten"
expect_exit 0 at 5 bundle undo --all
expect_words "bundle forget g1"
as_it_was 5
expect_exit 0 join_worker 5
until_well_without
[ "$(kubectl_on get node g1 -o 'jsonpath={.spec.unschedulable}')" = "" ] || fail "g1 takes no pods"

step "a host that answers is not forgotten"
for name in m2 w1; do
  expect_exit 7 at 1 bundle forget $name
  expect_words "answers at"
done
expect_exit 2 at 1 bundle forget m1
expect_exit 7 at 4 bundle forget m2
expect_words "no master"
until_well_without

step "a master dies for good: no other one may leave; it is forgotten, and a new host takes its place"
hosts cut node2
# The virtual address may be on its way; and kubectl makes its cache.
reaches_api() { ON=node3 kubectl_on get pods -A > "$WORK/output" 2>&1; }
PATIENCE=60 until_true reaches_api
ON=node3 snapshot_installed refused-before
expect_exit 7 at 3 bundle undo --all
expect_words "m2 does not answer" "bundle forget" "--force"
ON=node3 snapshot_installed refused-after
expect_same refused-before refused-after
began=$SECONDS
expect_exit 0 at 1 bundle forget m2
expect_words "of etcd, the node m2"
echo "    m2 was forgotten in $((SECONDS - began)) s"
until_well_without m2
hosts up --replace node2 --stick "$WORK/stick" --base "$CLUSTER/base" >&2
bring_along 2 "$WORK/site.yml"
ON=node2 trust_installer "$STICK/bundle"
expect_exit 0 join_master 2
until_well_without

step "the power goes in the middle of leaving: undo goes on, and nobody is left over"
known=$(ON=node3 journal_records | wc -l)
begin_install at 3 bundle undo --all
ON=node3 journal cut "$known" undoing kubeadm-join "$INSTALL" 1.5 "$SITE/node3/root" || fail "undo had ended before the cut"
hosts cut node3
wait "$INSTALL" 2> /dev/null || true
hosts up --only node3 >&2
expect_exit 0 at 3 bundle undo --all
until_well_without m3
as_it_was 3

step "of two masters one leaves; the last one is refused while there are nodes"
expect_exit 0 at 2 bundle undo --all
until_well_without m2 m3
PATIENCE=180 until_true all_pods_run
snapshot_installed refused-before
expect_exit 7 at 1 bundle undo --all
expect_words "m1 cannot leave its cluster" "last master" g1 w1 "--force"
snapshot_installed refused-after
expect_same refused-before refused-after
until_well_without m2 m3
quiet_outside

step "unless it is forced; a worker whose cluster is gone goes without it"
expect_exit 0 at 1 bundle undo --all --force
expect_exit 0 at 4 bundle undo --all
expect_words "bundle forget w1"
as_it_was 4
step "all good"
