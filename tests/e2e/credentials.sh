#!/usr/bin/env bash
# A URL with a credential is refused before anything is fetched or written; ~/.netrc is the way that works, and leaves no
# trace in lock, bundle or words.
source "$(dirname "$0")/../support/e2e.sh"
need python3 curl
secret=s3cret-$$
export HOME=$TMP/home XDG_CACHE_HOME=$TMP/cache
mkdir "$HOME" "$TMP/work"
cd "$TMP/work"

# A server that gives a file, and as a registry an image, only to who logs in.
cat >"$TMP/server.py" <<'PYTHON'
import base64, hashlib, http.server, json, os, sys
wanted = "Basic " + base64.b64encode(f"me:{sys.argv[1]}".encode()).decode()
config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}).encode()
layer = b"a layer"
def descriptor(kind, content):
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest, "size": len(content)}
manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                       "config": descriptor("config.v1+json", config), "layers": [descriptor("layer.v1.tar", layer)]}).encode()
contents = {"/model?download=true": b"model", "/v2/app/manifests/1": manifest}
for content in (config, layer):
    contents["/v2/app/blobs/sha256:" + hashlib.sha256(content).hexdigest()] = content
contents["/v2/app/manifests/sha256:" + hashlib.sha256(manifest).hexdigest()] = manifest
class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.do_GET()
    def do_GET(self):
        is_right = self.headers.get("Authorization") == wanted and self.path in contents
        body = contents[self.path] if is_right else b""
        self.send_response(200 if is_right else 401)
        if is_right and "/manifests/" in self.path:
            self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        if not is_right:
            self.send_header("WWW-Authenticate", 'Basic realm="lab"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[2] + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
PYTHON
python3 "$TMP/server.py" "$secret" "$TMP/port" &
server=$!
at_exit "kill $server 2>/dev/null"
until [ -s "$TMP/port" ]; do
  kill -0 "$server" || fail "the server did not start"
  sleep 0.05
done
host=127.0.0.1:$(cat "$TMP/port")
expect_exit 0 curl -sf "http://me:$secret@$host/model?download=true"

# versions URL: a versions.yml whose only file is at URL.
versions() {
  cat >versions.yml <<YAML
bundle: credentials
version: 1.0.0
target: {os: rhel-8.10}
components: {}
files: [{url: "$1", sha256: $(printf model | sha256sum | cut -d' ' -f1), path: model}]
YAML
}
no_secret() {
  if grep -rqF "$secret" "$@"; then
    fail "the secret stands in $(grep -rlF "$secret" "$@")"
  fi
}

for url in "http://me:$secret@$host/model?download=true" "http://$host/model?X-Amz-Signature=$secret" "http://$host/model?sig=$secret"; do
  versions "$url"
  for command in "lock versions.yml" "build versions.yml" "images versions.yml"; do
    # shellcheck disable=SC2086  # its words
    expect_exit 3 bundle $command
    expect_text "machine 127.0.0.1 login" "$TMP/err"
    no_secret "$TMP/out" "$TMP/err"
    [ ! -e versions.lock.json ] || fail "a lock was written: $(cat versions.lock.json)"
  done
done

versions "http://$host/model?download=true"
expect_exit 4 bundle lock versions.yml
expect_text ".netrc" "$TMP/err"

(umask 077 && echo "machine 127.0.0.1 login me password $secret" >"$HOME/.netrc")
expect_exit 0 bundle -v lock versions.yml
no_secret "$TMP/out" "$TMP/err" versions.lock.json
expect_text "http://$host/model?download=true" versions.lock.json # the next build needs it
expect_exit 0 bundle keygen --no-passphrase key
expect_exit 0 bundle -v build versions.yml --locked --key key.key --out made
no_secret "$TMP/out" "$TMP/err" made "$TMP/cache" .
expect_text "http://$host/model\"" made/bundle.json
expect_exit 0 bundle verify made --key key.pub

# A lock from before credentials were refused goes into no bundle.
sed -i "s,http://$host,http://me:$secret@$host," versions.lock.json
expect_exit 3 bundle build versions.yml --locked --key key.key --out again
no_secret "$TMP/out" "$TMP/err"
expect_exit 0 bundle why versions.lock.json model
no_secret "$TMP/out" "$TMP/err"

# podman's login, where podman leaves it, opens a registry.
rm "$HOME/.netrc" versions.lock.json
printf 'bundle: credentials\nversion: 1.0.0\ntarget: {os: rhel-8.10}\nimages: [registry.example/app:1]\n' >versions.yml
printf 'mirrors: {registry.example: ["http://%s"]}\n' "$host" >mirrors.yml
export XDG_RUNTIME_DIR=$TMP/run
expect_exit 4 bundle lock versions.yml --mirrors mirrors.yml
expect_text "podman login $host" "$TMP/err"
login=$(printf 'me:%s' "$secret" | base64 -w0)
for folder in "$XDG_RUNTIME_DIR/containers" "$HOME/.config/containers"; do
  mkdir -p "$folder"
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$host" "$login" >"$folder/auth.json"
  rm -f versions.lock.json
  expect_exit 0 bundle lock versions.yml --mirrors mirrors.yml
  expect_text "registry.example/app:1" versions.lock.json
  rm "$folder/auth.json"
done
