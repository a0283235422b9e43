#!/usr/bin/env bash
# The quickstart's upstreams, read by programs that we did not write: skopeo, dnf, helm, gpg. 125: skipped.
set -Eeuo pipefail
trap 'echo "upstream_test.sh:$LINENO: failed: $BASH_COMMAND" >&2' ERR
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

start_lab quickstart
www=$(state www_root)
key=$LAB/keys/lab.public.asc

echo "up again takes seconds and keeps the servers"
pids="$(state registry pid) $(state nginx pid)"
SECONDS=0
"$ROOT/scripts/lab" upstream up --dir "$LAB"
[ "$SECONDS" -le 5 ]
[ "$pids" = "$(state registry pid) $(state nginx pid)" ]

echo "every image of the list, for amd64, through skopeo"
mapfile -t references < <(awk '$1 == "image" { print $2 }' "$ROOT/tests/lab/sets/quickstart.images")
[ "${#references[@]}" -ge 14 ]
for reference in "${references[@]}"; do inspect_image "$reference"; done
skopeo copy --quiet --all --src-tls-verify=false "$(mirrored_image docker.io/library/busybox:1.37)" "oci:$WORK/layout:busybox"
skopeo inspect "oci:$WORK/layout:busybox" > /dev/null
if inspect_image docker.io/library/absent:1 2> /dev/null; then false; fi

echo "dnf closes over the roles' packages on nothing, with gpgcheck, and installs them"
dnf_install "$WORK/root" kubelet-1.34.3 kubeadm-1.34.3 kubectl-1.34.3 cri-tools kubernetes-cni containerd.io-1.7.28 \
  container-selinux haproxy keepalived socat conntrack-tools ethtool iproute-tc chrony iptables-nft
echo "  $(packages_in "$WORK/root") packages"
[ "$(packages_in "$WORK/root")" -ge 60 ]
for url in www.centos.org/keys/RPM-GPG-KEY-CentOS-Official download.docker.com/linux/centos/gpg nvidia.github.io/libnvidia-container/gpgkey; do
  fetch "https://$url" | cmp - "$key"
done

echo "NVIDIA's way: metadata signed, packages not"
nvidia=$www/nvidia.github.io/libnvidia-container/stable/rpm/x86_64
gpg --batch --quiet --dearmor < "$key" > "$WORK/key.gpg"
gpgv --quiet --keyring "$WORK/key.gpg" "$nvidia/repodata/repomd.xml.asc" "$nvidia/repodata/repomd.xml" 2> /dev/null
rpm -qp --qf '%{SIGPGP:pgpsig}%{RSAHEADER:pgpsig}\n' "$nvidia"/Packages/*.rpm 2> /dev/null | sort -u | grep -qx '(none)(none)'

echo "the kubeadm of its RPM is the real one, or a stub that says so"
kubeadm=$WORK/root/usr/bin/kubeadm
if images=$("$kubeadm" config images list --kubernetes-version v1.34.3 2> /dev/null); then
  for image in $images; do grep -q "^image $image " "$ROOT/tests/lab/sets/quickstart.images"; done
else
  grep -q 'not available in this lab' "$kubeadm"
fi

echo "helm as get.helm.sh serves it renders the charts"
mkdir "$WORK/helm"
(cd "$WORK/helm" && cp "$www"/get.helm.sh/* . && sha256sum --quiet -c ./*.sha256sum && tar xzf ./*.tar.gz)
export HELM_CACHE_HOME=$WORK/helm HELM_CONFIG_HOME=$WORK/helm HELM_DATA_HOME=$WORK/helm
[ "$(fetch https://charts.example.com/stable/index.yaml | grep -c 'digest: ')" = 4 ]
for chart in demo-web-1.4.0 demo-operator-2.3.0 demo-batch-0.7.2; do
  fetch "https://charts.example.com/stable/$chart.tgz" > "$WORK/$chart.tgz"
  "$WORK/helm/linux-amd64/helm" template rel "$WORK/$chart.tgz" --kube-version 1.34.3 --include-crds > "$WORK/rendered"
  grep -q '^kind: ' "$WORK/rendered"
done

echo "down ends both servers and says so"
"$ROOT/scripts/lab" upstream down --dir "$LAB" 2> "$WORK/down"
for pid in $pids; do
  grep -q "(pid $pid) ended" "$WORK/down"
  if grep -qa "$LAB" "/proc/$pid/cmdline" 2> /dev/null; then false; fi
done
[ ! -e "$LAB/mirrors.yml" ]
echo "all good"
