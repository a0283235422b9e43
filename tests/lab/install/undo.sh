#!/usr/bin/env bash
# bundle undo --all gives back a host as it was: files, packages, services, settings, mounts.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a bare host"
good_stick
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
bare_state before

step "installed"
expect_exit 0 install_on
is_ready

step "a step that others build on is not undone alone"
expect_exit 2 on bundle undo containerd
expect_words "cannot be undone alone" kubeadm-init flannel

step "bundle undo --all, with a share below the kubelet's folder and a file that somebody has replaced"
on bash -ec 'mkdir -p /srv/share /var/lib/kubelet/deep/share; echo theirs > /srv/share/data
  mount --bind /srv/share /var/lib/kubelet/deep/share; echo theirs > /etc/crictl.yaml'
expect_exit 0 on bundle undo --all
expect_words "/var/lib/kubelet/deep/share" "is mounted there" "/etc/crictl.yaml was changed since it was installed"
[ "$(on cat /srv/share/data /var/lib/kubelet/deep/share/data /etc/crictl.yaml)" = $'theirs\ntheirs\ntheirs' ] ||
  fail "what was mounted or replaced is not as it was left"
on findmnt --noheadings --list --output TARGET | grep '^/var/lib/kubelet' > "$WORK/left" || true
[ "$(cat "$WORK/left")" = /var/lib/kubelet/deep/share ] || fail "mounted below the kubelet's folder: $(cat "$WORK/left")"
on bash -ec 'umount /var/lib/kubelet/deep/share; rmdir -p --ignore-fail-on-non-empty /var/lib/kubelet/deep/share
  rm -r /srv/share /etc/crictl.yaml'
bare_state after
expect_same before after
on bundle status

step "installed once more"
expect_exit 0 install_on
until_ready
step "all good"
