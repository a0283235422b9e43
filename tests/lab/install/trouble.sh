#!/usr/bin/env bash
# What goes wrong on site in the middle of an import, and hosts that are not bare: a clear error, the right exit code, and it can go on.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

# The stick is a device of its own here, so that it can be pulled out.
# plug_stick: mounts it on node1 as a person would; pull_stick: from now on every read of it fails.
# The loop device goes with its mount.
plug_stick() {
  local loop status=0
  loop=$(losetup --find --show "$WORK/stick.ext4")
  on sh -c "rm -f /dev/stick; mknod /dev/stick b 7 ${loop#/dev/loop} && mount -t ext4 -o ro /dev/stick $STICK" || status=$?
  losetup --detach "$loop"
  return "$status"
}
pull_stick() { xfs_io -x -c shutdown "/proc/$(leader)/root$STICK"; }
take_stick() { on umount -l "$STICK"; }
leader() { sed -n 's/^.*"leader": \([0-9]*\),\?$/\1/p' "$SITE/state.json"; }

step "a bare host, and a stick that is a device"
good_stick
size=$(du -sk "$WORK/stick" | cut -f1)
truncate -s $((size + size / 10 + 65536))K "$WORK/stick.ext4"
mkfs.ext4 -q -d "$WORK/stick" "$WORK/stick.ext4"
hosts up --base "$CLUSTER/base"
on tee /root/site.pub < "$CLUSTER/site.pub" > /dev/null
plug_stick
trust_installer "$STICK/bundle"

step "packages that stand in the way of containerd's own runc"
for packages in runc "runc podman"; do
  for package in $packages; do
    on tee "/root/$package.rpm" < "$(find "$CLUSTER/lab/cluster/www" -name "$package-[0-9]*.x86_64.rpm")" > /dev/null
    on rpm -i --justdb --nodeps --nosignature "/root/$package.rpm" 2> /dev/null
    on rm "/root/$package.rpm"
  done
  snapshot before
  expect_exit 7 install_on
  for package in $packages; do expect_words "$package-"; done
  expect_words fix:
  snapshot after
  expect_same before after
  for package in $packages; do on rpm -e --justdb --nodeps "$package" 2> /dev/null; done
done

step "a control plane that somebody has half made"
on mkdir -p /etc/kubernetes/manifests /var/lib/etcd/member
on touch /etc/kubernetes/manifests/kube-apiserver.yaml
expect_exit 7 install_on
expect_words /etc/kubernetes /var/lib/etcd "kubeadm reset"
on rm -rf /etc/kubernetes /var/lib/etcd

step "the disk is full in the middle of the import"
known=$(journal_records | wc -l)
begin_install
wait_for_record "$known" begin images
# All but 32 MiB, the blocks that are kept for root as well.
read -r blocks block_size < <(stat -f -c '%f %S' "$SITE/node1/root")
fallocate -l $((blocks * block_size - 33554432)) "$SITE/node1/root/filler"
end_install 6
expect_words space
rm "$SITE/node1/root/filler"

step "the stick is pulled out in the middle of the import"
known=$(journal_records | wc -l)
begin_install
wait_for_record "$known" begin images
pull_stick
# A part that cannot be read is no different from a damaged one, unless a program was reading it.
end_install 5 8
expect_words "$STICK/bundle" .tar
take_stick
plug_stick

step "containerd is killed in the middle of the import"
known=$(journal_records | wc -l)
begin_install
# The first part of an image is on the disk, others follow.
wait_for_record "$known" mark images
on systemctl kill --kill-who=main --signal=KILL containerd
end_install 8
expect_words containerd

step "and it goes on"
expect_exit 0 install_on
until_ready
step "all good"
