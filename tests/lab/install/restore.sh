#!/usr/bin/env bash
# Two of three masters are gone with their disks: a snapshot that the last one took by itself, and one command, give the cluster back; two new
# masters of the same names join it.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

# own_kubectl ARGUMENT…: asked of the API server of the first master.
own_kubectl() { on kubectl --kubeconfig /etc/kubernetes/admin.conf --server=https://127.0.0.1:6443 --tls-server-name=kubernetes "$@"; }
is_answering() { [ "$(on curl -sk --noproxy '*' --max-time 3 https://127.0.0.1:6443/readyz 2> /dev/null)" = ok ]; }
is_silent() { ! is_answering; }
is_well() { on bundle status --cluster > "$WORK/status" 2>&1; }
snapshots() { at "$1" ls /var/backups/etcd; }

# etcd_state: what a restore that is refused must leave as it is: data but for what etcd itself writes, manifests, containers.
etcd_state() {
  on sh -c 'find /var/lib/etcd -maxdepth 2 -printf "%p %i %m\n" | sort; find /etc/kubernetes -type f | sort | xargs sha256sum; ls -A /var/lib/bundle
    systemctl is-active kubelet; ctr -n k8s.io containers ls -q "labels.\"io.kubernetes.container.name\"==etcd"' 2> /dev/null
}

# is_refused CODE FILE WORD…: that restore ends with CODE and these words, and changes nothing.
is_refused() {
  etcd_state > "$WORK/before"
  expect_exit "$1" on bundle etcd restore "$2"
  expect_words "${@:3}"
  etcd_state > "$WORK/after"
  expect_same before after
}

step "three masters"
masters_of_site 3 'etcd: {keep: 2}'

step "objects, and snapshots by the timer's unit: the newest two stay, for root alone"
for number in 1 2 3 4 5; do
  kubectl_on create configmap kept-$number --from-literal=answer=$number
done
kubectl_on create deployment pages --image=docker.io/library/busybox:1.37 --replicas=2 -- sleep infinity
kubectl_on rollout status deployment/pages --timeout=120s
for _ in 1 2 3; do
  at 1 systemctl start bundle-etcd-snapshots
done
snapshots 1
[ "$(snapshots 1 | wc -l)" = 2 ]
[ "$(at 1 sh -c 'stat -c %a:%U /var/backups/etcd /var/backups/etcd/*' | sort -u | xargs)" = "600:root 700:root" ]
file=/var/backups/etcd/$(snapshots 1 | tail -1)
kubectl_on create configmap late --from-literal=answer=none

step "a full disk fails the snapshot, leaves those that are there, and is seen"
at 2 mkdir -p /var/backups/etcd
at 2 mount -t tmpfs -o size=64m tmpfs /var/backups/etcd
at 2 systemctl start bundle-etcd-snapshots
snapshots 2 > "$WORK/before"
at 2 sh -c 'dd if=/dev/zero of=/var/backups/etcd/filler bs=1M 2> /dev/null || true'
! at 2 systemctl start bundle-etcd-snapshots || fail "a snapshot on a full disk did not fail"
[ "$(at 2 systemctl show bundle-etcd-snapshots -p ExecMainStatus --value)" = 6 ]
at 2 rm /var/backups/etcd/filler
snapshots 2 > "$WORK/after"
expect_same before after
expect_exit 8 at 2 bundle status --cluster
expect_words "the last snapshot of etcd on m2 failed"
at 2 systemctl start bundle-etcd-snapshots
PATIENCE=60 until_true at 2 bundle status --cluster

step "with a majority a restore is refused"
is_refused 7 "$file" "has its majority" "--force"

step "two masters are gone with their disks"
hosts cut node2 node3
PATIENCE=120 until_true is_silent

step "a damaged snapshot is refused"
at 1 sh -c "cp $file /root/damaged.db; printf x | dd of=/root/damaged.db bs=1 seek=20000 conv=notrunc 2> /dev/null; head -c 100000 $file > /root/short.db"
is_refused 5 /root/damaged.db "no whole snapshot"
is_refused 5 /root/short.db "no whole snapshot"

step "the power goes in the middle of the restore"
began=$SECONDS
on bundle etcd restore "$file" > "$WORK/cut" 2>&1 < /dev/null &
restoring=$!
PATIENCE=120 until_true on test -e /var/lib/bundle/etcd-restore.json
hosts cut node1
wait $restoring || true
sed 's/^/    /' "$WORK/cut"
hosts up --only node1 >&2
echo "    cut after $((SECONDS - began)) s"

step "the second try goes on, and the API is back with the objects in it"
began=$SECONDS
{
  echo "SNAPSHOT=$file"
  python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/site-guide.md" "console restore"
} | on tee /root/typed > /dev/null
expect_exit 0 on bash /root/typed
expect_words "m2, m3" "join-info" "replaced-"
echo "    the API is back after $((SECONDS - began)) s"
for number in 1 2 3 4 5; do
  [ "$(own_kubectl get configmap kept-$number -o 'jsonpath={.data.answer}')" = $number ]
done
! own_kubectl get configmap late 2> /dev/null || fail "an object from after the snapshot is there"
[ "$(own_kubectl get nodes -o name)" = node/m1 ]
PATIENCE=60 until_true kubectl_on get --raw /readyz
etcd_members > "$WORK/members"
[ "$(wc -l < "$WORK/members")" = 1 ] || fail "members of etcd: $(cat "$WORK/members")"
PATIENCE=300 until_true kubectl_on rollout status deployment/pages --timeout=3s
PATIENCE=300 until_true all_pods_run

step "after that a restore is refused again"
is_refused 7 "$file" "has its majority"

step "two new masters of the same names join"
hosts up --replace node2 --replace node3 --stick "$WORK/stick" --base "$CLUSTER/base" >&2
at 1 rm -f /root/join.yml /root/JOIN.key
at 1 bundle join-info --role master -o /root/join.yml --passphrase-file /root/passphrase
for number in 2 3; do
  bring_along $number "$WORK/site.yml"
  ON=node$number trust_installer "$STICK/bundle"
  expect_exit 0 join_master $number
done
etcd_members > "$WORK/members"
cat "$WORK/members"
[ "$(grep -c ', started, .*, false$' "$WORK/members")" = 3 ]
PATIENCE=300 until_true all_pods_run
PATIENCE=120 until_true is_well || fail "the cluster is not well: $(cat "$WORK/status")"
[ "$(ON=node3 kubectl_on get configmap kept-5 -o 'jsonpath={.data.answer}')" = 5 ]
at 1 systemctl start bundle-etcd-snapshots
expect_exit 0 install_at 1
expect_words "0 steps done"
quiet_outside
step "all good"
