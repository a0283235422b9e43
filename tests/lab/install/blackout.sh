#!/usr/bin/env bash
# All hosts of a site lose their power in the same second, and come back in any order, once without one of the masters: the cluster is well
# again without a command.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

step "a whole site"
five_hosts
whole_site

# Something to lose.
kubectl_on create configmap kept --from-literal=answer=42

# is_answering NUMBER: the API, through the virtual address, as that host sees it.
is_answering() { [ "$(at "$1" curl -sk --noproxy '*' --max-time 3 https://10.99.0.100:6553/readyz)" = ok ]; }

# are_ready NUMBER…: these nodes, by the first of them that is a master.
are_ready() {
  local number ready
  ready=$(ON=node$1 kubectl_on get nodes --no-headers 2> /dev/null | awk '$2 == "Ready" { print $1 }')
  for number; do
    grep -qx "${NAMES[$number]}" <<< "$ready" || return 1
  done
}

is_well() { at 1 bundle status --cluster > "$WORK/status" 2>&1; }

# boot NUMBER…: one after the other, as fast as they come.
boot() {
  local number
  for number; do
    hosts up --only "node$number" >&2
  done
}

# blackout LATE NUMBER…: all lose their power; they come back in this order, host LATE only when the others are well (0: none is late).
blackout() {
  local late=$1 began order=("${@:2}") awake=() number
  for number in "${order[@]}"; do
    [ "$number" = "$late" ] || awake+=("$number")
  done
  step "all lose their power; they come back as ${order[*]}, late: $late"
  hosts cut node1 node2 node3 node4 node5
  began=$SECONDS
  boot "${awake[@]}"
  PATIENCE=300 until_true is_answering "${awake[0]}" || fail "the API does not answer"
  echo "    the API answers after $((SECONDS - began)) s"
  local master
  for master in "${awake[@]}"; do
    [ "$master" -gt 3 ] || break
  done
  PATIENCE=300 until_true are_ready "$master" "${awake[@]}" || fail "not Ready: $(ON=node$master kubectl_on get nodes)"
  echo "    ${#awake[@]} nodes are Ready after $((SECONDS - began)) s"
  if [ "$late" != 0 ]; then
    boot "$late"
    PATIENCE=300 until_true are_ready "$master" 1 2 3 4 5 || fail "not Ready: $(ON=node$master kubectl_on get nodes)"
    echo "    all nodes are Ready after $((SECONDS - began)) s"
  fi
  PATIENCE=300 until_true all_pods_run || fail "pods do not run: $(cat "$WORK/pods")"
  PATIENCE=120 until_true is_well || fail "the cluster is not well: $(cat "$WORK/status")"
  [ "$(kubectl_on get configmap kept -o 'jsonpath={.data.answer}')" = 42 ] || fail "an object is lost"
  echo "    all is well after $((SECONDS - began)) s"
}

blackout 0 1 2 3 4 5
blackout 0 5 4 3 2 1
blackout 1 4 2 5 3 1
quiet_outside
step "all good"
