#!/usr/bin/env bash
# Both executables are position-independent, with guarded stacks, and read-only tables of functions (full RELRO).
source "$(dirname "$0")/../support/e2e.sh"
need readelf objdump
for program in bundle bundle-onsite; do
  file=$BIN/$program
  readelf -Wh "$file" >"$TMP/header"
  grep -qE '^ +Type: +DYN ' "$TMP/header" || fail "$program is not position-independent: $(grep Type: "$TMP/header")"
  readelf -Wl "$file" >"$TMP/segments"
  grep -q GNU_RELRO "$TMP/segments" || fail "$program has no read-only tables"
  ! grep -qE 'GNU_STACK.* RWE ' "$TMP/segments" || fail "$program has a stack that can be run"
  readelf -Wd "$file" >"$TMP/dynamic"
  grep -qE '\(FLAGS\).*BIND_NOW|\(BIND_NOW\)|\(FLAGS_1\).*NOW' "$TMP/dynamic" || fail "$program binds functions while it runs"
  # The guard of a stack is read from the thread's block, at fs:0x28.
  guards=$(objdump -d --no-show-raw-insn "$file" | grep -c '%fs:0x28' || true)
  [ "$guards" -gt 500 ] || fail "$program guards only $guards stacks"
done
readelf -Wl "$BIN/bundle-onsite" >"$TMP/segments"
! grep -q INTERP "$TMP/segments" || fail "bundle-onsite asks for an interpreter"
