#!/usr/bin/env bash
# What is not whole, not signed by a trusted key, or not for this site, is refused with exit 5 before the first write.
# A flipped bit in a payload is found before that entry is used; with --verify-first before the first write.
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
source "$ROOT/tests/lab/install/support.sh"
start_scenario

# variant NAME: a further copy of the bundle on the stick, of hard links as well.
variant() { cp -al "$CLUSTER/bundle" "$WORK/stick/$1" && VARIANT=$WORK/stick/$1; }

# altered FILE: replaces it by a copy that a filter made.
altered() { "${@:2}" < "$1" > "$1.new" && mv "$1.new" "$1"; }

flip_first() { python3 -c 'import sys; data = bytearray(sys.stdin.buffer.read()); data[0] ^= 1; sys.stdout.buffer.write(data)'; }
flip_middle() { python3 -c 'import sys; data = bytearray(sys.stdin.buffer.read()); data[len(data) // 2] ^= 1; sys.stdout.buffer.write(data)'; }

step "sticks with something wrong"
good_stick
parts=("$CLUSTER"/bundle/*.tar)
[ "${#parts[@]}" -ge 3 ]
first=${parts[0]##*/} second=${parts[1]##*/}
variant missing && rm "$VARIANT/$second"
variant swapped && mv "$VARIANT/$first" "$VARIANT/x" && mv "$VARIANT/$second" "$VARIANT/$first" && mv "$VARIANT/x" "$VARIANT/$second"
variant truncated && altered "$VARIANT/$second" head -c -512
older=("$CLUSTER"/older/*.tar)
[ "${#older[@]}" -le "${#parts[@]}" ]
# The last part holds RPMs: the older bundle has others.
other=${parts[${#older[@]} - 1]##*/}
variant other-part && cp --remove-destination "${older[-1]}" "$VARIANT/$other"
if cmp -s "$VARIANT/$other" "$CLUSTER/bundle/$other"; then fail "the older bundle's part is the same"; fi
variant header && altered "$VARIANT/$first" flip_first
variant foreign && rm "$VARIANT"/*.sig && "$BIN/bundle" sign "$VARIANT" --key "$CLUSTER/foreign.key" > /dev/null
variant unsigned && rm "$VARIANT"/bundle.json.*.sig
variant wrong-signature && altered "$VARIANT/bundle.json.$SERIAL.sig" flip_middle
variant other-signature && cp --remove-destination "$CLUSTER/older/bundle.json.$SERIAL.sig" "$VARIANT/"
variant index && altered "$VARIANT/bundle.json" sed 's/"name":"cluster"/"name":"clusteR"/'
variant installer && altered "$VARIANT/bundle" flip_middle
variant flipped-rpm && read -r rpm_entry rpm_part < <(python3 "$ROOT/tests/lab/install/alter.py" "$VARIANT" '/kubelet-[^/]*\.rpm$')
variant flipped-blob && read -r blob_entry blob_part < <(python3 "$ROOT/tests/lab/install/alter.py" "$VARIANT" --largest)

new_host "$WORK/stick"
trust_installer "$STICK/bundle"
if trust_installer "$STICK/installer"; then fail "openssl takes an altered installer"; fi
snapshot before

# number_of PART: 6 of NAME.006.tar.
number_of() { echo $((10#$(sed -E 's/.*\.([0-9]+)\.tar$/\1/' <<< "$1"))); }

# refused NAME WORD…: exit 5, these words, and no byte of the host's disk has changed.
refused() {
  local name=$1
  shift
  step "$name"
  expect_exit 5 on bundle install "$STICK/$name" --key /root/site.pub --role master
  expect_words "$@"
  snapshot after
  expect_same before after
}
refused missing "$second"
refused swapped "$first"
refused truncated "$second"
refused other-part "$other"
refused header "$first"
refused foreign key
refused unsigned signed
refused wrong-signature signature
refused other-signature signature
refused index bundle.json
refused installer installer

step "no trusted key at all: the three ways to have one"
expect_exit 5 on bundle install "$STICK/bundle" --role master
expect_words --key /etc/bundle/keys --expect
step "another index than the paper says"
expect_exit 5 on bundle install "$STICK/bundle" --expect "$(printf '%064d' 0)" --role master
for variant in flipped-rpm flipped-blob; do
  step "$variant, with --verify-first"
  expect_exit 5 on bundle install "$STICK/$variant" --key /root/site.pub --role master --verify-first
  if [ $variant = flipped-rpm ]; then expect_words "$rpm_entry" "$rpm_part"; else expect_words "$blob_entry" "$blob_part"; fi
done
snapshot after
expect_same before after

step "a flipped bit in an RPM: found before that RPM is there"
expect_exit 5 on bundle install "$STICK/flipped-rpm" --key /root/site.pub --role master
expect_words "$rpm_entry" "part $(number_of "$rpm_part")"
[ -z "$(on find / -xdev -name "${rpm_entry##*/}")" ] || fail "the damaged RPM has come to the disk"
if on rpm -q kubelet; then fail "kubelet is installed"; fi

step "a flipped bit in a layer: found before an image with it is there"
expect_exit 5 on bundle install "$STICK/flipped-blob" --key /root/site.pub --role master
expect_words "$blob_entry" "part $(number_of "$blob_part")"
on ctr -n k8s.io content ls -q > "$WORK/content"
if grep -qF "${blob_entry##*/}" "$WORK/content"; then fail "containerd has the damaged blob"; fi

step "the good stick goes on from there"
expect_exit 0 install_on
is_ready
step "all good"
