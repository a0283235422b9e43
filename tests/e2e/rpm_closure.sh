#!/usr/bin/env bash
# `bundle rpms` on real CentOS Stream 9 metadata: a sample of names against dnf's answers (the unit test compares all of
# them), exit codes, and the same closure from a folder and from a URL.
source "$(dirname "$0")/../support/e2e.sh"
need python3 zstdcat
data=$SHARED/upstream/rpm
[ -d "$data/golden" ] || skip "no upstream/rpm in $SHARED"

c9s=(--repo "baseos=$data/c9s/baseos-20220207" --repo "appstream=$data/c9s/appstream-20250113")
base=$data/base/c9s-20220208-qcow2-baseos-only.nevra

# expected NAME GOLDEN: dnf's packages, one a line and sorted as bundle sorts, or FAIL or NOMATCH.
expected() { zstdcat "$data/golden/$2" | sed -n "s/^$1: *//p" | tr ' ' '\n' | sed '/^$/d' | sort; }

# compare NAME GOLDEN OPTION…
compare() {
  local name=$1 golden=$2 status=0
  shift 2
  bundle rpms "$name" "${c9s[@]}" "$@" >"$TMP/ours" 2>"$TMP/words" || status=$?
  expected "$name" "$golden" >"$TMP/theirs"
  case $(cat "$TMP/theirs") in
    FAIL | NOMATCH)
      [ "$status" = 9 ] || fail "$name: exit code $status, dnf cannot install it"
      [ ! -s "$TMP/ours" ] || fail "$name: packages on stdout beside the error"
      ;;
    *)
      [ "$status" = 0 ] || fail "$name: exit code $status: $(cat "$TMP/words")"
      cmp -s "$TMP/ours" "$TMP/theirs" || fail "$name: $(diff "$TMP/ours" "$TMP/theirs")"
      ;;
  esac
}

for name in 389-ds-base Box2D haproxy NetworkManager-bluetooth containers-common gimp pki-base glibc-doc; do
  if [ -n "$(expected "$name" c9s-strict.third.txt.zst)" ]; then
    compare "$name" c9s-strict.third.txt.zst
  fi
done
for name in NetworkManager-wifi bash fapolicyd-dnf-plugin glibc-langpack-de kernel-modules-extra qemu-virtiofsd; do
  compare "$name" c9s-strict-on-qcow2-base.third.txt.zst --base "$base"
done

bundle rpms kubeadm kubelet kubectl haproxy keepalived socat conntrack-tools --nobest --base "$base" "${c9s[@]}" \
  --repo "k8s=$data/k8s-klts/k8s" >"$TMP/k8s"
sort "$data/golden/k8s-on-qcow2-base.nevra" | cmp - "$TMP/k8s"

expect_exit 9 bundle rpms container-selinux --base "$base" "${c9s[@]}"
expect_text "nothing provides selinux-policy >= 38.1.48-1.el9 needed by container-selinux" "$TMP/err"
expect_exit 9 bundle rpms haproxi "${c9s[@]}"
expect_text "did you mean 'haproxy'?" "$TMP/err"
expect_exit 2 bundle rpms haproxy --repo baseos
expect_exit 2 bundle rpms haproxy --repo "x=$TMP"
expect_exit 2 bundle rpms haproxy --repo "x=ftp://mirror.example/baseos"
expect_text "not 'ftp://mirror.example/baseos'" "$TMP/err"
expect_exit 2 bundle rpms haproxy --repo "x=file://localhost/srv"
expect_text "three slashes: file:///srv" "$TMP/err"
expect_exit 2 bundle rpms haproxy --repo "x=file:///srv/100%"
expect_text "a % itself is %25" "$TMP/err"
expect_exit 2 bundle rpms haproxy "${c9s[@]}" --base minimal
expect_text "the lists are minimal-el8, minimal-el9;" "$TMP/err"
expect_exit 2 bundle rpms haproxy "${c9s[@]}" --platform-id el9
expect_text "for example platform:el8" "$TMP/err"
expect_exit 0 bundle rpms haproxy "${c9s[@]/=/=file://}"
bundle rpms haproxy "${c9s[@]}" | cmp - "$TMP/out"
ln -s "$data/c9s" "$TMP/a mirror"
bundle rpms haproxy --repo "baseos=file://$TMP/a%20mirror/baseos-20220207" \
  --repo "appstream=file://$TMP/a%20mirror/appstream-20250113" | cmp - "$TMP/out"
expect_exit 0 bundle rpms haproxy "${c9s[@]}" -o json
python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))
haproxy = [row for row in rows if row["name"] == "haproxy"][0]
assert haproxy["why"] == ["haproxy"] and haproxy["checksum"].startswith("sha256:"), haproxy' "$TMP/out"

# From a URL, and from there a second time through the cache.
serve "$data/c9s"
export XDG_CACHE_HOME=$TMP/cache
bundle rpms haproxy "${c9s[@]}" >"$TMP/folder"
for _ in 1 2; do
  bundle rpms haproxy --repo "baseos=$url/baseos-20220207/" --repo "appstream=$url/appstream-20250113" >"$TMP/url"
  cmp "$TMP/folder" "$TMP/url"
done
expect_exit 9 bundle rpms haproxy --repo "absent=$url/nowhere"
kill "$server"
wait "$server" 2>/dev/null || true
expect_exit 4 bundle rpms haproxy --repo "gone=$url/baseos-20220207"
