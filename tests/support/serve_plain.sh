#!/usr/bin/env bash
# For tests/e2e/serve.sh, in a network namespace of its own: BUNDLE and PUB are served on an address that is not loopback.
source "$(dirname "$0")/e2e.sh"
source "$ROOT/tests/support/serve.sh"
ip link set lo up
ip address add 10.99.0.1/32 dev lo

status_of() { curl -s -o "$TMP/body" -w '%{http_code}' "$@"; }
start_serve "$BUNDLE" --key "$PUB" --listen 10.99.0.1:0
expect_text "over plain HTTP others get /bundle/ alone" "$log.err"
for path in / /v2/ /charts/index.yaml /files/models/demo.gguf; do
  [ "$(status_of "$url$path")" = 403 ] || fail "$path is not refused"
  expect_text "Over plain HTTP there is only /bundle/" "$TMP/body"
done
curl -fsS "$url/bundle/bundle.json" | cmp - "$BUNDLE/bundle.json"
curl -fsS "$url/bundle/bundle" | cmp - "$BUNDLE/bundle"
kill "$server"
wait "$server"

start_serve "$BUNDLE" --key "$PUB" --listen 0.0.0.0:0 --allow 127.0.0.0/8
port=${url##*:}
[ "$(status_of "http://127.0.0.1:$port/v2/")" = 200 ]
! curl -s -o "$TMP/body" "http://10.99.0.1:$port/bundle/bundle.json" || fail "it answers whom it should not"
expect_text '"refused":"not in --allow"' "$log"
