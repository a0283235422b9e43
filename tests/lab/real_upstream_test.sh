#!/usr/bin/env bash
# The real set: the truth lists' images, the real charts, and CentOS Stream 9's metadata as dnf sees it. 125: skipped.
set -Eeuo pipefail
trap 'echo "real_upstream_test.sh:$LINENO: failed: $BASH_COMMAND" >&2' ERR
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
upstream=${BUNDLE_SHARED:-$ROOT/../shared}/upstream
[ -d "$upstream" ] || skip "no ../shared/upstream"

start_lab real
baseos=$(state www_root)/mirror.stream.centos.org/9-stream/BaseOS/x86_64/os
roles=(kubelet-1.34.3 kubeadm-1.34.3 kubectl-1.34.3 cri-tools kubernetes-cni containerd.io-1.7.28 container-selinux
  haproxy keepalived socat conntrack-tools ethtool iproute-tc chrony iptables-nft nfs-utils)

echo "every image that a truth list requires"
mapfile -t references < <(awk -F'\t' 'FNR > 1 && $2 != "optional" { print $1 }' "$upstream"/truth/*.images.tsv | sort -u)
[ "${#references[@]}" -ge 40 ]
for reference in "${references[@]}"; do inspect_image "$reference"; done

echo "charts and manifests are the real bytes, and the index has their digests"
while read -r source url; do
  case $source in
    charts/*)
      fetch "$url/$(basename "$source")" | cmp - "$upstream/$source"
      fetch "$url/index.yaml" | grep -q "digest: $(sha256sum < "$upstream/$source" | cut -d' ' -f1)"
      ;;
    manifests/*) fetch "$url" | cmp - "$upstream/$source" ;;
  esac
done < "$ROOT/tests/lab/sets/real.urls"

echo "the metadata has every real package, and only those with a stub can be fetched"
zcat "$baseos"/repodata/*-primary.xml.gz > "$WORK/primary.xml"
[ "$(grep -c '<package ' "$WORK/primary.xml")" = 1125 ]
zcat "$upstream"/rpm/c9s/baseos-*/repodata/*-primary.xml.gz > "$WORK/real.xml"
cmp <(grep rpm:entry "$WORK/real.xml") <(grep rpm:entry "$WORK/primary.xml")
bash_rpm=$(grep '^bash-[0-9]' "$LAB/base.nevra").rpm
fetch "https://mirror.stream.centos.org/9-stream/BaseOS/x86_64/os/Packages/$bash_rpm" > "$WORK/bash.rpm"
grep -q "pkgid=\"YES\">$(sha256sum < "$WORK/bash.rpm" | cut -d' ' -f1)<" "$WORK/primary.xml"
if fetch https://mirror.stream.centos.org/9-stream/BaseOS/x86_64/os/Packages/ModemManager-1.18.2-3.el9.x86_64.rpm; then false; fi

echo "dnf installs the roles' packages on nothing"
dnf_install "$WORK/nothing" "${roles[@]}"
echo "  $(packages_in "$WORK/nothing") packages"
[ "$(packages_in "$WORK/nothing")" -ge 200 ]

echo "… and on the base, where it upgrades what is too old"
mkdir "$WORK/base"
sed 's/-[0-9]*:/-/; s/$/.rpm/' "$LAB/base.nevra" | (cd "$baseos/Packages" && xargs \
  rpm --root "$WORK/base" -i --justdb --nodeps --ignorearch --nosignature) 2> /dev/null
before=$(packages_in "$WORK/base")
[ "$before" = 356 ]
dnf_install "$WORK/base" "${roles[@]}"
[ "$(rpm --root "$WORK/base" -q --qf '%{VERSION}\n' selinux-policy)" = 38.1.53 ]
echo "  $before packages before, $(packages_in "$WORK/base") after"
[ "$(packages_in "$WORK/base")" -gt 420 ]
echo "all good"
