#!/usr/bin/env bash
# What somebody would type on a bare host of the lab to make a cluster of it, from /media/stick; cluster_test.sh runs it part by part.
set -euo pipefail
stick=/media/stick
address=$(ip -4 -brief address show host0 | awk '{ sub("/.*", "", $3); print $3 }')
export KUBECONFIG=/etc/kubernetes/admin.conf

packages() {
  local row id path
  for row in baseos,mirror.stream.centos.org/9-stream/BaseOS/x86_64/os appstream,mirror.stream.centos.org/9-stream/AppStream/x86_64/os \
    kubernetes,pkgs.k8s.io/core:/stable:/v1.34/rpm docker-ce,download.docker.com/linux/centos/9/x86_64/stable; do
    id=${row%%,*} path=${row#*,}
    printf '[%s]\nname=%s\nbaseurl=file://%s/www/%s\ngpgcheck=1\ngpgkey=file://%s/lab.public.asc\n' "$id" "$id" "$stick" "$path" "$stick"
  done > /etc/yum.repos.d/stick.repo
  dnf -y --noplugins --releasever=9 --forcearch=x86_64 --setopt=module_platform_id=platform:el9 --setopt=install_weak_deps=0 \
    install kubelet-1.34.3 kubeadm-1.34.3 kubectl-1.34.3 kubernetes-cni conntrack-tools socat ethtool iproute-tc iptables-nft containerd.io-1.7.28
}

containerd() {
  cat > /etc/containerd/config.toml << 'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10.1"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
TOML
  systemctl enable --now containerd
  ctr version
}

images() {
  tar -C "$stick/images" -cf - . | ctr -n k8s.io images import -
  ctr -n k8s.io images check
}

cluster() {
  sysctl -w net.ipv4.ip_forward=1
  cat > /root/kubeadm.yaml << YAML
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: $address}
nodeRegistration:
  criSocket: unix:///run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  taints: []
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.34.3
networking: {podSubnet: 10.244.0.0/16}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
YAML
  kubeadm config validate --config /root/kubeadm.yaml
  systemctl enable kubelet
  kubeadm init --config /root/kubeadm.yaml
}

network() {
  kubectl apply --server-side -f "$stick/kube-flannel.yml"
  kubectl wait --for=condition=Ready node --all --timeout=300s
  kubectl -n kube-system rollout status deployment/coredns --timeout=300s
}

pod() {
  kubectl run hello --image=docker.io/library/busybox:1.37 --image-pull-policy=Never --command -- sleep 3600
  kubectl wait --for=condition=Ready pod/hello --timeout=180s
  kubectl exec hello -- nslookup kubernetes.default.svc.cluster.local
}

"$1"
