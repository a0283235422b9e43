#!/usr/bin/env bash
# This tree keeps the layers, and each kind of planted violation is found.
source "$(dirname "$0")/../support/e2e.sh"
"$ROOT/scripts/check-layers"

tree=$TMP/tree
# plant FILE INCLUDE TEXT: one more include in FILE of a copy of src/ is reported with TEXT.
plant() {
  rm -rf "$tree"
  mkdir -p "$tree"
  cp -r "$ROOT/src" "$ROOT/ARCHITECTURE.md" "$tree"
  echo "#include $2" >>"$tree/src/$1"
  expect_exit 1 "$ROOT/scripts/check-layers" "$tree"
  [ "$(wc -l <"$TMP/out")" = 1 ] || fail "not one line for one violation: $(cat "$TMP/out")"
  expect_text "src/$1:" "$TMP/out"
  expect_text "$3" "$TMP/out"
}

plant net/planted.cpp '"rpm/closure.hpp"' 'net (rank 1) must not include "rpm/closure.hpp" (rank 4)'
plant helm/planted.cpp '"oci/registry.hpp"' 'helm (rank 4) must not include "oci/registry.hpp" (rank 4)'
plant base/planted.hpp '"nowhere/x.hpp"' 'is not written as FOLDER/FILE'
plant store/planted.cpp '<curl/curl.h>' '<curl/curl.h> is for net/ only'
plant helm/planted.cpp '<archive.h>' '<archive.h> is for archive/ only'
plant base/text.cpp '<nlohmann/json.hpp>' 'is for base/json.cpp only'
plant cli/app.hpp '<CLI/CLI.hpp>' 'is for cli/app.cpp and cli/describe.cpp and cli/verbs_connected.cpp and cli/verbs_onsite.cpp only'
plant cli/planted.cpp '<boost/any.hpp>' 'is for serve/connection.hpp and serve/server.cpp only'
plant cli/planted.cpp '<nowhere/any.hpp>' 'does not know'
plant cluster/planted.cpp '"store/cache.hpp"' 'bundle-onsite must not reach "store/cache.hpp"'
mkdir -p "$tree/src/unranked"
touch "$tree/src/unranked/planted.cpp"
expect_exit 1 "$ROOT/scripts/check-layers" "$tree"
expect_text 'the folder unranked has no rank' "$TMP/out"
