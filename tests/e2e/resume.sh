#!/usr/bin/env bash
# A build that is killed at any moment goes on where it was. KILLS=50 tries more moments, RESUME_SEED=N the same again.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need curl
start_own_lab
start_front 20m
cd "$TMP" || exit

served=$LAB/quickstart/www/files.example.com/resume
mkdir "$served"
cat >versions.yml <<'YAML'
bundle: resumed
version: 1.0.0
target: {os: centos-stream-9, arch: x86_64, base: none}
images: [docker.io/library/busybox:1.37, ghcr.io/example/demo-web:1.4.0]
rpms: [tcpdump]
files:
YAML
for name in first.bin second.bin; do
  head -c $((36 << 20)) /dev/urandom >"$served/$name"
  echo "  - {url: \"https://files.example.com/resume/$name\", sha256: $(sha256sum <"$served/$name" | cut -d' ' -f1), path: $name}" >>versions.yml
done
sed -n '/^repositories:/p; /{id: baseos/p; /{id: appstream/p' "$LAB/versions.yml" >>versions.yml

bundle keygen --no-passphrase key
XDG_CACHE_HOME=$TMP/cache bundle lock versions.yml --mirrors "$MIRRORS"
build=(bundle build versions.yml --locked --mirrors "$MIRRORS" --key key.key --part-size 24MiB --jobs 4)
began=$(date +%s.%N)
XDG_CACHE_HOME=$TMP/cache-whole "${build[@]}" --out whole
seconds=$(python3 -c 'import sys, time; print(time.time() - float(sys.argv[1]))' "$began")

# Killed in its last step, behind the renaming: the bundle is there, and only the journal has to go.
touch whole/.journal
XDG_CACHE_HOME=$TMP/cache-whole "${build[@]}" --out whole
[ ! -e whole/.journal ] || fail "the journal is still there"

python3 "$ROOT/tests/support/kill_builds.py" "${KILLS:-20}" "${RESUME_SEED:-$RANDOM}" whole "$seconds" "$FRONT_LOG" "$FRONT_PORT" -- "${build[@]}"
