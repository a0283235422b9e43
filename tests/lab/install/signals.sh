#!/usr/bin/env bash
# Installations and undos that get SIGKILL, SIGHUP and SIGINT, one after another: programs of two runs are never at work at once, the journal can
# always be read, and in the end the host is like one that nobody disturbed.
#   SIGNALS_INSTALLS, SIGNALS_UNDOS: how many of each (10, 5)
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

INSTALLS=${SIGNALS_INSTALLS:-10} UNDOS=${SIGNALS_UNDOS:-5}
JOURNAL=$SITE/node1/root/var/lib/bundle/journal
RANDOM=10
sent=0 refused=0 whole=0

# Whoever runs this under nohup has SIGHUP ignored in all that it starts, and bundle leaves that so.
disturbed() { on env --default-signal=HUP bundle "$@"; }
install_disturbed() { disturbed install "$STICK/bundle" --key /root/site.pub --role master; }
undo_disturbed() { disturbed undo --all; }
undo_on() { on bundle undo --all; }

# begin COMMAND: in the background; RUN is its pid here, the records that the journal has now are $known.
begin() {
  known=$(journal_records | wc -l)
  "$1" > "$WORK/output" 2>&1 < /dev/null &
  RUN=$!
}

# end: RUN's exit code is $code.
end() {
  code=0
  wait "$RUN" || code=$?
}

# has_begun EVENT COUNT: waits until RUN writes so many records of that kind; 1 when it ends before.
has_begun() { python3 "$ROOT/tests/lab/install/journal.py" any "$JOURNAL" "$known" "$1" "$2" "$RUN"; }

# signal SIGNAL…: to the run on node1, not to the supervisors of its programs.
signal() {
  local name
  for name; do
    on pkill "-$name" -x bundle || true
    sleep 0.2
  done
}

is_free() { on flock -n /run/bundle.lock true; }

# disturb COMMAND EVENT TIMES FIRST SECONDS: types COMMAND again and again; each time it gets a signal, less than SECONDS after it has begun
# with the first step that is left; the first time with the one of that number. So short that all of them come before its end.
disturb() {
  local i names before=$sent count=$4
  for ((i = 0; i < $3; i++)); do
    case $((RANDOM % 5)) in
      0 | 1) names=(KILL) ;;
      2) names=(HUP) ;;
      3) names=(INT) ;;
      4) names=(HUP INT) ;;
    esac
    begin "$1"
    if has_begun "$2" "$count"; then
      sleep "$((RANDOM % $5)).$((RANDOM % 10))"
      signal "${names[@]}"
      sent=$((sent + 1))
    fi
    end
    count=1
    echo "    signal $sent: ${names[*]} to $1 after $(journal_records | tail -1): exit code $code (${SECONDS} s)"
    case $code in
      0) whole=$((whole + 1)) && break ;;
      130 | 137) ;;
      *) cat "$WORK/output" && fail "exit code $code" ;;
    esac
    on bundle status > "$WORK/status" || fail "the journal cannot be read"
    if ! is_free; then
      [ "$code" = 137 ] || fail "the lock is taken although the run ended with $code"
      if ! "$1" > "$WORK/output" 2>&1 < /dev/null; then
        # Of a killed one a program is still at work; or it ended between.
        if grep -q "still at work on this host" "$WORK/output"; then
          refused=$((refused + 1))
          sed 's/^/      /' "$WORK/output"
        fi
      fi
      PATIENCE=600 until_true is_free
    fi
  done
  echo "    $((sent - before)) signals"
}

step "an undisturbed host"
good_stick
new_host "$WORK/stick"
trust_installer "$STICK/bundle"
bare_state bare
expect_exit 0 install_on
until_ready
end_state undisturbed
expect_exit 0 undo_on

python3 "$ROOT/tests/lab/install/at_work.py" "$(leader_of node1)" "$WORK/meetings" &
WATCHER=$!
trap 'kill "$WATCHER" 2> /dev/null || true; stop_hosts' EXIT

for ((n = 1; n <= INSTALLS; n++)); do
  step "installation $n"
  # Every other one is let go on to the pod network first: else no signal would ever come after kubeadm.
  disturb install_disturbed begin 10 $((n % 2 ? 1 : 11)) 2
  expect_exit 0 install_on > "$WORK/last"
  until_ready
  end_state "disturbed$n"
  expect_same undisturbed "disturbed$n"
  step "undo $n"
  [ "$n" -gt "$UNDOS" ] || disturb undo_disturbed undoing 5 1 1
  expect_exit 0 undo_on > "$WORK/last"
  bare_state "bare$n"
  expect_same bare "bare$n"
  [ ! -s "$WORK/meetings" ] || { cat "$WORK/meetings" && fail "programs of two runs were at work at once"; }
done
kill -0 "$WATCHER"
echo "$sent signals, $whole runs that had ended before, $refused refused while a program of a killed run was at work"

step "as the site guide says: a service of systemd, which no lost session ends"
expect_exit 0 on systemd-run --unit=bundle-install --wait --collect --quiet /usr/local/bin/bundle install "$STICK/bundle" --key /root/site.pub --role master
until_ready
end_state service
expect_same undisturbed service
step "all good"
