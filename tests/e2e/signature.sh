#!/usr/bin/env bash
# Nothing about a bundle can be changed without `bundle verify` saying so, and openssl agrees about what was signed.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need openssl python3
start_lab
export XDG_CACHE_HOME=$TMP/cache
cd "$TMP" || exit

# A small bundle of several parts, one entry split over them, and another one with the same names and sizes.
url=https://charts.example.com/stable/demo-web-1.4.0.tgz
sum=$(curl -sf "$(files_url charts.example.com)/stable/demo-web-1.4.0.tgz" | sha256sum | cut -d' ' -f1)
for name in one two; do
  cat >$name.yml <<YAML
bundle: small
version: 1.0.0
target: {os: centos-stream-9, arch: x86_64, base: none}
images: [docker.io/library/busybox:1.37]
files: [{url: "$url", sha256: $sum, path: $name.tgz}]
YAML
  bundle keygen --no-passphrase $name
  bundle build $name.yml --mirrors "$LAB/mirrors.yml" --key $name.key --part-size 1MiB --out $name
done
mapfile -t parts < <(cd one && printf '%s\n' *.tar)
[ "${#parts[@]}" -ge 3 ] || fail "only ${#parts[@]} parts"
grep -q '\.split/0' <<<"$(tar -tf "one/${parts[1]}")" || fail "no entry is split"

key_id() { openssl pkey -pubin -in "$1.pub" -outform DER | sha256sum | cut -c1-16; }
id=$(key_id one)
verify() { bundle verify "$@" --key one.pub; }
expect_exit 0 verify one
cp -a one whole

# openssl vouches for what is signed.
for file in bundle.json bundle; do
  openssl dgst -sha256 -verify one.pub -signature "one/$file.$id.sig" "one/$file" >/dev/null
  ! openssl dgst -sha256 -verify two.pub -signature "one/$file.$id.sig" "one/$file" >/dev/null || fail "openssl takes any key"
done

# Any flipped bit.
python3 "$ROOT/tests/support/flip_bits.py" one one.pub "${FLIPS:-250}" "${FLIPS_SEED:-$RANDOM}"
diff -r one whole

# spoilt WORD COMMAND…: after the command `one` is refused with exit code 5 and stderr says WORD; then it is whole again.
spoilt() {
  local word=$1
  shift
  "$@"
  expect_exit 5 verify one
  expect_text "$word" "$TMP/err"
  rm -rf one
  cp -a whole one
}
swap() { mv "$1" swapped && mv "$2" "$1" && mv swapped "$2"; }
for file in bundle.json bundle "bundle.json.$id.sig" "bundle.$id.sig" "${parts[0]}" "${parts[2]}"; do
  size=$(stat -c %s "one/$file")
  for shorter in 0 1 $((size / 2)) $((size - 1)); do
    spoilt "$file" truncate -s "$shorter" "one/$file"
  done
  spoilt "$file" truncate -s +1 "one/$file"
done
for file in bundle "bundle.$id.sig" "${parts[@]}"; do
  spoilt "$file" rm "one/$file"
done
spoilt "no trusted key has signed the bundle.json" rm "one/bundle.json.$id.sig"
spoilt "${parts[0]}" swap "one/${parts[0]}" "one/${parts[1]}"
# A part that holds only what both bundles have is the same in both.
foreign=0
for part in "${parts[@]}"; do
  if ! cmp -s "two/$part" "one/$part"; then
    spoilt "$part" cp "two/$part" "one/$part"
    foreign=$((foreign + 1))
  fi
done
[ "$foreign" -ge 1 ] || fail "all parts are the same: the test shows nothing"
spoilt "${parts[0]}" ln -sf /dev/zero "one/${parts[0]}"
spoilt "bundle.json.$id.sig" cp two/bundle.json one/
spoilt "bundle.$id.sig" cp "one/bundle.json.$id.sig" "one/bundle.$id.sig"
spoilt "no trusted key" eval 'rm one/*.sig; cp two/*.sig one/'

# The other bundle's own index and signatures do not help, whoever signed them.
expect_exit 5 bundle verify two --key one.pub
expect_text "no trusted key" err
expect_exit 0 bundle verify two --key one.pub --key two.pub

# One good signature is enough, one bad one of a trusted key is too much.
two_id=$(key_id two)
for file in bundle.json bundle; do
  openssl dgst -sha256 -sign two.key -out "one/$file.$two_id.sig" "one/$file"
done
expect_exit 0 bundle verify one --key two.pub
expect_exit 0 bundle verify one --key one.pub --key two.pub
cp "one/bundle.json.$id.sig" "one/bundle.json.$two_id.sig"
expect_exit 0 bundle verify one --key one.pub
expect_exit 5 bundle verify one --key one.pub --key two.pub
expect_text "bundle.json.$two_id.sig" err

# Without any key: exit code 5 and the three ways in words. A key on the same media is none.
if [ ! -d /etc/bundle/keys ]; then
  cp one.pub "one/$id.pub"
  mkdir one/keys
  cp one.pub one/keys/
  expect_exit 5 bundle verify one
  for way in --key /etc/bundle/keys --expect; do
    expect_text "$way" err
  done
  (cd one && expect_exit 5 bundle verify .)
fi
expect_exit 0 verify one
expect_text "$id.pub" err  # named as what does not belong to the bundle
rm -rf one
cp -a whole one

# On paper: the digest of the index, with and without signatures.
sha256=$(sha256sum <one/bundle.json | cut -d' ' -f1)
wrong=$(sha256sum <two/bundle.json | cut -d' ' -f1)
expect_exit 0 bundle verify one --expect "$sha256"
expect_exit 0 verify one --expect "$sha256"
expect_exit 5 verify one --expect "$wrong"
expect_exit 5 bundle verify one --expect "${sha256%?}"$(( (0x${sha256: -1} + 1) % 10 ))
rm one/*.sig
expect_exit 0 bundle verify one --expect "$sha256"
expect_exit 5 verify one
expect_text "no trusted key" err
printf x | dd of="one/${parts[1]}" bs=1 seek=1000 conv=notrunc status=none
expect_exit 5 bundle verify one --expect "$sha256"
expect_text "${parts[1]}" err

# Parts may lie in several folders.
rm -rf one
cp -a whole one
mkdir stick
mv "one/${parts[1]}" stick/
expect_exit 5 verify one
expect_text "${parts[1]}" err
expect_exit 0 verify one stick
