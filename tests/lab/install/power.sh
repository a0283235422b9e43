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
begin_install
python3 "$ROOT/tests/lab/install/journal.py" watch "$SITE/node1/root/var/lib/bundle/journal" "$INSTALL" > "$WORK/times"
end_install 0
until_ready
end_state undisturbed
awk '$2 == "begin" && !($3 in at) { at[$3] = $1; order[++count] = $3 } $2 == "done" { took[$3] = $1 - at[$3] }
  END { for (i = 1; i <= count; i++) printf "%s %.2f\n", order[i], took[order[i]] }' "$WORK/times" > "$WORK/steps"
[ -s "$WORK/steps" ]
sed 's/^/    /' "$WORK/steps"

in_the_middle=0 cuts=0

# cut_at EVENT STEP SECONDS: installs, waits for that record and SECONDS more, cuts the power, starts the host again.
cut_at() {
  local known last
  known=$(journal_records | wc -l)
  begin_install
  if ! wait_for_record "$known" "$1" "$2"; then
    # Done before, or not needed any more: nothing to be cut.
    end_install 0
    return
  fi
  sleep "$3"
  hosts cut node1 2> /dev/null
  wait "$INSTALL" 2> /dev/null || true
  hosts up 2> /dev/null
  cuts=$((cuts + 1))
  last=$(journal_records | tail -1)
  [ "$last" = "done $2" ] || in_the_middle=$((in_the_middle + 1))
  echo "    cut $cuts, $3 s after '$1 $2'; the last record on the disk: $last (${SECONDS} s)"
}

step "a host whose power is cut in every step"
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
# The installer was put there by hand: on the disk before the first cut.
on sync
while read -r -u 3 name seconds; do
  cut_at begin "$name" "$(awk -v seconds="$seconds" 'BEGIN { printf "%.2f", seconds / 2 }')"
  cut_at "done" "$name" 0
done 3< "$WORK/steps"
echo "$cuts power cuts, $in_the_middle of them inside a step"
[ "$in_the_middle" -gt 0 ]

step "the last run"
expect_exit 0 install_on
until_ready
end_state disturbed
expect_same undisturbed disturbed
step "all good"
