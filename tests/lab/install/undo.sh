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

step "bundle undo --all"
expect_exit 0 on bundle undo --all
before_or_after after
expect_same before after
on bundle status

step "installed once more"
expect_exit 0 install_on
until_ready
step "all good"
