#!/usr/bin/env bash
# cpack makes a Debian package and an RPM with both executables, all data, man pages, completions and the licence texts of
# what is linked in, and what they hold runs.
source "$(dirname "$0")/../support/e2e.sh"
need cpack dpkg-deb dpkg-shlibdeps dpkg-query file rpm rpmbuild man
build=$(cd "${BUNDLE_BUILD:-$ROOT/build/release}" && pwd)

# make_package GENERATOR ENDING: sets package.
make_package() {
  local packages
  expect_exit 0 cpack --config "$build/CPackConfig.cmake" -G "$1" -B "$TMP/packages"
  packages=("$TMP"/packages/*."$2")
  [ "${#packages[@]}" = 1 ] || fail "not one package: ${packages[*]}"
  package=${packages[0]}
}

{
  printf 'usr/bin/%s\n' bundle bundle-onsite
  (cd "$ROOT" && find manifests rpm-lists bundles -type f) | sed 's,^,usr/share/bundle/,'
  bundle --help | sed -n '/^[A-Z].*:$/{/^Options/q};s/^  \([a-z][a-z-]*\) .*/\1/p' | sed 's,.*,usr/share/man/man1/bundle-&.1.gz,'
  printf 'usr/share/man/man1/%s.1.gz\n' bundle bundle-onsite
  echo usr/share/bash-completion/completions/bundle
  echo usr/share/fish/vendor_completions.d/bundle.fish
  echo usr/share/zsh/site-functions/_bundle
  echo usr/share/zsh/vendor-completions/_bundle
} | sort >"$TMP/wanted"
grep -q '^usr/share/bundle/manifests/kubernetes/component.yml$' "$TMP/wanted"

# check_tree FOLDER: the files of an unpacked package are those wanted and licence texts, root may change them alone, they run.
check_tree() {
  local tree=$1 shell
  (cd "$tree" && find . -type f -o -type l) | sed 's,^\./,,' | sort >"$TMP/found"
  grep '^usr/share/doc/bundle/licences/' "$TMP/found" >"$TMP/licences" || fail "no licence texts"
  grep -v '^usr/share/doc/bundle/licences/' "$TMP/found" | diff "$TMP/wanted" -
  expect_exit 0 "$tree/usr/bin/bundle" --version
  expect_exit 0 "$tree/usr/bin/bundle-onsite" --version
  for shell in bash zsh fish; do
    "$tree/usr/bin/bundle" completion "$shell" >"$TMP/$shell"
  done
  cmp "$TMP/bash" "$tree/usr/share/bash-completion/completions/bundle"
  cmp "$TMP/zsh" "$tree/usr/share/zsh/site-functions/_bundle"
  cmp "$TMP/fish" "$tree/usr/share/fish/vendor_completions.d/bundle.fish"
  MANPATH=$tree/usr/share/man expect_exit 0 man bundle-install
  expect_text "--verify-first" "$TMP/out"
}

# The linker is asked what it put in: static archives of the system, and with -static glibc and GCC's libraries; and of each object
# which headers are code. dpkg knows whose they are.
source_of() { dpkg-query -W -f '${source:Package}\n' "$1" 2>/dev/null | sed 's/^gcc-[0-9]*$/gcc/;s/^fmtlib$/fmt/;s/^nlohmann-json3$/nlohmann-json/'; }
check_licences() {
  local tree=$1 path owner name
  {
    awk '/^build bin\/bundle(-onsite)?:/{on = 1} on && /LINK_LIBRARIES/{print} /^$/{on = 0}' "$build/build.ninja" |
      grep -oE ' /[^ ]*\.a\b' | tr -d ' '
    for name in libc.a libstdc++.a libgcc.a libgcc_eh.a; do "${CXX:-g++}" -print-file-name="$name"; done
    printf '%s\n' /usr/include/CLI/CLI.hpp /usr/include/nlohmann/json.hpp /usr/include/fmt/format-inl.h \
      /usr/include/boost/version.hpp
  } | xargs -n1 realpath | sort -u >"$TMP/linked"
  [ "$(wc -l <"$TMP/linked")" -ge 8 ] || fail "the linker's list is short: $(cat "$TMP/linked")"
  while read -r path; do
    owner=$(dpkg-query -S "$path" | sed 's/:.*//;q')
    name=$(source_of "$owner")
    [ -s "$tree/usr/share/doc/bundle/licences/$name" ] || fail "$path of $owner ($name) is linked in, and there is no licence text"
  done <"$TMP/linked"
  # What a copyright file refers to is there as well.
  grep -ohE '/usr/share/common-licenses/[A-Za-z0-9.+-]*[A-Za-z0-9]' -r "$tree/usr/share/doc/bundle/licences" | sort -u |
    while read -r path; do [ -s "$tree/usr/share/doc/bundle/licences/texts/${path##*/}" ] || fail "no ${path##*/}"; done
}

make_package DEB deb
dpkg-deb -c "$package" >"$TMP/content"
if grep -vE '^(-rw-r--r--|drwxr-xr-x) root/root ' "$TMP/content" | grep -vE '^-rwxr-xr-x root/root .* \./usr/bin/(bundle|bundle-onsite)$'; then
  fail "the above have another owner or mode"
fi
dpkg-deb -f "$package" Depends >"$TMP/depends"
for library in createrepo-c gpg libarchive13 libsolv1 librpm; do
  expect_text "$library" "$TMP/depends"
done
dpkg-deb -x "$package" "$TMP/deb"
check_tree "$TMP/deb"
check_licences "$TMP/deb"

make_package RPM rpm
rpm -qp --qf '[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]' "$package" >"$TMP/content"
if grep -vE '^(-rw-r--r--|drwxr-xr-x) root/root /usr/share/' "$TMP/content" | grep -vE '^-rwxr-xr-x root/root /usr/bin/(bundle|bundle-onsite)$'; then
  fail "the above have another place, owner or mode"
fi
if grep -E '^d.* /usr/share/(man|zsh|fish|bash-completion|doc)(/(man1|site-functions|vendor-completions|vendor_completions.d|completions))?$' "$TMP/content"; then
  fail "the above belong to other packages"
fi
rpm -qp --requires "$package" >"$TMP/depends"
for requirement in createrepo_c ca-certificates libarchive.so.13 libsolv.so.1; do
  expect_text "$requirement" "$TMP/depends"
done
mkdir "$TMP/rpm"
# As rpm itself installs it, into a root of its own.
expect_exit 0 rpm --root "$TMP/rpm" --dbpath /rpmdb --nodeps --noscripts -i "$package"
rm -rf "$TMP/rpm/rpmdb"
check_tree "$TMP/rpm"
check_licences "$TMP/rpm"
