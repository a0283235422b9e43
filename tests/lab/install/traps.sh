#!/usr/bin/env bash
# What is typed by hand for a site with several masters, and fails there; our files, taken from the golden plans, bear it in the same run. Three
# masters are network namespaces with an API server each that says what it is told to; haproxy, keepalived and containerd are real.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
[ "$(id -u)" = 0 ] || skip "network namespaces need root"
PATH=$PATH:/usr/sbin
for program in haproxy keepalived openssl curl; do
  command -v $program > /dev/null || skip "no $program"
done
containerd=$("$ROOT/tests/lab/kubernetes/build" --cached containerd-1.7 | awk '$1 == "containerd-1.7/containerd" { print $2 }') ||
  skip "containerd is not built yet: tests/lab/kubernetes/build"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/lab-test.XXXXXX")
NAME=lab-traps-$$
running=()

stop_all() {
  local one
  [ "${#running[@]}" = 0 ] || kill "${running[@]}" 2> /dev/null || true
  for one in 0 1 2 3; do
    ip netns del "$NAME-$one" 2> /dev/null || true
  done
  rm -rf "$WORK"
}
trap stop_all EXIT

# in_host NUMBER COMMAND…: as that master.
in_host() { ip netns exec "$NAME-$1" "${@:2}"; }

# run_in NUMBER LOG COMMAND…: in the background; PID is its process.
run_in() {
  ip netns exec "$NAME-$1" "${@:3}" > "$WORK/$2" 2>&1 < /dev/null &
  PID=$!
  running+=("$PID")
}

# stop PID: and its number is free for others.
stop() {
  local one kept=()
  kill "$1" 2> /dev/null || true
  wait "$1" 2> /dev/null || true
  for one in "${running[@]}"; do
    [ "$one" = "$1" ] || kept+=("$one")
  done
  running=("${kept[@]}")
}

# golden PLAN PATH: the file that an installation by that plan writes.
golden() {
  awk -v path="$2" '$1 == "write" { inside = $2 == path; next } inside && sub(/^     \| ?/, "") { print; next } { inside = 0 }' \
    "$ROOT/tests/unit/install/golden/$1.plan"
}

# until WORDS SECONDS COMMAND…: the seconds that it took are in TOOK.
until_so() {
  local began=$SECONDS
  until "${@:3}"; do
    [ $((SECONDS - began)) -lt "$2" ] || fail "$1: not within $2 s"
    sleep 0.3
  done
  TOOK=$((SECONDS - began))
  echo "    $1 (after $TOOK s)"
}

# never WORDS SECONDS COMMAND…: for so long the command does not succeed once; WORDS say what that shows.
never() {
  local began=$SECONDS
  while [ $((SECONDS - began)) -lt "$2" ]; do
    ! "${@:3}" || fail "not so: $1"
    sleep 0.3
  done
  echo "    $1 (in $2 s)"
}

# api_says NUMBER STATUS: what that master's API server answers from now on.
api_says() { echo "$2" > "$WORK/api$1"; }

# asks NUMBER PORT PATH: the status of what haproxy on that master passes on.
asks() { in_host "$1" curl -sk --noproxy '*' --max-time 3 -o /dev/null -w '%{http_code}' "https://127.0.0.1:$2$3" || true; }

# only_good PORT: of 12 requests, more than there are servers, none comes to one that is ill.
only_good() {
  local _
  for _ in {1..12}; do
    [ "$(asks 1 "$1" /version)" = 200 ] || return 1
  done
}

some_bad() { ! only_good "$1"; }

# is_content NUMBER: our check on that master.
is_content() { in_host "$1" sh "$WORK/ours-check"; }

# not COMMAND…
not() { ! "$@"; }

# holds NUMBER ADDRESS
holds() { in_host "$1" ip -4 -o address show dev eth0 > "$WORK/addresses" && grep -qF " $2/" "$WORK/addresses"; }

held_by_one() { holds 1 "$1" || holds 2 "$1"; }
held_by_both() { holds 1 "$1" && holds 2 "$1"; }

step "three masters, each with an API server"
ip netns add "$NAME-0"
in_host 0 ip link add br0 type bridge
in_host 0 ip link set br0 up
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=api -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2> /dev/null
cat > "$WORK/api.py" << 'PY'
# api.py ADDRESS FILE CERT KEY: /readyz and /version answer with the status in FILE, / with 403 as for anybody, /slow after 25 seconds.
import http.server, ssl, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(25)
        status = 403 if self.path == "/" else int(open(sys.argv[2]).read())
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *words):
        pass

server = http.server.ThreadingHTTPServer((sys.argv[1], 6443), Handler, bind_and_activate=True)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[3], sys.argv[4])
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
PY
for number in 1 2 3; do
  ip netns add "$NAME-$number"
  in_host 0 ip link add "v$number" type veth peer name eth0 netns "$NAME-$number"
  in_host 0 ip link set "v$number" master br0 up
  in_host $number ip link set lo up
  in_host $number ip address add 10.0.0.$number/24 dev eth0
  in_host $number ip link set eth0 up
  api_says $number 200
  run_in $number api$number.log python3 "$WORK/api.py" 10.0.0.$number "$WORK/api$number" "$WORK/cert.pem" "$WORK/key.pem"
done

step "haproxy: two kinds of check in one backend, and time limits below the client's pings"
golden three-masters-first /etc/haproxy/haproxy.cfg > "$WORK/ours.cfg"
cat > "$WORK/theirs.cfg" << 'CFG'
global
  user haproxy
  group haproxy
defaults
  mode tcp
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend api
  bind *:7553
  default_backend api
backend api
  option httpchk GET /readyz
  http-check expect status 200
  option ssl-hello-chk
  balance roundrobin
  server m1 10.0.0.1:6443 check inter 2s fall 3 rise 2
  server m2 10.0.0.2:6443 check inter 2s fall 3 rise 2
  server m3 10.0.0.3:6443 check inter 2s fall 3 rise 2
CFG
for cfg in ours theirs; do
  haproxy -c -q -f "$WORK/$cfg.cfg"
  run_in 1 haproxy-$cfg.log haproxy -db -f "$WORK/$cfg.cfg"
done
haproxy_pids=("${running[@]: -2}")
until_so "ours answers" 20 only_good 6553
until_so "theirs answers" 20 only_good 7553
{ in_host 1 curl -sk --noproxy '*' -o /dev/null -w '%{http_code}' https://127.0.0.1:6553/slow > "$WORK/slow-ours" || true; } &
slow_ours=$!
{ in_host 1 curl -sk --noproxy '*' -o /dev/null -w '%{http_code}' https://127.0.0.1:7553/slow > "$WORK/slow-theirs" || true; } &
slow_theirs=$!
wait $slow_ours $slow_theirs
[ "$(cat "$WORK/slow-ours")" = 200 ] || fail "ours cut a request that was quiet for 25 s"
[ "$(cat "$WORK/slow-theirs")" = 000 ] || fail "theirs did not cut a request that was quiet for 25 s"
echo "    a request that is quiet for 25 s: theirs is cut, ours is answered"
api_says 2 500
until_so "ours passes nothing more to an API server that is not ready" 20 only_good 6553
never "theirs takes it for healthy: some requests still go there" 5 only_good 7553
some_bad 7553

step "the check of keepalived: curl without -f on /, and grep for an address within another"
cat > "$WORK/theirs-check" << 'SH'
#!/bin/sh
curl --silent --insecure --max-time 2 https://127.0.0.1:6553/ -o /dev/null
SH
golden three-masters-first /usr/libexec/keepalived/check_apiserver.sh > "$WORK/ours-check"
for number in 1 2 3; do
  api_says $number 500
done
until_so "ours says that no API server is ready" 20 not is_content 1
in_host 1 sh "$WORK/theirs-check" 2> /dev/null || in_host 1 curl -sk --max-time 2 https://10.0.0.1:6443/ -o /dev/null ||
  fail "theirs noticed"
echo 10.0.0.100 | grep -q 10.0.0.1 || fail "grep does not find an address within another"
for number in 1 2 3; do
  api_says $number 200
done
until_so "ours is content again" 20 is_content 1

# keepalived_in NUMBER FILE: with the check of ours where it belongs, in a mount namespace.
keepalived_in() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  run_in "$1" "keepalived-$2-$1.log" unshare -m sh -c '
    mount -t tmpfs -o mode=0755 none /usr/libexec && mkdir /usr/libexec/keepalived &&
    install -m 0755 "$1/ours-check" /usr/libexec/keepalived/check_apiserver.sh &&
    exec keepalived -n -l -D -f "$1/$2-$3.conf" -p "$1/$2-$3.pid" -r "$1/$2-$3.vrrp"' sh "$WORK" "$2" "$1"
}

step "keepalived: the virtual address leaves a master whose haproxy does not answer"
golden three-masters-first /etc/keepalived/keepalived.conf > "$WORK/ours-1.conf"
golden three-masters-second /etc/keepalived/keepalived.conf > "$WORK/ours-2.conf"
# instance FILE ROUTER PRIORITY ADDRESS WEIGHT [LINE]: as pages have it, with the check in place.
instance() {
  cat > "$WORK/$1.conf" << CONF
global_defs {
  enable_script_security
  script_user root
}
vrrp_script check {
  script "/usr/libexec/keepalived/check_apiserver.sh"
  interval 1
  fall 2
  rise 2
  weight $5
}
vrrp_instance api {
  state BACKUP
  interface eth0
  virtual_router_id $2
  priority $3
  advert_int 1
  ${6:-}
  virtual_ipaddress {
    $4/32 dev eth0
  }
  track_script {
    check
  }
}
CONF
}
instance gap-1 111 101 10.0.0.111 -2
instance gap-2 111 91 10.0.0.111 -2
instance stays-1 112 103 10.0.0.112 -20 nopreempt
instance stays-2 112 102 10.0.0.112 -20 nopreempt
instance zero-1 113 103 10.0.0.113 0
instance zero-2 113 102 10.0.0.113 0
run_in 2 haproxy-2.log haproxy -db -f "$WORK/ours.cfg"
until_so "haproxy answers on the second master" 20 is_content 2
for kind in ours gap stays zero; do
  keepalived_in 1 $kind
done
until_so "the first master holds ours" 30 holds 1 10.0.0.100
for address in 10.0.0.111 10.0.0.112 10.0.0.113; do
  until_so "and $address" 30 holds 1 $address
done
for kind in ours gap stays zero; do
  keepalived_in 2 $kind
done
never "the second does not hold it as well" 5 holds 2 10.0.0.100
stop "${haproxy_pids[0]}"
until_so "ours moves to the second master" 15 holds 2 10.0.0.100
until_so "and is nowhere else" 3 not holds 1 10.0.0.100
# Twice as long as their own checks need.
never "with priorities 10 apart and a weight of -2 it stays where nothing answers" 8 not holds 1 10.0.0.111
never "nor does it move with nopreempt" 8 holds 2 10.0.0.112
until_so "while weight 0 has the address moved" 15 holds 2 10.0.0.113
step "before there is any API server, somebody holds the address"
for number in 1 2 3; do
  api_says $number 500
done
until_so "the check fails on the second master too" 20 not is_content 2
until_so "ours is held by one" 20 held_by_one 10.0.0.100
until_so "with weight 0 nobody holds it" 20 not held_by_one 10.0.0.113
never "never by both" 5 held_by_both 10.0.0.100

step "keepalived: a script that anybody may write"
install -m 0777 "$WORK/ours-check" "$WORK/open-check"
sed -e "s|/usr/libexec/keepalived/check_apiserver.sh|$WORK/open-check|" "$WORK/gap-1.conf" > "$WORK/open.conf"
! in_host 1 keepalived -t -f "$WORK/open.conf" > "$WORK/open.log" 2>&1 || fail "keepalived takes a script that anybody may write"
# shellcheck disable=SC2016  # expanded by the inner shell
in_host 1 unshare -m sh -c 'mount -t tmpfs -o mode=0755 none /usr/libexec && mkdir /usr/libexec/keepalived &&
  install -m 0755 "$1/ours-check" /usr/libexec/keepalived/check_apiserver.sh && keepalived -t -f "$1/ours-1.conf"' sh "$WORK"

step "containerd: nvidia's runtime as the default, in the wrong table and in a file of its own"
golden master-gpu /etc/containerd/config.toml > "$WORK/ours.toml"
printf 'version = 2\ndefault_runtime_name = "nvidia"\n' > "$WORK/top.toml"
cat > "$WORK/main.toml" << TOML
version = 2
imports = ["$WORK/dropin.toml"]
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "registry.k8s.io/pause:3.10.1"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = true
TOML
cat > "$WORK/dropin.toml" << 'TOML'
version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "nvidia"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
runtime_type = "io.containerd.runc.v2"
TOML
# dumped NAME LINE: whether containerd understands that file so.
dumped() {
  "$containerd" --config "$WORK/$1.toml" config dump > "$WORK/dump" 2> "$WORK/dump.log"
  sed 's/^ *//' "$WORK/dump" > "$WORK/lines"
  grep -qxF "$2" "$WORK/lines"
}
dumped top 'default_runtime_name = "runc"' || fail "a default runtime at the top is heard"
! dumped main 'sandbox_image = "registry.k8s.io/pause:3.10.1"' || fail "a file of its own keeps the sandbox image"
! dumped main 'SystemdCgroup = true' || fail "a file of its own keeps the cgroup driver"
for line in 'default_runtime_name = "nvidia"' 'sandbox_image = "registry.k8s.io/pause:3.10.1"' 'SystemdCgroup = true'; do
  dumped ours "$line" || fail "ours lacks: $line"
done
step "all good"
