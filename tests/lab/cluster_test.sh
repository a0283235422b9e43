#!/usr/bin/env bash
# One bare host becomes a cluster of real Kubernetes by hand, from a stick: that the pieces of the lab work together. 125: skipped.
set -Eeuo pipefail
trap 'echo "cluster_test.sh:$LINENO: failed: $BASH_COMMAND" >&2' ERR
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

"$ROOT/tests/lab/kubernetes/build" --cached kubernetes etcd coredns flannel flannel-cni containerd-1.7 pause > /dev/null ||
  skip "Kubernetes is not built yet (a quarter of an hour, once): tests/lab/kubernetes/build"
"$ROOT/scripts/lab" hosts ready || skip "the hosts' root is not made yet: scripts/lab hosts root makes it in some minutes"
start_lab cluster

step() { echo "$* (${SECONDS} s)"; }

step "the stick: the repositories, the images, and what a person would type"
stick=$WORK/stick
mkdir -p "$stick/images"
cp -aL "$(state www_root)" "$stick/www"
cp "$LAB/keys/lab.public.asc" "$ROOT/manifests/flannel/kube-flannel.yml" "$(dirname "${BASH_SOURCE[0]}")/sets/cluster/by-hand.sh" "$stick/"
while read -r reference; do
  skopeo copy --quiet --src-tls-verify=false "$(mirrored_image "$reference")" "oci:$stick/images:$reference"
done < <(awk '$1 == "image" { print $2 }' "$ROOT/tests/lab/sets/cluster.images")
du -sh "$stick" | cut -f1

step "a bare host"
start_hosts --stick "$stick" --base "$LAB/base"
for part in packages containerd images cluster network pod; do
  step "$part"
  hosts run node1 bash /media/stick/by-hand.sh "$part" > "$WORK/$part.log" 2>&1 || {
    tail -40 "$WORK/$part.log" >&2
    false
  }
done
hosts run node1 kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes,pods -A -o wide

step "nobody asked for anything outside"
quiet_outside
step "all good"
