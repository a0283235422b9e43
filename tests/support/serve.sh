# shellcheck shell=bash
# For tests of bundle serve: source "$ROOT/tests/support/serve.sh" after e2e.sh.

# start_serve ARG…: the static executable serves until the test ends. Sets server (its pid), url (no slash at the end), place
# (ADDR:PORT) and log (the access log; stderr is in $log.err).
start_serve() {
  log=$(mktemp "$TMP/serve.XXXXXX")
  : >"$log.err"
  "$BIN/bundle-onsite" serve "$@" >"$log" 2>"$log.err" &
  server=$!
  at_exit "kill $server 2>/dev/null"
  until grep -q '^serving ' "$log.err"; do
    kill -0 "$server" 2>/dev/null || fail "the server did not start: $(cat "$log.err")"
    sleep 0.05
  done
  url=$(sed -n 's/^serving .* on //p' "$log.err")
  # shellcheck disable=SC2034  # for the tests
  place=${url#*//}
}
