#!/usr/bin/env bash
# The master serves the stick, as a service by `bundle serve --unit`, and the nodes have it as the mirror of all registries: an image that a
# worker has lost comes from there when a pod needs it, one that nobody has is asked for there alone, and undo takes the answers back.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a master and a worker, with a mirror in site.yml"
good_stick
cat > "$WORK/site.yml" << 'YAML'
cluster: {name: site-a, podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
nodes:
  - {name: m1, address: 10.99.0.11, roles: [master]}
  - {name: w1, address: 10.99.0.12, roles: [worker]}
registry: {mirror: "https://10.99.0.11:8443", ca: serve.crt}
YAML
site_hosts "$WORK/site.yml" 2
at 1 openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mirror -days 30 \
  -addext subjectAltName=IP:10.99.0.11 -keyout /root/serve.key -out /root/serve.crt
for number in 1 2; do
  ON=node$number trust_installer "$STICK/bundle"
done

step "without the certificate that it names preflight ends it"
expect_exit 7 at 2 bundle preflight "$STICK/bundle" --key /root/site.pub --site /root/site.yml
expect_words "/root/serve.crt as the certificates of the registry's mirror, and there is no such file"

step "installation"
carry /root/serve.crt 2
expect_exit 0 install_at 1
at 1 bundle join-info --role worker -o /root/worker.yml
carry /root/worker.yml 2
expect_exit 0 install_at 2 --join /root/worker.yml
expect_exit 0 install_at 1
PATIENCE=300 until_true all_pods_run
grep -q . "$SITE/node2/root/etc/containerd/certs.d/docker.io/hosts.toml"

step "the master serves"
at 1 bundle serve "$STICK/bundle" --key /root/site.pub --listen 10.99.0.11:8443 --tls-cert /root/serve.crt --tls-key /root/serve.key --unit |
  at 1 tee /etc/systemd/system/bundle-serve.service > /dev/null
at 1 systemctl daemon-reload
at 1 systemctl start bundle-serve.service
until_true at 2 curl -fsS --noproxy '*' --cacert /root/serve.crt https://10.99.0.11:8443/v2/_catalog ||
  fail "$(at 1 journalctl -u bundle-serve --no-pager)"

step "an image that the worker has lost"
digest=$(at 2 ctr -n k8s.io images ls name==docker.io/library/busybox:1.37 | awk 'NR > 1 { print $3 }')
[ -n "$digest" ]
at 2 ctr -n k8s.io images ls | awk -v digest="$digest" 'NR > 1 && $3 == digest { print $1 }' > "$WORK/names"
mapfile -t names < "$WORK/names"
at 2 ctr -n k8s.io images rm --sync "${names[@]}"
kubectl_on run again --image=docker.io/library/busybox:1.37 --overrides '{"spec": {"nodeName": "w1"}}' --command -- sleep 3600
kubectl_on wait --for=condition=Ready pod/again --timeout=120s || fail "$(kubectl_on describe pod again)"
[ "$(at 2 ctr -n k8s.io images ls name==docker.io/library/busybox:1.37 | awk 'NR > 1 { print $3 }')" = "$digest" ]
at 1 journalctl -u bundle-serve -o cat --no-pager > "$WORK/access"
python3 - "$WORK/access" << 'PYTHON'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8") if line.startswith("{")]
blobs = [row for row in rows if row["address"] == "10.99.0.12" and row["method"] == "GET" and "/blobs/sha256:" in row["path"]]
assert blobs and all(row["status"] == 200 and row["path"].endswith("?ns=docker.io") for row in blobs), rows
print(f"    pulled blobs: {len(blobs)}, {sum(row['bytes'] for row in blobs)} bytes")
PYTHON

step "an image that nobody has"
kubectl_on run stranger --image=docker.io/library/stranger:1 --overrides '{"spec": {"nodeName": "w1"}}'
told_of_stranger() { kubectl_on describe pod stranger | grep -q 'stranger:1.*not found'; }
PATIENCE=120 until_true told_of_stranger || fail "$(kubectl_on describe pod stranger)"
kubectl_on delete pod stranger --now
quiet_outside

step "a second run pins what was pulled, a third changes nothing, and undo takes it back"
expect_exit 0 install_at 2 --join /root/worker.yml
expect_words "1 step done"
at 2 ctr -n k8s.io images ls name==docker.io/library/busybox:1.37 | grep -q io.cri-containerd.pinned=pinned
expect_exit 0 install_at 2 --join /root/worker.yml
expect_words "0 steps done"
kubectl_on delete pod again --now
expect_exit 0 at 2 bundle undo --all
at 2 test ! -e /etc/containerd/certs.d
step "all good"
