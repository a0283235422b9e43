#!/usr/bin/env bash
# A host that finds itself in a site.yml: its name, its own networks, containerd on another disk's folder, haproxy and keepalived before the
# API server, the virtual address in every kubeconfig, labels, a chart with the site's own values.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a bare host with a site file"
good_stick
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
on tee /root/site.yml > /dev/null << 'YAML'
cluster: {name: site-a, endpoint: "10.99.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.99.0.100/24, virtualRouterId: 77}
nodes:
  - {name: m1, address: 10.99.0.11, roles: [master, lb], labels: {room: north}}
storage: {containerd: /data/containerd}
YAML
install_site() { on bundle install "$STICK/bundle" --key /root/site.pub --site /root/site.yml "$@"; }

step "what contradicts the site file is refused"
expect_exit 3 install_site --role worker
expect_words m1 worker
on sh -c "sed 's/10.99.0.11,/10.99.0.12,/' /root/site.yml > /root/other.yml"
expect_exit 3 on bundle install "$STICK/bundle" --key /root/site.pub --site /root/other.yml
expect_words 10.99.0.11 nodes

step "bundle install"
expect_exit 0 install_site
PATIENCE=300 until_true all_pods_run

step "the node is what the site file says"
[ "$(on hostname)" = m1 ]
on getent ahostsv4 m1 | grep -q '^10.99.0.11 '
[ "$(kubectl_on get nodes -l room=north -o name)" = node/m1 ]
on test -d /data/containerd/io.containerd.content.v1.content
on test ! -e /var/lib/containerd/io.containerd.content.v1.content

step "haproxy and keepalived really balance: the virtual address answers, and nothing names another one"
on haproxy -c -q -f /etc/haproxy/haproxy.cfg
on keepalived -t -f /etc/keepalived/keepalived.conf
on sh -c 'ip -4 -o address show | grep -qF " 10.99.0.100/32 "'
[ "$(on curl -sk --noproxy '*' https://10.99.0.100:6553/readyz)" = ok ]
for file in admin kubelet controller-manager scheduler; do
  on grep -H 'server:' "/etc/kubernetes/$file.conf"
done
[ "$(on sed -n 's/^ *server: //p' /etc/kubernetes/admin.conf)" = https://10.99.0.100:6553 ]
on sh -c 'openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName' | grep -q '10.99.0.100'
until_true on /usr/libexec/keepalived/check_apiserver.sh

step "the pods live in the site's networks"
kubectl_on get pods -A -o wide
[ "$(kubectl_on get node m1 -o 'jsonpath={.spec.podCIDR}')" = 10.50.0.0/24 ]
kubectl_on -n kube-system get pods -l k8s-app=kube-dns -o 'jsonpath={.items[*].status.podIP}' | grep -q '^10\.50\.0\.'
[ "$(kubectl_on get service kubernetes -o 'jsonpath={.spec.clusterIP}')" = 10.60.0.1 ]

step "the release of versions.yml runs, and answers in the cluster"
kubectl_on -n hello rollout status deployment/hello-page --timeout=120s
kubectl_on run asker --image=docker.io/library/busybox:1.37 --command -- sleep 3600
kubectl_on wait --for=condition=Ready pod/asker --timeout=180s
page=$(kubectl_on -n hello get pods -o 'jsonpath={.items[0].status.podIP}')
[ "$(kubectl_on exec asker -- wget -qO- "http://$page:8080/index.html")" = "hello from a chart" ]

step "a second run changes nothing"
snapshot_installed before
expect_exit 0 install_site
snapshot_installed after
expect_same before after

step "another answer changes what depends on it, and only that"
on sed -i 's/room: north/room: south/' /root/site.yml
expect_exit 0 install_site
expect_words "1 step done"
[ "$(kubectl_on get nodes -l room=south -o name)" = node/m1 ]

step "what a cluster was made with stays, and a further node of the site gets its name"
on sed -i 's/^storage:/  - {name: w1, address: 10.99.0.12, roles: [worker]}\nstorage:/' /root/site.yml
expect_exit 0 install_site
on getent ahostsv4 w1 | grep -q '^10.99.0.12 '
is_ready
expect_exit 0 install_site
expect_words "0 steps done"

step "one step can be taken back, and is done again"
expect_exit 0 on bundle undo charts
[ "$(kubectl_on -n hello get deployments -o name)" = "" ]
expect_exit 0 install_site
kubectl_on -n hello rollout status deployment/hello-page --timeout=120s
quiet_outside
step "all good"
