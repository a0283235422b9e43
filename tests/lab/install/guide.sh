#!/usr/bin/env bash
# A person on site follows docs/site-guide.md, command by command: on one host to the end, then through the hosts of a site.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a bare host"
good_stick
new_host "$WORK/stick"
python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/site-guide.md" > "$WORK/commands"
grep -q 'bundle undo --all' "$WORK/commands"

step "the page's commands"
# In its own folder: the page ends with a file to carry back.
{
  echo "cd /root; DIR=$STICK/bundle KEY=/root/site.pub KEYID=$SERIAL"
  cat "$WORK/commands"
} | on tee /root/typed > /dev/null
expect_exit 0 on bash /root/typed
expect_words "Verified OK" "this host is ready" "kubeadm init --config" "is a master of the cluster" "kube-apiserver-node1" "undone: healthy"
on test -s /root/facts.json

step "the hosts of a site"
hosts down
cat > "$WORK/site.yml" << 'YAML'
cluster: {name: site-a, endpoint: "10.99.0.100:6553", podSubnet: 10.50.0.0/16, serviceSubnet: 10.60.0.0/16}
vip: {address: 10.99.0.100/24, virtualRouterId: 77}
nodes:
  - {name: m1, address: 10.99.0.11, roles: [master, lb]}
  - {name: m2, address: 10.99.0.12, roles: [master, lb]}
  - {name: w1, address: 10.99.0.13, roles: [worker]}
YAML
site_hosts "$WORK/site.yml" 3

# type_page NODE MARK…: what the page has for it, below what it says of the installer.
type_page() {
  local mark
  {
    echo "cd /root; DIR=$STICK/bundle KEY=/root/site.pub KEYID=$SERIAL"
    for mark in "${@:2}"; do
      python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/site-guide.md" "$mark" | sed '/bundle preflight "$DIR" --key "$KEY" --role master/,$d'
    done
  } | ON=$1 on tee /root/typed > /dev/null
  ON=$1 expect_exit 0 on bash /root/typed
}

type_page node1 console "console first"
carry /root/join.yml 2
carry /root/JOIN.key 2
type_page node2 console "console master"
carry /root/worker.yml 3
type_page node3 console "console worker"
type_page node1 "console last"
expect_words "all is well" m1 m2 w1
ON=node3 expect_exit 0 on bundle undo --all
expect_words "bundle forget w1"
type_page node1 "console gone"
expect_words "forgotten: the node w1"
step "all good"
