# shellcheck shell=bash
# What every end-to-end test begins with: source "$(dirname "$0")/../support/e2e.sh"
#
# Gives: BIN (the folder with bundle and bundle-onsite; from $BUNDLE_BIN, else build/release/bin), ROOT (the source
# tree), SHARED (reference material beside the tree, may be absent), TMP (an own folder, removed at the end),
# and the functions below. A command that fails ends the test and is named with file and line.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BIN=$(cd "${BUNDLE_BIN:-$ROOT/build/release/bin}" && pwd)
# shellcheck disable=SC2034  # for the tests
SHARED=${BUNDLE_SHARED:-$ROOT/../shared}
TMP=$(mktemp -d "${TMPDIR:-/tmp}/bundle-e2e.XXXXXX")
PATH=$BIN:$PATH:/usr/sbin:/sbin
export LC_ALL=C
unset BUNDLE_DATA

declare -a e2e_at_exit=()
e2e_shell=$BASHPID

e2e_end() {
  local status=$? i
  [ "$BASHPID" = "$e2e_shell" ] || return "$status"
  trap - ERR
  set +e
  for ((i = ${#e2e_at_exit[@]} - 1; i >= 0; i--)); do
    eval "${e2e_at_exit[i]}"
  done
  chmod -R u+rwX "$TMP" 2>/dev/null
  rm -rf "$TMP"
  exit "$status"
}
trap e2e_end EXIT
trap 'echo "FAILED at ${BASH_SOURCE[0]}:$LINENO: $BASH_COMMAND (exit code $?)" >&2' ERR
trap 'exit 130' INT TERM

# at_exit COMMAND: a shell command for the end of the test, the last one first; say to stop a server by its pid.
at_exit() { e2e_at_exit+=("$1"); }

# skip REASON: the test could not be made here.
skip() {
  echo "skipped: $*"
  exit 125
}

# fail MESSAGE: the test found something wrong; named with the caller's line.
fail() {
  echo "FAILED at ${BASH_SOURCE[1]}:${BASH_LINENO[0]}: $*" >&2
  exit 1
}

# need PROGRAM…: skips unless all are there.
need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "no $program here (scripts/setup test installs it)"
  done
}

# expect_exit CODE COMMAND…: runs it; stdout and stderr land in $TMP/out and $TMP/err, and are shown when the code differs.
expect_exit() {
  local wanted=$1 status=0
  shift
  "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
  [ "$status" = "$wanted" ] && return
  echo "FAILED at ${BASH_SOURCE[1]}:${BASH_LINENO[0]}: exit code $status, expected $wanted, of: $*" >&2
  tail -n 40 "$TMP/out" "$TMP/err" >&2
  exit 1
}

# expect_text TEXT FILE: FILE holds TEXT somewhere.
expect_text() {
  grep -qF -- "$1" "$2" && return
  echo "FAILED at ${BASH_SOURCE[1]}:${BASH_LINENO[0]}: '$1' is not in $2, which says:" >&2
  tail -n 40 "$2" >&2
  exit 1
}

# serve FOLDER: its files over HTTP on a free port until the test ends; sets url (no slash at the end) and server, the pid.
serve() {
  local port
  port=$(mktemp -u "$TMP/port.XXXXXX")
  python3 - "$1" "$port" 2>/dev/null <<'PYTHON' &
import functools, http.server, os, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
with open(sys.argv[2] + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
PYTHON
  server=$!
  at_exit "kill $server 2>/dev/null"
  until [ -s "$port" ]; do
    kill -0 "$server" 2>/dev/null || fail "the server of $1 did not start"
    sleep 0.05
  done
  # shellcheck disable=SC2034  # for the tests
  url=http://127.0.0.1:$(cat "$port")
}
