#!/usr/bin/env bash
# A person on site follows docs/site-guide.md, command by command.
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
step "all good"
