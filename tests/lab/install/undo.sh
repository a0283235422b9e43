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

step "bundle undo --all"
expect_exit 0 on bundle undo --all
bare_state after
expect_same before after
on bundle status

step "installed once more"
expect_exit 0 install_on
until_ready
step "all good"
