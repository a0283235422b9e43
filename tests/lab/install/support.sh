# shellcheck shell=bash
# For the scenarios of an installation: one bare host, a stick with a signed bundle, and what a person would type. Sourced with ROOT set.
# Results are lines on stdout; details lie in the log that scripts/lab test keeps. Exit 125: skipped, with the reason on the last line.
source "$ROOT/tests/lab/support.sh"
trap 'echo "${BASH_SOURCE[0]##*/}:$LINENO: failed: $BASH_COMMAND" >&2' ERR

BIN=${BUNDLE_BIN:-$ROOT/build/release/bin}
STICK=/media/stick

# step WORDS: what comes now, with the seconds so far.
step() { echo "== $* (${SECONDS} s)"; }

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# build_cluster_bundle FOLDER: FOLDER/bundle of the cluster set, signed with FOLDER/site.key; FOLDER/older, a version before it, with less in it;
# FOLDER/base: the RPMs that a bare host has. The upstreams run only as long as that takes. 125: Kubernetes is not built.
build_cluster_bundle() {
  local lab=$1/lab version
  "$ROOT/tests/lab/kubernetes/build" --cached kubernetes etcd coredns flannel flannel-cni containerd-1.7 pause > /dev/null ||
    skip "Kubernetes is not built yet (a quarter of an hour, once): tests/lab/kubernetes/build"
  mkdir -p "$1"
  "$ROOT/scripts/lab" upstream up --set cluster --dir "$lab"
  "$BIN/bundle" keygen --no-passphrase "$1/site" > /dev/null
  "$BIN/bundle" keygen --no-passphrase "$1/foreign" > /dev/null
  version=$(sed -n 's/^version: //p' "$lab/versions.yml")
  "$BIN/bundle" build "$lab/versions.yml" --mirrors "$lab/mirrors.yml" --key "$1/site.key" --part-size 64MiB --out "$1/bundle" -q
  sed -e "s/^version: $version$/version: 2026.10.0/" -e /keepalived-haproxy/d "$lab/versions.yml" > "$lab/older.yml"
  "$BIN/bundle" build "$lab/older.yml" --mirrors "$lab/mirrors.yml" --key "$1/site.key" --part-size 64MiB --out "$1/older" --reuse "$1/bundle" -q
  "$ROOT/scripts/lab" upstream down --dir "$lab"
  ln -sfn lab/base "$1/base"
}

# start_scenario: sets CLUSTER (made by build_cluster_bundle) and WORK; skips when the installer or the lab cannot be had.
start_scenario() {
  [ "$(id -u)" = 0 ] || skip "hosts need root"
  "$ROOT/scripts/lab" hosts ready || skip "the hosts' root is not made yet: scripts/lab hosts root makes it in some minutes"
  "$BIN/bundle-onsite" --help | grep -q '^  install ' || skip "there is no installer in $BIN yet"
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/lab-test.XXXXXX")
  SITE=$WORK/site
  trap stop_hosts EXIT
  CLUSTER=${BUNDLE_CLUSTER:-}
  if [ -z "$CLUSTER" ]; then
    CLUSTER=$WORK/cluster
    build_cluster_bundle "$CLUSTER"
  fi
  SERIAL=$(key_id "$CLUSTER/bundle")
}

# key_id BUNDLE: of the key that signed it.
key_id() { basename "$1"/bundle.json.*.sig | cut -d. -f3; }

# new_host STICK-FOLDER [OPTION…]: a bare host node1 (with options of hosts up), the one before it is gone; the public key comes by hand.
new_host() {
  [ ! -e "$SITE/state.json" ] || hosts down
  hosts up --stick "$1" --base "$CLUSTER/base" "${@:2}" >&2
  on tee /root/site.pub < "$CLUSTER/site.pub" > /dev/null
}

# good_stick: makes $WORK/stick with bundle/ and older/, hard links of the cluster's: replace files, never write into them.
good_stick() {
  mkdir "$WORK/stick"
  cp -al "$CLUSTER/bundle" "$CLUSTER/older" "$WORK/stick/"
}

# on COMMAND…: runs it on node1, or the host that ON names.
on() { hosts run "${ON:-node1}" "$@"; }

# kubectl_on ARGUMENT…: as root of the first master would.
kubectl_on() { on kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }

# trust_installer BUNDLE: what the printed page says comes before anything else: copy the installer, check the copy with openssl, put
# that into PATH.
trust_installer() {
  on cp "$1/bundle" /root/bundle &&
    on openssl dgst -sha256 -verify /root/site.pub -signature "$1/bundle.$SERIAL.sig" /root/bundle &&
    on install -m 0755 /root/bundle /usr/local/bin/bundle
}

# install_on: bundle install of the stick's bundle as master.
install_on() { on bundle install "$STICK/bundle" --key /root/site.pub --role master; }

# expect_exit CODE COMMAND…: its output is in $WORK/output, and shown.
expect_exit() {
  local wanted=$1 status=0
  shift
  "$@" > "$WORK/output" 2>&1 < /dev/null || status=$?
  sed 's/^/    /' "$WORK/output"
  [ "$status" = "$wanted" ] || fail "exit code $status instead of $wanted of: $*"
}

# expect_words WORD…: each is in the output of the last expect_exit.
expect_words() {
  local word
  for word; do
    grep -qiF -- "$word" "$WORK/output" || fail "'$word' is not in the output"
  done
}

# snapshot NAME [PATH…]: every file, link and folder of node1's disk with owner, mode, size, time and content, and its settings, into
# $WORK/NAME. Left out are PATHs (patterns), and what a running host writes by itself without anybody typing anything.
snapshot() { on bash -s -- "%m %U:%G %s %T@ %l" "${@:2}" < "$ROOT/tests/lab/install/snapshot" > "$WORK/$1"; }

# contents NAME [PATH…]: the same without sizes and times: what is equal here may have been written anew.
contents() { on bash -s -- "%m %U:%G %l" "${@:2}" < "$ROOT/tests/lab/install/snapshot" > "$WORK/$1"; }

# snapshot_installed NAME: a snapshot of a host with a cluster on it, without what that writes all the time, and without the installer's logs
# of what it asked the host; with the pods.
snapshot_installed() {
  snapshot "$1" '/var/lib/bundle/log/*' /var/lib/etcd /var/lib/kubelet '/var/lib/containerd/*' /var/log '/data/*' '/tmp/*'
  kubectl_on get pods -A -o 'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{"\n"}{end}' >> "$WORK/$1"
}

# end_state NAME [PATH…]: what an installation has made of the host, as far as two of them must be equal: not keys, certificates, caches, logs
# and backups, nor the lock files that useradd leaves when the power goes, nor PATHs.
end_state() {
  contents "$1" /var/lib/etcd /var/lib/kubelet '/var/lib/containerd/*' /var/log /var/cache '/data/*' '/tmp/*' '/etc/kubernetes/pki/*' \
    '/etc/kubernetes/*.conf' '/var/lib/rpm/*' '/var/lib/dnf/*' '/var/lib/bundle/journal*' '/var/lib/bundle/log*' '/var/lib/bundle/backup/*' \
    '/var/lib/bundle/kubectl/*' '/var/lib/bundle/home/.kube/*' '/var/lib/bundle/dnf/cache/*' '/root/.kube/*' '/var/lib/cni/*' '/var/tmp/*' '/etc/*-' \
    /etc/ld.so.cache /etc/machine-id '/etc/*shadow.[0-9]*' "${@:2}"
  {
    on rpm -qa | sort
    on ctr -n k8s.io images ls | awk 'NR > 1 { print $1, $3, $NF }' | sort
    ON=node1 kubectl_on get nodes --no-headers | awk '{ print $1, $2, $3, $5 }'
    ON=node1 kubectl_on get deployments,daemonsets -A --no-headers | awk '{ print $1, $2, $3 }'
  } >> "$WORK/$1"
}

# What an undo does not give back, each with its reason:
bare_exceptions=(
  '/var/lib/bundle*'                       # the journal stays and says what was done and undone
  '/var/lib/rpm/*' '/var/lib/dnf/*'        # databases and their history: packages are compared by name
  '/var/cache/*' '/var/log/*'              # logs and caches of dnf
  /etc/ld.so.cache                         # made anew by every package with a library
  '/etc/passwd*' '/etc/group*' '/etc/shadow*' '/etc/gshadow*' # users that packages make in %pre; RPM never removes them
  '/tmp/systemd-private-*' '/var/tmp/systemd-private-*' # of services, with the number of this boot in their names
  /usr/lib/modules                         # a mount point that the kubelet makes for pods; any Enterprise Linux has it
  /usr/local/bin/bundle                    # the program itself, put there by hand
)

# bare_state NAME: what must be equal before an installation and after its undo.
bare_state() {
  contents "$1" "${bare_exceptions[@]}"
  {
    on rpm -qa | sort
    on systemctl list-units --no-legend --no-pager --plain --type=service --state=running | awk '{ print $1 }' | sort
    on ip -brief link show | awk '{ sub(/@.*/, "", $1); print $1 }' | sort
  } >> "$WORK/$1"
}

# leader_of HOST: its first process, as seen from here.
leader_of() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["hosts"][sys.argv[2]]["leader"])' "$SITE/state.json" "$1"; }

# expect_same BEFORE AFTER: two snapshots do not differ.
expect_same() {
  if ! diff "$WORK/$1" "$WORK/$2" > "$WORK/difference"; then
    head -40 "$WORK/difference"
    fail "the host is not as it was: $(grep -c '^[<>]' "$WORK/difference") lines differ"
  fi
  echo "    no difference in $(wc -l < "$WORK/$1") lines"
}

# journal ACTION …: of node1's journal, or that of the host that ON names, read from its disk.
journal() { python3 "$ROOT/tests/lab/install/journal.py" "$1" "$SITE/${ON:-node1}/root/var/lib/bundle/journal" "${@:2}"; }

# journal_records: lines `EVENT STEP`.
journal_records() { journal records; }

# is_ready: the node is Ready.
is_ready() { kubectl_on get nodes -o 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}' 2> /dev/null | grep -qx True; }

# until_ready: the node is Ready and every pod runs; some minutes, after a boot.
until_ready() { PATIENCE=300 until_true is_ready && PATIENCE=300 until_true all_pods_run; }

all_pods_run() {
  kubectl_on get pods -A --no-headers > "$WORK/pods" 2> /dev/null && [ -s "$WORK/pods" ] &&
    [ -z "$(awk '{ split($3, ready, "/"); if (ready[1] != ready[2] || $4 != "Running") print }' "$WORK/pods")" ]
}

# begin_install [COMMAND…]: install_on, or this, in the background: INSTALL is its pid, its output goes to $WORK/output.
begin_install() {
  "${@:-install_on}" > "$WORK/output" 2>&1 < /dev/null &
  INSTALL=$!
}

# wait_for_record KNOWN EVENT STEP: until the journal has it behind its first KNOWN records, or the installation ends: then 1.
wait_for_record() { journal wait "$@" "$INSTALL"; }

# end_install CODE…: waits for begin_install's, which ends with one of these, and shows what it said.
end_install() {
  local status=0
  wait "$INSTALL" || status=$?
  sed 's/^/    /' "$WORK/output"
  [[ " $* " = *" $status "* ]] || fail "bundle install ended with $status instead of $*"
}

# timed_install COMMAND…: as begin_install, to its end; lines `STEP SECONDS` in $WORK/steps.
timed_install() {
  begin_install "$@"
  journal watch "$INSTALL" > "$WORK/times"
  end_install 0
  awk '$2 == "begin" && !($3 in at) { at[$3] = $1; order[++count] = $3 } $2 == "done" { took[$3] = $1 - at[$3] }
    END { for (i = 1; i <= count; i++) printf "%s %.2f\n", order[i], took[order[i]] }' "$WORK/times" > "$WORK/steps"
  [ -s "$WORK/steps" ]
  sed 's/^/    /' "$WORK/steps"
}

# is_done_there STEP: the journal on the disk ends with it done.
is_done_there() { journal_records | awk -v step="$1" '$2 == step { last = $1 } END { exit last != "done" }'; }

# cut_at EVENT "STEP LATER…" SECONDS COMMAND…: begins the installation, waits for that record and SECONDS more, cuts the power, starts the
# host again. Counts in CUTS, IN_THE_MIDDLE and FAILURES.
cut_at() {
  local known last step=${2%% *} host=${ON:-node1}
  if is_done_there "$step"; then
    return
  fi
  known=$(journal_records | wc -l)
  begin_install "${@:4}"
  if ! journal cut "$known" "$1" "$2" "$INSTALL" "$3" "$SITE/$host/root"; then
    # The boot itself has brought what was left to be waited for.
    end_install 0
    return
  fi
  hosts cut "$host"
  wait "$INSTALL" 2> /dev/null || true
  hosts up || { tail -n 30 "$SITE/$host/console.log" && fail "$host does not boot after cut $((CUTS + 1))"; }
  CUTS=$((CUTS + 1))
  last=$(journal_records | tail -1)
  case $last in
    begin* | mark*) IN_THE_MIDDLE=$((IN_THE_MIDDLE + 1)) ;;
    failed*) FAILURES=$((FAILURES + 1)) && tail -n 30 "$WORK/output" ;;
  esac
  echo "    cut $CUTS, $3 s after '$1 $step'; the last record on the disk: $last (${SECONDS} s)"
}

# cut_install COMMAND…: an installation whose power is cut in the middle of each step of $WORK/steps and after it.
cut_install() {
  local i later percent names durations
  CUTS=0 IN_THE_MIDDLE=0 FAILURES=0
  mapfile -t names < <(cut -d' ' -f1 "$WORK/steps")
  mapfile -t durations < <(cut -d' ' -f2 "$WORK/steps")
  for i in "${!names[@]}"; do
    later="${names[*]:i}"
    for percent in 20 50 80; do
      # One cut is enough in what takes no time.
      [ $percent = 50 ] || [ "${durations[i]%.*}" -ge 3 ] || continue
      cut_at begin "$later" "$(awk -v seconds="${durations[i]}" -v percent=$percent 'BEGIN { printf "%.2f", seconds * percent / 100 }')" "$@"
    done
    cut_at "done" "$later" 0 "$@"
  done
  echo "$CUTS power cuts, $IN_THE_MIDDLE of them inside a step"
  [ "$IN_THE_MIDDLE" -gt 0 ]
}

# A whole site: two masters that are balancers, one that is none, a worker, a node for GPUs; NAMES are those of node1 to node5.
PASSPHRASE="correct horse battery staple"
# shellcheck disable=SC2034  # for the scenarios
NAMES=([1]=m1 [2]=m2 [3]=m3 [4]=w1 [5]=g1)

site_of_five() {
  cat << 'YAML'
cluster: {name: site-a, endpoint: "10.99.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.99.0.100/24, virtualRouterId: 77}
nodes:
  - {name: m1, address: 10.99.0.11, roles: [master, lb]}
  - {name: m2, address: 10.99.0.12, roles: [master, lb]}
  - {name: m3, address: 10.99.0.13, roles: [master]}
  - {name: w1, address: 10.99.0.14, roles: [worker], labels: {zone: north}}
  - {name: g1, address: 10.99.0.15, roles: [gpu], group: gpu-3060, labels: {gpu: "true"}}
nodeGroups:
  gpu-3060:
    labels: {card: "3060", gpu: "false"}
    taints: ["gpu=true:NoSchedule"]
    kubelet: {maxPods: 20, systemReserved: {cpu: 250m, memory: 128Mi}, kubeReserved: {memory: 64Mi}}
YAML
}

# masters_of_site COUNT [LINE…]: so many masters on which pods run become a cluster, of which the first two are balancers; with these lines of
# site.yml as well.
masters_of_site() {
  local number
  {
    echo 'cluster: {name: site-a, endpoint: "10.99.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}'
    echo 'vip: {address: 10.99.0.100/24, virtualRouterId: 77}'
    echo 'nodes:'
    for ((number = 1; number <= $1; number++)); do
      echo "  - {name: m$number, address: 10.99.0.1$number, roles: [master$([ $number -gt 2 ] || echo , lb)], schedulable: true}"
    done
    [ $# = 1 ] || printf '%s\n' "${@:2}"
  } > "$WORK/site.yml"
  good_stick
  site_hosts "$WORK/site.yml" "$1"
  for ((number = 1; number <= $1; number++)); do
    ON=node$number trust_installer "$STICK/bundle"
  done
  expect_exit 0 install_at 1
  at 1 bundle join-info --role master -o /root/join.yml --passphrase-file /root/passphrase
  for ((number = 2; number <= $1; number++)); do
    expect_exit 0 join_master $number
  done
  PATIENCE=300 until_true all_pods_run
}

# at NUMBER COMMAND…: runs it on that host.
at() { hosts run "node$1" "${@:2}"; }

# carry FILE NUMBER: from the first master to another host, as a person does.
carry() { at 1 cat "$1" | at "$2" sh -c "umask 077; cat > $1"; }

# site_hosts SITE-FILE COUNT: so many bare hosts with the stick, and on each what a person brings there apart from it.
site_hosts() {
  local number
  hosts up --count "$2" --stick "$WORK/stick" --base "$CLUSTER/base" >&2
  for ((number = 1; number <= $2; number++)); do
    bring_along "$number" "$1"
  done
}

# bring_along NUMBER SITE-FILE: to that host the public key, site.yml, the passphrase.
bring_along() {
  at "$1" tee /root/site.pub < "$CLUSTER/site.pub" > /dev/null
  at "$1" tee /root/site.yml < "$2" > /dev/null
  at "$1" sh -c "umask 077; echo '$PASSPHRASE' > /root/passphrase"
}

# five_hosts: those of the site of five, as the sed script SITE_EDIT edits it, with the installer.
five_hosts() {
  local number
  good_stick
  site_of_five | sed -e "${SITE_EDIT:-}" > "$WORK/site.yml"
  site_hosts "$WORK/site.yml" 5
  for number in 1 2 3 4 5; do
    ON=node$number trust_installer "$STICK/bundle"
  done
}

# whole_site: five_hosts become the site of five, with all that its bundle has. The join files stay on the first master.
whole_site() {
  local number
  expect_exit 0 install_at 1
  at 1 bundle join-info --role master -o /root/join.yml --passphrase-file /root/passphrase
  at 1 bundle join-info --role worker --ttl 1d -o /root/worker.yml
  for number in 2 3; do
    expect_exit 0 join_master $number
  done
  for number in 4 5; do
    expect_exit 0 join_worker $number
  done
  expect_exit 0 install_at 1
  PATIENCE=300 until_true all_pods_run
}

# etcd_members: what etcd says of them, on the first master.
etcd_members() {
  local keys=/etc/kubernetes/pki/etcd
  kubectl_on -n kube-system exec etcd-m1 -- etcdctl --cacert=$keys/ca.crt --cert=$keys/server.crt --key=$keys/server.key \
    --endpoints=https://127.0.0.1:2379 member list
}

# install_at NUMBER OPTION…
install_at() { at "$1" bundle install "$STICK/bundle" --key /root/site.pub --site /root/site.yml "${@:2}"; }

# join_master NUMBER: with the files that the first master has minted.
join_master() {
  carry /root/join.yml "$1" &&
    carry /root/JOIN.key "$1" &&
    install_at "$1" --join /root/join.yml --join-key /root/JOIN.key --passphrase-file /root/passphrase
}

# join_worker NUMBER: the same for a worker, or a node for GPUs that has none.
join_worker() {
  local more=()
  [ "$1" != 5 ] || more=(--allow-no-gpu)
  carry /root/worker.yml "$1" && install_at "$1" --join /root/worker.yml "${more[@]}"
}
