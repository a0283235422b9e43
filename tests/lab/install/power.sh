#!/usr/bin/env bash
# The power is cut in the middle of every step of an installation and after it; the host starts, and bundle install is typed again.
# In the end the host is like one that nobody disturbed.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "an undisturbed host"
good_stick
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
timed_install install_on
until_ready
end_state undisturbed

step "a host whose power is cut in every step"
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
# The installer was put there by hand: on the disk before the first cut.
on sync
cut_install install_on

step "the last run"
expect_exit 0 install_on
until_ready
end_state disturbed
expect_same undisturbed disturbed
[ "$FAILURES" = 0 ] || fail "$FAILURES installations after a cut failed by themselves"
step "all good"
