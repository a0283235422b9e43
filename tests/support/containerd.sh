# shellcheck shell=bash
# For end-to-end tests that need containerd: source it after e2e.sh.

# start_containerd: a private one for this test (own root, state and socket; nothing but the core), which plain `ctr`
# talks to from then on. Skips where containerd cannot run. Each further call gives an empty one of what is in PATH then.
start_containerd() {
  need containerd ctr
  [ "$(id -u)" = 0 ] || skip "containerd needs root"
  export CONTAINERD_ADDRESS=$TMP/c.sock CONTAINERD_SNAPSHOTTER=native # a socket's path is at most 107 bytes
  if [ -e "$TMP/containerd.pid" ]; then
    end_containerd TERM
  else
    at_exit "end_containerd TERM"
  fi
  rm -rf "$TMP/root" "$TMP/state"
  cat >"$TMP/containerd.toml" <<TOML
version = 2
root = "$TMP/root"
state = "$TMP/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$CONTAINERD_ADDRESS"
[[plugins."io.containerd.transfer.v1.local".unpack_config]]
  platform = "linux/amd64"
  snapshotter = "native"
TOML
  launch_containerd
}

# launch_containerd: the same one again, with all that it had, after it ended.
launch_containerd() {
  local pid
  containerd --config "$TMP/containerd.toml" --log-level warn >>"$TMP/containerd.log" 2>&1 &
  pid=$!
  echo "$pid" >"$TMP/containerd.pid"
  until ctr version >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || skip "containerd does not start here: $(tail -n 1 "$TMP/containerd.log")"
  done
}

# end_containerd SIGNAL
end_containerd() {
  local pid
  pid=$(cat "$TMP/containerd.pid")
  kill "-$1" "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# containerd_versions: the folders of all that are here, for PATH; the empty one is what PATH has.
containerd_versions() {
  echo ""
  find "${XDG_CACHE_HOME:-$HOME/.cache}/bundle-lab/go" -path '*/containerd-*/ctr' -printf '%h\n' 2>/dev/null | sort || true
}
