#!/usr/bin/env bash
# cpack makes a Debian package with both executables and all data, and what it holds runs.
source "$(dirname "$0")/../support/e2e.sh"
need cpack dpkg-deb dpkg-shlibdeps file
build=${BUNDLE_BUILD:-$ROOT/build/release}

expect_exit 0 cpack --config "$build/CPackConfig.cmake" -G DEB -B "$TMP/packages"
packages=("$TMP"/packages/*.deb)
[ "${#packages[@]}" = 1 ] || fail "not one package: ${packages[*]}"
package=${packages[0]}

dpkg-deb -c "$package" >"$TMP/content"
for program in bundle bundle-onsite; do
  grep -qE "^-rwxr-xr-x root/root .* \./usr/bin/$program$" "$TMP/content" || fail "no /usr/bin/$program: $(cat "$TMP/content")"
done
(cd "$ROOT" && find manifests rpm-lists bundles -type f) | sort >"$TMP/wanted"
sed -nE 's,^-rw-r--r-- root/root .* \./usr/share/bundle/,,p' "$TMP/content" | sort >"$TMP/found"
grep -q '^manifests/kubernetes/component.yml$' "$TMP/wanted"
diff "$TMP/wanted" "$TMP/found"
if grep -vE ' \./(usr/(bin/(bundle|bundle-onsite)|share/bundle/.*|bin/|share/)?)?$' "$TMP/content"; then
  fail "the package holds the above as well"
fi

dpkg-deb -f "$package" Depends >"$TMP/depends"
for library in createrepo-c gpg libarchive13 libsolv1 librpm; do
  expect_text "$library" "$TMP/depends"
done

dpkg-deb -x "$package" "$TMP/root"
expect_exit 0 "$TMP/root/usr/bin/bundle" --version
expect_exit 0 "$TMP/root/usr/bin/bundle-onsite" --version
