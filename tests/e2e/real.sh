#!/usr/bin/env bash
# The main job on real input: real charts and manifests, real metadata of CentOS Stream 9, and nothing said beyond the
# components. The bundle has every image that the truth lists require, under its true name, and all packages.
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
upstream=$SHARED/upstream
[ -d "$upstream/truth" ] || skip "no $upstream/truth (set BUNDLE_SHARED)"
lab_programs
export BUNDLE_SHARED=$SHARED
LAB=$TMP/lab
at_exit "'$ROOT/scripts/lab' upstream down --dir '$LAB'"
"$ROOT/scripts/lab" upstream up --set real --dir "$LAB" >&2  # with the user's cache: it keeps kubeadm and helm
export XDG_CACHE_HOME=$TMP/cache
cd "$TMP" || exit

bundle keygen --no-passphrase key
bundle build "$LAB/versions.yml" --mirrors "$LAB/mirrors.yml" --key key.key --part-size 128MiB --out real
expect_exit 0 bundle verify real --key key.pub

truths=(tigera-operator-v3.27.0 gpu-operator-v25.10.1--hostdriver kube-prometheus-stack-88.3.0 kubernetes-dashboard-7.14.0
  kuberay-operator-1.7.0 local-path-provisioner-0.0.37 metallb-0.16.1 ollama-1.77.0)
for truth in "${truths[@]}"; do
  awk -F'\t' 'FNR > 1 && $2 != "optional" {print $1}' "$upstream/truth/$truth.images.tsv"
done | sort -u >required
[ "$(wc -l <required)" -ge 25 ] || fail "only $(wc -l <required) required rows in the truth lists"
python3 - real/bundle.json required <<'PYTHON'
import json
import sys

index = json.load(open(sys.argv[1], encoding="utf-8"))
required = open(sys.argv[2], encoding="utf-8").read().split()
carried = {image["ref"] for image in index["images"]}
missing = [row for row in required if row not in carried]
for row in missing:
    print("missing:", row, file=sys.stderr)
names = {package["nevra"].rsplit("-", 2)[0] for package in index["rpms"]}
wanted = {"kubeadm", "kubelet", "kubectl", "containerd.io", "haproxy", "keepalived", "nvidia-container-toolkit", "glibc"}
print(f"{len(required)} required images of {len(carried)}, {len(index['rpms'])} packages, {len(index['charts'])} charts")
if missing or wanted - names:
    sys.exit(f"{len(missing)} images and the packages {sorted(wanted - names)} are missing")
PYTHON
