# shellcheck shell=bash
# For end-to-end tests that need upstreams or a bundle: source "$(dirname "$0")/../support/lab.sh" after e2e.sh.
# In a run of ctest one lab and one bundle serve all tests (fixtures/); a test that is run alone makes its own.

FIXTURES=${BUNDLE_BUILD:+$BUNDLE_BUILD/e2e}

# lab_programs: skips unless everything is there that the lab's servers and generators need.
lab_programs() { need docker-registry nginx createrepo_c rpmbuild rpmsign gpg skopeo python3; }

# start_lab: sets LAB to the folder of a running quickstart upstream (mirrors.yml, versions.yml, state.json, log/).
start_lab() {
  lab_programs
  if [ -n "$FIXTURES" ] && [ -e "$FIXTURES/lab/state.json" ]; then
    LAB=$FIXTURES/lab
  else
    LAB=$TMP/lab
    at_exit "'$ROOT/scripts/lab' upstream down --dir '$LAB'"
    "$ROOT/scripts/lab" upstream up --set quickstart --dir "$LAB" >&2
  fi
}

# start_own_lab: the same with servers, logs and content that are this test's alone. The files are hard links: replace
# them (mv), never write into them. After a change below www nothing need be done, nor after one in the registry.
start_own_lab() {
  start_lab
  [ "$LAB" != "$TMP/lab" ] || return 0
  mkdir "$TMP/lab"
  cp -al "$LAB/quickstart" "$LAB/keys" "$TMP/lab/"
  LAB=$TMP/lab
  at_exit "'$ROOT/scripts/lab' upstream down --dir '$LAB'"
  "$ROOT/scripts/lab" upstream up --set quickstart --dir "$LAB" >&2
}

# shared_bundle: sets BUNDLE (the folder of a bundle of the whole quickstart set, never to be written) and PUB (its key).
shared_bundle() {
  local folder=$FIXTURES
  if [ -z "$FIXTURES" ] || [ ! -e "$FIXTURES/bundle/bundle.json" ]; then
    folder=$TMP
    start_lab
    build_shared_bundle "$TMP"
  fi
  # shellcheck disable=SC2034  # for the tests
  BUNDLE=$folder/bundle PUB=$folder/key.pub
}

# build_shared_bundle FOLDER: FOLDER/bundle from the lab, signed with FOLDER/key.key. Beside the quickstart's own inputs
# it has what those lack: packages without a signature of their own, and images by digest (an index, and a manifest).
build_shared_bundle() {
  local index manifest key
  index=$(registry_digest quay.io/brancz/kube-rbac-proxy:v0.19.1)
  manifest=$(platform_digest quay.io/example/demo-exporter:v0.9.1)
  key=$(sed -n 's/.*{id: baseos, gpgkey: .*fingerprint: \([0-9A-F]*\).*/\1/p' "$LAB/versions.yml")
  sed -e 's|^  keepalived-haproxy: .*|&\n  nvidia-container-toolkit: 1.18.1-1|' \
    -e "s|^images:|&\n  - quay.io/brancz/kube-rbac-proxy:v0.19.1@$index\n  - quay.io/example/demo-exporter@$manifest|" \
    -e "s|^repositories:|&\n  - {id: nvidia-container-toolkit, gpgkey: [{url: \"https://nvidia.github.io/libnvidia-container/gpgkey\", fingerprint: $key}]}|" \
    "$LAB/versions.yml" >"$1/versions.yml"
  bundle keygen --no-passphrase "$1/key"
  bundle build "$1/versions.yml" --mirrors "$LAB/mirrors.yml" --key "$1/key.key" --part-size 64MiB --out "$1/bundle"
}

# registry_url: of the lab's registry.
registry_url() { sed -n 's|^  quay.io: \["\(.*\)/quay.io"\]$|\1|p' "$LAB/mirrors.yml"; }

# files_url HOST: where the lab's nginx serves https://HOST.
files_url() { sed -n "s|^  \"https://$1\": \[\"\(.*\)\"\]\$|\1|p" "$LAB/mirrors.yml"; }

# registry_manifest REF: the manifest or index as the registry has it.
registry_manifest() {
  skopeo inspect --raw --tls-verify=false "docker://$(registry_url | sed 's|^http://||')/$1"
}

# registry_digest REF: of the manifest or index behind a tag.
registry_digest() { echo "sha256:$(registry_manifest "$1" | sha256sum | cut -d' ' -f1)"; }

# platform_digest REF: of the amd64 manifest in the index behind a tag.
platform_digest() {
  registry_manifest "$1" | python3 -c 'import json, sys
rows = json.load(sys.stdin)["manifests"]
print(next(row["digest"] for row in rows if row["platform"]["architecture"] == "amd64"))'
}

# start_front RATE: an nginx before registry and files of the lab, at RATE (say 20m) bytes a second and connection.
# Sets MIRRORS (a mirrors.yml through it), FRONT_PORT and FRONT_LOG: a line `METHOD PATH RANGE- STATUS BYTES` a request,
# written when the request ends. Nothing stays open between requests; /status tells how many are open.
start_front() {
  local folder=$TMP/front user=
  FRONT_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  FRONT_LOG=$folder/access.log MIRRORS=$folder/mirrors.yml
  mkdir "$folder"
  [ "$(id -u)" != 0 ] || user="user root;"  # else workers could not read below /root
  cat >"$folder/nginx.conf" <<CONF
daemon off;
$user
worker_processes 1;
pid $folder/nginx.pid;
events { worker_connections 256; }
http {
  log_format plain '\$request_method \$uri \$http_range- \$status \$body_bytes_sent';
  access_log $FRONT_LOG plain;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  keepalive_timeout 0;
  limit_rate $1;
  server {
    listen 127.0.0.1:$FRONT_PORT;
    root $LAB/quickstart/www;
    location /v2/ { proxy_pass $(registry_url); }
    location = /status {
      stub_status;
      access_log off;
    }
  }
}
CONF
  nginx -e "$folder/error.log" -c "$folder/nginx.conf" &
  at_exit "kill $!; wait $!"
  sed "s|http://127.0.0.1:[0-9]*/|http://127.0.0.1:$FRONT_PORT/|" "$LAB/mirrors.yml" >"$MIRRORS"
  curl -s --retry 20 --retry-connrefused --retry-delay 1 -o /dev/null "http://127.0.0.1:$FRONT_PORT/v2/"
}
