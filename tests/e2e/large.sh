#!/usr/bin/env bash
# Entries of 9 GiB, in one part (a size that needs base-256 in a tar header), and of more than a part; FAT32 takes the
# largest part. Each of three programs reads the right size and content from the tars.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need bsdtar busybox mkfs.vfat mcopy openssl
free_gib=$(($(stat -f -c '%a * %S' "$TMP") >> 30))
[ "$free_gib" -ge 24 ] || skip "only $free_gib GiB free in $TMP; 24 are needed"
start_own_lab
export XDG_CACHE_HOME=$TMP/cache
cd "$TMP" || exit
served=$LAB/quickstart/www/files.example.com/large
mkdir "$served"

# sparse_file NAME SIZE: holes, and bytes at the ends, around 4 and 8 GiB, and at odd places.
sparse_file() {
  local offset
  truncate -s "$2" "$served/$1"
  for offset in 0 777 $(((4 << 30) - (1 << 20) - 40)) $(((8 << 30) - 30)) $(($2 - 60)); do
    [ $((offset + 60)) -gt "$2" ] || head -c 60 /dev/urandom | dd of="$served/$1" bs=1 seek="$offset" conv=notrunc status=none
  done
}

digest() { openssl dgst -sha256 -r | cut -d' ' -f1; }  # thrice as fast as sha256sum

# build NAME SIZE ARGUMENT…: a bundle of this one file, whose digest is left in SUM.
build() {
  local name=$1 size=$2
  shift 2
  sparse_file "$name" "$size"
  SUM=$(digest <"$served/$name")
  cat >"$name.yml" <<YAML
bundle: $name
version: 1.0.0
target: {os: centos-stream-9, arch: x86_64, base: none}
files: [{url: "https://files.example.com/large/$name", sha256: $SUM, path: $name}]
YAML
  bundle build "$name.yml" --mirrors "$LAB/mirrors.yml" --key key.key --out "out-$name" "$@"
  bundle verify "out-$name" --key key.pub
}
bundle keygen --no-passphrase key

programs=(tar bsdtar "busybox tar")

# One entry of 9 GiB in one part.
size=$((9 << 30))
build nine "$size" --part-size 10GiB
part=out-nine/nine-1.0.0-x86_64.000.tar
for program in "${programs[@]}"; do
  listed=$($program -tvf "$part")  # whole, for grep -q would break the pipe
  grep -q " $size .*files/nine$" <<<"$listed" || fail "$program lists another size: $listed"
  [ "$($program -xOf "$part" files/nine | digest)" = "$SUM" ] || fail "$program extracts something else"
done
rm -r out-nine "$served/nine"

# One entry that needs two parts of the default size, which is what FAT32 takes.
size=$(((4 << 30) + (64 << 20) + 12345))
build split "$size"
pieces() {  # by the program $1, from each part the piece that it has
  local part piece
  for part in out-split/*.tar; do
    piece=$($1 -tf "$part" | grep '^files/split\.split/')
    $1 -xOf "$part" "$piece"
  done
}
for program in "${programs[@]}"; do
  [ "$(pieces "$program" | digest)" = "$SUM" ] || fail "$program extracts something else"
done
mkdir tree
for part in out-split/*.tar; do
  tar -xf "$part" -C tree
done
[ "$(cat tree/files/split.split/* | digest)" = "$SUM" ] || fail "the pieces are not joined by cat"
rm -r tree "$served/split"

part=$(find out-split -name '*.tar' -size +4000M)
[ "$(stat -c %s "$part")" -gt $(((4 << 30) - (3 << 20))) ] || fail "$part is not as large as a part may be"
truncate -s 5G stick
mkfs.vfat -F 32 stick >/dev/null
mcopy -i stick "$part" ::
mcopy -i stick "::${part##*/}" - | cmp - "$part"
