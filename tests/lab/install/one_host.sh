#!/usr/bin/env bash
# One bare host, no site.yml: it ends with a Ready node and a running pod from a bundled image, and nobody asked for anything outside.
# A second run changes nothing and takes seconds. An older bundle is refused then.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a bare host, and the two commands of the printed page"
good_stick
new_host "$WORK/stick"
[ "$(on ip -4 route show default | wc -l)" = 1 ]
if on curl -sS --max-time 3 http://198.51.100.7/ 2> /dev/null; then fail "the site has a way out"; fi
until_true grep -qx 'out 10.99.0.11 198.51.100.7 tcp 80' "$SITE/outside.log"
sed -i '/^out 10.99.0.11 198.51.100.7 tcp 80$/d' "$SITE/outside.log"
trust_installer "$STICK/bundle"

step "bundle install"
began=$SECONDS
expect_exit 0 install_on
echo "installed in $((SECONDS - began)) s"
expect_words kubectl
is_ready || fail "the node is not Ready"
cp "$WORK/output" "$WORK/first"

step "a pod from a bundled image"
kubectl_on run hello --image=docker.io/library/busybox:1.37 --command -- sleep 3600
kubectl_on wait --for=condition=Ready pod/hello --timeout=180s
kubectl_on exec hello -- nslookup kubernetes.default.svc.cluster.local
kubectl_on get nodes,pods -A -o wide
[ -z "$(kubectl_on get pods -A --no-headers | awk '{ split($3, ready, "/"); if (ready[1] != ready[2] || $4 != "Running") print }')" ]

step "every image of the bundle is there, under its name"
on ctr -n k8s.io images ls -q > "$WORK/images"
"$BIN/bundle" inspect "$CLUSTER/bundle" -o json 2> /dev/null |
  python3 -c 'import json, sys; [print(row["ref"]) for row in json.load(sys.stdin)["images"]]' > "$WORK/wanted"
[ -s "$WORK/wanted" ]
while read -r reference; do
  grep -qxF "$reference" "$WORK/images" || fail "no $reference"
done < "$WORK/wanted"

step "nobody asked for anything outside"
quiet_outside

step "a second run"
snapshot_installed before
began=$SECONDS
expect_exit 0 install_on
took=$((SECONDS - began))
snapshot_installed after
expect_same before after
echo "nothing changed, in $took s"
[ "$took" -le 30 ] || fail "the second run took $took s"

step "a bundle older than the installed one"
expect_exit 5 on bundle install "$STICK/older" --key /root/site.pub --role master
expect_words 2026.10.0 2026.11.0 --allow-downgrade
snapshot_installed after
expect_same before after
quiet_outside
step "all good"
