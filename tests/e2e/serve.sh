#!/usr/bin/env bash
# bundle serve gives a site what is in the parts: to skopeo, dnf, helm, curl and openssl, which know nothing of bundles; and what is
# wrong with a part, or with a client, hurts nobody else.
# fixtures: lab bundle
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
source "$ROOT/tests/support/serve.sh"
need curl openssl skopeo python3
shared_bundle

entries() { python3 "$ROOT/tests/support/bundle_index.py" "$BUNDLE/bundle.json" "$@"; }
# piece PATH: part and offset at which an entry's data begins.
piece() { entries piece "$1"; }
sha_of() { entries sha256 "$1"; }

# ---- Over TLS, with a certificate of its own: what it prints is the fingerprint that openssl finds.
start_serve "$BUNDLE" --key "$PUB" --listen 127.0.0.1:0 --tls-self-signed
openssl s_client -connect "$place" </dev/null 2>/dev/null | openssl x509 -out "$TMP/serve.pem"
printed=$(sed -n 's/^SHA-256 fingerprint .*: \([0-9A-F:]*\)$/\1/p' "$log.err")
expect_text "$printed" <(openssl x509 -in "$TMP/serve.pem" -noout -fingerprint -sha256)
openssl verify -CAfile "$TMP/serve.pem" -verify_ip 127.0.0.1 "$TMP/serve.pem" >/dev/null
get() { curl -fsS --cacert "$TMP/serve.pem" "$@"; }
status_of() {
  : >"$TMP/body"
  curl -s -o "$TMP/body" -D "$TMP/headers" -w '%{http_code}' --cacert "$TMP/serve.pem" "$@"
}
openssl s_client -connect "$place" -tls1_1 </dev/null >"$TMP/old_tls" 2>&1 && fail "TLS 1.1 is taken"

# ---- Every image, by its own name, with the digest that the index has.
mkdir "$TMP/certs"
cp "$TMP/serve.pem" "$TMP/certs/ca.crt"
images=0
while read -r ref digest; do
  case $ref in *@*) ref=${ref%:*@*}@${ref#*@} ;; esac # skopeo takes no tag beside a digest
  ref=${ref/@sha256:*@/@}
  skopeo inspect --raw --cert-dir "$TMP/certs" "docker://$place/$ref" >"$TMP/manifest"
  [ "sha256:$(sha256sum <"$TMP/manifest" | cut -d' ' -f1)" = "$digest" ] || fail "$ref is not $digest"
  skopeo --insecure-policy copy --quiet --preserve-digests --override-arch amd64 --src-cert-dir "$TMP/certs" \
    "docker://$place/$ref" "dir:$TMP/image"
  copied=sha256:$(sha256sum <"$TMP/image/manifest.json" | cut -d' ' -f1)
  [ "$copied" = "$digest" ] || grep -qF "$copied" "$TMP/manifest" || fail "of $ref came $copied"
  rm -r "$TMP/image"
  images=$((images + 1))
done < <(entries images)
[ "$images" -ge 12 ] || fail "only $images images"
# containerd asks a mirror by the name that an image has at its own registry.
get -H 'Accept: */*' "$url/v2/library/busybox/manifests/1.37?ns=docker.io" -o "$TMP/manifest"
[ "sha256:$(sha256sum <"$TMP/manifest" | cut -d' ' -f1)" = "$(entries digest docker.io/library/busybox:1.37)" ]

# ---- dnf installs from it, and checks the vendors' signatures.
packages=no
if [ "$(id -u)" = 0 ] && command -v dnf >/dev/null; then
  mkdir -p "$TMP/repos" "$TMP/root"
  get "$url/" | python3 "$ROOT/tests/support/page_blocks.py" bundle.repo |
    sed "s|/etc/pki/serve.crt|$TMP/serve.pem|" >"$TMP/repos/bundle.repo"
  grep -q '^gpgcheck=1$' "$TMP/repos/bundle.repo"
  expect_exit 0 dnf -y --noplugins --installroot="$TMP/root" --forcearch=x86_64 --releasever=9 --setopt=reposdir="$TMP/repos" \
    --setopt=module_platform_id=platform:el9 --setopt=cachedir="$TMP/cache" --setopt=install_weak_deps=0 \
    install kubelet nvidia-container-toolkit
  rpm --root "$TMP/root" -q kubelet nvidia-container-toolkit
  packages=yes
fi

# ---- helm pulls every chart, byte for byte.
for part in "$BUNDLE"/*.tar; do
  tar -xf "$part" -C "$TMP" --wildcards 'charts/*' bin/helm 2>/dev/null || true
done
mkdir "$TMP/pulled"
charts=0
while read -r name version path; do
  HOME=$TMP expect_exit 0 "$TMP/bin/helm" pull "$name" --version "$version" --repo "$url/charts" --ca-file "$TMP/serve.pem" \
    -d "$TMP/pulled"
  cmp "$TMP/pulled/$name-$version.tgz" "$TMP/$path"
  charts=$((charts + 1))
done < <(entries charts)
[ "$charts" -ge 3 ] || fail "only $charts charts"

# ---- Ranges and conditions, as RFC 9110 has them.
file=files/models/demo.gguf
get -o "$TMP/whole" "$url/$file"
[ "$(sha256sum <"$TMP/whole" | cut -d' ' -f1)" = "$(sha_of "$file")" ]
size=$(stat -c %s "$TMP/whole")
# range RANGE STATUS [FROM COUNT]: the answer to a Range header; the bytes are those of the file.
range() {
  [ "$(status_of -H "Range: $1" "$url/$file")" = "$2" ] || fail "Range: $1 is not $2: $(head -1 "$TMP/headers")"
  [ $# -eq 2 ] || [ "$(stat -c %s "$TMP/body")" = "$4" ] || fail "Range: $1 is $(stat -c %s "$TMP/body") bytes"
  [ $# -eq 2 ] || cmp -i "0:$3" -n "$4" "$TMP/body" "$TMP/whole"
}
range bytes=0-0 206 0 1
range bytes=10-19 206 10 10
range bytes=-5 206 $((size - 5)) 5
range "bytes=$((size - 3))-9223372036854775808" 206 $((size - 3)) 3
range bytes=0-4,10-14 200 0 "$size"
range bytes=5-2 200 0 "$size"
range elephants=1-2 200 0 "$size"
range "bytes=$size-" 416
expect_text "bytes */$size" "$TMP/headers"
range bytes=9223372036854775808- 416
range bytes=-0 416
etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' <(curl -sI --cacert "$TMP/serve.pem" "$url/$file"))
[ "$(status_of -H "If-None-Match: $etag" "$url/$file")" = 304 ]
[ ! -s "$TMP/body" ]
[ "$(status_of -H 'Range: bytes=0-0' -H 'If-Range: "other"' "$url/$file")" = 200 ]
# curl goes on where a transfer was cut.
head -c 1000 "$TMP/whole" >"$TMP/resumed"
get -C - -o "$TMP/resumed" "$url/$file"
cmp "$TMP/resumed" "$TMP/whole"

# ---- What is no plain request is refused in words.
refused() {
  local wanted=$1 text=$2
  shift 2
  [ "$(status_of --path-as-is "$@")" = "$wanted" ] || fail "not $wanted: $* ($(head -1 "$TMP/headers"))"
  expect_text "$text" "$TMP/body"
}
refused 400 "'..' in the path" "$url/bundle/../../etc/passwd"
refused 400 "'..' in the path" "$url/bundle/%2e%2e/x"
refused 400 "escaped slash" "$url/bundle/..%2f..%2fetc%2fpasswd"
refused 400 "not printable ASCII" "$url/files/a%00b"
refused 404 "nothing at" "$url/bundle/bundle.json.partial"
refused 405 UNSUPPORTED -X POST "$url/v2/docker.io/library/busybox/blobs/uploads/"
refused 405 UNSUPPORTED -X PUT -T "$TMP/whole" "$url/v2/docker.io/library/busybox/manifests/new"
refused 405 "only lets read" -X DELETE "$url/$file"
refused 413 "with a body" -X GET -d body "$url/$file"
refused 431 "more than 16 KiB" -H "X: $(head -c 100000 /dev/zero | tr '\0' x)" "$url/"

# ---- The page needs no script and nothing from elsewhere, and offers no key.
get -o "$TMP/page" "$url/"
expect_text "docker.io/library/busybox:1.37" "$TMP/page"
! grep -qiE '<script|src=|<link|BEGIN PUBLIC' "$TMP/page" || fail "the page is not alone"

# ---- Clients that take all the places they can get, over TLS, half of them with an answer under way that they do not read. Somebody
# else is served at once, and memory stays.
blob=$(entries largest)
python3 "$ROOT/tests/support/slow_clients.py" "$place" "/v2/${blob%% *}/blobs/sha256:${blob##* }" >"$TMP/slow.out" &
slow=$!
at_exit "kill $slow 2>/dev/null"
until grep -q '^all there$' "$TMP/slow.out"; do
  kill -0 "$slow" || fail "the slow clients ended"
  sleep 0.1
done
timeout 5 curl -fsS --interface 127.0.0.9 --cacert "$TMP/serve.pem" -o "$TMP/body" "$url/v2/"
grep -q '"refused":"it has as many' "$log"
slow_ones=$(head -1 "$TMP/slow.out")
[ "${slow_ones%% drip*}" -ge 100 ] || fail "too few places were taken: $slow_ones"
kill "$slow"
wait "$slow" 2>/dev/null || true
peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$server/status")
[ "$peak" -lt $((64 * 1024)) ] || fail "it took $peak KiB of memory"

# ---- SIGTERM is its normal end, and the access log is one JSON object a line.
kill -TERM "$server"
wait "$server" || fail "SIGTERM ended it with $?"
! curl -s "$url/v2/" --cacert "$TMP/serve.pem" || fail "it still answers"
python3 - "$log" <<'PYTHON'
import json
import sys

rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
served = [row for row in rows if "refused" not in row]
assert all(set(row) >= {"time", "address", "method", "path", "status", "bytes", "ms"} for row in served), rows[0]
assert not [row for row in served if row["status"] >= 500], "faults without a fault"
PYTHON

# ---- A flipped bit: its entry fails and is named, all others are served. The parts lie in two folders.
flipped_path=$(entries blob-path)
read -r part offset < <(piece "$flipped_path")
mkdir "$TMP/flipped"
cp "$BUNDLE"/bundle* "$BUNDLE/$part" "$TMP/flipped/"
python3 - "$TMP/flipped/$part" "$((offset + 5))" <<'PYTHON'
import sys

with open(sys.argv[1], "r+b") as part:
    part.seek(int(sys.argv[2]))
    byte = part.read(1)[0]
    part.seek(int(sys.argv[2]))
    part.write(bytes([byte ^ 1]))
PYTHON
start_serve "$TMP/flipped" "$BUNDLE" --key "$PUB" --listen 127.0.0.1:0
bad=${flipped_path##*/}
expect_exit 18 curl -fsS -o "$TMP/body" "$url/v2/docker.io/library/nginx/blobs/sha256:$bad"
[ "$(stat -c %s "$TMP/body")" -lt "$(entries size "$flipped_path")" ] || fail "all of a wrong blob came"
[ "$(curl -s -o "$TMP/body" -w '%{http_code}' -H 'Range: bytes=0-9' "$url/v2/docker.io/library/nginx/blobs/sha256:$bad")" = 500 ]
expect_text "$flipped_path: its SHA-256 is" "$log.err"
expect_text "$flipped_path: its SHA-256 is" "$log"
while read -r sha256; do
  [ "$sha256" = "$bad" ] || curl -fsS "$url/v2/docker.io/library/nginx/blobs/sha256:$sha256" | sha256sum |
    grep -q "^$sha256 " || fail "$sha256 is not served"
done < <(entries blobs)
kill -INT "$server"
wait "$server" || fail "Ctrl-C ended it with $?"

# ---- A stick that is pulled out, and put back; one that is not there at the beginning.
mkdir "$TMP/stick"
cp "$BUNDLE"/bundle* "$BUNDLE/$part" "$TMP/stick/"
start_serve "$TMP/stick" --key "$PUB" --listen 127.0.0.1:0
expect_text "what it holds is answered with 503" "$log.err"
blob_url=$url/v2/docker.io/library/nginx/blobs/sha256:$bad
curl -fsS "$blob_url" | sha256sum | grep -q "^$bad "
mv "$TMP/stick/$part" "$TMP/away"
[ "$(curl -s -o "$TMP/body" -w '%{http_code}' "$blob_url")" = 503 ]
expect_text "the part $part is not there" "$TMP/body"
[ "$(curl -s -o /dev/null -w '%{http_code}' "$url/v2/")" = 200 ]
mv "$TMP/away" "$TMP/stick/$part"
curl -fsS "$blob_url" | sha256sum | grep -q "^$bad "
kill "$server"
wait "$server"

# ---- Over plain HTTP others get the bundle's folder alone; whom --allow leaves out gets no answer. In a network of our own, where an
# address that is not loopback is nobody else's.
networks=no
if [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null && command -v ip >/dev/null; then
  BUNDLE=$BUNDLE PUB=$PUB expect_exit 0 unshare --net bash "$ROOT/tests/support/serve_plain.sh"
  networks=yes
fi

# ---- The service that --unit prints is one for systemd.
expect_exit 0 "$BIN/bundle" serve "$BUNDLE" --key "$PUB" --listen 127.0.0.1:8443 --allow 10.0.0.0/8 --unit
cp "$TMP/out" "$TMP/bundle-serve.service"
if command -v systemd-analyze >/dev/null; then
  expect_exit 0 systemd-analyze verify "$TMP/bundle-serve.service"
  [ ! -s "$TMP/err" ] || fail "systemd says: $(cat "$TMP/err")"
fi
echo "$images images, $charts charts, dnf: $packages, other network: $networks, memory at most $peak KiB ($slow_ones)"
