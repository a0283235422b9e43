#!/usr/bin/env bash
# The quickstart's upstreams, read by programs that we did not write: skopeo, dnf, helm, gpg. 125: skipped.
set -euo pipefail
trap 'echo "upstream_test.sh:$LINENO: failed: $BASH_COMMAND" >&2' ERR
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

for program in skopeo dnf rpmkeys gpg docker-registry createrepo_c; do
  PATH=$PATH:/usr/sbin command -v "$program" > /dev/null || { echo "skipped: no $program" >&2; exit 125; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: dnf --installroot needs root" >&2; exit 125; }

work=$(mktemp -d /tmp/lab-test.XXXXXX)
lab=$work/lab
cleanup() {
  "$root/scripts/lab" upstream down --dir "$lab" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

state() { python3 -c 'import json, sys; s = json.load(open(sys.argv[1]))
for key in sys.argv[2:]: s = s[key]
print(s)' "$lab/state.json" "$@"; }

# The mirror of a host or https prefix, as mirrors.yml says it.
mirror() { sed -n "s|^  \"\{0,1\}$1\"\{0,1\}: \[\"\(.*\)\"\]$|\1|p" "$lab/mirrors.yml"; }

echo "up, and up again in seconds with the same servers"
"$root/scripts/lab" upstream up --dir "$lab"
pids="$(state registry pid) $(state nginx pid)"
SECONDS=0
"$root/scripts/lab" upstream up --dir "$lab"
[ "$SECONDS" -le 5 ]
[ "$pids" = "$(state registry pid) $(state nginx pid)" ]

echo "every image of the list, for amd64, through skopeo"
count=0
while read -r reference; do
  host=${reference%%/*}
  mirrored="$(mirror "$host" | sed 's|^http://||')/${reference#*/}"
  skopeo inspect --tls-verify=false --override-arch amd64 "docker://$mirrored" > "$work/inspect"
  grep -q '"Architecture": "amd64"' "$work/inspect"
  count=$((count + 1))
done < <(awk '$1 == "image" { print $2 }' "$root/tests/lab/sets/quickstart.images")
[ "$count" -ge 14 ]
busybox=$(mirror docker.io | sed 's|^http://||')/library/busybox:1.37
skopeo copy --quiet --all --src-tls-verify=false "docker://$busybox" "oci:$work/layout:busybox"
skopeo inspect "oci:$work/layout:busybox" > /dev/null
status=$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "$(mirror docker.io | sed 's|/docker.io|/v2/docker.io|')/library/absent/manifests/1")
[ "$status" = 404 ]

echo "dnf closes over the roles' packages on nothing, with gpgcheck, and installs them"
key=$lab/keys/lab.public.asc
repositories=()
add() { repositories+=(--repofrompath "$1,$(mirror "https://${2%%/*}")/${2#*/}" --setopt "$1.gpgkey=file://$key" --setopt "$1.repo_gpgcheck=$3"); }
add baseos mirror.stream.centos.org/9-stream/BaseOS/x86_64/os 0
add appstream mirror.stream.centos.org/9-stream/AppStream/x86_64/os 0
add kubernetes pkgs.k8s.io/core:/stable:/v1.34/rpm 1
add docker-ce download.docker.com/linux/centos/9/x86_64/stable 1
dnf -y --installroot="$work/root" --forcearch=x86_64 --releasever=9 --setopt=module_platform_id=platform:el9 \
  --setopt=reposdir=/nonexistent --setopt=gpgcheck=1 --setopt=install_weak_deps=0 --noplugins "${repositories[@]}" \
  install kubelet-1.34.3 kubeadm-1.34.3 kubectl-1.34.3 cri-tools kubernetes-cni containerd.io-1.7.28 container-selinux \
  haproxy keepalived socat conntrack-tools ethtool iproute-tc chrony iptables-nft > "$work/dnf.log" 2>&1 \
  || { tail -20 "$work/dnf.log" >&2; false; }
installed=$(rpm --root "$work/root" -qa | grep -vc '^gpg-pubkey')
echo "  $installed packages"
[ "$installed" -ge 60 ]
for url in www.centos.org/keys/RPM-GPG-KEY-CentOS-Official download.docker.com/linux/centos/gpg nvidia.github.io/libnvidia-container/gpgkey; do
  curl -sf --noproxy '*' "$(mirror "https://${url%%/*}")/${url#*/}" | cmp - "$key"
done

echo "NVIDIA's way: metadata signed, packages not"
www=$(state www_root)
nvidia=$www/nvidia.github.io/libnvidia-container/stable/rpm/x86_64
gpg --batch --quiet --homedir "$(mkdir -m 700 "$work/gpg" && echo "$work/gpg")" --import "$key"
gpg --batch --quiet --homedir "$work/gpg" --verify "$nvidia/repodata/repomd.xml.asc" "$nvidia/repodata/repomd.xml" 2> /dev/null
gpgconf --homedir "$work/gpg" --kill all
rpm -qp --qf '%{SIGPGP:pgpsig}%{RSAHEADER:pgpsig}\n' "$nvidia"/Packages/*.rpm 2> /dev/null | sort -u | grep -qx '(none)(none)'

echo "the kubeadm of its RPM is the real one, or a stub that says so"
kubeadm=$work/root/usr/bin/kubeadm
if images=$("$kubeadm" config images list --kubernetes-version v1.34.3 2> /dev/null); then
  for image in $images; do grep -q "^image $image " "$root/tests/lab/sets/quickstart.images"; done
else
  grep -q 'not available in this lab' "$kubeadm"
fi

echo "helm as get.helm.sh serves it renders the three charts"
mkdir "$work/helm"
(cd "$work/helm" && cp "$www"/get.helm.sh/* . && sha256sum --quiet -c ./*.sha256sum && tar xzf ./*.tar.gz)
export HELM_CACHE_HOME=$work/helm HELM_CONFIG_HOME=$work/helm HELM_DATA_HOME=$work/helm
charts=$(mirror https://charts.example.com)/stable
[ "$(curl -sf --noproxy '*' "$charts/index.yaml" | grep -c 'digest: ')" = 3 ]
for chart in demo-web-1.4.0 demo-operator-2.3.0 demo-batch-0.7.2; do
  curl -sf --noproxy '*' -o "$work/$chart.tgz" "$charts/$chart.tgz"
  "$work/helm/linux-amd64/helm" template rel "$work/$chart.tgz" --kube-version 1.34.3 --include-crds > "$work/rendered"
  grep -q '^kind: ' "$work/rendered"
done

echo "down ends both servers and says so"
"$root/scripts/lab" upstream down --dir "$lab" 2> "$work/down"
for pid in $pids; do
  grep -q "(pid $pid) ended" "$work/down"
  if grep -qa "$lab" "/proc/$pid/cmdline" 2> /dev/null; then false; fi
done
[ ! -e "$lab/mirrors.yml" ]
echo "all good"
