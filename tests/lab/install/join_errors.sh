#!/usr/bin/env bash
# What can be wrong with a join: each is told with the command that mends it, before anything is written on the host.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a master, and a bare host beside it"
good_stick
cat > "$WORK/site.yml" << 'YAML'
cluster: {name: site-a, endpoint: "10.99.0.11:6443", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
nodes:
  - {name: m1, address: 10.99.0.11, roles: [master], schedulable: true}
  - {name: m2, address: 10.99.0.12, roles: [master]}
YAML
site_hosts "$WORK/site.yml" 2
for number in 1 2; do
  at $number install -m 0755 "$STICK/bundle/bundle" /usr/local/bin/bundle
  at $number sh -c "umask 077; echo 'another one' > /root/other-passphrase"
done
expect_exit 0 at 1 bundle install "$STICK/bundle" --key /root/site.pub --site /root/site.yml

step "what join-info refuses"
join_info() { at 1 bundle join-info --role master -o /root/join.yml --passphrase-file /root/passphrase "$@"; }
expect_exit 2 join_info --ttl 3h
expect_words "2h" "kubeadm keeps the certificates"
expect_exit 2 join_info --ttl soon
expect_exit 2 at 1 bundle join-info --role lb
expect_exit 7 at 2 bundle join-info --role worker
expect_exit 0 join_info
expect_exit 2 join_info
expect_words "/root/join.yml already"
for file in join.yml JOIN.key; do
  at 1 cat "/root/$file" | at 2 sh -c "umask 077; cat > /root/$file"
done

# edited NAME SED-EXPRESSION: /root/NAME on the second host, made from the good join file.
edited() { at 2 sh -c "umask 077; sed -e '$2' /root/join.yml > /root/$1"; }

# joins JOIN-FILE [JOIN-KEY [PASSPHRASE-FILE [SITE-FILE]]]: the second host tries; with CLOCK, its clock is that many seconds off.
joins() {
  at 2 ${CLOCK:+/root/shifted_clock "$CLOCK"} bundle install "$STICK/bundle" --key /root/site.pub --site "/root/${4:-site.yml}" --join "/root/$1" --join-key "/root/${2:-JOIN.key}" \
    --passphrase-file "/root/${3:-passphrase}"
}

# Hosts of the lab share the kernel's clock.
gcc -O1 -Wall -Wextra -static -o "$WORK/shifted_clock" "$ROOT/tests/lab/install/shifted_clock.c"
at 2 sh -c "cat > /root/shifted_clock && chmod +x /root/shifted_clock" < "$WORK/shifted_clock"

edited expired.yml 's/^expires:.*/expires: 2026-01-01T00:00:00Z/'
edited token.yml 's/^token: \(......\).*/token: \1.0123456789abcdef/'
edited unknown.yml 's/^token: ....../token: zzzzzz/'
edited pin.yml 's/sha256:..../sha256:0000/'
edited cluster.yml 's/name: site-a/name: site-b/'
edited kubernetes.yml 's/^kubernetes: .*/kubernetes: v1.33.1/'
edited worker.yml 's/^role: master/role: worker/'
# shellcheck disable=SC2016  # it is the shell of nobody
edited garbage.yml 's/^token: .*/token: $(reboot)/'
at 2 sh -c 'head -c 300 /dev/urandom > /root/noise; sed s/salt/sale/ /root/JOIN.key > /root/BAD.key'
at 2 sh -c "sed 's/m2, address/m1x, address/; s/10.99.0.12/10.99.0.13/' /root/site.yml > /root/elsewhere.yml"
at 2 sh -c "sed 's/name: m1,/name: m0,/; s/name: m2,/name: m1,/' /root/site.yml > /root/twice.yml"
ON=node2 snapshot before

step "files that contradict each other, the clock or the bundle"
expect_exit 7 joins expired.yml
expect_words join-expired "bundle join-info --role master"
expect_exit 7 joins cluster.yml
expect_words join-other-cluster site-b
expect_exit 7 joins kubernetes.yml
expect_words join-other-kubernetes v1.33.1
expect_exit 7 joins worker.yml
expect_words join-role
expect_exit 7 at 2 bundle install "$STICK/older" --key /root/site.pub --site /root/site.yml --join /root/join.yml --join-key /root/JOIN.key \
  --passphrase-file /root/passphrase
expect_words join-other-bundle "use the stick that the cluster was made from"
expect_exit 7 at 2 bundle install "$STICK/bundle" --key /root/site.pub --site /root/site.yml
expect_words cluster-exists

step "a clock that is an hour off, or later than the join file"
CLOCK=3600 expect_exit 7 joins join.yml
expect_words join-clock " s ahead of the cluster's" "date -s"
CLOCK=-3600 expect_exit 7 joins join.yml
expect_words join-clock " s behind the cluster's" "date -s"
CLOCK=10800 expect_exit 7 joins join.yml
expect_words join-expired "by this host's clock"
CLOCK=31536000 expect_exit 7 joins join.yml

step "garbage, and a wrong passphrase"
expect_exit 3 joins garbage.yml
expect_words "garbage.yml:4:" token
expect_exit 3 joins noise
expect_exit 3 joins join.yml noise
expect_exit 3 joins join.yml BAD.key
expect_exit 2 joins join.yml JOIN.key other-passphrase
expect_words "not the passphrase"
expect_exit 3 joins join.yml JOIN.key passphrase elsewhere.yml
expect_words 10.99.0.12

step "what the cluster does not take"
expect_exit 7 joins token.yml
expect_words join-token
expect_exit 7 joins unknown.yml
expect_words join-token "bundle join-info"
expect_exit 7 joins pin.yml
expect_words join-other-ca
expect_exit 7 joins join.yml JOIN.key passphrase twice.yml
expect_words join-name-taken
kubectl_on -n bundle-system create -f - << YAML
{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: join}, spec: {holderIdentity: m3, leaseDurationSeconds: 900, renewTime: "$(date -u +%Y-%m-%dT%H:%M:%S).000000Z"}}
YAML
expect_exit 7 joins join.yml
expect_words join-busy m3
kubectl_on -n bundle-system delete lease join
kubectl_on -n kube-system get secret kubeadm-certs -o json > "$WORK/certificates"
kubectl_on -n kube-system delete secret kubeadm-certs
expect_exit 7 joins join.yml
expect_words join-key-expired
python3 - "$WORK/certificates" << 'PYTHON' | kubectl_on create -f -
import json, sys
secret = json.load(open(sys.argv[1]))
secret["metadata"] = {"name": secret["metadata"]["name"], "namespace": "kube-system"}
secret["data"] = {key: value[::-1].lstrip("=") + "=" * (len(value) - len(value[::-1].lstrip("="))) for key, value in secret["data"].items()}
json.dump(secret, sys.stdout)
PYTHON
expect_exit 7 joins join.yml
expect_words join-other-key
hosts plug node1 down
expect_exit 7 joins join.yml
expect_words join-unreachable 10.99.0.11:6443
hosts plug node1 up

step "nothing was written on the host by all that"
ON=node2 snapshot after
expect_same before after
! at 2 test -e /var/lib/bundle || fail "there is a state folder"

step "with new files the host joins"
at 1 rm /root/join.yml /root/JOIN.key
expect_exit 0 join_info
for file in join.yml JOIN.key; do
  at 1 cat "/root/$file" | at 2 sh -c "umask 077; cat > /root/$file"
done
expect_exit 0 joins join.yml
PATIENCE=300 until_true all_pods_run
[ "$(kubectl_on get nodes --no-headers | awk '$2 == "Ready"' | wc -l)" = 2 ]

step "no secret is anywhere but in the files that were carried"
token=$(at 1 sed -n 's/^token: //p' /root/join.yml)
for number in 1 2; do
  at $number sh -c "grep -rlF -e '${token#*.}' -e '$PASSPHRASE' /etc /var /run /usr/local /opt 2> /dev/null" > "$WORK/leaks" || true
  # The cluster itself keeps its tokens, in etcd.
  ! grep -v '^/var/lib/etcd/' "$WORK/leaks" || fail "secrets are left on node$number"
done
step "all good"
