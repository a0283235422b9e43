# shellcheck shell=bash
# For end-to-end tests that need containerd: source it after e2e.sh.

# start_containerd: a private one for this test (own root, state and socket; nothing but the core), which plain `ctr`
# talks to from then on. Skips where containerd cannot run.
start_containerd() {
  need containerd ctr
  [ "$(id -u)" = 0 ] || skip "containerd needs root"
  export CONTAINERD_ADDRESS=$TMP/c.sock CONTAINERD_SNAPSHOTTER=native # a socket's path is at most 107 bytes
  cat >"$TMP/containerd.toml" <<TOML
version = 2
root = "$TMP/root"
state = "$TMP/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$CONTAINERD_ADDRESS"
TOML
  containerd --config "$TMP/containerd.toml" --log-level warn >"$TMP/containerd.log" 2>&1 &
  local pid=$!
  at_exit "kill $pid; wait $pid"
  until ctr version >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || skip "containerd does not start here: $(tail -n 1 "$TMP/containerd.log")"
  done
}
