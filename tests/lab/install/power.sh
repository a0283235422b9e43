#!/usr/bin/env bash
# The power is cut in the middle of every step of an installation and after it; the host starts, and bundle install is typed again.
# In the end the host is like one that nobody disturbed.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

JOURNAL=$SITE/node1/root/var/lib/bundle/journal

step "an undisturbed host"
good_stick
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
begin_install
python3 "$ROOT/tests/lab/install/journal.py" watch "$JOURNAL" "$INSTALL" > "$WORK/times"
end_install 0
until_ready
end_state undisturbed
awk '$2 == "begin" && !($3 in at) { at[$3] = $1; order[++count] = $3 } $2 == "done" { took[$3] = $1 - at[$3] }
  END { for (i = 1; i <= count; i++) printf "%s %.2f\n", order[i], took[order[i]] }' "$WORK/times" > "$WORK/steps"
[ -s "$WORK/steps" ]
sed 's/^/    /' "$WORK/steps"

in_the_middle=0 cuts=0 failures=0

# is_done_there STEP: the journal on the disk ends with it done.
is_done_there() { journal_records | awk -v step="$1" '$2 == step { last = $1 } END { exit last != "done" }'; }

# cut_at EVENT "STEP LATER…" SECONDS: installs, waits for that record and SECONDS more, cuts the power, starts the host again.
cut_at() {
  local known last step=${2%% *}
  if is_done_there "$step"; then
    return
  fi
  known=$(journal_records | wc -l)
  begin_install
  if ! python3 "$ROOT/tests/lab/install/journal.py" cut "$JOURNAL" "$known" "$1" "$2" "$INSTALL" "$3" "$SITE/node1/root"; then
    # The boot itself has brought what was left to be waited for.
    end_install 0
    return
  fi
  hosts cut node1
  wait "$INSTALL" 2> /dev/null || true
  hosts up || { tail -n 30 "$SITE/node1/console.log" && fail "node1 does not boot after cut $((cuts + 1))"; }
  cuts=$((cuts + 1))
  last=$(journal_records | tail -1)
  case $last in
    begin* | mark*) in_the_middle=$((in_the_middle + 1)) ;;
    failed*) failures=$((failures + 1)) && tail -n 30 "$WORK/output" ;;
  esac
  echo "    cut $cuts, $3 s after '$1 $step'; the last record on the disk: $last (${SECONDS} s)"
}

step "a host whose power is cut in every step"
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
# The installer was put there by hand: on the disk before the first cut.
on sync
mapfile -t names < <(cut -d' ' -f1 "$WORK/steps")
mapfile -t durations < <(cut -d' ' -f2 "$WORK/steps")
for i in "${!names[@]}"; do
  later="${names[*]:i}"
  for percent in 20 50 80; do
    # One cut is enough in what takes no time.
    [ $percent = 50 ] || [ "${durations[i]%.*}" -ge 3 ] || continue
    cut_at begin "$later" "$(awk -v seconds="${durations[i]}" -v percent=$percent 'BEGIN { printf "%.2f", seconds * percent / 100 }')"
  done
  cut_at "done" "$later" 0
done
echo "$cuts power cuts, $in_the_middle of them inside a step"
[ "$in_the_middle" -gt 0 ]

step "the last run"
expect_exit 0 install_on
until_ready
end_state disturbed
expect_same undisturbed disturbed
[ "$failures" = 0 ] || fail "$failures installations after a cut failed by themselves"
step "all good"
