#!/usr/bin/env bash
# The first year of two masters: certificates that end soon are renewed by the timer's unit, with no gap of the API longer than a restart; a
# renewal that fails changes nothing and is seen; one that is cut off is finished by the next.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

# days_left: lines `DAYS FILE` of every certificate of kubeadm's on that master, in files, kubeconfigs and as served; by openssl.
days_left() {
  at "$1" bash -s "10.99.0.1$1" << 'SH'
set -euo pipefail
left() { echo "$((($(date -d "$(openssl x509 -noout -enddate | cut -d= -f2)" +%s) - $(date +%s)) / 86400)) $1"; }
cd /etc/kubernetes
for file in $(find pki -name '*.crt' ! -name '*ca.crt'); do left $file < $file; done
for file in admin.conf super-admin.conf controller-manager.conf scheduler.conf /root/.kube/config; do
  [ ! -e $file ] || sed -n 's/^ *client-certificate-data: //p' $file | base64 -d | left $file
done
openssl s_client -connect 127.0.0.1:6443 < /dev/null 2> /dev/null | left served:6443
keys=pki/etcd/healthcheck-client
for port in 2379 2380; do
  openssl s_client -connect "$1:$port" -cert $keys.crt -key $keys.key < /dev/null 2> /dev/null | left served:$port
done
SH
}

# all_between NUMBER LEAST MOST: every certificate of that master has so many days left.
all_between() {
  days_left "$1" > "$WORK/days"
  [ "$(wc -l < "$WORK/days")" -ge 14 ] || fail "only these certificates were seen: $(cat "$WORK/days")"
  awk -v least="$2" -v most="$3" '$1 < least || $1 > most { print; bad = 1 } END { exit bad }' "$WORK/days" ||
    fail "certificates of node$1 do not end in $2 to $3 days"
  echo "    node$1: $(wc -l < "$WORK/days") certificates end in $(sort -n "$WORK/days" | sed -n '1s/ .*//p;$s/ .*//p' | xargs | tr ' ' -) days"
}

shorten() { at "$1" bash -s "$2" < "$ROOT/tests/lab/install/shorten"; }

# keys_of NUMBER: what a renewal that fails must leave as it is.
keys_of() { at "$1" sh -c 'cd /etc/kubernetes && ls -lR --time-style=full-iso . && find . -type f | sort | xargs sha256sum && sha256sum /root/.kube/config'; }

# poll: asks the API through the virtual address twice a second until $WORK/polling is gone; lines `SECONDS ok|bad`.
poll() {
  : > "$WORK/polling"
  while [ -e "$WORK/polling" ]; do
    if [ "$(curl_api)" = ok ]; then echo "$EPOCHREALTIME ok"; else echo "$EPOCHREALTIME bad"; fi >> "$WORK/polls"
    sleep 0.5
  done
}
curl_api() { at 2 curl -sk --noproxy '*' --max-time 3 https://10.99.0.100:6553/readyz 2> /dev/null || true; }
start_polling() {
  : > "$WORK/polls"
  poll &
  POLLER=$!
}

has_polled() { [ "$(grep -c ok "$WORK/polls")" -ge 10 ]; }

# stop_polling: GAP is the longest time from one good answer to the next, in seconds.
stop_polling() {
  PATIENCE=60 until_true has_polled
  rm "$WORK/polling"
  wait $POLLER
  GAP=$(awk '$2 == "ok" { if (last && $1 - last > gap) gap = $1 - last; last = $1 } END { printf "%.1f\n", gap }' "$WORK/polls")
}

# no_longer_than GAP MOST: both in seconds.
no_longer_than() { awk -v gap="$1" -v most="$2" 'BEGIN { exit !(gap <= most) }' || fail "a gap of $1 s, more than $2 s"; }

# is_ready_at NUMBER: the API server of that master.
is_ready_at() { [ "$(at "$1" curl -sk --noproxy '*' --max-time 3 https://127.0.0.1:6443/readyz 2> /dev/null)" = ok ]; }

is_silent_at() { ! is_ready_at "$1"; }

is_well() { at 1 bundle status --cluster > "$WORK/status" 2>&1; }

# has_failed NUMBER: the unit has, and nothing of it runs any more.
has_failed() { [ "$(at "$1" systemctl show --property ActiveState --value bundle-certificates)" = failed ]; }

step "two masters, which are both balancers"
masters_of_site 2

step "the timers are on, and the kubelets' own certificates are renewed by themselves"
for number in 1 2; do
  for unit in bundle-certificates bundle-etcd-snapshots; do
    at $number systemctl is-active $unit.timer
    at $number systemd-analyze verify /etc/systemd/system/$unit.service /etc/systemd/system/$unit.timer
  done
  at $number grep -qx 'rotateCertificates: true' /var/lib/kubelet/config.yaml
  at $number grep -q 'client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem' /etc/kubernetes/kubelet.conf
  at $number sh -c '! grep -q client-certificate-data /etc/kubernetes/kubelet.conf'
done
all_between 1 360 365

step "with a year left nothing is renewed; the page's commands"
keys_of 1 > "$WORK/before"
python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/site-guide.md" "console year" | at 1 tee /root/typed > /dev/null
expect_exit 0 at 1 bash /root/typed
expect_words bundle-certificates.timer bundle-etcd-snapshots.timer
[ "$(at 1 ls /var/backups/etcd | wc -l)" = 1 ]
keys_of 1 > "$WORK/after"
expect_same before after

step "with 20 days left status --cluster says so"
for number in 1 2; do
  shorten $number 20
  all_between $number 19 20
done
expect_exit 8 at 1 bundle status --cluster
expect_words "ends in 19 days" "systemctl start bundle-certificates"

step "a renewal without the CA's key fails, changes nothing, and is seen"
at 1 mv /etc/kubernetes/pki/ca.key /root/ca.key
keys_of 1 > "$WORK/before"
start_polling
! at 1 systemctl start bundle-certificates || fail "the renewal did not fail"
stop_polling
keys_of 1 > "$WORK/after"
expect_same before after
no_longer_than "$GAP" 5
expect_exit 8 at 1 bundle status --cluster
expect_words "renewal of the certificates" "kubeadm did not renew"
at 1 mv /root/ca.key /etc/kubernetes/pki/ca.key

step "how long a restart of one master's etcd and API server is felt"
start_polling
for component in etcd kube-apiserver; do
  at 1 bash -s $component << 'SH'
for id in $(ctr -n k8s.io containers ls -q "labels.\"io.kubernetes.container.name\"==$1"); do
  ctr -n k8s.io tasks kill --signal SIGTERM $id 2> /dev/null
done
true
SH
  PATIENCE=120 until_true is_silent_at 1
  PATIENCE=120 until_true is_ready_at 1
done
stop_polling
restart=$GAP
# The kubelet makes a container that ended twice wait, until it is started anew itself.
at 1 systemctl restart kubelet
echo "    a restart by hand: $restart s"

step "both masters renew at once: one after the other"
start_polling
at 1 systemctl start bundle-certificates &
first=$!
at 2 systemctl start bundle-certificates &
second=$!
wait $first
wait $second
stop_polling
echo "    the longest gap while two masters renewed: $GAP s; a restart by hand: $restart s"
for number in 1 2; do
  all_between $number 360 365
  at $number journalctl -u bundle-certificates -o cat --no-pager | tail -12 | sed 's/^/    /'
  at $number kubectl get nodes
  at $number test ! -e /etc/kubernetes/renewal
  at $number test ! -e /etc/kubernetes/renewal.partial
done
no_longer_than "$GAP" "$(awk -v restart="$restart" 'BEGIN { print restart + 10 }')"
PATIENCE=120 until_true is_well
expect_exit 0 at 2 bundle status --cluster

step "a renewal that is killed when the new certificates come into use is finished by the next"
shorten 1 20
at 1 systemctl start --no-block bundle-certificates
PATIENCE=60 until_true at 1 test -d /etc/kubernetes/renewal
at 1 systemctl kill -s KILL bundle-certificates
PATIENCE=60 until_true has_failed 1
at 1 test -d /etc/kubernetes/renewal
PATIENCE=15 until_true at 1 kubectl get nodes # it may have been killed while its API server is down, which the balancer has yet to see
at 1 systemctl start bundle-certificates
all_between 1 360 365
at 1 test ! -e /etc/kubernetes/renewal
PATIENCE=15 until_true at 1 kubectl get nodes

step "a power cut there as well"
shorten 2 20
at 2 systemctl start --no-block bundle-certificates
PATIENCE=60 until_true at 2 test -d /etc/kubernetes/renewal
hosts cut node2
hosts up --only node2 >&2
PATIENCE=300 until_true is_ready_at 2
at 2 systemctl start bundle-certificates
all_between 2 360 365
PATIENCE=300 until_true is_well

step "installing again changes nothing; root's kubeconfig is still the installation's to take back"
for number in 1 2; do
  expect_exit 0 install_at $number
  expect_words "0 steps done"
done
expect_exit 0 at 1 bundle undo kubeconfig
at 1 test ! -e /root/.kube/config
expect_exit 0 install_at 1
expect_words "1 step done"

step "what the site turns off goes off, and undo takes the rest away"
at 2 sh -c 'echo "certificates: {renew: false}" >> /root/site.yml'
expect_exit 0 install_at 2
at 2 sh -c '! systemctl is-enabled bundle-certificates.timer'
at 2 systemctl is-active bundle-etcd-snapshots.timer
expect_exit 0 at 2 bundle undo --all
at 2 sh -c '! ls /etc/systemd/system/bundle-* /var/lib/systemd/timers/stamp-bundle-* 2> /dev/null'
quiet_outside
step "all good"
