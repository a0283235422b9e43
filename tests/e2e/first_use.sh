#!/usr/bin/env bash
# The lock says who vouched for each thing; what nobody vouched for is shown, and refused where versions.yml says so;
# a chart whose vendor signs it is checked with the pinned key.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need openssl python3 gpg gpgconf
start_own_lab
cd "$TMP" || exit
export XDG_CACHE_HOME=$TMP/cache GNUPGHOME=$TMP/gnupg

cat >versions.yml <<'YAML'
bundle: small
version: 1.0.0
target: {os: centos-stream-9, arch: x86_64, base: none}
components: {kubernetes: v1.34.3, helm: v3.18.0, containerd: 1.7.28}
images: [docker.io/library/busybox:1.37]
charts: [{repo: "https://charts.example.com/stable", name: demo-web, version: 1.4.0, namespace: demo}]
YAML
sed -n '/^repositories:/,$p' "$LAB/versions.yml" >>versions.yml
cp versions.yml lax.yml
lock() { bundle lock versions.yml --mirrors "$LAB/mirrors.yml" "$@"; }
# vouched LIST FIELD VALUE: of the row of the lock.
vouched() {
  python3 -c 'import json, sys
lists, field, value = sys.argv[1:]
row = next(row for row in json.load(open("versions.lock.json"))[lists] if row[field] == value)
print(row.get("archive", row).get("vouched", "nothing"))' "$@"
}

expect_exit 0 lock
expect_text "taken on first use" err
[ "$(vouched images ref docker.io/library/busybox:1.37)" = first-use ]
[ "$(vouched charts name demo-web)" = first-use ]
[ "$(vouched programs path bin/helm)" = first-use ]
cp versions.lock.json lax.lock.json

# A lock from before that was recorded is taken as ever.
python3 - <<'PYTHON'
import json

def strip(value):
    if isinstance(value, dict):
        return {key: strip(item) for key, item in value.items() if key != "vouched"}
    return [strip(item) for item in value] if isinstance(value, list) else value

with open("versions.lock.json", encoding="utf-8") as file:
    lock = strip(json.load(file))
with open("versions.lock.json", "w", encoding="utf-8") as file:
    json.dump(lock, file)
PYTHON
bundle keygen --no-passphrase site
expect_exit 0 bundle build versions.yml --locked --mirrors "$LAB/mirrors.yml" --key site.key --out old
expect_exit 0 bundle inspect old
grep -q 'docker.io/library/busybox:1.37 .* not recorded$' out
cp lax.lock.json versions.lock.json
expect_exit 0 bundle build versions.yml --locked --mirrors "$LAB/mirrors.yml" --key site.key --out new
expect_exit 0 bundle inspect new
grep -q 'docker.io/library/busybox:1.37 .* first use$' out
grep -q '^bin/helm .* first use$' out
grep -q '^vouched for: .* OpenPGP key' out

# Refused: first what would be rendered or run, then images; the lines that are printed are the ones to paste.
printf 'policy: {first-use: refuse}\n' >>versions.yml
expect_exit 5 lock
expect_text '"charts/demo-web-1.4.0.tgz": sha256:' err
expect_text '"bin/helm": sha256:' err
! grep -q 'resolving images' err || fail "a chart was rendered with a helm that nobody vouched for"
cmp lax.lock.json versions.lock.json
printf 'digests:\n' >>versions.yml
grep -E '^  "[^"]+": sha256:[0-9a-f]{64}$' err >>versions.yml
expect_exit 5 lock
expect_text '"docker.io/library/busybox:1.37": sha256:' err
grep -E '^  "[^"]+": sha256:[0-9a-f]{64}$' err >>versions.yml
expect_exit 0 lock
[ "$(vouched images ref docker.io/library/busybox:1.37)" = digest ]
grep -qx -- '~ chart demo-web vouched: first use -> pinned digest' out
! grep -q 'first use' err || fail "something is still taken on first use: $(cat err)"

# Another content than the one that was looked at, and a line that belongs to nothing.
sed -i 's|"charts/demo-web-1.4.0.tgz": sha256:..|"charts/demo-web-1.4.0.tgz": sha256:00|' versions.yml
expect_exit 5 lock
expect_text "charts/demo-web-1.4.0.tgz has the digest" err
cp lax.yml versions.yml
printf 'digests: {"bin/kubectl": sha256:%064d}\n' 0 >>versions.yml
expect_exit 0 lock
expect_text "'digests' names bin/kubectl, which is not in this bundle" err

# A chart with provenance, as `helm package --sign` makes it.
mkdir -m 700 "$GNUPGHOME"
at_exit "gpgconf --homedir '$TMP/gnupg' --kill all"
www=$LAB/quickstart/www/charts.example.com
for name in vendor stranger; do
  gpg --batch --quiet --passphrase '' --quick-generate-key $name rsa2048 sign 1y 2>/dev/null
done
key=$(gpg --batch --quiet --no-auto-check-trustdb --with-colons --list-keys vendor | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p')
gpg --batch --armor --export vendor >"$www/key.asc"
# provenance SIGNER FILE: says that FILE has the digest of the chart.
provenance() {
  printf 'name: demo-web\nversion: 1.4.0\n\n...\nfiles:\n  %s: sha256:%s\n' "$2" \
    "$(sha256sum <"$www/stable/demo-web-1.4.0.tgz" | cut -d' ' -f1)" |
    gpg --batch --quiet --yes --local-user "$1" --clearsign --output "$www/stable/demo-web-1.4.0.tgz.prov"
}
sed "s|namespace: demo}|namespace: demo, gpgkey: [{url: \"https://charts.example.com/key.asc\", fingerprint: $key}]}|" lax.yml >versions.yml
provenance stranger demo-web-1.4.0.tgz
expect_exit 5 lock
expect_text "it is signed with the unknown key" err
provenance vendor demo-web-1.3.0.tgz
expect_exit 5 lock
expect_text "what is signed says nothing of demo-web-1.4.0.tgz" err
provenance vendor demo-web-1.4.0.tgz
expect_exit 0 lock
[ "$(vouched charts name demo-web)" = "openpgp:$key" ]

# A cosign signature of an image, as the registry's storage has it; openssl signs.
openssl ecparam -name prime256v1 -genkey -noout -out cosign.key 2>/dev/null
openssl ec -in cosign.key -pubout -out cosign.pub 2>/dev/null
digest=$(registry_digest docker.io/library/busybox:1.37)
# signature DIGEST: publishes one that says it is of DIGEST.
signature() {
  printf '{"critical":{"identity":{"docker-reference":"docker.io/library/busybox"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' "$1" >payload
  openssl dgst -sha256 -sign cosign.key -out payload.sig payload
  python3 - "$LAB/quickstart/registry/docker/registry/v2" "$digest" <<'PYTHON'
import base64, hashlib, json, pathlib, sys

root, image = pathlib.Path(sys.argv[1]), sys.argv[2]
repository = root / "repositories/docker.io/library/busybox"

def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)

def blob(data, *links):
    digest = hashlib.sha256(data).hexdigest()
    write(root / "blobs/sha256" / digest[:2] / digest / "data", data)
    for link in links:
        write(repository / link.format(digest) / "link", f"sha256:{digest}".encode())
    return {"digest": f"sha256:{digest}", "size": len(data)}

layer = "_layers/sha256/{}"
signature = base64.b64encode(pathlib.Path("payload.sig").read_bytes()).decode()
signed = blob(pathlib.Path("payload").read_bytes(), layer) | {
    "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
    "annotations": {"dev.cosignproject.cosign/signature": signature}}
config = blob(b"{}", layer) | {"mediaType": "application/vnd.oci.image.config.v1+json"}
manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": [signed]}
tag = f"_manifests/tags/{image.replace(':', '-')}.sig"
blob(json.dumps(manifest).encode(), "_manifests/revisions/sha256/{}", tag + "/index/sha256/{}", tag + "/current")
PYTHON
}
cp lax.yml versions.yml
printf 'cosign:\n  - images: docker.io/library/busybox\n    key: |\n' >>versions.yml
sed 's/^/      /' cosign.pub >>versions.yml
signature "sha256:$(printf other | sha256sum | cut -d' ' -f1)"
expect_exit 5 lock
expect_text "no signature of $digest is by a key that is pinned for it" err
signature "$digest"
expect_exit 0 lock
id=$(openssl pkey -pubin -in cosign.pub -outform DER | sha256sum | cut -c1-16)
[ "$(vouched images ref docker.io/library/busybox:1.37)" = "cosign:$id" ]
