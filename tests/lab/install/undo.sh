#!/usr/bin/env bash
# bundle undo --all gives back a host as it was: files, packages, services, settings, mounts.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

# Exceptions, each with its reason:
exceptions=(
  '/var/lib/bundle*'                       # the journal stays and says what was done and undone
  '/var/lib/rpm/*' '/var/lib/dnf/*'        # databases and their history: packages are compared by name
  '/var/cache/*' '/var/log/*'              # logs and caches of dnf
  /etc/ld.so.cache                         # made anew by every package with a library
  '/etc/passwd*' '/etc/group*' '/etc/shadow*' '/etc/gshadow*' # users that packages make in %pre; RPM never removes them
  /usr/lib/modules                         # a mount point that the kubelet makes for pods; any Enterprise Linux has it
  /usr/local/bin/bundle                    # the program itself, put there by hand
)

# before_or_after NAME: what must be equal before the installation and after the undo.
before_or_after() {
  contents "$1" "${exceptions[@]}"
  {
    on rpm -qa | sort
    on systemctl list-units --no-legend --no-pager --plain --type=service --state=running | awk '{ print $1 }' | sort
    on ip -brief link show | awk '{ print $1 }' | sort
  } >> "$WORK/$1"
}

step "a bare host"
good_stick
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
before_or_after before

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
before_or_after after
expect_same before after
on bundle status

step "installed once more"
expect_exit 0 install_on
until_ready
step "all good"
