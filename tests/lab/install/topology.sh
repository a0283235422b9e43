#!/usr/bin/env bash
# A whole site from one stick and one site.yml: three masters, two of them balancers, a worker and a node for GPUs. What a person types on
# each host, and nothing else.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

# g1_has FIELD: of what the node g1 has for pods, or in all, as `allocatable.pods`.
g1_has() { kubectl_on get node g1 -o "jsonpath={.status.$1}"; }

# g1_takes NUMBER: so many pods.
g1_takes() { [ "$(g1_has allocatable.pods)" = "$1" ]; }

# without_ki TEXT: `1024Ki` as a number.
without_ki() { echo "${1%Ki}"; }

# is_ready_api: the API server answers on the first master.
is_ready_api() { [ "$(kubectl_on get --raw /readyz 2> /dev/null)" = ok ]; }

step "five bare hosts, the same stick and site.yml on each"
five_hosts

step "a node without a join file, and a master that is no balancer, are told what comes first"
expect_exit 7 install_at 4
expect_words no-join-file "join-info --role worker"
expect_exit 7 install_at 3
expect_words no-balancer m1

step "the first master: its ending says what waits for a worker, and how the next host comes"
expect_exit 0 install_at 1
expect_words "pending: charts" "a node that takes pods" "bundle join-info"

step "the second master"
expect_exit 0 at 1 bundle join-info --role master -o /root/join.yml --passphrase-file /root/passphrase
expect_words join.yml JOIN.key "good until"
[ "$(at 1 stat -c %a /root/join.yml /root/JOIN.key | sort -u)" = 600 ]
expect_exit 7 install_at 2
expect_words cluster-exists join-info
expect_exit 0 join_master 2

step "the third master, with the same files"
expect_exit 0 join_master 3

step "a worker and a GPU node, with a file of their own"
expect_exit 0 at 1 bundle join-info --role worker --ttl 1d -o /root/worker.yml
for number in 4 5; do
  carry /root/worker.yml $number
done
expect_exit 0 install_at 4 --join /root/worker.yml
expect_exit 11 install_at 5 --join /root/worker.yml
expect_exit 0 install_at 5 --join /root/worker.yml --allow-no-gpu

step "five nodes are Ready, three members of etcd vote"
PATIENCE=300 until_true all_pods_run
kubectl_on get nodes -o wide
[ "$(kubectl_on get nodes --no-headers | awk '$2 == "Ready" { print $1 }' | sort | tr '\n' ' ')" = "g1 m1 m2 m3 w1 " ]
etcd_members > "$WORK/members"
cat "$WORK/members"
[ "$(grep -c ', started, .*, false$' "$WORK/members")" = 3 ]

step "status --cluster names all of that, and what still waits for the first master's next run"
expect_exit 8 at 1 bundle status --cluster
cat "$WORK/output"
expect_words "the release hello-page in hello is not installed" "virtual address 10.99.0.100: "
expect_exit 7 at 4 bundle status --cluster
expect_words w1 "no master"

step "the API answers through the virtual address, of which there is one"
for number in 3 4 5; do
  [ "$(at $number curl -sk --noproxy '*' https://10.99.0.100:6553/readyz)" = ok ]
done
holders=0
for number in 1 2; do
  if at $number ip -4 -o address show | grep -qF ' 10.99.0.100/32 '; then holders=$((holders + 1)); fi
done
[ "$holders" = 1 ]

step "labels and taints are those of the site file"
[ "$(kubectl_on get nodes -l zone=north -o name)" = node/w1 ]
[ "$(kubectl_on get nodes -l gpu=true -o name)" = node/g1 ]
kubectl_on get node g1 -o 'jsonpath={range .spec.taints[*]}{.key}={.value}:{.effect}{"\n"}{end}' | grep -qx gpu=true:NoSchedule
[ "$(kubectl_on get nodes -l node-role.kubernetes.io/control-plane --no-headers | wc -l)" = 3 ]
[ "$(kubectl_on get nodes -l card=3060 -o name)" = node/g1 ]

step "the kubelet of a group keeps free what the group says, and others do not"
g1_takes 20
[ "$(kubectl_on get node w1 -o 'jsonpath={.status.allocatable.pods}')" = 110 ]
cpus=$(g1_has capacity.cpu)
[ "$(g1_has allocatable.cpu)" = "$((cpus * 1000 - 250))m" ] || fail "g1 has $cpus CPUs, $(g1_has allocatable.cpu) of them for pods"
# 128 + 64, and the 100 Mi of evictionHard.
kept=$(($(without_ki "$(g1_has capacity.memory)") - $(without_ki "$(g1_has allocatable.memory)")))
[ "$kept" = $((292 * 1024)) ] || fail "g1 keeps $kept Ki of memory free"

step "what was pending comes with the next run on the first master"
expect_exit 0 install_at 1
kubectl_on -n hello rollout status deployment/hello-page --timeout=120s

step "then status --cluster finds the cluster well, from a balancer and from a master that is none"
for number in 1 3; do
  expect_exit 0 at $number bundle status --cluster
  cat "$WORK/output"
  expect_words "all is well" m1 m2 m3 w1 g1
  at $number bundle status --cluster -o json > "$WORK/cluster.json"
  python3 - "$WORK/cluster.json" << 'PY'
import json
import sys

seen = json.load(open(sys.argv[1], encoding="utf-8"))
assert [node["name"] for node in seen["nodes"] if node["ready"]] == ["g1", "m1", "m2", "m3", "w1"], seen["nodes"]
assert all(node["kubelet"].startswith("v1.") for node in seen["nodes"]), seen["nodes"]
voters = [member["name"] for member in seen["etcd"] if member["started"] and member["answers"] and not member["learner"]]
assert sorted(voters) == ["m1", "m2", "m3"], seen["etcd"]
assert sum(member["leader"] for member in seen["etcd"]) == 1, seen["etcd"]
assert seen["vip"]["address"] == "10.99.0.100", seen["vip"]
assert [owner["node"] in ("m1", "m2") for owner in seen["vip"]["owners"]] == [True], seen["vip"]
assert all(row["days"] > 300 for row in seen["certificates"]), seen["certificates"]
assert {row["node"] for row in seen["certificates"]} == {"m1", "m2", "m3"}, seen["certificates"]
assert not any(node["images-lacking"] for node in seen["nodes"]), seen["nodes"]
assert seen["wrong"] == [], seen["wrong"]
PY
done

step "what components bring to prove themselves passes, and leaves nothing"
for master in 1 3; do
  expect_exit 0 at $master bundle smoke
  expect_words "kubernetes  passed"
done
expect_exit 2 at 1 bundle smoke flannel
expect_words "no smoke test of 'flannel'" kubernetes
! kubectl_on get jobs,pods -A -o name | grep smoke || fail "a smoke test left something"

step "a DaemonSet of a bundled image runs on all nodes; pods of different nodes reach each other and a Service"
kubectl_on apply -f - << 'YAML'
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: pages}
spec:
  selector: {matchLabels: {app: pages}}
  template:
    metadata: {labels: {app: pages}}
    spec:
      tolerations: [{operator: Exists}]
      containers:
        - name: page
          image: docker.io/library/busybox:1.37
          command: [sh, -c, "mkdir /www; hostname > /www/index.html; exec httpd -f -p 8080 -h /www"]
---
apiVersion: v1
kind: Service
metadata: {name: pages}
spec: {selector: {app: pages}, ports: [{port: 80, targetPort: 8080}]}
YAML
kubectl_on rollout status daemonset/pages --timeout=180s
[ "$(kubectl_on get daemonset pages -o 'jsonpath={.status.numberReady}')" = 5 ]
asker=$(kubectl_on get pods -l app=pages --field-selector spec.nodeName=w1 -o 'jsonpath={.items[0].metadata.name}')
kubectl_on get pods -l app=pages -o 'jsonpath={range .items[*]}{.status.podIP} {.metadata.name}{"\n"}{end}' > "$WORK/pages"
while read -r address name; do
  [ "$(kubectl_on exec "$asker" -- wget -qO- "http://$address:8080/index.html" < /dev/null)" = "$name" ] || fail "$name at $address is not reached from w1"
done < "$WORK/pages"
service=$(kubectl_on get service pages -o 'jsonpath={.spec.clusterIP}')
kubectl_on exec "$asker" -- wget -qO- "http://$service/index.html" | grep -q '^pages-'

step "no token, key or passphrase is left on any disk but in the files that were carried"
token=$(at 1 sed -n 's/^token: //p' /root/join.yml)
for number in 1 2 3 4 5; do
  # The cluster itself keeps its tokens, in etcd.
  at $number sh -c "grep -rlF -e '${token#*.}' -e '$PASSPHRASE' /etc /var /run /usr/local /opt 2> /dev/null" > "$WORK/leaks" || true
  ! grep -v '^/var/lib/etcd/' "$WORK/leaks" || fail "secrets are left on node$number"
  at $number sh -c '! test -e /run/bundle-join.yaml && ! test -e /run/bundle-upload.yaml'
done

step "a second run changes nothing, on any host, and needs no join file"
for number in 1 2 3 4; do
  expect_exit 0 install_at $number
  expect_words "0 steps done"
done
expect_exit 0 install_at 5 --allow-no-gpu
expect_words "0 steps done"
for number in 1 2 3 4 5; do
  echo "${NAMES[$number]}: $(at $number bundle status -o json | python3 -c 'import json, sys
print(", ".join(f"""{s["step"]} {s["seconds"]} s""" for s in json.load(sys.stdin)["steps"] if s.get("seconds", 0) > 2))')"
done

step "what a site file no longer asks for goes: labels with a run on a master, a kubelet's answers with one on its node"
kubectl_on label node w1 theirs=yes > /dev/null
for number in 1 5; do
  at $number sed -i -e 's/, labels: {zone: north}//' -e 's/maxPods: 20/maxPods: 21/' /root/site.yml
done
expect_exit 0 install_at 1
expect_words "1 step done"
[ "$(kubectl_on get nodes -l zone -o name)" = "" ]
[ "$(kubectl_on get nodes -l theirs=yes -o name)" = node/w1 ]
expect_exit 0 install_at 5 --allow-no-gpu
expect_words "2 steps done"
PATIENCE=120 until_true g1_takes 21
expect_exit 0 install_at 5 --allow-no-gpu
expect_words "0 steps done"

step "a master that is taken back leaves etcd and the nodes to the others"
expect_exit 0 at 3 bundle undo --all
etcd_members > "$WORK/members"
[ "$(grep -c ', started, .*, false$' "$WORK/members")" = 2 ] || fail "members of etcd: $(cat "$WORK/members")"
[ "$(kubectl_on get nodes --no-headers | awk '{ print $1 }' | sort | tr '\n' ' ')" = "g1 m1 m2 w1 " ]
expect_exit 0 at 2 bundle undo --all
PATIENCE=120 until_true is_ready_api
[ "$(kubectl_on get nodes --no-headers | awk '{ print $1 }' | sort | tr '\n' ' ')" = "g1 m1 w1 " ]
quiet_outside
step "all good"
