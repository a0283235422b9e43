#!/usr/bin/env bash
# Whoever follows docs/without-bundle.md with media that someone has prepared: nothing is written outside the page's own folder,
# and nothing of it reaches dnf or ctr.
# fixtures: lab
source "$(dirname "$0")/../support/e2e.sh"
source "$ROOT/tests/support/lab.sh"
need openssl python3 setpriv
[ "$(id -u)" = 0 ] || skip "the page's commands are root's"
start_lab
export XDG_CACHE_HOME=$TMP/cache
cd "$TMP"

# A small bundle of several parts, one entry split over them, with packages and their vendor's key.
cat >versions.yml <<YAML
bundle: small
version: 1.0.0
target: {os: centos-stream-9, arch: x86_64, base: none}
images: [docker.io/library/busybox:1.37]
rpms: [tcpdump]
YAML
sed -n '/^repositories:/p; /{id: baseos/p; /{id: appstream/p' "$LAB/versions.yml" >>versions.yml
bundle keygen --no-passphrase site
expect_exit 0 bundle build versions.yml --mirrors "$LAB/mirrors.yml" --key site.key --part-size 1MiB --out whole
expect_text "$(sha256sum <whole/bundle | cut -d' ' -f1)" out # both digests for the paper
expect_text "$(sha256sum <whole/bundle.json | cut -d' ' -f1)" out
KEYID=$(openssl pkey -pubin -in site.pub -outform DER | sha256sum | cut -c1-16)
mapfile -t parts < <(cd whole && printf '%s\n' *.tar)
split_part=
for part in "${parts[@]}"; do
  listed=$(tar -tf "whole/$part")
  ! grep -q '\.split/000' <<<"$listed" || split_part=$part
done
[ -n "$split_part" ] || fail "no entry is split"
split_path=$(tar -tf "whole/$split_part" | sed -n 's|\.split/000$||p')

python3 "$ROOT/tests/support/doc_commands.py" "$ROOT/docs/without-bundle.md" | sed '/^ls "/,$d' >by-hand.sh # this bundle has no charts to list
# What the checked things would be given to only says so.
mkdir programs
for program in dnf ctr; do
  # shellcheck disable=SC2016  # for the program
  printf '#!/bin/sh\necho "%s $*" >>"%s"\ncat >/dev/null\n' "$program" "$TMP/reached" >"programs/$program"
done
chmod +x programs/*

# by_hand CODE: follows the page in the folder `stick`; CODE is 0, or "fails". $TMP/reached says what came that far.
by_hand() {
  local status=0
  rm -rf work reached
  mkdir work
  (cd stick && PATH=$TMP/programs:$PATH KEY=$TMP/site.pub ROOT=$TMP/root TMPDIR=$TMP/work bash "$TMP/by-hand.sh") </dev/null >out 2>err || status=$?
  tree=$(echo work/*/tree)
  [ ! -e "$TMP/outside" ] || fail "something was written outside of the folder"
  case $1:$status in
    0:0 | fails:[1-9]*) ;;
    *)
      tail -n 30 out err >&2
      fail "exit code $status, expected $1"
      ;;
  esac
  if [ "$1" = fails ] && [ -e reached ]; then
    fail "it came to: $(cat reached)"
  fi
}
new_stick() { rm -rf stick && cp -a whole stick; }

# The page as written, on a good stick.
new_stick
by_hand 0
expect_text "--setopt=reposdir=" reached
keys=$(cd "$tree" && ls rpms/keys)
grep -q . <<<"$keys"
cp -a "$tree" good-tree

# evil TAR MEMBERS: adds members, named by words with | between them, to a tar; makes it when it is not there.
evil() {
  python3 - "$@" <<'PYTHON'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "a", format=tarfile.USTAR_FORMAT) as tar:
    for word in sys.argv[2].split("|"):
        kind, _, rest = word.partition("=")
        name, _, target = rest.partition("->")
        member = tarfile.TarInfo(name)
        content = b"* * * * * root /bin/true\n"
        if kind in ("symlink", "hardlink"):
            member.type = tarfile.SYMTYPE if kind == "symlink" else tarfile.LNKTYPE
            member.linkname, content = target, b""
        elif kind == "pipe":
            member.type, content = tarfile.FIFOTYPE, b""
        elif kind == "suid":
            member.mode = 0o4755
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
PYTHON
}

# Whatever else lies on the stick is not even looked at.
for members in "file=$TMP/outside" "symlink=files->$TMP|file=files/outside" "file=rpms/keys/evil.asc" "file=$split_path.split/999" "file=SHA256SUMS"; do
  new_stick
  evil stick/zz.tar "$members"
  cp stick/zz.tar "stick/${parts[0]%.000.tar}.999.tar"
  by_hand 0
  diff -r "$tree" good-tree || fail "the tree has what the index does not name: $members"
done

# A part that is not what the index says is not unpacked, and no more is a stick whose index says otherwise.
for members in "symlink=files->$TMP|file=files/outside" "file=rpms/keys/evil.asc"; do
  new_stick
  cp "whole/${parts[1]}" evil.tar
  evil evil.tar "$members"
  cp evil.tar "stick/${parts[1]}"
  by_hand fails
  [ ! -e "$tree" ] || fail "it was unpacked: $tree"
  sed -E "s/$(sha256sum <"whole/${parts[1]}" | cut -d' ' -f1)/$(sha256sum <evil.tar | cut -d' ' -f1)/" whole/bundle.json >stick/bundle.json
  by_hand fails
  grep -qi "verification failure" out err
done
new_stick
sed -E 's/("name":"[^"]+\.tar"),"sha256":"[0-9a-f]{64}"/\1/g' whole/bundle.json >stick/bundle.json # as once was
openssl dgst -sha256 -sign site.key -out "stick/bundle.json.$KEYID.sig" stick/bundle.json
by_hand fails
[ ! -e "$tree" ] || fail "it was unpacked: $tree"

# A stick that gives other bytes the second time: the part is right when it is checked, and another one when it is unpacked.
# shellcheck disable=SC2016  # for the program
printf '#!/bin/sh\n%s "$@" || exit\ncase "$1$2" in -c*parts.sha256) cp "%s" "%s" ;; esac\n' "$(command -v sha256sum)" "$TMP/evil.tar" \
  "$TMP/stick/$split_part" >programs/sha256sum
chmod +x programs/sha256sum
key=${keys%%$'\n'*}
for members in \
  "file=$TMP/outside|file=../../../outside|file=../../outside" "symlink=files->$TMP|file=files/outside" "symlink=rpms/keys/x.asc->/etc/passwd" \
  "file=rpms/x|hardlink=rpms/y->rpms/x" "pipe=rpms/x" "file=rpms/keys/evil.asc" "file=rpms/keys/$key" "file=$split_path.split/000" \
  "file=$split_path.split/999" "suid=bin/su" "file=SHA256SUMS" "file=rpms/signed/repodata/repomd.xml"; do
  new_stick
  cp "whole/$split_part" evil.tar
  evil evil.tar "$members"
  by_hand fails
  if [ -n "$(find work -type f -perm /6000)" ]; then
    fail "a file that runs as its owner was made"
  fi
done
# Of a bundle of the attacker's own making, with its own key beside it, nothing is taken.
rm programs/sha256sum
new_stick
bundle keygen --no-passphrase evil
evil_id=$(openssl pkey -pubin -in evil.pub -outform DER | sha256sum | cut -c1-16)
rm stick/*.sig
for file in bundle.json bundle; do
  openssl dgst -sha256 -sign evil.key -out "stick/$file.$KEYID.sig" "stick/$file"
  cp "stick/$file.$KEYID.sig" "stick/$file.$evil_id.sig"
done
cp evil.pub "stick/site.pub"
by_hand fails
