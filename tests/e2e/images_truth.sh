#!/usr/bin/env bash
# `bundle images` against the charts and manifests whose image closures are known, row by row: every required
# reference is found, nothing else is printed, and nothing is left undecided.
source "$(dirname "$0")/../support/e2e.sh"
need python3
upstream=$SHARED/upstream
[ -f "$upstream/truth/index.tsv" ] || skip "no $upstream/truth (set BUNDLE_SHARED)"

helm=$(command -v helm || find "${XDG_CACHE_HOME:-$HOME/.cache}/bundle-lab" -name 'helm-v*' -type f -perm -u+x 2>/dev/null | sort | tail -n 1)
[ -n "$helm" ] || skip "no helm in PATH or in the lab's cache (scripts/lab upstream up fetches one)"

# compare TRUTH FOUND: says what is missing and what is too much; tag and digest match where both have them.
compare() {
  python3 - "$1" "$2" <<'PYTHON'
import sys


def split(reference):
    name, _, digest = reference.partition("@")
    head, colon, tag = name.rpartition(":")
    return (head, tag, digest) if colon and "/" not in tag else (name, "", digest)


def same(a, b):
    (name_a, *rest_a), (name_b, *rest_b) = split(a), split(b)
    both = [(x, y) for x, y in zip(rest_a, rest_b) if x and y]
    return name_a == name_b and bool(both) and all(x == y for x, y in both)


with open(sys.argv[1], encoding="utf-8") as truth:
    rows = [line.rstrip("\n").split("\t") for line in truth][1:]
with open(sys.argv[2], encoding="utf-8") as found:
    got = found.read().split()
missing = [row[0] for row in rows if row[1] != "optional" and not any(same(row[0], g) for g in got)]
false = [g for g in got if not any(same(row[0], g) for row in rows)]
for reference in missing:
    print("missing", reference)
for reference in false:
    print("false", reference)
sys.exit(bool(missing or false))
PYTHON
}

rows=0
while IFS=$'\037' read -r name _ files values _; do  # not tabs: read would skip empty fields
  [ "$name" != name ] || continue
  arguments=()
  IFS=, read -ra list <<<"$files"
  for file in "${list[@]}"; do
    arguments+=("$upstream/$file")
  done
  [ -z "$values" ] || arguments+=(--values "$upstream/$values")
  expect_exit 0 bundle images "${arguments[@]}" --kube-version 1.34.5 --target rhel-8.10 --helm "$helm"
  cp "$TMP/out" "$TMP/found"
  sort -c "$TMP/found"
  compare "$upstream/truth/$name.images.tsv" "$TMP/found" || fail "$name differs from the truth"
  rows=$((rows + 1))
done < <(tr '\t' '\037' <"$upstream/truth/index.tsv")
[ "$rows" -gt 0 ] || fail "the index has no rows"

# Without the target the driver's name stays open: decided names are printed, the stem is not, and it is exit 9.
chart=$(find "$upstream/charts" -name 'gpu-operator-*.tgz')
expect_exit 9 bundle images "$chart" --kube-version 1.34.5 --helm "$helm"
expect_text nvcr.io/nvidia/gpu-operator "$TMP/out"
expect_text "give --target" "$TMP/err"
! grep -q '/driver' "$TMP/out" || fail "the bare stem was printed"
expect_exit 0 bundle images "$chart" --kube-version 1.34.5 --helm "$helm" --lenient --all
expect_text $'\toff\t' "$TMP/out"
expect_exit 2 bundle images "$chart" --helm "$helm"
expect_text "--kube-version" "$TMP/err"
expect_exit 0 bundle images "$chart" --kube-version 1.34.5 --helm "$helm" --lenient -o json
python3 -c 'import json, sys; rows = json.load(open(sys.argv[1])); assert {"image", "class", "place", "reason", "state"} == set(rows[0])' "$TMP/out"
# What pods download when they run is a question of its own.
printf 'ollama: {models: {pull: ["llama3.2:1b"]}}\n' >"$TMP/pull.yaml"
chart=$(find "$upstream/charts" -name 'ollama-*.tgz')
expect_exit 9 bundle images "$chart" --values "$TMP/pull.yaml" --kube-version 1.34.5 --helm "$helm"
expect_text "ollama pull llama3.2:1b\` downloads when it runs" "$TMP/err"
expect_text "carry the model in files:" "$TMP/err"
echo "$rows rows of the truth are met"
